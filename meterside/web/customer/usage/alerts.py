"""Alerts: what one was told, the hours that caused it, and what one wants to be told of."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from meterside import wiring
from meterside.contracts.cis import CisError, NoSuchService
from meterside.contracts.usage import MeteredService, ServiceRef
from meterside.journeys.watch_usage import see_day, shown_unit
from meterside.journeys.watch_usage.alerts import alert_page, headline
from meterside.kit import clock
from meterside.portal.access.roles import Right, Role
from meterside.portal.preferences.operations import set_choice, set_quiet_hours
from meterside.portal.preferences.queries import (
    AlertView,
    alert_of,
    alerts_of,
    choices_of,
    household_of,
    quiet_minutes,
)
from meterside.web.components.chart import Bars
from meterside.web.customer import CustomerRequest, customer_view
from meterside.web.design import formats
from meterside.web.fields import status_of

from . import charts
from .alert_form import HOURS, AlertsForm
from .asking import from_cis

_ONE_DAY = timedelta(days=1)
#: The most hours an alert's page draws: three days and a piece.
_MOST_HOURS = timedelta(hours=80)


@require_safe
@customer_view(right=Right.VIEW)
def alerts(request: CustomerRequest) -> HttpResponse:
    """What the person was told about this account, the newest first."""
    found = alerts_of(login_id=request.user.pk, account=request.portal.account_ref)
    context = {
        "nav_current": "usage",
        "alerts": [(alert, headline(alert, formats)) for alert in found],
        "is_saved": request.GET.get("changed") == "alerts",
    }
    return render(request, "customer/usage/alerts.html", context)


@require_safe
@customer_view(right=Right.VIEW)
@from_cis
def alert(request: CustomerRequest, alert: UUID) -> HttpResponse:
    """One alert with the hours that caused it. Raises Http404 for another's."""
    account = request.portal.account_ref
    found = alert_of(login_id=request.user.pk, account=account, public_id=alert)
    if found is None:
        raise Http404
    service, bars = _hours(request, found)
    context = {
        "nav_current": "usage",
        "page": alert_page(found, formats, household_of(account)),
        "service": service,
        "bars": bars,
        "day": found.first_at.astimezone(ZoneInfo(service.zone) if service else settings.UTILITY.zone).date(),
    }
    return render(request, "customer/usage/alert.html", context)


def _hours(request: CustomerRequest, found: AlertView) -> tuple[MeteredService | None, Bars | None]:
    """The service behind an alert and the hours of its cause; none of an alert about the whole bill."""
    if found.service == found.account:
        return None, None
    zone = settings.UTILITY.zone
    first = max(found.first_at, found.last_at - _MOST_HOURS)
    start = first.astimezone(zone).date()
    end = found.last_at.astimezone(zone).date() + _ONE_DAY
    try:
        view = wiring.cis().use_by_interval(
            request.portal.account_ref, ServiceRef(found.service), start=start, end=end, now=clock.now()
        )
    except NoSuchService:
        raise Http404 from None
    except CisError:
        return None, None
    page = see_day(view, day=start, today=end, by_reading=False, price=lambda _uses: None, say=formats)
    hours = [hour for hour in page.hours if first <= hour.starts_at < found.last_at]
    return view.service, charts.hours_of_alert(hours, zone=ZoneInfo(view.service.zone))


@customer_view(right=Right.VIEW)
@require_http_methods(["GET", "POST"])
@from_cis
def alert_settings(request: CustomerRequest) -> HttpResponse:
    """What the person wants to be told of."""
    account, login = request.portal.account_ref, request.user
    today = clock.today(settings.UTILITY.zone)
    try:
        services = wiring.cis().use_by_period(account, None, today=today, limit=1).services
    except NoSuchService:
        services = ()
    open_ones = [one for one in services if one.until is None]
    units = {one.commodity: shown_unit(one).unit for one in open_ones}
    form = AlertsForm(
        request.POST if request.method == "POST" else None,
        choices=choices_of(
            login_id=login.pk,
            account=account,
            commodities=frozenset(units),
            is_owner=request.portal.role is Role.OWNER,
        ),
        units=units,
        quiet=quiet_minutes([login.pk])[login.pk],
    )
    if form.is_bound and form.is_valid():
        for choice in form.chosen():
            set_choice(login_id=login.pk, account=account, choice=choice)
        start, end = form.quiet()
        set_quiet_hours(login_id=login.pk, from_minute=start, until_minute=end)
        return redirect(f"{reverse('usage_alerts')}?changed=alerts")
    context = {
        "nav_current": "usage",
        "form": form,
        "commodities": sorted(units),
        "hours": HOURS,
        "email": login.email,
    }
    return render(request, "customer/usage/alert_settings.html", context, status=status_of(form))
