"""Meterside's own tariff documents: TOML, or the same as JSON, checked against the published schema."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from meterside.connectors.tariffs import Refusal, TariffImport
from meterside.engine.tariff import InvalidTariff, tariff_from_dict

#: Faults listed from one file; a document of another shape would give hundreds.
MAX_FAULTS = 20


def import_document(
    text: str, *, source: str, effective_from: date | None = None, classes: Iterable[str] | None = None
) -> TariffImport:
    """Read and check a document. ``classes`` is not used: a document holds one tariff.

    A document says its own dates: ``effective_from`` is refused. Never raises for what it says.
    """
    del classes
    if effective_from is not None:
        return _refused(source, [Refusal("versions", "dates stand in the document; change them there")])
    try:
        data = _parse(text, source)
    except ValueError as error:
        return _refused(source, [Refusal("document", f"cannot be read: {error}")])
    # The engine's own reader says what to do about a fault; the schema then holds what only it knows.
    try:
        tariff = tariff_from_dict(data)
    except InvalidTariff as error:
        problems = [Refusal(one.path, one.message, one.kind, one.facts) for one in error.problems]
        return _refused(source, problems)
    faults = schema_faults(data)
    if faults:
        return _refused(source, faults)
    return TariffImport(source, "meterside", (tariff,))


def _refused(source: str, faults: list[Refusal]) -> TariffImport:
    return TariffImport(source, "meterside", (), tuple(faults[:MAX_FAULTS]))


def _parse(text: str, source: str) -> Any:
    if source.endswith(".json"):
        return json.loads(text, parse_float=Decimal)
    return tomllib.loads(text, parse_float=Decimal)


@lru_cache(maxsize=1)
def tariff_schema() -> dict[str, Any]:
    """The published JSON Schema of a tariff document."""
    text = resources.files("meterside.engine").joinpath("schema", "tariff.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def schema_faults(data: Any) -> list[Refusal]:
    """Every place where a document departs from the schema, in the order of the document."""
    validator = Draft202012Validator(tariff_schema())
    errors = sorted(validator.iter_errors(_dated_as_text(data)), key=lambda error: error.json_path)
    return [_fault(error) for error in errors]


def _dated_as_text(value: Any) -> Any:
    """TOML dates as the ISO text the schema describes."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _dated_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dated_as_text(item) for item in value]
    return value


def _fault(error: ValidationError) -> Refusal:
    """The fault in words: of several ways a value may be written, the one it comes closest to."""
    closest = error
    if error.context:
        closest = best_match(iter(error.context)) or error
    place = closest.json_path.removeprefix("$").removeprefix(".") or "document"
    return Refusal(place, closest.message)
