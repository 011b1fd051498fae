"""What a bill prints beside its sums: last year's use, the postal address, what is past due, what is late."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import given
from hypothesis import strategies as st

from meterside.cis.billing.charges.late import Late, late_amount
from meterside.cis.billing.charges.policies import set_late_fee_policy
from meterside.cis.billing.models import Bill
from meterside.cis.billing.statement.last_year import year_before
from meterside.cis.billing.statement.mail_to import MailTo, postal_address
from meterside.cis.registry.models import ContactPoint
from meterside.engine.late_fee import late_fee
from meterside.engine.policy import late_fee_rule
from tests.cast import Household, Riverside, bill_month, read_dial, read_hours, riverside
from tests.engine.tables import worked_table

JAN25, FEB25, MAR25, JAN26, FEB26 = (
    date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1), date(2026, 1, 1), date(2026, 2, 1)
)  # fmt: skip


@pytest.fixture
def utility() -> Riverside:
    return riverside()


def services_of(home: Household, day: date) -> dict[str, dict[str, Any]]:
    """The services of the household's bill of that day, by name."""
    statement = Bill.objects.get(account=home.account, bill_date=day).statement
    return {item["service"]: item for item in statement["services"]}


def year_of_reads(home: Household) -> None:
    """January 2025 and January 2026, and one long period between them."""
    for day, kwh, cf in ((JAN25, 1000, 500), (FEB25, 1744, 1500), (JAN26, 9000, 9000), (FEB26, 9800, 9900)):
        read_dial(home.electric, day, kwh)
        read_dial(home.water, day, cf)
    for start, end in ((JAN25, FEB25), (FEB25, JAN26), (JAN26, FEB26)):
        bill_month(start, end, [home.account])


# --- the year before -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_same_days_of_last_year_come_from_the_days_themselves(utility: Riverside) -> None:
    home = utility.alice
    read_hours(home.electric, JAN25, FEB25, 990)
    year_of_reads(home)
    electric = services_of(home, FEB26)["electric"]
    assert electric["last_year"] == {
        "quantity": str(31 * 24 * 990), "days": 31, "source": "interval", "daily": [24 * 990] * 31
    }  # fmt: skip


@pytest.mark.django_db
def test_without_days_it_comes_from_the_bill_of_that_time(utility: Riverside) -> None:
    year_of_reads(utility.alice)
    found = services_of(utility.alice, FEB26)
    assert found["electric"]["last_year"] == {
        "quantity": "744000", "days": 31, "source": "bill", "daily": None
    }  # fmt: skip
    assert found["water"]["last_year"]["quantity"] == "1000"
    assert "last_year" not in found["refuse"]


@pytest.mark.django_db
def test_some_days_are_drawn_and_the_bill_counts(utility: Riverside) -> None:
    home = utility.alice
    read_hours(home.electric, JAN25, date(2025, 1, 11), 1000)
    year_of_reads(home)
    found = services_of(home, FEB26)["electric"]["last_year"]
    assert (found["source"], found["quantity"]) == ("bill", "744000")
    assert found["daily"] == [24_000] * 10 + [None] * 21


@pytest.mark.django_db
def test_there_is_none_in_the_first_year(utility: Riverside) -> None:
    year_of_reads(utility.alice)
    assert services_of(utility.alice, FEB25)["electric"]["last_year"] is None


@pytest.mark.django_db
def test_a_bill_that_covers_too_little_of_the_days_says_nothing(utility: Riverside) -> None:
    home = utility.alice
    for day, kwh in ((date(2025, 1, 20), 1000), (FEB25, 1300), (JAN26, 9000), (FEB26, 9800)):
        read_dial(home.electric, day, kwh)
        read_dial(home.water, day, kwh)
    for agreement in home.agreements.values():
        agreement.during = DateRange(date(2025, 1, 20), None)
        agreement.save()
    for start, end in ((JAN25, FEB25), (FEB25, JAN26), (JAN26, FEB26)):
        bill_month(start, end, [home.account])
    assert services_of(home, FEB26)["electric"]["last_year"] is None


