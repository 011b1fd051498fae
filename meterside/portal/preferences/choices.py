"""Which alerts there are, and how each stands for somebody who never set it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from meterside.engine.alert import AlertKind

#: Kinds about the whole bill; the others are about one metered service.
OF_THE_BILL = (AlertKind.BILL, AlertKind.EARLY)
#: Kinds that need a limit of the person's own before they can be on.
WITH_LIMIT = (AlertKind.BILL, AlertKind.USE_DAY, AlertKind.USE_PERIOD, AlertKind.PEAK)
_BY_COMMODITY: Mapping[str, tuple[AlertKind, ...]] = {
    "water": (AlertKind.LEAK, AlertKind.SPIKE, AlertKind.STOP, AlertKind.USE_DAY, AlertKind.USE_PERIOD),
    "electric": (
        AlertKind.SPIKE,
        AlertKind.STOP,
        AlertKind.USE_DAY,
        AlertKind.USE_PERIOD,
        AlertKind.PEAK,
    ),
    "gas": (AlertKind.SPIKE, AlertKind.STOP, AlertKind.USE_DAY, AlertKind.USE_PERIOD),
}
_ON_BY_DEFAULT = (AlertKind.LEAK, AlertKind.SPIKE, AlertKind.STOP, AlertKind.EARLY)
LEAK_HOURS = 24


@dataclass(frozen=True, slots=True)
class Choice:
    """How one kind of alert stands. `threshold` is in cents, or in the unit of the commodity's pages."""

    kind: AlertKind
    commodity: str
    is_on: bool
    threshold: Decimal | None = None
    hours: int | None = None


def kinds_of(commodity: str) -> tuple[AlertKind, ...]:
    """The kinds there are for a commodity."""
    return _BY_COMMODITY.get(commodity, ())


def default(kind: AlertKind, commodity: str, *, is_owner: bool) -> Choice:
    """Before anything is set: the sensible ones are on for an owner; a helper asks for them."""
    hours = LEAK_HOURS if kind is AlertKind.LEAK else None
    return Choice(kind, commodity, is_owner and kind in _ON_BY_DEFAULT, None, hours)


def every_kind(commodities: frozenset[str]) -> list[tuple[AlertKind, str]]:
    """All kinds for an account with these metered services, those about the bill first."""
    found: list[tuple[AlertKind, str]] = [(kind, "") for kind in OF_THE_BILL]
    for commodity in sorted(commodities):
        found += [(kind, commodity) for kind in kinds_of(commodity)]
    return found


def choices_from(
    kept: Iterable[Choice], *, commodities: frozenset[str], is_owner: bool
) -> tuple[Choice, ...]:
    """Every kind there is for an account with these metered services: as it was kept, else as it stands by default."""
    known = {(one.kind, one.commodity): one for one in kept}
    return tuple(
        known.get((kind, commodity)) or default(kind, commodity, is_owner=is_owner)
        for kind, commodity in every_kind(commodities)
    )
