"""Every policy of the utility as rows of names and values, for `meterside policy list`."""

from __future__ import annotations

from meterside.cis.billing.models import (
    BillInsert,
    BillMessage,
    BillTolerance,
    ChargePolicy,
    MakeGoodPolicy,
    WinterAveragePolicy,
)
from meterside.cis.metering.models import EstimatePolicy, ValidationPolicy

Row = dict[str, object]


def every_policy() -> list[Row]:
    """All of them, kind by kind, each with the days it counts (`from`, `to`: half-open)."""
    return [
        *_tolerances(),
        *_estimates(),
        *_corrections(),
        *_messages(),
        *_inserts(),
        *_winter_averages(),
        *_charges(),
        *_validation(),
    ]


def _tolerances() -> list[Row]:
    return [
        {
            "policy": f"tolerate {row.kind}", "service": row.service, "class": row.customer_class,
            "from": row.during.lower, "to": row.during.upper, "percent": row.percent,
            "least_units": row.least_units,
        }
        for row in BillTolerance.objects.order_by("kind", "service", "customer_class", "during")
    ]  # fmt: skip


def _estimates() -> list[Row]:
    return [
        {
            "policy": "estimate", "service": row.commodity, "class": row.customer_class, "from": row.during.lower,
            "to": row.during.upper, "methods": row.methods, "window_days": row.window_days,
            "most_in_a_row": row.most_in_a_row,
        }
        for row in EstimatePolicy.objects.order_by("commodity", "customer_class", "during")
    ]  # fmt: skip


def _corrections() -> list[Row]:
    return [
        {
            "policy": "make-good", "service": "", "class": row.customer_class, "from": row.during.lower,
            "to": row.during.upper, "rebill_above_cents": row.rebill_above_cents, "least_cents": row.least_cents,
            "back_bill_days": row.back_bill_days,
        }
        for row in MakeGoodPolicy.objects.order_by("customer_class", "during")
    ]  # fmt: skip


def _messages() -> list[Row]:
    return [
        {
            "policy": f"message {row.code}", "cycle": row.cycle_id, "class": row.customer_class,
            "from": row.during.lower, "to": row.during.upper, "english": row.text_en, "spanish": row.text_es,
        }
        for row in BillMessage.objects.order_by("code")
    ]  # fmt: skip


def _inserts() -> list[Row]:
    return [
        {
            "policy": f"insert {row.code}", "cycle": row.cycle_id, "service": row.commodity,
            "class": row.customer_class, "from": row.during.lower, "to": row.during.upper,
            "english": row.title_en, "spanish": row.title_es,
        }
        for row in BillInsert.objects.order_by("code")
    ]  # fmt: skip


def _winter_averages() -> list[Row]:
    return [
        {
            "policy": "winter-average", "service": row.service, "class": row.customer_class,
            "from": row.during.lower, "to": row.during.upper, **row.rule,
        }
        for row in WinterAveragePolicy.objects.order_by("service", "customer_class", "during")
    ]  # fmt: skip


def _charges() -> list[Row]:
    return [
        {
            "policy": row.kind.replace("_", "-"), "class": row.customer_class, "from": row.during.lower,
            "to": row.during.upper, **(row.rule or {"none": True}),
        }
        for row in ChargePolicy.objects.order_by("kind", "customer_class", "during")
    ]  # fmt: skip


def _validation() -> list[Row]:
    return [
        {
            "policy": f"look for {row.rule}", "service": row.commodity, "class": row.customer_class,
            "from": row.during.lower, "to": row.during.upper, "action": row.action, **row.limits,
        }
        for row in ValidationPolicy.objects.order_by("rule", "commodity", "customer_class", "during")
    ]  # fmt: skip
