"""Rules outside the rate: the tables of docs/algorithms/{late-fees,deposits,winter-average}.md."""

from __future__ import annotations

import json
import tomllib
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from meterside.engine.deposit import NoHistory, deposit_cents, deposit_interest, refundable_on
from meterside.engine.late_fee import LateFeePolicy, event_charge, late_fee, months_after
from meterside.engine.period import Period
from meterside.engine.policy import Policy, policy_from_dict, policy_from_toml, policy_to_dict
from meterside.engine.policy_schema import policy_schema
from meterside.engine.series import DatedSeries, SeriesGap
from meterside.engine.state import NO_STATE, RatingState
from meterside.engine.tariff import InvalidTariff
from meterside.engine.winter_average import NoWinterAverage, PriorUse, winter_average, work_out
from tests.engine.tables import FOLDER, worked_table
from tests.engine.worked import cents, step
from tests.engine.write_schema import POLICY_FILE, policy_schema_text

FEES = "algorithms/late-fees.md"
DEPOSITS = "algorithms/deposits.md"
WINTER = "algorithms/winter-average.md"
HEAD: dict[str, Any] = {"format": "meterside-policy/1", "code": "T", "name": "T"}


def policy(**parts: Any) -> Policy:
    return policy_from_dict(HEAD | parts)


def blocks(page: str) -> list[dict[str, Any]]:
    """The TOML of a page."""
    text = (FOLDER / page).read_text(encoding="utf-8")
    return [tomllib.loads(part.split("```")[0], parse_float=Decimal) for part in text.split("```toml\n")[1:]]


LATE, EVENTS = blocks(FEES)


def days(text: str) -> list[date]:
    return [date.fromisoformat(part.strip()) for part in text.split(",") if part.strip()]


@pytest.mark.parametrize("row", worked_table(FEES, "rule"), ids=" ".join)
def test_late_fees(row: tuple[str, ...]) -> None:
    rule, today, past_due, bill, charged, amount = row
    terms = policy(late_fee=LATE[rule]).late_fee
    assert terms is not None
    fee = late_fee(
        terms,
        due_on=date(2025, 6, 20),
        today=date.fromisoformat(f"2025-{today}"),
        past_due_cents=cents(past_due),
        bill_cents=cents(bill),
        charged_on=days(f"2025-{charged}") if charged else (),
    )
    if amount == "none":
        assert fee is None
    else:
        assert fee is not None
        assert fee.amount_cents == cents(amount)


def test_a_fee_says_how_it_came_about() -> None:
    terms = LateFeePolicy(percent=Decimal("0.015"), flat=Decimal(5), most=Decimal(6))
    fee = late_fee(terms, due_on=date(2025, 6, 20), today=date(2025, 6, 25), past_due_cents=50_000)
    assert fee is not None
    assert fee.formula_text == "the greater of $5.00 and 1.5% of $500.00, at most $6.00 = $6.00"
    assert (fee.since, fee.base_cents) == (date(2025, 6, 21), 50_000)


def test_a_fee_may_come_again() -> None:
    terms = LateFeePolicy(flat=Decimal(10), once_per_bill=False, every_days=30)
    before = [date(2025, 6, 21)]
    for day, is_charged in ((date(2025, 7, 20), False), (date(2025, 7, 21), True)):
        fee = late_fee(terms, due_on=date(2025, 6, 20), today=day, past_due_cents=1, charged_on=before)
        assert (fee is not None) is is_charged


def test_a_per_cent_of_the_bill_needs_the_bill() -> None:
    terms = policy(late_fee=LATE["corinth"]).late_fee
    assert terms is not None
    with pytest.raises(ValueError, match="bill_cents"):
        late_fee(terms, due_on=date(2025, 6, 20), today=date(2025, 8, 1), past_due_cents=1)


