"""One's own use as JSON: services, bill periods, days, intervals. Quantities are text, for they are exact."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from meterside import wiring
from meterside.contracts.cis import AccountRef, NoSuchService
from meterside.contracts.usage import MeteredService, ServiceRef
from meterside.kit import clock

from .access import BadRequest, with_token

_ONE_DAY = timedelta(days=1)
_MOST_DAYS, _MOST_INTERVAL_DAYS = 1100, 100
_MOST_PERIODS = 60
_FIRST_YEAR = 1990


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _service(service: MeteredService) -> dict[str, Any]:
    return {
        "id": str(service.ref),
        "commodity": service.commodity,
        "address": service.address_line,
        "unit": service.unit,
        "time_zone": service.zone,
        "since": service.since.isoformat(),
        "until": service.until.isoformat() if service.until else None,
        "interval_s": service.interval_s,
        "gives_back": service.gives_back,
    }


@with_token
def services(request: HttpRequest, account: AccountRef) -> HttpResponse:
    """The metered services of the key's account."""
    today = clock.today(settings.UTILITY.zone)
    try:
        found = wiring.cis().use_by_period(account, None, today=today, limit=1).services
    except NoSuchService:
        found = ()
    return JsonResponse({"services": [_service(one) for one in found]})


@with_token
def periods(request: HttpRequest, account: AccountRef, service: UUID) -> HttpResponse:
    """The latest billed periods, oldest first, each with its cost in cents."""
    today = clock.today(settings.UTILITY.zone)
    view = wiring.cis().use_by_period(account, ServiceRef(service), today=today, limit=_MOST_PERIODS)
    return JsonResponse(
        {
            "service": _service(view.service),
            "periods": [
                {
                    "start": one.start.isoformat(),
                    "end": one.end.isoformat(),
                    "quantity": _number(one.quantity),
                    "received": _number(one.received),
                    "unit": one.unit,
                    "quality": str(one.quality),
                    "cost_cents": one.cost_cents,
                }
                for one in view.periods
            ],
        }
    )


@with_token
def days(request: HttpRequest, account: AccountRef, service: UUID) -> HttpResponse:
    """The days of [start, end), by default the last thirty."""
    today = clock.today(settings.UTILITY.zone)
    start, end = _span(request, today, most=_MOST_DAYS)
    view = wiring.cis().use_by_day(account, ServiceRef(service), start=start, end=end, today=today)
    return JsonResponse(
        {
            "service": _service(view.service),
            "known_until": view.known_until.isoformat() if view.known_until else None,
            "days": [
                {
                    "day": one.day.isoformat(),
                    "quantity": _number(one.quantity),
                    "received": _number(one.received),
                    "quality": str(one.quality),
                }
                for one in view.days
            ],
        }
    )


@with_token
def intervals(request: HttpRequest, account: AccountRef, service: UUID) -> HttpResponse:
    """The intervals of the days of [start, end), at most a hundred days at once."""
    start, end = _span(request, clock.today(settings.UTILITY.zone), most=_MOST_INTERVAL_DAYS)
    view = wiring.cis().use_by_interval(account, ServiceRef(service), start=start, end=end, now=clock.now())
    return JsonResponse(
        {
            "service": _service(view.service),
            "known_until": view.known_until.isoformat() if view.known_until else None,
            "intervals": [
                {
                    "start": one.starts_at.isoformat(),
                    "seconds": one.seconds,
                    "quantity": _number(one.quantity),
                    "received": _number(one.received),
                    "quality": str(one.quality),
                }
                for one in view.intervals
            ],
        }
    )


def _span(request: HttpRequest, today: date, *, most: int) -> tuple[date, date]:
    """The half-open days asked for. Raises BadRequest."""
    try:
        end = date.fromisoformat(request.GET.get("end") or today.isoformat())
        start = date.fromisoformat(request.GET.get("start") or (end - _ONE_DAY * 30).isoformat())
    except (ValueError, OverflowError):
        raise BadRequest("start and end are days like 2026-11-20") from None
    if not (start.year >= _FIRST_YEAR and end.year <= today.year + 1):
        raise BadRequest(f"ask for days from {_FIRST_YEAR} on, up to next year")
    if not start < end:
        raise BadRequest("end comes after start, and is not included")
    if (end - start).days > most:
        raise BadRequest(f"at most {most} days at once")
    return start, end
