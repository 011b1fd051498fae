"""Reads that change after they were billed: put right by policy, one correction a bill, to the cent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from meterside.cis.billing.books import prove_books
from meterside.cis.billing.corrections.correcting import (
    dismiss_correction,
    find_corrections,
    make_good_on,
    set_make_good_policy,
)
from meterside.cis.billing.corrections.rebilling import ReasonNeeded, rebill
from meterside.cis.billing.lifecycles import CORRECTION
from meterside.cis.billing.models import Bill, BillCorrection
from meterside.cis.ledger.models import Posting
from meterside.cis.ledger.queries import balances_cents
from meterside.cis.metering.estimates.registers import set_estimate_policy
from meterside.cis.registry.operations import NewRegister
from meterside.engine.lifecycle import MoveNotAllowed
from meterside.jobs import bill as bill_jobs
from tests.cast import ELECTRIC, Household, bill_month, read_dial, read_hours, riverside
from tests.cis.priced import book, dial, meter
from tests.engine.tables import worked_table

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JAN, FEB, MAR, APR = (date(2025, month, 1) for month in range(1, 5))
KNOWN = {row[0]: row[1:] for row in worked_table("algorithms/billing.md", "month")}


@pytest.fixture
def home() -> Household:
    return riverside().alice


@pytest.fixture
def books(commit_checks: Callable[[], None]) -> Callable[[], None]:
    def hold() -> None:
        commit_checks()
        assert [f for f in prove_books().findings if f.n_broken] == []

    return hold


def _cents(text: str) -> int:
    return int(text.replace(".", ""))


def _electric(bill: Bill) -> int:
    return bill.segments.get(agreement__service="electric").total_cents


def _estimated_january(home: Household) -> Bill:
    """The worked example of the page: estimated at 1,762 on February 1, read 2,180 on March 1."""
    read_dial(home.electric, JAN, 1000)
    read_dial(home.electric, FEB, 1762, kind="estimated")
    read_dial(home.electric, MAR, 2180)
    for day, count in ((JAN, 500), (FEB, 1500), (MAR, 2400)):
        read_dial(home.water, day, count)
    set_estimate_policy(since=JAN, methods=["recent"])
    bill_month(JAN, FEB, [home.account])
    january = Bill.objects.get()
    assert _electric(january) == _cents(KNOWN["January"][1])
    return january


def _february(home: Household) -> Bill:
    bill_month(FEB, MAR, [home.account])
    return Bill.objects.latest("id")


def test_the_difference_comes_with_the_next_bill(home: Household, books: Callable[[], None]) -> None:
    january = _estimated_january(home)
    set_make_good_policy(since=JAN)
    february = _february(home)
    assert _electric(february) == _cents(KNOWN["February"][3])
    row = BillCorrection.objects.get()
    assert (row.bill, row.status, row.method) == (january, "applied", "next_bill")
    assert row.amount_cents == row.difference_cents == _cents(KNOWN["January"][4])
    (item,) = row.segments
    assert (item["before"], item["after"], item["unit"]) == ("762000", "620000", "Wh")
    # Of the 15.65, tax is 0.75: 4.32 was charged, 3.57 is right.
    by_code = dict(
        Posting.objects.filter(transaction__kind="correction").values_list("ledger_account", "amount_cents")
    )
    assert by_code == {"receivable": -1565, "income.electric": 1490, "tax": 75}
    assert february.adjustments_cents == -1565
    assert [(one["kind"], one["amount_cents"], one["note"]) for one in february.statement["activity"]] == [
        ("correction", -1565, str(january.number))
    ]
    assert balances_cents([home.account.pk])[home.account.pk] == february.total_due_cents
    january.refresh_from_db()
    assert january.status == "issued"
    books()


def test_a_large_difference_makes_the_bill_again(home: Household, books: Callable[[], None]) -> None:
    january = _estimated_january(home)
    set_make_good_policy(since=JAN, rebill_above_cents=1564)
    february = _february(home)
    january.refresh_from_db()
    row = BillCorrection.objects.get()
    assert (january.status, row.status, row.method) == ("cancelled", "applied", "rebill")
    again = row.replaced_by
    assert again is not None
    assert (_electric(again), again.kind) == (_cents(KNOWN["January"][3]), "rebill")
    assert again.statement["change"]["difference_cents"] == -1565
    assert february.previous_balance_cents == again.total_due_cents
    assert february.adjustments_cents == 0
    books()


def test_up_to_the_tolerance_it_is_not_made_again(home: Household) -> None:
    january = _estimated_january(home)
    set_make_good_policy(since=JAN, rebill_above_cents=1565)
    _february(home)
    january.refresh_from_db()
    assert january.status == "issued"


def test_little_is_left(home: Household, books: Callable[[], None]) -> None:
    _estimated_january(home)
    set_make_good_policy(since=JAN, least_cents=1566)
    assert _february(home).adjustments_cents == 0
    assert not BillCorrection.objects.exists()
    books()


def test_the_policy_of_the_class_counts(home: Household) -> None:
    _estimated_january(home)
    set_make_good_policy(since=JAN, rebill_above_cents=1)
    set_make_good_policy(since=JAN, customer_class="residential")
    _february(home)
    assert BillCorrection.objects.get().method == "next_bill"
    with pytest.raises(IntegrityError), transaction.atomic():
        set_make_good_policy(since=JAN)


@pytest.mark.parametrize(("dial", "amount"), [(1862, 0), (1662, -1134)])
def test_what_is_old_is_given_back_and_not_charged(
    home: Household, books: Callable[[], None], dial: int, amount: int
) -> None:
    for day, kwh, cf in ((JAN, 1000, 500), (FEB, 1762, 1500), (MAR, 2400, 2400), (APR, 3100, 3300)):
        read_dial(home.electric, day, kwh)
        read_dial(home.water, day, cf)
    for start, end in ((JAN, FEB), (FEB, MAR)):
        bill_month(start, end, [home.account])
    set_make_good_policy(since=JAN, back_bill_days=45)
    read_dial(home.electric, FEB, dial)
    bill_month(MAR, APR, [home.account])
    # January ended 59 days before the bill of April 1, February 31 days before.
    of_january = BillCorrection.objects.filter(bill__bill_date=FEB)
    assert sum(row.amount_cents for row in of_january) == amount
    of_february = BillCorrection.objects.get(bill__bill_date=MAR)
    assert of_february.amount_cents == of_february.difference_cents != 0
    assert Bill.objects.latest("id").adjustments_cents == amount + of_february.amount_cents
    books()
    n_found = BillCorrection.objects.count()
    bill_month(APR, date(2025, 5, 1), [home.account])
    assert BillCorrection.objects.count() == n_found


def test_a_read_that_is_corrected_twice_is_put_right_twice(
    home: Household, books: Callable[[], None]
) -> None:
    for day, kwh, cf in ((JAN, 1000, 500), (FEB, 1762, 1500), (MAR, 2400, 2400), (APR, 3100, 3300)):
        read_dial(home.electric, day, kwh)
        read_dial(home.water, day, cf)
    set_make_good_policy(since=JAN)
    bill_month(JAN, FEB, [home.account])
    read_dial(home.water, FEB, 1400)
    bill_month(FEB, MAR, [home.account])
    read_dial(home.water, FEB, 1300)
    bill_month(MAR, APR, [home.account])
    january, february, march = Bill.objects.order_by("id")
    # Each 100 cubic feet are 3.10 of water and 3.10 of sewer.
    assert [row.amount_cents for row in BillCorrection.objects.filter(bill=january).order_by("id")] == [
        -620,
        -620,
    ]
    assert [row.amount_cents for row in BillCorrection.objects.filter(bill=february)] == [620]
    assert (february.adjustments_cents, march.adjustments_cents) == (-620, 0)
    books()


def test_a_bill_made_again_takes_its_corrections_back(home: Household, books: Callable[[], None]) -> None:
    january = _estimated_january(home)
    set_make_good_policy(since=JAN)
    february = _february(home)
    again = rebill(bill_ids=[january.pk], reason="the customer asked for it")
    row = BillCorrection.objects.get()
    assert row.status == "undone"
    assert _electric(again) == 7498
    assert again.adjustments_cents == 1565 - january.current_charges_cents
    assert again.total_due_cents == february.total_due_cents
    books()


def test_late_hours_are_one_correction_of_the_bill(home: Household, books: Callable[[], None]) -> None:
    home.electric.registers.all().delete()
    for day, count in ((JAN, 500), (FEB, 1500), (MAR, 2400)):
        read_dial(home.water, day, count)
    read_hours(home.electric, JAN, MAR, 1000)
    bill_month(JAN, FEB, [home.account])
    set_make_good_policy(since=JAN)
    policies = make_good_on(FEB)
    for day_of_month in (3, 9, 17):
        read_hours(home.electric, date(2025, 1, day_of_month), date(2025, 1, day_of_month + 1), 2000)
        find_corrections([home.account.pk], policies=policies, today=MAR)
    row = BillCorrection.objects.get()
    # 3 x 24 kWh at 0.1080 are 7.78, with 5 % of it; 744 kWh were in the second tier already.
    assert (row.status, row.amount_cents) == ("open", 778 + 39)
    february = _february(home)
    assert february.adjustments_cents == 778 + 39
    books()


def test_reads_that_are_again_as_they_were_billed_leave_nothing(home: Household) -> None:
    _two_months_and_a_change(home)
    read_dial(home.water, FEB, 1500)
    assert find_corrections([home.account.pk], policies=make_good_on(FEB), today=MAR) == []
    row = BillCorrection.objects.get()
    assert (row.status, row.reason) == ("dismissed", "too little is left of it")


def test_what_staff_dismissed_is_not_found_again(home: Household, books: Callable[[], None]) -> None:
    _two_months_and_a_change(home)
    row = BillCorrection.objects.get()
    with pytest.raises(ReasonNeeded):
        dismiss_correction(row.pk, reason=" ")
    dismiss_correction(row.pk, reason="agreed with the customer on the telephone")
    assert _february(home).adjustments_cents == 0
    assert BillCorrection.objects.count() == 1
    with pytest.raises(MoveNotAllowed):
        dismiss_correction(row.pk, reason="again")
    books()


def _two_months_and_a_change(home: Household) -> None:
    for day, kwh, cf in ((JAN, 1000, 500), (FEB, 1762, 1500), (MAR, 2400, 2400)):
        read_dial(home.electric, day, kwh)
        read_dial(home.water, day, cf)
    bill_month(JAN, FEB, [home.account])
    set_make_good_policy(since=JAN)
    read_dial(home.water, FEB, 1400)
    find_corrections([home.account.pk], policies=make_good_on(FEB), today=MAR)


def test_without_a_policy_bills_stay_as_they_are(home: Household) -> None:
    _estimated_january(home)
    assert _february(home).adjustments_cents == 0
    assert not BillCorrection.objects.exists()


def test_every_night_what_changed_is_looked_for(home: Household) -> None:
    for day, kwh, cf in ((JAN, 1000, 500), (FEB, 1762, 1500)):
        read_dial(home.electric, day, kwh)
        read_dial(home.water, day, cf)
    bill_month(JAN, FEB, [home.account])
    set_make_good_policy(since=JAN)
    bill_jobs.look_for_corrections(0)
    assert not BillCorrection.objects.exists()
    read_dial(home.water, FEB, 1400)
    bill_jobs.look_for_corrections(0)
    bill_jobs.look_for_corrections(0)
    assert [(row.status, row.amount_cents) for row in BillCorrection.objects.all()] == [("open", -620)]


def test_the_database_knows_the_same_moves(home: Household) -> None:
    _two_months_and_a_change(home)
    row = BillCorrection.objects.filter(bill__account=home.account)
    ways = {"open": ["open"], "applied": ["open", "applied"], "dismissed": ["open", "dismissed"]}
    ways["undone"] = ["open", "applied", "undone"]
    assert set(ways) == CORRECTION.statuses
    for before, way in ways.items():
        for after in sorted(CORRECTION.statuses - {before}):
            sid = transaction.savepoint()
            for step in way[1:]:
                _move(row, step)
            if (before, after) in CORRECTION.pairs():
                _move(row, after)
            else:
                with pytest.raises(IntegrityError, match="cannot go from"), transaction.atomic():
                    _move(row, after)
            transaction.savepoint_rollback(sid)


def _move(row: QuerySet[BillCorrection], status: str) -> None:
    is_open = status == "open"
    row.update(
        status=status, decided_at=None if is_open else "2025-03-02T12:00Z", decided_by="" if is_open else "x"
    )


def test_a_rider_by_per_cent_is_income_and_a_tax_is_not(books: Callable[[], None]) -> None:
    rider = (
        '[[versions.components]]\nkind = "percent"\ncode = "rider"\nlabel = "R"\nrate = "0.10"\ntax = false\n'
    )
    of = 'of = ["energy"]\n\n'
    at = ELECTRIC.rindex("[[versions.components]]")
    home = book(
        "electric",
        (ELECTRIC[:at] + rider + of + ELECTRIC[at:]).replace('"E-1"', '"E-R"'),
        devices=lambda point: meter(point, "R", registers=[NewRegister("kWh", "energy", "Wh", 6, 1000)]),
    )
    set_make_good_policy(since=JAN)
    dial("R", "kWh", JAN, 0)
    dial("R", "kWh", FEB, 600)
    home.bill(JAN, FEB)
    dial("R", "kWh", FEB, 500)
    (found,) = find_corrections([home.account.pk], policies=make_good_on(FEB), today=FEB)
    # 100 kWh x 0.0934 and 10 % of it are income; 5 % of charges of 69.54, then of 60.20, are a tax.
    was, now = (5604, 560, 348), (4670, 467, 301)
    income, tax = (now[0] + now[1]) - (was[0] + was[1]), now[2] - was[2]
    assert (found.segments[0]["income_cents"], found.segments[0]["tax_cents"]) == (income, tax)
    books()
