"""What usage pages ask of the CIS, and what they answer where it says no."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render

from meterside import wiring
from meterside.contracts.cis import (
    AccountRef,
    Capability,
    CisError,
    CisUnavailable,
    NoSuchAccount,
    NoSuchPeriod,
    NoSuchService,
)
from meterside.contracts.usage import MeteredService, PricedUse, ServiceRef, UseToPrice
from meterside.journeys.watch_usage.prices import Pricer
from meterside.kit import clock
from meterside.portal.preferences.queries import UsageNotes, usage_notes
from meterside.web.customer import CustomerRequest
from meterside.web.design.errors import unavailable

P = ParamSpec("P")
_View = Callable[Concatenate[CustomerRequest, P], HttpResponseBase]
FIRST_YEAR = 1990


def from_cis(view: _View[P]) -> _View[P]:
    """404 for what the account has not, 503 where the CIS is silent, a page of its own where it cannot tell."""

    @wraps(view)
    def asking(request: CustomerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if Capability.USAGE not in wiring.cis().capabilities():
            return nothing(request, "cannot")
        try:
            return view(request, *args, **kwargs)
        except (NoSuchAccount, NoSuchService, NoSuchPeriod):
            raise Http404 from None
        except CisUnavailable:
            return unavailable(request)

    return asking


def nothing(request: CustomerRequest, why: str) -> HttpResponse:
    """The page of an account with nothing to show: `cannot`, `no_meter`."""
    return render(request, "customer/usage/nothing.html", {"nav_current": "usage", "why": why})


def local_today(service: MeteredService | None) -> date:
    """Today at the premise; the utility's where no premise is known yet."""
    return clock.today(ZoneInfo(service.zone) if service else settings.UTILITY.zone)


def day_asked(text: str | None) -> date | None:
    """A day of an address. Raises Http404 for what is none, or lies beyond any meter's time."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    if not FIRST_YEAR <= day.year <= local_today(None).year + 1:
        raise Http404
    return day


def pricer(account: AccountRef, service: ServiceRef, start: date, end: date) -> Pricer:
    """Prices uses of [start, end); says nothing where the CIS cannot price, or does not answer."""

    def price(uses: Sequence[UseToPrice]) -> tuple[PricedUse, ...] | None:
        cis = wiring.cis()
        if Capability.PRICE_USAGE not in cis.capabilities():
            return None
        try:
            return cis.price_use(account, service, start=start, end=end, uses=uses)
        except CisError:
            return None

    return price


def notes_of(request: CustomerRequest, service: MeteredService) -> UsageNotes:
    """When the commodity goes live, and what the person was told that is still so."""
    return usage_notes(
        login_id=request.user.pk, account=request.portal.account_ref, commodity=service.commodity
    )


def is_not_live(notes: UsageNotes, today: date) -> bool:
    """Whether the utility shows no days of this commodity yet."""
    return notes.live_on is not None and today < notes.live_on
