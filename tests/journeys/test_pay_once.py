"""Once: keys, repeats, starting over. A second charge only where somebody knows of the first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from meterside.connectors.payments.sandbox import company
from meterside.engine.payment import AttemptStatus
from meterside.kit import clock
from meterside.portal.payments import queries
from meterside.portal.payments.models import PaymentIntent
from meterside.portal.payments.operations import KeyUsedForAnotherPayment, SeemsRepeated
from tests.journeys.paying import (
    OWED_CENTS,
    Payer,
    charges_taken,
    come_back,
    confirm,
    owing,
    pay_at_sandbox,
    payments_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Payer:
    return owing("alice")


def test_the_same_key_is_the_same_payment(alice: Payer) -> None:
    first, second = confirm(alice), confirm(alice)
    assert (first.attempt.id, first.url) == (second.attempt.id, second.url)
    pay_at_sandbox(first.attempt.id)
    come_back(first.attempt.id)
    third = confirm(alice)
    assert (third.attempt.id, third.url) == (first.attempt.id, "")
    assert charges_taken() == 1


def test_the_same_key_with_another_amount_is_refused(alice: Payer) -> None:
    confirm(alice)
    with pytest.raises(KeyUsedForAnotherPayment):
        confirm(alice, cents=OWED_CENTS + 1)
    assert PaymentIntent.objects.count() == 1


def test_the_same_key_after_a_refusal_is_the_next_attempt(alice: Payer) -> None:
    first = confirm(alice).attempt
    pay_at_sandbox(first.id, "card_declined")
    come_back(first.id)
    second = confirm(alice).attempt
    assert (second.intent_id, second.number) == (first.intent_id, 2)
    pay_at_sandbox(second.id)
    come_back(second.id)
    assert payments_of(alice) == [(OWED_CENTS, "accepted")]


def test_an_equal_payment_minutes_ago_is_asked_about(alice: Payer) -> None:
    first = confirm(alice).attempt
    pay_at_sandbox(first.id)
    come_back(first.id)
    with pytest.raises(SeemsRepeated) as asked:
        confirm(alice, key="k2")
    assert asked.value.previous.id == first.id
    second = confirm(alice, key="k2", knows_of=first.id)
    assert PaymentIntent.objects.get(public_id=second.attempt.intent_id).is_repeat
    with clock.clock_at(clock.now() + timedelta(minutes=11)), pytest.raises(SeemsRepeated) as open_one:
        confirm(alice, key="k3")
    assert open_one.value.previous.id == second.attempt.id


def test_another_amount_or_account_is_not_a_repeat(alice: Payer) -> None:
    charlie = owing("charlie")
    first = confirm(alice).attempt
    pay_at_sandbox(first.id)
    come_back(first.id)
    assert confirm(alice, key="k2", cents=OWED_CENTS - 1).url
    assert confirm(charlie, key="k3").url


def test_starting_over_closes_the_earlier_page_first(alice: Payer) -> None:
    first = confirm(alice).attempt
    with pytest.raises(SeemsRepeated):
        confirm(alice, key="k2")
    second = confirm(alice, key="k2", knows_of=first.id).attempt
    assert queries.attempt(first.id).status is AttemptStatus.ABANDONED
    with pytest.raises(company.SessionIsClosed):
        pay_at_sandbox(first.id)
    pay_at_sandbox(second.id)
    come_back(second.id)
    assert payments_of(alice) == [(OWED_CENTS, "accepted")]


def test_starting_over_just_after_paying_finds_the_payment_and_asks(alice: Payer) -> None:
    first = confirm(alice).attempt
    pay_at_sandbox(first.id)
    with pytest.raises(SeemsRepeated) as asked:
        confirm(alice, key="k2", knows_of=first.id)
    assert asked.value.previous.status is AttemptStatus.ACCEPTED
    assert charges_taken() == 1


def test_a_slow_one_that_cannot_be_closed_is_repeated_only_knowingly(alice: Payer) -> None:
    first = confirm(alice).attempt
    pay_at_sandbox(first.id, "bank_slow")
    come_back(first.id)
    with pytest.raises(SeemsRepeated):
        confirm(alice, key="k2")
    assert confirm(alice, key="k2", knows_of=first.id).url
