"""Names of the schema's common definitions, for the fragments of kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def defined(name: str) -> Mapping[str, Any]:
    """A reference to a definition of the schema."""
    return {"$ref": f"#/$defs/{name}"}


AMOUNT_TABLE = defined("amount_table")
LIST_TABLE = defined("list_table")
PER = defined("per")
FILLED = defined("filled")
CODES: Mapping[str, Any] = {"type": "array", "items": FILLED}
GIVEN = defined("given")
GIVENS = defined("givens")
STEP = defined("step")
TEXT: Mapping[str, Any] = {"type": "string"}
