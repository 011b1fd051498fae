"""Home: what is due, what to do next, this period so far."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from meterside import wiring
from meterside.contracts.cis import AccountRef, CisError, CisUnavailable, NoSuchAccount
from meterside.journeys.see_home import see_home
from meterside.journeys.watch_usage.alerts import headline
from meterside.kit import clock
from meterside.portal.access.roles import Right
from meterside.portal.preferences.queries import open_alerts_of
from meterside.web.customer import CustomerRequest, customer_view
from meterside.web.customer.bill.strips import strip_of
from meterside.web.customer.portal import has_chosen_account, remember_account
from meterside.web.design import formats
from meterside.web.design.errors import unavailable

_MOST_ALERTS = 3


@require_safe
@customer_view(right=Right.VIEW)
def home(request: CustomerRequest) -> HttpResponse:
    """Everything about the current account at a glance."""
    today = clock.today(settings.UTILITY.zone)
    try:
        view = wiring.cis().home(request.portal.account_ref, today=today)
    except NoSuchAccount:
        raise Http404 from None
    except CisUnavailable:
        return unavailable(request)
    open_account = None if view.account.is_active else _open_account(request)
    if open_account is not None:
        remember_account(request, open_account)
        return redirect("home")
    now = clock.now()
    page = see_home(view, today=today, now=now, say=formats)
    alerts = open_alerts_of(login_id=request.user.pk, account=request.portal.account_ref, limit=_MOST_ALERTS)
    context = {
        "nav_current": "home",
        "alerts": [(alert, headline(alert, formats)) for alert in alerts],
        "page": page,
        "strips": [(use, strip_of(use.days, today=today)) for use in page.use],
        "may_pay": request.portal.may(Right.PAY) and wiring.payment_gateway() is not None,
        "only_looks": not request.portal.may(Right.PAY),
        "done": request.GET.get("done", ""),
        "now": now,
    }
    return render(request, "customer/home/home.html", context)


def _open_account(request: CustomerRequest) -> AccountRef | None:
    """The person's first account that is still open, unless they chose the closed one themselves.

    Whoever moved has an old account and a new one, and comes for the new one.
    """
    if has_chosen_account(request) or len(request.portal.accounts) == 1:
        return None
    try:
        accounts = wiring.cis().accounts(request.portal.accounts)
    except CisError:
        return None
    open_ones = {account.ref for account in accounts if account.is_active}
    return next((account for account in request.portal.accounts if account in open_ones), None)
