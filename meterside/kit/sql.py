"""What raw SQL needs beside Django's own cursor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connection
from django.db.models import JSONField, Model
from psycopg import sql

M = TypeVar("M", bound=Model)


def from_json(value: str | None) -> Any:
    """A json column of a raw cursor: Django has psycopg hand it over as text, so that models can decode it."""
    return None if value is None else json.loads(value)


_FEW = 4


def insert_all(rows: Sequence[M]) -> list[M]:
    """Insert many rows of one model by COPY, in their order, with their keys set; returns them.

    For runs of thousands: JSON goes over as it is, where an INSERT of arrays would escape it letter by letter.
    Foreign keys, checks and triggers hold as ever. Raises IntegrityError. The key is a BigAutoField.
    """
    found = list(rows)
    if not found:
        return found
    model = type(found[0])
    if len(found) < _FEW:
        return model._default_manager.bulk_create(found)
    meta = model._meta
    columns = [(field.attname, isinstance(field, JSONField)) for field in meta.local_concrete_fields]
    key = meta.pk
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [meta.db_table, key.column, len(found)],
        )
        for row, (number,) in zip(found, cursor.fetchall(), strict=True):
            row.pk = number
        names = sql.SQL(", ").join(sql.Identifier(field.column) for field in meta.local_concrete_fields)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(meta.db_table), names)
        with connection.wrap_database_errors, cursor.copy(statement) as copy:
            for row in found:
                copy.write_row([_plain(getattr(row, name), is_json) for name, is_json in columns])
    for row in found:
        row._state.adding = False
        row._state.db = connection.alias
    return found


def _plain(value: Any, is_json: bool) -> Any:
    """A value as COPY's text form takes it."""
    return json.dumps(value) if is_json and value is not None else value
