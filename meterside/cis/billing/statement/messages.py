"""Messages on bills: set for a time, chosen for a bill when it is issued."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.cis.registry.queries import AccountRow
from meterside.spine import audit

from ..models import BillMessage


@transaction.atomic
def set_bill_message(
    *,
    code: str,
    text_en: str,
    text_es: str,
    since: date,
    until: date | None = None,
    cycle: str | None = None,
    customer_class: str = "",
    reason: str = "",
) -> BillMessage:
    """Put a message on bills dated from `since` up to, not including, `until`; the same code again replaces it.

    Raises IntegrityError without both texts, or for a cycle that is not there.
    """
    message, _ = BillMessage.objects.update_or_create(
        code=code,
        defaults={
            "text_en": text_en.strip(),
            "text_es": text_es.strip(),
            "during": DateRange(since, until),
            "cycle_id": cycle,
            "customer_class": customer_class,
        },
    )
    audit.record(
        action="bill_message.set",
        subject_type="bill_message",
        subject_id=message.pk,
        code=code,
        reason=reason,
    )
    return message


def messages_on(day: date) -> list[BillMessage]:
    """The messages of bills of that date, in the order of their codes."""
    return list(BillMessage.objects.filter(during__contains=day).order_by("code"))


def for_account(messages: Sequence[BillMessage], account: AccountRow) -> list[dict[str, str]]:
    """Those of them that this account's bill carries, as its statement keeps them."""
    return [
        {"code": one.code, "en": one.text_en, "es": one.text_es}
        for one in messages
        if one.cycle_id in (None, account.bill_cycle) and one.customer_class in ("", account.customer_class)
    ]
