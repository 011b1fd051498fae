"""The list of bills and one bill, as pages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from meterside import wiring
from meterside.cis.adapter import EmbeddedCis
from meterside.cis.billing.corrections.rebilling import cancel_bill
from meterside.cis.billing.models import Bill
from meterside.contracts.cis import AccountRef, BillFollowing, BillRef, BillView, CisUnavailable
from meterside.kit import clock
from meterside.portal.access.roles import Role
from meterside.spine.actor import Actor, acting
from tests.cast import household
from tests.web.billed import (
    NOBODYS,
    TODAY,
    Town,
    asked,
    bill_more_months,
    browser,
    fixed_count,
    text_of,
    town,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Town:
    return town()


def without_tokens(page: str, bill: str) -> str:
    """A page without what differs each time: the form's token, and the address asked for."""
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", page.replace(bill, ""))


def test_the_bill_says_how_it_adds_up(place: Town) -> None:
    page = text_of(place.alice, place.bill_path())
    bill = place.bill(place.riverside.alice)
    assert "Bill of March 1" in page
    assert "Feb 1 – 28" in page
    assert str(bill.number) in page
    for cents in (bill.previous_balance_cents, bill.current_charges_cents, bill.total_due_cents):
        assert f"${cents / 100:,.2f}" in page


def test_the_reasons_are_there_and_sum(place: Town) -> None:
    page = text_of(place.alice, place.bill_path())
    why = page[page.index('id="why"') : page.index('id="charges"')]
    amounts = [
        int(whole.replace(",", "") + cents) * (-1 if sign == "−" else 1)
        for sign, whole, cents in re.findall(r'why__amount">([+−]?)\$([\d,]+)\.(\d\d)', why)
    ]
    assert len(amounts) > 2
    assert sum(amounts[:-1]) == amounts[-1]
    assert "3 fewer days" in why
    assert "28 days instead of 31" in why


def test_every_service_has_its_lines_reads_and_rate(place: Town) -> None:
    page = text_of(place.alice, place.bill_path())
    for words in (
        "First 650 kWh", "650 kWh × $0.0934", "Over 650 kWh", "22 kWh × $0.1080", "Customer charge",
        "672 kWh between the reads of February 1 and March 1, both measured.",
        "Rate: Residential electric (E-1), prices since January 1, 2020.",
        "9 CCF × $3.10", "64-gallon cart", "Meter A-E", "Read of March 1, measured",
    ):  # fmt: skip
        assert words in page, words
    assert page.count('class="disclosure"') == 4 + 3  # four services; electric, water and sewer have a meter


def test_the_days_are_drawn_where_the_meter_sends_them_with_a_table(place: Town) -> None:
    page = text_of(place.alice, place.bill_path())
    assert 'id="days-1-est"' in page
    assert "28 days measured." in page
    assert f'href="{place.bill_path()}days/#days-1"' in page
    days = text_of(place.alice, f"{place.bill_path()}days/")
    assert 'id="days-1"' in days
    assert days.count('<tr><th scope="row">Feb ') == 28
    charlies = place.bill(place.riverside.charlie).public_id
    assert "28 days measured." not in text_of(place.charlie, f"/bills/{charlies}/")
    assert "We do not know the use of single days" in text_of(place.charlie, f"/bills/{charlies}/days/")


def test_what_to_do_when_something_is_not_right(place: Town) -> None:
    page = text_of(place.alice, place.bill_path())
    assert 'href="#not-right"' in page
    assert 'id="not-right"' in page
    number = place.bill(place.riverside.alice).number
    assert f"mailto:help@riverbend.example?subject=Bill%20{number}" in page


def test_a_first_bill_has_nothing_to_compare_with(place: Town) -> None:
    first = Bill.objects.filter(account=place.riverside.alice.account).earliest("bill_date")
    page = text_of(place.alice, f"/bills/{first.public_id}/")
    assert 'id="why"' not in page
    assert "Compared with the last bill" not in page


def test_another_persons_bill_and_no_bill_answer_the_same(place: Town) -> None:
    charlies = place.bill(place.riverside.charlie).public_id
    for page in ("", "days/", "pdf"):
        theirs = text_of(place.alice, f"/bills/{charlies}/{page}", status=404)
        nobodys = text_of(place.alice, f"/bills/{NOBODYS}/{page}", status=404)
        assert without_tokens(theirs, str(charlies)) == without_tokens(nobodys, str(NOBODYS))
    answer = Client().get(place.bill_path())
    assert answer.status_code == 302


