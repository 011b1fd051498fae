"""`meterside quote`: what a tariff file makes of a quantity, line by line, without a database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from meterside.cli.console import FoundWrong, json_option, print_json
from meterside.cli.quote_explain import bill_text, row
from meterside.cli.tariff import day_of, printable
from meterside.cli.usage_files import DailyUse, UnusableUsageFile, read_usage, whole_days
from meterside.config.environment import Utility
from meterside.connectors.tariffs.reading import import_file
from meterside.engine.determinant import Determinant, DeterminantSource, usage_of
from meterside.engine.interval_use import IntervalUse
from meterside.engine.line_story import LineStory, stories
from meterside.engine.period import Period
from meterside.engine.rating import RatedSegment, RatingError, RatingState, rate
from meterside.engine.series import DatedSeries
from meterside.engine.tariff import Tariff
from meterside.engine.time_of_day import cost_by_period
from meterside.engine.typed_number import NotATypedNumber, typed_number
from meterside.kit import clock

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("quote", help="Price a tariff file. Exit code 1 when it cannot be priced.")
@click.argument("tariff_file", metavar="TARIFF", type=click.Path(path_type=Path))
@click.option("--usage", help="Quantity used, such as 12 or 812.5.")
@click.option("--unit", help="Unit of the use; the tariff's own when left out.")
@click.option("--intervals", type=click.Path(path_type=Path), help="File of use: CSV or Green Button XML.")
@click.option("--zone", help="Zone of the premise, for --intervals.")
@click.option("--meter-size", help="Such as 3/4\" or '1 1/2'.")
@click.option("--class", "customer_class", help="Customer class, where the file has several.")
@click.option("--attribute", "attributes", multiple=True, metavar="NAME=VALUE", help="What prices depend on.")
@click.option(
    "--quantity",
    "quantities",
    multiple=True,
    metavar="NAME=NUMBER",
    help="Another quantity, in the tariff's unit or one written after it: 'demand=12.5 kW'.",
)
@click.option("--series", "series", multiple=True, metavar="NAME=NUMBER", help="The value of a dated series.")
@click.option("--from", "first", type=_DAY, help="First day, the day of the opening read.")
@click.option("--to", "last", type=_DAY, help="Day of the closing read, not itself billed.")
@click.option("--by-month", is_flag=True, help="One bill for each calendar month of the days.")
@click.option("--effective-from", type=_DAY, help="Day the rate starts, instead of the file's.")
@click.option("--nearest-day", is_flag=True, help="Take the nearest day for a start or end inside one.")
@click.option(
    "--explain", is_flag=True, help="Say where each line comes from, and what each time of day cost."
)
@json_option
def quote_command(
    tariff_file: Path,
    usage: str | None,
    unit: str | None,
    intervals: Path | None,
    zone: str | None,
    meter_size: str | None,
    customer_class: str | None,
    attributes: tuple[str, ...],
    quantities: tuple[str, ...],
    series: tuple[str, ...],
    first: datetime | None,
    last: datetime | None,
    by_month: bool,
    effective_from: datetime | None,
    nearest_day: bool,
    explain: bool,
    as_json: bool,
) -> None:
    """Read the file, find the class, price the days, print the lines."""
    tariff = _tariff(tariff_file, customer_class, day_of(effective_from), nearest_day=nearest_day)
    known = _attributes(attributes, meter_size)
    use = _use(intervals, zone, tariff)
    period = _period(tariff, day_of(first), day_of(last), use)
    periods = period.split(_month_starts(period)) if by_month else [period]
    more, values = _given(quantities, tariff), _numbers("--series", series)
    segments: list[RatedSegment] = []
    told: list[tuple[LineStory, ...]] = []
    try:
        for each in periods:
            state = segments[-1].state_out if segments else None
            priced = _quantity(tariff, usage, unit, use, each, more)
            segments.append(_price(tariff, each, known, priced, state, values))
            told.append(_stories(segments[-1], tariff, priced))
    except RatingError as error:
        raise FoundWrong(_advice(error, tariff)) from error
    if as_json:
        documents = [_json(segment, own) for segment, own in zip(segments, told, strict=True)]
        print_json(documents if by_month else documents[0])
        return
    click.echo("\n".join(_header(tariff)))
    for segment, own in zip(segments, told, strict=True):
        click.echo("\n".join(bill_text(segment, own, explain=explain)))
    if len(segments) > 1:
        click.echo(row("All months", sum(segment.total_cents for segment in segments)))
    for note in use.notes if use else ():
        click.echo(f"Note: {note}")


def _tariff(
    path: Path, customer_class: str | None, effective_from: date | None, *, nearest_day: bool
) -> Tariff:
    """The one tariff to price; the message names the classes there are."""
    classes = None if customer_class is None else [customer_class]
    found = import_file(path, effective_from=effective_from, classes=classes, nearest_day=nearest_day)
    if not found.tariffs:
        raise FoundWrong("\n".join([f"{printable(found.source)} cannot be priced:", *_faults(found.refused)]))
    if len(found.tariffs) > 1:
        names = ", ".join(tariff.customer_class or tariff.code for tariff in found.tariffs)
        raise click.UsageError(f"the file has several classes; choose with --class: {names}")
    if found.refused and customer_class is None:
        for fault in _faults(found.refused):
            click.echo(f"Note: not read: {fault.strip()}", err=True)
    return found.tariffs[0]


def _faults(refused: Any) -> list[str]:
    return [f"  {printable(str(refusal))}" for refusal in refused]


def _attributes(pairs: tuple[str, ...], meter_size: str | None) -> dict[str, str]:
    found = {} if meter_size is None else {"meter_size": meter_size}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--attribute {pair}: write NAME=VALUE")
        found[name] = value
    return found


def _numbers(option: str, pairs: tuple[str, ...]) -> dict[str, Decimal]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{option} {pair}: write NAME=NUMBER")
        found[name] = _decimal(value, pair, option)
    return found


def _use(intervals: Path | None, zone: str | None, tariff: Tariff) -> DailyUse | None:
    if intervals is None:
        return None
    try:
        return read_usage(intervals, _zone(zone), tariff.commodity)
    except UnusableUsageFile as error:
        raise FoundWrong(str(error)) from error


def _zone(name: str | None) -> ZoneInfo:
    if name is None:
        return Utility().zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.UsageError(f"unknown zone {name!r}") from None


def _period(tariff: Tariff, first: date | None, last: date | None, use: DailyUse | None) -> Period:
    """The days to price: as given, else the file's whole days, else one normal bill from this month on."""
    if use is not None:
        try:
            use_first, use_last = whole_days(use)
        except UnusableUsageFile as error:
            raise FoundWrong(str(error)) from error
        first, last = first or use_first, last or use_last
    if first is None:
        this_month = clock.now().date().replace(day=1)
        started = tariff.versions[-1].effective_from
        ended = tariff.versions[-1].effective_to
        first = started if ended is not None and ended <= this_month else max(this_month, started)
    if last is None:
        last = _months_later(first, tariff.bill_months)
    if last <= first:
        raise click.UsageError(f"--to {last} must come after --from {first}")
    return Period(first, last)