@pytest.mark.django_db
def test_the_people_before_are_nobodys_business(utility: Riverside) -> None:
    """A home whose agreement began in June has no last January, though its meter has."""
    home = utility.alice
    read_hours(home.electric, JAN25, FEB25, 990)
    june = date(2025, 6, 1)
    for agreement in home.agreements.values():
        agreement.during = DateRange(june, None)
        agreement.save()
    for day, kwh in ((june, 3000), (JAN26, 9000), (FEB26, 9800)):
        read_dial(home.electric, day, kwh)
        read_dial(home.water, day, kwh)
    bill_month(june, JAN26, [home.account])
    bill_month(JAN26, FEB26, [home.account])
    assert services_of(home, FEB26)["electric"]["last_year"] is None


@pytest.mark.parametrize(
    ("day", "before"),
    [("2026-03-01", "2025-03-01"), ("2024-02-29", "2023-02-28"), ("2025-02-28", "2024-02-28")],
)
def test_a_year_before(day: str, before: str) -> None:
    assert year_before(date.fromisoformat(day)) == date.fromisoformat(before)


# --- where it is mailed --------------------------------------------------------------------------


def add_post(home: Household, value: str, during: DateRange) -> None:
    ContactPoint.objects.create(
        person=home.person, kind="post", value=value, value_key=value.lower(), during=during
    )


@pytest.mark.django_db
def test_a_bill_goes_where_the_owner_said_else_to_the_place(utility: Riverside) -> None:
    for home in utility.households:
        for day, kwh in ((JAN25, 1000), (FEB25, 1744)):
            read_dial(home.electric, day, kwh)
            read_dial(home.water, day, kwh)
    add_post(utility.alice, "c/o Bob\nPO Box 7\nSalem, OR 97301-1234", DateRange(date(2025, 1, 15), None))
    add_post(utility.charlie, "9 Old Rd\nBend, OR 97701", DateRange(date(2024, 1, 1), date(2025, 1, 15)))
    bill_month(JAN25, FEB25, [home.account for home in utility.households])
    alice, charlie = (Bill.objects.get(account=home.account).statement for home in utility.households)
    assert alice["mail_to"] == {
        "lines": ["c/o Bob", "PO Box 7", "Salem, OR 97301-1234"], "postal_code": "97301-1234"
    }  # fmt: skip
    assert charlie["mail_to"] == {"lines": ["12 Elm Ave", "Riverside, CA 95000"], "postal_code": "95000"}


@pytest.mark.parametrize(
    ("text", "lines", "code"),
    [
        ("12 Elm Ave, Riverside, CA 95000", ("12 Elm Ave", "Riverside, CA 95000"), "95000"),
        ("12 Elm Ave, Apt 4, Bend OR 977011234", ("12 Elm Ave, Apt 4", "Bend OR 977011234"), "97701-1234"),
        (
            "  Suite 1 \n\n Floor 2\nBuilding C\n 1 Main St\nBend, OR 97701 ",
            ("Suite 1", "Floor 2, Building C, 1 Main St", "Bend, OR 97701"),
            "97701",
        ),
        ("10 Downing Street\nLondon SW1A 2AA", ("10 Downing Street", "London SW1A 2AA"), ""),
        ("General Delivery", ("General Delivery",), ""),
    ],
)
def test_addresses_as_people_write_them(text: str, lines: tuple[str, ...], code: str) -> None:
    assert postal_address(text) == MailTo(lines, code)


# --- past due and late ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_was_left_unpaid_is_past_due_on_the_next_bill(utility: Riverside) -> None:
    home = utility.alice
    for day, kwh in ((JAN25, 1000), (FEB25, 1744), (MAR25, 2416)):
        read_dial(home.electric, day, kwh)
        read_dial(home.water, day, kwh)
    bill_month(JAN25, FEB25, [home.account])
    bill_month(FEB25, MAR25, [home.account])
    first, second = Bill.objects.filter(account=home.account).order_by("bill_date")
    assert first.statement["past_due_cents"] == 0
    assert second.statement["past_due_cents"] == first.total_due_cents > 0


