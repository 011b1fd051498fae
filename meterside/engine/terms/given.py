"""Numbers of the agreement that a tariff asks for by name: people, dwelling units, carts, an area."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Given:
    """A number nobody measures, kept with the agreement. ``default`` stands where nobody said it."""

    name: str
    default: Decimal | None = None
