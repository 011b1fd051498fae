"""Saying yes to an invitation to help with an account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login as sign_in
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from meterside.journeys import share_access
from meterside.journeys.share_access.words import rights_in_words, until_in_words
from meterside.kit import clock
from meterside.portal.access.operations import AccessAlreadyGranted, NoSuchInvitation
from meterside.portal.access.queries import InvitationView, invitation_for
from meterside.portal.identity.operations import EmailAlreadyHasLogin
from meterside.portal.identity.queries import login_with_email
from meterside.web.fields import status_of

from .forms import HelperSignUpForm

_BACKEND = "django.contrib.auth.backends.ModelBackend"
_MOST_SECRET_CHARACTERS = 100


@never_cache
@sensitive_post_parameters("password")
@sensitive_variables("secret")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """The page a link opens: say yes as who is signed in, sign in, or make a sign-in."""
    found = invitation_for(secret=secret[:_MOST_SECRET_CHARACTERS], now=clock.now())
    if found is None:
        return _over(request)
    if request.user.is_authenticated:
        return _signed_in(request, found, secret)
    if login_with_email(found.email) is not None:
        here = reverse("invitation", args=[secret])
        return render(request, "public/invitation/sign_in.html", _context(found) | {"here": here})
    form = HelperSignUpForm(
        request.POST if request.method == "POST" else None, email=found.email, initial={"name": found.name}
    )
    if not form.is_valid():
        context = _context(found) | {"form": form}
        return render(request, "public/invitation/sign_up.html", context, status=status_of(form))
    try:
        login = share_access.register_helper(
            secret=secret,
            name=form.cleaned_data["name"],
            password=form.cleaned_data["password"],
            language=(get_language() or "en")[:2],
        )
    except (NoSuchInvitation, EmailAlreadyHasLogin):
        return _over(request)
    sign_in(request, login, backend=_BACKEND)
    return redirect(f"{settings.LOGIN_REDIRECT_URL}?account={found.account}")


def _signed_in(request: HttpRequest, found: InvitationView, secret: str) -> HttpResponse:
    assert request.user.is_authenticated
    if request.user.email != found.email:
        return render(request, "public/invitation/other_login.html", _context(found), status=409)
    if request.method != "POST":
        return render(request, "public/invitation/accept.html", _context(found))
    try:
        share_access.accept_invitation(secret=secret, login=request.user)
    except NoSuchInvitation:
        return _over(request)
    except AccessAlreadyGranted:
        pass  # an owner was invited as a helper: what they have is more
    return redirect(f"{settings.LOGIN_REDIRECT_URL}?account={found.account}")


def _over(request: HttpRequest) -> HttpResponse:
    return render(request, "public/invitation/over.html", status=404)


def _context(found: InvitationView) -> dict[str, Any]:
    language = (get_language() or "en")[:2]
    rights = rights_in_words(found.role, language) + until_in_words(found.until, language)
    return {"owner": found.invited_by, "email": found.email, "rights": rights}
