"""Read windows: a read some days early or late counts for the bill date; outside it is estimated or waits."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from meterside.cis.billing.calendar import cycle_calendar
from meterside.cis.billing.corrections.correcting import set_make_good_policy
from meterside.cis.billing.models import Bill, BillException
from meterside.cis.billing.runs.operations import change_cycle
from meterside.cis.metering.models import ReadEstimate, RegisterRead
from meterside.kit import clock
from tests.cast import Household, bill_month, instant, read_dial, riverside

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JAN, FEB, MAR = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)


@pytest.fixture
def alice() -> Household:
    home = riverside().alice
    change_cycle(
        code="01", name="First", read_day=1, window_before_days=3, window_after_days=2, bill_after_days=1,
        reason="two readers",
    )  # fmt: skip
    read_dial(home.electric, JAN, 1000)
    for day in (JAN, FEB, MAR):
        read_dial(home.water, day, 500 + day.month * 700)
    return home


def bill(home: Household, start: date, end: date) -> Bill | None:
    bill_month(start, end, [home.account])
    return Bill.objects.filter(account=home.account, bill_date=end).first()


def used(made: Bill | None) -> int:
    assert made is not None
    (service,) = [one for one in made.statement["services"] if one["service"] == "electric"]
    return int(service["usage"]["quantity"])


def test_a_read_inside_the_window_counts_and_the_next_bill_goes_on_from_it(alice: Household) -> None:
    read_dial(alice.electric, date(2025, 1, 30), 1700)
    read_dial(alice.electric, date(2025, 3, 3), 2500)
    assert used(bill(alice, JAN, FEB)) == 700_000
    assert used(bill(alice, FEB, MAR)) == 800_000, "nothing between two reads is lost, nothing billed twice"
    register = alice.electric.registers.get()
    assert list(ReadEstimate.objects.filter(register=register).values_list("method", "basis")) == [
        ("in_window", {"read_on": "2025-01-30"}),
        ("in_window", {"read_on": "2025-03-03"}),
    ]
    kinds = set(RegisterRead.objects.filter(register=register).values_list("kind", flat=True))
    assert kinds == {"actual"}, "it was read, not estimated"


def test_the_nearest_counts_and_of_two_the_earlier(alice: Household) -> None:
    for day, count in ((29, 1600), (31, 1700)):
        read_dial(alice.electric, date(2025, 1, day), count)
    read_dial(alice.electric, date(2025, 2, 2), 1800)
    assert used(bill(alice, JAN, FEB)) == 700_000


@pytest.mark.parametrize("day", [date(2025, 1, 28), date(2025, 2, 4)])
def test_a_read_outside_the_window_leaves_the_account_waiting(alice: Household, day: date) -> None:
    read_dial(alice.electric, day, 1700)
    assert bill(alice, JAN, FEB) is None
    assert BillException.objects.get().kind == "missing_read"


def test_an_estimate_does_not_count_for_another_day(alice: Household) -> None:
    read_dial(alice.electric, date(2025, 1, 31), 1700, "estimated")
    assert bill(alice, JAN, FEB) is None


def test_a_correction_of_the_read_corrects_the_bill(alice: Household) -> None:
    set_make_good_policy(since=JAN)
    read_dial(alice.electric, date(2025, 1, 30), 1700)
    read_dial(alice.electric, MAR, 2500)
    first = bill(alice, JAN, FEB)
    read_dial(alice.electric, date(2025, 1, 30), 1600)
    second = bill(alice, FEB, MAR)
    assert (used(first), used(second)) == (700_000, 900_000)
    assert second is not None
    (line,) = [one for one in second.statement["activity"] if one["kind"] == "correction"]
    assert line["amount_cents"] < 0


def test_a_year_of_a_cycle() -> None:
    months = cycle_calendar(
        today=date(2026, 11, 25), read_day=3, window_before_days=2, window_after_days=1, bill_after_days=1
    )
    assert len(months) == 13
    first = months[0]
    assert (first.read_first, first.read_on, first.read_last) == (
        date(2026, 12, 1), date(2026, 12, 3), date(2026, 12, 4)
    )  # fmt: skip
    assert (first.bill_date, first.due_date) == (date(2026, 12, 4), date(2026, 12, 28))
    january = months[1]
    assert january.bill_date == date(2027, 1, 4)
    for before, after in pairwise(months):
        assert before.days.closed_end == after.days.start
        assert before.bill_date.weekday() < 5
    with clock.clock_at(instant("2026-12-03T09:00")):
        again = cycle_calendar(today=date(2026, 12, 3), read_day=3)
    assert again[0].read_on == date(2027, 1, 3)