def test_a_helper_who_may_only_look_sees_the_bill_and_cannot_pay(place: Town) -> None:
    bob = browser(place.riverside.alice, "bob", Role.HELPER_VIEW)
    page = text_of(bob, place.bill_path())
    assert "First 650 kWh" in page
    assert ">Pay $" not in page


class Converted(EmbeddedCis):
    """Bills of a former system: totals only."""

    def bill(self, account: AccountRef, bill: BillRef, *, owed_on: date | None = None) -> BillView:
        view = super().bill(account, bill, owed_on=owed_on)
        return replace(view, statement={})


class Silent(EmbeddedCis):
    """A CIS that does not answer."""

    def bill(self, account: AccountRef, bill: BillRef, *, owed_on: date | None = None) -> BillView:
        raise CisUnavailable("time-out")


def test_a_converted_bill_says_what_it_lacks(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "cis", Converted)
    page = text_of(place.alice, place.bill_path())
    assert "We have only the totals of this bill" in page
    assert "Your charges" not in page
    assert "In the name of" not in page
    assert re.search(r"Feb 1 – 28\s*</p>", page)


def test_a_cancelled_bill_asks_for_nothing(place: Town) -> None:
    bill = place.bill(place.riverside.alice)
    before = text_of(place.alice, place.bill_path())
    assert re.search(r"Due \w+, March", before)
    assert ">Due<" in before
    with clock.clock_at(TODAY), acting(Actor("staff", "dana")):
        cancel_bill(bill_id=bill.pk, reason="the meter was another's")
    page = text_of(place.alice, f"/bills/{bill.public_id}/")
    assert "This bill was cancelled" in page
    assert not re.search(r"Due \w+, March", page)
    assert ">Due<" not in page


def test_a_cis_that_does_not_answer(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "cis", Silent)
    text_of(place.alice, place.bill_path(), status=503)
    text_of(place.alice, place.bill_path() + "pdf", status=503)


def test_the_list_has_a_year_a_page(place: Town) -> None:
    page = text_of(place.alice, "/bills/")
    assert "2 bills" in page
    assert "March 1, 2025" in page
    assert 'rel="next"' not in page
    bill_more_months(place.riverside, 12)
    page = text_of(place.alice, "/bills/")
    assert "14 bills" in page
    assert 'href="/bills/?page=2"' in page
    assert "March 1, 2025" not in page
    older = text_of(place.alice, "/bills/?page=2")
    assert "March 1, 2025" in older
    assert 'href="/bills/?page=1"' in older


@pytest.mark.parametrize("number", ["0", "-1", "3", "x", "", "1e3", "٣", "99999999999999999999"])
def test_a_page_that_is_none_is_not_found(place: Town, number: str) -> None:
    text_of(place.alice, f"/bills/?page={number}", status=404)


def test_no_bills_yet(place: Town) -> None:
    new = household(
        place.riverside.tariffs, given="New", family="Comer", email="new@example.com", line="9 Elm Ave", badge="N"
    )  # fmt: skip
    assert "No bill yet" in text_of(browser(new, "new"), "/bills/")


def say_instead(monkeypatch: pytest.MonkeyPatch, statement: dict[str, Any]) -> None:
    """Every bill has this statement."""
    real = EmbeddedCis.bill

    def bill(
        self: EmbeddedCis, account: AccountRef, ref: BillRef, *, owed_on: date | None = None
    ) -> BillView:
        return replace(real(self, account, ref, owed_on=owed_on), statement=statement)

    monkeypatch.setattr(EmbeddedCis, "bill", bill)


def test_text_of_a_customer_is_never_markup(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    bill = place.bill(place.riverside.alice)
    evil = bill.statement | {"holder_name": "<script>alert(1)</script>"}
    say_instead(monkeypatch, evil)
    page = text_of(place.alice, place.bill_path())
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("page", "path"), [("bills", "/bills/"), ("bill", ""), ("bill_days", "days/"), ("bill_pdf", "pdf")]
)
def test_the_number_of_statements_is_fixed_and_does_not_grow(place: Town, page: str, path: str) -> None:
    address = path if page == "bills" else place.bill_path() + path
    assert asked(place.alice, address) == fixed_count(page) <= 8
    bill_more_months(place.riverside, 6)
    assert asked(place.alice, address) == fixed_count(page)


def shown(place: Town, monkeypatch: pytest.MonkeyPatch, **more: Any) -> str:
    """Alice's bill with more in its statement; for its electric service too where that is named."""
    bill = place.bill(place.riverside.alice)
    electric = more.pop("electric", {})
    services = [
        item | electric if item["service"] == "electric" else item for item in bill.statement["services"]
    ]
    content = bill.statement | {"services": services} | more
    say_instead(monkeypatch, content)
    return text_of(place.alice, place.bill_path())


