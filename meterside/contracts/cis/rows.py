"""A page of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Rows `offset`.. of a list, at most `limit`."""

    offset: int = 0
    limit: int = 25


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    items: tuple[T, ...]
    total: int
