"""The one place that reads the wall clock, so that demo and tests can set it.

The engine never imports this: it takes `today` and `now` as parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_set_now: ContextVar[datetime | None] = ContextVar("meterside_now", default=None)


def now() -> datetime:
    """The present instant, zoned UTC."""
    return _set_now.get() or datetime.now(UTC)


def today(zone: ZoneInfo) -> date:
    """The present local day in `zone`."""
    return now().astimezone(zone).date()


@contextmanager
def clock_at(instant: datetime) -> Iterator[None]:
    """Within the block `now()` is `instant`, which must be zoned. For the demo's past and for tests."""
    if instant.tzinfo is None:
        raise ValueError("clock_at needs a zoned instant")
    token = _set_now.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _set_now.reset(token)
