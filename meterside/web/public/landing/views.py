"""The utility's front door: what most people come for, without signing in."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """The front page; who is signed in goes where signing in leads them."""
    if request.user.is_authenticated:
        return redirect(get_adapter().get_login_redirect_url(request))
    return render(request, "public/landing/landing.html")
