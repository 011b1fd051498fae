"""What `meterside quote --explain` adds: where each line came from, and what each time of day cost."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from meterside.engine.formula import money_text, plain
from meterside.engine.money import format_cents
from meterside.engine.rating import RatedLine, RatedSegment
from meterside.engine.time_of_day import cost_by_period


def explained(line: RatedLine) -> Iterator[str]:
    """A line's component and version, days, what it was taken of, exact amount, and what its kind says."""
    yield f"    {line.component}, of the rate of {line.version_from}"
    yield f"    days {line.span.start} to {line.span.last_day}"
    if line.determinant:
        yield f"    of {line.determinant}: {plain(line.quantity, 6)} {line.unit}"
    for value in line.series:
        yield f"    {value.series} is {plain(value.value)} since {value.since}"
    for name, said in line.facts:
        yield f"    {name.replace('_', ' ')}: {said}"
    yield f"    exactly {money_text(line.unrounded)}, rounded {format_cents(line.amount_cents)}"


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
