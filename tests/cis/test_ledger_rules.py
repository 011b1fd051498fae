"""The database keeps the books, whoever writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from meterside.cis.ledger.models import AccountingPeriod, LedgerAccount, Posting, Transaction
from meterside.kit import clock

pytestmark = pytest.mark.django_db


def _transaction(source_id: str = "1") -> Transaction:
    return Transaction.objects.create(
        kind="adjustment",
        source="test",
        source_id=source_id,
        effective_on=date(2026, 5, 1),
        accounting_on=date(2026, 5, 1),
        recorded_at=clock.now(),
        recorded_by="test",
    )


def _post(entry: Transaction, code: str, amount_cents: int) -> None:
    Posting.objects.create(
        transaction=entry, ledger_account=LedgerAccount.objects.get(code=code), amount_cents=amount_cents
    )


def test_postings_that_do_not_sum_to_zero_are_refused(commit_checks: Callable[[], None]) -> None:
    entry = _transaction()
    _post(entry, "clearing", 100)
    _post(entry, "adjustment", -99)
    with pytest.raises(IntegrityError, match="sum to 1 cents"):
        commit_checks()


def test_a_transaction_without_postings_is_refused(commit_checks: Callable[[], None]) -> None:
    _transaction()
    with pytest.raises(IntegrityError, match="has 0 postings"):
        commit_checks()


def test_more_than_two_to_the_31_cents_is_kept_exactly(commit_checks: Callable[[], None]) -> None:
    entry = _transaction()
    _post(entry, "clearing", 2**31 + 7)
    _post(entry, "adjustment", -(2**31) - 7)
    commit_checks()
    assert entry.postings.get(amount_cents__gt=0).amount_cents == 2**31 + 7


def test_the_same_source_is_posted_once() -> None:
    entry = _transaction("again")
    _post(entry, "clearing", 5)
    _post(entry, "adjustment", -5)
    with pytest.raises(IntegrityError, match="ledger_transaction_once"), transaction.atomic():
        _transaction("again")


@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize(
    "table",
    ["cis_ledger_posting", "cis_ledger_transaction", "cis_ledger_payment", "cis_ledger_paymentstatus"],
)
def test_the_applications_role_cannot_change_the_books(verb: str, table: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb.format(table))


def test_a_closed_month_refuses() -> None:
    AccountingPeriod.objects.create(first_day=date(2026, 5, 1), closed_at=clock.now())
    with pytest.raises(IntegrityError, match="the books of 2026-05 are closed"), transaction.atomic():
        _transaction()