@given(st.integers(1, 10**9), st.integers(0, 10**6))
def test_more_past_due_never_costs_a_smaller_fee(owed: int, more: int) -> None:
    for terms in LATE.values():
        rule = policy(late_fee=terms).late_fee
        assert rule is not None
        small, large = (
            late_fee(
                rule, due_on=date(2025, 6, 20), today=date(2025, 9, 1), past_due_cents=each, bill_cents=each
            )
            for each in (owed, owed + more)
        )
        assert (small.amount_cents if small else 0) <= (large.amount_cents if large else 0)


@pytest.mark.parametrize("row", worked_table(FEES, "event"), ids=" ".join)
def test_charges_for_events(row: tuple[str, ...]) -> None:
    event, on, earlier, after_hours, amount, until = row
    charge = event_charge(
        policy(**EVENTS).event_fees,
        event=event,
        on=date.fromisoformat(on),
        earlier=days(earlier),
        is_after_hours=after_hours == "yes",
    )
    if amount == "none":
        assert charge is None
        return
    assert charge is not None
    assert (charge.amount_cents, charge.cash_only_until) == (
        cents(amount),
        date.fromisoformat(until) if until else None,
    )


def test_months_end_where_the_month_does() -> None:
    assert months_after(date(2025, 1, 31), 1) == date(2025, 2, 28)
    assert months_after(date(2024, 12, 31), 2) == date(2025, 2, 28)
    assert months_after(date(2025, 3, 31), -13) == date(2024, 2, 29)


def deposit(**terms: str) -> Any:
    given = {name: value for name, value in terms.items() if value != "none"}
    if "amount_rounding" in given:
        given["amount_rounding"] = tomllib.loads(f"x = {step(given['amount_rounding'])}")["x"]
    found = policy(deposit=given).deposit
    assert found is not None
    return found


@pytest.mark.parametrize("row", worked_table(DEPOSITS, "months | basis"), ids=" ".join)
def test_how_much(row: tuple[str, ...]) -> None:
    months, basis, flat, least, most, rounding, has_bills, amount = row
    terms = deposit(months=months, basis=basis, flat=flat, least=least, most=most, amount_rounding=rounding)
    bills = [9000, 14137, 12000] if has_bills == "yes" else []
    if amount == "refused":
        with pytest.raises(NoHistory):
            deposit_cents(terms, months_cents=bills)
        return
    assert deposit_cents(terms, months_cents=bills) == cents(amount)


@pytest.mark.parametrize("row", worked_table(DEPOSITS, "from"), ids=" ".join)
def test_interest(row: tuple[str, ...]) -> None:
    start, end, rates, year, lines, amount = row
    pairs = [part.split() for part in rates.split(",")]
    series = DatedSeries("deposit", tuple((date.fromisoformat(day), Decimal(rate)) for day, rate in pairs))
    held = Period(date.fromisoformat(start), date.fromisoformat(end))
    terms = policy(deposit={"year_days": int(year)}).deposit
    assert terms is not None
    if lines == "refused":
        with pytest.raises(SeriesGap):
            deposit_interest(terms, amount_cents=15_000, held=held, rates=series)
        return
    interest = deposit_interest(terms, amount_cents=15_000, held=held, rates=series)
    assert [line.amount_cents for line in interest.lines] == [cents(each) for each in lines.split()]
    assert interest.amount_cents == cents(amount)


@given(
    st.integers(1, 10**7),
    st.dates(date(2020, 1, 1), date(2024, 1, 1)),
    st.integers(2, 900),
    st.integers(1, 899),
)
def test_interest_of_two_stretches_is_that_of_both(amount: int, start: date, length: int, cut: int) -> None:
    series = DatedSeries("d", tuple((date(2019 + n, 1, 1), Decimal(n) / 100) for n in range(6)))
    terms = policy(deposit={}).deposit
    assert terms is not None
    whole = Period(start, start + timedelta(days=length))
    interest = deposit_interest(terms, amount_cents=amount, held=whole, rates=series)
    assert sum(line.amount_cents for line in interest.lines) == interest.amount_cents
    parts = whole.split([start + timedelta(days=cut)])
    each = [deposit_interest(terms, amount_cents=amount, held=part, rates=series) for part in parts]
    exact = sum((line.unrounded for part in each for line in part.lines), Decimal(0))
    assert abs(exact - sum((line.unrounded for line in interest.lines), Decimal(0))) < Decimal("1e-15")


