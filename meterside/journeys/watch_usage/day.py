"""One local day by hour, or by the meter's own intervals: when it was used, and what never sleeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from meterside.contracts.usage import IntervalsOfUse, UseOfInterval, UseQuality, UseToPrice, least_certain
from meterside.engine.period import service_day_hours
from meterside.engine.projection import base_load
from meterside.journeys.see_bill import Say
from meterside.journeys.see_bill.words import price_text

from .page import DayPage, Hour
from .peak import NO_PEAK, PeakHours, minute_of_day, peak_words
from .prices import Pricer, UnitPrices, unit_prices, whole_cents
from .units import Shown, shown_unit
from .weather import temperature_of_day
from .words import hours_known, tabs_of

_ONE_DAY = timedelta(days=1)
_HOUR_S = 3600
_PEAK_HOURS = 3
_TENTH_OF_A_CENT = Decimal("0.001")


def see_day(
    view: IntervalsOfUse,
    *,
    day: date,
    today: date,
    by_reading: bool,
    price: Pricer,
    say: Say,
    peak: PeakHours = NO_PEAK,
) -> DayPage:
    """A day by hour; `by_reading` by the meter's own intervals. `price` prices the period of `view.billed`."""
    shown = shown_unit(view.service)
    zone = ZoneInfo(view.service.zone)
    prices = _unit_prices(view, shown, price)
    seconds = view.service.interval_s or _HOUR_S
    intervals = [_hour(item, shown, _price_at(item.starts_at, prices, peak, zone)) for item in view.intervals]
    hours = intervals if by_reading or seconds >= _HOUR_S else _by_hour(intervals)
    known = [hour.amount for hour in hours if hour.amount is not None]
    total = sum(known, Decimal(0))
    given = [hour.given for hour in hours if hour.given is not None]
    n_hours = service_day_hours(day, zone)
    return DayPage(
        service=view.service,
        tabs=tabs_of(view.services, view.service.ref),
        unit=shown.unit,
        day=day,
        total=shown.said(total, say) if known else "",
        cost_cents=_cost_of_day(intervals, prices, peak, zone),
        cost_words=_cost_words(view, shown, prices, day, say),
        hours=tuple(replace(hour, is_peak=peak.has(hour.starts_at, zone)) for hour in hours),
        sentences=_sentences(intervals, hours, total, shown, zone, say),
        beside=(
            *peak_words(peak, _known(intervals), total, shown, zone, say),
            *temperature_of_day(view.weather, day, say),
        ),
        data_words="" if by_reading else hours_known(hour.quality for hour in hours),
        given=shown.said(sum(given, Decimal(0)), say) if given else "",
        by_reading=by_reading and seconds < _HOUR_S,
        has_readings=seconds < _HOUR_S,
        interval_minutes=seconds // 60,
        is_long_or_short=_clock_change(n_hours),
        previous=day - _ONE_DAY if day > view.service.since else None,
        next=day + _ONE_DAY if day + _ONE_DAY <= _last_day(view, today) else None,
        known_until=view.known_until,
    )


def _last_day(view: IntervalsOfUse, today: date) -> date:
    return today if view.service.until is None else min(today, view.service.until - _ONE_DAY)


def _hour(item: UseOfInterval, shown: Shown, rate_cents: Decimal | None) -> Hour:
    amount = None if item.quantity is None else shown.of(item.quantity)
    return Hour(
        starts_at=item.starts_at,
        seconds=item.seconds,
        amount=amount,
        quality=item.quality,
        given=None if item.received is None else shown.of(item.received),
        cost_cents=None if amount is None or rate_cents is None else whole_cents(amount * rate_cents),
    )


def _by_hour(intervals: Sequence[Hour]) -> list[Hour]:
    """Intervals gathered into hours of the clock; an hour that lacks some is partial."""
    hours: list[Hour] = []
    for item in intervals:
        start = item.starts_at.replace(minute=0, second=0, microsecond=0)
        if hours and hours[-1].starts_at == start:
            hours[-1] = _together(hours[-1], item)
        else:
            hours.append(Hour(start, _HOUR_S, item.amount, item.quality, item.given, item.cost_cents))
    return hours


def _together(one: Hour, other: Hour) -> Hour:
    quality = least_certain(one.quality, other.quality)
    return Hour(
        one.starts_at,
        _HOUR_S,
        _sum(one.amount, other.amount),
        quality,
        _sum(one.given, other.given),
        None
        if one.cost_cents is None and other.cost_cents is None
        else (one.cost_cents or 0) + (other.cost_cents or 0),
    )


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return one if other is None else other if one is None else one + other


