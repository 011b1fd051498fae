"""Dated characteristics: the table of docs/algorithms/dated-characteristics.md."""

from __future__ import annotations

import json
from datetime import date

import pytest

from meterside.engine.characteristic import DatedCharacteristic
from meterside.engine.explain import SegmentInputs, explain_change, price_segment
from meterside.engine.rating import RatingError
from tests.engine.tables import worked_table
from tests.engine.worked import bill, cents, days_from, tariff_of, used

CARTS = DatedCharacteristic("carts", ((date(2020, 1, 1), 1), (date(2025, 6, 11), 2)))
PLACE = DatedCharacteristic("place", ((date(2020, 1, 1), "outside"), (date(2025, 6, 16), "inside")))
DATED = {"carts": CARTS, "place": PLACE}
CART = 'kind = "counted"\namount = 9\ncount = "carts"\n'
HUNDRED = '[[c]]\nkind = "fixed"\ncode = "h"\nlabel = "H"\namount = 100\nversion_pick = "{pick}"\n'
BY_PLACE = "{ by = ['place'], values = { outside = %s, inside = %s } }\n"
CHARGES = {
    "9.00 for each cart": CART,
    "9.00 for each cart and day": CART + 'per = "day"\n',
    "tax of 100.00, 4 % outside, 6 % inside": 'kind = "percent"\nrate = ' + BY_PLACE % ("0.04", "0.06"),
    "300 kWh at 0.10 outside, 0.20 inside": 'kind = "usage"\nunit = "kWh"\nprice = '
    + BY_PLACE % ("0.1", "0.2"),
    "30 ccf at 1 and 2, tiers of 12 for each cart": (
        'kind = "tiered"\nunit = "ccf"\nprices = [1, 2]\nwidths = [12]\nwidth_each = "carts"\n'
    ),
    "30.00 whatever carts and place": 'kind = "fixed"\namount = 30\n',
}


@pytest.mark.parametrize("row", worked_table("algorithms/dated-characteristics.md", "charge"), ids=" ".join)
def test_a_charge_is_cut_where_what_decides_it_changes(row: tuple[str, ...]) -> None:
    charge, pick, lines = row
    terms = CHARGES[charge]
    head = HUNDRED.format(pick=pick) if "percent" in terms else ""
    tariff = tariff_of(head + f'[[c]]\ncode = "c"\nlabel = "C"\nversion_pick = "{pick}"\n' + terms)
    use = used("30") if "ccf" in terms else used("300", "kWh")
    segment = bill(tariff, 30, use, characteristics=DATED, bill_date=date(2025, 6, 10))
    found = [line.amount_cents for line in segment.lines if line.component == "c"]
    assert found == [cents(each) for each in lines.split()]


def test_a_characteristic_stands_before_an_attribute_and_is_unknown_before_its_day() -> None:
    tariff = tariff_of('[[c]]\ncode = "c"\nlabel = "C"\n' + CART)
    assert bill(tariff, characteristics={"carts": CARTS}, attributes={"carts": 9}).total_cents == 1500
    late = DatedCharacteristic("carts", ((date(2025, 6, 11), 2),))
    with pytest.raises(RatingError, match="missing_attribute"):
        bill(tariff, characteristics={"carts": late}, attributes={"carts": 9})


def test_it_survives_json_and_prices_the_same() -> None:
    stored = json.loads(json.dumps(CARTS.to_dict()))
    tariff = tariff_of('[[c]]\ncode = "c"\nlabel = "C"\n' + CART)
    again = {"carts": DatedCharacteristic.from_dict(stored)}
    assert bill(tariff, characteristics=again) == bill(tariff, characteristics={"carts": CARTS})


@pytest.mark.parametrize(
    "values",
    [(), ((date(2025, 1, 1), 1), (date(2025, 1, 1), 2)), ((date(2025, 2, 1), 1), (date(2025, 1, 1), 2))],
)
def test_days_in_no_order_are_refused(values: tuple[tuple[date, int], ...]) -> None:
    with pytest.raises(ValueError, match="characteristic carts"):
        DatedCharacteristic("carts", values)


def test_a_change_of_carts_is_the_rate_s_part() -> None:
    tariff = tariff_of('[[c]]\ncode = "c"\nlabel = "C"\n' + CART)
    before, after = (
        SegmentInputs(
            tariff=tariff,
            period=days_from(30),
            determinants={},
            attributes={"carts": 1},
            characteristics=dated,
        )
        for dated in (None, {"carts": CARTS})
    )
    assert price_segment(after).total_cents == 1500
    parts = {part.kind.value: part.amount_cents for part in explain_change(before, after).parts}
    assert parts == {"days": 0, "use": 0, "rate": 600, "credits": 0, "one_time": 0}
