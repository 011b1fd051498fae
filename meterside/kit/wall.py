"""The second wall around a customer's accounts: row-level security in PostgreSQL.

While a customer's page runs, the connection knows which accounts its person may see (`meterside.accounts`, a list of
account references). Policies on the tables where every way to an account begins show it no other, whatever the page
asks for by mistake. Work that is nobody's page (jobs, staff, registration) runs without: there the setting is empty.

Models say which column leads to an account: `walled_by = "public_id"` (a reference) or `walled_by_key = "account_id"`.
Tables that are filled by COPY stay outside, for PostgreSQL refuses COPY behind policies; they are only reached through
an account's row (docs/adr/0009-second-wall.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from django.apps import apps
from psycopg import sql
from psycopg.pq import ExecStatus

SETTING = "meterside.accounts"
_ACCOUNTS = "cis_registry_account"
_POLICY = "meterside_second_wall"
_LOWER = f"SET {SETTING} = ''".encode()
# Sub-selects, so that the setting is read once a statement and not once a row.
_OPEN = f"(SELECT nullif(current_setting('{SETTING}', true), '') IS NULL)"
_REFERENCES = f"(SELECT nullif(current_setting('{SETTING}', true), '')::uuid[])"
_KEYS = f"ARRAY(SELECT id FROM {_ACCOUNTS} WHERE public_id = ANY ({_REFERENCES}::uuid[]))"  # noqa: S608 - ours


def lower(connection: psycopg.Connection[Any]) -> None:
    """Take the wall down. A connection that does not do so is closed: nobody gets it with somebody's wall around it."""
    if connection.closed:
        return
    try:
        # By libpq itself: a statement without values or rows, at the end of every page, and in whatever transaction
        # its caller is in.
        is_down = connection.pgconn.exec_(_LOWER).status == ExecStatus.COMMAND_OK
    except psycopg.Error:
        is_down = False
    if not is_down:
        connection.close()


def walled_tables() -> Iterator[tuple[str, str]]:
    """Each table behind the wall, with the condition under which a row is seen and may be written."""
    for model in apps.get_models():
        reference, key = getattr(model, "walled_by", ""), getattr(model, "walled_by_key", "")
        if reference:
            yield model._meta.db_table, f"{_OPEN} OR {reference} = ANY ({_REFERENCES}::uuid[])"
        elif key:
            yield model._meta.db_table, f"{_OPEN} OR {key} = ANY ({_KEYS})"


def sync_wall(cursor: Any) -> None:
    """Bring the policies in line with the models. Run as the owner, whom they do not bind; safe to repeat."""
    for table, condition in sorted(walled_tables()):
        names = {
            "table": sql.Identifier(table),
            "policy": sql.Identifier(_POLICY),
            "seen": sql.SQL(condition),
        }
        for statement in (
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            "DROP POLICY IF EXISTS {policy} ON {table}",
            "CREATE POLICY {policy} ON {table} USING ({seen}) WITH CHECK ({seen})",
        ):
            cursor.execute(sql.SQL(statement).format(**names))
