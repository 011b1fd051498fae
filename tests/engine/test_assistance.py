"""Taxes by place, exemptions, assistance: the tables of docs/algorithms/assistance.md, and rounding by group."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.connectors.tariffs.own.toml_text import toml_of
from meterside.engine.explain import SegmentInputs, explain_change
from meterside.engine.period import Period
from meterside.engine.rated import RatingState
from meterside.engine.rating import RatingError
from meterside.engine.series import DatedSeries
from meterside.engine.tariff import InvalidTariff
from meterside.engine.tariff.document import tariff_from_toml
from tests.engine.tables import worked_table
from tests.engine.worked import bill, cents, days_from, tariff_of, used

PAGE = "algorithms/assistance.md"
CHARGE = '[[c]]\nkind = "fixed"\ncode = "charge"\nlabel = "Charge"\namount = 100\n'
TAX = '[[c]]\nkind = "percent"\ncode = "tax"\nlabel = "Tax"\n'
BY_PLACE = (
    "rate = { by = ['place'], values = { inside = 0.05, outside = 0.07, north = { series = 'north' } } }\n"
)
EXEMPT = (
    "exempt = { by = ['exemption'], values = { none = 0, full = 1, half = 0.5, manufacturing = 0.875 } }\n"
)
NORTH = {
    "north": DatedSeries("north", ((date(2025, 5, 1), Decimal("0.08")), (date(2025, 6, 16), Decimal("0.09"))))
}


@pytest.mark.parametrize("row", worked_table(PAGE, "place"), ids=" ".join)
def test_a_tax_by_place(row: tuple[str, ...]) -> None:
    place, exemption, base_most, least, most, bases, taxes = row
    bounds = {"base_most": base_most, "least": least, "most": most}
    body = CHARGE + TAX + BY_PLACE + EXEMPT
    body += "".join(f"{name} = {value}\n" for name, value in bounds.items() if value)
    segment = bill(tariff_of(body), attributes={"place": place, "exemption": exemption}, series=NORTH)
    lines = [line for line in segment.lines if line.component == "tax"]
    assert [line.base for line in lines] == [Decimal(base) for base in bases.split()]
    assert [line.amount_cents for line in lines] == [cents(tax) for tax in taxes.split()]


@pytest.mark.parametrize("row", worked_table(PAGE, "tax of"), ids=" ".join)
def test_a_tax_on_a_fee(row: tuple[str, ...]) -> None:
    of, base, tax = row
    fee = '[[c]]\nkind = "percent"\ncode = "fee"\nlabel = "Fee"\nrate = 0.03\n'
    named = "" if of == "all" else f"of = {[name.strip() for name in of.split(',')]}\n"
    line = bill(tariff_of(CHARGE + fee + TAX + "rate = 0.1\n" + named)).lines[-1]
    assert (line.base, line.amount_cents) == (Decimal(base), cents(tax))


def test_a_tax_says_what_is_exempt_and_which_bound_was_met() -> None:
    tariff = tariff_of(CHARGE + TAX + "rate = 0.05\nexempt = 0.5\n")
    assert bill(tariff).lines[-1].formula_text == "5% of $50.00 (50% of $100.00 exempt) = $2.50"
    most = tariff_of(CHARGE + TAX + "rate = 0.05\nmost = 3\n")
    assert bill(most).lines[-1].formula_text == "5% of $100.00, at most $3.00 = $3.00"


def test_an_exemption_of_a_series_that_is_no_share_is_refused() -> None:
    tariff = tariff_of(CHARGE + TAX + "rate = 0.05\nexempt = { series = 'north' }\n")
    with pytest.raises(RatingError, match="no share"):
        bill(tariff, series={"north": DatedSeries("north", ((date(2020, 1, 1), Decimal(2)),))})


TWO = (
    '[[c]]\nkind = "fixed"\ncode = "fixed"\nlabel = "F"\namount = 10\n'
    '[[c]]\nkind = "fixed"\ncode = "charges"\nlabel = "C"\namount = 60\n'
)
HELP = '[[c]]\nkind = "assistance"\ncode = "help"\nlabel = "Help"\n'


@pytest.mark.parametrize("row", worked_table(PAGE, "rate"), ids=" ".join)
def test_assistance(row: tuple[str, ...]) -> None:
    rate, amount, of, most, taken = row
    given_terms = {"rate": rate, "amount": amount, "most": most}
    body = TWO + HELP + "".join(f"{name} = {value}\n" for name, value in given_terms.items() if value)
    body += "" if of == "all" else f"of = ['{of}']\n"
    lines = [line for line in bill(tariff_of(body)).lines if line.component == "help"]
    assert [-line.amount_cents for line in lines] == ([] if taken == "none" else [cents(taken)])


ORDERS = {
    "assistance, tax": HELP + "rate = 0.2\n" + TAX + "rate = 0.1\n",
    "tax, assistance": TAX + "rate = 0.1\n" + HELP + "rate = 0.2\n",
    "tax, assistance of all and the tax": TAX
    + "rate = 0.1\n"
    + HELP
    + "rate = 0.2\nof = ['fixed', 'charges', 'tax']\n",
}


LIFELINE = """[[c]]
kind = "tiered"
code = "water"
label = "Water"
unit = "ccf"
prices = { by = ['programme'], values = { none = [3, 4.5], lifeline = [1.8, 4.5], senior = [2.4, 4.5] } }
widths = [8]
"""


@pytest.mark.parametrize("row", worked_table(PAGE, "programme"), ids=" ".join)
def test_a_lower_price_for_the_first_tier(row: tuple[str, ...]) -> None:
    programme, ccf, first, second, whole = row
    segment = bill(tariff_of(LIFELINE), use=used(ccf), attributes={"programme": programme})
    assert [line.amount_cents for line in segment.lines] == [cents(text) for text in (first, second) if text]
    assert segment.total_cents == cents(whole)


@pytest.mark.parametrize("row", worked_table(PAGE, "order"), ids=" ".join)
def test_assistance_and_tax_in_their_order(row: tuple[str, ...]) -> None:
    order, taken, tax, total = row
    segment = bill(tariff_of(TWO + ORDERS[order]))
    assert (-segment.component_cents("help"), segment.component_cents("tax")) == (cents(taken), cents(tax))
    assert segment.total_cents == cents(total)


YEARLY = TWO + HELP + "rate = 0.2\nof = ['charges']\nmost_a_year = 30\nyear_from = '07-01'\n"


def test_a_cap_of_the_year_is_carried_by_the_state() -> None:
    tariff = tariff_of(YEARLY)
    state = RatingState((("bank", Decimal(7)),))
    for closes, taken, out in worked_table(PAGE, "bill closes"):
        end = date.fromisoformat(closes)
        segment = bill(tariff, Period(end - timedelta(days=30), end), state=state)
        assert -segment.component_cents("help") == (0 if taken == "none" else cents(taken)), closes
        assert segment.state_out.get("help.taken") == Decimal(out)
        assert segment.state_out.get("bank") == 7
        state = segment.state_out


def test_a_bill_in_two_parts_takes_the_year_s_cap_once() -> None:
    text = toml_of(tariff_of(YEARLY))
    new = text.split("[[versions]]")[1].replace("2020-01-01", "2025-06-11")
    old = text.replace(
        'effective_from = "2020-01-01"', 'effective_from = "2020-01-01"\neffective_to = "2025-06-11"'
    )
    tariff = tariff_from_toml(old + "\n[[versions]]" + new)
    left = RatingState((("help.year", Decimal(2024)), ("help.taken", Decimal(21))))
    segment = bill(tariff, 29, state=left)
    assert segment.component_cents("help") == -900
    assert segment.state_out.get("help.taken") == 30


def test_assistance_says_what_it_took_and_why_no_more() -> None:
    assert (
        bill(tariff_of(TWO + HELP + "rate = 0.2\n")).lines[-1].formula_text == "20% of $70.00 off = -$14.00"
    )
    both = bill(tariff_of(TWO + HELP + "rate = 0.2\namount = 5\nmost = 8\n")).lines[-1]
    assert both.formula_text == "20% of $70.00 and $5.00 off, at most $8.00 a bill = -$8.00"


def test_assistance_is_a_credit_when_a_change_is_explained() -> None:
    without = tariff_of(TWO)
    inputs = SegmentInputs(tariff=without, period=days_from(30), determinants=used("1"), attributes={})
    helped = SegmentInputs(
        tariff=tariff_of(TWO + HELP + "amount = 15\n"),
        period=days_from(30),
        determinants=used("1"),
        attributes={},
    )
    parts = {part.kind.value: part.amount_cents for part in explain_change(inputs, helped).parts}
    assert parts == {"days": 0, "use": 0, "rate": 0, "credits": -1500, "one_time": 0}


def test_a_lower_price_of_the_first_tier_is_a_table() -> None:
    tariff = tariff_of(
        '[[c]]\nkind = "tiered"\ncode = "w"\nlabel = "W"\nunit = "ccf"\nwidths = [5]\n'
        "prices = { by = ['programme'], values = { none = [4, 6], low_income = [2, 6] } }\n"
    )
    full, helped = (
        bill(tariff, 30, used("8"), attributes={"programme": name}).total_cents
        for name in ("none", "low_income")
    )
    assert (full, helped) == (3800, 2800)


@given(
    st.decimals(0, 1, places=3),
    st.decimals(0, 200, places=2),
    st.decimals(-50, 300, places=2),
    st.integers(0, 40),
)
def test_assistance_never_takes_a_bill_below_nothing(
    rate: Decimal, amount: Decimal, charge: Decimal, most: int
) -> None:
    body = (
        CHARGE.replace("100", str(charge))
        + HELP
        + f"rate = {rate}\namount = {amount}\nmost_a_year = {most}\n"
    )
    segment = bill(tariff_of(body))
    taken = -segment.component_cents("help")
    assert 0 <= taken <= max(most, 0) * 100
    assert segment.total_cents >= min(0, segment.component_cents("charge"))
    assert sum(line.amount_cents for line in segment.lines) == segment.total_cents


REFUSED = [
    (CHARGE + TAX + "rate = 0.1\nexempt = 1.5\n", "components[1].exempt", "share"),
    (CHARGE + TAX + "rate = 0.1\nmost = -1\n", "components[1].most", "negative"),
    (CHARGE + HELP, "components[1]", "takes nothing off"),
    (CHARGE + HELP + "rate = -0.1\n", "components[1].rate", "negative"),
    (CHARGE + HELP + "rate = 20\n", "components[1].rate", "share"),
    (CHARGE + HELP + "rate = 0.2\nof = ['x']\n", "components[1].of", "listed before"),
    (CHARGE + HELP + "rate = 0.2\nyear_from = '7-1'\n", "components[1].year_from", "06-01"),
    (CHARGE + HELP + "rate = 0.2\nyear_from = '02-29'\n", "components[1].year_from", "not every year"),
    (CHARGE + "rounding = { scope = 'group' }\n", "components[0].rounding.group", "names the group"),
    (CHARGE + "rounding = { group = 'a' }\n", "components[0].rounding.group", "names the group"),
]


@pytest.mark.parametrize(("body", "path", "message"), REFUSED)
def test_what_is_no_tax_or_assistance_is_refused(body: str, path: str, message: str) -> None:
    with pytest.raises(InvalidTariff) as found:
        tariff_of(body)
    assert any(
        each.path == f"versions[0].{path}" and message in each.message for each in found.value.problems
    )


@pytest.mark.parametrize("row", worked_table("algorithms/rounding.md", "groups of the three"), ids=" ".join)
def test_lines_are_rounded_by_group(row: tuple[str, ...]) -> None:
    groups, first, second, third, base, tax = row
    names = groups.split() if groups != "none" else ["none"] * 3
    body = ""
    for index, (amount, group) in enumerate(zip(("0.335", "0.335", "0.33"), names, strict=True)):
        body += f'[[c]]\nkind = "fixed"\ncode = "c{index}"\nlabel = "C"\namount = {amount}\n'
        body += "" if group == "none" else f"rounding = {{ scope = 'group', group = '{group}' }}\n"
    tariff = tariff_of(body + TAX + "rate = 0.1\n")
    lines = bill(tariff).lines
    assert [line.amount_cents for line in lines] == [cents(each) for each in (first, second, third, tax)]
    assert lines[-1].base == Decimal(base)
    assert tariff_from_toml(toml_of(tariff)) == tariff


def test_a_group_has_one_rule() -> None:
    body = (
        CHARGE + "rounding = { scope = 'group', group = 'a' }\n" + TAX + "rate = 0.1\n"
        "rounding = { scope = 'group', group = 'a', rule = 'down' }\n"
    )
    with pytest.raises(InvalidTariff, match=r"components\[1\].rounding.rule: differs"):
        tariff_of(body)


@pytest.mark.parametrize(
    ("terms", "taxes"),
    [("", [False, True]), ("tax = false\n", [False, False]), ("tax = true\n", [False, True])],
)
def test_what_is_collected_for_others(terms: str, taxes: list[bool]) -> None:
    tariff = tariff_of(CHARGE + TAX + "rate = 0.05\n" + terms)
    assert [line.is_tax for line in bill(tariff).lines] == taxes
    assert tariff_from_toml(toml_of(tariff)) == tariff
    fee = tariff_of(CHARGE + "tax = true\n")
    (line,) = bill(fee).lines
    assert (line.is_tax, line.to_dict()["is_tax"]) == (True, True)


def test_a_tax_is_yes_or_no() -> None:
    with pytest.raises(InvalidTariff, match="true or false"):
        tariff_of(CHARGE + "tax = 'maybe'\n")
