"""Random years of an account: bills, payments in time, late, returned and posted late, late fees, deposits, re-bills.

Whatever happens in whatever order: every rule of `meterside ledger check` holds, no bill has two fees of one number,
and a fee on a bill of which nothing was paid is what the bill said.
"""

from __future__ import annotations

import contextlib
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from meterside.cis.adapter import EmbeddedCis
from meterside.cis.billing.books import prove_books
from meterside.cis.billing.charges.deposit_nights import work_deposits
from meterside.cis.billing.charges.deposits import DepositError, ask_deposit, cancel_deposit, return_deposit
from meterside.cis.billing.charges.late_fees import (
    LateFeeError,
    charge_late_fees,
    reverse_late_fee,
    waive_late_fee,
)
from meterside.cis.billing.charges.policies import set_deposit_policy, set_late_fee_policy
from meterside.cis.billing.corrections.rebilling import cancel_bill, rebill
from meterside.cis.billing.models import Bill, Deposit, LateFee
from meterside.cis.ledger.operations import post_adjustment, post_payment, return_payment
from meterside.cis.tariffs.series import set_series_value
from meterside.contracts.cis import AccountRef
from meterside.engine.policy import deposit_rule, late_fee_rule
from meterside.kit.clock import clock_at
from tests.cast import ZONE, Household, bill_month, read_dial, riverside

pytestmark = pytest.mark.django_db

SINCE = date(2025, 1, 1)
FEE_RULES = (
    {"percent": "0.015", "grace_days": 3},
    {"percent": "0.10", "base": "bill", "grace_days": 10, "balance_over": "10"},
    {"percent": "0.02", "flat": "5", "pick": "sum", "most": "9"},
    {"flat": "10", "once_per_bill": False, "every_days": 7},
    {"percent": "0.01", "flat": "1", "least": "0.5", "grace_days": 20},
)


