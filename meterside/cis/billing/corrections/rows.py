"""Rows of bill corrections: what was found is gathered, what is decided is noted; a cancelled bill undoes its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from meterside.cis.ledger.corrections import post_correction
from meterside.cis.ledger.operations import Charge
from meterside.engine.lifecycle import check_move
from meterside.kit import clock
from meterside.spine import actor, audit

from ..lifecycles import CORRECTION, CorrectionStatus
from ..models import Bill, BillCorrection


def gather(
    bill_id: int,
    *,
    method: str,
    difference_cents: int,
    amount_cents: int,
    segments: Sequence[Mapping[str, Any]],
) -> BillCorrection:
    """The bill's one open correction, with what is known now."""
    values = {
        "method": method,
        "difference_cents": difference_cents,
        "amount_cents": amount_cents,
        "segments": list(segments),
    }
    row, is_new = BillCorrection.objects.get_or_create(
        bill_id=bill_id, status=CorrectionStatus.OPEN, defaults={**values, "found_at": clock.now()}
    )
    if is_new:
        audit.record(
            action="bill_correction.found", subject_type="bill_correction", subject_id=row.pk, bill=bill_id,
            method=method, amount_cents=amount_cents,
        )  # fmt: skip
    elif any(getattr(row, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))
    return row


def decide(
    row: BillCorrection, status: CorrectionStatus, *, reason: str = "", replaced_by: Bill | None = None
) -> None:
    """Move a correction along its table; the caller holds its account's row. Raises MoveNotAllowed."""
    check_move(CORRECTION, row.status, status)
    row.status, row.decided_at, row.decided_by = status, clock.now(), str(actor.current())
    row.reason, row.replaced_by = reason or row.reason, replaced_by
    row.save(update_fields=["status", "decided_at", "decided_by", "reason", "replaced_by"])
    audit.record(
        action=f"bill_correction.{status}", subject_type="bill_correction", subject_id=row.pk, bill=row.bill_id,
        method=row.method, amount_cents=row.amount_cents, reason=reason,
    )  # fmt: skip


def charges_of(row: BillCorrection, *, sign: int = 1) -> list[Charge]:
    """What a correction charges, by agreement; with sign -1 what takes it back."""
    return [
        Charge(
            agreement_id=item["agreement"],
            service=item["service"],
            income_cents=sign * item["income_cents"],
            tax_cents=sign * item["tax_cents"],
        )
        for item in row.segments
    ]


def undo_corrections(bills: Sequence[Bill], *, on: date) -> None:
    """Take back what came with later bills for these, which are being cancelled: a new bill prices it all."""
    rows = BillCorrection.objects.filter(bill__in=bills, status=CorrectionStatus.APPLIED, method="next_bill")
    for row in rows.select_related("bill"):
        post_correction(
            source_id=f"{row.pk}:undone",
            account_id=row.bill.account_id,
            charges=charges_of(row, sign=-1),
            effective_on=on,
            note=str(row.bill.number),
        )
        decide(row, CorrectionStatus.UNDONE)
    for row in BillCorrection.objects.filter(bill__in=bills, status=CorrectionStatus.OPEN):
        decide(row, CorrectionStatus.DISMISSED, reason="the bill was cancelled")
