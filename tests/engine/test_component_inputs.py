"""What a component is given beside quantities: intervals by class of hour, and the state of the bill before.

The component here is a kind of its own, as a module under ``engine/components`` would bring one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterside.engine.determinant import Determinant, DeterminantSource, usage_of
from meterside.engine.explain import ChangeKind, SegmentInputs, explain_change
from meterside.engine.interval import Quality
from meterside.engine.interval_use import IntervalUse
from meterside.engine.period import Period, service_day
from meterside.engine.pricing import Draft, Inputs, Part
from meterside.engine.rated import RatedSegment, RatingState, Reconciled
from meterside.engine.rating import RatingError, rate
from meterside.engine.state import StateBook
from meterside.engine.tariff import (
    Component,
    Lookup,
    PercentCharge,
    Tariff,
    TariffVersion,
    UsageCharge,
    check_tariff,
    constant,
)
from meterside.engine.terms.reader import Reader
from tests.engine.strategies import SEASONS, kwh
from tests.engine.tables import worked_table

ZONE = ZoneInfo("America/New_York")
JUNE = Period(date(2025, 6, 1), date(2025, 7, 1))
CUT = date(2025, 6, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class NightAndDay(Component):
    """Use from 7 to 19 o'clock at ``day_price``, the rest free; counts all use into ``year``."""

    kind: ClassVar[str] = "night_and_day"
    line_kinds: ClassVar[tuple[str, ...]] = ("usage",)

    day_price: Lookup[Decimal]
    by_hour: bool = True

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        return cls(day_price=reader.lookup("day_price", lambda value, _place: Decimal(value)), **common)

    def determinants(self) -> Mapping[str, str]:
        return {"usage": "kWh"}

    def intervals_needed(self) -> tuple[str, ...]:
        return ("usage",) if self.by_hour else ()

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        whole = inputs.usage(self, part, determinant="usage", unit="kWh")
        inputs.state.put("year", (inputs.state.get("year") or Decimal(0)) + whole)
        if not self.by_hour:
            return []
        hour = inputs.interval_use(self, "usage").calendar.hour
        shares = inputs.usage_by_class(
            self,
            part,
            determinant="usage",
            unit="kWh",
            classes=((hour >= 7) & (hour < 19)).astype(np.int64),
            count=2,
        )
        price = inputs.value(self.day_price, part)
        return [
            Draft(
                component=self,
                part=part,
                kind="usage",
                quantity=quantity,
                unit="kWh",
                price=own,
                price_unit="kWh",
                unrounded=quantity * own,
                determinant="usage",
                facts=(("hours", hours),),
            )
            for quantity, own, hours in zip(shares, (Decimal(0), price), ("night", "day"), strict=True)
        ]


def tariff_of(*components: Component, seasonal: bool = False) -> Tariff:
    version = TariffVersion(
        effective_from=date(2020, 1, 1), components=components, seasons=SEASONS if seasonal else ()
    )
    found = Tariff(code="T", name="T", utility="U", commodity="electric", versions=(version,))
    check_tariff(found)
    return found


