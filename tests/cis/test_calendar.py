"""Days of bills: due on a day the office is open; 29 February and the 31st are days like others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from meterside.cis.billing.books import prove_books
from meterside.cis.billing.calendar import due_date
from meterside.cis.billing.models import Bill, BillCycle
from meterside.cis.billing.runs.operations import set_up_cycle
from meterside.wiring import cis
from tests.cast import Household, bill_month, household, read_dial, riverside
from tests.people import ref

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("bill_date", "due"),
    [
        (date(2026, 5, 1), date(2026, 5, 22)),  # a Friday like others
        (date(2026, 5, 2), date(2026, 5, 26)),  # Saturday, Sunday, Memorial Day
        (date(2026, 6, 12), date(2026, 7, 6)),  # July 4 is a Saturday, kept on the Friday before
        (date(2026, 11, 5), date(2026, 11, 30)),  # Thanksgiving, the day after it (California), a weekend
        (date(2026, 12, 4), date(2026, 12, 28)),  # Christmas on a Friday
        (date(2026, 12, 11), date(2027, 1, 4)),  # New Year, in another year
        (date(2024, 2, 8), date(2024, 2, 29)),  # a leap day is a day to pay on
        (date(2024, 2, 29), date(2024, 3, 21)),
        (date(2026, 3, 10), date(2026, 4, 1)),  # March 31, Cesar Chavez Day (California)
        (date(2026, 8, 10), date(2026, 8, 31)),  # a 31st
    ],
)
def test_a_bill_is_due_on_a_day_the_office_is_open(bill_date: date, due: date) -> None:
    assert due_date(bill_date) == due


def test_the_states_holidays_are_the_utilitys_own(settings: Any) -> None:
    settings.UTILITY = settings.UTILITY.model_copy(update={"holidays_subdivision": "NY"})
    assert due_date(date(2026, 3, 10)) == date(2026, 3, 31)
    settings.UTILITY = settings.UTILITY.model_copy(update={"holidays_subdivision": ""})
    assert due_date(date(2026, 11, 5)) == date(2026, 11, 27)


def billed(days: list[date]) -> tuple[Household, list[Bill]]:
    """A household since the first of these days, read on each of them and billed between them."""
    home = household(
        riverside().tariffs, given="Lee", family="Poe", email="lee@example.com", line="29 Leap Ln", badge="L",
        since=days[0],
    )  # fmt: skip
    for index, day in enumerate(days):
        read_dial(home.electric, day, 1000 + index * 762)
        read_dial(home.water, day, 500 + index * 1000)
    for start, end in pairwise(days):
        bill_month(start, end, [home.account])
    return home, list(Bill.objects.filter(account=home.account).order_by("bill_date"))


def test_a_leap_years_february_is_billed_whole(commit_checks: Callable[[], None]) -> None:
    _, (february,) = billed([date(2024, 2, 1), date(2024, 3, 1)])
    (electric,) = [one for one in february.statement["services"] if one["service"] == "electric"]
    assert (electric["period"], electric["days"]) == (["2024-02-01", "2024-03-01"], 29)
    # The same use as the January of test_billing, and fixed charges that know no days: the same cents.
    assert february.current_charges_cents == 18813
    commit_checks()


def test_reads_on_the_29th_and_the_31st_bill_each_day_once(commit_checks: Callable[[], None]) -> None:
    days = [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]
    home, bills = billed(days)
    periods = [
        (one["period"], one["days"])
        for bill in bills
        for one in bill.statement["services"]
        if one["service"] == "electric"
    ]
    assert periods == [(["2024-01-31", "2024-02-29"], 29), (["2024-02-29", "2024-03-31"], 31)]
    assert [bill.due_date for bill in bills] == [date(2024, 3, 21), date(2024, 4, 22)]
    view = cis().home(ref(home), today=date(2024, 3, 31))
    assert view.balances.balance_cents == sum(bill.current_charges_cents for bill in bills)
    assert prove_books().holds
    commit_checks()


@pytest.mark.parametrize("day", [0, 29, 31])
def test_a_cycle_is_read_on_a_day_every_month_has(day: int) -> None:
    with pytest.raises(IntegrityError, match="read_day"), transaction.atomic():
        set_up_cycle(code="31", name="Last of the month", read_day=day)
    assert not BillCycle.objects.filter(code="31").exists()
