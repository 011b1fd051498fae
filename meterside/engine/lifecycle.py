"""Statuses move only along a table: the mechanism all lifecycles share.

A table is data; checking a move is a pure question. Who moved what, when and why is recorded by
whoever stores the status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class MoveNotAllowed(ValueError):
    """The table has no such move; ``allowed`` are the statuses that may follow."""

    def __init__(self, table: str, status_from: str, status_to: str, allowed: frozenset[str]) -> None:
        ways = ", ".join(sorted(allowed)) or "nothing: it is final"
        super().__init__(f"{table}: {status_from} cannot become {status_to}; it can become {ways}")
        self.table = table
        self.status_from = status_from
        self.status_to = status_to
        self.allowed = allowed


class UnknownStatus(ValueError):
    """A status the table does not have."""


@dataclass(frozen=True, slots=True)
class StatusTable:
    """The statuses of a lifecycle: where it starts, and what may follow what."""

    name: str
    initial: str
    moves: Mapping[str, frozenset[str]]

    def __post_init__(self) -> None:
        named = {self.initial, *(status for following in self.moves.values() for status in following)}
        for status in sorted(named):
            if status not in self.moves:
                raise ValueError(f"{self.name}: {status} is named but has no row")

    @property
    def statuses(self) -> frozenset[str]:
        """Every status of the lifecycle."""
        return frozenset(self.moves)

    def following(self, status: str) -> frozenset[str]:
        """What may come after a status; ``UnknownStatus`` if the table does not have it."""
        if status not in self.moves:
            raise UnknownStatus(f"{self.name} has no status {status!r}")
        return self.moves[status]

    def is_final(self, status: str) -> bool:
        """Whether nothing can follow."""
        return not self.following(status)

    def pairs(self) -> list[tuple[str, str]]:
        """Every allowed move, sorted: for constraints in a database and for tests."""
        return sorted((before, after) for before, ways in self.moves.items() for after in ways)


def status_table(name: str, initial: str, moves: Mapping[str, tuple[str, ...]]) -> StatusTable:
    """A table from plain data: status to the statuses that may follow (none: final)."""
    return StatusTable(name, initial, {status: frozenset(ways) for status, ways in moves.items()})


def check_move(table: StatusTable, status_from: str, status_to: str) -> None:
    """Raise ``MoveNotAllowed`` or ``UnknownStatus`` unless the table allows the move."""
    allowed = table.following(status_from)
    table.following(status_to)
    if status_to not in allowed:
        raise MoveNotAllowed(table.name, status_from, status_to, allowed)
