"""The river of money: confirmed, accepted, settled, returned; whoever hears of it first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from meterside import wiring
from meterside.cis.ledger.models import AccountingPeriod, Payment, Transaction
from meterside.connectors.payments.sandbox.models import DueStep, WebhookMessage
from meterside.contracts.payments import (
    Charge,
    ChargeState,
    FailureReason,
    Tender,
)
from meterside.engine.payment import ATTEMPT, AttemptStatus
from meterside.journeys import pay_bill
from meterside.kit import clock
from meterside.portal.notices.models import Notice
from meterside.portal.payments import queries
from meterside.portal.payments.models import AttemptStep, PaymentAttempt, PaymentIntent
from tests.journeys.paying import (
    OWED_CENTS,
    Payer,
    a_login,
    balances,
    come_back,
    confirm,
    deliver_messages,
    gateway,
    ledger_account_cents,
    let_in,
    much_later,
    owing,
    pay_at_sandbox,
    payments_of,
    statuses,
    time_passes,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Payer:
    return owing("alice")


def test_a_payment_counts_when_it_is_accepted_and_reaches_the_bank_later(
    alice: Payer, commit_checks: Callable[[], None]
) -> None:
    attempt = confirm(alice).attempt
    assert attempt.status is AttemptStatus.PENDING
    assert balances(alice).balance_cents == OWED_CENTS

    pay_at_sandbox(attempt.id)
    assert come_back(attempt.id).status is AttemptStatus.ACCEPTED
    assert (balances(alice).balance_cents, balances(alice).unsettled_cents) == (0, OWED_CENTS)
    assert (ledger_account_cents("clearing"), ledger_account_cents("bank")) == (OWED_CENTS, 0)

    with clock.clock_at(much_later()):
        time_passes()
    assert statuses(attempt.id) == ["created", "pending", "accepted", "settled"]
    assert (ledger_account_cents("clearing"), ledger_account_cents("bank")) == (0, OWED_CENTS)
    assert payments_of(alice) == [(OWED_CENTS, "settled")]
    commit_checks()


def test_the_message_may_outrun_the_customer(alice: Payer) -> None:
    attempt = confirm(alice).attempt
    pay_at_sandbox(attempt.id)
    deliver_messages()
    assert queries.attempt(attempt.id).status is AttemptStatus.ACCEPTED
    assert come_back(attempt.id).status is AttemptStatus.ACCEPTED
    assert payments_of(alice) == [(OWED_CENTS, "accepted")]


def test_it_is_effective_on_the_day_the_customer_paid(alice: Payer) -> None:
    late_evening = datetime(2026, 11, 3, 7, 50, tzinfo=UTC)  # 23:50 on November 2 in Los Angeles
    with clock.clock_at(late_evening):
        attempt = confirm(alice).attempt
        pay_at_sandbox(attempt.id, "bank_slow")
        assert come_back(attempt.id).status is AttemptStatus.PENDING
    with clock.clock_at(late_evening + timedelta(hours=9)):
        time_passes()
    payment = Payment.objects.get(payment_id=attempt.id)
    assert (payment.effective_on.isoformat(), payment.paid_at) == ("2026-11-02", late_evening)


@pytest.mark.parametrize(
    ("method", "way", "owed_cents", "bank_cents"),
    [
        ("card_works", ["accepted", "settled"], 0, OWED_CENTS),
        ("bank_slow", ["accepted", "settled"], 0, OWED_CENTS),
        ("card_declined", ["failed"], OWED_CENTS, 0),
        ("bank_closed", ["failed"], OWED_CENTS, 0),
        ("bank_short", ["accepted", "returned"], OWED_CENTS, 0),
        ("bank_disputed", ["accepted", "settled", "returned"], OWED_CENTS, 0),
        ("bank_mystery", ["accepted", "returned"], OWED_CENTS, 0),
    ],
)
def test_every_end_leaves_the_books_right(
    alice: Payer, method: str, way: list[str], owed_cents: int, bank_cents: int
) -> None:
    attempt = confirm(alice).attempt
    pay_at_sandbox(attempt.id, method)
    come_back(attempt.id)
    with clock.clock_at(much_later()):
        time_passes()
    assert statuses(attempt.id) == ["created", "pending", *way]
    assert balances(alice).balance_cents == owed_cents
    assert (ledger_account_cents("bank"), ledger_account_cents("clearing")) == (bank_cents, 0)


@pytest.mark.parametrize(
    ("method", "failure", "code"),
    [
        ("bank_short", FailureReason.INSUFFICIENT_FUNDS, "R01"),
        ("bank_closed", FailureReason.NO_SUCH_ACCOUNT, "R03"),
        ("bank_disputed", FailureReason.NOT_AUTHORIZED, "R10"),
        ("bank_mystery", FailureReason.OTHER, "R99"),
        ("card_declined", FailureReason.DECLINED_BY_BANK, "card_declined"),
    ],
)
def test_the_reason_is_kept_and_an_unknown_code_is_not_guessed_at(
    alice: Payer, method: str, failure: str, code: str
) -> None:
    attempt = confirm(alice).attempt
    pay_at_sandbox(attempt.id, method)
    with clock.clock_at(much_later()):
        time_passes()
    after = queries.attempt(attempt.id)
    assert (after.failure, after.failure_code) == (failure, code)


def test_the_payer_is_told_of_the_receipt_and_the_owner_of_a_return(alice: Payer) -> None:
    bob = let_in(a_login("bob"), alice.account, "helper_pay")
    attempt = confirm(bob).attempt
    pay_at_sandbox(attempt.id, "bank_short")
    come_back(attempt.id)
    assert list(Notice.objects.values_list("kind", "to")) == [("payment.accepted", "bob@example.com")]
    with clock.clock_at(much_later()):
        time_passes()
    returned = Notice.objects.filter(kind="payment.returned")
    assert sorted(returned.values_list("to", flat=True)) == ["alice@example.com", "bob@example.com"]
    text = returned[0].body
    assert "not enough money" in text
    assert "$142.87 is owed again" in text


def test_a_refusal_seen_on_the_page_is_not_mailed_and_a_late_one_is(alice: Payer) -> None:
    seen = confirm(alice).attempt
    pay_at_sandbox(seen.id, "card_declined")
    come_back(seen.id)
    deliver_messages()
    assert not Notice.objects.exists()
    left = confirm(alice, key="k2").attempt
    pay_at_sandbox(left.id, "bank_closed")
    deliver_messages()
    assert "No money moved" in Notice.objects.get(kind="payment.failed").body


def _told(attempt_id: UUID, state: ChargeState, **times: datetime) -> Charge:
    now = clock.now()
    return Charge(
        attempt_id=attempt_id,
        state=state,
        amount_cents=OWED_CENTS,
        reference="X-1",
        tender=Tender.BANK,
        tender_label="Bank account ending 6789",
        submitted_at=now,
        accepted_at=now,
        code="R10" if state is ChargeState.RETURNED else "",
        reason=FailureReason.NOT_AUTHORIZED if state is ChargeState.RETURNED else None,
        **times,
    )


@pytest.mark.parametrize("told", list(permutations(["accepted", "settled", "returned"])))
def test_news_in_every_order_and_twice_ends_the_same(
    alice: Payer, told: tuple[str, ...], commit_checks: Callable[[], None]
) -> None:
    attempt, now = confirm(alice).attempt, clock.now()
    news = {
        "accepted": _told(attempt.id, ChargeState.ACCEPTED),
        "settled": _told(attempt.id, ChargeState.SETTLED, settled_at=now),
        "returned": _told(attempt.id, ChargeState.RETURNED, settled_at=now, ended_at=now),
    }
    for name in (*told, *told):
        pay_bill.catch_up(cis=wiring.cis(), gateway="sandbox", charge=news[name], how=name, now=now)
    assert queries.attempt(attempt.id).status is AttemptStatus.RETURNED
    assert statuses(attempt.id) == ["created", "pending", "accepted", "settled", "returned"]
    assert balances(alice).balance_cents == OWED_CENTS
    assert ledger_account_cents("bank") == ledger_account_cents("clearing") == 0
    commit_checks()


def test_a_chargeback_before_the_success_was_told(alice: Payer) -> None:
    attempt, now = confirm(alice).attempt, clock.now()
    returned = _told(attempt.id, ChargeState.RETURNED, ended_at=now)
    after = pay_bill.catch_up(cis=wiring.cis(), gateway="sandbox", charge=returned, how="message", now=now)
    assert after.status is AttemptStatus.RETURNED
    late = _told(attempt.id, ChargeState.SETTLED, settled_at=now)
    pay_bill.catch_up(cis=wiring.cis(), gateway="sandbox", charge=late, how="message", now=now)
    assert payments_of(alice) == [(OWED_CENTS, "returned")]
    assert balances(alice).balance_cents == OWED_CENTS


@pytest.mark.parametrize(
    ("code", "reason", "days_later", "helps"),
    [
        ("R03", FailureReason.NO_SUCH_ACCOUNT, 2, "check the routing and account numbers"),
        ("R10", FailureReason.NOT_AUTHORIZED, 59, "talk to your bank"),
        ("R99", FailureReason.OTHER, 2, "try again, or pay another way"),
    ],
)
def test_a_return_after_posting_and_after_the_month_was_closed(
    alice: Payer, code: str, reason: FailureReason, days_later: int, helps: str,
    commit_checks: Callable[[], None],
) -> None:  # fmt: skip
    """Two months may lie between: the debt stands again in the present month, and the payer reads what helps."""
    paid = datetime(2026, 9, 30, 18, tzinfo=UTC)
    with clock.clock_at(paid):
        attempt = confirm(alice).attempt
        accepted = _told(attempt.id, ChargeState.ACCEPTED)
        settled = _told(attempt.id, ChargeState.SETTLED, settled_at=paid + timedelta(hours=1))
        for charge in (accepted, settled):
            pay_bill.catch_up(cis=wiring.cis(), gateway="sandbox", charge=charge, how="message", now=paid)
    AccountingPeriod.objects.create(first_day=date(2026, 9, 1), closed_at=paid + timedelta(days=1))
    later = paid + timedelta(days=days_later)
    with clock.clock_at(later):
        back = replace(settled, state=ChargeState.RETURNED, ended_at=later, code=code, reason=reason)
        for _ in range(2):
            pay_bill.catch_up(cis=wiring.cis(), gateway="sandbox", charge=back, how="message", now=later)
        page = alice.client().get(f"/payments/{attempt.id}/receipt/").content.decode()
    assert statuses(attempt.id) == ["created", "pending", "accepted", "settled", "returned"]
    assert balances(alice).balance_cents == OWED_CENTS
    assert ledger_account_cents("bank") == ledger_account_cents("clearing") == 0
    entry = Transaction.objects.get(kind="return")
    assert (entry.effective_on, entry.accounting_on) == (later.date(), later.date())
    assert helps in page
    assert code not in page
    commit_checks()


def test_a_success_told_after_a_failure_is_posted_because_money_moved(alice: Payer) -> None:
    attempt, now = confirm(alice).attempt, clock.now()
    for state in (ChargeState.DECLINED, ChargeState.ACCEPTED, ChargeState.DECLINED):
        pay_bill.catch_up(
            cis=wiring.cis(), gateway="sandbox", charge=_told(attempt.id, state), how="message", now=now
        )
    assert queries.attempt(attempt.id).status is AttemptStatus.ACCEPTED
    assert payments_of(alice) == [(OWED_CENTS, "accepted")]


def test_another_amount_than_asked_for_changes_nothing(alice: Payer) -> None:
    attempt, now = confirm(alice, cents=100).attempt, clock.now()
    told = _told(attempt.id, ChargeState.ACCEPTED)
    with pytest.raises(pay_bill.ChargeMismatch):
        pay_bill.catch_up(cis=wiring.cis(), gateway="sandbox", charge=told, how="message", now=now)
    assert queries.attempt(attempt.id).status is AttemptStatus.PENDING
    assert payments_of(alice) == []


def test_the_database_holds_the_table_of_moves(alice: Payer) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'payments_attempt_moves'")
        source = cursor.fetchone()[0]
    for before, after in ATTEMPT.pairs():
        assert f"('{before}', '{after}')" in source
    assert source.count("('") == len(ATTEMPT.pairs())


def test_the_database_refuses_a_move_off_the_table_and_a_status_without_a_step(
    alice: Payer, commit_checks: Callable[[], None]
) -> None:
    confirm(alice)
    with pytest.raises(IntegrityError, match="cannot go from pending to settled"), transaction.atomic():
        PaymentAttempt.objects.update(status="settled", paid_at=clock.now())
    PaymentAttempt.objects.update(status="failed")
    with pytest.raises(IntegrityError, match="without a step"):
        commit_checks()


@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
@pytest.mark.parametrize("model", [PaymentIntent, AttemptStep])
def test_what_was_wished_and_what_happened_cannot_be_rewritten(verb: str, model: type) -> None:
    table = model._meta.db_table  # type: ignore[attr-defined]
    refused = pytest.raises(ProgrammingError, match="permission denied")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table))


def test_the_sandbox_refuses_to_run_inside_our_transaction(alice: Payer) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        gateway().find(uuid4())


def test_every_step_says_who_when_and_why(alice: Payer) -> None:
    attempt = confirm(alice).attempt
    pay_at_sandbox(attempt.id, "bank_short")
    come_back(attempt.id)
    with clock.clock_at(much_later()):
        time_passes()
    steps = queries.steps_of(attempt.id)
    assert [step.why for step in steps] == [
        "confirmed on the page",
        "the gateway opened its page",
        "the customer came back",
        "the gateway's message charge.returned: R01",
    ]
    assert all(step.actor == "system" and step.at for step in steps)
    assert WebhookMessage.objects.filter(delivered_at__isnull=True).count() == 0


def test_the_work_is_waked_by_names_that_exist_and_at_its_time(alice: Payer) -> None:
    attempt = confirm(alice).attempt
    pay_at_sandbox(attempt.id)
    deliver_messages()
    come_back(attempt.id)
    jobs = ProcrastinateJob.objects.all()
    assert {job.task_name for job in jobs} >= {"payments:sandbox_tick", "payments:messages", "deliver:outbox"}
    assert {job.task_name for job in jobs} <= set(app.tasks)
    due = DueStep.objects.get().due_at
    assert [job.scheduled_at for job in jobs if job.scheduled_at] == [due]
