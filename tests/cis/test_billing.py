"""A real reading becomes a bill: amounts, books and explanation."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.cis.billing.models import Bill, BillException, BillSegment
from meterside.cis.ledger.models import Posting
from meterside.cis.ledger.operations import post_payment, return_payment, settle_payments
from meterside.cis.ledger.queries import balances_cents
from meterside.spine.models import OutboxMessage
from tests.cast import Household, Riverside, bill_month, instant, read_dial, read_hours, riverside

pytestmark = pytest.mark.django_db
JAN, FEB, MAR = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)


@pytest.fixture
def utility() -> Riverside:
    return riverside()


def _read(home: Household, day: date, kwh: int, cf: int) -> None:
    read_dial(home.electric, day, kwh)
    read_dial(home.water, day, cf)


def _two_months(home: Household) -> list[Bill]:
    for day, kwh, cf in ((JAN, 1000, 500), (FEB, 1762, 1500), (MAR, 2400, 2400)):
        _read(home, day, kwh, cf)
    bill_month(JAN, FEB, [home.account])
    bill_month(FEB, MAR, [home.account])
    return list(Bill.objects.filter(account=home.account).order_by("bill_date"))


def test_january_to_the_cent(utility: Riverside, commit_checks: Callable[[], None]) -> None:
    january, _ = _two_months(utility.alice)
    commit_checks()
    totals = dict(january.segments.values_list("agreement__service", "total_cents"))
    # 13.50 + 650 x 0.0934 + 112 x 0.1080 = 13.50 + 60.71 + 12.10 = 86.31, and 5 % of it: 4.32
    assert totals["electric"] == 8631 + 432
    # 12.00 + 10 ccf x 3.10
    assert totals["water"] == totals["sewer"] == 4300
    assert totals["refuse"] == 1150
    assert january.total_due_cents == january.current_charges_cents == 9063 + 4300 + 4300 + 1150


def test_the_books_show_what_the_bill_says(utility: Riverside, commit_checks: Callable[[], None]) -> None:
    january, _ = _two_months(utility.alice)
    commit_checks()
    postings = Posting.objects.filter(bill_id=january.pk)
    by_code: dict[str, int] = {}
    for code, cents in postings.values_list("ledger_account", "amount_cents"):
        by_code[code] = by_code.get(code, 0) + cents
    assert by_code == {
        "receivable": 18813, "income.electric": -8631, "tax": -432,
        "income.water": -4300, "income.sewer": -4300, "income.refuse": -1150,
    }  # fmt: skip


def test_the_second_bill_carries_payments_and_explains_the_change(utility: Riverside) -> None:
    home = utility.alice
    for day, kwh, cf in ((JAN, 1000, 500), (FEB, 1762, 1500), (MAR, 2400, 2400)):
        _read(home, day, kwh, cf)
    bill_month(JAN, FEB, [home.account])
    paid = uuid.uuid4()
    post_payment(
        payment_id=paid, account_id=home.account.pk, amount_cents=10000,
        paid_at=instant("2025-02-10T09:00"), channel="portal", tender="bank",
    )  # fmt: skip
    bill_month(FEB, MAR, [home.account])
    february = Bill.objects.get(account=home.account, bill_date=MAR)
    assert (february.previous_balance_cents, february.payments_cents) == (18813, -10000)
    assert february.total_due_cents == 18813 - 10000 + february.current_charges_cents
    assert balances_cents([home.account.pk]) == {home.account.pk: february.total_due_cents}
    change = february.statement["change"]
    assert change["previous_cents"] == 18813
    assert sum(part["amount_cents"] for part in change["parts"]) == february.current_charges_cents - 18813
    assert {part["kind"] for part in change["parts"]} >= {"days", "use"}


def test_a_settled_payment_that_comes_back_stands_owed_again(
    utility: Riverside, commit_checks: Callable[[], None]
) -> None:
    account = utility.alice.account
    paid = uuid.uuid4()
    post_payment(
        payment_id=paid, account_id=account.pk, amount_cents=500, paid_at=instant("2025-02-10T23:30"),
        channel="portal", tender="bank",
    )  # fmt: skip
    settle_payments([paid], settled_at=instant("2025-02-12T09:00"))
    return_payment(payment_id=paid, returned_at=instant("2025-02-14T09:00"), reason="R01")
    commit_checks()
    assert balances_cents([account.pk]) == {account.pk: 0}
    sums: dict[str, int] = {}
    for code, cents in Posting.objects.values_list("ledger_account", "amount_cents"):
        sums[code] = sums.get(code, 0) + cents
    assert sums == {"receivable": 0, "clearing": 0, "bank": 0}


def test_a_run_again_bills_nobody_twice(utility: Riverside) -> None:
    home = utility.alice
    _two_months(home)
    _, again = bill_month(FEB, MAR, [home.account])
    assert (again.n_billed, again.n_skipped) == (0, 1)
    assert Bill.objects.count() == 2
    assert OutboxMessage.objects.filter(topic="bills.issued").count() == 2


def test_a_missing_read_holds_the_account_and_bills_the_others(utility: Riverside) -> None:
    for home in utility.households:
        _read(home, JAN, 1000, 500)
    _read(utility.charlie, FEB, 1200, 600)
    run, result = bill_month(JAN, FEB, [home.account for home in utility.households])
    assert (result.n_billed, result.n_held) == (1, 1)
    hold = BillException.objects.get(run=run)
    assert (hold.account, hold.kind) == (utility.alice.account, "missing_read")
    assert "A-E has no read of 2025-02-01" in hold.detail
    _read(utility.alice, FEB, 1100, 700)
    _, later = bill_month(JAN, FEB, [utility.alice.account])
    assert later.n_billed == 1
    hold.refresh_from_db()
    assert hold.resolved_at is not None


def test_a_dial_that_goes_round(utility: Riverside) -> None:
    home = utility.alice
    _read(home, JAN, 99_900, 999_000)
    _read(home, FEB, 100, 200)
    bill_month(JAN, FEB, [home.account])
    services = {item["service"]: item for item in Bill.objects.get().statement["services"]}
    assert services["electric"]["usage"]["quantity"] == "200000"
    assert services["water"]["usage"]["quantity"] == "1200"


def test_use_by_day_is_on_the_statement(utility: Riverside) -> None:
    home = utility.alice
    _read(home, JAN, 1000, 500)
    _read(home, FEB, 1744, 600)
    read_hours(home.electric, JAN, FEB, 1000)
    bill_month(JAN, FEB, [home.account])
    daily = next(s for s in Bill.objects.get().statement["services"] if s["service"] == "electric")["daily"]
    assert len(daily) == 31
    assert daily[0] == ["2025-01-01", 24000, "measured"]


def test_the_database_refuses_two_segments_over_the_same_days(utility: Riverside) -> None:
    january, _ = _two_months(utility.alice)
    segment = january.segments.first()
    assert segment is not None
    with pytest.raises(IntegrityError, match="billing_segment_once"), transaction.atomic():
        BillSegment.objects.create(
            bill=january, agreement=segment.agreement, period=DateRange(date(2025, 1, 20), FEB),
            tariff_code="E-1", total_cents=1, inputs={}, rated={},
        )  # fmt: skip
