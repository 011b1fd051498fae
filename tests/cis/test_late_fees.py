"""Late fees as customers and the books see them: once, as printed, from the day a payment counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from meterside.cis.billing.charges.late_fees import (
    FeeReasonNeeded,
    LateFeeAlreadyCharged,
    LateFeeAlreadyReversed,
    LateFeeAlreadyWaived,
    NoLateFee,
    charge_late_fees,
    reverse_late_fee,
    waive_late_fee,
)
from meterside.cis.billing.charges.not_charged import hold_back, let_go
from meterside.cis.billing.charges.policies import NO_LATE_FEE, set_late_fee_policy
from meterside.cis.billing.corrections.rebilling import cancel_bill, rebill
from meterside.cis.billing.lifecycles import LATE_FEE
from meterside.cis.billing.models import Bill, LateFee
from meterside.cis.ledger.models import Transaction
from meterside.cis.ledger.operations import post_adjustment, post_payment, return_payment
from meterside.cis.ledger.queries import balances_cents
from meterside.cis.registry.models import Account, RegistryCharacteristic
from meterside.engine.policy import late_fee_rule
from meterside.kit import clock
from meterside.spine.models import AuditEntry, OutboxMessage
from tests.cast import Household, bill_month, instant, read_dial, riverside
from tests.engine.tables import worked_table

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]

JAN, FEB, MAR, APR = (date(2025, month, 1) for month in (1, 2, 3, 4))
#: 21 days after the bill is a Saturday; three days of grace later is the late date.
DUE, LATE, FEE_DAY = date(2025, 2, 24), date(2025, 2, 27), date(2025, 2, 28)


def policy(**table: Any) -> None:
    set_late_fee_policy(since=JAN, rule=late_fee_rule({"percent": "0.015", "grace_days": 3, **table}))


def homes() -> tuple[Household, Household]:
    utility = riverside()
    for home in utility.households:
        for day, kwh, cf in ((JAN, 1000, 500), (FEB, 1762, 1500), (MAR, 2400, 2400), (APR, 3000, 3000)):
            read_dial(home.electric, day, kwh)
            read_dial(home.water, day, cf)
    return utility.households


def billed(home: Household, start: date = JAN, end: date = FEB) -> Bill:
    bill_month(start, end, [home.account])
    return Bill.objects.filter(account=home.account).latest("pk")


def pay(home: Household, cents: int, on: date) -> None:
    post_payment(
        payment_id=uuid4(), account_id=home.account.pk, amount_cents=cents,
        paid_at=instant(f"{on}T23:30"), channel="portal", tender="bank",
    )  # fmt: skip


def balance(account: Account) -> int:
    return balances_cents([account.pk])[account.pk]


def test_what_the_bill_said_is_what_is_charged_and_once() -> None:
    policy()
    alice, charlie = homes()
    bill, other = billed(alice), billed(charlie)
    assert (bill.due_date, bill.late_date) == (DUE, LATE)
    assert charge_late_fees(today=LATE).n_charged == 0, "the last day is still in time"
    done = charge_late_fees(today=FEE_DAY)
    assert done.n_charged == 2
    assert balance(alice.account) == bill.amount_after_late_cents
    assert balance(charlie.account) == other.amount_after_late_cents
    fee = LateFee.objects.get(bill=bill)
    assert (fee.since, fee.charged_on, fee.left_cents) == (FEE_DAY, FEE_DAY, bill.total_due_cents)
    for later in (FEE_DAY, FEE_DAY + timedelta(days=1), FEE_DAY + timedelta(days=40)):
        assert charge_late_fees(today=later).n_charged == 0
    assert balance(alice.account) == bill.amount_after_late_cents
    told = OutboxMessage.objects.get(topic="late_fees.charged")
    assert {one["amount_cents"] for one in told.payload["fees"]} == {
        fee.amount_cents for fee in LateFee.objects.all()
    }
    line = AuditEntry.objects.get(action="late_fees.charged")
    assert (line.detail["count"], line.detail["amount_cents"]) == (2, done.charged_cents)


def test_a_second_fee_on_a_bill_is_refused_by_the_database() -> None:
    policy()
    alice, _ = homes()
    billed(alice)
    charge_late_fees(today=FEE_DAY)
    fee = LateFee.objects.get()
    post_adjustment(source_id="x", account_id=alice.account.pk, amount_cents=5, effective_on=JAN, note="x")
    fee.pk, fee.public_id, fee.transaction = None, uuid4(), Transaction.objects.latest("pk")
    with pytest.raises(IntegrityError, match="billing_late_fee_once"), transaction.atomic():
        fee.save(force_insert=True)
    with pytest.raises(IntegrityError, match="charged as it was"), transaction.atomic():
        LateFee.objects.update(amount_cents=1)
    reverse_late_fee(fee_ref=LateFee.objects.get().public_id, reason="x")
    with pytest.raises(IntegrityError, match="cannot go"), transaction.atomic():
        LateFee.objects.update(status="charged", taken_back="", reversed_at=None)
    assert LATE_FEE.pairs() == [("charged", "reversed")]


def test_a_payment_made_on_the_late_date_stops_it_and_one_a_day_later_does_not() -> None:
    policy()
    alice, charlie = homes()
    in_time, late = billed(alice), billed(charlie)
    pay(alice, in_time.total_due_cents, LATE)
    pay(charlie, late.total_due_cents, FEE_DAY)
    charge_late_fees(today=FEE_DAY + timedelta(days=3))
    assert not LateFee.objects.filter(bill=in_time).exists()
    assert (
        LateFee.objects.get(bill=late).amount_cents
        == (late.amount_after_late_cents or 0) - late.total_due_cents
    )
    assert balance(charlie.account) == LateFee.objects.get().amount_cents


def test_of_a_part_that_is_paid_in_time_no_fee_is_taken() -> None:
    policy()
    alice, _ = homes()
    bill = billed(alice)
    pay(alice, bill.total_due_cents - 100_00, LATE)
    charge_late_fees(today=FEE_DAY)
    assert [(fee.left_cents, fee.amount_cents) for fee in LateFee.objects.all()] == [(100_00, 1_50)]


def test_a_payment_that_becomes_known_later_takes_the_fee_back() -> None:
    """A check in the lockbox on the late date, posted four days later."""
    policy()
    alice, _ = homes()
    bill = billed(alice)
    charge_late_fees(today=FEE_DAY)
    pay(alice, bill.total_due_cents, LATE)
    done = charge_late_fees(today=FEE_DAY + timedelta(days=4))
    assert (done.n_taken_back, done.n_charged) == (1, 0)
    assert balance(alice.account) == 0
    fee = LateFee.objects.get()
    assert (fee.status, fee.taken_back) == ("reversed", "paid_in_time")


def test_a_part_that_becomes_known_later_leaves_the_fee_on_the_rest() -> None:
    policy()
    alice, _ = homes()
    bill = billed(alice)
    charge_late_fees(today=FEE_DAY)
    pay(alice, bill.total_due_cents - 100_00, LATE)
    charge_late_fees(today=FEE_DAY + timedelta(days=4))
    assert balance(alice.account) == 101_50
    assert [fee.status for fee in LateFee.objects.order_by("pk")] == ["reversed", "charged"]


def test_a_payment_that_came_back_never_counted() -> None:
    policy()
    alice, _ = homes()
    bill = billed(alice)
    payment_id = uuid4()
    post_payment(
        payment_id=payment_id, account_id=alice.account.pk, amount_cents=bill.total_due_cents,
        paid_at=instant("2025-02-20T09:00"), channel="portal", tender="bank",
    )  # fmt: skip
    charge_late_fees(today=FEE_DAY)
    assert not LateFee.objects.exists()
    return_payment(payment_id=payment_id, returned_at=instant("2025-03-03T09:00"), reason="R01")
    charge_late_fees(today=date(2025, 3, 4))
    assert balance(alice.account) == bill.amount_after_late_cents


def test_it_stands_on_the_next_bill_with_which_bill_what_of_and_by_which_rule() -> None:
    policy(least="5.00")
    alice, _ = homes()
    bill = billed(alice)
    charge_late_fees(today=FEE_DAY)
    following = billed(alice, FEB, MAR)
    (line,) = following.statement["activity"]
    assert (line["kind"], line["amount_cents"], line["note"], line["on"]) == (
        "late_fee", 5_00, str(bill.number), FEE_DAY.isoformat()
    )  # fmt: skip
    assert line["of"] == {
        "bill_date": "2025-02-01",
        "after": LATE.isoformat(),
        "left_cents": bill.total_due_cents,
        "base_cents": bill.total_due_cents,
        "rule": {"percent": "0.015", "grace_days": 3, "least": "5.00"},
        "taken_back": "",
    }
    assert following.adjustments_cents == 5_00
    assert following.total_due_cents == (bill.amount_after_late_cents or 0) + following.current_charges_cents
    assert following.late_date is not None
    charge_late_fees(today=following.late_date + timedelta(days=1))
    assert balance(alice.account) == following.amount_after_late_cents, (
        "fees on what is left of the whole bill"
    )


def test_staff_take_it_back_with_a_reason_and_it_does_not_come_again() -> None:
    policy()
    alice, _ = homes()
    bill = billed(alice)
    charge_late_fees(today=FEE_DAY)
    fee = LateFee.objects.get()
    with pytest.raises(FeeReasonNeeded):
        reverse_late_fee(fee_ref=fee.public_id, reason=" ")
    reverse_late_fee(fee_ref=fee.public_id, reason="the mail was late")
    assert balance(alice.account) == bill.total_due_cents
    with pytest.raises(LateFeeAlreadyReversed):
        reverse_late_fee(fee_ref=fee.public_id, reason="twice")
    with pytest.raises(NoLateFee):
        reverse_late_fee(fee_ref=uuid4(), reason="none")
    assert charge_late_fees(today=FEE_DAY + timedelta(days=1)).n_charged == 0
    assert AuditEntry.objects.get(action="late_fee.reversed").detail["reason"] == "the mail was late"
    assert OutboxMessage.objects.filter(topic="late_fees.taken_back").count() == 1


def test_waived_before_it_comes() -> None:
    policy()
    alice, charlie = homes()
    bill, other = billed(alice), billed(charlie)
    with pytest.raises(FeeReasonNeeded):
        waive_late_fee(bill_ref=bill.public_id, reason="")
    waive_late_fee(bill_ref=bill.public_id, reason="our card machine was broken")
    with pytest.raises(LateFeeAlreadyWaived):
        waive_late_fee(bill_ref=bill.public_id, reason="again")
    charge_late_fees(today=FEE_DAY)
    assert [fee.bill for fee in LateFee.objects.all()] == [other]
    with pytest.raises(LateFeeAlreadyCharged):
        waive_late_fee(bill_ref=other.public_id, reason="too late")


def test_a_bill_that_is_made_again_takes_its_fee_along_and_has_a_late_date_of_its_own() -> None:
    policy()
    alice, charlie = homes()
    bill, other = billed(alice), billed(charlie)
    charge_late_fees(today=FEE_DAY)
    again = rebill(bill_ids=[bill.pk], reason="a wrong read", bill_date=date(2025, 3, 3))
    cancel_bill(bill_id=other.pk, reason="a wrong account")
    assert set(LateFee.objects.values_list("status", "taken_back")) == {("reversed", "bill_cancelled")}
    assert balance(alice.account) == again.total_due_cents
    assert balance(charlie.account) == 0
    assert again.late_date is not None
    assert again.late_date > FEE_DAY
    charge_late_fees(today=again.late_date + timedelta(days=1))
    assert balance(alice.account) == again.amount_after_late_cents
    with pytest.raises(NoLateFee):
        waive_late_fee(bill_ref=other.public_id, reason="it is gone")


def test_a_policy_for_several_fees_charges_them_until_the_next_bill_takes_over() -> None:
    policy(once_per_bill=False, every_days=10)
    alice, _ = homes()
    bill = billed(alice)
    once = (bill.amount_after_late_cents or 0) - bill.total_due_cents
    for day, n in ((FEE_DAY, 1), (date(2025, 3, 9), 1), (date(2025, 3, 10), 2), (date(2025, 3, 20), 3)):
        charge_late_fees(today=day)
        assert LateFee.objects.count() == n, day
    assert {fee.amount_cents for fee in LateFee.objects.all()} == {once}
    billed(alice, FEB, MAR)
    charge_late_fees(today=date(2025, 3, 22))
    assert LateFee.objects.filter(bill=bill).count() == 3


def test_no_fee_without_a_rule_for_an_exempt_account_or_on_what_is_held_back() -> None:
    alice, charlie = homes()
    bill = billed(alice)
    assert (bill.late_date, bill.statement["late"]) == (None, None)
    policy()
    charge_late_fees(today=FEE_DAY)
    assert not LateFee.objects.exists(), "the bill said of none"
    RegistryCharacteristic.objects.create(
        account=charlie.account, code=NO_LATE_FEE, value="yes", evidence="hospital", recorded_at=clock.now(),
        during=(JAN, None),
    )  # fmt: skip
    assert billed(charlie).statement["late"] is None
    dispute: Mapping[int, int] = {alice.account.pk: 40_00}
    hold_back(
        "dispute", lambda accounts, on: {key: cents for key, cents in dispute.items() if key in accounts}
    )
    try:
        following = billed(alice, FEB, MAR)
        late = following.statement["late"]
        assert late["asked_cents"] == following.total_due_cents - 40_00
        charge_late_fees(today=date(2025, 4, 1))
        assert balance(alice.account) == following.amount_after_late_cents
    finally:
        let_go("dispute")


def test_a_rule_counts_for_the_bills_of_its_days_and_class() -> None:
    policy()
    set_late_fee_policy(
        since=FEB + timedelta(days=1), rule=late_fee_rule({"flat": "10"}), customer_class="residential"
    )
    alice, _ = homes()
    assert billed(alice).statement["late"]["rule"] == {"percent": "0.015", "grace_days": 3}
    assert billed(alice, FEB, MAR).statement["late"]["rule"] == {"flat": "10"}
    with pytest.raises(IntegrityError, match="billing_charge_policy_once"), transaction.atomic():
        set_late_fee_policy(since=FEB, rule=None, customer_class="residential")
    set_late_fee_policy(since=APR, rule=None, customer_class="residential", reason="the council")
    assert billed(alice, MAR, APR).statement["late"] is None
    assert (
        AuditEntry.objects.filter(action="late_fee_policy.set").latest("pk").detail["reason"] == "the council"
    )


def test_a_notice_goes_out_as_the_rule_says() -> None:
    policy(notice=False)
    alice, _ = homes()
    billed(alice)
    charge_late_fees(today=FEE_DAY)
    assert LateFee.objects.count() == 1
    assert not OutboxMessage.objects.filter(topic="late_fees.charged").exists()


def test_the_whole_bill_may_be_the_base() -> None:
    policy(percent="0.10", base="bill")
    alice, _ = homes()
    bill = billed(alice)
    pay(alice, bill.total_due_cents - 1, LATE)
    charge_late_fees(today=FEE_DAY)
    fee = LateFee.objects.get()
    expected = int((Decimal(bill.total_due_cents) / 10).quantize(Decimal(1), "ROUND_HALF_UP"))
    assert (fee.left_cents, fee.base_cents, fee.amount_cents) == (1, bill.total_due_cents, expected)


@pytest.mark.parametrize(
    ("paid", "on", "known_on", "fee_on_the_28th", "in_the_end"),
    worked_table("algorithms/late-fees.md", "paid"),
)
def test_the_worked_nights_of_the_document(
    paid: str, on: str, known_on: str, fee_on_the_28th: str, in_the_end: str
) -> None:
    """A bill of 142.87: the fee on the first night, and in the end."""
    policy()
    alice, _ = homes()
    bill = billed(alice)
    pay(alice, bill.total_due_cents - 142_87, FEB)  # what this household's bill is more
    for night in (FEE_DAY, date(2025, 3, 4), date(2025, 3, 5)):
        known = date.fromisoformat(f"2025-{known_on}") if known_on else None
        if known is not None and (known == night or (night == FEE_DAY and known < night)):
            pay(alice, cents_of(paid), date.fromisoformat(f"2025-{on}"))
        charge_late_fees(today=night)
        if night == FEE_DAY:
            assert standing(bill) == cents_of(fee_on_the_28th)
    assert standing(bill) == cents_of(in_the_end)


def standing(bill: Bill) -> int:
    return sum(bill.late_fees.filter(status="charged").values_list("amount_cents", flat=True))


def cents_of(text: str) -> int:
    return 0 if text == "none" else int(Decimal(text) * 100)
