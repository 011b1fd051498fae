"""Use by period, day and interval, as `contracts/usage.py` tells it: within the tenure, never by the location."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from meterside.cis.billing.inputs.counted import RECEIVED, MeterChannel
from meterside.cis.metering.estimates.curve import a_year_before
from meterside.cis.metering.store.queries import DayTotal, day_totals_within, interval_days
from meterside.cis.weather.queries import temperatures_within
from meterside.contracts.cis import AccountRef, NoSuchPeriod
from meterside.contracts.usage import (
    DaysOfUse,
    IntervalsOfUse,
    OnePeriodOfUse,
    PeriodsOfUse,
    ServiceRef,
    Temperature,
    UseOfDay,
    UseOfInterval,
    UseOfPeriod,
    UseQuality,
    WeatherOfDays,
    least_certain,
)
from meterside.engine.interval import DayIntervals, Quality
from meterside.engine.period import service_day
from meterside.engine.weather import DayTemperature

from .overview import next_read_day
from .usage_months import months_of
from .usage_rows import BilledPeriods, NearStation, ServiceRow, one_of, services_of

_ONE_DAY = timedelta(days=1)
_MOST_DAYS = 1100
_MOST_INTERVAL_DAYS = 800
#: What may lie around a day: the period after its own, and those of the year before.
_AROUND, _AROUND_DAYS = 18, 130
_FEW = 6
# What metering calls a day by the least certain of its reads; an edited or derived one was not measured.
_QUALITIES = {
    "measured": UseQuality.MEASURED,
    "missing": UseQuality.PARTIAL,
}
_NOTHING = {UseQuality.MISSING, UseQuality.AWAITED}


class TooMuchAsked(ValueError):
    """More days than one page or file may read."""


def use_by_period(
    account: AccountRef,
    service: ServiceRef | None,
    *,
    today: date,
    until: date | None = None,
    limit: int = 13,
    n_months: int = 0,
) -> PeriodsOfUse:
    """See the contract. One query; with months one more (see `months_of`)."""
    rows = services_of(account, service=service, billed=BilledPeriods(limit, until=until))
    one = one_of(rows, service)
    return PeriodsOfUse(
        services=tuple(row.view for row in rows),
        service=one.view,
        periods=tuple(reversed(one.periods)),
        open_period=open_period_of(one, today) if until is None else None,
        by_month=months_of(one, until=min(until or today, today), n_months=n_months) if n_months else None,
    )


def use_of_period(
    account: AccountRef, service: ServiceRef | None, *, on: date | None, today: date
) -> OnePeriodOfUse:
    """See the contract. Two queries, and one more where temperatures of the place are kept."""
    latest = None if on is None else _shifted(on, days=_AROUND_DAYS)
    rows = services_of(account, service=service, billed=BilledPeriods(_AROUND, until=latest))
    one = one_of(rows, service)
    known = [*reversed(one.periods)]
    open_period = open_period_of(one, today)
    every = [*known, *([open_period] if open_period else [])]
    period = _having(every, on)
    if period is None:
        raise NoSuchPeriod(str(on))
    index = every.index(period)
    own, year_ago = stretches_of(period, today)
    days, days_last_year = _days_of(one, own, year_ago)
    return OnePeriodOfUse(
        services=tuple(row.view for row in rows),
        service=one.view,
        period=period,
        days=days,
        days_last_year=days_last_year,
        known_until=_known_until(one, days),
        before=every[index - 1] if index else None,
        last_year=_a_year_before(known, period),
        next_start=every[index + 1].start if index + 1 < len(every) else None,
        weather=_weather(one, own, year_ago) if days else None,
    )


def stretches_of(period: UseOfPeriod, today: date) -> tuple[tuple[date, date], tuple[date, date]]:
    """The days [start, end) of a period that are over, and the whole of it a year before."""
    year_ago = a_year_before(period.start), a_year_before(period.end)
    return (period.start, min(period.end, today)), year_ago


def _weather(one: ServiceRow, *stretches: tuple[date, date]) -> WeatherOfDays | None:
    """The temperatures of days in any [start, end); None where the place has no station, or it knows none of them."""
    station = one.station
    if station is None:
        return None
    return weather_of(station, temperatures_within(station.id, stretches))


def weather_of(station: NearStation, known: Mapping[date, DayTemperature]) -> WeatherOfDays | None:
    """Days' temperatures as the contract has them; None where none is known."""
    found = {
        day: Temperature(Decimal(one.min_tenths) / 10, Decimal(one.max_tenths) / 10)
        for day, one in known.items()
    }
    return WeatherOfDays(station.name, station.degrees, found) if found else None


