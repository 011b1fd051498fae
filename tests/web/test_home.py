"""Home in a browser without script: the answer first, in every state."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from meterside import wiring
from meterside.cis.adapter import EmbeddedCis
from meterside.cis.ledger.operations import post_adjustment, post_payment, return_payment, settle_payments
from meterside.contracts.cis import AccountRef, AccountView, CisUnavailable, HomeView
from meterside.kit import clock
from meterside.portal.access.operations import grant
from meterside.portal.access.roles import Role
from meterside.portal.identity.models import Login
from tests.cast import Household, household, instant
from tests.web.billed import TODAY, Town, asked, bill_more_months, browser, fixed_count, text_of, town

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Town:
    return town()


def pay(home: Household, cents: int) -> uuid.UUID:
    payment_id = uuid.uuid4()
    with clock.clock_at(TODAY):
        post_payment(
            payment_id=payment_id, account_id=home.account.pk, amount_cents=cents,
            paid_at=instant("2025-03-09T09:00"), channel="portal", tender="bank",
        )  # fmt: skip
    return payment_id


def owed(place: Town, home: Household) -> int:
    return place.bill(home).total_due_cents


def settle_all(place: Town, home: Household) -> None:
    with clock.clock_at(TODAY):
        settle_payments([pay(home, owed(place, home))], settled_at=TODAY)


def test_past_due_and_due_are_told_apart_with_one_thing_to_do(place: Town) -> None:
    page = text_of(place.alice, "/home/")
    # January's bill, $188.13, went unpaid; February's is due on March 24.
    assert "Past due" in page
    assert "of it is past due" in page
    assert page.index("of it is past due") < page.index("than the last one’s"), (
        "first how it stands, then why"
    )
    total = f"${owed(place, place.riverside.alice) / 100:,.2f}"
    assert page.count(f"Pay {total}") == 1
    assert 'href="/pay/"' in page


def test_the_change_leads_to_its_reasons(place: Town) -> None:
    page = text_of(place.alice, "/home/")
    assert re.search(r"charges are \$[\d.]+ less than the last one’s\.", page)
    assert f'href="{place.bill_path()}#why"' in page


def test_this_period_so_far_is_drawn_with_today_and_the_same_pace_ahead(place: Town) -> None:
    page = text_of(place.alice, "/home/")
    assert "This period so far" in page
    assert "192 kWh so far" in page  # 8 days of 24 kWh
    assert "At this pace about 744 kWh by March 31" in page
    assert 'class="strip__today"' in page
    assert page.count('class="pro"') == 23
    assert "day 10 of 31" in page


def test_a_meter_that_sent_nothing_has_no_invented_strip(place: Town) -> None:
    page = text_of(place.charlie, "/home/")
    assert "strip__today" not in page
    assert "No use by day has come from your meter in this period." in page


def test_all_paid_asks_for_nothing(place: Town) -> None:
    settle_all(place, place.riverside.alice)
    page = text_of(place.alice, "/home/")
    assert "Nothing is due" in page
    assert "Your last bill is paid. Thank you." in page
    assert "arrived" in page
    assert ">Pay $" not in page


def test_a_payment_on_its_way_counts_already(place: Town) -> None:
    pay(place.riverside.alice, owed(place, place.riverside.alice))
    page = text_of(place.alice, "/home/")
    assert "is on its way" in page
    assert "Payments on their way" in page
    assert ">Pay $" not in page


def test_credit_says_so_in_words(place: Town) -> None:
    with clock.clock_at(TODAY):
        post_adjustment(
            account_id=place.riverside.alice.account.pk,
            amount_cents=-owed(place, place.riverside.alice) - 500,
            effective_on=TODAY.date(), note="Goodwill", source_id="test",
        )  # fmt: skip
    page = text_of(place.alice, "/home/")
    assert "You have credit" in page
    assert "$5.00 credit" in page
    assert "Your next bill uses it first." in page


def test_a_payment_that_came_back_says_why_and_what_to_do(place: Town) -> None:
    payment_id = pay(place.riverside.alice, owed(place, place.riverside.alice))
    with clock.clock_at(TODAY):
        return_payment(payment_id=payment_id, returned_at=TODAY, reason="R02")
    page = text_of(place.alice, "/home/")
    assert "came back" in page
    assert "The bank says that the account is closed." in page
    assert "The amount is owed again." in page
    assert "Please pay from another account." in page
    assert "R02" not in page
    receipt = text_of(place.alice, f"/payments/{payment_id}/receipt/")
    assert "The bank says that the account is closed." in receipt
    assert "Please pay from another account." in receipt
    assert "R02" not in receipt


def test_an_account_without_a_bill(place: Town) -> None:
    new = household(
        place.riverside.tariffs, given="New", family="Comer", email="new@example.com", line="9 Elm Ave", badge="N"
    )  # fmt: skip
    page = text_of(browser(new, "new"), "/home/")
    assert "Your first bill is not made yet." in page
    assert "See your last bill" not in page
    assert ">Pay $" not in page


def test_a_helper_who_may_only_look_is_not_asked_to_pay(place: Town) -> None:
    bob = browser(place.riverside.alice, "bob", Role.HELPER_VIEW)
    page = text_of(bob, "/home/")
    assert "Alice Moreno" in page
    assert ">Pay $" not in page
    assert "The account's owner let you look, but not pay." in html.unescape(page)
    assert "To pay, call" not in page


def test_a_stranger_sees_nothing(place: Town) -> None:
    theirs = place.riverside.alice.account.public_id
    assert "Alice" not in text_of(place.charlie, f"/home/?account={theirs}", status=404)
    answer = Client().get("/home/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


class SlowCis(EmbeddedCis):
    """A CIS that does not answer."""

    def home(self, account: AccountRef, *, today: object) -> HomeView:
        raise CisUnavailable("time-out")


class MirroredCis(EmbeddedCis):
    """A CIS whose news are of yesterday."""

    def home(self, account: AccountRef, *, today: object) -> HomeView:
        view = super().home(account, today=TODAY.date())
        old = replace(view.account, as_of=TODAY - timedelta(hours=9), is_active=False)
        return replace(view, account=old)


def test_a_cis_that_does_not_answer_is_said_and_nothing_is_lost(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "cis", SlowCis)
    page = text_of(place.alice, "/home/", status=503)
    assert "What you have paid is safe." in page


def test_old_news_and_a_closed_account_are_named(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "cis", MirroredCis)
    page = text_of(place.alice, "/home/")
    assert "9 hours ago" in page
    assert "asof--stale" in page
    assert "This account is closed" in page
    assert "This period so far" not in page


class MovedCis(EmbeddedCis):
    """A CIS in which Alice's account is closed, and Charlie's is not."""

    closed: AccountRef

    def home(self, account: AccountRef, *, today: object) -> HomeView:
        view = super().home(account, today=TODAY.date())
        return replace(view, account=replace(view.account, is_active=account != self.closed))

    def accounts(self, refs: Sequence[AccountRef]) -> tuple[AccountView, ...]:
        return tuple(replace(view, is_active=view.ref != self.closed) for view in super().accounts(refs))


def test_whoever_moved_sees_the_open_account_unless_they_chose_the_closed_one(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (
        AccountRef(home.account.public_id) for home in (place.riverside.alice, place.riverside.charlie)
    )
    frank = browser(place.riverside.alice, "frank")
    grant(login_id=Login.objects.get(email="frank@example.com").pk, account=new, role=Role.OWNER, now=TODAY)
    monkeypatch.setattr(MovedCis, "closed", old, raising=False)
    monkeypatch.setattr(wiring, "cis", MovedCis)
    assert text_of(frank, "/home/", status=302) == ""
    page = text_of(frank, "/home/")
    assert "This account is closed" not in page
    assert "Charlie" in page
    assert re.search(r"account__detail\">\d+, closed<", page), "the switcher names the closed one"
    assert "This account is closed" in text_of(frank, f"/home/?account={old}")
    assert "This account is closed" in text_of(frank, "/home/"), "chosen is chosen"


def test_the_number_of_statements_is_fixed_and_does_not_grow(place: Town) -> None:
    assert asked(place.alice, "/home/") == fixed_count("home") <= 8
    bill_more_months(place.riverside, 6)
    assert asked(place.alice, "/home/") == fixed_count("home")


def test_spanish(place: Town) -> None:
    page = text_of(place.alice, "/home/", headers={"accept-language": "es"})
    assert 'lang="es"' in page
    assert "Electricidad" in page or "kWh" in page
    assert "Past due" not in page
