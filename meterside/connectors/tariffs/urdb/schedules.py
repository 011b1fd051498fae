"""URDB's tables of months by hours as schedules of the engine, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from meterside.connectors.tariffs.urdb.numbers import HOURS, MONTHS
from meterside.engine.tariff import UnsupportedTariff
from meterside.engine.tariff.model import TariffVersion
from meterside.engine.terms.schedule import Schedule, SchedulePeriod, Times, day_plan

Table = list[list[int]]
_KINDS = ("weekday", "weekend")
_MONDAY, _SATURDAY = 0, 5


def period_name(period: int) -> str:
    """Name of the engine's period (or season) that a URDB period makes."""
    return f"period-{period}"


def default_label(period: int) -> str:
    """What a period is called where the file names none."""
    return f"period {period + 1}"


def schedule_of_hours(
    name: str, weekday: Table, weekend: Table, labels: Sequence[str] = ()
) -> tuple[Schedule, tuple[int, ...]]:
    """A schedule of all periods that have an hour, with their numbers; names are URDB's numbers."""
    found: dict[int, dict[tuple[int, int], dict[str, list[int]]]] = {}
    for kind, table in zip(_KINDS, (weekday, weekend), strict=True):
        for month, hours in enumerate(table, start=1):
            first = 0
            for period, run in groupby(hours):
                until = first + len(list(run))
                months = found.setdefault(period, {}).setdefault((first, until), {})
                months.setdefault(kind, []).append(month)
                first = until
    numbers = tuple(sorted(found))
    periods = tuple(
        SchedulePeriod(
            name=period_name(number),
            times=tuple(
                times for span, kinds in sorted(found[number].items()) for times in _times(span, kinds)
            ),
            label=labels[number] if number < len(labels) else default_label(number),
            label_es=labels[number] if number < len(labels) else f"período {number + 1}",
        )
        for number in numbers
    )
    return Schedule(name, periods), numbers


def _times(span: tuple[int, int], kinds: dict[str, list[int]]) -> list[Times]:
    first, until = span[0] * 60, span[1] * 60
    same = len(kinds) == 2 and kinds["weekday"] == kinds["weekend"]
    rows: list[tuple[tuple[str, ...], list[int]]] = [((kind,), months) for kind, months in kinds.items()]
    if same:
        rows = [((), kinds["weekday"])]
    return [
        Times(
            months=() if len(months) == MONTHS else tuple(months),
            days=days,
            from_minute=first,
            to_minute=until,
        )
        for days, months in rows
    ]


def schedule_of_months(
    name: str, by_month: Sequence[int], labels: Sequence[str] = ()
) -> tuple[Schedule, tuple[int, ...]]:
    """A schedule that changes with the month only."""
    table = [[period] * HOURS for period in by_month]
    return schedule_of_hours(name, table, table)


def renamed(schedule: Schedule, prefix: str) -> Schedule:
    """The schedule with another word in its periods' names: registers are named by period."""
    periods = (replace(each, name=each.name.replace("period", prefix, 1)) for each in schedule.periods)
    return replace(schedule, periods=tuple(periods))


def table_of(schedule: Schedule, version: TariffVersion) -> tuple[Table, Table]:
    """The weekday and the weekend table of a schedule, by number of its periods.

    Raises ``UnsupportedTariff`` where a table of whole hours, weekdays and weekends cannot say it.
    """
    if schedule.uses_holidays() or version.holidays:
        raise UnsupportedTariff(
            f"schedules.{schedule.name}", "knows holidays; URDB has weekdays and weekends only"
        )
    if any(times.seasons for period in schedule.periods for times in period.times):
        raise UnsupportedTariff(
            f"schedules.{schedule.name}", "changes with the season; URDB with the month only"
        )
    tables = []
    for first, last in ((_MONDAY, 4), (_SATURDAY, 6)):
        table = []
        for month in range(1, MONTHS + 1):
            plan = day_plan(schedule, month, None, first)
            if any(day_plan(schedule, month, None, kind) != plan for kind in range(first, last + 1)):
                said = "differs between days of the week; URDB has weekdays and weekends only"
                raise UnsupportedTariff(f"schedules.{schedule.name}", said)
            if any(minute % 60 for minute, _ in plan):
                raise UnsupportedTariff(f"schedules.{schedule.name}", "changes inside an hour")
            hours = [0] * HOURS
            for minute, number in plan:
                hours[minute // 60 :] = [number] * (HOURS - minute // 60)
            table.append(hours)
        tables.append(table)
    return tables[0], tables[1]
