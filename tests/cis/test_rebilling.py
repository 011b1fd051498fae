"""Cancelled, and cancelled and billed again: to the cent, with the difference told, and the books in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.cis.agreements.models import AgreementTariff
from meterside.cis.agreements.operations import end_agreement
from meterside.cis.billing import segments
from meterside.cis.billing.books import prove_books
from meterside.cis.billing.corrections.rebilling import CannotCancel, ReasonNeeded, cancel_bill, rebill
from meterside.cis.billing.models import Bill, BillCancellation, BillException, BillSegment, RatingStateEntry
from meterside.cis.billing.runs.off_cycle import NothingToBill, bill_off_cycle
from meterside.cis.ledger.models import Posting, Transaction
from meterside.cis.ledger.queries import balances_cents
from meterside.cis.tariffs.operations import store_tariff
from meterside.engine.rated import RatingState
from meterside.engine.rating import rate as plain_rate
from meterside.engine.tariff.document import tariff_from_toml
from meterside.spine.actor import Actor, acting
from meterside.spine.models import AuditEntry, OutboxMessage
from tests.cast import ELECTRIC, Household, Riverside, bill_month, read_dial, riverside

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JAN, FEB, MAR, APR = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1)


@pytest.fixture
def utility() -> Riverside:
    return riverside()


@pytest.fixture
def books(commit_checks: Callable[[], None]) -> Callable[[], None]:
    def hold() -> None:
        commit_checks()
        assert [f for f in prove_books().findings if f.n_broken] == []

    return hold


def _read(home: Household, day: date, kwh: int, cf: int) -> None:
    read_dial(home.electric, day, kwh)
    read_dial(home.water, day, cf)


def _three_months(home: Household) -> list[Bill]:
    for day, kwh, cf in ((JAN, 1000, 500), (FEB, 1762, 1500), (MAR, 2400, 2400), (APR, 3100, 3300)):
        _read(home, day, kwh, cf)
    for start, end in ((JAN, FEB), (FEB, MAR), (MAR, APR)):
        bill_month(start, end, [home.account])
    return list(Bill.objects.filter(account=home.account).order_by("id"))


def test_the_last_bill_again_with_a_corrected_read(utility: Riverside, books: Callable[[], None]) -> None:
    home = utility.alice
    *_, march = _three_months(home)
    # 700 kWh were 650 x 0.0934 + 50 x 0.1080; 600 are 600 x 0.0934. And 5 % of it.
    read_dial(home.electric, APR, 3000)
    with acting(Actor("staff", "dana")):
        again = rebill(bill_ids=[march.pk], reason="a digit was read wrongly", bill_date=date(2025, 4, 10))
    march.refresh_from_db()
    difference = again.current_charges_cents - march.current_charges_cents
    assert difference == (5604 + 1350 + 348) - (6071 + 540 + 1350 + 398)
    assert (march.status, again.status, again.kind, again.run_id) == (
        "cancelled",
        "issued",
        "rebill",
        march.run_id,
    )
    assert again.previous_balance_cents == march.total_due_cents
    assert again.adjustments_cents == -march.current_charges_cents
    assert again.total_due_cents == march.total_due_cents + difference
    assert balances_cents([home.account.pk])[home.account.pk] == again.total_due_cents
    note = BillCancellation.objects.get(bill=march)
    assert (note.replaced_by, note.by, note.reason) == (again, "staff:dana", "a digit was read wrongly")
    assert AuditEntry.objects.get(action="bill.cancelled").detail["replaced_by"] == again.number
    books()


def test_the_difference_is_told_in_parts_that_sum(utility: Riverside) -> None:
    home = utility.alice
    *_, march = _three_months(home)
    read_dial(home.electric, APR, 3000)
    again = rebill(bill_ids=[march.pk], reason="wrong")
    change = again.statement["change"]
    assert change["previous_number"] == march.number
    assert change["difference_cents"] == again.current_charges_cents - march.current_charges_cents
    assert [(part["service"], part["kind"]) for part in change["parts"]] == [("electric", "use")]
    assert again.statement["replaces"] == [
        {
            "number": march.number,
            "bill_date": "2025-04-01",
            "current_charges_cents": march.current_charges_cents,
        }
    ]
    told = OutboxMessage.objects.filter(topic="bills.issued").latest("id").payload["bills"]
    assert [(bill["number"], bill["replaces"]) for bill in told] == [(again.number, [march.number])]
    assert again.statement["activity"] == [
        {
            "kind": "bill_cancel", "on": again.statement["activity"][0]["on"],
            "amount_cents": -march.current_charges_cents, "note": str(march.number),
        }
    ]  # fmt: skip


def test_an_earlier_bill_again_follows_on_the_latest(utility: Riverside, books: Callable[[], None]) -> None:
    home = utility.alice
    january, _, march = _three_months(home)
    second = store_tariff(tariff_from_toml(ELECTRIC.replace('"E-1"', '"E-2"').replace('"13.50"', '"10.00"')))
    agreement = home.agreements["electric"]
    agreement.tariffs.update(during=DateRange(FEB, None))
    AgreementTariff.objects.create(agreement=agreement, tariff=second, during=DateRange(JAN, FEB))
    again = rebill(bill_ids=[january.pk], reason="was on the lower rate from the start")
    # 3.50 less, and its tax: 0.05 x 82.81 is 4.14, it was 4.32.
    assert again.current_charges_cents - january.current_charges_cents == -350 - 18
    assert again.previous_balance_cents == march.total_due_cents
    assert again.total_due_cents == march.total_due_cents - 368
    assert {part["kind"] for part in again.statement["change"]["parts"]} == {"rate"}
    books()
    _read(home, date(2025, 5, 1), 3800, 4200)
    bill_month(APR, date(2025, 5, 1), [home.account])
    april = Bill.objects.latest("id")
    assert april.previous_balance_cents == again.total_due_cents
    assert april.statement["change"]["previous_number"] == march.number
    books()


def test_two_bills_become_one(utility: Riverside, books: Callable[[], None]) -> None:
    home = utility.alice
    _, february, march = _three_months(home)
    # The read of March 1 was 100 kWh too high: one month gets less, the other more.
    read_dial(home.electric, MAR, 2300)
    again = rebill(bill_ids=[march.pk, february.pk], reason="one read for both")
    assert again.run_id is None
    periods = [
        (segment.period.lower, segment.period.upper)
        for segment in again.segments.filter(agreement=home.agreements["electric"]).order_by("period")
    ]
    assert periods == [(FEB, MAR), (MAR, APR)]
    change = again.statement["change"]
    assert change["previous_cents"] == february.current_charges_cents + march.current_charges_cents
    assert sum(part["amount_cents"] for part in change["parts"]) == change["difference_cents"]
    # 538 kWh instead of 638 at 0.0934, 800 instead of 700 at 0.1080; tax of both.
    assert change["difference_cents"] == (5025 + 319) - (5959 + 365) + (6071 + 1620 + 452) - (
        6071 + 540 + 398
    )
    books()


def test_a_bill_without_a_new_one_leaves_its_days_to_the_next(
    utility: Riverside, books: Callable[[], None]
) -> None:
    home = utility.alice
    *_, march = _three_months(home)
    cancel_bill(bill_id=march.pk, reason="sent to the wrong account")
    books()
    assert OutboxMessage.objects.get(topic="bill.cancelled").payload["bill"] == str(march.public_id)
    _read(home, date(2025, 5, 1), 3800, 4200)
    bill_month(APR, date(2025, 5, 1), [home.account])
    april = Bill.objects.latest("id")
    assert april.statement["period"] == ["2025-03-01", "2025-05-01"]
    assert april.adjustments_cents == -march.current_charges_cents
    assert april.statement["change"]["previous_bill_date"] == "2025-03-01"
    books()


def test_what_is_cancelled_is_not_cancelled_again(utility: Riverside) -> None:
    *_, march = _three_months(utility.alice)
    with pytest.raises(ReasonNeeded):
        cancel_bill(bill_id=march.pk, reason=" ")
    cancel_bill(bill_id=march.pk, reason="wrong")
    for again in (cancel_bill, lambda bill_id, reason: rebill(bill_ids=[bill_id], reason=reason)):
        with pytest.raises(CannotCancel):
            again(bill_id=march.pk, reason="wrong")
    assert Transaction.objects.filter(kind="bill_cancel").count() == 1


def test_a_bill_that_cannot_be_priced_again_stays(utility: Riverside, books: Callable[[], None]) -> None:
    home = utility.alice
    *_, march = _three_months(home)
    read_dial(home.electric, APR, 2000)
    with pytest.raises(segments.UnableToBill, match="reads less"):
        rebill(bill_ids=[march.pk], reason="wrong")
    march.refresh_from_db()
    assert march.status == "issued"
    books()


def _banking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rating that carries all use it has ever seen, as a bank of kilowatt-hours is carried."""

    def rate(tariff, *, determinants, state=None, **rest):  # type: ignore[no-untyped-def]
        rated = plain_rate(tariff, determinants=determinants, state=state, **rest)
        seen = dict(state.values).get("seen", Decimal(0)) if state else Decimal(0)
        used = determinants["usage"].quantity if "usage" in determinants else Decimal(0)
        return replace(rated, state_out=RatingState((("seen", seen + used),)))

    monkeypatch.setattr(segments, "rate", rate)


