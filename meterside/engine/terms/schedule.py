"""Schedules: named periods of the clock, by month or season, kind of day and time of day.

Every minute of the year lies in exactly one period of a schedule; ``schedule_problems`` names the hour
where that is not so. Rules and worked tables: docs/algorithms/time-of-use.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.season import Season

if TYPE_CHECKING:
    from meterside.engine.terms.version import TariffVersion

DAY_MINUTES = 24 * 60
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOLIDAY = 7
#: Words for kinds of day, each with its numbers: 0 to 6 for Monday to Sunday, 7 for a holiday.
#: A holiday is of no other kind, whichever weekday it falls on.
DAY_WORDS: dict[str, tuple[int, ...]] = {
    **{name: (number,) for number, name in enumerate(_WEEKDAYS)},
    "weekday": (0, 1, 2, 3, 4),
    "weekend": (5, 6),
    "holiday": (HOLIDAY,),
}
_EVERY_KIND = tuple(range(8))
_KIND_NAMES = (*(name.capitalize() for name in _WEEKDAYS), "a holiday")
_MONTHS = tuple(range(1, 13))
#: A year with a 29 February and every month, to walk all days of the year.
_LEAP_YEAR_START = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Times:
    """A block of times. ``months``, ``seasons`` and ``days`` left empty stand for all of them.

    ``from_minute`` and ``to_minute`` are minutes since midnight, the second not inside (1440 is the end
    of the day). Where the first is larger the block runs over midnight, on each of its days by itself:
    before ``to_minute`` and from ``from_minute`` on.
    """

    months: tuple[int, ...] = ()
    seasons: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    from_minute: int = 0
    to_minute: int = DAY_MINUTES

    def on(self, month: int, season: str | None, kind: int) -> bool:
        """Whether it has times on a day of that month, season and kind."""
        if self.months and month not in self.months:
            return False
        if self.seasons and season not in self.seasons:
            return False
        return not self.days or any(kind in DAY_WORDS[word] for word in self.days)

    def spans(self) -> tuple[tuple[int, int], ...]:
        """Its minutes of a day, as half-open spans."""
        if self.from_minute < self.to_minute:
            return ((self.from_minute, self.to_minute),)
        return tuple(
            span for span in ((0, self.to_minute), (self.from_minute, DAY_MINUTES)) if span[0] < span[1]
        )


@dataclass(frozen=True, slots=True)
class SchedulePeriod:
    """A named period; without ``times`` it has every time no other period has."""

    name: str
    times: tuple[Times, ...] = ()
    label: str = ""
    label_es: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Periods that share out all times of a year."""

    name: str
    periods: tuple[SchedulePeriod, ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.name, self.periods)))

    def __hash__(self) -> int:
        return self._hash

    def index(self, period: str) -> int:
        """The number of a period; ``KeyError`` when it has none of that name."""
        for number, each in enumerate(self.periods):
            if each.name == period:
                return number
        raise KeyError(period)

    def names(self) -> tuple[str, ...]:
        """The periods' names, in order."""
        return tuple(period.name for period in self.periods)

    def uses_holidays(self) -> bool:
        """Whether some block of times is for holidays."""
        return any("holiday" in times.days for period in self.periods for times in period.times)


