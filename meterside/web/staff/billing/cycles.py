"""A cycle's page: its calendar for a year, its routes, its days; and a route's page: its stops, their order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from meterside.cis.billing.calendar import cycle_calendar
from meterside.cis.billing.models import BillCycle
from meterside.cis.billing.runs.operations import change_cycle
from meterside.cis.metering.routes.stops import RouteStopToRead, StopRegister, stops_of_route
from meterside.cis.registry.models import ReadRoute
from meterside.cis.registry.routes import (
    NoSuchStop,
    NotAllStops,
    PlannedAlready,
    RouteError,
    move_stop,
    resequence,
    set_up_route,
)
from meterside.kit import clock
from meterside.web.design.formats import day_short
from meterside.web.staff import staff_nav, staff_view

from .words import service_words

_LONGEST_REASON = 300
_ONE_DAY = timedelta(days=1)
_Errors = list[tuple[str | None, str]]


def _today() -> date:
    return clock.today(settings.UTILITY.zone)


@require_safe
@staff_view
def cycle(request: HttpRequest, code: str) -> HttpResponse:
    """A cycle's calendar and routes."""
    return _cycle(request, code)


def _cycle(
    request: HttpRequest, code: str, *, errors: _Errors | None = None, status: int = 200
) -> HttpResponse:
    found = BillCycle.objects.filter(pk=code).first()
    if found is None:
        raise Http404
    months = cycle_calendar(
        today=_today(),
        read_day=found.read_day,
        window_before_days=found.window_before_days,
        window_after_days=found.window_after_days,
        bill_after_days=found.bill_after_days,
    )
    context = {
        "nav": staff_nav(),
        "nav_current": "runs",
        "cycle": found,
        "months": [(month, month.days.closed_end - _ONE_DAY) for month in months],
        "routes": list(ReadRoute.objects.filter(bill_cycle=code).order_by("code")),
        "typed": request.POST,
        "errors": errors or [],
    }
    return render(request, "staff/billing/cycle.html", context, status=status)


@require_POST
@staff_view
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Change a cycle's read day, read window or bill date, with a reason."""
    numbers = {
        name: _whole(request.POST.get(name, ""))
        for name in ("read_day", "window_before_days", "window_after_days", "bill_after_days")
    }
    most = {"read_day": 28, "window_before_days": 10, "window_after_days": 10, "bill_after_days": 20}
    errors: _Errors = []
    for name, value in numbers.items():
        if value is None or value > most[name] or (name == "read_day" and value < 1):
            said = _("Enter a whole number up to %(most)s") % {"most": most[name]}
            errors.append((f"id_{name}", said))
    reason = _reason(request)
    if not reason:
        errors.append(("id_reason", _("Say why it changes")))
    if errors:
        return _cycle(request, code, errors=errors, status=422)
    try:
        change_cycle(
            code=code,
            name=request.POST.get("name", ""),
            reason=reason,
            **{name: value for name, value in numbers.items() if value is not None},
        )
    except BillCycle.DoesNotExist:
        raise Http404 from None
    return redirect("staff_cycle", code=code)


@require_POST
@staff_view
def new_route(request: HttpRequest, code: str) -> HttpResponse:
    """A new route of a cycle, or another name for one."""
    if not BillCycle.objects.filter(pk=code).exists():
        raise Http404
    route_code, name = (
        request.POST.get("route", "").strip()[:20],
        request.POST.get("route_name", "").strip()[:80],
    )
    errors: _Errors = []
    if not route_code.replace("-", "").isalnum():
        errors.append(("id_route", _("Enter a short code, such as A1")))
    if not name:
        errors.append(("id_route_name", _("Enter a name")))
    if errors:
        return _cycle(request, code, errors=errors, status=422)
    try:
        set_up_route(code=route_code, name=name, bill_cycle=code)
    except RouteError:
        said = _("A route of that code belongs to another cycle")
        return _cycle(request, code, errors=[("id_route", said)], status=409)
    return redirect("staff_route", code=route_code)


@require_safe
@staff_view
def route(request: HttpRequest, code: str) -> HttpResponse:
    """A route's stops on a day, in order, with what each dial should show."""
    return _route(request, code)


