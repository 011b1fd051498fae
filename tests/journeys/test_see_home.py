"""Home's answer in every state an account can be in. No database."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from meterside.contracts.cis import DayUse, PeriodUse
from meterside.contracts.usage import ServiceRef
from meterside.journeys.see_home import HomePage, State, see_home
from meterside.web.design import formats
from tests.journeys.statements import (
    NOW,
    balances,
    bill_view,
    home_view,
    payment,
    service,
    statement,
)

TODAY = date(2026, 11, 23)


def home(**more: Any) -> HomePage:
    today = more.pop("today", TODAY)
    more.setdefault("bill", bill_view(statement([service()])))
    return see_home(home_view(**more), today=today, now=NOW, say=formats)


def said(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("today", "tag", "kind"),
    [
        (date(2026, 11, 10), "13 days left", "info"),
        (date(2026, 11, 21), "2 days left", "warn"),
        (date(2026, 11, 22), "Tomorrow", "warn"),
        (TODAY, "Today", "warn"),
    ],
)
def test_due_says_the_day_as_people_do(today: date, tag: str, kind: str) -> None:
    answer = home(owed=balances(), today=today).answer
    assert answer.state is State.DUE
    assert (answer.when, answer.tag, answer.tag_kind) == ("Due Monday, November 23", tag, kind)
    assert answer.pay_cents == answer.amount_cents == 9063


def test_past_due_in_part_says_both() -> None:
    answer = home(owed=balances(20000, past_due=10937)).answer
    assert answer.state is State.PAST_DUE
    assert answer.sentences == ("$109.37 of it is past due; $90.63 is due November 23.",)


def test_past_due_in_whole_says_since_when() -> None:
    answer = home(owed=balances(9063, past_due=9063, due_on=None), today=date(2026, 12, 9)).answer
    assert answer.when == "Was due Monday, November 23"
    assert answer.pay_cents == 9063


def test_credit_and_paid_ask_for_nothing() -> None:
    credit = home(owed=balances(-500)).answer
    assert (credit.state, credit.amount_cents, credit.pay_cents) == (State.CREDIT, -500, 0)
    paid = home(owed=balances(0)).answer
    assert (paid.state, paid.pay_cents, paid.when) == (State.PAID, 0, "Nothing is due")
    on_its_way = home(owed=balances(0, unsettled=9063)).answer
    assert on_its_way.sentences == ("Your last bill is paid; the money is on its way to us.",)


def test_no_bill_yet() -> None:
    page = home(bill=None, owed=balances(0))
    assert page.answer.state is State.NO_BILL
    assert page.answer.bill is None
    assert page.answer.change == ""


def change(before: int) -> dict[str, Any]:
    return {
        "previous_number": 1,
        "previous_bill_date": "2026-10-01",
        "previous_cents": before,
        "difference_cents": 9063 - before,
        "parts": [],
    }


@pytest.mark.parametrize(
    ("before", "owed", "words"),
    [
        (7223, 9063, "$18.40 more than the last bill."),
        (10000, 9063, "$9.37 less than the last bill."),
        (9063, 9063, "The same as the last bill."),
        (7223, 20000, "This bill’s charges are $18.40 more than the last one’s."),
    ],
)
def test_what_changed_since_the_last_bill(before: int, owed: int, words: str) -> None:
    bill = bill_view(statement([service()], change=change(before)))
    assert home(bill=bill, owed=balances(owed)).answer.change == words


def test_a_first_bill_is_compared_with_nothing() -> None:
    assert home(owed=balances()).answer.change == ""


@pytest.mark.parametrize(
    ("status", "kind", "title"),
    [
        ("accepted", "info", "$100.00 is on its way"),
        ("settled", "good", "$100.00 arrived"),
        ("returned", "bad", "Your payment of $100.00 came back"),
    ],
)
def test_the_last_payment_and_its_status(status: str, kind: str, title: str) -> None:
    found = home(owed=balances(), last_payment=payment(status)).payment
    assert found is not None
    assert (found.kind, found.title) == (kind, title)


def test_a_returned_payment_says_why_and_what_helps() -> None:
    found = home(owed=balances(), last_payment=payment("returned", "R01")).payment
    assert found is not None
    assert found.help == (
        "There was not enough money in the account.",
        "The amount is owed again.",
        "You can pay a smaller amount, or from another account.",
    )


def test_a_returned_payment_that_was_made_good_asks_for_nothing() -> None:
    found = home(owed=balances(0), last_payment=payment("returned", "R99")).payment
    assert found is not None
    assert found.help == ("The bank gave a reason we do not know.",)


def use(
    n_days: int, *, wh: int = 24_000, start: date = date(2026, 11, 1), gap: tuple[int, ...] = ()
) -> PeriodUse:
    days = [
        DayUse(start + timedelta(days=index), wh, "measured") for index in range(n_days) if index not in gap
    ]
    return PeriodUse(ServiceRef(uuid4()), "electric", "Wh", start, date(2026, 12, 1), tuple(days), None)


def test_this_period_so_far_with_the_same_pace_ahead() -> None:
    (period,) = home(use=(use(20),)).use
    assert period.place == "day 23 of 30"
    assert said(period.so_far) == "480 kWh so far"
    assert said(period.compared) == "24 kWh a day; on your last bill 24.6 kWh"
    assert said(period.expected) == "At this pace about 720 kWh by November 30"
    assert [day.quality for day in period.days] == ["measured"] * 20 + ["projected"] * 10
    assert period.known_total == 480


def test_a_gap_inside_stays_missing_and_days_to_come_are_at_the_pace_of_the_known_ones() -> None:
    (period,) = home(use=(use(20, gap=(4, 5)),)).use
    assert [day.quality for day in period.days[4:6]] == ["missing", "missing"]
    assert said(period.expected) == "At this pace about 720 kWh by November 30"


def test_a_period_past_its_end_projects_nothing() -> None:
    late = use(35)
    (period,) = home(use=(late,), today=date(2026, 12, 6)).use
    assert period.expected == ""
    assert period.place == "Your next bill is being made"
    assert {day.quality for day in period.days} == {"measured"}


def test_todays_own_part_of_a_day_is_left_out() -> None:
    (period,) = home(use=(use(23),)).use
    assert period.known_until == date(2026, 11, 22)


def test_too_few_days_show_no_strip_but_say_why() -> None:
    soon = home(use=(use(2),), today=date(2026, 11, 3))
    assert soon.use == ()
    assert soon.use_note.startswith("This period began on November 1")
    silent = home(use=(use(0),))
    assert silent.use_note.startswith("No use by day has come from your meter")


def test_a_meter_without_intervals_says_how_it_is_read() -> None:
    assert home().use_note.startswith("Your meter is read once a month")
    assert home(services=("refuse",)).use_note == ""


def test_a_closed_account_shows_no_open_period() -> None:
    page = home(is_active=False, owed=balances(-500), use=(use(20),))
    assert page.is_closed
    assert page.use == ()
    assert page.use_note == ""
    assert page.answer.sentences == ("This account is closed, and this is what is left in your favor.",)


def test_balances_are_said_in_words() -> None:
    page = home(owed=balances(20000, past_due=10937, unsettled=500))
    assert page.balances == (
        ("Account balance", "$200.00 owed"),
        ("Past due", "$109.37"),
        ("Payments on their way", "$5.00"),
    )
    assert home(owed=balances(-500)).balances == (("Account balance", "$5.00 credit"),)


def test_old_news_is_called_old() -> None:
    assert home(as_of=NOW - timedelta(hours=2)).is_stale
    assert not home(as_of=NOW - timedelta(minutes=6)).is_stale
