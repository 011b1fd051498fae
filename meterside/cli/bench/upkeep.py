"""What the server does by itself within minutes of a load, so that a bench finds a database that has been there."""

from __future__ import annotations

import os

import psycopg
from psycopg.conninfo import make_conninfo


def vacuum() -> None:
    """Only the owner may do so."""
    with psycopg.connect(make_conninfo(os.environ["DATABASE_OWNER_URL"]), autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
