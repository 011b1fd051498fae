"""Money: named rounding, exact splits, typed amounts."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.engine.money import (
    MoneyErrorKind,
    MoneyParseError,
    RoundingRule,
    allocate_cents,
    cents_to_decimal,
    format_cents,
    parse_typed_cents,
    round_to_cents,
    split_cents,
)
from tests.engine.tables import worked_table


@pytest.mark.parametrize("row", worked_table("algorithms/rounding.md", "amount"), ids=lambda row: row[0])
def test_each_rule_rounds_as_documented(row: tuple[str, ...]) -> None:
    rules = (RoundingRule.HALF_UP, RoundingRule.HALF_EVEN, RoundingRule.DOWN, RoundingRule.UP)
    assert [cents_to_decimal(round_to_cents(Decimal(row[0]), rule)) for rule in rules] == [
        *map(Decimal, row[1:])
    ]


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError, match="Decimal"):
        round_to_cents(1.5, RoundingRule.HALF_UP)  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_no_number_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        round_to_cents(Decimal(amount), RoundingRule.HALF_UP)


def test_one_cent_in_three() -> None:
    assert split_cents(1, [1, 1, 1]) == [1, 0, 0]
    assert split_cents(-1, [1, 1, 1]) == [0, 0, -1]
    assert split_cents(100, [1, 1, 1]) == [34, 33, 33]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_weights_that_share_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split_cents(5, weights)


@given(
    total=st.integers(-(2**40), 2**40),
    weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any),
)
def test_a_split_sums_to_the_total_and_stays_within_a_cent(total: int, weights: list[int]) -> None:
    parts = split_cents(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@given(
    amounts=st.lists(st.decimals(min_value=-1000, max_value=1000, places=5), min_size=1, max_size=12),
    rule=st.sampled_from(RoundingRule),
)
def test_lines_rounded_together_sum_to_the_rounded_sum(amounts: list[Decimal], rule: RoundingRule) -> None:
    total = round_to_cents(sum(amounts, Decimal(0)), rule)
    cents = allocate_cents(amounts, total)
    assert sum(cents) == total
    assert all(abs(Decimal(each) - amount * 100) < 2 for each, amount in zip(cents, amounts, strict=True))


def test_whole_cents_are_left_alone_when_a_cent_is_shared() -> None:
    assert allocate_cents([Decimal("1.00"), Decimal("2.005"), Decimal("3.00")], 601) == [100, 201, 300]
    assert allocate_cents([], 0) == []
    with pytest.raises(ValueError, match="carry"):
        allocate_cents([], 1)


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("85", 8500),
        ("$1,234.56", 123456),
        (" .5 ", 50),
        ("7.", 700),
        ("0.01", 1),
        ("0001", 100),
        ("21474836.48", 2147483648),
    ],
)
def test_typed_money_is_read(typed: str, cents: int) -> None:
    assert parse_typed_cents(typed) == cents


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("", MoneyErrorKind.EMPTY),
        (" $ ", MoneyErrorKind.EMPTY),
        ("0", MoneyErrorKind.ZERO),
        ("0.00", MoneyErrorKind.ZERO),
        ("-1", MoneyErrorKind.NEGATIVE),
        ("(5.00)", MoneyErrorKind.NEGATIVE),
        ("0.001", MoneyErrorKind.TOO_MANY_DECIMALS),
        ("1e3", MoneyErrorKind.EXPONENT),
        ("NaN", MoneyErrorKind.NOT_A_NUMBER),
        ("inf", MoneyErrorKind.NOT_A_NUMBER),
        ("12.3.4", MoneyErrorKind.NOT_A_NUMBER),
        (".", MoneyErrorKind.NOT_A_NUMBER),
        ("١٢", MoneyErrorKind.NOT_A_NUMBER),
        ("1,23", MoneyErrorKind.GROUPING),
        ("1,2345.00", MoneyErrorKind.GROUPING),
        ("9" * 30, MoneyErrorKind.TOO_LARGE),
        ("10000000000.01", MoneyErrorKind.TOO_LARGE),
    ],
)
def test_typed_money_that_is_no_amount_says_why(typed: str, kind: MoneyErrorKind) -> None:
    with pytest.raises(MoneyParseError) as caught:
        parse_typed_cents(typed)
    assert caught.value.kind is kind
    assert caught.value.text == typed


def test_zero_is_allowed_where_asked() -> None:
    assert parse_typed_cents("0.00", allow_zero=True) == 0


@given(st.integers(1, 10**12))
def test_what_is_printed_is_read_back(cents: int) -> None:
    assert parse_typed_cents(format_cents(cents)) == cents
    assert cents_to_decimal(cents) * 100 == cents


def test_negative_amounts_print_with_their_sign() -> None:
    assert format_cents(-123405) == "-1234.05"
    assert format_cents(5) == "0.05"
