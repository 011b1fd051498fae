"""Writing entries into the books: each with its legs, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import uuid4

from meterside.kit import clock
from meterside.kit.sql import copy_in, next_keys
from meterside.spine import actor

from .models import Posting, Transaction

_TRANSACTION_COLUMNS: Final = (
    "id", "public_id", "kind", "source", "source_id", "effective_on", "accounting_on", "recorded_at",
    "recorded_by", "origin", "note",
)  # fmt: skip
_POSTING_COLUMNS: Final = (
    "transaction_id", "ledger_account_id", "amount_cents", "account_id", "fund", "agreement_id", "bill_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting: positive cents are debit, negative credit."""

    ledger_account: str
    amount_cents: int
    account_id: int | None = None
    fund: str = "general"
    agreement_id: int | None = None
    bill_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One transaction of the books. Its legs sum to zero, or the database refuses it at commit."""

    kind: str
    source: str
    source_id: str
    effective_on: date
    accounting_on: date
    postings: Sequence[Leg]
    note: str = ""


def enter(entries: Sequence[Entry]) -> list[int]:
    """Write these entries, recorded now by the present actor; returns their keys in order.

    Raises IntegrityError when a source was entered before.
    """
    if not entries:
        return []
    now, who = clock.now(), str(actor.current())
    keys = next_keys(Transaction, len(entries))
    copy_in(
        Transaction,
        _TRANSACTION_COLUMNS,
        [
            (
                key, uuid4(), entry.kind, entry.source, entry.source_id, entry.effective_on,
                entry.accounting_on, now, who, "ours", entry.note,
            )
            for key, entry in zip(keys, entries, strict=True)
        ],
    )  # fmt: skip
    copy_in(
        Posting,
        _POSTING_COLUMNS,
        [
            (
                key,
                leg.ledger_account,
                leg.amount_cents,
                leg.account_id,
                leg.fund,
                leg.agreement_id,
                leg.bill_id,
            )
            for key, entry in zip(keys, entries, strict=True)
            for leg in entry.postings
        ],
    )
    return keys
