"""Commands to a customer information system: payments posted, settled and returned, each once."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from meterside.contracts.cis import (
    CommandConflict,
    CommandState,
    PostPayment,
    ReturnPayment,
    SettlePayment,
)
from meterside.kit import clock
from tests.conformance.cis import ALL, UNKNOWN, CisSuite, Customer, payment_of


class CisCommandsConformance(CisSuite):
    """Commands: once, whatever is said twice; refused by name, with nothing half done."""

    def posted(self, customer: Customer, cents: int = 40_00) -> PostPayment:
        command = payment_of(customer, cents)
        assert self.cis().post_payment(command).state is CommandState.APPLIED
        return command

    def status(self, payment_id: UUID) -> tuple[str, str]:
        view = self.cis().payment(payment_id)
        assert view is not None
        return view.status, view.status_reason

    def test_a_payment_is_shown_as_it_was_made(self) -> None:
        customer = self.customer()
        command = self.posted(customer)
        view = self.cis().payment(command.payment_id)
        assert view is not None
        for name in (
            "payment_id",
            "amount_cents",
            "paid_at",
            "channel",
            "tender",
            "tender_label",
            "reference",
        ):
            assert getattr(view, name) == getattr(command, name)
        assert self.cis().payments(customer.account, page=ALL).items == (view,)

    def test_from_the_gateway_to_the_bank(self) -> None:
        customer = self.customer()
        payment_id = self.posted(customer).payment_id
        accepted = self.cis().balances(customer.account, today=self.today())
        assert accepted.balance_cents == customer.owed_cents - 40_00
        assert accepted.unsettled_cents == 40_00
        assert self.status(payment_id) == ("accepted", "")
        assert self.cis().settle_payment(settle(payment_id)).state is CommandState.APPLIED
        settled = self.cis().balances(customer.account, today=self.today())
        assert (settled.balance_cents, settled.unsettled_cents) == (customer.owed_cents - 40_00, 0)
        assert self.status(payment_id) == ("settled", "")

    @pytest.mark.parametrize("is_settled", [False, True])
    def test_returned_the_debt_stands_again(self, is_settled: bool) -> None:
        customer = self.customer()
        payment_id = self.posted(customer).payment_id
        if is_settled:
            self.cis().settle_payment(settle(payment_id))
        assert self.cis().return_payment(give_back(payment_id)).state is CommandState.APPLIED
        told = self.cis().balances(customer.account, today=self.today())
        assert (told.balance_cents, told.unsettled_cents) == (customer.owed_cents, 0)
        assert self.status(payment_id) == ("returned", "insufficient_funds")

    def test_said_twice_it_is_done_once_and_answered_alike(self) -> None:
        customer, cis = self.customer(), self.cis()
        post = payment_of(customer, 40_00)
        first = cis.post_payment(post)
        assert (first.command_id, first.state) == (post.command_id, CommandState.APPLIED)
        assert cis.post_payment(post) == first
        settled = settle(post.payment_id)
        assert cis.settle_payment(settled) == cis.settle_payment(settled)
        returned = give_back(post.payment_id)
        assert cis.return_payment(returned) == cis.return_payment(returned)
        assert cis.post_payment(post) == first  # also when much has happened since
        assert cis.settle_payment(settled).state is CommandState.APPLIED
        assert self.owed_cents(customer) == customer.owed_cents
        assert cis.payments(customer.account, page=ALL).total == 1
        assert self.status(post.payment_id) == ("returned", "insufficient_funds")

    def test_an_id_used_again_for_something_else(self) -> None:
        customer, neighbour, cis = self.customer(), self.neighbour(), self.cis()
        post = self.posted(customer)
        for other in (
            replace(post, amount_cents=post.amount_cents + 1),
            replace(post, account=neighbour.account),
            replace(post, payment_id=uuid4()),
        ):
            with pytest.raises(CommandConflict):
                cis.post_payment(other)
        with pytest.raises(CommandConflict):
            cis.settle_payment(replace(settle(post.payment_id), command_id=post.command_id))
        with pytest.raises(CommandConflict):
            cis.return_payment(replace(give_back(post.payment_id), command_id=post.command_id))
        assert self.owed_cents(customer) == customer.owed_cents - post.amount_cents
        assert self.owed_cents(neighbour) == neighbour.owed_cents
        assert self.status(post.payment_id) == ("accepted", "")

    def test_one_payment_is_never_two(self) -> None:
        customer, neighbour = self.customer(), self.neighbour()
        post = self.posted(customer)
        for account in (customer.account, neighbour.account):
            again = self.cis().post_payment(replace(post, command_id=uuid4(), account=account))
            assert again.state is CommandState.REFUSED
            assert again.reason
        assert self.owed_cents(customer) == customer.owed_cents - post.amount_cents
        assert self.owed_cents(neighbour) == neighbour.owed_cents

    @pytest.mark.parametrize("cents", [0, -1, -40_00])
    def test_nothing_and_less_is_no_payment(self, cents: int) -> None:
        customer = self.customer()
        command = payment_of(customer, cents)
        answer = self.cis().post_payment(command)
        assert answer.state is CommandState.REFUSED
        assert answer.reason
        assert self.cis().payment(command.payment_id) is None
        assert self.owed_cents(customer) == customer.owed_cents

    def test_big_amounts_are_exact(self) -> None:
        customer = self.customer()
        self.posted(customer, 2**31 + 7)
        assert self.owed_cents(customer) == customer.owed_cents - 2**31 - 7

    def test_an_account_nobody_knows_is_refused(self) -> None:
        command = replace(payment_of(self.customer(), 40_00), account=UNKNOWN)
        for _time in range(2):
            answer = self.cis().post_payment(command)
            assert (answer.command_id, answer.state) == (command.command_id, CommandState.REFUSED)
            assert answer.reason
        assert self.cis().payment(command.payment_id) is None

    def test_a_payment_nobody_knows_is_refused(self) -> None:
        for answer in (
            self.cis().settle_payment(settle(uuid4())),
            self.cis().return_payment(give_back(uuid4())),
        ):
            assert answer.state is CommandState.REFUSED
            assert answer.reason

    def test_out_of_turn(self) -> None:
        customer = self.customer()
        payment_id = self.posted(customer).payment_id
        self.cis().settle_payment(settle(payment_id))
        assert self.cis().settle_payment(settle(payment_id)).state is CommandState.REFUSED
        self.cis().return_payment(give_back(payment_id))
        for answer in (
            self.cis().return_payment(give_back(payment_id)),
            self.cis().settle_payment(settle(payment_id)),
        ):
            assert answer.state is CommandState.REFUSED
        assert self.owed_cents(customer) == customer.owed_cents
        assert self.status(payment_id) == ("returned", "insufficient_funds")


def settle(payment_id: UUID) -> SettlePayment:
    return SettlePayment(command_id=uuid4(), payment_id=payment_id, settled_at=clock.now())


def give_back(payment_id: UUID) -> ReturnPayment:
    return ReturnPayment(
        command_id=uuid4(), payment_id=payment_id, returned_at=clock.now(), reason="insufficient_funds"
    )
