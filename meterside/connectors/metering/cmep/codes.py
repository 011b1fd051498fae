"""The code lists of CMEP as far as use needs them. What is not here is refused by its name."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from meterside.contracts.metering import Commodity, FlowDirection, ReadUnit
from meterside.engine.interval import Quality

COMMODITIES = {"E": Commodity.ELECTRIC, "G": Commodity.GAS, "W": Commodity.WATER, "S": Commodity.SEWER}


class UnitCode(NamedTuple):
    """A unit as CMEP names it; values have at most `decimals` decimals, which make them whole numbers."""

    symbol: str
    power_of_ten: int
    decimals: int
    direction: FlowDirection = FlowDirection.DELIVERED

    @property
    def unit(self) -> ReadUnit:
        """The unit of the whole numbers."""
        return ReadUnit(self.symbol, self.power_of_ten - self.decimals)


UNITS = {
    "KWH": UnitCode("Wh", 3, 3),
    "WH": UnitCode("Wh", 0, 0),
    "KVARH": UnitCode("varh", 3, 3),
    "CF": UnitCode("cf", 0, 0),
    "CCF": UnitCode("cf", 2, 2),
    "GAL": UnitCode("gal", 0, 0),
    "KGAL": UnitCode("gal", 3, 3),
    "THERM": UnitCode("therm", 0, 3),
    "M3": UnitCode("m3", 0, 3),
}
REGISTER = "REG"
"""A unit with this behind it is a dial: `CFREG`."""

_LETTERS = {"": Quality.MEASURED, "R": Quality.MEASURED, "E": Quality.ESTIMATED, "A": Quality.EDITED}
NO_READ = "N"


@lru_cache(maxsize=256)
def quality_of(code: str) -> Quality | None:
    """The quality of a data quality code: raw, estimated, adjusted, or empty for validated; None: unknown.

    The number behind the letter holds flags; with any of them set a raw read is not one to bill from.
    """
    letter, number = code[:1], code[1:]
    if letter not in _LETTERS or (number and not (number.isascii() and number.isdigit())):
        return None
    if letter == "R" and number.strip("0"):
        return None
    return _LETTERS[letter]
