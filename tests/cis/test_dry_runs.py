"""A dry run prices the whole cycle and issues nothing; a second person approves; messages stand on bills."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from meterside.cis.billing.books import prove_books
from meterside.cis.billing.corrections.correcting import set_make_good_policy
from meterside.cis.billing.models import Bill, BillRun, BillRunPrice
from meterside.cis.billing.queries.prices import largest_changes, price_summary
from meterside.cis.billing.runs import chunk as chunk_module
from meterside.cis.billing.runs.exceptions import set_tolerance
from meterside.cis.billing.runs.operations import (
    NeedsApproval,
    SamePerson,
    approve_run,
    open_run,
    price_run,
    start_run,
    stop_run,
)
from meterside.cis.billing.runs.progress import run_progress
from meterside.cis.billing.runs.working import work_chunk, work_run
from meterside.cis.billing.statement.messages import set_bill_message
from meterside.cis.metering.estimates.registers import set_estimate_policy
from meterside.contracts.cis import AccountRef, BillRef
from meterside.engine.lifecycle import MoveNotAllowed
from meterside.engine.period import Period
from meterside.journeys.see_bill import see_bill
from meterside.spine.actor import Actor, acting
from meterside.web.design import formats
from meterside.wiring import cis
from tests.cast import Riverside, bill_month, read_dial, riverside
from tests.many_accounts import CYCLE, many_accounts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JAN, FEB, MAR = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)
DANA, ELI = Actor("staff", "dana"), Actor("staff", "eli")
_KEPT = (
    "cis_billing_bill", "cis_billing_billsegment", "cis_billing_billexception", "cis_billing_billcorrection",
    "cis_ledger_transaction", "cis_ledger_posting", "cis_metering_registerread", "spine_outboxmessage",
)  # fmt: skip


def _open(cycle: str, start: date = FEB, end: date = MAR) -> BillRun:
    return open_run(cycle=cycle, window=Period(start, end), bill_date=end)


def _counts() -> dict[str, int]:
    found = {}
    with connection.cursor() as cursor:
        for table in _KEPT:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found


@pytest.fixture
def utility() -> Riverside:
    """Two households billed for January. Alice uses more in February; Charlie has no read of March 1."""
    made = riverside()
    for home in made.households:
        for day, kwh, cf in ((JAN, 1000, 500), (FEB, 1700, 1500)):
            read_dial(home.electric, day, kwh)
            read_dial(home.water, day, cf)
    bill_month(JAN, FEB, [home.account for home in made.households])
    read_dial(made.alice.electric, MAR, 3000)
    read_dial(made.alice.water, MAR, 2500)
    return made


def test_everything_is_priced_and_nothing_stays_but_the_prices(utility: Riverside) -> None:
    set_estimate_policy(since=JAN, commodity="water", methods=["recent"])
    set_make_good_policy(since=JAN)
    read_dial(utility.alice.water, FEB, 1400)
    before = _counts()
    run = price_run(_open("01"))
    work_run(run.pk)
    run.refresh_from_db()
    assert run.status == "priced"
    assert _counts() == before
    prices = {row.account: row for row in BillRunPrice.objects.filter(run=run)}
    charlie = prices[utility.charlie.account]
    assert (charlie.charges_cents, charlie.problems) == (None, ["missing_read"])
    alice = prices[utility.alice.account]
    start_run(run)
    work_run(run.pk)
    bill = Bill.objects.get(run=run)
    assert bill.current_charges_cents == alice.charges_cents
    january = Bill.objects.get(account=utility.alice.account, bill_date=FEB)
    assert alice.last_charges_cents == january.current_charges_cents


def test_the_difference_in_all_and_the_largest_changes_first(commit_checks: Callable[[], None]) -> None:
    many_accounts(9, [JAN, FEB, MAR])
    first = start_run(_open(CYCLE, JAN, FEB))
    work_run(first.pk)
    run = price_run(_open(CYCLE), chunk_accounts=4)
    work_run(run.pk)
    found = price_summary(run.pk)
    start_run(run)
    work_run(run.pk)
    bills = {bill.account.number: bill for bill in Bill.objects.filter(run=run).select_related("account")}
    was = {bill.account_id: bill.current_charges_cents for bill in Bill.objects.filter(run=first)}
    changes = {number: bill.current_charges_cents - was[bill.account_id] for number, bill in bills.items()}
    assert found.difference_cents == sum(changes.values()) != 0
    assert (found.n_priced, found.n_compared, found.n_held, found.n_first) == (9, 9, 0, 0)
    assert (found.n_more, found.n_less) == (
        sum(change > 0 for change in changes.values()), sum(change < 0 for change in changes.values()),
    )  # fmt: skip
    listed = largest_changes(run.pk)
    assert [abs(row.difference_cents or 0) for row in listed] == sorted(
        map(abs, changes.values()), reverse=True
    )
    assert all(changes[row.account_number] == row.difference_cents for row in listed)
    commit_checks()
    assert prove_books().holds


def test_a_dry_run_tells_what_would_be_held(utility: Riverside) -> None:
    set_tolerance(kind="high", since=JAN, percent=150)
    run = price_run(_open("01"))
    work_run(run.pk)
    problems = {row.account_number: row.problems for row in largest_changes(run.pk)}
    assert problems == {
        utility.alice.account.number: ("high",),
        utility.charlie.account.number: ("missing_read",),
    }
    assert price_summary(run.pk).n_held == 2


def test_priced_again_the_prices_are_those_of_now(utility: Riverside) -> None:
    run = price_run(_open("01"))
    work_run(run.pk)
    read_dial(utility.charlie.electric, MAR, 2300)
    read_dial(utility.charlie.water, MAR, 2500)
    price_run(run)
    work_run(run.pk)
    assert price_summary(run.pk).n_priced == 2
    assert (run_progress(run.pk, kind="price").done, BillRunPrice.objects.count()) == (2, 2)


def test_a_dry_run_is_stopped_and_goes_on() -> None:
    many_accounts(6, [JAN, FEB])
    run = price_run(_open(CYCLE, JAN, FEB), chunk_accounts=2)
    work_chunk(run.pk)
    stop_run(run, reason="too early")
    assert work_run(run.pk) == 0
    price_run(run)
    assert work_run(run.pk) == 2
    assert BillRunPrice.objects.count() == 6


def test_bills_may_be_issued_in_the_middle_of_a_dry_run_that_was_stopped() -> None:
    many_accounts(6, [JAN, FEB])
    run = price_run(_open(CYCLE, JAN, FEB), chunk_accounts=2)
    work_chunk(run.pk)
    stop_run(run, reason="no time")
    start_run(run)
    work_run(run.pk)
    run.refresh_from_db()
    assert (run.status, Bill.objects.count()) == ("done", 6)
    with pytest.raises(MoveNotAllowed):
        price_run(run)


def test_one_accounts_trouble_is_told(utility: Riverside, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_rest: Any) -> Any:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(chunk_module, "draft_segments", failing)
    run = price_run(_open("01"))
    work_run(run.pk)
    assert [row.problems for row in BillRunPrice.objects.all()] == [["failed"], ["failed"]]


@contextmanager
def _approval_needed() -> Iterator[None]:
    utility = settings.UTILITY
    settings.UTILITY = utility.model_copy(update={"bill_runs_need_approval": True})
    try:
        yield
    finally:
        settings.UTILITY = utility


def test_a_second_person_says_yes_before_bills_are_issued(utility: Riverside) -> None:
    run = _open("01")
    with _approval_needed():
        with pytest.raises(NeedsApproval):
            start_run(run)
        with acting(DANA):
            price_run(run)
            work_run(run.pk)
            with pytest.raises(NeedsApproval):
                start_run(run)
            with pytest.raises(SamePerson):
                approve_run(run)
        with acting(ELI):
            approved = approve_run(run)
        assert (approved.status, approved.approved_by) == ("approved", "staff:eli")
        with acting(DANA):
            start_run(run)
            stop_run(run, reason="lunch")
            start_run(run)
            work_run(run.pk)
    assert Bill.objects.filter(run=run).count() == 1


def test_priced_again_it_has_to_be_approved_again(utility: Riverside) -> None:
    run = _open("01")
    with _approval_needed():
        with acting(DANA):
            price_run(run)
            work_run(run.pk)
        with acting(ELI):
            approve_run(run)
        with acting(DANA):
            price_run(run)
            work_run(run.pk)
        with pytest.raises(NeedsApproval):
            start_run(run)
    with pytest.raises(MoveNotAllowed):
        approve_run(_open("01", MAR, date(2025, 4, 1)))


def test_messages_stand_on_the_bills_they_are_for(utility: Riverside) -> None:
    since, until = date(2025, 2, 15), date(2025, 3, 15)
    said = partial(set_bill_message, since=since, until=until)
    said(code="a-lead", text_en="We replace pipes.", text_es="Cambiamos tuberías.")
    said(code="b-cycle", text_en="Your cycle.", text_es="Su ciclo.", cycle="01")
    said(code="c-shop", text_en="Shops.", text_es="Tiendas.", customer_class="commercial")
    set_bill_message(code="d-later", text_en="April.", text_es="Abril.", since=until)
    bill_month(FEB, MAR, [utility.alice.account])
    bill = Bill.objects.get(account=utility.alice.account, bill_date=MAR)
    assert bill.statement["messages"] == [
        {"code": "a-lead", "en": "We replace pipes.", "es": "Cambiamos tuberías."},
        {"code": "b-cycle", "en": "Your cycle.", "es": "Su ciclo."},
    ]
    view = cis().bill(AccountRef(utility.alice.account.public_id), BillRef(bill.public_id))
    with translation.override("es"):
        assert see_bill(view, say=formats).messages == ("Cambiamos tuberías.", "Su ciclo.")
    assert see_bill(view, say=formats).messages == ("We replace pipes.", "Your cycle.")
    # The message is replaced; a bill that was issued keeps what it said.
    said(code="a-lead", text_en="Done.", text_es="Listo.")
    bill.refresh_from_db()
    assert json.dumps(bill.statement["messages"]).count("We replace pipes.") == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        set_bill_message(code="e", text_en="English only.", text_es=" ", since=since)
