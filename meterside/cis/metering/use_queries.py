"""Use at service points for pages: by day, by month, a day's intervals, and how old the newest data is.

A question names service points and, for each, the days it may be told of: the tenure of who asks. Nothing outside
them is read. Answers are by stream: what one service point delivered or received in one unit, over all meters that
hung there; on the day a meter was exchanged both count. Multipliers are in, unless the source applied them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from meterside.engine.interval import DayIntervals, Quality
from meterside.engine.period import Period

from .queries import DayTotal, day_totals, interval_days
from .staging import known_until

_ONE_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
#: From the most certain to the least; a sum is called by the least certain of its parts.
CERTAINTY = ("measured", "derived", "edited", "estimated", "missing")
_WORD = {
    Quality.MEASURED: "measured",
    Quality.DERIVED: "derived",
    Quality.EDITED: "edited",
    Quality.ESTIMATED: "estimated",
    Quality.MISSING: "missing",
}


class Stream(NamedTuple):
    """What flows at a service point in one direction (`delivered`, `received`), in one unit."""

    service_point_id: int
    direction: str
    unit: str


@dataclass(frozen=True, slots=True)
class Tenure:
    """A service point and the local days of its premise somebody may be told of."""

    service_point_id: int
    during: Period


@dataclass(frozen=True, slots=True)
class DayUse:
    """A stream's use of a local day. `quality` is one of CERTAINTY; a day without any data is not there."""

    day: date
    quantity: Decimal
    quality: str


@dataclass(frozen=True, slots=True)
class MonthUse:
    """A stream's use of a month's days, as far as they may be told: `n_days` have data, `n_not_measured` of these
    hold an estimate, an edit or a hole, `n_incomplete` a hole."""

    month: date
    quantity: Decimal
    n_days: int
    n_not_measured: int
    n_incomplete: int


@dataclass(frozen=True, slots=True)
class SlotUse:
    """One interval: from an instant on, `quantity` is None where it is missing."""

    start_utc: datetime
    seconds: int
    quantity: Decimal | None
    quality: str


@dataclass(frozen=True, slots=True)
class _Hung:
    """A channel while its meter hung at a service point, within the days asked for; `scale` is the multiplier."""

    stream: Stream
    channel_id: int
    days: Period
    scale: Decimal
    zone: ZoneInfo


_CHANNELS = """
    SELECT i.service_point_id, c.direction, c.unit, c.id, p.zone, lower(i.during), upper(i.during),
           coalesce((SELECT CASE WHEN m.applied_by_source THEN 1 ELSE m.value END FROM cis_registry_multiplier m
              WHERE m.device_id = i.device_id ORDER BY m.during DESC LIMIT 1), 1)
      FROM cis_registry_deviceinstallation i
      JOIN cis_registry_channel c ON c.device_id = i.device_id
      JOIN cis_registry_servicepoint s ON s.id = i.service_point_id
      JOIN cis_registry_premise p ON p.id = s.premise_id
     WHERE i.service_point_id = ANY(%s)
     ORDER BY i.service_point_id, lower(i.during), c.id
"""


def _hung(tenures: Sequence[Tenure], window: Period) -> list[_Hung]:
    """The channels that hung at these service points in the window, each with the days it may be asked for."""
    if not tenures:
        return []
    by_point: dict[int, list[Period]] = {}
    for tenure in tenures:
        by_point.setdefault(tenure.service_point_id, []).append(tenure.during)
    found = []
    with connection.cursor() as cursor:
        cursor.execute(_CHANNELS, [sorted(by_point)])
        for point, direction, unit, channel_id, zone_name, since, until, scale in cursor.fetchall():
            zone = ZoneInfo(zone_name)
            first = since.astimezone(zone).date()
            # A meter taken down at noon has measured the morning of that day.
            end = None if until is None else (until - _INSTANT).astimezone(zone).date() + _ONE_DAY
            here = Period(first, end).overlap(window) if end is None or end > first else None
            for during in by_point[point]:
                days = None if here is None else here.overlap(during)
                if days is not None:
                    stream = Stream(point, direction, unit)
                    found.append(_Hung(stream, channel_id, days, Decimal(scale), zone))
    return found


def _least_certain(qualities: Iterable[str]) -> str:
    return max(qualities, key=CERTAINTY.index)


