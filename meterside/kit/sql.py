"""What raw SQL needs beside Django's own cursor."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model
from psycopg import sql


def from_json(value: str | None) -> Any:
    """A json column of a raw cursor: Django has psycopg hand it over as text, so that models can decode it."""
    return None if value is None else json.loads(value)


def next_keys(model: type[Model], count: int) -> list[int]:
    """The next `count` keys of a model with a BigAutoField, taken from its sequence."""
    meta = model._meta
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [meta.db_table, meta.pk.column, count],
        )
        return [row[0] for row in cursor.fetchall()]


def copy_in(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert many rows of one model by COPY: for runs of thousands, where making objects costs the most.

    `names` are attributes as Django keeps them (`account_id`); every column without a default in the database
    must be there, and JSON comes as text. Foreign keys, checks and triggers hold as ever. Raises
    IntegrityError.
    """
    fields = model._meta.local_concrete_fields
    columns = {field.attname: sql.Identifier(str(field.column)) for field in fields}
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join([columns[name] for name in names])
    )
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def insert_columns(model: type[Model], columns: Mapping[str, tuple[str, Sequence[Any]]]) -> None:
    """Insert many rows of one model in one statement, from a list of values for each column.

    For tables behind the wall, into which PostgreSQL refuses COPY. `columns` maps attributes as Django keeps them to
    the type of the column in the database and its values. Raises IntegrityError.
    """
    fields = model._meta.local_concrete_fields
    names = {field.attname: sql.Identifier(str(field.column)) for field in fields}
    statement = sql.SQL("INSERT INTO {} ({}) SELECT * FROM unnest({})").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join([names[name] for name in columns]),
        sql.SQL(", ").join([sql.SQL("%s::{}[]").format(sql.SQL(kind)) for kind, _ in columns.values()]),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(values) for _, values in columns.values()])


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_json(value: object) -> str:
    """JSON as `copy_in` takes it."""
    return _encode(value)


def among(keys: Sequence[int]) -> tuple[str, list[Any]]:
    """A condition on a key, and its parameters: between the least and the greatest where these keys lie close.

    Sending a hundred thousand keys costs more than reading what lies between them. Others may be found too, so
    who asks picks out their own. `keys` are sorted and not empty.
    """
    first, last = keys[0], keys[-1]
    if last - first < _CLOSE * len(keys):
        return "BETWEEN %s AND %s", [first, last]
    return "= ANY(%s)", [list(keys)]


_CLOSE = 4
