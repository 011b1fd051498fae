"""One kind of alert for one service or bill, judged by the engine's rules: found, over, or neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from meterside.contracts.cis import AccountRef, Cis, CisError
from meterside.contracts.usage import UseToPrice
from meterside.engine import alert as rules
from meterside.engine.alert import AlertKind, DayFinding, LeakRule
from meterside.engine.period import service_day
from meterside.journeys.watch_usage.peak import NO_PEAK, PeakHours
from meterside.portal.preferences.choices import LEAK_HOURS, Choice

from .gather import AccountUse, ServiceUse, likely_cents

_TWICE = Decimal(2)
_STOP_DAYS = 2
#: A spike is at least so much above normal, so that a small house is not told of a bath.
_LEAST_SPIKE = {"electric": Decimal(8), "water": Decimal(150), "gas": Decimal(1)}
_EARLY_PERCENT, _EARLY_LEAST_CENTS = 25, 15_00
_MONTH_HOURS = 730


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: a name for its cause, its hours, and the numbers behind it as text."""

    cause: str
    first_at: datetime
    last_at: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`found` now, or None; `is_over` says that an open alert of the kind has ended. Neither: nothing can be said."""

    found: Found | None = None
    is_over: bool = False


NOTHING = Verdict()


def judge_service(
    use: ServiceUse, choice: Choice, *, leak: LeakRule | None, peak: PeakHours = NO_PEAK
) -> Verdict:
    """A kind about one service. `peak` are the hours of its latest whole day, for the kind that asks for them."""
    if choice.kind is AlertKind.LEAK:
        return _leak(use, leak)
    on = use.latest
    if on is None:
        return NOTHING
    judged: Mapping[AlertKind, Callable[[], DayFinding | None]] = {
        AlertKind.SPIKE: lambda: rules.spike(
            use.days, on=on, times=_TWICE, least=_LEAST_SPIKE.get(use.service.commodity, Decimal(0))
        ),
        AlertKind.STOP: lambda: rules.unusual_stop(use.days, on=on, n_days=_STOP_DAYS),
        AlertKind.USE_DAY: lambda: (
            None if choice.threshold is None else rules.over_day(use.days, on=on, limit=choice.threshold)
        ),
        AlertKind.USE_PERIOD: lambda: (
            None
            if choice.threshold is None or use.open_since is None
            else rules.over_period(use.days, since=use.open_since, limit=choice.threshold)
        ),
        AlertKind.PEAK: lambda: _peak(use, on, choice.threshold, peak),
    }
    finding = judged[choice.kind]()
    if finding is None:
        return Verdict(is_over=True)
    cause = use.open_since if choice.kind is AlertKind.USE_PERIOD else finding.first
    found = _found(use, finding, cause=f"{cause}")
    if choice.kind is AlertKind.PEAK:
        found = replace(found, facts={**found.facts, "peak": [list(block) for block in peak.blocks]})
    return Verdict(found)


def _found(use: ServiceUse, finding: DayFinding, *, cause: str) -> Found:
    return Found(
        cause=cause,
        first_at=service_day(finding.first, use.zone)[0],
        last_at=service_day(finding.last, use.zone)[1],
        facts={
            "amount": str(finding.amount),
            "against": str(finding.against),
            "unit": use.shown.unit,
            "first": finding.first.isoformat(),
            "last": finding.last.isoformat(),
        },
    )


def _peak(use: ServiceUse, on: date, limit: Decimal | None, peak: PeakHours) -> DayFinding | None:
    if limit is None:
        return None
    opens, closes = service_day(on, use.zone)
    values = [value for value in use.values if opens <= value.starts_at < closes]
    amount = rules.peak_use(values, is_peak=lambda instant: peak.has(instant, use.zone))
    return DayFinding(on, on, amount, limit) if amount > limit else None


def leak_rule(use: ServiceUse, choice: Choice, *, least_gallons: Decimal) -> LeakRule | None:
    """The rule for a service's own unit and meter; None where its unit cannot be said in gallons."""
    least = use.shown.of_unit(least_gallons, "gal")
    if least is None:
        return None
    return LeakRule(
        hours=choice.hours or LEAK_HOURS,
        least_an_hour=least,
        resolution=use.shown.of(use.service.step),
    )


