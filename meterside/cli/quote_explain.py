"""Where each line came from, and what each time of day cost: `meterside quote --explain`, `meterside bill explain`."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from meterside.cli.tariff import printable
from meterside.engine.determinant import ReadEvidence
from meterside.engine.formula import money_text, plain
from meterside.engine.line_story import Behind, LineStory
from meterside.engine.money import format_cents
from meterside.engine.rating import RatedLine, RatedSegment
from meterside.engine.time_of_day import cost_by_period

_WIDTH = 76


def explained(story: LineStory) -> Iterator[str]:
    """A line's component and version, days, what was measured by which reads, what its kind says, exact amount."""
    line = story.line
    yield f"    {line.component}, of the rate of {line.version_from}"
    yield f"    days {line.span.start} to {line.span.last_day}"
    for each in story.behind:
        yield from _measured(each)
    if story.taken_of:
        yield f"    taken of {', '.join(story.taken_of)}"
    if line.determinant:
        yield f"    of {line.determinant}: {plain(line.quantity, 6)} {line.unit}"
    for value in line.series:
        yield f"    {value.series} is {plain(value.value)} since {value.since}"
    for name, said in line.facts:
        yield f"    {name.replace('_', ' ')}: {said}"
    yield f"    exactly {money_text(line.unrounded)}, rounded {format_cents(line.amount_cents)}"


def _measured(behind: Behind) -> Iterator[str]:
    said = f"    {behind.name}: {plain(behind.quantity, 6)} {behind.unit}, {behind.source}"
    if behind.n_intervals:
        said += f", {behind.n_intervals} intervals"
        said += f" ({behind.n_not_measured} not measured)" if behind.n_not_measured else ""
    yield said
    for read in behind.reads:
        yield f"      {_read(read)}"


def _read(read: ReadEvidence) -> str:
    parts = [f"{read.read_at}: {plain(read.value, 6)} {read.unit}", read.kind]
    if read.meter_number:
        parts.append(f"meter {read.meter_number}")
    if read.register:
        parts.append(f"register {read.register}")
    if read.multiplier != 1:
        parts.append(f"times {plain(read.multiplier)}")
    return ", ".join([*parts, *([read.reference] if read.reference else [])])


def by_time_of_day(segment: RatedSegment) -> Iterator[str]:
    """Use, share, average price and amount of each period of the clock; nothing where there are none."""
    costs = cost_by_period(segment.lines)
    if not costs:
        return
    yield ""
    yield "By time of day"
    for cost in costs:
        name = f"{cost.component}, {cost.label or cost.period}"
        price = "" if cost.price is None else f"at {money_text(round(cost.price, 5))} on average"
        use = f"{plain(cost.quantity, 3)} {cost.unit} ({round(cost.share * 100)}%)"
        yield f"  {name:<34} {use:<22} {price:<24}{format_cents(cost.amount_cents):>10}"


def carried(segment: RatedSegment) -> Iterator[str]:
    """What goes on to the next bill, and where a register and its intervals differ."""
    for name, value in segment.state_out.values:
        yield f"  carried on: {name} = {plain(value, 6)}"
    for item in segment.reconciled:
        if item.difference != Decimal(0):
            yield (
                f"  {item.determinant}: billed {plain(item.billed)} {item.unit}, "
                f"intervals {plain(item.intervals)} {item.unit}"
            )


def bill_text(
    segment: RatedSegment, told: tuple[LineStory, ...], *, explain: bool, total: str = "Total"
) -> Iterator[str]:
    """A priced period: each line with its sum, explained where that is asked for, and the total."""
    period = segment.period
    yield ""
    yield f"{period.start} to {period.last_day}, {period.days} days"
    several = len(segment.versions) > 1
    for story in told:
        line = story.line
        yield row(_label(line, several), line.amount_cents)
        yield f"    {line.formula_text}"
        if explain:
            yield from (printable(text) for text in explained(story))
    yield row(total, segment.total_cents)
    if explain:
        yield from (printable(text) for text in (*by_time_of_day(segment), *carried(segment)))


def row(label: str, cents: int) -> str:
    """A label and an amount on one line."""
    return f"{printable(label):<{_WIDTH - 14}}{format_cents(cents):>14}"


def _label(line: RatedLine, several_versions: bool) -> str:
    """The component's words, with tier, season and version where they tell lines apart."""
    parts = [line.label]
    facts = dict(line.facts)
    if "period" in facts:
        parts.append(facts.get("period_label", facts["period"]))
    if line.tier:
        parts.append(f"tier {line.tier} ({_tier_range(line)} {line.unit})")
    if line.season:
        parts.append(line.season)
    if several_versions:
        parts.append(f"{line.span.start} to {line.span.last_day}, rate of {line.version_from}")
    return ", ".join(parts)


def _tier_range(line: RatedLine) -> str:
    lower = plain(line.tier_from or Decimal(0), 6)
    if line.tier_to is None:
        return f"above {lower}"
    return f"{lower} to {plain(line.tier_to, 6)}"
