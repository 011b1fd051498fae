"""How far a run is: accounts done of those planned, at which rate, and how long it will still take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Accounts of one kind of work. `accounts_per_s` is that of the last 20 seconds of work, None before two chunks."""

    status: str
    planned: int
    done: int
    n_billed: int
    n_held: int
    accounts_per_s: float | None
    last_at: datetime | None

    @property
    def left_s(self) -> int | None:
        """Seconds until the end at the present rate; None where no rate is known."""
        if not self.accounts_per_s:
            return None
        return round((self.planned - self.done) / self.accounts_per_s)


_PROGRESS = """
    WITH chunk AS (
        SELECT n_accounts, n_billed, n_held, done_at FROM cis_billing_billrunchunk WHERE run_id = %s AND kind = %s
    ), recent AS (
        SELECT done_at, n_accounts, row_number() OVER (ORDER BY done_at) AS place
          FROM chunk WHERE done_at > (SELECT max(done_at) FROM chunk) - interval '20 seconds'
    )
    SELECT (SELECT status FROM cis_billing_billrun WHERE id = %s),
           coalesce(sum(n_accounts), 0)::bigint,
           coalesce(sum(n_accounts) FILTER (WHERE done_at IS NOT NULL), 0)::bigint,
           coalesce(sum(n_billed), 0)::bigint, coalesce(sum(n_held), 0)::bigint,
           (SELECT sum(n_accounts) FILTER (WHERE place > 1)
                   / nullif(extract(epoch FROM max(done_at) - min(done_at)), 0) FROM recent),
           max(done_at)
      FROM chunk
"""


def run_progress(run_id: int, *, kind: str = "bill") -> RunProgress:
    """How far the billing (or pricing) of a run is, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS, [run_id, kind, run_id])
        status, planned, done, n_billed, n_held, rate, last_at = cursor.fetchone()
    return RunProgress(
        status=status,
        planned=planned,
        done=done,
        n_billed=n_billed,
        n_held=n_held,
        accounts_per_s=None if rate is None else float(rate),
        last_at=last_at,
    )
