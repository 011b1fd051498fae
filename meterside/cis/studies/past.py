"""Reads of segments as they were billed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection

from meterside.kit.sql import from_json

from .replay import PastSegment

_SEGMENTS = """
    SELECT s.id, b.account_id, s.agreement_id, b.bill_date, s.total_cents, s.inputs, s.rated -> 'state_out'
      FROM cis_billing_billsegment s JOIN cis_billing_bill b ON b.id = s.bill_id
     WHERE s.id = ANY (%s) ORDER BY b.account_id, s.agreement_id, s.period, s.id
"""


def past_segments(segment_ids: Sequence[int]) -> list[PastSegment]:
    """These segments, by account and agreement, in the order of their days."""
    with connection.cursor() as cursor:
        cursor.execute(_SEGMENTS, [list(segment_ids)])
        return [
            PastSegment(row[0], row[1], row[2], row[3], row[4], from_json(row[5]), from_json(row[6]) or {})
            for row in cursor.fetchall()
        ]


_OF_TARIFF = """
    SELECT b.account_id, array_agg(s.id ORDER BY s.agreement_id, s.period)
      FROM cis_billing_billsegment s JOIN cis_billing_bill b ON b.id = s.bill_id
     WHERE s.tariff_code = %s AND s.status = 'issued' AND b.status = 'issued' AND b.origin = 'ours'
       AND b.bill_date BETWEEN %s AND %s
     GROUP BY b.account_id ORDER BY b.account_id
"""


def billed_on(tariff_code: str, first: date, last: date) -> list[tuple[int, list[int]]]:
    """Accounts with the standing segments they were billed on a tariff, on bills dated within these days."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_TARIFF, [tariff_code, first, last])
        return [(account_id, list(ids)) for account_id, ids in cursor.fetchall()]


def latest_bill_date(tariff_code: str) -> date | None:
    """The date of the latest standing bill on a tariff."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT max(b.bill_date) FROM cis_billing_billsegment s JOIN cis_billing_bill b ON b.id = s.bill_id
             WHERE s.tariff_code = %s AND s.status = 'issued' AND b.status = 'issued' AND b.origin = 'ours'
            """,
            [tariff_code],
        )
        found: date | None = cursor.fetchone()[0]
    return found
