"""Who is acting: set for a request or a job, read by the audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`kind` is person, staff, system or anonymous; `id` is a login's key or a job's name."""

    kind: str
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind


ANONYMOUS = Actor("anonymous")
SYSTEM = Actor("system")
_current: ContextVar[Actor | None] = ContextVar("meterside_actor", default=None)


def current() -> Actor:
    """The actor of this request or job; `system` where nobody said."""
    return _current.get() or SYSTEM


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Within the block, `actor` acts."""
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)
