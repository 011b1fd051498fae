"""What raw SQL needs beside Django's own cursor."""

from __future__ import annotations

import json
from typing import Any


def from_json(value: str | None) -> Any:
    """A json column of a raw cursor: Django has psycopg hand it over as text, so that models can decode it."""
    return None if value is None else json.loads(value)
