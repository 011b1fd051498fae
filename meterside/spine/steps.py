"""Long work in steps: each is done once, whoever tries and however often; what is done can be counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from . import idempotency
from .models import IdempotencyKey

#: The making of a demo's past: a page shows how far it is, and pages know nothing of jobs.
DEMO_PAST: Final = "demo.past"
_PLANNED: Final = "planned_units"


def do_step(work: str, step: str, act: Callable[[], Mapping[str, Any]], *, planned_units: int = 0) -> bool:
    """Do one step of `work` unless it was done before; returns whether this call did it.

    The step's effects and the note that it is done commit together. `act` answers with what later steps want
    to know, and under `units` how much it did. `planned_units` is what the whole work will come to, said by
    its first step.
    """

    def noted() -> Mapping[str, Any]:
        return {**act(), _PLANNED: planned_units} if planned_units else act()

    _, is_first = idempotency.once(scope=work, key=step, request={}, act=noted)
    return is_first


def answers(work: str) -> dict[str, dict[str, Any]]:
    """What each done step of `work` answered, by step."""
    rows = IdempotencyKey.objects.filter(scope=work, answer__isnull=False).values_list("key", "answer")
    return {key: answer or {} for key, answer in rows}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a work is: units done of those planned, at which pace, and how long it will still take.

    `units_per_s` is that of the last 20 seconds of work; None before two steps are done.
    """

    done: int
    planned: int
    units_per_s: float | None
    last_at: datetime | None

    @property
    def is_done(self) -> bool:
        return self.planned > 0 and self.done >= self.planned

    @property
    def left_s(self) -> int | None:
        """Seconds until the end at the present pace; None where no pace is known."""
        if not self.units_per_s:
            return None
        return round((self.planned - self.done) / self.units_per_s)


_PROGRESS = """
    WITH step AS (
        SELECT created_at, coalesce((answer ->> 'units')::bigint, 0) AS units,
               coalesce((answer ->> 'planned_units')::bigint, 0) AS planned
          FROM spine_idempotencykey WHERE scope = %s AND answer IS NOT NULL
    ), recent AS (
        SELECT created_at, units, row_number() OVER (ORDER BY created_at) AS place
          FROM step WHERE units > 0 AND created_at > (SELECT max(created_at) FROM step) - interval '20 seconds'
    )
    SELECT (SELECT coalesce(sum(units), 0) FROM step), (SELECT coalesce(max(planned), 0) FROM step),
           (SELECT sum(units) FILTER (WHERE place > 1)
                   / nullif(extract(epoch FROM max(created_at) - min(created_at)), 0) FROM recent),
           (SELECT max(created_at) FROM step)
"""


def progress(work: str) -> Progress:
    """How far `work` is, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS, [work])
        done, planned, pace, last_at = cursor.fetchone()
    return Progress(
        done=int(done),
        planned=planned,
        units_per_s=float(pace) if pace is not None else None,
        last_at=last_at,
    )
