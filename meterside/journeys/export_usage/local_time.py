"""Local time as ESPI says it: a standard offset, and when daylight time begins and ends, packed into 32 bits each.

`DstRuleType` of espi.xsd: bits 0-11 seconds, 12-16 hour, 17-19 weekday (Monday 1), 20-24 day of the month, 25-27 which
weekday of the month (2 first ... 5 fourth, 7 last), 28-31 month. All bits set: no daylight time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

NO_RULE = "FFFFFFFF"
_LAST, _FIRST = 7, 2


@dataclass(frozen=True, slots=True)
class LocalTime:
    """Offsets in seconds; rules as eight hexadecimal digits."""

    standard_offset_s: int
    dst_offset_s: int
    dst_start_rule: str
    dst_end_rule: str


@lru_cache(maxsize=64)
def local_time(zone: ZoneInfo, year: int) -> LocalTime:
    """A zone's rules in a year. A zone whose clock does not change, or changes by no such rule, has none."""
    changes = _changes(zone, year)
    january = datetime(year, 1, 1, tzinfo=UTC).astimezone(zone)
    standard = (january.utcoffset() or timedelta()) - (january.dst() or timedelta())
    if len(changes) != 2:
        return LocalTime(int(standard.total_seconds()), 0, NO_RULE, NO_RULE)
    start = next((at for at, delta in changes if delta > timedelta()), None)
    end = next((at for at, delta in changes if delta < timedelta()), None)
    if start is None or end is None:
        return LocalTime(int(standard.total_seconds()), 0, NO_RULE, NO_RULE)
    offset = max(delta for _at, delta in changes)
    return LocalTime(
        standard_offset_s=int(standard.total_seconds()),
        dst_offset_s=int(offset.total_seconds()),
        dst_start_rule=_rule(start),
        dst_end_rule=_rule(end),
    )


def _changes(zone: ZoneInfo, year: int) -> list[tuple[datetime, timedelta]]:
    """The wall clock at which each change of a year comes, as it stood before it, and by how much."""
    found = []
    at, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    before = at.astimezone(zone).utcoffset() or timedelta()
    while at < end:
        at += timedelta(minutes=30)
        after = at.astimezone(zone).utcoffset() or timedelta()
        if after != before:
            found.append(((at + before).replace(tzinfo=None), after - before))
            before = after
    return found


def _rule(at: datetime) -> str:
    """The n-th weekday of the month, the last where there is no fifth after it in four weeks."""
    nth = (at.day - 1) // 7
    which = _LAST if nth == 4 or (nth == 3 and (at + timedelta(days=7)).month != at.month) else _FIRST + nth
    bits = at.month << 28 | which << 25 | at.isoweekday() << 17 | at.hour << 12
    return f"{bits | at.minute * 60 + at.second:08X}"