def _known(intervals: Sequence[Hour]) -> list[tuple[datetime, Decimal]]:
    return [(item.starts_at, item.amount) for item in intervals if item.amount is not None]


def _price_at(
    starts_at: datetime, prices: UnitPrices | None, peak: PeakHours, zone: ZoneInfo
) -> Decimal | None:
    """What a unit costs then, in cents."""
    if prices is None:
        return None
    if peak.clock is None or not prices.go_by_hours:
        return prices.mean
    return prices.at(peak.clock.period_at(minute_of_day(starts_at, zone)))


def _cost_of_day(
    intervals: Sequence[Hour], prices: UnitPrices | None, peak: PeakHours, zone: ZoneInfo
) -> int | None:
    known = _known(intervals)
    costs = [amount * (_price_at(starts_at, prices, peak, zone) or 0) for starts_at, amount in known]
    return None if prices is None or not known else whole_cents(sum(costs, Decimal(0)))


def _unit_prices(view: IntervalsOfUse, shown: Shown, price: Pricer) -> UnitPrices | None:
    """What a unit of use cost on the bill that has the day, or the last one before it."""
    billed = view.billed
    if billed is None or not billed.quantity:
        return None
    priced = price([UseToPrice(billed.quantity, billed.received, billed.unit)])
    quantity = shown.of_unit(billed.quantity, billed.unit)
    return unit_prices(priced[0], asked=billed.quantity, shown=quantity) if priced else None


def _cost_words(view: IntervalsOfUse, shown: Shown, prices: UnitPrices | None, day: date, say: Say) -> str:
    if prices is None or view.billed is None:
        return ""
    is_billed = view.billed.start <= day < view.billed.end
    if prices.go_by_hours:
        if is_billed:
            return _("Each hour at what its time of day cost on that bill.")
        return _("An estimate: each hour at what its time of day cost on your last bill.")
    amount = Decimal(100 if shown.unit == "gal" else 1)
    facts = {
        "price": price_text((prices.mean * amount / 100).quantize(_TENTH_OF_A_CENT)),
        "unit": say.usage(amount, shown.unit, 0),
    }
    if is_billed:
        return _("At %(price)s for %(unit)s, as use cost on that bill.") % facts
    return _("An estimate: at %(price)s for %(unit)s, as use cost on your last bill.") % facts


def _sentences(
    intervals: Sequence[Hour],
    hours: Sequence[Hour],
    total: Decimal,
    shown: Shown,
    zone: ZoneInfo,
    say: Say,
) -> tuple[str, ...]:
    """The busiest three hours, and what ran all day."""
    found = []
    busiest = _busiest(hours)
    if busiest is not None and total > 0:
        start, end, amount = busiest
        share = int((amount * 100 / total).to_integral_value(rounding=ROUND_HALF_UP))
        facts = {
            "from": say.clock(start.astimezone(zone)),
            "to": say.clock(end.astimezone(zone)),
            "percent": say.percent(share),
        }
        found.append(_("Most was used between %(from)s and %(to)s: %(percent)s of the day.") % facts)
    known = [hour.amount for hour in intervals if hour.amount is not None]
    if intervals and len(known) == len(intervals):
        base = base_load(known, intervals[0].seconds)
        if base is not None and base > 0 and total > 0:
            found.append(_("About %(use)s an hour was used all day long.") % {"use": shown.said(base, say)})
        elif base == 0 and total > 0:
            found.append(_("There were times when nothing was used."))
    return tuple(found)


def _busiest(hours: Sequence[Hour]) -> tuple[datetime, datetime, Decimal] | None:
    """The three hours in a row that used the most; None where no three are known in a row."""
    best = None
    for index in range(len(hours) - _PEAK_HOURS + 1):
        run = hours[index : index + _PEAK_HOURS]
        if any(hour.amount is None or hour.seconds != _HOUR_S for hour in run):
            continue
        amount = sum((hour.amount or Decimal(0) for hour in run), Decimal(0))
        if best is None or amount > best[2]:
            best = (run[0].starts_at, run[-1].starts_at + timedelta(seconds=_HOUR_S), amount)
    return best


def _clock_change(n_hours: int) -> str:
    if n_hours == 23:
        return _("The clock went forward: this day had 23 hours.")
    if n_hours == 25:
        return _("The clock went back: this day had 25 hours.")
    return ""


def is_known(hour: Hour) -> bool:
    """Whether anything of it is there."""
    return hour.quality not in {UseQuality.MISSING, UseQuality.AWAITED}
