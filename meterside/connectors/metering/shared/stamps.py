"""Local stamps as a source writes them, turned into instants; what the clock makes of them is said, not guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from meterside.contracts.metering import Reason

EARLIEST_S = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
"""A stamp before this is a clock that was never set (1970), not a read."""
FUTURE_GRACE = timedelta(hours=1)
"""A read may end this much after now: our own clock may stand an hour back."""


class Clock(StrEnum):
    """What clock a source's stamps are read from."""

    LOCAL = "local"
    STANDARD = "standard"
    UTC = "utc"


class Instant(NamedTuple):
    """Seconds since 1970 in UTC; `second_s` is the other instant where the stamp names two."""

    at_s: int
    second_s: int | None = None


class NoInstant(Exception):
    """A stamp names no instant; `reason` and `words` say why."""

    def __init__(self, reason: Reason, words: str) -> None:
        super().__init__(words)
        self.reason = reason
        self.words = words


def instant_of(stamp: datetime, *, zone: ZoneInfo, clock: Clock = Clock.LOCAL) -> Instant:
    """The instant a stamp names. A stamp with an offset of its own is taken at its word.

    Raises NoInstant for a local time that a change of clocks leaves out (02:30 in spring).
    """
    if stamp.tzinfo is not None:
        return Instant(_seconds(stamp))
    if clock is Clock.UTC:
        return Instant(_seconds(stamp.replace(tzinfo=UTC)))
    if clock is Clock.STANDARD:
        return Instant(_seconds(stamp.replace(tzinfo=timezone(standard_offset(stamp, zone)))))
    first = stamp.replace(tzinfo=zone, fold=0)
    second = stamp.replace(tzinfo=zone, fold=1)
    first_s, second_s = _seconds(first), _seconds(second)
    if first_s == second_s:
        return Instant(first_s)
    if first_s > second_s:
        words = f"{stamp:%Y-%m-%d %H:%M} is no time in {zone.key}: the clocks go forward over it."
        raise NoInstant(Reason.NO_SUCH_LOCAL_TIME, words)
    return Instant(first_s, second_s)


def standard_offset(stamp: datetime, zone: ZoneInfo) -> timedelta:
    """The zone's offset without daylight saving, at about that time."""
    local = stamp.replace(tzinfo=zone)
    return (local.utcoffset() or timedelta(0)) - (local.dst() or timedelta(0))


def newest_end_s(now: datetime) -> int:
    """The latest instant at which a read may end."""
    return int((now + FUTURE_GRACE).timestamp())


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
