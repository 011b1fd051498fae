"""How fast somebody may ask: so many requests a minute, counted in the database, so by all web processes together."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Final

from django.db import connection

from meterside.kit import clock

_MINUTE: Final = timedelta(minutes=1)
# The minute begins with the first request after the one before has passed.
_COUNT = """
    INSERT INTO spine_requestpace AS p (who, began_at, count) VALUES (%(who)s, %(now)s, 1)
    ON CONFLICT (who) DO UPDATE
       SET count = CASE WHEN p.began_at <= %(passed)s THEN 1 ELSE p.count + 1 END,
           began_at = CASE WHEN p.began_at <= %(passed)s THEN %(now)s ELSE p.began_at END
    RETURNING count, began_at
"""


def wait_s(who: str, *, most_a_minute: int) -> int:
    """Count a request; 0 where it may go on, else in how many seconds the next one may.

    Call it outside of a transaction: its row is one that others wait for.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"who": who, "now": now, "passed": now - _MINUTE})
        row: tuple[int, datetime] = cursor.fetchone()
    count, began_at = row
    return 0 if count <= most_a_minute else max(1, ceil((began_at + _MINUTE - now).total_seconds()))
