"""Two thousand random bills over every kind of component; `make soak` makes a million (METERSIDE_SEED: others)."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.utils import translation
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from meterside.engine.components.registry import _BY_LINE, KINDS
from meterside.engine.interval_use import IntervalUse
from meterside.engine.line_story import stories
from meterside.engine.period import Period
from meterside.engine.rated import RatedLine, RatedSegment
from meterside.engine.rating import rate
from meterside.engine.tariff import Tariff
from meterside.engine.tariff.document import tariff_from_dict
from meterside.journeys.see_bill.lines import charge_groups
from meterside.web.design import formats
from tests.engine import soak
from tests.engine.bill_checks import PRODUCTS, check_bill
from tests.engine.random_bills import FACTS, RandomBill, random_bills, year_of_hours
from tests.engine.random_tariffs import document_of

SEED = int(os.environ.get("METERSIDE_SEED", "20260101"))
COUNT = 2_000


@pytest.fixture(scope="module")
def bills() -> list[tuple[RandomBill, RatedSegment]]:
    return [(bill, bill.priced()) for bill in random_bills(SEED, COUNT)]


def test_lines_sum_and_explain_themselves(bills: list[tuple[RandomBill, RatedSegment]]) -> None:
    assert len(bills) == COUNT
    for bill, segment in bills:
        try:
            check_bill(bill, segment)
        except AssertionError as error:
            raise AssertionError(f"seed {bill.seed}, bill {bill.number}: {error}") from error


def test_a_bill_is_found_again_by_seed_and_number(bills: list[tuple[RandomBill, RatedSegment]]) -> None:
    *_, (last, segment) = bills
    first = last.number - last.number % 20
    (again,) = [bill for bill in random_bills(SEED, 20, first=first) if bill.number == last.number]
    assert again.priced() == segment


@pytest.fixture(scope="module")
def by_kind(
    bills: list[tuple[RandomBill, RatedSegment]],
) -> Mapping[str, tuple[RandomBill, RatedSegment, RatedLine]]:
    """A line of each kind that money moves on, with the bill it is on."""
    found: dict[str, tuple[RandomBill, RatedSegment, RatedLine]] = {}
    for bill, segment in bills:
        for line in segment.lines:
            before = found.get(line.kind)
            if before is None or not before[2].amount_cents:
                found[line.kind] = (bill, segment, line)
    return found


def test_every_kind_of_component_and_line_is_among_them(
    bills: list[tuple[RandomBill, RatedSegment]],
    by_kind: Mapping[str, tuple[RandomBill, RatedSegment, RatedLine]],
) -> None:
    kinds = {
        component.kind
        for bill, _ in bills
        for version in bill.tariff.versions
        for component in version.components
    }
    assert kinds == set(KINDS), "a new kind needs its place in random_bills"
    assert set(by_kind) == set(_BY_LINE)


@pytest.mark.parametrize("kind", sorted(_BY_LINE))
def test_a_line_of_every_kind_is_explained(
    kind: str, by_kind: Mapping[str, tuple[RandomBill, RatedSegment, RatedLine]]
) -> None:
    """To engineers in its story, to customers in words of both languages."""
    bill, _, line = by_kind[kind]
    (story,) = stories((line,), tariff=bill.tariff, determinants=bill.determinants, intervals=bill.intervals)
    data = story.to_dict()
    assert data["component"] in {item.code for item in bill.tariff.versions[0].components}
    assert data["version_from"] == line.version_from.isoformat()
    assert data["formula"]["kind"]
    assert data["formula"]["amount"]
    assert data["formula_text"] == line.formula_text != ""
    assert {"unrounded", "amount_cents", "behind", "taken_of"} <= set(data)
    if kind in PRODUCTS:
        assert data["behind"], "what was measured"
        assert Decimal(data["quantity"]) * Decimal(data["price"]) == line.unrounded
    words = {}
    for language in ("en", "es"):
        with translation.override(language):
            ((charge,),) = [group.lines for group in charge_groups((line,), line.span, formats)]
        assert charge.label
        assert charge.how
        words[language] = charge.how
    assert all("%(" not in text for text in words.values())


def test_the_soak_tells_how_far_it_is_and_which_bill_does_not_hold(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert soak.progress_line(120_000, 1_000_000, 100.0) == (
        "120,000 of 1,000,000 bills, 1,200 a second, 733 s left"
    )
    assert soak.check_some(SEED, 40, 3) == ""

    def refuse(bill: RandomBill, segment: RatedSegment) -> None:
        if bill.number == 41:
            raise AssertionError("planted")

    monkeypatch.setattr(soak, "check_bill", refuse)
    assert soak.check_some(SEED, 40, 3) == f"seed {SEED}, bill 41: AssertionError: planted"
    monkeypatch.undo()
    assert soak.main(seed=SEED, count=30, workers=1) == 0
    told = capfd.readouterr()
    assert told.out == f"30 random bills hold, from seed {SEED}\n"
    assert told.err.startswith("30 of 30 bills, ")


# --- splitting a period ---------------------------------------------------------------------------

_FLAT = {"kind": "usage", "code": "flat", "unit": "kWh", "price": "0.1"}


def energy_only(draw: random.Random) -> Tariff:
    """Prices of energy without a step in a bill: flat, by season, by hour, by day."""

    def price() -> str:
        return str(Decimal(draw.randrange(0, 200_000)).scaleb(-5))

    by_season = {"by": ["season"], "values": {"cold": price(), "warm": price()}}
    clock = {"kind": "time_of_use", "code": "clock", "unit": "kWh", "schedule": "tod"}
    components: list[dict[str, Any]] = [
        _FLAT | {"price": by_season},
        clock
        | {"periods": [{"period": "on_peak", "prices": price()}, {"period": "off_peak", "prices": price()}]},
        {"kind": "fixed", "code": "daily", "amount": price(), "per": "day"},
        {"kind": "percent", "code": "tax", "rate": "0.0725"},
    ]
    return tariff_from_dict(document_of(components))


@settings(max_examples=150, deadline=None)
@given_by(
    seed=st.integers(0, 10**9), start=st.integers(0, 300), days=st.integers(2, 45), cut=st.integers(1, 44)
)
def test_splitting_a_period_at_any_day_and_adding_is_the_same_energy(
    seed: int, start: int, days: int, cut: int
) -> None:
    draw = random.Random(seed)
    tariff, hours = energy_only(draw), year_of_hours(seed, 4_000)
    whole = Period(
        hours.calendar.days[0] + timedelta(days=start), hours.calendar.days[0] + timedelta(days=start + days)
    )
    parts = whole.split([whole.start + timedelta(days=1 + cut % (days - 1))])
    assert len(parts) == 2

    def exact(period: Period) -> Decimal:
        found = rate(tariff, period=period, determinants={}, intervals={"usage": hours})
        return sum((line.unrounded for line in found.lines if line.component != "tax"), Decimal(0))

    assert exact(whole) == sum((exact(part) for part in parts), Decimal(0))


# --- more use never costs less --------------------------------------------------------------------


def monotone(draw: random.Random) -> Tariff:
    """No price below nothing, no block cheaper than the one before."""

    def rising(count: int) -> list[str]:
        return [
            str(value)
            for value in sorted(Decimal(draw.randrange(0, 200_000)).scaleb(-5) for _ in range(count))
        ]

    widths = [str(draw.randrange(10, 500)) for _ in range(2)]
    on_peak, off_peak = rising(2), rising(2)
    demand = {"kind": "demand", "code": "demand", "prices": rising(2), "widths": ["3"]}
    return tariff_from_dict(
        document_of(
            [
                {"kind": "fixed", "code": "service", "amount": "12.5"},
                {"kind": "tiered", "code": "tiers", "unit": "kWh", "prices": rising(3), "widths": widths},
                {
                    "kind": "time_of_use",
                    "code": "clock",
                    "unit": "kWh",
                    "schedule": "tod",
                    "periods": [
                        {"period": "on_peak", "prices": on_peak, "widths": widths[:1]},
                        {"period": "off_peak", "prices": off_peak, "widths": widths[1:]},
                    ],
                },
                *([demand] if draw.random() < 0.5 else []),
                {"kind": "minimum", "code": "least", "amount": str(draw.randrange(0, 80))},
                {"kind": "percent", "code": "tax", "rate": "0.0725"},
            ]
        )
    )


@settings(max_examples=150, deadline=None)
@given_by(seed=st.integers(0, 10**9), start=st.integers(0, 320), n_hours=st.integers(1, 200))
def test_more_use_never_costs_less_where_no_price_falls(seed: int, start: int, n_hours: int) -> None:
    draw = random.Random(seed)
    tariff, less = monotone(draw), year_of_hours(seed, 3_000)
    first = less.calendar.days[0] + timedelta(days=start)
    period = Period(first, first + timedelta(days=30))
    inside = less.calendar.span(period)
    more = less.values.copy()
    for _ in range(n_hours):
        more[draw.randrange(inside.start, inside.stop)] += draw.randrange(1, 20_000)

    def exact(use: IntervalUse) -> Decimal:
        return rate(
            tariff, period=period, determinants={}, intervals={"usage": use}, attributes=FACTS
        ).unrounded

    # A percentage and a minimum are taken of cents, so each line before them can be a cent off.
    assert exact(replace(less, values=more)) >= exact(less) - Decimal("0.02") * 6
    assert int(more.sum()) > int(less.values.sum())
    assert np.all(more >= less.values)