def use_by_day(tenures: Sequence[Tenure], *, start: date, end: date) -> Mapping[Stream, list[DayUse]]:
    """Each stream's days in [start, end), in order; days without data are left out."""
    return {
        stream: [_day_use(day, rows) for day, rows in sorted(days.items())]
        for stream, days in _days_of(_hung(tenures, Period(start, end))).items()
    }


_Scaled = tuple[DayTotal, Decimal]


def _days_of(hung: Sequence[_Hung]) -> dict[Stream, dict[date, list[_Scaled]]]:
    if not hung:
        return {}
    first, end = min(one.days.start for one in hung), max(one.days.closed_end for one in hung)
    totals = day_totals(sorted({one.channel_id for one in hung}), first, end)
    found: dict[Stream, dict[date, list[_Scaled]]] = {}
    for one in hung:
        days = found.setdefault(one.stream, {})
        for row in totals[one.channel_id]:
            if one.days.contains(row.day):
                days.setdefault(row.day, []).append((row, one.scale))
    return found


def _day_use(day: date, rows: Sequence[_Scaled]) -> DayUse:
    quantity = sum((row.total * scale for row, scale in rows), Decimal(0))
    qualities = [row.quality for row, _ in rows]
    if len(rows) > 1 and "missing" in qualities:
        return DayUse(day, quantity, _shared_quality(day, [row.channel_id for row, _ in rows]))
    return DayUse(day, quantity, _least_certain(qualities))


def _shared_quality(day: date, channel_ids: Sequence[int]) -> str:
    """The quality of a day that meters share, as when one was exchanged: what one lacks another has."""
    slots: dict[tuple[datetime, int], SlotUse] = {}
    for rows in interval_days(channel_ids, day, day + _ONE_DAY).values():
        for row in rows:
            _add_slots(slots, row, Decimal(1))
    return _least_certain(slot.quality for slot in slots.values())


def use_by_month(tenures: Sequence[Tenure], *, start: date, end: date) -> Mapping[Stream, list[MonthUse]]:
    """Each stream's months of [start, end), in order; only days of the window and the tenures count.

    A month that counts whole, of one meter, comes from the kept totals; other months are summed by day.
    """
    hung = _hung(tenures, Period(start, end))
    whole, by_day = _whole_months(hung)
    totals = _month_totals([(one.channel_id, month) for one, month in whole])
    found: dict[Stream, dict[date, MonthUse]] = {}
    for one, month in whole:
        row = totals.get((one.channel_id, month))
        if row is not None:
            found.setdefault(one.stream, {})[month] = MonthUse(month, row[0] * one.scale, *row[1:])
    for stream, days in _days_of(by_day).items():
        months: dict[date, list[DayUse]] = {}
        for day, rows in sorted(days.items()):
            months.setdefault(day.replace(day=1), []).append(_day_use(day, rows))
        for month, of_month in months.items():
            found.setdefault(stream, {})[month] = _month_use(month, of_month)
    return {stream: [months[month] for month in sorted(months)] for stream, months in found.items()}


def _whole_months(hung: Sequence[_Hung]) -> tuple[list[tuple[_Hung, date]], list[_Hung]]:
    """Months one meter alone tells of in a stream, wholly within the days asked for; and the rest, by day."""
    parts: dict[tuple[Stream, date], list[tuple[_Hung, Period]]] = {}
    for one in hung:
        month = one.days.start.replace(day=1)
        while month < one.days.closed_end:
            of_month = Period(month, _next_month(month))
            here = one.days.overlap(of_month)
            if here is not None:
                parts.setdefault((one.stream, month), []).append((one, here))
            month = of_month.closed_end
    whole, by_day = [], []
    for (_, month), shared in parts.items():
        if len(shared) == 1 and shared[0][1] == Period(month, _next_month(month)):
            whole.append((shared[0][0], month))
        else:
            by_day += [replace(one, days=here) for one, here in shared]
    return whole, by_day


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


_MONTHS = """
    SELECT t.channel_id, t.month, t.total, t.n_days, t.n_not_measured, t.n_incomplete
      FROM unnest(%s::bigint[], %s::date[]) AS w (channel_id, month)
      JOIN cis_metering_monthtotal t ON t.channel_id = w.channel_id AND t.month = w.month
"""


