"""Charges for what is counted, and tiers for each dwelling unit: the tables of docs/algorithms/counted.md."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from meterside.engine.rating import RatingError
from meterside.engine.series import DatedSeries
from meterside.engine.tariff import InvalidTariff, tariff_from_dict, tariff_to_dict
from tests.engine.tables import worked_table
from tests.engine.worked import bill, cents, fact, step, tariff_of, used

PAGE = "algorithms/counted.md"
ERU = '[[c]]\nkind = "counted"\ncode = "storm"\nlabel = "Stormwater"\namount = 4\ncount = "square_feet"\nsize = 2500\n'
REFUSE = '[[c]]\nkind = "counted"\ncode = "carts"\nlabel = "Carts"\namount = 5.25\n'
UNITS = '[[c]]\nkind = "counted"\ncode = "units"\nlabel = "Units"\namount = 10\ncount = "units"\n'
TIERS = (
    '[[c]]\nkind = "tiered"\ncode = "water"\nlabel = "Water"\nunit = "ccf"\n'
    "prices = [2, 3, 5]\nwidths = [6, 10]\nwidth_each = ['units']\n"
)


@pytest.mark.parametrize("row", worked_table(PAGE, "square feet"), ids=" ".join)
def test_area_becomes_units(row: tuple[str, ...]) -> None:
    area, rounding, least, most, count, amount = row
    body = ERU
    body += "" if rounding == "none" else f"count_rounding = {step(rounding)}\n"
    body += "" if least == "none" else f"least = {least}\n"
    body += "" if most == "none" else f"most = {most}\n"
    segment = bill(tariff_of(body), attributes={"square_feet": area})
    if amount == "none":
        assert segment.lines == ()
        return
    (line,) = segment.lines
    assert (fact(line, "count"), line.amount_cents) == (count, cents(amount))


@pytest.mark.parametrize("row", worked_table(PAGE, "carts"), ids=" ".join)
def test_carts_and_pick_ups(row: tuple[str, ...]) -> None:
    carts, pickups, included, counted, amount = row
    tariff = tariff_of(REFUSE + f"count = ['carts', 'pickups_a_week']\nincluded = {included}\n")
    segment = bill(tariff, attributes={"carts": int(carts), "pickups_a_week": Decimal(pickups)})
    assert segment.total_cents == (0 if amount == "none" else cents(amount))
    assert [fact(line, "count") for line in segment.lines] == ([] if amount == "none" else [counted])


@pytest.mark.parametrize("row", worked_table(PAGE, "charged"), ids=" ".join)
def test_the_amount_follows_the_days(row: tuple[str, ...]) -> None:
    per, method, units, days, amount = row
    proration = "" if method == "none" else f'proration = {{ method = "{method}" }}\n'
    segment = bill(tariff_of(UNITS + f'per = "{per}"\n' + proration), int(days), attributes={"units": units})
    assert segment.total_cents == cents(amount)


@pytest.mark.parametrize("row", worked_table(PAGE, "units"), ids=" ".join)
def test_tiers_for_each_dwelling_unit(row: tuple[str, ...]) -> None:
    units, per, method, days, rounding, first, second, amount = row
    body = TIERS + f'width_per = "{per}"\n'
    body += "" if method == "none" else f'proration = {{ method = "{method}" }}\n'
    body += "" if rounding == "none" else f"width_rounding = {step(rounding)}\n"
    tariff = tariff_of(body)
    if per == "month":
        tariff = tariff_from_dict({**tariff_to_dict(tariff), "bill_months": 2})
    segment = bill(tariff, int(days), used("60"), attributes={"units": units})
    tiers = [line for line in segment.lines if line.tier_to is not None]
    assert [line.tier_to - (line.tier_from or 0) for line in tiers if line.tier_to] == [
        Decimal(first),
        Decimal(second),
    ]
    assert segment.total_cents == cents(amount)


def test_a_line_says_what_was_counted() -> None:
    tariff = tariff_of(ERU + 'counted = "ERU"\ncount_rounding = { step = 1, rule = "up" }\n')
    (line,) = bill(tariff, attributes={"square_feet": 7300}).lines
    assert line.formula_text == "3 ERU x $4.00 = $12.00"
    numbers = line.formula.to_dict()
    assert (numbers["given_square_feet"], numbers["size"], numbers["count"]) == ("7300", "2500", "3")
    halves = tariff_of(UNITS + 'proration = { method = "days/30" }\n')
    (line,) = bill(halves, 15, attributes={"units": 3}).lines
    assert line.formula_text == "3 x $10.00 per bill x 15 of 30 days = $15.00"
    (line,) = bill(tariff_of(UNITS + 'per = "day"\n'), 15, attributes={"units": 3}).lines
    assert line.formula_text == "3 x 15 days x $10.00 = $450.00"


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({}, "missing_attribute"),
        ({"units": ""}, "missing_attribute"),
        ({"units": "two"}, "unknown_attribute"),
        ({"units": "-1"}, "unknown_attribute"),
        ({"units": "NaN"}, "unknown_attribute"),
    ],
)
def test_a_number_that_is_none_is_refused(attributes: dict[str, str], kind: str) -> None:
    with pytest.raises(RatingError) as found:
        bill(tariff_of(UNITS), attributes=attributes)
    assert found.value.kind == kind
    assert "units" in found.value.detail


def test_a_default_stands_where_nobody_said_the_number() -> None:
    body = UNITS.replace('count = "units"', 'count = { name = "units", default = 2 }')
    tariff = tariff_of(body)
    assert bill(tariff).total_cents == 2000
    assert bill(tariff, attributes={"units": "5"}).total_cents == 5000


def test_no_units_leave_no_tier_a_width() -> None:
    with pytest.raises(RatingError, match="no width"):
        bill(tariff_of(TIERS), 30, used("60"), attributes={"units": 0})


def test_tiers_of_other_numbers_by_the_same_key() -> None:
    body = (
        '[[c]]\nkind = "tiered"\ncode = "w"\nlabel = "W"\nunit = "ccf"\n'
        "prices = { by = ['zone'], values = { a = [1, 2], b = [1, 2, 3] } }\n"
        "widths = { by = ['zone'], values = { a = [5], b = [5, 5] } }\n"
    )
    tariff = tariff_of(body)
    assert bill(tariff, 30, used("12"), attributes={"zone": "a"}).total_cents == 1900
    assert bill(tariff, 30, used("12"), attributes={"zone": "b"}).total_cents == 2100
    with pytest.raises(InvalidTariff, match="one width fewer"):
        tariff_of(body.replace("b = [5, 5]", "b = [5]"))
    with pytest.raises(InvalidTariff, match="one width fewer"):
        tariff_of(body.replace("widths = { by = ['zone']", "widths = { by = ['other']"))


REFUSED = [
    (ERU.replace("2500", "0"), "components[0].size", "more than zero"),
    (ERU.replace('"square_feet"', "[]"), "components[0].count", "empty"),
    (ERU.replace('"square_feet"', "4"), "components[0].count", "name a number"),
    (ERU.replace('"square_feet"', "['a', '']"), "components[0].count[1]", "name a number"),
    (ERU + "least = -1\n", "components[0].least", "negative"),
    (ERU + 'per = "day"\nproration = { method = "days/30" }\n', "components[0].proration", "per day"),
    (ERU + "count_rounding = { step = 0 }\n", "components[0].count_rounding.step", "more than zero"),
    (ERU.replace('"square_feet"', '{ name = "a", default = -1 }'), "components[0].count.default", "negative"),
    (ERU.replace('"square_feet"', '{ name = "a", most = 1 }'), "components[0].count.most", "known field"),
    (TIERS + "width_rounding = { rule = 'up' }\n", "components[0].width_rounding.step", "missing"),
]


@pytest.mark.parametrize(("body", "path", "message"), REFUSED)
def test_what_cannot_be_counted_is_refused_with_its_place(body: str, path: str, message: str) -> None:
    with pytest.raises(InvalidTariff) as found:
        tariff_of(body)
    (problem,) = found.value.problems
    assert problem.path == f"versions[0].{path}"
    assert message in problem.message


def test_a_size_of_a_series_that_is_zero_is_refused_when_a_bill_is_priced() -> None:
    tariff = tariff_of(ERU.replace("size = 2500", "size = { series = 'eru' }"))
    nothing = {"eru": DatedSeries("eru", ((date(2020, 1, 1), Decimal(0)),))}
    with pytest.raises(RatingError, match="divided"):
        bill(tariff, attributes={"square_feet": 100}, series=nothing)
