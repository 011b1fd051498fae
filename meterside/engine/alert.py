"""Alerts as pure rules over a customer's own use (docs/algorithms/alerts.md, docs/algorithms/leak.md).

No clock, no database: what is known goes in, a finding comes out, or None. Flows and uses are in the unit the caller
uses; a missing value is None, never a zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

_HOUR_S = 3600
_ONE_DAY = timedelta(days=1)
#: Days of a customer's own that make a normal.
NORMAL_DAYS = 28
_LEAST_NORMAL_DAYS = 10
#: So long a night shows what never stops, where an hour cannot.
_NIGHT_HOURS = 8
#: A day in fewer pieces than these shows nothing that never stops.
_LEAST_STRETCHES = 3
#: Of a window, so much may be missing before nothing is said of it.
_MOST_MISSING = Decimal("0.1")


class AlertKind(StrEnum):
    """What somebody may be told of."""

    LEAK = "leak"
    SPIKE = "spike"
    STOP = "stop"
    USE_DAY = "use_day"
    USE_PERIOD = "use_period"
    BILL = "bill"
    EARLY = "early"
    PEAK = "peak"


@dataclass(frozen=True, slots=True)
class Value:
    """A use of `seconds` from an instant on; `amount` is None where it is not known."""

    starts_at: datetime
    seconds: int
    amount: Decimal | None

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class LeakRule:
    """Flow that never stops for `hours` on end, at `least_an_hour` or more. `resolution` is the meter's least step.

    All in the unit of the values.
    """

    hours: int
    least_an_hour: Decimal
    resolution: Decimal


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow that did not stop between two instants. `an_hour` is the least of it: what never stops.

    `said_by_meter` is set where the head-end's own flag says so, and the values do not.
    """

    since: datetime
    until: datetime
    an_hour: Decimal
    said_by_meter: bool = False


def bucket_hours(rule: LeakRule) -> int:
    """Over how many hours a flow at the rule's rate must move the meter's least step at least once."""
    if rule.resolution <= rule.least_an_hour:
        return 1
    return int((rule.resolution / rule.least_an_hour).to_integral_value(rounding=ROUND_CEILING))


def continuous_flow(
    values: Sequence[Value], rule: LeakRule, *, flagged_since: datetime | None = None
) -> Flow | None:
    """The flow that has not stopped in the rule's last hours, or None. Values are in order, the latest last.

    Values are gathered into stretches long enough for the meter to show the rule's rate. Where that is an hour, each
    hour must flow at the rate; where the meter's step is coarser, each stretch must move it, and the quietest eight
    hours flow at the rate. Nothing is said where an hour (a tenth of a longer stretch) is missing, or where fewer than
    three stretches fit: then the meter counts too coarsely, and only its own flag can say.
    """
    found = _never_stopped(values, rule)
    if found is None and flagged_since is not None and values:
        return Flow(flagged_since, values[-1].ends_at, Decimal(0), said_by_meter=True)
    return found