@pytest.mark.django_db
def test_a_policy_is_frozen_in_the_bill_and_no_policy_says_nothing(
    utility: Riverside,
) -> None:
    home = utility.alice
    for day, kwh in ((JAN25, 1000), (FEB25, 1744), (MAR25, 2416)):
        read_dial(home.electric, day, kwh)
        read_dial(home.water, day, kwh)
    bill_month(JAN25, FEB25, [home.account])
    set_late_fee_policy(since=MAR25, rule=late_fee_rule({"percent": "0.015", "grace_days": 3}))
    bill_month(FEB25, MAR25, [home.account])
    first, second = Bill.objects.filter(account=home.account).order_by("bill_date")
    assert (first.statement["late"], first.late_date, first.amount_after_late_cents) == (None, None, None)
    assert second.late_date == second.due_date + timedelta(days=3)
    assert second.amount_after_late_cents is not None
    assert second.statement["late"] == {
        "after": second.late_date.isoformat(),
        "amount_cents": second.amount_after_late_cents,
        "fee_cents": second.amount_after_late_cents - second.total_due_cents,
        "asked_cents": second.total_due_cents,
        "rule": {"percent": "0.015", "grace_days": 3},
    }


def test_the_worked_late_amounts_of_the_document() -> None:
    table = worked_table("algorithms/statement.md", "percent")
    assert len(table) >= 5
    for percent, least, over, asked, after in table:
        rule = late_fee_rule({"percent": percent, "least": least, "balance_over": over, "grace_days": 5})
        found = late_amount(rule, total_due_cents=cents(asked), due_date=date(2026, 11, 23))
        if after == "–":
            assert found is None
        else:
            expected = cents(after)
            fee_cents = expected - cents(asked)
            assert found == Late(date(2026, 11, 28), expected, fee_cents, cents(asked), rule)


def cents(text: str) -> int:
    return int(Decimal(text.replace("$", "").replace("−", "-")) * 100)


@given(
    percent=st.decimals("0", "0.2", places=4),
    flat=st.decimals("0", "30", places=2),
    pick=st.sampled_from(("greater", "sum")),
    base=st.sampled_from(("past_due", "bill")),
    over=st.decimals("0", "50", places=2),
    most=st.none() | st.decimals("30", "60", places=2),
    grace=st.integers(0, 30),
    total=st.integers(-50_00, 2_000_00),
    held_back=st.integers(0, 100_00),
    nights_missed=st.integers(0, 60),
)
def test_what_a_bill_prints_is_the_fee_on_any_later_night(
    percent: Decimal, flat: Decimal, pick: str, base: str, over: Decimal, most: Decimal | None, grace: int,
    total: int, held_back: int, nights_missed: int,
) -> None:  # fmt: skip
    """To the cent, by the rule as the statement keeps it, however late the night's work is done."""
    least = "0.01" if not percent and not flat else "0"
    table: dict[str, Any] = {
        "percent": str(percent),
        "flat": str(flat),
        "pick": pick,
        "base": base,
        "least": least,
    }
    table |= {"balance_over": str(over), "grace_days": grace} | (
        {"most": str(most)} if most is not None else {}
    )
    due = date(2026, 11, 23)
    printed = late_amount(
        late_fee_rule(table), total_due_cents=total, due_date=due, not_charged_cents=held_back
    )
    rule = late_fee_rule(printed.to_dict()["rule"] if printed else table)
    left = total - held_back
    night = due + timedelta(days=rule.grace_days + 1 + nights_missed)
    fee = late_fee(rule, due_on=due, today=night, past_due_cents=left, bill_cents=left)
    assert (printed.fee_cents if printed else 0) == (fee.amount_cents if fee else 0)
    if printed:
        assert printed.amount_cents == total + printed.fee_cents
        assert printed.after == night - timedelta(days=1 + nights_missed)
