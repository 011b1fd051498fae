"""The JSON Schema of policy documents; ``schema/policy.schema.json`` holds what ``policy_schema`` gives."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from meterside.engine.deposit import DepositBasis
from meterside.engine.late_fee import FeeBase, FeePick
from meterside.engine.money import RoundingRule
from meterside.engine.policy import FORMAT
from meterside.engine.validation_rule import Action, RuleKind
from meterside.engine.winter_average import MonthOf


def policy_schema() -> dict[str, Any]:
    """The JSON Schema of policy documents."""
    number: dict[str, Any] = {"$ref": "#/$defs/number"}
    whole: dict[str, Any] = {"type": "integer", "minimum": 0}
    step = _object(("step",), {"step": number, "rule": _words(RoundingRule)})
    late: dict[str, Any] = dict.fromkeys(("percent", "flat", "balance_over", "least", "most"), number)
    late |= {"pick": _words(FeePick), "base": _words(FeeBase), "rounding": _words(RoundingRule)}
    late |= {"grace_days": whole, "every_days": whole, "once_per_bill": _FLAG, "notice": _FLAG}
    event: dict[str, Any] = {"event": _FILLED, "amount": number, "after_hours": number}
    event |= dict.fromkeys(("from_count", "within_months", "cash_only_months"), whole)
    deposit: dict[str, Any] = dict.fromkeys(("months", "flat", "least", "most"), number)
    deposit |= {"basis": _words(DepositBasis), "rounding": _words(RoundingRule), "amount_rounding": step}
    deposit |= {"year_days": {"enum": [360, 365, 366]}, "refund_after_months": whole}
    deposit |= {"late_allowed": whole, "at_start": _FLAG}
    months = {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 1, "maximum": 12}}
    winter: dict[str, Any] = {
        "unit": _FILLED,
        "name": _FILLED,
        "default_name": _FILLED,
        "months": months,
        "rounding": step,
    }
    winter |= {
        "renewed_on": {"type": "string", "pattern": "^[0-9]{2}-[0-9]{2}$"},
        "month_of": _words(MonthOf),
    }
    winter |= {
        "fewest": whole,
        "leave_out_greatest": whole,
        "days": number,
        "share": number,
        "default": number,
    }
    top: dict[str, Any] = {
        "format": {"const": FORMAT},
        "code": _FILLED,
        "name": _FILLED,
        "source_url": {"type": "string"},
    }
    top["late_fee"] = _object((), late)
    top["event_fees"] = {"type": "array", "items": _object(("event", "amount"), event)}
    top["deposit"] = _object((), deposit)
    rule: dict[str, Any] = {"rule": _words(RuleKind), "action": _words(Action)}
    rule |= {"commodity": {"type": "string"}, "customer_class": {"type": "string"}}
    rule |= dict.fromkeys(("above", "hours", "seconds", "grace_days"), whole)
    rule |= dict.fromkeys(("times", "share", "percent"), number)
    top["validation"] = {"type": "array", "items": _object(("rule",), rule)}
    top["winter_average"] = _object(("unit", "months", "renewed_on"), winter)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:meterside:policy:1",
        "title": "Meterside policy document",
        "description": "Rules outside the rate. Amounts are in currency units; numbers may be plain or text.",
        **_object(("format", "code", "name"), top),
        "$defs": {"number": {"anyOf": [{"type": "number"}, {"type": "string", "minLength": 1}]}},
    }


_FLAG: dict[str, Any] = {"type": "boolean"}
_FILLED: dict[str, Any] = {"type": "string", "minLength": 1, "pattern": "\\S"}


def _object(required: tuple[str, ...], properties: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": dict(properties)}
    return {**found, "required": list(required)} if required else found


def _words(words: type[StrEnum]) -> dict[str, Any]:
    return {"enum": [word.value for word in words]}