def hours(period: Period, by_day: Mapping[date, int] | None = None, **more: object) -> IntervalUse:
    """Hourly Wh of a period: a day's use in its noon hour, else one an hour."""
    opens, closes = service_day(period.start, ZONE)[0], service_day(period.closed_end, ZONE)[0]
    values = np.ones((closes - opens) // timedelta(hours=1), dtype=np.int64)
    use = IntervalUse(values=values, unit="Wh", seconds=3600, start_utc=opens, zone=ZONE)
    if by_day is not None:
        calendar = use.calendar
        day_values = np.array([by_day[day] for day in calendar.days], dtype=np.int64)
        values = np.where(calendar.hour == 12, day_values[calendar.day_index], 0)
    return replace(use, values=values, **more)  # type: ignore[arg-type]


def priced_twice() -> Tariff:
    """A price that changes on 11 June."""
    old = TariffVersion(
        effective_from=date(2020, 1, 1),
        effective_to=CUT,
        components=(UsageCharge(code="use", label="U", price=constant(Decimal("0.1")), unit="kWh"),),
    )
    new = replace(old, effective_from=CUT, effective_to=None)
    return Tariff(code="T", name="T", utility="U", commodity="electric", versions=(old, new))


@pytest.mark.parametrize("row", worked_table("algorithms/rating.md", "register"), ids=" ".join)
def test_a_register_is_billed_and_its_intervals_are_the_shape(row: tuple[str, ...]) -> None:
    register, first, second, *billed, reconciling = row
    first_wh, second_wh = (int(each.split()[0]) * 1000 for each in (first, second))
    by_day = {day: first_wh // 10 if day < CUT else second_wh // 20 for day in JUNE.each_day()}
    given = {} if register == "none" else kwh(Decimal(register.split()[0]))
    segment = rate(priced_twice(), period=JUNE, determinants=given, intervals={"usage": hours(JUNE, by_day)})
    assert [line.quantity for line in segment.lines] == [Decimal(each) for each in billed]
    if reconciling == "none":
        assert segment.reconciled == ()
        assert "reconciled" not in segment.to_dict()
        return
    assert [item.difference for item in segment.reconciled] == [Decimal(reconciling)]
    assert segment.reconciled[0].billed == given["usage"].quantity
    assert RatedSegment.from_dict(json.loads(json.dumps(segment.to_dict()))) == segment


def test_intervals_are_cut_to_the_period() -> None:
    more = hours(Period(date(2025, 5, 1), date(2025, 8, 1)))
    segment = rate(priced_twice(), period=JUNE, determinants={}, intervals={"usage": more})
    assert sum(line.quantity for line in segment.lines) == Decimal("0.72")


@pytest.mark.parametrize(
    ("use", "kind", "said"),
    [
        (hours(Period(JUNE.start, date(2025, 6, 30))), "missing_intervals", "not for all"),
        (
            hours(JUNE, quality=np.full(720, Quality.MISSING, dtype=np.uint8)),
            "missing_intervals",
            "720 intervals have no value",
        ),
        (hours(JUNE, dict.fromkeys(JUNE.each_day(), -1)), "negative_usage", "negative"),
        (hours(JUNE, unit="gal"), "unit", "intervals of usage"),
    ],
)
def test_intervals_that_cannot_be_billed_are_refused(use: IntervalUse, kind: str, said: str) -> None:
    with pytest.raises(RatingError, match=said) as caught:
        rate(priced_twice(), period=JUNE, determinants=kwh(Decimal(1)), intervals={"usage": use})
    assert caught.value.kind == kind


def test_one_shape_is_enough() -> None:
    daily = {"usage": dict.fromkeys(JUNE.each_day(), Decimal(1))}
    with pytest.raises(RatingError, match="give one"):
        rate(
            priced_twice(),
            period=JUNE,
            determinants=kwh(Decimal(1)),
            daily_usage=daily,
            intervals={"usage": hours(JUNE)},
        )


by_season = Lookup(("season",), ((("winter",), Decimal("0.10")), (("summer",), Decimal("0.30"))))
SPRING = Period(date(2025, 3, 1), date(2025, 5, 17))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    register=st.one_of(st.none(), st.decimals(0, 10**4, places=3)),
    most=st.integers(0, 9999),
)
def test_classes_of_hours_bill_all_use_once(seed: int, register: Decimal | None, most: int) -> None:
    """Over a season's change and the day of 23 hours, with and without a register."""
    shape = hours(SPRING)
    use = replace(shape, values=np.random.default_rng(seed).integers(0, most + 1, len(shape.values)))
    tariff = tariff_of(NightAndDay(code="use", label="U", day_price=by_season), seasonal=True)
    determinants = {} if register is None else kwh(register)
    segment = rate(tariff, period=SPRING, determinants=determinants, intervals={"usage": use})
    assert [line.season for line in segment.lines] == ["winter", "winter", "summer", "summer"]
    quantities = [line.quantity for line in segment.lines]
    assert sum(quantities) == (use.total() / 1000 if register is None else register)
    assert min(quantities) >= 0
    if register is None:
        hour, inside = use.calendar.hour, use.calendar.span(Period(SPRING.start, date(2025, 5, 1)))
        at_night = use.sum_where(((hour < 7) | (hour >= 19)) & (np.arange(len(hour)) < inside.stop))
        assert quantities[0] == at_night / 1000
    assert dict(segment.lines[1].formula.values)["hours"] == "day"
    assert RatedSegment.from_dict(json.loads(json.dumps(segment.to_dict()))) == segment


def test_where_intervals_are_all_zero_the_time_shares() -> None:
    tariff = tariff_of(NightAndDay(code="use", label="U", day_price=constant(Decimal(1))))
    shape = hours(JUNE, dict.fromkeys(JUNE.each_day(), 0))
    segment = rate(tariff, period=JUNE, determinants=kwh(Decimal(90)), intervals={"usage": shape})
    assert [line.quantity for line in segment.lines] == [45, 45]
    assert segment.reconciled == (Reconciled("usage", Decimal(90), Decimal(0), "kWh"),)


def test_a_component_that_needs_intervals_says_so() -> None:
    tariff = tariff_of(NightAndDay(code="use", label="U", day_price=constant(Decimal(1))))
    assert tariff.intervals_needed() == ("usage",)
    assert tariff.determinant_units() == {"usage": "kWh"}
    with pytest.raises(RatingError) as caught:
        rate(tariff, period=JUNE, determinants=kwh(Decimal(1)))
    assert caught.value.kind == "missing_intervals"


def numbers(text: str) -> RatingState:
    """``year 500, bank 7`` as a state."""
    if text == "nothing":
        return RatingState()
    pairs = (item.split() for item in text.split(", "))
    return RatingState(tuple((name, Decimal(value)) for name, value in pairs))


@pytest.mark.parametrize("row", worked_table("algorithms/rating.md", "state in"), ids=" ".join)
def test_state_goes_in_and_out(row: tuple[str, ...]) -> None:
    incoming, parts, use, outgoing = row
    table = by_season if parts == "2" else constant(Decimal(1))
    component = NightAndDay(code="use", label="U", day_price=table, by_hour=False)
    period = SPRING if parts == "2" else JUNE
    segment = rate(
        tariff_of(component, seasonal=True),
        period=period,
        determinants=kwh(Decimal(use)),
        state=numbers(incoming),
    )
    assert segment.state_out == numbers(outgoing)
    assert RatedSegment.from_dict(json.loads(json.dumps(segment.to_dict()))).state_out == numbers(outgoing)


def test_a_state_book_keeps_what_came_in() -> None:
    book = StateBook(numbers("year 500, bank 7"))
    assert book.out() == numbers("year 500, bank 7")
    book.put("bank", Decimal(0))
    assert (book.get("bank"), book.incoming("bank"), book.get("peak")) == (Decimal(0), Decimal(7), None)
    assert book.out() == numbers("year 500, bank 0")
    for wrong in (Decimal("NaN"), 5, "5"):
        with pytest.raises(ValueError, match="finite Decimal"):
            book.put("bank", wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="twice"):
        RatingState((("a", Decimal(1)), ("a", Decimal(2))))


def test_a_prior_determinant_is_no_use_that_grows_with_the_days() -> None:
    """A winter average of 8 ccf is billed in a month of any length; explaining a change leaves it alone."""
    sewer = UsageCharge(
        code="sewer", label="S", price=constant(Decimal(5)), unit="ccf", determinant="winter_average"
    )
    average = Determinant("winter_average", Decimal(8), "ccf", DeterminantSource.PRIOR)
    assert Determinant.from_dict(average.to_dict()) == average
    before = SegmentInputs(
        tariff=tariff_of(sewer),
        period=Period(date(2025, 2, 1), date(2025, 3, 1)),
        determinants={"winter_average": average},
        attributes={},
    )
    change = explain_change(before, replace(before, period=JUNE))
    assert [part.amount_cents for part in change.parts] == [0, 0, 0, 0, 0]


def test_a_change_is_explained_where_use_comes_as_intervals() -> None:
    may = Period(date(2025, 5, 1), date(2025, 6, 1))
    tariff = tariff_of(
        UsageCharge(code="use", label="U", price=constant(Decimal("0.10")), unit="kWh"),
        PercentCharge(code="tax", label="T", rate=constant(Decimal("0.10"))),
    )
    inputs = [
        SegmentInputs(
            tariff=tariff,
            period=period,
            determinants={},
            attributes={},
            intervals={"usage": hours(period, dict.fromkeys(period.each_day(), wh))},
        )
        for period, wh in ((JUNE, 10_000), (may, 20_000))
    ]
    change = explain_change(inputs[0], inputs[1])
    amounts = {part.kind: part.amount_cents for part in change.parts}
    assert amounts == {
        ChangeKind.DAYS: 110,
        ChangeKind.USE: 3410,
        ChangeKind.RATE: 0,
        ChangeKind.CREDITS: 0,
        ChangeKind.ONE_TIME: 0,
    }
    assert dict(change.parts[1].facts) == {"usage_before": "300000 Wh", "usage_after": "620000 Wh"}


def test_a_quantity_alone_leaves_a_segment_as_it_was() -> None:
    segment = rate(priced_twice(), period=JUNE, determinants=usage_of(Decimal(300), "kWh"))
    data = segment.to_dict()
    assert "reconciled" not in data
    assert all("series" not in line and "facts" not in line for line in data["lines"])
