"""What of an account's debt bears no late fee: deposits that are asked for, and what others hold back.

Collections, which stand on a higher floor, name amounts in dispute and amounts in an arrangement that is kept: they
give a function to `hold_back` when they are loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date

from django.db import connection

Asked = Callable[[Collection[int], date], Mapping[int, int]]
_holders: dict[str, Asked] = {}


def hold_back(name: str, asked: Asked) -> None:
    """Have `asked(account_ids, on)` say how many cents of each account bear no late fee on a day. Safe to repeat."""
    _holders[name] = asked


def let_go(name: str) -> None:
    """Ask that one no more."""
    _holders.pop(name, None)


def not_charged_cents(account_ids: Collection[int], *, on: date) -> Mapping[int, int]:
    """How many cents of each account bear no late fee on a day; accounts with none are left out."""
    found: dict[int, int] = {}
    if not account_ids:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, sum(amount_cents)::bigint FROM cis_billing_deposit "
            "WHERE account_id = ANY(%s) AND status = 'asked' GROUP BY 1",
            [list(account_ids)],
        )
        found.update(cursor.fetchall())
    for asked in _holders.values():
        for account_id, cents in asked(account_ids, on).items():
            found[account_id] = found.get(account_id, 0) + max(cents, 0)
    return found
