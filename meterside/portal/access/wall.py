"""What a person may see now, and the database's own wall around it for as long as their page runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

import psycopg
from django.db import connection

from meterside.contracts.cis import AccountRef
from meterside.kit import wall

from .queries import HOLDS, Grant
from .roles import Role

# Reading the grants and raising the wall is one statement: a page pays no second way to the database for it.
_ENTER = f"""
    WITH granted AS MATERIALIZED (
         SELECT public_id, account_ref, role, upper(during) AS until, granted_at, id
           FROM portal_access_accountaccess
          WHERE login_id = %(login)s AND {HOLDS}),
    raised AS MATERIALIZED (
         SELECT set_config(%(setting)s, coalesce((SELECT array_agg(account_ref)::text FROM granted), '{{}}'), false))
    SELECT g.public_id, g.account_ref, g.role, g.until
      FROM raised LEFT JOIN granted g ON raised.set_config IS NOT NULL ORDER BY g.granted_at, g.id
"""  # noqa: S608 - ours


@contextmanager
def behind_wall(*, login_id: int, now: datetime) -> Iterator[tuple[Grant, ...]]:
    """The login's grants, oldest first; within the block the database shows their accounts and no others."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTER, {"login": login_id, "now": now, "setting": wall.SETTING})
        rows = cursor.fetchall()
    raised = cast("psycopg.Connection[Any]", connection.connection)
    try:
        yield tuple(
            Grant(public_id=public_id, account=AccountRef(account), role=Role(role), until=until)
            for public_id, account, role, until in rows
            if public_id is not None
        )
    finally:
        wall.lower(raised)