def test_use_is_drawn_and_told_beside_a_year_before(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {"quantity": str(28 * 30_000), "days": 28, "source": "interval", "daily": [30_000] * 28}
    page = shown(place, monkeypatch, electric={"last_year": before})
    assert "24 kWh a day, 20% less than a year before (30 kWh)." in page
    assert page.count('class="old"') == 28
    assert "A year before" in text_of(place.alice, f"{place.bill_path()}days/")


def test_without_days_two_bars_compare_the_years(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {"quantity": "840000", "days": 28, "source": "bill", "daily": None}
    page = shown(place, monkeypatch, electric={"last_year": before, "daily": None})
    assert 'class="old" width="100.00%"' in page
    assert 'class="up" width="80.00%"' in page


def test_a_first_year_is_said_to_be_one(place: Town) -> None:
    assert "We have nothing from a year before to compare with." in text_of(place.alice, place.bill_path())


def test_what_was_past_due_what_it_is_when_late_and_how_to_pay(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = {"after": "2025-03-25", "amount_cents": 50_000, "fee_cents": 700}
    page = shown(place, monkeypatch, past_due_cents=4_000, late=late)
    assert "$40.00 of it was past due already" in page
    assert "After March 25 it is $500.00, with a late fee of $7.00." in page
    assert "PO Box 1200, Riverbend, CA 95000-1200" in page
    plain = shown(place, monkeypatch, past_due_cents=0, late=None)
    assert "past due already" not in plain
    assert "late fee" not in plain


def test_messages_are_text(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    page = shown(place, monkeypatch, messages=[{"code": "winter", "en": "<i>rates", "es": ""}])
    assert "&lt;i&gt;rates" in page


def test_a_bill_printed_from_the_page_has_the_code_to_pay(place: Town) -> None:
    page = text_of(place.alice, place.bill_path())
    code = page[page.index('<div class="print-only">') :]
    assert 'class="qr__svg"' in code
    assert "Scan it, or go to " in code
    assert "?account=" not in code.partition("</figure>")[0].partition("</svg>")[2]


def test_the_late_amount_is_told_while_it_may_come_true(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    view = wiring.cis().bill(
        AccountRef(place.riverside.alice.account.public_id),
        BillRef(place.bill(place.riverside.alice).public_id),
        owed_on=date(2025, 3, 10),
    )
    asked_cents, late = view.summary.total_due_cents, {"amount_cents": 99_999, "fee_cents": 500}
    for after, owed_cents, is_told in (
        ("2999-01-01", asked_cents, True),
        ("2999-01-01", asked_cents - 100, False),
        ("2999-01-01", 0, False),
        ("2000-01-01", asked_cents, False),
    ):
        assert view.balances is not None
        other = replace(
            view,
            statement={**view.statement, "late": {**late, "after": after}},
            balances=replace(view.balances, due_now_cents=owed_cents),
        )
        monkeypatch.setattr(EmbeddedCis, "bill", lambda *_, said=other, **__: said)
        assert ("with a late fee of $5.00" in text_of(place.alice, place.bill_path())) is is_told


def test_what_is_left_of_an_older_bill_stands_on_the_one_that_followed(place: Town) -> None:
    """An older bill neither asks for money again nor looks like the one to pay."""
    account = place.riverside.alice.account
    first, latest = Bill.objects.filter(account=account).order_by("bill_date")
    page = text_of(place.alice, f"/bills/{first.public_id}/")
    assert f"/bills/{latest.public_id}/" in page
    assert "See the bill that followed" in page
    assert "What was left of it stands on the bill that followed." in page
    assert "Bill of February 1, 2025" in page
    assert "Pay $" not in page
    assert "Pay $" in text_of(place.alice, place.bill_path())


def test_an_older_bill_is_paid_when_the_next_found_nothing_left(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = place.riverside.alice
    account, bill = AccountRef(alice.account.public_id), BillRef(place.bill(alice).public_id)
    view = wiring.cis().bill(account, bill, owed_on=date(2025, 3, 10))
    on_the_day = view.summary.due_date
    for left_cents, followed_on, is_paid in (
        (0, on_the_day + timedelta(days=1), True),
        (0, on_the_day, False),
        (500, on_the_day + timedelta(days=1), False),
        (None, on_the_day + timedelta(days=1), False),
    ):
        other = replace(view, followed_by=BillFollowing(bill, followed_on, left_cents))
        monkeypatch.setattr(EmbeddedCis, "bill", lambda *_, said=other, **__: said)
        page = text_of(place.alice, place.bill_path())
        assert ("> Paid" in page or "Paid</" in page) is is_paid, (left_cents, followed_on)