def test_states_are_carried_and_replayed(
    utility: Riverside, books: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = utility.alice
    _banking(monkeypatch)
    january, february, march = _three_months(home)
    electric = home.agreements["electric"]

    def seen() -> list[str]:
        rows = RatingStateEntry.objects.filter(agreement=electric, segment__status="issued").order_by("as_of")
        return [row.state["seen"] for row in rows]

    assert seen() == ["762000", "1400000", "2100000"]
    # One read less in January moves into February: both banks change, and March's start does not.
    read_dial(home.electric, FEB, 1662)
    again = rebill(bill_ids=[january.pk], reason="wrong")
    assert seen() == ["662000", "1400000", "2100000"]
    statuses = {bill.number: bill.status for bill in Bill.objects.all()}
    # February had started from January's bank, so it was billed again too, on the same new bill; March stands.
    assert [statuses[bill.number] for bill in (january, february, march, again)] == [
        "cancelled", "cancelled", "issued", "issued",
    ]  # fmt: skip
    assert BillSegment.objects.get(bill=again, agreement=electric, period__startswith=FEB).inputs[
        "state"
    ] == {"seen": "662000"}
    books()


def test_a_final_bill_when_somebody_moves_out(utility: Riverside, books: Callable[[], None]) -> None:
    home = utility.alice
    _three_months(home)
    out = date(2025, 4, 11)
    for agreement in home.agreements.values():
        end_agreement(agreement=agreement, ends_on=out)
    waiting = bill_off_cycle(account_id=home.account.pk, through=out, bill_date=date(2025, 4, 14))
    assert waiting.bill is None
    assert {problem.kind for problem in waiting.problems} == {"missing_read"}
    read_dial(home.electric, out, 3340, kind="final")
    read_dial(home.water, out, 3600, kind="final")
    made = bill_off_cycle(account_id=home.account.pk, through=out, bill_date=date(2025, 4, 14))
    assert made.bill is not None
    assert (made.bill.kind, made.bill.run_id) == ("final", None)
    assert made.bill.statement["period"] == ["2025-04-01", "2025-04-11"]
    electric = made.bill.segments.get(agreement=home.agreements["electric"])
    assert electric.inputs["cycle"] == ["2025-04-01", "2025-05-01"]
    assert [one.status for one in BillException.objects.all()] == ["corrected"]
    with pytest.raises(NothingToBill):
        bill_off_cycle(account_id=home.account.pk, through=out, bill_date=date(2025, 4, 14))
    books()


def test_off_the_cycle_and_then_the_cycle_bills_the_rest(
    utility: Riverside, books: Callable[[], None]
) -> None:
    home = utility.alice
    _three_months(home)
    _read(home, date(2025, 4, 16), 3400, 3700)
    made = bill_off_cycle(account_id=home.account.pk, through=date(2025, 4, 16), bill_date=date(2025, 4, 16))
    assert made.bill is not None
    assert made.bill.kind == "off_cycle"
    _read(home, date(2025, 5, 1), 3800, 4200)
    bill_month(APR, date(2025, 5, 1), [home.account])
    rest = Bill.objects.latest("id")
    assert (rest.kind, rest.statement["period"]) == ("cycle", ["2025-04-16", "2025-05-01"])
    assert rest.previous_balance_cents == made.bill.total_due_cents
    books()


def test_the_database_keeps_cancellations(utility: Riverside) -> None:
    *_, march = _three_months(utility.alice)
    cancel_bill(bill_id=march.pk, reason="wrong")
    with pytest.raises(IntegrityError, match="has_reason"), transaction.atomic():
        BillCancellation.objects.create(
            bill=Bill.objects.earliest("id"), at="2025-05-01T00:00Z", by="x", reason=""
        )
    assert Posting.objects.filter(bill_id=march.pk, ledger_account="receivable").count() == 8