@pytest.mark.parametrize("row", worked_table(DEPOSITS, "months | allowed"), ids=" ".join)
def test_when_a_deposit_goes_back(row: tuple[str, ...]) -> None:
    months, allowed, late, back = row
    terms = policy(deposit={"refund_after_months": int(months), "late_allowed": int(allowed)}).deposit
    assert terms is not None
    found = refundable_on(terms, paid_on=date(2024, 1, 15), late_on=days(late))
    assert found == (None if back == "never" else date.fromisoformat(back))


RULES: dict[str, dict[str, Any]] = {
    "erie": {"unit": "gal", "months": [1, 2, 3], "fewest": 3, "rounding": {"step": 1000}, "default": 3000},
    "rio-rancho": {
        "unit": "gal",
        "months": [12, 1, 2],
        "days": "30.42",
        "default": 5000,
        "default_name": "class_average",
    },
    "paradise-valley": {
        "unit": "gal",
        "months": [12, 1, 2, 3],
        "leave_out_greatest": 1,
        "share": "0.9",
        "default": 10000,
    },
}


def rule_of(name: str, **more: Any) -> Any:
    return policy(winter_average={**RULES[name], "renewed_on": "04-01", **more}).winter_average


def winter(quantities: list[str], months: list[int], year: int = 2024) -> list[PriorUse]:
    """Bills of 30 days that end inside each of those months."""
    found = []
    for month, quantity in zip(months, quantities, strict=False):
        end = date(year - 1 if month == 12 else year, month, 28)
        found.append(PriorUse(Period(end - timedelta(days=30), end), Decimal(quantity), "gal"))
    return found


@pytest.mark.parametrize("row", worked_table(WINTER, "rule"), ids=" ".join)
def test_winter_averages(row: tuple[str, ...]) -> None:
    name, bills, exact, billed, default = row
    rule = rule_of(name)
    uses = winter([] if bills == "none" else bills.split(), RULES[name]["months"])
    found, _ = winter_average(rule, uses, state=NO_STATE, on=date(2024, 4, 29))
    assert found.exact.quantize(Decimal("0.000001")) == Decimal(exact).quantize(Decimal("0.000001"))
    assert (found.quantity, found.is_default) == (Decimal(billed), default == "yes")
    determinant = found.determinant()
    assert determinant.name == (rule.default_name if found.is_default else "winter_average")
    assert determinant.source.value == "prior"


@pytest.mark.parametrize("row", worked_table(WINTER, "bill closes"), ids=" ".join)
def test_the_average_is_renewed_once_a_year(row: tuple[str, ...]) -> None:
    closes, state_in, billed, state_out = row
    uses = winter(["4952", "4426", "3872"], [1, 2, 3]) + winter(["6000"] * 3, [1, 2, 3], 2025)
    kept = RatingState((("bank", Decimal(7)),))
    if state_in != "nothing":
        since = Decimal(date(2024, 4, 1).toordinal())
        kept = RatingState(
            (*kept.values, ("winter_average", Decimal(state_in)), ("winter_average_since", since))
        )
    found, state = winter_average(rule_of("erie"), uses, state=kept, on=date.fromisoformat(closes))
    assert found.quantity == Decimal(billed)
    assert state.get("bank") == 7
    assert state.get("winter_average") == (None if state_out == "nothing" else Decimal(state_out))


def test_what_becomes_known_later_changes_no_average_that_is_kept() -> None:
    rule = rule_of("erie")
    first, state = winter_average(rule, winter(["4000"] * 3, [1, 2, 3]), state=NO_STATE, on=date(2024, 5, 1))
    later, same = winter_average(rule, winter(["9000"] * 3, [1, 2, 3]), state=state, on=date(2024, 6, 1))
    assert (first.quantity, later.quantity, same) == (Decimal(4000), Decimal(4000), state)


