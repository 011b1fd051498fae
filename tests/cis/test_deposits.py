"""Deposits as customers and the books see them: owed, held as a liability, bearing interest, given back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from meterside.cis.adapter import EmbeddedCis
from meterside.cis.agreements.operations import end_agreement
from meterside.cis.billing.charges.deposit_nights import work_deposits
from meterside.cis.billing.charges.deposits import (
    DepositAlreadyOpen,
    DepositNotAsked,
    DepositNotHeld,
    DepositReasonNeeded,
    NoDepositRule,
    ask_deposit,
    cancel_deposit,
    return_deposit,
    settle_deposits,
)
from meterside.cis.billing.charges.late_fees import charge_late_fees
from meterside.cis.billing.charges.policies import (
    NO_DEPOSIT,
    set_deposit_policy,
    set_late_fee_policy,
)
from meterside.cis.billing.lifecycles import DEPOSIT
from meterside.cis.billing.models import Bill, Deposit, DepositInterest
from meterside.cis.ledger.deposits import DepositPosting, post_deposit_asked
from meterside.cis.ledger.models import Posting
from meterside.cis.ledger.operations import post_payment, return_payment
from meterside.cis.ledger.queries import balances_cents
from meterside.cis.registry.models import RegistryCharacteristic
from meterside.cis.tariffs.series import set_series_value
from meterside.contracts.cis import AccountRef
from meterside.engine.deposit import NoHistory
from meterside.engine.policy import deposit_rule, late_fee_rule
from meterside.engine.series import SeriesGap
from meterside.kit import clock
from meterside.spine.models import AuditEntry, OutboxMessage
from tests.cast import Household, bill_month, instant, read_dial, riverside

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]

JAN, FEB, MAR, APR = (date(2025, month, 1) for month in (1, 2, 3, 4))


@pytest.fixture
def alice() -> Household:
    home = riverside().alice
    for day, kwh, cf in ((JAN, 1000, 500), (FEB, 1762, 1500), (MAR, 2400, 2400), (APR, 3000, 3000)):
        read_dial(home.electric, day, kwh)
        read_dial(home.water, day, cf)
    return home


def policy(**table: Any) -> None:
    set_deposit_policy(since=JAN, rule=deposit_rule({"flat": "150", **table}))


def ask(home: Household, on: date = JAN, cents: int | None = None) -> Deposit:
    return ask_deposit(account_id=home.account.pk, today=on, reason="a new customer", amount_cents=cents)


def pay(home: Household, cents: int, on: date) -> UUID:
    payment_id = uuid4()
    post_payment(
        payment_id=payment_id, account_id=home.account.pk, amount_cents=cents,
        paid_at=instant(f"{on}T12:00"), channel="counter", tender="check",
    )  # fmt: skip
    return payment_id


def bill(home: Household, start: date, end: date) -> Bill:
    bill_month(start, end, [home.account])
    return Bill.objects.filter(account=home.account).latest("pk")


def balance(home: Household) -> int:
    return balances_cents([home.account.pk])[home.account.pk]


def books() -> dict[str, int]:
    found: dict[str, int] = {}
    for code, cents in Posting.objects.filter(fund="deposit").values_list("ledger_account", "amount_cents"):
        found[code] = found.get(code, 0) + cents
    return {code: cents for code, cents in found.items() if cents}


def held(home: Household, on: date = JAN) -> Deposit:
    deposit = ask(home, on)
    pay(home, balance(home), on)
    settle_deposits(today=on)
    deposit.refresh_from_db()
    assert deposit.status == "held"
    return deposit


def test_asked_for_by_the_rule_it_is_owed_and_no_income(alice: Household) -> None:
    policy()
    deposit = ask(alice)
    assert (deposit.status, deposit.amount_cents) == ("asked", 150_00)
    assert balance(alice) == 150_00
    assert books() == {"receivable": 150_00, "deposit.billed": -150_00}
    assert OutboxMessage.objects.filter(topic="deposit.asked").count() == 1
    with pytest.raises(DepositAlreadyOpen):
        ask(alice)
    with pytest.raises(IntegrityError, match="billing_deposit_one_open"), transaction.atomic():
        Deposit.objects.create(
            account=alice.account, amount_cents=1, basis={}, asked_on=JAN, asked_at=clock.now(), asked_by="x",
            reason="x", transaction_id=post_deposit_asked(DepositPosting("x", alice.account.pk, 1, JAN)),
        )  # fmt: skip


def test_by_the_highest_bill_of_a_year(alice: Household) -> None:
    policy(months=2)
    bills = [bill(alice, JAN, FEB), bill(alice, FEB, MAR)]
    deposit = ask(alice, MAR)
    assert deposit.amount_cents == 2 * max(one.current_charges_cents for one in bills)
    assert deposit.basis["bills"] == [[one.bill_date.isoformat(), one.current_charges_cents] for one in bills]


def test_refused_without_a_rule_a_history_or_a_reason(alice: Household) -> None:
    with pytest.raises(NoDepositRule):
        ask(alice)
    set_deposit_policy(since=JAN, rule=deposit_rule({"months": 2}))
    with pytest.raises(NoHistory):
        ask(alice)
    with pytest.raises(DepositReasonNeeded):
        ask_deposit(account_id=alice.account.pk, today=JAN, reason="")
    assert not Deposit.objects.exists()
    assert ask(alice, cents=75_00).basis == {"named": True}


def test_it_comes_with_the_next_bill_as_a_line_of_its_own_and_bears_no_late_fee(alice: Household) -> None:
    policy()
    set_late_fee_policy(since=JAN, rule=late_fee_rule({"percent": "0.10"}))
    ask(alice)
    first = bill(alice, JAN, FEB)
    (line,) = first.statement["activity"]
    assert (line["kind"], line["amount_cents"]) == ("deposit", 150_00)
    assert line["of"]["deposit_cents"] == 150_00
    assert first.total_due_cents == 150_00 + first.current_charges_cents
    assert first.statement["late"]["asked_cents"] == first.current_charges_cents
    assert first.late_date is not None
    charge_late_fees(today=first.late_date + timedelta(days=1))
    assert balance(alice) == first.amount_after_late_cents


def test_it_is_past_due_only_behind_the_due_date_of_a_bill_that_told_of_it(alice: Household) -> None:
    policy()
    ask(alice)
    cis, ref = EmbeddedCis(), AccountRef(alice.account.public_id)
    found = cis.balances(ref, today=date(2025, 1, 20))
    assert (found.due_now_cents, found.past_due_cents) == (150_00, 0)
    told = bill(alice, JAN, FEB)
    on_the_day, behind = (cis.balances(ref, today=told.due_date + timedelta(days=n)) for n in (0, 1))
    assert (on_the_day.due_now_cents, on_the_day.past_due_cents) == (told.total_due_cents, 0)
    assert behind.past_due_cents == told.total_due_cents
    (view,) = cis.deposits(ref, today=FEB)
    assert (view.status, view.amount_cents, view.interest_cents) == ("asked", 150_00, 0)


def test_it_is_held_from_the_day_all_up_to_it_is_paid(alice: Household) -> None:
    policy()
    first = bill(alice, JAN, FEB)
    deposit = ask(alice, FEB + timedelta(days=2), cents=150_00)
    pay(alice, 150_00, date(2025, 2, 10))
    settle_deposits(today=date(2025, 2, 11))
    deposit.refresh_from_db()
    assert deposit.status == "asked", "the older bill is paid first"
    pay(alice, first.current_charges_cents, date(2025, 2, 20))
    for _ in range(2):
        settle_deposits(today=date(2025, 2, 25))
    deposit.refresh_from_db()
    assert (deposit.status, deposit.paid_on, deposit.times_paid) == ("held", date(2025, 2, 20), 1)
    assert books() == {"receivable": 150_00, "deposit": -150_00}


def test_who_has_paid_ahead_has_paid_it_at_once(alice: Household) -> None:
    policy()
    pay(alice, 150_00, JAN)
    deposit = ask(alice)
    assert (deposit.status, deposit.paid_on, balance(alice)) == ("held", JAN, 0)
    assert not OutboxMessage.objects.filter(topic="deposit.asked").exists()


def test_a_payment_that_comes_back_leaves_it_asked_for_and_paid_again_it_is_held_again(
    alice: Household,
) -> None:
    policy()
    deposit = ask(alice)
    payment_id = pay(alice, 150_00, date(2025, 1, 5))
    settle_deposits(today=date(2025, 1, 6))
    return_payment(payment_id=payment_id, returned_at=instant("2025-01-08T09:00"), reason="R01")
    settle_deposits(today=date(2025, 1, 9))
    deposit.refresh_from_db()
    assert (deposit.status, deposit.paid_on) == ("asked", None)
    pay(alice, 150_00, date(2025, 1, 12))
    settle_deposits(today=date(2025, 1, 13))
    deposit.refresh_from_db()
    assert (deposit.status, deposit.paid_on, deposit.times_paid) == ("held", date(2025, 1, 12), 2)


def test_interest_is_credited_each_year_at_the_rate_of_each_day_and_once(alice: Household) -> None:
    """150.00 from July 1, 2024: at 2 % until the year ends, at 4.5 % after that (docs/algorithms/deposits.md)."""
    policy(refund_after_months=0)
    set_deposit_policy(since=JAN + timedelta(days=1), rule=deposit_rule({"flat": "150"}))
    for day, rate in ((date(2024, 1, 1), "0.02"), (date(2025, 1, 1), "0.045")):
        set_series_value(code="deposit_interest", since=day, value=Decimal(rate))
    deposit = ask(alice, date(2024, 7, 1), cents=150_00)
    pay(alice, 150_00, date(2024, 7, 1))
    settle_deposits(today=date(2024, 7, 1))
    assert work_deposits(today=date(2025, 6, 30)).interest_cents == 0
    assert work_deposits(today=date(2025, 7, 3)).interest_cents == 4_86
    assert work_deposits(today=date(2025, 7, 4)).interest_cents == 0
    assert balance(alice) == -4_86
    row = DepositInterest.objects.get()
    assert [line["amount_cents"] for line in row.lines] == [1_51, 3_35]
    deposit.refresh_from_db()
    assert deposit.interest_until == date(2025, 7, 1)
    with pytest.raises(IntegrityError, match="billing_interest_once"), transaction.atomic():
        DepositInterest.objects.create(
            deposit=deposit, days=(date(2025, 6, 30), date(2025, 7, 2)), amount_cents=0, lines=[]
        )


def test_a_day_without_a_rate_waits_and_says_so(alice: Household) -> None:
    policy()
    set_series_value(code="deposit_interest", since=date(2025, 6, 1), value=Decimal("0.02"))
    deposit = held(alice)
    done = work_deposits(today=date(2026, 1, 2))
    (waiting,) = done.waiting
    assert "no value on 2025-01-01" in waiting
    with pytest.raises(SeriesGap), transaction.atomic():
        return_deposit(deposit_ref=deposit.public_id, today=MAR, reason="asked")
    deposit.refresh_from_db()
    assert deposit.status == "held"


def test_it_goes_back_after_good_history_with_its_interest(alice: Household) -> None:
    policy(refund_after_months=12)
    set_series_value(code="deposit_interest", since=JAN, value=Decimal("0.02"))
    deposit = held(alice)
    assert work_deposits(today=date(2025, 12, 31)).n_returned == 0
    done = work_deposits(today=date(2026, 1, 1))
    assert (done.n_returned, done.interest_cents) == (1, 3_00)
    deposit.refresh_from_db()
    assert (deposit.status, deposit.outcome, balance(alice)) == ("returned", "refunded", -153_00)
    assert books() == {"receivable": -3_00, "interest": 3_00}
    assert OutboxMessage.objects.get(topic="deposit.returned").payload["interest_cents"] == 3_00
    with pytest.raises(DepositNotHeld):
        return_deposit(deposit_ref=deposit.public_id, today=date(2026, 1, 2), reason="twice")
    assert work_deposits(today=date(2026, 1, 2)).n_returned == 0


def test_a_late_payment_begins_the_count_anew(alice: Household) -> None:
    policy(refund_after_months=12)
    held(alice)
    late = bill(alice, JAN, FEB)
    pay(alice, late.total_due_cents, late.due_date + timedelta(days=5))
    assert work_deposits(today=date(2026, 2, 1)).n_returned == 0
    assert work_deposits(today=date(2026, 2, 25)).n_returned == 0, (
        "late on February 25: twelve months after that"
    )
    assert work_deposits(today=date(2026, 2, 26)).n_returned == 1


def test_it_is_applied_to_the_final_bill(alice: Household) -> None:
    policy()
    set_series_value(code="deposit_interest", since=JAN, value=Decimal("0.0365"))
    deposit = held(alice)
    for agreement in alice.agreements.values():
        end_agreement(agreement=agreement, ends_on=FEB)
    final = bill(alice, JAN, FEB)
    deposit.refresh_from_db()
    assert (final.kind, deposit.outcome) == ("final", "final_bill")
    kinds = {line["kind"]: line["amount_cents"] for line in final.statement["activity"]}
    assert kinds == {
        "deposit": 150_00,
        "payment": -150_00,
        "deposit_interest": -47,
        "deposit_refund": -150_00,
    }
    interest = next(line for line in final.statement["activity"] if line["kind"] == "deposit_interest")
    assert interest["of"]["days"] == ["2025-01-01", "2025-02-01"], "31 days at a cent and a half: 46.5 cents"
    assert final.total_due_cents == final.current_charges_cents - 150_47


def test_cancelled_before_it_was_paid(alice: Household) -> None:
    policy()
    deposit = ask(alice)
    with pytest.raises(DepositReasonNeeded):
        cancel_deposit(deposit_ref=deposit.public_id, today=JAN, reason="")
    cancel_deposit(deposit_ref=deposit.public_id, today=JAN, reason="a letter from the last utility")
    assert (balance(alice), books()) == (0, {})
    with pytest.raises(DepositNotAsked):
        cancel_deposit(deposit_ref=deposit.public_id, today=JAN, reason="twice")
    assert AuditEntry.objects.filter(action="deposit.cancelled").count() == 1


def test_asked_of_new_accounts_where_the_rule_says_so(alice: Household) -> None:
    policy(at_start=True)
    charlie = RegistryCharacteristic.objects.create(
        account=alice.account, code=NO_DEPOSIT, value="yes", evidence="agency", recorded_at=clock.now(),
        during=(JAN, None),
    )  # fmt: skip
    assert work_deposits(today=date(2025, 1, 2)).n_asked == 1, "Charlie; Alice is exempt"
    assert work_deposits(today=date(2025, 1, 3)).n_asked == 0
    charlie.delete()
    assert work_deposits(today=date(2025, 6, 1)).n_asked == 0, "she is not new any more"


def test_the_database_keeps_the_same_moves(alice: Household) -> None:
    deposit = ask(alice, cents=10_00)
    fields: dict[str, dict[str, Any]] = {
        "asked": {"paid_on": None, "interest_until": None, "ended_on": None, "outcome": ""},
        "held": {"paid_on": JAN, "interest_until": JAN, "ended_on": None, "outcome": ""},
        "returned": {"paid_on": JAN, "interest_until": JAN, "ended_on": JAN, "outcome": "refunded"},
        "cancelled": {"paid_on": None, "interest_until": None, "ended_on": JAN, "outcome": "cancelled"},
    }
    for before in fields:
        for after in fields:
            if before == after:
                continue
            try:
                with transaction.atomic():
                    if before != "asked":
                        way = "held" if before == "returned" else before
                        Deposit.objects.filter(pk=deposit.pk).update(status=way, **fields[way])
                        Deposit.objects.filter(pk=deposit.pk).update(status=before, **fields[before])
                    Deposit.objects.filter(pk=deposit.pk).update(status=after, **fields[after])
                    assert (before, after) in DEPOSIT.pairs()
                    raise _Undo
            except IntegrityError:
                assert (before, after) not in DEPOSIT.pairs()
            except _Undo:
                pass


class _Undo(Exception):
    """Takes the move back."""
