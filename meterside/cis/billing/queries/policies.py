"""Every dated rule of billing as rows for a page, each with who set it and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Model

from meterside.cis.metering.models import EstimatePolicy

from ..models import BillInsert, BillMessage, BillTolerance, ChargePolicy, MakeGoodPolicy


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One rule. `what` is its kind as pages name it, `facts` its fields; `by` and `reason` say who set it and why."""

    what: str
    id: int
    customer_class: str
    service: str
    since: date | None
    until: date | None
    facts: Mapping[str, Any]
    by: str
    at: datetime | None
    reason: str


#: Kind, model, how the audit names it, order.
_KINDS: Final[tuple[tuple[str, type[Model], str, tuple[str, ...]], ...]] = (
    ("charge", ChargePolicy, "charge_policy", ("kind", "customer_class", "-during")),
    ("estimate", EstimatePolicy, "estimate_policy", ("commodity", "customer_class", "-during")),
    ("make-good", MakeGoodPolicy, "make_good_policy", ("customer_class", "-during")),
    ("tolerance", BillTolerance, "bill_tolerance", ("kind", "service", "customer_class", "-during")),
    ("message", BillMessage, "bill_message", ("-during", "code")),
    ("insert", BillInsert, "bill_insert", ("-during", "code")),
)
_SHOWN: Final = 60


def policy_rows() -> list[PolicyRow]:
    """All rules, the latest of each sort first, at most sixty of a sort; in seven queries."""
    found: list[tuple[str, str, Mapping[str, Any]]] = []
    for what, model, subject, order in _KINDS:
        rows = model._default_manager.order_by(*order).values()[:_SHOWN]
        found += [(what, subject, row) for row in rows]
    told = _told([(subject, str(row["id"])) for _, subject, row in found])
    return [_row(what, row, told.get((subject, str(row["id"])))) for what, subject, row in found]


def _told(subjects: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], tuple[datetime, str, str]]:
    """The latest audit line of each: when, by whom, why."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT ON (a.subject_type, a.subject_id) a.subject_type, a.subject_id, a.at,
                   a.actor_kind || CASE WHEN a.actor_id = '' THEN '' ELSE ':' || a.actor_id END,
                   coalesce(a.detail ->> 'reason', '')
              FROM unnest(%s::text[], %s::text[]) AS s (type, id)
              JOIN spine_auditentry a ON a.subject_type = s.type AND a.subject_id = s.id
             ORDER BY a.subject_type, a.subject_id, a.at DESC, a.id DESC
            """,
            [[one[0] for one in subjects], [one[1] for one in subjects]],
        )
        return {(row[0], row[1]): (row[2], row[3], row[4]) for row in cursor.fetchall()}


def _row(what: str, row: Mapping[str, Any], told: tuple[datetime, str, str] | None) -> PolicyRow:
    during = row["during"]
    return PolicyRow(
        what=row["kind"].replace("_", "-") if what == "charge" else what,
        id=row["id"],
        customer_class=row["customer_class"],
        service=row.get("service") or row.get("commodity") or "",
        since=during.lower,
        until=during.upper,
        facts=row,
        by=told[1] if told else "",
        at=told[0] if told else None,
        reason=told[2] if told else "",
    )