def _month_totals(
    wanted: Sequence[tuple[int, date]],
) -> dict[tuple[int, date], tuple[int, int, int, int]]:
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, [[key for key, _ in wanted], [month for _, month in wanted]])
        return {(row[0], row[1]): row[2:] for row in cursor.fetchall()}


def _month_use(month: date, days: Sequence[DayUse]) -> MonthUse:
    return MonthUse(
        month=month,
        quantity=sum((day.quantity for day in days), Decimal(0)),
        n_days=len(days),
        n_not_measured=sum(day.quality != "measured" for day in days),
        n_incomplete=sum(day.quality == "missing" for day in days),
    )


def intervals_of_day(tenures: Sequence[Tenure], *, day: date) -> Mapping[Stream, list[SlotUse]]:
    """Each stream's intervals of a local day, in order of instants, with the quality of each."""
    hung = _hung(tenures, Period(day, day + _ONE_DAY))
    stored = interval_days(sorted({one.channel_id for one in hung}), day, day + _ONE_DAY)
    found: dict[Stream, dict[tuple[datetime, int], SlotUse]] = {}
    for one in hung:
        slots = found.setdefault(one.stream, {})
        for row in stored[one.channel_id]:
            _add_slots(slots, row, one.scale)
    return {stream: [slots[key] for key in sorted(slots)] for stream, slots in found.items()}


def _add_slots(slots: dict[tuple[datetime, int], SlotUse], row: DayIntervals, scale: Decimal) -> None:
    for slot in _slots(row, scale):
        key = (slot.start_utc, slot.seconds)
        slots[key] = _together(slots[key], slot) if key in slots else slot


def _slots(row: DayIntervals, scale: Decimal) -> list[SlotUse]:
    step = timedelta(seconds=row.seconds)
    return [
        SlotUse(
            start_utc=row.start_utc + step * place,
            seconds=row.seconds,
            quantity=None if code == Quality.MISSING else int(value) * scale,
            quality=_WORD[Quality(int(code))],
        )
        for place, (value, code) in enumerate(zip(row.array(), row.quality_array(), strict=True))
    ]


def _together(one: SlotUse, other: SlotUse) -> SlotUse:
    """An interval two meters tell of: their sum, or what the one knows that the other does not."""
    if one.quantity is None or other.quantity is None:
        return other if one.quantity is None else one
    quantity = one.quantity + other.quantity
    return SlotUse(one.start_utc, one.seconds, quantity, _least_certain([one.quality, other.quality]))


_NEWEST = """
    SELECT c.id, t.through_at
      FROM unnest(%s::bigint[]) AS c (id)
     CROSS JOIN LATERAL (
           SELECT max(m.through_at) AS through_at FROM cis_metering_monthtotal m
            WHERE m.channel_id = c.id AND m.month >= %s
           ) t
     WHERE t.through_at IS NOT NULL
"""
_HOW_FAR_BACK = timedelta(days=400)


def newest_data(tenures: Sequence[Tenure], *, today: date) -> Mapping[Stream, datetime]:
    """Up to which instant (UTC) each stream has data; one that has none in the last 400 days is not there.

    Of a tenure that is over, or a meter that was taken down, that is where its own last day ends.
    """
    window = Period(today - _HOW_FAR_BACK, today + 2 * _ONE_DAY)
    hung = _hung(tenures, window)
    with connection.cursor() as cursor:
        since = window.start.replace(day=1)
        cursor.execute(_NEWEST, [sorted({one.channel_id for one in hung}), since])
        newest = {channel_id: through_at.astimezone(UTC) for channel_id, through_at in cursor.fetchall()}
    found: dict[Stream, datetime] = {}
    for one in hung:
        through = newest.get(one.channel_id)
        if through is not None:
            last_day = (through - _INSTANT).astimezone(one.zone).date()
            until = through if one.days.contains(last_day) else _newest_within(one)
            if until is not None:
                found[one.stream] = max(until, found.get(one.stream, until))
    return found


_LAST_DAYS = timedelta(days=62)


def _newest_within(one: _Hung) -> datetime | None:
    """Where the last interval with a value ends within the days that may be told; looked for in their last months."""
    end = one.days.closed_end
    rows = interval_days([one.channel_id], max(one.days.start, end - _LAST_DAYS), end)[one.channel_id]
    ends = [ends for row in rows if (ends := known_until(row)) is not None]
    return max(ends) if ends else None
