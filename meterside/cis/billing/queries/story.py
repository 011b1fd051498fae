"""A bill's segments as they were priced: the lines, and the inputs that were frozen with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from meterside.cis.tariffs.models import Tariff
from meterside.cis.tariffs.queries import engine_tariffs
from meterside.engine.explain import SegmentInputs
from meterside.engine.rated import RatedSegment

from ..inputs.freezing import thaw_inputs
from ..models import Bill


class NoSuchBillNumber(LookupError):
    """No bill has that number."""


@dataclass(frozen=True, slots=True)
class ExplainedSegment:
    """One agreement's charges with what they were priced from."""

    service: str
    inputs: SegmentInputs
    rated: RatedSegment


@dataclass(frozen=True, slots=True)
class ExplainedBill:
    """A bill with its segments in the order they were made; a converted bill has none."""

    number: int
    status: str
    bill_date: date
    current_charges_cents: int
    segments: tuple[ExplainedSegment, ...]


def segments_of(number: int) -> ExplainedBill:
    """The bill of that number. Raises NoSuchBillNumber."""
    bill = Bill.objects.filter(number=number).first()
    if bill is None:
        raise NoSuchBillNumber(number)
    rows = list(bill.segments.select_related("agreement").order_by("pk"))
    keys = dict(Tariff.objects.filter(code__in={row.tariff_code for row in rows}).values_list("code", "pk"))
    tariffs = engine_tariffs(sorted(keys.values()))
    return ExplainedBill(
        number=bill.number,
        status=bill.status,
        bill_date=bill.bill_date,
        current_charges_cents=bill.current_charges_cents,
        segments=tuple(
            ExplainedSegment(
                service=row.agreement.service,
                inputs=thaw_inputs(row.inputs, tariffs[keys[row.tariff_code]]),
                rated=RatedSegment.from_dict(row.rated),
            )
            for row in rows
        ),
    )
