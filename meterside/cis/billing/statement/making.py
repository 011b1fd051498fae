"""The statement: everything a bill's page and PDF print, frozen as JSON (docs/algorithms/statement.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from meterside.cis.ledger.queries import Activity
from meterside.engine.line_story import stories
from meterside.engine.period import Period
from meterside.engine.time_of_day import times_of_periods

from ..segments import Draft

STATEMENT_VERSION = 1
NOTHING: Mapping[int, Mapping[str, Any]] = {}


def make_statement(
    *,
    number: int,
    account_number: str,
    holder_name: str,
    bill_date: date,
    due_date: date,
    totals: Mapping[str, int],
    activity: Sequence[Activity],
    drafts: Sequence[Draft],
    previous: Mapping[str, Any] | None,
    kind: str = "cycle",
    replaced: Sequence[Mapping[str, Any]] = (),
    messages: Sequence[Mapping[str, str]] = (),
    inserts: Sequence[Mapping[str, Any]] = (),
    charge_facts: Mapping[int, Mapping[str, Any]] = NOTHING,
) -> dict[str, Any]:
    """The statement of one bill. All amounts are cents, all days ISO dates, quantities decimals as text.

    A bill in place of others (`replaced`) is compared with those, any other with the one before (`previous`).
    `charge_facts` explain entries among `activity`, by their transaction.
    """
    if replaced:
        previous = _together(replaced)
    services = [_service(draft) for draft in drafts]
    return {
        "version": STATEMENT_VERSION,
        "kind": kind,
        "number": number,
        "account_number": account_number,
        "holder_name": holder_name,
        "addresses": list(dict.fromkeys(draft.agreement.address_line for draft in drafts)),
        "bill_date": bill_date.isoformat(),
        "due_date": due_date.isoformat(),
        "period": _span([draft.inputs.period for draft in drafts]),
        "totals": dict(totals),
        "activity": [_activity(row, charge_facts.get(row.transaction_id)) for row in activity],
        "services": services,
        "change": _change(drafts, totals["current_charges_cents"], previous),
        "messages": [dict(one) for one in messages],
        "inserts": [dict(one) for one in inserts],
        "replaces": [
            {
                "number": one["number"],
                "bill_date": one["bill_date"],
                "current_charges_cents": one["totals"]["current_charges_cents"],
            }
            for one in replaced
        ],
    }


def _activity(row: Activity, facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """One entry since the last bill; `of` explains a late fee, a deposit, or interest."""
    told = {"kind": row.kind, "on": row.effective_on, "amount_cents": row.amount_cents, "note": row.note}
    return told if facts is None else {**told, "of": dict(facts)}


def _together(statements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Several bills as if they were one, to compare with the one that stands in their place."""
    last = max(statements, key=lambda one: str(one["bill_date"]))
    return {
        "number": last["number"],
        "bill_date": last["bill_date"],
        "services": [service for one in statements for service in one["services"]],
        "totals": {
            "current_charges_cents": sum(one["totals"]["current_charges_cents"] for one in statements)
        },
    }


def _span(periods: Sequence[Period]) -> list[str]:
    return [
        min(period.start for period in periods).isoformat(),
        max(period.closed_end for period in periods).isoformat(),
    ]


def _service(draft: Draft) -> dict[str, Any]:
    determinant, period = draft.measured.determinant, draft.inputs.period
    days = draft.measured.days
    return {
        "service": draft.agreement.service,
        "agreement": str(draft.agreement.public_id),
        "address": draft.agreement.address_line,
        "tariff": {
            "code": draft.tariff.code,
            "name": draft.tariff.name,
            "name_es": draft.tariff.name_es,
            "source_url": draft.tariff.source_url,
        },
        "period": [period.start.isoformat(), period.closed_end.isoformat()],
        "days": period.days,
        "total_cents": draft.rated.total_cents,
        "usage": None
        if determinant is None
        else {
            "quantity": str(determinant.quantity),
            "unit": determinant.unit,
            "source": determinant.source.value,
            "priced_unit": draft.tariff.determinant_units().get(determinant.name, determinant.unit),
        },
        "meters": [dict(meter) for meter in draft.measured.meters],
        "lines": draft.rated_dict["lines"],
        **_clock(draft),
        **_behind(draft),
        "daily": None
        if not days
        else [[day.isoformat(), use, quality] for day, (use, quality) in days.items()],
        "change": draft.change.to_dict() if draft.change else None,
    }


def _behind(draft: Draft) -> dict[str, Any]:
    """The quantities beside use that lines came from, with their reads; nothing where use is all there is."""
    if len(draft.inputs.determinants) < 2:
        return {}
    found: dict[str, Any] = {}
    told = stories(draft.rated.lines, tariff=draft.tariff, determinants=draft.inputs.determinants)
    for story in told:
        for each in story.behind:
            if each.name != "usage":
                found.setdefault(each.name, each.to_dict())
    return {"behind": list(found.values())} if found else {}


def _clock(draft: Draft) -> dict[str, Any]:
    """When the periods are that lines are priced by; nothing where none is priced by the clock."""
    times = times_of_periods(draft.tariff, draft.rated.lines)
    return {"clock": [each.to_dict() for each in times]} if times else {}


def _change(
    drafts: Sequence[Draft], current_charges_cents: int, previous: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """Why this bill's charges differ from the last bill's, in parts that sum exactly.

    A service that is on one of the two bills only is a part of its own, so the parts always sum.
    """
    if previous is None:
        return None
    before: dict[str, int] = {}
    for item in previous["services"]:  # an agreement that changed its rate inside the period is there twice
        before[item["agreement"]] = before.get(item["agreement"], 0) + item["total_cents"]
    parts: list[dict[str, Any]] = []
    for key, own in _by_agreement(drafts).items():
        service, was = own[0].agreement.service, before.pop(key, None)
        # Where each part of the agreement's days was compared, and they were all that was billed, each is told.
        compared = [draft.change for draft in own if draft.change is not None]
        if len(compared) == len(own) and was == sum(change.before_cents for change in compared):
            parts += [
                {"service": service, **part.to_dict()}
                for change in compared
                for part in change.parts
                if part.amount_cents
            ]
            continue
        first = compared[0] if compared and was == compared[0].before_cents else None
        if first is not None:
            parts += [{"service": service, **part.to_dict()} for part in first.parts if part.amount_cents]
        for draft in own[1:] if first is not None else own:
            difference = draft.rated.total_cents - (was or 0 if draft is own[0] else 0)
            if difference:
                kind = "service_started" if was is None or draft is not own[0] else "use"
                parts.append({"service": service, "kind": kind, "amount_cents": difference, "facts": {}})
    services = {item["agreement"]: item["service"] for item in previous["services"]}
    for key, was in before.items():
        if was:
            parts.append(
                {"service": services[key], "kind": "service_ended", "amount_cents": -was, "facts": {}}
            )
    previous_cents = previous["totals"]["current_charges_cents"]
    if previous_cents + sum(part["amount_cents"] for part in parts) != current_charges_cents:
        raise AssertionError("the parts of the change do not sum to the difference")
    return {
        "previous_number": previous["number"],
        "previous_bill_date": previous["bill_date"],
        "previous_cents": previous_cents,
        "difference_cents": current_charges_cents - previous_cents,
        "parts": parts,
    }


def _by_agreement(drafts: Sequence[Draft]) -> dict[str, list[Draft]]:
    found: dict[str, list[Draft]] = {}
    for draft in drafts:
        found.setdefault(str(draft.agreement.public_id), []).append(draft)
    return found
