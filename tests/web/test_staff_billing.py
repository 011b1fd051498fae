"""Staff at billing: runs, the queue of exceptions, a bill's history; who may, what is said, what the books show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from meterside.cis.agreements.operations import end_agreement
from meterside.cis.billing.books import prove_books
from meterside.cis.billing.charges.deposits import settle_deposits
from meterside.cis.billing.charges.late_fees import charge_late_fees
from meterside.cis.billing.charges.policies import set_late_fee_policy
from meterside.cis.billing.corrections.correcting import find_corrections, make_good_on, set_make_good_policy
from meterside.cis.billing.corrections.rebilling import rebill
from meterside.cis.billing.models import Bill, BillCorrection, BillException, BillRun, Deposit, LateFee
from meterside.cis.billing.runs.exceptions import set_tolerance
from meterside.cis.billing.runs.operations import open_run, start_run
from meterside.cis.billing.runs.working import work_chunk, work_run
from meterside.cis.ledger.operations import post_payment
from meterside.cis.ledger.queries import balances_cents
from meterside.engine.period import Period
from meterside.engine.policy import late_fee_rule
from meterside.kit.clock import clock_at, now
from meterside.portal.identity.operations import create_login
from meterside.spine.models import AuditEntry
from meterside.web.design.formats import money
from tests.cast import instant, read_dial
from tests.web.billed import Town, fixed_count, statements, town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
MAR, APR = date(2025, 3, 1), date(2025, 4, 1)


def _staff(name: str) -> Client:
    login = create_login(
        email=f"{name}@example.com", password=None, display_name=name.title(), language="en",
        now=instant("2025-01-02T08:00"), is_staff=True,
    )  # fmt: skip
    client = Client()
    client.force_login(login, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def place() -> Town:
    return town()


@pytest.fixture
def dana(place: Town) -> Client:
    return _staff("dana")


@pytest.fixture
def march(place: Town) -> BillRun:
    """Open, not worked. Alice's meters were read, Charlie's were not."""
    read_dial(place.riverside.alice.electric, APR, 3100)
    read_dial(place.riverside.alice.water, APR, 3300)
    return open_run(cycle="01", window=Period(MAR, APR), bill_date=APR)


def _text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[-1500:]
    return _plain(answer.content.decode())


def _plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\N{NO-BREAK SPACE}", " ").split())


def _run_path(run: BillRun) -> str:
    return f"/staff/billing/runs/{run.public_id}/"


def test_customers_do_not_get_in(place: Town, march: BillRun) -> None:
    work_run(start_run(march).pk)
    waiting = BillException.objects.get()
    bill = place.bill(place.riverside.alice)
    for path in (
        "/staff/billing/", _run_path(march), "/staff/billing/exceptions/", "/staff/billing/bills/?q=2600101",
        f"/staff/billing/exceptions/{waiting.public_id}/", f"/staff/billing/bills/{bill.public_id}/",
    ):  # fmt: skip
        assert place.alice.get(path).status_code == 404
        assert Client().get(path).status_code == 302
    assert place.alice.post(f"{_run_path(march)}start/").status_code == 404
    assert (
        place.alice.post(f"/staff/billing/bills/{bill.public_id}/cancel/", {"how": "cancel"}).status_code
        == 404
    )
    bill.refresh_from_db()
    assert bill.status == "issued"


def test_a_run_is_opened_priced_and_billed(place: Town, dana: Client, march: BillRun) -> None:
    opened = dana.post(
        "/staff/billing/open/", {"cycle": "01", "start": "2025-03-01", "end": "2025-04-01", "bill_date": ""}
    )
    assert opened["Location"] == _run_path(march)
    assert "Nothing was done yet" in _text(dana, _run_path(march))
    assert dana.post(f"{_run_path(march)}price/").status_code == 302
    assert "being priced" in _text(dana, _run_path(march))
    work_run(march.pk)
    page = _text(dana, _run_path(march))
    assert "Against the last bills" in page
    assert "1 accounts priced" in page
    assert "A read is missing" in page
    assert Bill.objects.filter(run=march).count() == 0
    assert dana.post(f"{_run_path(march)}start/").status_code == 302
    work_run(march.pk)
    page = _text(dana, _run_path(march))
    assert "Bills issued 1" in page
    assert "Try the held accounts again" in page
    # The people who did it stand by name.
    assert "priced" in page
    assert "Dana" in page
    assert AuditEntry.objects.filter(action="bill_run.running").latest("id").actor_kind == "staff"


def test_what_is_wrong_with_a_new_run_is_said(place: Town, dana: Client, march: BillRun) -> None:
    for sent, status, said in (
        ({"cycle": "01", "start": "", "end": "2025-04-01"}, 422, "Enter the first day"),
        (
            {"cycle": "01", "start": "2025-04-01", "end": "2025-04-01"},
            422,
            "Enter a day behind the first day",
        ),
        ({"cycle": "99", "start": "2025-04-01", "end": "2025-05-01"}, 422, "Choose a cycle"),
        (
            {"cycle": "01", "start": "2025-03-15", "end": "2025-04-15"},
            409,
            "Another run of this cycle bills some",
        ),
    ):
        answer = dana.post("/staff/billing/open/", sent)
        assert answer.status_code == status
        assert said in _plain(answer.content.decode())
    assert BillRun.objects.filter(window__startswith__gte=MAR).count() == 1


def test_a_run_is_stopped_with_a_reason(place: Town, dana: Client, march: BillRun) -> None:
    start_run(march, chunk_accounts=1)
    work_chunk(march.pk)
    assert dana.post(f"{_run_path(march)}stop/", {"reason": " "}).status_code == 422
    assert dana.post(f"{_run_path(march)}stop/", {"reason": "wrong price"}).status_code == 302
    page = _text(dana, _run_path(march))
    assert "wrong price" in page
    assert "Go on with the bills" in page
    late = dana.post(f"{_run_path(march)}stop/", {"reason": "again"})
    assert late.status_code == 409
    assert "moved on meanwhile" in late.content.decode()
    assert dana.get(f"{_run_path(march)}stop/").status_code == 405
    assert dana.post(f"{_run_path(march)}delete/").status_code == 404


@contextmanager
def _approval_needed() -> Iterator[None]:
    utility = settings.UTILITY
    settings.UTILITY = utility.model_copy(update={"bill_runs_need_approval": True})
    try:
        yield
    finally:
        settings.UTILITY = utility


def test_a_second_person_approves(place: Town, dana: Client, march: BillRun) -> None:
    with _approval_needed():
        early = dana.post(f"{_run_path(march)}start/")
        assert (early.status_code, "second person has to approve" in early.content.decode()) == (409, True)
        dana.post(f"{_run_path(march)}price/")
        work_run(march.pk)
        assert "Somebody else has to approve it" in _text(dana, _run_path(march))
        assert dana.post(f"{_run_path(march)}approve/").status_code == 409
        eli = _staff("eli")
        assert ">Approve<" in eli.get(_run_path(march)).content.decode()
        assert eli.post(f"{_run_path(march)}approve/").status_code == 302
        assert "Approved by Eli" in _text(dana, _run_path(march))
        assert dana.post(f"{_run_path(march)}start/").status_code == 302
    work_run(march.pk)
    assert Bill.objects.filter(run=march).count() == 1


def test_the_queue_and_its_decisions(
    place: Town, dana: Client, march: BillRun, commit_checks: Callable[[], None]
) -> None:
    set_tolerance(kind="low", since=MAR, service="electric", percent=99)
    work_run(start_run(march).pk)
    page = _text(dana, "/staff/billing/exceptions/")
    assert "2 wait" in page
    assert "Meter C-E has no read of Apr 1." in page
    assert "684 kWh in 31 days; the last bill had 672 kWh in 28 days." in page
    low = BillException.objects.get(kind="low")
    missing = BillException.objects.get(kind="missing_read")
    only = _text(dana, f"/staff/billing/exceptions/?kind=missing_read&run={march.public_id}")
    assert "684 kWh" not in only
    assert place.riverside.charlie.account.number in only
    path = f"/staff/billing/exceptions/{missing.public_id}/"
    assert "Accept" not in _text(dana, path).split("What to do")[1].split("What happened")[0]
    assert dana.post(path, {}).status_code == 422
    assert dana.post(path, {"decision": "hold", "reason": ""}).status_code == 422
    assert dana.post(path, {"decision": "accept", "reason": "x"}).status_code == 409
    assert dana.post(path, {"decision": "hold", "reason": "a technician goes there"}).status_code == 302
    assert "a technician goes there" in _text(dana, "/staff/billing/exceptions/")
    read_dial(place.riverside.charlie.electric, APR, 3100)
    read_dial(place.riverside.charlie.water, APR, 3300)
    assert dana.post(path, {"decision": "correct", "reason": "he was there"}).status_code == 302
    dana.post(f"/staff/billing/exceptions/{low.public_id}/", {"decision": "accept", "reason": ""})
    work_run(march.pk)
    for one in BillException.objects.filter(status="open"):
        dana.post(f"/staff/billing/exceptions/{one.public_id}/", {"decision": "accept", "reason": ""})
    work_run(march.pk)
    assert Bill.objects.filter(run=march).count() == 2
    again = dana.post(path, {"decision": "correct", "reason": "again"})
    assert (again.status_code, "decided this meanwhile" in again.content.decode()) == (409, True)
    assert "Dana" in _text(dana, path)
    commit_checks()
    assert prove_books().holds


def test_a_bills_history_and_what_is_done_about_it(
    place: Town, dana: Client, commit_checks: Callable[[], None]
) -> None:
    home = place.riverside.alice
    bill = place.bill(home)
    found = _text(dana, f"/staff/billing/bills/?q={bill.number}")
    assert home.account.number in found
    path = f"/staff/billing/bills/{bill.public_id}/"
    page = _text(dana, path)
    assert "A-E, March 1, 2025: 2,416,000 Wh, measured (v1)" in page
    # 672 kWh: 13.50 + 650 x 0.0934 + 22 x 0.1080 = 76.59, tax 3.83.
    assert "Electric $80.42 −$76.59 −$3.83" in page
    assert "waits to go out" in page
    read_dial(home.water, MAR, 2300)
    assert dana.post(f"{path}cancel/", {"reason": "x"}).status_code == 422
    assert dana.post(f"{path}cancel/", {"how": "rebill", "reason": ""}).status_code == 422
    made = dana.post(f"{path}cancel/", {"how": "rebill", "reason": "a digit was wrong"})
    again = Bill.objects.latest("id")
    assert made["Location"] == f"/staff/billing/bills/{again.public_id}/"
    page = _text(dana, path)
    assert "Dana : a digit was wrong" in page.replace("Dana:", "Dana :")
    assert f"Bill {again.number} stands in its place" in page
    assert "Bill taken back" in page
    assert f"Bill {bill.number}" in _text(dana, made["Location"])
    late = dana.post(f"{path}cancel/", {"how": "cancel", "reason": "again"})
    assert (late.status_code, "taken back already" in late.content.decode()) == (409, True)
    # A read that makes it impossible: nothing is changed, and it is said why.
    read_dial(home.water, MAR, 1000)
    refused = dana.post(f"{made['Location']}cancel/", {"how": "rebill", "reason": "x"})
    assert refused.status_code == 409
    assert "nothing was changed. Meter A-W reads less on Mar 1 than on Feb 1." in _plain(
        refused.content.decode()
    )
    only = dana.post(f"{made['Location']}cancel/", {"how": "cancel", "reason": "x"})
    assert only.status_code == 302
    commit_checks()
    assert prove_books().holds


def test_a_correction_is_shown_and_may_be_left(place: Town, dana: Client) -> None:
    home = place.riverside.alice
    bill = place.bill(home)
    set_make_good_policy(since=date(2025, 1, 1))
    read_dial(home.water, MAR, 2300)
    find_corrections([home.account.pk], policies=make_good_on(MAR), today=APR)
    row = BillCorrection.objects.get()
    path = f"/staff/billing/bills/{bill.public_id}/"
    assert "Priced now, it would differ by −$6.20" in _text(dana, path)
    dismiss = f"/staff/billing/corrections/{row.public_id}/dismiss/"
    assert dana.post(dismiss, {"reason": ""}).status_code == 422
    assert dana.post(dismiss, {"reason": "agreed on the telephone"}).status_code == 302
    assert "agreed on the telephone" in _text(dana, path)
    assert dana.post(dismiss, {"reason": "again"}).status_code == 409


def test_a_final_bill_is_made_off_the_cycle(place: Town, dana: Client) -> None:
    home = place.riverside.alice
    out = date(2025, 3, 15)
    for agreement in home.agreements.values():
        end_agreement(agreement=agreement, ends_on=out)
    sent = {"q": home.account.number, "through": "2025-03-15"}
    assert dana.post("/staff/billing/bills/off-cycle/", sent)["Location"].endswith("#waiting")
    assert "Meter A-E has no read of Mar 15." in _text(dana, f"/staff/billing/bills/?q={home.account.number}")
    read_dial(home.electric, out, 2700, kind="final")
    read_dial(home.water, out, 2700, kind="final")
    made = dana.post("/staff/billing/bills/off-cycle/", sent)
    assert "final" in _text(dana, made["Location"])
    assert dana.post("/staff/billing/bills/off-cycle/", sent).status_code == 409
    assert dana.post("/staff/billing/bills/off-cycle/", {**sent, "through": "soon"}).status_code == 422
    assert (
        dana.post("/staff/billing/bills/off-cycle/", {"q": "1", "through": "2025-03-15"}).status_code == 404
    )


@pytest.mark.parametrize("query", ["", "0", "' OR 1=1", "99999999999999999999", "abc"])
def test_what_is_no_number_finds_nothing(place: Town, dana: Client, query: str) -> None:
    answer = dana.get("/staff/billing/bills/", {"q": query})
    assert answer.status_code == 200
    assert "Bill it now" not in answer.content.decode()


@pytest.mark.parametrize("query", ["?page=0", "?page=x", "?page=99", "?run=x"])
def test_no_such_page_of_the_queue(place: Town, dana: Client, query: str) -> None:
    assert dana.get(f"/staff/billing/exceptions/{query}").status_code == 404


def test_pages_ask_a_fixed_number_of_statements(place: Town, dana: Client, march: BillRun) -> None:
    dana.post(f"{_run_path(march)}start/")
    work_run(march.pk)
    waiting = BillException.objects.get()
    dana.post(f"/staff/billing/exceptions/{waiting.public_id}/", {"decision": "hold", "reason": "x"})
    bill = place.bill(place.riverside.alice)
    pages = {
        "staff_runs": "/staff/billing/",
        "staff_run": _run_path(march),
        "staff_exceptions": "/staff/billing/exceptions/",
        "staff_exception": f"/staff/billing/exceptions/{waiting.public_id}/",
        "staff_bills": f"/staff/billing/bills/?q={place.riverside.alice.account.number}",
        "staff_bill": f"/staff/billing/bills/{bill.public_id}/",
    }
    counted = {name: _asked(dana, path) for name, path in pages.items()}
    assert counted == {name: fixed_count(name) for name in pages}
    _one_bill_more(place)
    assert {name: _asked(dana, path) for name, path in pages.items()} == counted


def _one_bill_more(place: Town) -> None:
    """History must not cost: a run more, and a bill more for both."""
    run = BillRun.objects.get(bill_date=APR)
    read_dial(place.riverside.charlie.electric, APR, 3100)
    read_dial(place.riverside.charlie.water, APR, 3300)
    work_run(start_run(run).pk)


def _asked(client: Client, path: str) -> int:
    client.get(path)
    with statements() as seen:
        client.get(path)
    return len(seen)


def test_a_bills_story_its_late_fee_and_what_staff_do_about_it(place: Town, dana: Client) -> None:
    """A rule from March on; February's bill is made again under it, is not paid, and its fee is taken back."""
    home = place.riverside.alice
    set_late_fee_policy(since=MAR, rule=late_fee_rule({"percent": "0.015"}))
    with clock_at(instant("2025-03-02T09:00")):
        bill = rebill(bill_ids=[place.bill(home).pk], reason="a wrong read", bill_date=date(2025, 3, 2))
    path = f"/staff/billing/bills/{bill.public_id}/"
    assert "Waive the late fee" in _text(dana, path)
    assert bill.late_date is not None
    day = bill.late_date + timedelta(days=1)
    with clock_at(instant(f"{day}T02:40")):
        charge_late_fees(today=day)
    fee = LateFee.objects.get(bill=bill)
    text = _plain(_text(dana, path))
    for said in ("Bill issued", "Late fee, for what was left after", "Late after", money(fee.amount_cents)):
        assert said in text
    customer = _plain(place.alice.get(f"/bills/{bill.public_id}/").content.decode())
    assert f"Late fee of {money(fee.amount_cents)}" in customer
    assert f"1.5% of the {money(bill.total_due_cents)} that was left" in customer
    with clock_at(instant(f"{day}T12:00")):
        home_page = _plain(place.alice.get("/home/").content.decode())
        assert f"It includes a late fee of {money(fee.amount_cents)}" in home_page
        assert money(bill.amount_after_late_cents or 0) in home_page
        refused = dana.post(f"{path}late-fee/", {"fee_reason": " "})
        assert refused.status_code == 422
        assert "Say why no late fee is owed" in _plain(refused.content.decode())
        assert dana.post(f"{path}late-fee/", {"fee_reason": "the mail was late"}).status_code == 302
        assert dana.post(f"{path}late-fee/", {"fee_reason": "again"}).status_code == 409
    text = _plain(_text(dana, path))
    assert "Late fee taken back" in text
    assert "Dana: the mail was late" in text
    assert "It was taken back on" in _plain(place.alice.get(f"/bills/{bill.public_id}/").content.decode())
    document = dana.get(f"{path}pdf/")
    assert document.content.startswith(b"%PDF")
    assert place.alice.get(f"{path}pdf/").status_code == 404


