"""Use in the unit a person reads: kilowatt-hours, gallons, hundreds of cubic feet of gas."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from meterside.contracts.usage import MeteredService
from meterside.engine.quantity import CannotConvert, UnknownUnit, convert
from meterside.journeys.see_bill import Say
from meterside.journeys.see_bill.words import use_text

#: What each commodity is shown in, the first that its meter's unit can be said in.
_WISHED = {"electric": ("kWh",), "water": ("gal",), "gas": ("therm", "ccf")}


@dataclass(frozen=True, slots=True)
class Shown:
    """A service's unit on its pages; `one` is how much of it one of the meter's own least unit is."""

    unit: str
    source: str
    one: Decimal

    def of(self, quantity: Decimal) -> Decimal:
        """A quantity of the meter's own unit in the unit shown."""
        return quantity * self.one

    def of_unit(self, quantity: Decimal, unit: str) -> Decimal | None:
        """A quantity of another unit in the unit shown; None where only a tariff could say how (therms of gas)."""
        return _converted(quantity, unit, self.unit)

    def said(self, amount: Decimal, say: Say) -> str:
        """An amount of the unit shown in words."""
        return use_text(amount, self.unit, say)


def shown_unit(service: MeteredService) -> Shown:
    """The unit a service is shown in; its meter's own where nothing else measures the same."""
    for unit in _WISHED.get(service.commodity, ()):
        one = _converted(Decimal(1), service.unit, unit)
        if one is not None:
            return Shown(unit, service.unit, one)
    return Shown(service.unit, service.unit, Decimal(1))


def _converted(quantity: Decimal, unit: str, wanted: str) -> Decimal | None:
    """By the factors most utilities print; what a unit holds of heat is never guessed."""
    try:
        return convert(quantity, unit, wanted)
    except (CannotConvert, UnknownUnit):
        return None
