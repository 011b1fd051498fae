"""What must hold for any bill: checked on two thousand in every run, on a million by `make soak`."""

from __future__ import annotations

import json
from decimal import Decimal

from meterside.engine.line_story import stories
from meterside.engine.rated import RatedLine, RatedSegment
from meterside.engine.time_of_day import cost_by_period
from meterside.engine.wording import money_text
from tests.engine.random_bills import RandomBill

#: Kinds whose exact amount is simply quantity times price.
PRODUCTS = frozenset({
    "usage", "tiered", "time_of_use", "hours_use", "sell", "net_payout", "budget", "unmetered",
})  # fmt: skip
#: A line that moves energy and no money.
NO_MONEY = "net_bank"
#: The slow check is made of one bill in so many.
_ONE_IN = 10


def check_bill(bill: RandomBill, segment: RatedSegment) -> None:
    """Lines sum, to the cent and exactly; each explains itself; nothing is a float; it survives its JSON form."""
    lines = segment.lines
    assert sum(line.amount_cents for line in lines) == segment.total_cents
    assert sum((line.unrounded for line in lines), Decimal(0)) == segment.unrounded
    for line in lines:
        check_line(line)
    clock = [
        line for line in lines if line.kind in ("time_of_use", "sell") and dict(line.facts).get("period")
    ]
    assert sum(cost.amount_cents for cost in cost_by_period(lines)) == sum(
        line.amount_cents for line in clock
    )
    for story in stories(lines, tariff=bill.tariff, determinants=bill.determinants, intervals=bill.intervals):
        assert story.line.determinant == "" or story.behind, story.line.kind
    if bill.number % _ONE_IN:
        return
    assert RatedSegment.from_dict(json.loads(json.dumps(segment.to_dict()))) == segment


def check_line(line: RatedLine) -> None:
    """Its sum is told with its numbers and comes to its exact amount; its cents are near it."""
    assert abs(line.amount_cents - line.unrounded * 100) < 2
    assert line.formula.values
    if line.kind == NO_MONEY:
        assert line.unrounded == 0
    else:
        assert money_text(line.unrounded) in line.formula_text, line.kind
    if line.kind in PRODUCTS:
        assert line.unrounded == line.quantity * line.price, line.kind
    for name in line.__slots__:
        assert not isinstance(getattr(line, name), float), name