def _having(periods: Sequence[UseOfPeriod], on: date | None) -> UseOfPeriod | None:
    if on is None:
        return periods[-1] if periods else None
    return next((period for period in periods if period.start <= on < period.end), None)


def _a_year_before(periods: Sequence[UseOfPeriod], period: UseOfPeriod) -> UseOfPeriod | None:
    """The billed period that has the middle of these days a year ago."""
    return _having(periods, a_year_before(period.start + (period.end - period.start) // 2))


def _shifted(day: date, *, days: int) -> date:
    """So many days later; the calendar's own end where there are none."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def open_period_of(one: ServiceRow, today: date) -> UseOfPeriod | None:
    """The period no bill is made of yet; None where the tenure ended and all of it is billed, or has not begun."""
    start, end = _open_days(one)
    if start is None or end is None or start > today:
        return None
    return UseOfPeriod(start, end, one.view.unit, None, None, UseQuality.AWAITED, None, None)


def _open_days(one: ServiceRow) -> tuple[date | None, date | None]:
    until = one.view.until
    if until is not None and one.unbilled_from >= until:
        return None, None
    end = next_read_day(one.unbilled_from, one.read_day)
    return one.unbilled_from, end if until is None else min(end, until)


def use_by_day(
    account: AccountRef, service: ServiceRef | None, *, start: date, end: date, today: date
) -> DaysOfUse:
    """See the contract. Two queries."""
    if (end - start).days > _MOST_DAYS:
        raise TooMuchAsked(f"{(end - start).days} days")
    rows = services_of(account)
    one = one_of(rows, service)
    (days,) = _days_of(one, (start, min(end, today)))
    open_since, open_until = _open_days(one)
    return DaysOfUse(
        services=tuple(row.view for row in rows),
        service=one.view,
        days=days,
        known_until=_known_until(one, days),
        open_since=open_since,
        open_until=open_until,
    )


def _days_of(one: ServiceRow, *stretches: tuple[date, date]) -> list[tuple[UseOfDay, ...]]:
    """Every day of each [start, end) within the tenure; one query for all, none where no day is in it."""
    spans = [one.days_within(*stretch) for stretch in stretches]
    asked = [(first, last) for first, last in spans if first < last]
    channels = {channel.id for first, last in asked for channel in one.channels_in(first, last)}
    totals = day_totals_within(list(channels), asked)
    return [days_from(one, totals, *span) for span in spans]


def _known_until(one: ServiceRow, days: Sequence[UseOfDay]) -> datetime | None:
    known = [day.day for day in days if day.quality not in _NOTHING]
    return service_day(max(known), ZoneInfo(one.view.zone))[1] if known else None


def days_from(
    one: ServiceRow, totals: Mapping[int, Sequence[DayTotal]], first: date, last: date
) -> tuple[UseOfDay, ...]:
    """Every day of [first, last): what is known, and what is missing or not here yet. `totals` may have more days."""
    used: dict[date, tuple[Decimal, UseQuality]] = {}
    given: dict[date, tuple[Decimal, UseQuality]] = {}
    for channel in one.channels_in(first, last):
        into = given if channel.direction == RECEIVED else used
        for row in totals.get(channel.id, ()):
            if row.day < max(first, channel.first) or row.day >= min(last, channel.end or last):
                continue
            quality = _QUALITIES.get(row.quality, UseQuality.ESTIMATED)
            before = into.get(row.day)
            total = row.total * channel.worth
            into[row.day] = (
                (total, quality) if before is None else (before[0] + total, least_certain(before[1], quality))
            )
    latest = max((*used, *given), default=None)
    days, day = [], first
    while day < last:
        days.append(_day(day, used.get(day), given.get(day), latest))
        day += _ONE_DAY
    return tuple(days)


def _day(
    day: date,
    used: tuple[Decimal, UseQuality] | None,
    given: tuple[Decimal, UseQuality] | None,
    latest: date | None,
) -> UseOfDay:
    if used is None and given is None:
        quality = UseQuality.AWAITED if latest is None or day > latest else UseQuality.MISSING
        return UseOfDay(day, None, None, quality)
    quality = used[1] if used else UseQuality.PARTIAL
    if used and given:
        quality = least_certain(used[1], given[1])
    return UseOfDay(day, used[0] if used else None, given[0] if given else None, quality)


def use_by_interval(
    account: AccountRef, service: ServiceRef, *, start: date, end: date, now: datetime
) -> IntervalsOfUse:
    """See the contract. Two queries, and one more where temperatures of the place are kept."""
    if (end - start).days > _MOST_INTERVAL_DAYS:
        raise TooMuchAsked(f"{(end - start).days} days")
    latest = _shifted(start, days=_AROUND_DAYS)
    rows = services_of(account, service=service, billed=BilledPeriods(_FEW, until=latest))
    one = one_of(rows, service)
    zone = ZoneInfo(one.view.zone)
    first, last = one.within(start, min(end, now.astimezone(zone).date() + _ONE_DAY))
    channels = [channel.id for channel in one.channels_in(first, last)]
    found = interval_days(channels, first, last) if first < last else {}
    intervals = intervals_from(one, found, first, last, now)
    known = [item for item in intervals if item.quality not in _NOTHING]
    return IntervalsOfUse(
        services=tuple(row.view for row in rows),
        service=one.view,
        intervals=intervals,
        known_until=known[-1].starts_at + timedelta(seconds=known[-1].seconds) if known else None,
        billed=next((period for period in one.periods if period.start <= start), None),
        weather=_weather(one, (first, last)) if known else None,
    )


_Known = dict[tuple[datetime, int], tuple[Decimal, UseQuality]]


def intervals_from(
    one: ServiceRow, found: Mapping[int, Sequence[DayIntervals]], first: date, last: date, now: datetime
) -> tuple[UseOfInterval, ...]:
    """Every interval of the days [first, last) and before now. `found` may have more days."""
    used: _Known = {}
    given: _Known = {}
    for channel in one.channels_in(first, last):
        into = given if channel.direction == RECEIVED else used
        begins, ends = max(first, channel.first), min(last, channel.end or last)
        for day in found.get(channel.id, ()):
            if begins <= day.day < ends:
                _lay_out(day, channel, into)
    keys = sorted({*used, *given})
    made = [_interval(key, used.get(key), given.get(key)) for key in keys]
    return tuple(_with_gaps(one, made, first, last, now))


def _lay_out(day: DayIntervals, channel: MeterChannel, into: _Known) -> None:
    step = timedelta(seconds=day.seconds)
    codes = day.quality_array()
    for index, value in enumerate(day.array().tolist()):
        starts = day.start_utc + step * index
        if starts + step <= channel.opens or (channel.closes is not None and starts >= channel.closes):
            continue  # the meter's own day ran on at another place
        code = int(codes[index])
        if code == Quality.MISSING:
            continue
        quality = UseQuality.MEASURED if code == Quality.MEASURED else UseQuality.ESTIMATED
        key, amount = (starts, day.seconds), value * channel.worth
        before = into.get(key)
        into[key] = (
            (amount, quality) if before is None else (before[0] + amount, least_certain(before[1], quality))
        )


def _interval(
    key: tuple[datetime, int],
    used: tuple[Decimal, UseQuality] | None,
    given: tuple[Decimal, UseQuality] | None,
) -> UseOfInterval:
    known = [item[1] for item in (used, given) if item is not None]
    quality = known[0] if len(known) == 1 else least_certain(known[0], known[1])
    return UseOfInterval(key[0], key[1], used[0] if used else None, given[0] if given else None, quality)


def _with_gaps(
    one: ServiceRow, made: Sequence[UseOfInterval], first: date, last: date, now: datetime
) -> Iterable[UseOfInterval]:
    """The intervals, and between and after them those that are not there, each as long as the meter's own."""
    if not one.view.has_days or first >= last:
        return
    zone = ZoneInfo(one.view.zone)
    opens, closes = service_day(first, zone)[0], min(service_day(last, zone)[0], now)
    at, default = opens, one.view.interval_s or 3600
    for item in made:
        if item.starts_at >= closes:
            break
        yield from _gap(at, item.starts_at, item.seconds, UseQuality.MISSING)
        yield item
        at = item.starts_at + timedelta(seconds=item.seconds)
    yield from _gap(at, closes, made[-1].seconds if made else default, UseQuality.AWAITED)


def _gap(start: datetime, end: datetime, seconds: int, quality: UseQuality) -> Iterable[UseOfInterval]:
    step = timedelta(seconds=seconds)
    while start + step <= end:
        yield UseOfInterval(start, seconds, None, None, quality)
        start += step
