"""The JSON Schema of tariff documents, put together from the terms and the fragments of the kinds.

The file ``schema/tariff.schema.json`` holds what ``tariff_schema`` gives; a test says so, and
``python -m tests.engine.write_schema`` writes it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from meterside.engine.components.registry import KINDS
from meterside.engine.components.schema_terms import FILLED, defined
from meterside.engine.holiday import Observed, Weekday, Which
from meterside.engine.money import RoundingRule
from meterside.engine.tariff.document import FORMAT
from meterside.engine.tariff.schedules import schedule_definitions
from meterside.engine.terms.choices import ChargePer, ProrationMethod, RoundingScope, VersionPick
from meterside.engine.terms.use import Pick

_TEXT: Mapping[str, Any] = {"type": "string"}
_COMMODITIES = ("electric", "water", "gas", "sewer", "refuse", "stormwater", "steam", "other")
_NUMBER = "^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)(E[+-]?[0-9]+)?$"


def tariff_schema() -> dict[str, Any]:
    """The schema as plain JSON values."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:meterside:tariff:1",
        "title": "Meterside tariff document",
        "description": "A tariff with its dated versions. Written as TOML by people, kept as JSON by the product. "
        "Amounts are in currency units; numbers may be plain or text, and are read exactly.",
        **_object(
            ("format", "code", "name", "utility", "commodity", "versions"),
            {
                "format": {"const": FORMAT},
                "code": {**FILLED, "description": "Short name, unique in the utility's book."},
                "name": FILLED,
                "name_es": _TEXT,
                "utility": FILLED,
                "commodity": {"enum": list(_COMMODITIES)},
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "default": "USD"},
                "customer_class": _TEXT,
                "bill_months": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 12,
                    "default": 1,
                    "description": "Months of a normal bill.",
                },
                "source_url": {**_TEXT, "description": "The page or document the rate was taken from."},
                "notes": {"type": "array", "items": _TEXT},
                "versions": {"type": "array", "minItems": 1, "items": defined("version")},
            },
        ),
        "$defs": _definitions(),
    }


def _definitions() -> dict[str, Any]:
    decimals = {"type": "array", "items": defined("amount")}
    found: dict[str, Any] = {
        "filled": {"type": "string", "minLength": 1, "pattern": "\\S"},
        "decimal": {
            "description": "An exact number, plain or as text.",
            "anyOf": [{"type": "number"}, {"type": "string", "pattern": _NUMBER}],
        },
        "series": {
            **_object(("series",), {"series": FILLED}),
            "description": "The name of the dated series that has the number.",
        },
        "amount": {"anyOf": [defined("decimal"), defined("series")]},
        "day": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "month_day": {"type": "string", "pattern": "^[0-9]{2}-[0-9]{2}$"},
        "per": _words(ChargePer),
        "amount_table": {"anyOf": [defined("amount"), defined("table_of_amounts")]},
        "list_table": {"anyOf": [decimals, defined("table_of_lists")]},
        "table_of_amounts": _table(defined("amount")),
        "table_of_lists": _table(decimals),
        "given": {
            "description": "A number of the agreement, by name; default stands where nobody said it.",
            "anyOf": [FILLED, _object(("name",), {"name": FILLED, "default": defined("decimal")})],
        },
        "givens": {"anyOf": [defined("given"), {"type": "array", "items": defined("given")}]},
        "step": _object(("step",), {"step": defined("decimal"), "rule": _words(RoundingRule)}),
        "names": {"type": "array", "minItems": 1, "items": FILLED},
        "rounding": _object(
            (),
            {
                "rule": {**_words(RoundingRule), "default": "half_up"},
                "scope": {**_words(RoundingScope), "default": "line"},
                "group": FILLED,
            },
        ),
        "proration": _object(
            (),
            {
                "method": {**_words(ProrationMethod), "default": "none"},
                "tolerance_days": {
                    "type": "array",
                    "items": {"type": "integer", "minimum": 1},
                    "minItems": 2,
                    "maxItems": 2,
                },
            },
        ),
        "season": _season(),
        "holiday": _holiday(),
        "use": _use(),
        **schedule_definitions(),
        "version": _version(),
    }
    for kind in KINDS.values():
        found.update(kind.schema_defs)
    found["component"] = _component()
    return found