class HourProblem(ValueError):
    """A time that lies in no period of a schedule, or in two; ``facts`` say which."""

    def __init__(self, said: str, minute: int, names: str = "", month: int = 0, kind: int = 0) -> None:
        super().__init__(said)
        self.minute = minute
        self.names = names
        self.month = month
        self.kind = kind

    def on(self, when: str, month: int, kind: int) -> HourProblem:
        """The same, knowing the month and the kind of day."""
        return HourProblem(f"{when}, {self}", self.minute, self.names, month, kind)

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Minute of the day, month, kind of day (7: a holiday), and the periods where there are two."""
        return (
            ("minute", str(self.minute)),
            ("month", str(self.month)),
            ("kind", str(self.kind)),
            ("names", self.names),
        )


#: The minutes of a day at which the period may change, with the period from each on.
DayPlan = tuple[tuple[int, int], ...]


@lru_cache(maxsize=4096)
def day_plan(schedule: Schedule, month: int, season: str | None, kind: int) -> DayPlan:
    """A day's periods as pairs of first minute and period number.

    Raises ``ValueError`` naming the time when one lies in none, or in two.
    """
    spans = [
        (first, until, number)
        for number, period in enumerate(schedule.periods)
        for times in period.times
        if times.on(month, season, kind)
        for first, until in times.spans()
    ]
    rest = next((number for number, period in enumerate(schedule.periods) if not period.times), None)
    cuts = sorted({0, DAY_MINUTES, *(cut for first, until, _ in spans for cut in (first, until))})
    plan: list[tuple[int, int]] = []
    for first, until in pairwise(cuts):
        holders = {number for start, end, number in spans if start <= first and until <= end}
        if len(holders) > 1:
            names = " and ".join(schedule.periods[number].name for number in sorted(holders))
            raise HourProblem(f"{_said(first)} lies in both {names}", first, names)
        number = next(iter(holders)) if holders else rest
        if number is None:
            raise HourProblem(f"{_said(first)} lies in no period", first)
        if not plan or plan[-1][1] != number:
            plan.append((first, number))
    return tuple(plan)


def _said(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def days_of_the_year(seasons: tuple[Season, ...]) -> tuple[tuple[int, str | None], ...]:
    """Every pair of month and season that some day of a year has."""
    found: dict[tuple[int, str | None], None] = {}
    for offset in range(366):
        day = _LEAP_YEAR_START + timedelta(days=offset)
        season = next((each.name for each in seasons if each.contains(day)), None)
        found[day.month, season] = None
    return tuple(found)


def plans_of(schedule: Schedule, version: TariffVersion) -> Iterator[tuple[int, str | None, int, DayPlan]]:
    """Month, season, kind of day and plan of every sort of day; raises ``ValueError`` naming the hour."""
    kinds = _EVERY_KIND if version.holidays else _EVERY_KIND[:HOLIDAY]
    for month, season in days_of_the_year(version.seasons):
        for kind in kinds:
            try:
                yield month, season, kind, day_plan(schedule, month, season, kind)
            except HourProblem as error:
                when = f"{date(2024, month, 1):%B}, {_KIND_NAMES[kind]}"
                raise error.on(when, month, kind) from error


def schedule_problems(version: TariffVersion, path: str) -> Iterator[TariffProblem]:
    """What is wrong with a version's schedules."""
    names = [schedule.name for schedule in version.schedules]
    if len(set(names)) != len(names):
        yield TariffProblem(f"{path}.schedules", "names a schedule twice")
    for index, schedule in enumerate(version.schedules):
        here = f"{path}.schedules[{index}]"
        shape = list(_shape_problems(schedule, version, here))
        yield from shape
        if shape:
            continue
        try:
            for _ in plans_of(schedule, version):
                pass
        except HourProblem as error:
            yield TariffProblem(f"{here}.periods", str(error), "hour", error.facts)


def _shape_problems(schedule: Schedule, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
    if not schedule.name.strip():
        yield TariffProblem(f"{path}.name", "is empty; give it one")
    if not schedule.periods:
        yield TariffProblem(f"{path}.periods", "is empty; a schedule has periods")
    names = schedule.names()
    if len(set(names)) != len(names) or not all(name.strip() for name in names):
        yield TariffProblem(f"{path}.periods", "needs a name of its own for each period")
    if any("." in name for name in names):
        yield TariffProblem(f"{path}.periods", "a name has a point in it; registers are named by points")
    if sum(not period.times for period in schedule.periods) > 1:
        yield TariffProblem(f"{path}.periods", "has two periods without times; only one can have the rest")
    seasons = {season.name for season in version.seasons}
    for index, period in enumerate(schedule.periods):
        for number, times in enumerate(period.times):
            yield from _times_problems(times, seasons, f"{path}.periods[{index}].times[{number}]")
    if schedule.uses_holidays() and not version.holidays:
        yield TariffProblem(f"{path}.periods", "has times on holidays, and the version names no holidays")


def _times_problems(times: Times, seasons: set[str], path: str) -> Iterator[TariffProblem]:
    if any(month not in _MONTHS for month in times.months):
        yield TariffProblem(f"{path}.months", "has a number that is no month; write 1 to 12")
    for season in times.seasons:
        if season not in seasons:
            yield TariffProblem(f"{path}.seasons", f"{season!r} is no season of this version")
    for word in times.days:
        if word not in DAY_WORDS:
            yield TariffProblem(f"{path}.days", f"is {word!r}; use {', '.join(DAY_WORDS)}")
    if times.from_minute == times.to_minute:
        yield TariffProblem(path, "ends when it starts; leave both out for the whole day")