def _never_stopped(values: Sequence[Value], rule: LeakRule) -> Flow | None:
    size = bucket_hours(rule)
    if not values or rule.hours // size < _LEAST_STRETCHES:
        return None
    until = values[-1].ends_at
    flows: list[Decimal] = []
    since = until
    for stretch in _stretches(values, until, size):
        an_hour = _rate(stretch, size)
        if an_hour is None or not _flows(an_hour, rule, size):
            break
        flows.append(an_hour)
        since = stretch[0].starts_at
    if until - since < timedelta(hours=rule.hours // size * size):
        return None
    inside = [value for value in values if value.starts_at >= since]
    least = min(flows) if size == 1 else _quietest(inside)
    return None if least is None or least < rule.least_an_hour else Flow(since, until, least)


def _quietest(values: Sequence[Value]) -> Decimal | None:
    """The least flow an hour over any eight hours in a row: a step hides in a single hour, not in a night.

    What is missing in them counts as nothing, so that it makes no leak.
    """
    least: Decimal | None = None
    amount, seconds, first = Decimal(0), 0, 0
    for value in values:
        amount += value.amount or Decimal(0)
        seconds += value.seconds
        while seconds - values[first].seconds >= _NIGHT_HOURS * _HOUR_S:
            amount -= values[first].amount or Decimal(0)
            seconds -= values[first].seconds
            first += 1
        if seconds >= _NIGHT_HOURS * _HOUR_S:
            flow = amount * _HOUR_S / seconds
            least = flow if least is None else min(least, flow)
    return least


def _flows(an_hour: Decimal, rule: LeakRule, size: int) -> bool:
    """Whether a stretch flows: at the rule's rate, or where the meter is coarse by a step at least."""
    return an_hour >= (rule.least_an_hour if size == 1 else rule.resolution / size)


def _stretches(values: Sequence[Value], until: datetime, size: int) -> list[list[Value]]:
    """Values by stretches of `size` hours counted back from the end; one that is not whole is left out."""
    found: dict[int, list[Value]] = {}
    width = timedelta(hours=size)
    for value in values:
        # A value of more than an hour counts where it ends.
        found.setdefault((until - value.ends_at) // width, []).append(value)
    needed = size * _HOUR_S
    made = []
    for index in range(max(found, default=-1) + 1):
        stretch = found.get(index, [])
        if sum(value.seconds for value in stretch) < needed:
            break
        made.append(stretch)
    return made


def _rate(stretch: Sequence[Value], size: int) -> Decimal | None:
    """The flow an hour of a stretch; None where too much of it is missing."""
    missing = sum(value.seconds for value in stretch if value.amount is None)
    whole = sum(value.seconds for value in stretch)
    if missing and (size == 1 or Decimal(missing) / whole > _MOST_MISSING):
        return None
    amount = sum((value.amount for value in stretch if value.amount is not None), Decimal(0))
    return amount * _HOUR_S / (whole - missing)


def has_stopped(values: Sequence[Value], rule: LeakRule, *, since: datetime) -> bool:
    """Whether the flow that was found has paused since: a stretch after it with less than the rule's rate."""
    if not values:
        return False
    size = bucket_hours(rule)
    later = [value for value in values if value.starts_at >= since]
    return any(
        not _flows(rate, rule, size)
        for stretch in _stretches(later, values[-1].ends_at, size)
        if (rate := _rate(stretch, size)) is not None
    )


@dataclass(frozen=True, slots=True)
class DayFinding:
    """Days [first, last] that an alert is about, what they came to, and what it is held against."""

    first: date
    last: date
    amount: Decimal
    against: Decimal


def spike(days: Mapping[date, Decimal], *, on: date, times: Decimal, least: Decimal) -> DayFinding | None:
    """A day of more than `times` the customer's own normal, and at least `least` above it.

    Normal is the median of the same kind of day (working day, week-end) over four weeks before; where fewer than ten
    days are known, nothing is normal yet.
    """
    use = days.get(on)
    normal = normal_of(days, before=on, like=on)
    if use is None or normal is None or use <= normal * times or use - normal < least:
        return None
    return DayFinding(on, on, use, normal)


def normal_of(days: Mapping[date, Decimal], *, before: date, like: date | None = None) -> Decimal | None:
    """The median day of the four weeks before a day; of its kind where enough are known."""
    recent = {day: use for day, use in days.items() if before - _ONE_DAY * NORMAL_DAYS <= day < before}
    if len(recent) < _LEAST_NORMAL_DAYS:
        return None
    if like is not None:
        kind = like.weekday() >= 5
        same = [use for day, use in recent.items() if (day.weekday() >= 5) == kind]
        if len(same) >= 4:
            return _median(same)
    return _median(list(recent.values()))


def _median(uses: list[Decimal]) -> Decimal:
    ordered = sorted(uses)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def unusual_stop(days: Mapping[date, Decimal], *, on: date, n_days: int) -> DayFinding | None:
    """Nothing at all was used in the last `n_days`, where each day of the four weeks before had some."""
    last = [on - _ONE_DAY * back for back in range(n_days)]
    if any(days.get(day) != 0 for day in last):
        return None
    earlier = [use for day, use in days.items() if last[-1] - _ONE_DAY * NORMAL_DAYS <= day < last[-1]]
    if len(earlier) < _LEAST_NORMAL_DAYS or min(earlier) <= 0:
        return None
    return DayFinding(last[-1], on, Decimal(0), _median(earlier))


def over_day(days: Mapping[date, Decimal], *, on: date, limit: Decimal) -> DayFinding | None:
    """A day of more than the customer's own limit."""
    use = days.get(on)
    return DayFinding(on, on, use, limit) if use is not None and use > limit else None


def over_period(days: Mapping[date, Decimal], *, since: date, limit: Decimal) -> DayFinding | None:
    """More than the limit since the period began: with the day that went over it."""
    total = Decimal(0)
    for day in sorted(day for day in days if day >= since):
        total += days[day]
        if total > limit:
            last = max(days)
            return DayFinding(
                since, last, sum((days[one] for one in days if one >= since), Decimal(0)), limit
            )
    return None


def is_mid_cycle(days_known: int, days: int) -> bool:
    """Whether two fifths of a period's days are known: before, a bill on its way is too far off to warn of."""
    return days_known * 5 >= days * 2


def high_bill(
    *, likely_cents: int, usual_cents: int, days_known: int, days: int, percent: int, least_cents: int
) -> bool:
    """Whether a bill on its way is much above the usual one, once two fifths of its days are known.

    `percent` above it, and at least `least_cents`.
    """
    if not is_mid_cycle(days_known, days) or usual_cents <= 0:
        return False
    more = likely_cents - usual_cents
    return more * 100 > usual_cents * percent and more >= least_cents


def over_bill(*, low_cents: int, limit_cents: int) -> bool:
    """Whether a bill will be over a limit even at the low end of what is likely: so that the alert is right."""
    return low_cents > limit_cents


def peak_use(values: Sequence[Value], *, is_peak: Callable[[datetime], bool]) -> Decimal:
    """What was used in the intervals that start in peak hours."""
    return sum(
        (value.amount for value in values if value.amount is not None and is_peak(value.starts_at)),
        Decimal(0),
    )
