"""Usage by bill period, year, day and hour; any two stretches compared."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meterside import wiring
from meterside.contracts.cis import NoSuchPeriod, NoSuchService
from meterside.contracts.usage import MeteredService, OnePeriodOfUse, ServiceRef
from meterside.journeys.watch_usage import (
    MONTHS_ASKED,
    PERIODS_ASKED,
    peak_hours,
    see_compared,
    see_day,
    see_period,
    see_year,
)
from meterside.journeys.watch_usage.alerts import headline
from meterside.kit import clock
from meterside.portal.access.roles import Right
from meterside.portal.preferences.queries import UsageNotes
from meterside.web.customer import CustomerRequest, customer_view
from meterside.web.design import formats

from . import charts
from .asking import day_asked, from_cis, is_not_live, local_today, notes_of, nothing, pricer
from .forms import CompareForm

_ONE_DAY = timedelta(days=1)


@require_safe
@customer_view(right=Right.VIEW)
@from_cis
def now(request: CustomerRequest) -> HttpResponse:
    """The open period of the account's first service."""
    try:
        return _period(request, None, None)
    except (NoSuchService, NoSuchPeriod):
        return nothing(request, "no_meter")


@require_safe
@customer_view(right=Right.VIEW)
@from_cis
def period(request: CustomerRequest, service: UUID) -> HttpResponse:
    """The bill period that has the day asked for; the open one else."""
    return _period(request, ServiceRef(service), day_asked(request.GET.get("on")))


def _period(request: CustomerRequest, service: ServiceRef | None, on: date | None) -> HttpResponse:
    account = request.portal.account_ref
    view = wiring.cis().use_of_period(account, service, on=on, today=clock.today(settings.UTILITY.zone))
    today = local_today(view.service)
    notes = notes_of(request, view.service)
    if not view.service.has_days or is_not_live(notes, today):
        return _year(request, view.service.ref, None, notes=notes)
    price = pricer(account, view.service.ref, view.period.start, view.period.end)
    # The profile is for who manages the account; who only looks sees what use alone says.
    household = notes.household if request.portal.may(Right.MANAGE) else None
    page = see_period(view, today=today, price=price, say=formats, household=household)
    context = {
        **_frame(request, view.service, "period"),
        "page": page,
        "strip": charts.period_strip(page, today=today),
        "heads": tuple(charts.period_columns(page)),
        "warmth": charts.temperature_line(page),
        "given_strip": charts.given_strip(page),
        "now": clock.now(),
        "is_stale": _is_stale(view, today),
        "alerts": [(alert, headline(alert, formats)) for alert in notes.alerts],
    }
    return render(request, "customer/usage/period.html", context)


def _is_stale(view: OnePeriodOfUse, today: date) -> bool:
    """Whether the open period's data is older than it should be: more than two days behind."""
    if not view.is_open or view.service.until is not None:
        return False
    known_until = view.known_until
    if known_until is None:
        return (today - view.period.start).days > charts.USUAL_DELAY_DAYS
    local = known_until.astimezone(ZoneInfo(view.service.zone)).date()
    return (today - local).days > charts.USUAL_DELAY_DAYS


@require_safe
@customer_view(right=Right.VIEW)
@from_cis
def year(request: CustomerRequest, service: UUID) -> HttpResponse:
    """A year of bill periods that end by `until`."""
    return _year(request, ServiceRef(service), day_asked(request.GET.get("until")))


def _year(
    request: CustomerRequest, service: ServiceRef, until: date | None, *, notes: UsageNotes | None = None
) -> HttpResponse:
    view = wiring.cis().use_by_period(
        request.portal.account_ref,
        service,
        today=clock.today(settings.UTILITY.zone),
        until=until,
        limit=PERIODS_ASKED,
        n_months=MONTHS_ASKED,
    )
    page = see_year(view, say=formats, is_latest=until is None)
    notes = notes or notes_of(request, view.service)
    context = {
        **_frame(request, view.service, "year"),
        "page": page,
        "bars": charts.year_bars(page),
        "live_on": notes.live_on if is_not_live(notes, local_today(view.service)) else None,
    }
    return render(request, "customer/usage/year.html", context)


@require_safe
@customer_view(right=Right.VIEW)
@from_cis
def day(request: CustomerRequest, service: UUID) -> HttpResponse:
    """One day by hour, or by the meter's own intervals."""
    account, ref = request.portal.account_ref, ServiceRef(service)
    on = day_asked(request.GET.get("on")) or clock.today(settings.UTILITY.zone) - _ONE_DAY
    view = wiring.cis().use_by_interval(account, ref, start=on, end=on + _ONE_DAY, now=clock.now())
    notes = notes_of(request, view.service)
    if not view.service.has_days or is_not_live(notes, local_today(view.service)):
        return _year(request, ref, None, notes=notes)
    billed = view.billed
    price = pricer(account, ref, billed.start if billed else on, billed.end if billed else on + _ONE_DAY)
    page = see_day(
        view,
        day=on,
        today=local_today(view.service),
        by_reading=request.GET.get("every") == "reading",
        price=price,
        peak=peak_hours(wiring.cis(), account, view.service, day=on),
        say=formats,
    )
    context = {
        **_frame(request, view.service, "day"),
        "page": page,
        "bars": charts.day_bars(page),
        "given_bars": charts.day_given_bars(page),
    }
    return render(request, "customer/usage/day.html", context)


@require_safe
@customer_view(right=Right.VIEW)
@from_cis
def compare(request: CustomerRequest, service: UUID) -> HttpResponse:
    """Two stretches of days beside each other; first the last 30 days against the 30 before."""
    account, ref, cis = request.portal.account_ref, ServiceRef(service), wiring.cis()
    today = clock.today(settings.UTILITY.zone)
    form = CompareForm(
        request.GET if CompareForm.base_fields.keys() & request.GET.keys() else None, today=today
    )
    spans = form.spans() if form.is_valid() else form.usual_spans()
    one, other = (
        cis.use_by_day(account, ref, start=first, end=last + _ONE_DAY, today=today) for first, last in spans
    )
    notes = notes_of(request, one.service)
    if not one.service.has_days or is_not_live(notes, today):
        return _year(request, ref, None, notes=notes)
    page = see_compared(one, other, spans=spans, say=formats)
    context = {
        **_frame(request, one.service, "compare"),
        "page": page,
        "form": form,
        "bars": charts.compare_bars(page),
        "today": today,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "customer/usage/compare.html", context, status=status)


def _frame(request: CustomerRequest, service: MeteredService, view: str) -> dict[str, object]:
    """What every usage page says around its own content."""
    may_manage = request.portal.may(Right.MANAGE)
    return {"nav_current": "usage", "service": service, "usage_view": view, "may_manage": may_manage}
