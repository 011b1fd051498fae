"""The code lists of NEM12 and NEM13 as far as use needs them."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import NamedTuple

from meterside.contracts.metering import FlowDirection, ReadUnit
from meterside.engine.interval import Quality

MARKET_TIME = timezone(timedelta(hours=10))
"""Australian Eastern Standard Time, all year: what every stamp of the national market is in."""


class UnitCode(NamedTuple):
    """A unit; values have at most `decimals` decimals, which make them whole numbers."""

    symbol: str
    power_of_ten: int
    decimals: int

    @property
    def unit(self) -> ReadUnit:
        """The unit of the whole numbers."""
        return ReadUnit(self.symbol, self.power_of_ten - self.decimals)


# The format lets case vary: kWh, KWH.
UNITS = {
    "WH": UnitCode("Wh", 0, 0),
    "KWH": UnitCode("Wh", 3, 3),
    "MWH": UnitCode("Wh", 6, 6),
    "VARH": UnitCode("varh", 0, 0),
    "KVARH": UnitCode("varh", 3, 3),
    "MVARH": UnitCode("varh", 6, 6),
}

# The suffix's letter: from the network to the customer is delivered, the other way received.
DIRECTIONS = {
    "E": FlowDirection.DELIVERED,
    "B": FlowDirection.RECEIVED,
    "Q": FlowDirection.DELIVERED,
    "K": FlowDirection.RECEIVED,
}
OTHER_SUFFIXES = {
    "A": "an average",
    "D": "an average",
    "C": "a check meter",
    "F": "a check meter",
    "J": "an average",
    "P": "an average",
    "L": "a check meter",
    "R": "a check meter",
    "S": "apparent energy",
    "T": "a power factor",
    "G": "a power factor",
    "H": "apparent energy",
    "M": "a check meter",
    "V": "a voltage",
    "Y": "a check meter",
    "Z": "amps",
}

VARIABLE = "V"
NO_READ = "N"
QUALITIES = {
    "A": Quality.MEASURED,
    "E": Quality.ESTIMATED,
    "S": Quality.ESTIMATED,
    "F": Quality.EDITED,
}
"""Actual; forward estimate; substituted until the real read comes; substituted for good."""
