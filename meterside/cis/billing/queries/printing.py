"""Reads for printing a run: which bills go by post, in which order, and the bills themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from meterside.cis.registry.queries import accounts_by_id
from meterside.contracts.cis import AccountRef, BillRef, BillSummary, BillView
from meterside.kit.sql import from_json

_HOUSE = re.compile(r"^(?:[^0-9]*\s)?([0-9]+)\S*\s+(.*)$")


@dataclass(frozen=True, slots=True)
class BillToPrint:
    """An issued bill of a run. `address` are the lines under the name; `postal_code` may be empty.

    `inserts` are the codes of the pages that go with it.
    """

    id: int
    number: int
    account_number: str
    is_paperless: bool
    postal_code: str
    address: tuple[str, ...]
    inserts: tuple[str, ...] = ()

    @property
    def postal_order(self) -> tuple[str, str, int, str]:
        """As a carrier walks: by postal code, street, house and account; bills without a code come first."""
        line = self.address[-2].upper() if len(self.address) > 1 else ""
        house = _HOUSE.match(line)
        street, number = (house[2], int(house[1][:9])) if house else (line, 0)
        return self.postal_code, street, number, self.account_number


def run_bill_date(run_id: int) -> date | None:
    """The day a run's bills are dated; None where there is no such run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT bill_date FROM cis_billing_billrun WHERE id = %s", [run_id])
        row = cursor.fetchone()
    return row[0] if row else None


def bills_to_print(run_id: int) -> list[BillToPrint]:
    """All issued bills of a run in postal order, those of paperless customers among them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT b.id, b.number, a.number, a.paperless, b.statement -> 'mail_to',
                   jsonb_path_query_array(b.statement, '$.inserts[*].code')
              FROM cis_billing_bill b JOIN cis_registry_account a ON a.id = b.account_id
             WHERE b.run_id = %s AND b.status = 'issued'
            """,
            [run_id],
        )
        rows = cursor.fetchall()
    found = []
    for bill_id, number, account_number, is_paperless, mail_to, inserts in rows:
        place = from_json(mail_to) or {"postal_code": "", "lines": ()}
        found.append(
            BillToPrint(
                bill_id,
                number,
                account_number,
                is_paperless,
                place["postal_code"],
                tuple(place["lines"]),
                tuple(from_json(inserts)),
            )
        )
    return sorted(found, key=lambda bill: bill.postal_order)


@dataclass(frozen=True, slots=True)
class PrintedBill:
    """A bill with its statement and the language its holder reads."""

    view: BillView
    language: str


def printed_bills(bill_ids: Sequence[int]) -> list[PrintedBill]:
    """These bills in their order, without those that were cancelled meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(_BILLS, [list(bill_ids)])
        rows = {row[0]: row for row in cursor.fetchall()}
    if not rows:
        return []
    accounts = accounts_by_id([row[1] for row in rows.values()], today=max(row[7] for row in rows.values()))
    return [
        PrintedBill(_view(row), accounts[row[1]].holder_language)
        for row in (rows[bill_id] for bill_id in bill_ids if bill_id in rows)
    ]


_BILLS = """
    SELECT b.id, a.id, a.public_id, a.number, b.statement,
           b.public_id, b.number, b.bill_date, b.due_date,
           (b.statement -> 'period' ->> 0)::date, (b.statement -> 'period' ->> 1)::date,
           b.current_charges_cents, b.total_due_cents, b.status = 'cancelled', b.origin
      FROM cis_billing_bill b JOIN cis_registry_account a ON a.id = b.account_id
     WHERE b.id = ANY(%s) AND b.status = 'issued'
"""


def _view(row: tuple[Any, ...]) -> BillView:
    return BillView(
        summary=BillSummary(BillRef(row[5]), *row[6:15]),
        account=AccountRef(row[2]),
        account_number=row[3],
        statement=from_json(row[4]),
    )