def test_a_late_fee_is_waived_before_it_comes(place: Town, dana: Client) -> None:
    home = place.riverside.charlie
    set_late_fee_policy(since=MAR, rule=late_fee_rule({"flat": "10"}))
    with clock_at(instant("2025-03-02T09:00")):
        bill = rebill(bill_ids=[place.bill(home).pk], reason="a wrong read", bill_date=date(2025, 3, 2))
    path = f"/staff/billing/bills/{bill.public_id}/"
    assert dana.post(f"{path}late-fee/", {"fee_reason": "a hospital stay"}).status_code == 302
    text = _plain(_text(dana, path))
    assert "Waived: none comes on this bill" in text
    assert "a hospital stay" in text
    day = date(2025, 5, 1)
    assert charge_late_fees(today=day).n_charged == 0


def test_a_deposit_is_asked_for_paid_and_given_back(place: Town, dana: Client) -> None:
    account = place.riverside.charlie.account
    page, act = f"/staff/billing/bills/?q={account.number}", "/staff/billing/bills/deposit/"
    form = {"q": account.number, "deposit_reason": "often late"}
    for fields, said in (
        ({"deposit_reason": " ", "deposit_amount": "10"}, "Say why"),
        ({"deposit_amount": "1.005"}, "Enter an amount in dollars and cents"),
        ({}, "No rule says how much; enter an amount"),
    ):
        refused = dana.post(act, {**form, **fields})
        assert refused.status_code == 422
        assert said in _plain(refused.content.decode())
    assert dana.post(act, {**form, "deposit_amount": "$150.00"}).status_code == 302
    assert "A deposit of $150.00 was asked for" in _text(dana, page)
    assert "It is not paid yet" in _plain(place.charlie.get("/profile/").content.decode())
    owed = balances_cents([account.pk])[account.pk]
    post_payment(
        payment_id=uuid4(), account_id=account.pk, amount_cents=owed, paid_at=now(), channel="counter",
        tender="check",
    )  # fmt: skip
    settle_deposits(today=now().date())
    assert "We hold a deposit of $150.00 for you" in _text(dana, page)
    assert dana.post(act, form).status_code == 302
    assert "Your deposit of $150.00 was given back" in _text(dana, page)
    assert balances_cents([account.pk])[account.pk] == -150_00
    assert Deposit.objects.get().ended_reason == "often late"
    assert place.charlie.post(act, form).status_code == 404
