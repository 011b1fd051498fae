"""Switching between the accounts a person may see."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from meterside.web.customer import CustomerRequest, customer_view
from meterside.web.customer.portal import remember_account


@require_POST
@customer_view(right=None)
def switch_account(request: CustomerRequest) -> HttpResponse:
    """Keep the chosen account for the session; another's account answers 404."""
    try:
        chosen = UUID(request.POST.get("account", ""))
    except ValueError:
        raise Http404 from None
    for account in request.portal.accounts:
        if account == chosen:
            remember_account(request, account)
            return redirect(_next(request))
    raise Http404


def _next(request: CustomerRequest) -> str:
    """Where the switch was used, without an account in its address; a page of another site is ignored."""
    target = request.POST.get("next", "")
    if target.startswith("/") and url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return target.partition("?")[0]
    return str(settings.LOGIN_REDIRECT_URL)