def _leak(use: ServiceUse, rule: LeakRule | None) -> Verdict:
    if rule is None or not use.values:
        return NOTHING
    flow = rules.continuous_flow(use.values, rule, flagged_since=use.leak_told)
    if flow is None:
        since = use.values[-1].ends_at - timedelta(hours=rule.hours)
        return Verdict(is_over=rules.has_stopped(use.values, rule, since=since))
    return Verdict(
        Found(
            cause=f"{flow.since.isoformat()}",
            first_at=flow.since,
            last_at=max(flow.since, flow.until),
            facts={
                "an_hour": str(flow.an_hour),
                "unit": use.shown.unit,
                "hours": rule.hours,
                "is_told_by_meter": flow.said_by_meter,
            },
        )
    )


def cost_of_flow(cis: Cis, account: AccountRef, use: ServiceUse, an_hour: Decimal) -> int | None:
    """What a flow that goes on costs a month beyond the last bill's use, in cents; None where it is not known."""
    billed = use.billed
    if billed is None or billed.quantity is None:
        return None
    usual = use.shown.of_unit(billed.quantity, billed.unit)
    if usual is None:
        return None
    days = (billed.end - billed.start).days
    flow = an_hour * 24 * days
    uses = [UseToPrice(use_of / use.shown.one, None, use.service.unit) for use_of in (usual, usual + flow)]
    try:
        priced = cis.price_use(account, use.service.ref, start=billed.start, end=billed.end, uses=uses)
    except CisError:
        return None
    if priced is None:
        return None
    return (priced[1].total_cents - priced[0].total_cents) * _MONTH_HOURS // (24 * days)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The whole bill on its way in cents, by what is known of its services; `since` is when its period began."""

    low_cents: int
    likely_cents: int
    high_cents: int
    usual_cents: int
    since: date
    days_known: int
    days: int


def forecast(cis: Cis, account: AccountUse) -> Forecast | None:
    """The next bill: priced where use is known by day, as on the last bill elsewhere. None before a first bill."""
    if not account.last_bill_cents:
        return None
    ways = {one.service.ref: likely_cents(cis, account.account, one) for one in account.services}
    priced = [one for one in account.services if ways[one.service.ref]]
    if not priced:
        return None
    each = [ways.get(ref) or (cents, cents, cents) for ref, cents in account.last_bill_cents.items()]
    low, likely, high = (sum(column) for column in zip(*each, strict=True))
    first = min(priced, key=lambda use: use.open_since or date.max)
    if first.projection is None or first.open_period is None:
        return None
    period = first.open_period.period
    return Forecast(
        low_cents=low,
        likely_cents=likely,
        high_cents=high,
        usual_cents=sum(account.last_bill_cents.values()),
        since=period.start,
        days_known=first.projection.days_known,
        days=(period.end - period.start).days,
    )


def judge_bill(account: AccountUse, choice: Choice, look_ahead: Callable[[], Forecast | None]) -> Verdict:
    """A kind about the whole bill. It is over when the period is. To look ahead is dear: only where it may say it."""
    if choice.kind is AlertKind.EARLY and not _is_mid_cycle(account):
        return NOTHING
    ahead = look_ahead()
    if ahead is None:
        return NOTHING
    is_found = (
        choice.threshold is not None
        and rules.over_bill(low_cents=ahead.low_cents, limit_cents=int(choice.threshold))
        if choice.kind is AlertKind.BILL
        else rules.high_bill(
            likely_cents=ahead.likely_cents,
            usual_cents=ahead.usual_cents,
            days_known=ahead.days_known,
            days=ahead.days,
            percent=_EARLY_PERCENT,
            least_cents=_EARLY_LEAST_CENTS,
        )
    )
    zone = account.services[0].zone
    found = Found(
        cause=f"{ahead.since}",
        first_at=service_day(ahead.since, zone)[0],
        last_at=service_day(ahead.since + timedelta(days=ahead.days_known - 1), zone)[1],
        facts={
            "low_cents": ahead.low_cents,
            "high_cents": ahead.high_cents,
            "usual_cents": ahead.usual_cents,
            "limit_cents": int(choice.threshold or 0),
            "first": ahead.since.isoformat(),
        },
    )
    # Going down again is no news; that the period is over is.
    return Verdict(found) if is_found else NOTHING


def _is_mid_cycle(account: AccountUse) -> bool:
    """Whether enough is known of any service's period to warn of its bill."""
    return any(
        rules.is_mid_cycle(
            use.projection.days_known, (use.open_period.period.end - use.open_period.period.start).days
        )
        for use in account.services
        if use.projection is not None and use.open_period is not None
    )