def _months_later(day: date, months: int) -> date:
    """The same day some months on; the last of the month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def _month_starts(period: Period) -> list[date]:
    return [day for day in period.each_day() if day.day == 1]


@dataclass(frozen=True, slots=True)
class Quantities:
    """What one period is priced on: quantities, with their use by day or by interval where a file gave it."""

    determinants: dict[str, Determinant]
    daily: dict[str, dict[date, Decimal]] | None = None
    intervals: dict[str, IntervalUse] | None = None


def _quantity(
    tariff: Tariff,
    usage: str | None,
    unit: str | None,
    use: DailyUse | None,
    period: Period,
    more: dict[str, Determinant],
) -> Quantities:
    """The determinants of one period; by the hour where the tariff needs hours."""
    units = tariff.determinant_units()
    if use is None:
        if usage is None:
            # A quantity may come as registers by period: usage.on_peak.
            said = {name.partition(".")[0] for name in more}
            lacking = [own for name, own in units.items() if name not in said]
            if lacking and (not more or "usage" in units.keys() - said):
                raise click.UsageError(f"give --usage (in {', '.join(lacking)}) or --intervals")
            return Quantities(more)
        return Quantities({**usage_of(_decimal(usage), unit or units.get("usage", "each")), **more})
    if usage is not None:
        raise click.UsageError("give --usage or --intervals, not both")
    named = use.unit or unit or units.get("usage", "each")
    try:
        intervals = {"received": use.received.intervals(named)} if use.received else {}
        if "usage" in tariff.intervals_needed():
            return Quantities(more, intervals={"usage": use.intervals(named), **intervals})
    except UnusableUsageFile as error:
        raise FoundWrong(str(error)) from error
    days = {day: use.by_day[day] for day in period.each_day() if day in use.by_day}
    determinant = Determinant("usage", sum(days.values(), Decimal(0)), named, DeterminantSource.INTERVAL)
    return Quantities({"usage": determinant, **more}, {"usage": days}, intervals)


def _given(pairs: tuple[str, ...], tariff: Tariff) -> dict[str, Determinant]:
    """Quantities of ``--quantity``, in the unit written or the tariff's."""
    units, found = tariff.determinant_units(), {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        number, _, unit = text.strip().partition(" ")
        if not equals or not name:
            raise click.UsageError(f"--quantity {pair}: write NAME=NUMBER")
        own = unit.strip() or units.get(name) or units.get(name.partition(".")[0], "each")
        found[name] = Determinant(name, _decimal(number, pair, "--quantity"), own)
    return found


def _decimal(text: str, said: str = "", option: str = "--usage") -> Decimal:
    """A number as it was typed. Below zero too: the engine says what cannot be priced. Raises UsageError."""
    is_below_zero, digits = text.strip().startswith("-"), text.strip().removeprefix("-")
    try:
        value = typed_number(digits)
    except NotATypedNumber:
        raise click.UsageError(f"{option} {said or text}: write a plain number such as 812.5") from None
    return -value if is_below_zero else value


def _price(
    tariff: Tariff,
    period: Period,
    attributes: dict[str, str],
    quantities: Quantities,
    state: RatingState | None,
    values: dict[str, Decimal],
) -> RatedSegment:
    return rate(
        tariff,
        period=period,
        determinants=quantities.determinants,
        attributes=attributes,
        daily_usage=quantities.daily,
        intervals=quantities.intervals,
        state=state,
        series={name: DatedSeries(name, ((period.start, value),)) for name, value in values.items()},
    )


def _advice(error: RatingError, tariff: Tariff) -> str:
    """The refusal, and what to add to the command."""
    if error.kind == "missing_attribute":
        needs = [
            f"  --attribute {name}=... one of {', '.join(options)}"
            for name, options in tariff.attribute_options().items()
        ]
        needs += [
            f"  --attribute {name}=... a number{'' if default is None else f', else {default}'}"
            for name, default in tariff.numbers_needed().items()
        ]
        return "\n".join([f"{error.detail}", "What this tariff's prices depend on:", *needs])
    if error.kind == "missing_determinant":
        wanted = [f"  --quantity {name}=... in {unit}" for name, unit in tariff.determinant_units().items()]
        return "\n".join([error.detail, "What this tariff prices, beside --usage:", *wanted])
    if error.kind == "missing_series":
        return "\n".join([error.detail, *(f"  --series {name}=..." for name in tariff.series_named())])
    if error.kind == "no_rate":
        return (
            f"{error.detail}; it starts on {tariff.versions[0].effective_from} (see --from, --effective-from)"
        )
    return error.detail


def _stories(segment: RatedSegment, tariff: Tariff, priced: Quantities) -> tuple[LineStory, ...]:
    return stories(segment.lines, tariff=tariff, determinants=priced.determinants, intervals=priced.intervals)


def _json(segment: RatedSegment, told: tuple[LineStory, ...]) -> dict[str, Any]:
    by_time = [cost.to_dict() for cost in cost_by_period(segment.lines)]
    return {**segment.to_dict(), "by_time_of_day": by_time, "lines": [story.to_dict() for story in told]}


def _header(tariff: Tariff) -> Iterator[str]:
    yield printable(tariff.name)
    if tariff.source_url:
        yield f"Source: {printable(tariff.source_url)}"
