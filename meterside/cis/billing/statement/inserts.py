"""Inserts of bills: set for a time, chosen for a bill when it is issued, frozen with it.

They are text that the bill's own template sets, not pages of another PDF: such pages have no tags, or tags of their own
that cannot be taken over, and a bill with them would be neither PDF/UA-1 nor PDF/A-2a (docs/algorithms/statement.md).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.cis.registry.queries import AccountRow
from meterside.spine import audit

from ..models import BillInsert

#: Letters of an insert: about two pages, so that a bill stays in its weight class.
LONGEST_TEXT: Final = 6000


class InsertTooLong(ValueError):
    """An insert has more letters than fit on two pages."""


@transaction.atomic
def set_bill_insert(
    *,
    code: str,
    title_en: str,
    title_es: str,
    text_en: str,
    text_es: str,
    since: date,
    until: date | None = None,
    cycle: str | None = None,
    commodity: str = "",
    customer_class: str = "",
    reason: str = "",
) -> BillInsert:
    """Put an insert behind bills dated from `since` up to, not including, `until`; the same code again replaces it.

    Raises InsertTooLong, IntegrityError without both languages, or for a cycle that is not there.
    """
    if max(len(text_en), len(text_es)) > LONGEST_TEXT:
        raise InsertTooLong(f"at most {LONGEST_TEXT} letters in each language")
    insert, _ = BillInsert.objects.update_or_create(
        code=code,
        defaults={
            "title_en": title_en.strip(),
            "title_es": title_es.strip(),
            "text_en": text_en.strip(),
            "text_es": text_es.strip(),
            "during": DateRange(since, until),
            "cycle_id": cycle,
            "commodity": commodity,
            "customer_class": customer_class,
        },
    )
    audit.record(
        action="bill_insert.set",
        subject_type="bill_insert",
        subject_id=insert.pk,
        code=code,
        since=since.isoformat(),
        until=until.isoformat() if until else None,
        reason=reason,
    )
    return insert


def inserts_on(day: date) -> list[BillInsert]:
    """The inserts of bills of that date, in the order of their codes."""
    return list(BillInsert.objects.filter(during__contains=day).order_by("code"))


def inserts_for(
    inserts: Sequence[BillInsert], account: AccountRow, services: Collection[str]
) -> list[dict[str, Any]]:
    """Those of them that go with this account's bill for these services, as its statement keeps them."""
    return [
        {
            "code": one.code,
            "title": {"en": one.title_en, "es": one.title_es},
            "text": {"en": one.text_en, "es": one.text_es},
        }
        for one in inserts
        if one.cycle_id in (None, account.bill_cycle)
        and one.customer_class in ("", account.customer_class)
        and (not one.commodity or one.commodity in services)
    ]