class History(RuleBasedStateMachine):
    """One account's life. Everything is taken back at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._atomic = transaction.atomic()
        self._atomic.__enter__()
        self.today, self.months, self.n = SINCE, 0, 0
        self.dial = 1000
        self.payments: list[UUID] = []
        self.home: Household

    @initialize(fee=st.sampled_from(FEE_RULES), at_start=st.booleans())
    def move_in(self, fee: dict[str, object], at_start: bool) -> None:
        self.home = riverside().alice
        set_late_fee_policy(since=SINCE, rule=late_fee_rule(fee))
        table = {"flat": "150", "refund_after_months": 3, "late_allowed": 1, "at_start": at_start}
        set_deposit_policy(since=SINCE, rule=deposit_rule(table))
        set_series_value(code="deposit_interest", since=SINCE, value=Decimal("0.045"))
        self._read(SINCE)

    def _read(self, day: date) -> None:
        read_dial(self.home.electric, day, self.dial)
        read_dial(self.home.water, day, self.dial)

    @property
    def _key(self) -> int:
        return self.home.account.pk

    def _now(self) -> datetime:
        return datetime.combine(self.today, time(12), ZONE)

    @rule(days=st.integers(1, 20), works_at_night=st.booleans())
    def days_go_by(self, days: int, works_at_night: bool) -> None:
        for _ in range(days):
            self.today += timedelta(days=1)
            if self.today == self._month(self.months + 1):
                self._bill()
        if works_at_night:
            self.night()

    def _month(self, n: int) -> date:
        return date(2025 + n // 12, n % 12 + 1, 1)

    def _bill(self) -> None:
        start, end = self._month(self.months), self._month(self.months + 1)
        self.dial += 300 + 37 * self.months
        self._read(end)
        self.months += 1
        with clock_at(self._now()):
            bill_month(start, end, [self.home.account])

    @rule()
    def night(self) -> None:
        with clock_at(self._now()):
            assert work_deposits(today=self.today).waiting == []
            charge_late_fees(today=self.today)
            assert charge_late_fees(today=self.today).n_charged == 0, "a second time there is nothing left"

    @rule(
        share=st.sampled_from((1, 2, 5)),
        days_ago=st.sampled_from((0, 0, 1, 6)),
    )
    def pay(self, share: int, days_ago: int) -> None:
        owed = EmbeddedCis().balances(self._ref(), today=self.today).due_now_cents
        payment_id = uuid4()
        with clock_at(self._now()):
            post_payment(
                payment_id=payment_id,
                account_id=self._key,
                amount_cents=max(owed // share, 1),
                paid_at=self._now() - timedelta(days=days_ago),
                channel="lockbox",
                tender="check",
            )
        self.payments.append(payment_id)

    def _ref(self) -> AccountRef:
        return AccountRef(self.home.account.public_id)

    @precondition(lambda self: self.payments)
    @rule()
    def a_payment_comes_back(self) -> None:
        with clock_at(self._now()):
            return_payment(payment_id=self.payments.pop(), returned_at=self._now(), reason="R01")

    @rule(cents=st.integers(-60_00, 60_00).filter(bool))
    def adjust(self, cents: int) -> None:
        self.n += 1
        with clock_at(self._now()):
            post_adjustment(
                source_id=str(self.n),
                account_id=self._key,
                amount_cents=cents,
                effective_on=self.today,
                note="x",
            )

    @rule(is_waiver=st.booleans())
    def staff_are_kind(self, is_waiver: bool) -> None:
        with clock_at(self._now()):
            try:
                bill = Bill.objects.filter(account=self._key, status="issued").latest("pk")
                if is_waiver:
                    waive_late_fee(bill_ref=bill.public_id, reason="kind")
                else:
                    fee = LateFee.objects.filter(bill__account=self._key).latest("pk")
                    reverse_late_fee(fee_ref=fee.public_id, reason="kind")
            except (LateFeeError, Bill.DoesNotExist, LateFee.DoesNotExist):
                pass

    @rule(cents=st.integers(1, 300_00))
    def ask_for_a_deposit(self, cents: int) -> None:
        with clock_at(self._now()), contextlib.suppress(DepositError):
            ask_deposit(account_id=self._key, today=self.today, reason="x", amount_cents=cents)

    @rule(is_return=st.booleans())
    def end_a_deposit(self, is_return: bool) -> None:
        found = Deposit.objects.filter(account=self._key).order_by("-pk").first()
        if found is None:
            return
        with clock_at(self._now()):
            act = return_deposit if is_return else cancel_deposit
            with contextlib.suppress(DepositError):
                act(deposit_ref=found.public_id, today=self.today, reason="x")

    @precondition(lambda self: self.months)
    @rule(which=st.integers(0, 2))
    def make_a_bill_again(self, which: int) -> None:
        standing = list(Bill.objects.filter(account=self._key, status="issued").order_by("-pk")[:3])
        with clock_at(self._now()):
            rebill(bill_ids=[standing[which % len(standing)].pk], reason="wrong", bill_date=self.today)

    @precondition(lambda self: self.months)
    @rule()
    def take_the_last_bill_back(self) -> None:
        """Its days come with the next bill."""
        last = Bill.objects.filter(account=self._key, status="issued").latest("pk")
        if last.kind == "cycle" and last.statement["period"][1] == self._month(self.months).isoformat():
            with clock_at(self._now()):
                cancel_bill(bill_id=last.pk, reason="wrong")

    @invariant()
    def the_books_hold(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        assert [finding for finding in prove_books().findings if finding.n_broken] == []

    @invariant()
    def nobody_pays_a_fee_that_no_bill_told_of(self) -> None:
        for fee in LateFee.objects.select_related("bill"):
            late = fee.bill.statement["late"]
            assert fee.since > date.fromisoformat(late["after"])
            if fee.left_cents == late["asked_cents"]:
                assert fee.amount_cents == (fee.bill.amount_after_late_cents or 0) - fee.bill.total_due_cents

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._atomic.__exit__(None, None, None)


def test_the_books_hold_after_random_histories() -> None:
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
