"""What rating carries from bill to bill: banks, ratchets, sums of the year."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class RatingState:
    """Named exact numbers, append-only outside. Raises ``ValueError`` when a name is there twice."""

    values: tuple[tuple[str, Decimal], ...] = ()

    def __post_init__(self) -> None:
        names = [name for name, _ in self.values]
        if len(set(names)) != len(names):
            raise ValueError(f"a state names a number twice: {', '.join(names)}")

    def get(self, name: str) -> Decimal | None:
        """The number of that name, or None."""
        return dict(self.values).get(name)

    def to_dict(self) -> dict[str, str]:
        """JSON-safe form."""
        return {name: str(value) for name, value in self.values}

    @classmethod
    def from_dict(cls, data: dict[str, str]) -> RatingState:
        """The state that ``to_dict`` wrote."""
        return cls(tuple((name, Decimal(value)) for name, value in data.items()))


#: Of an agreement that was never billed, or whose tariff carries nothing.
NO_STATE = RatingState()


class StateBook:
    """The state during one rating: what came in, and what components put in its place.

    A component that is priced in several parts of a period sees what it put down for the part before.
    Nobody else's numbers are touched: what no component puts anew goes out as it came in.
    """

    def __init__(self, incoming: RatingState) -> None:
        self._incoming = incoming
        self._values = dict(incoming.values)
        self._is_changed = False

    def incoming(self, name: str) -> Decimal | None:
        """The number as the bill before left it, or None."""
        return self._incoming.get(name)

    def get(self, name: str) -> Decimal | None:
        """The number as it stands now, or None."""
        return self._values.get(name)

    def put(self, name: str, value: Decimal) -> None:
        """Give a number its new value. Raises ``ValueError`` unless it is a finite ``Decimal``."""
        if not isinstance(value, Decimal) or not value.is_finite():
            raise ValueError(f"state {name} must be a finite Decimal, not {value!r}")
        self._is_changed = True
        self._values[name] = value

    def out(self) -> RatingState:
        """What goes on to the next bill: incoming names first, new ones in the order they were put."""
        return RatingState(tuple(self._values.items())) if self._is_changed else self._incoming