def test_without_a_default_a_new_customer_has_none() -> None:
    rule = rule_of("erie", default=None)
    with pytest.raises(NoWinterAverage, match="3 are needed"):
        work_out(rule, [], since=date(2024, 4, 1))


def test_which_month_a_bill_counts_for() -> None:
    use = PriorUse(Period(date(2023, 12, 20), date(2024, 1, 19)), Decimal(90), "gal")
    counted = {
        month_of: not work_out(
            rule_of("rio-rancho", months=[12], month_of=month_of, default=1), [use], since=date(2024, 4, 1)
        ).is_default
        for month_of in ("last_day", "middle", "first_day")
    }
    assert counted == {"last_day": False, "middle": False, "first_day": True}


def test_the_example_of_the_page_is_a_policy() -> None:
    text = (FOLDER / "policy-format.md").read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    found = policy_from_toml(text)
    assert policy_from_dict(json.loads(json.dumps(policy_to_dict(found)))) == found
    Draft202012Validator(policy_schema()).validate(policy_to_dict(found))


def test_the_schema_file_is_what_the_module_says() -> None:
    Draft202012Validator.check_schema(policy_schema())
    assert POLICY_FILE.read_text(encoding="utf-8") == policy_schema_text()


@pytest.mark.parametrize("rules", [*({"late_fee": terms} for terms in LATE.values()), EVENTS])
def test_the_real_rules_are_policies_by_the_schema_too(rules: dict[str, Any]) -> None:
    found = policy(**rules)
    Draft202012Validator(policy_schema()).validate(policy_to_dict(found))
    assert policy_from_dict(policy_to_dict(found)) == found


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"late_fee": {"percent": "-0.1"}}, "late_fee.percent", "negative"),
    ({"late_fee": {}}, "late_fee", "charges nothing"),
    ({"late_fee": {"flat": 5, "most": 4}}, "late_fee.most", "less than"),
    ({"late_fee": {"flat": 5, "every_days": 0}}, "late_fee.every_days", "1 or more"),
    ({"late_fee": {"fee": 5}}, "late_fee.fee", "known field"),
    ({"late_fee": {"flat": 5, "once_per_bill": "yes"}}, "late_fee.once_per_bill", "true or false"),
    ({"event_fees": [{"event": "x", "amount": -1}]}, "event_fees[0].amount", "negative"),
    ({"event_fees": [{"event": "x", "amount": 1, "from_count": 0}]}, "event_fees[0]", "1 or more"),
    ({"deposit": {"year_days": 0}}, "deposit.year_days", "divides"),
    (
        {"winter_average": {"unit": "gal", "months": [], "renewed_on": "04-01"}},
        "winter_average.months",
        "1 to 12",
    ),
    (
        {"winter_average": {"unit": "gal", "months": [13], "renewed_on": "04-01"}},
        "winter_average.months",
        "1 to 12",
    ),
    (
        {"winter_average": {"unit": "pint", "months": [1], "renewed_on": "04-01"}},
        "winter_average.unit",
        "unknown",
    ),
    (
        {"winter_average": {"unit": "gal", "months": [1], "renewed_on": "04-01", "fewest": 0}},
        "winter_average.fewest",
        "mean of no bill",
    ),
    (
        {"winter_average": {"unit": "gal", "months": [1], "renewed_on": "4/1"}},
        "winter_average.renewed_on",
        "06-01",
    ),
    ({"fees": {}}, "fees", "known field"),
    ({"code": " "}, "code", "empty"),
    ({"format": "meterside-policy/9"}, "format", "meterside-policy/1"),
]


@pytest.mark.parametrize(("parts", "path", "message"), REFUSED)
def test_a_policy_that_cannot_be_followed_is_refused_with_its_place(
    parts: dict[str, Any], path: str, message: str
) -> None:
    with pytest.raises(InvalidTariff) as found:
        policy(**parts)
    assert any(each.path == path and message in each.message for each in found.value.problems)
