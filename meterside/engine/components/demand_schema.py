"""The published schema of a demand charge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meterside.engine.components.schema_terms import AMOUNT_TABLE, FILLED, LIST_TABLE, PER, defined
from meterside.engine.components.time_of_use import BLOCK_TABLE
from meterside.engine.money import RoundingRule

_DECIMAL = defined("decimal")
_MONTHS: Mapping[str, Any] = {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 12}}


def _closed(required: list[str], properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": dict(properties),
    }


DEMAND_SCHEMA: Mapping[str, Any] = {
    "required": ["prices"],
    "properties": {
        "prices": BLOCK_TABLE,
        "widths": LIST_TABLE,
        "unit": {"enum": ["kW", "kVA", "kvar"], "default": "kW"},
        "per": PER,
        "determinant": FILLED,
        "intervals": FILLED,
        "reactive": FILLED,
        "window_minutes": {"type": "integer", "minimum": 0, "maximum": 1440, "default": 0},
        "sliding": {"type": "boolean", "default": False},
        "schedule": FILLED,
        "period": FILLED,
        "at": {
            "type": "array",
            "items": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:00$"},
            "description": "Local hours of the system's peaks.",
        },
        "minimum": AMOUNT_TABLE,
        "contract": {"anyOf": [_DECIMAL], "description": "A share of the contract demand."},
        "ratchet": _closed(
            ["share"],
            {
                "share": _DECIMAL,
                "months": {"type": "integer", "minimum": 1, "maximum": 11, "default": 11},
                "of_months": _MONTHS,
            },
        ),
        "power_factor": _closed(["least"], {"least": _DECIMAL, "step": _DECIMAL}),
        "demand_rounding": _closed(
            ["step"], {"step": _DECIMAL, "rule": {"enum": [rule.value for rule in RoundingRule]}}
        ),
    },
}