def _route(
    request: HttpRequest, code: str, *, errors: _Errors | None = None, status: int = 200
) -> HttpResponse:
    found = ReadRoute.objects.filter(pk=code).first()
    if found is None:
        raise Http404
    on = _day(request.GET.get("on", "")) or _today()
    stops = stops_of_route(code, on=on)
    context = {
        "nav": staff_nav(),
        "nav_current": "runs",
        "route": found,
        "on": on,
        "stops": [_stop_row(stop) for stop in stops],
        "routes": list(
            ReadRoute.objects.filter(bill_cycle=found.bill_cycle).order_by("code").values_list("code", "name")
        ),
        "typed": request.POST,
        "errors": errors or [],
    }
    return render(request, "staff/billing/route.html", context, status=status)


def _stop_row(stop: RouteStopToRead) -> Mapping[str, Any]:
    return {
        "id": stop.service_point_id,
        "sequence": stop.sequence,
        "address": stop.address_line,
        "service": service_words(stop.commodity),
        "badge": stop.badge,
        "hazard": stop.hazard,
        "note": stop.note,
        "last": [_last(one) for one in stop.registers],
        "expected": [_expected(one) for one in stop.registers],
    }


def _last(register: StopRegister) -> str:
    if register.expected is None:
        return _("not known")
    count = f"{register.expected.last_count:0{register.dials}d}"
    return _("%(count)s on %(day)s") % {"count": count, "day": day_short(register.expected.last_day)}


def _expected(register: StopRegister) -> str:
    found = register.expected
    if found is None:
        return ""
    return _("%(low)s to %(high)s") % {
        "low": f"{found.low_count:0{register.dials}d}",
        "high": f"{found.high_count:0{register.dials}d}",
    }


@require_POST
@staff_view
def order(request: HttpRequest, code: str) -> HttpResponse:
    """Walk the route in the order of the numbers typed beside its stops, from a day on."""
    since, reason = _day(request.POST.get("since", "")), _reason(request)
    places = {
        int(name.removeprefix("place-")): _whole(request.POST.get(name, ""))
        for name in request.POST
        if name.startswith("place-") and name.removeprefix("place-").isdigit()
    }
    errors = _since_and_reason(since, reason, "id_since", "id_reason")
    if not places or None in places.values() or len(set(places.values())) != len(places):
        errors.append((None, _("Give each stop a whole number of its own")))
    if errors or since is None:
        return _route(request, code, errors=errors, status=422)
    try:
        resequence(
            route_code=code,
            service_point_ids=sorted(places, key=lambda key: places[key] or 0),
            since=since,
            reason=reason,
        )
    except ReadRoute.DoesNotExist:
        raise Http404 from None
    except NotAllStops:
        said = _("The route has other stops then; look at it on that day first")
        return _route(request, code, errors=[(None, said)], status=409)
    except PlannedAlready:
        return _route(request, code, errors=[("id_since", _planned())], status=409)
    return redirect(f"{request.path.removesuffix('order/')}?on={since.isoformat()}")


@require_POST
@staff_view
def move(request: HttpRequest, code: str) -> HttpResponse:
    """Let a stop stand on another route, or elsewhere on this one, from a day on."""
    since, reason = _day(request.POST.get("move_since", "")), _reason(request, "move_reason")
    stop, to = _whole(request.POST.get("stop", "")), request.POST.get("to", "")
    after = _whole(request.POST.get("after", ""))
    errors = _since_and_reason(since, reason, "id_move_since", "id_move_reason")
    if stop is None:
        errors.append(("id_stop", _("Choose a stop")))
    if not ReadRoute.objects.filter(pk=to).exists():
        errors.append(("id_to", _("Choose a route")))
    if errors or since is None or stop is None:
        return _route(request, code, errors=errors, status=422)
    if to != code:
        after = None  # the stops of that route are not on this page
    try:
        move_stop(service_point_id=stop, to_route=to, since=since, after=after, reason=reason)
    except NoSuchStop:
        said = _("The stop stands elsewhere on that day")
        return _route(request, code, errors=[("id_stop", said)], status=409)
    except PlannedAlready:
        return _route(request, code, errors=[("id_move_since", _planned())], status=409)
    return redirect(f"{request.path.removesuffix('move/')}?on={since.isoformat()}")


def _planned() -> str:
    return _("Something is planned for a later day already; choose a day after that")


def _since_and_reason(since: date | None, reason: str, since_id: str, reason_id: str) -> _Errors:
    errors: _Errors = []
    if since is None:
        errors.append((since_id, _("Enter the day it begins")))
    if not reason:
        errors.append((reason_id, _("Say why it changes")))
    return errors


def _reason(request: HttpRequest, name: str = "reason") -> str:
    return request.POST.get(name, "").strip()[:_LONGEST_REASON]


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