def _season() -> dict[str, Any]:
    last = {**defined("month_day"), "description": "The last day, inside."}
    span = _object(("from", "to"), {"from": defined("month_day"), "to": last})
    return _object(
        ("name", "ranges"),
        {
            "name": FILLED,
            "label": _TEXT,
            "label_es": _TEXT,
            "ranges": {"type": "array", "minItems": 1, "items": span},
        },
    )


def _holiday() -> dict[str, Any]:
    return {
        **_object(
            ("name",),
            {
                "name": FILLED,
                "month_day": defined("month_day"),
                "month": {"type": "integer", "minimum": 1, "maximum": 12},
                "weekday": _words(Weekday),
                "which": _words(Which),
                "days_after": {"type": "integer", "minimum": 0, "maximum": 6, "default": 0},
                "observed": {**_words(Observed), "default": "no"},
            },
        ),
        "oneOf": [{"required": ["month_day"]}, {"required": ["month", "weekday", "which"]}],
    }


def _version() -> dict[str, Any]:
    factors = {
        "gallons_per_cf": defined("decimal"),
        "cf_per_m3": defined("decimal"),
        "therms_per_ccf": defined("amount"),
    }
    return _object(
        ("effective_from", "components"),
        {
            "effective_from": defined("day"),
            "effective_to": {**defined("day"), "description": "The first day it is no longer in force."},
            "rounding": defined("rounding"),
            "usage_rounding": defined("step"),
            "conversion": _object((), factors),
            "seasons": {"type": "array", "items": defined("season")},
            "holidays": {"type": "array", "items": defined("holiday")},
            "uses": {"type": "array", "items": defined("use")},
            "schedules": {"type": "array", "items": defined("schedule")},
            "components": {"type": "array", "minItems": 1, "items": defined("component")},
        },
    )


def _use() -> dict[str, Any]:
    """How billed use is worked out: docs/algorithms/billed-use.md."""
    return _object(
        ("name", "unit"),
        {
            "name": {**FILLED, "description": "What components name as their determinant."},
            "unit": FILLED,
            "of": {"type": "array", "items": FILLED},
            "pick": {**_words(Pick), "default": "first"},
            "assumed": defined("amount_table"),
            "each": defined("givens"),
            "measured_unit": FILLED,
            "measured_rounding": defined("step"),
            "times": {"type": "array", "items": defined("amount_table")},
            "times_given": defined("givens"),
            "factor_rounding": defined("step"),
            "least": defined("amount_table"),
            "most": defined("amount_table"),
            "per": defined("per"),
            "proration": defined("proration"),
            "rounding": defined("step"),
        },
    )


def _component() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["kind", "code", "label"],
        "properties": {
            "kind": {"enum": list(KINDS)},
            "code": FILLED,
            "label": FILLED,
            "label_es": _TEXT,
            "season": _TEXT,
            "proration": defined("proration"),
            "version_pick": _words(VersionPick),
            "rounding": defined("rounding"),
            "tax": {
                "type": "boolean",
                "description": "Collected for others; a percentage is, if it does not say.",
            },
        },
        "allOf": [
            {"if": {"properties": {"kind": {"const": word}}}, "then": dict(kind.schema)}
            for word, kind in KINDS.items()
        ],
        "unevaluatedProperties": False,
    }


def _table(value: Mapping[str, Any]) -> dict[str, Any]:
    """A table of values by attributes: ``values`` as people write it, ``cases`` as it is stored."""
    case = {"type": "array", "prefixItems": [_TEXT, value], "minItems": 2, "maxItems": 2}
    by = {
        **defined("names"),
        "description": "Attributes the value depends on; season is answered by the calendar.",
    }
    return {
        **_object(
            ("by",),
            {
                "by": by,
                "values": {"type": "object", "minProperties": 1, "additionalProperties": value},
                "cases": {"type": "array", "minItems": 1, "items": case},
            },
        ),
        "oneOf": [{"required": ["values"]}, {"required": ["cases"]}],
    }


def _object(required: tuple[str, ...], properties: Mapping[str, Any]) -> dict[str, Any]:
    """An object that has no other fields."""
    found: dict[str, Any] = {"type": "object", "additionalProperties": False}
    if required:
        found["required"] = list(required)
    found["properties"] = dict(properties)
    return found


def _words(words: type[StrEnum]) -> dict[str, Any]:
    return {"enum": [word.value for word in words]}
