"""The code lists of CIM, which ESPI (`espi.xsd`) and IEC 61968-9 share, as far as use over intervals needs them.

What is not in an accepting table is refused, with the name of what it is where the schema has one.
"""

from __future__ import annotations

from meterside.contracts.metering import Commodity, FlowDirection
from meterside.engine.interval import Quality

# UnitSymbolKind: amounts (energy and volume). Everything else (power, volts, pressure...) is not use.
UNITS = {
    31: "J",
    42: "m3",
    71: "VAh",
    72: "Wh",
    73: "varh",
    119: "cf",
    120: "cf (compensated)",
    128: "gal",
    130: "imperial gal",
    132: "BTU",
    134: "l",
    156: "l (uncompensated)",
    157: "l (compensated)",
    166: "m3 (uncompensated)",
    167: "m3 (compensated)",
    169: "therm",
}
NOT_AMOUNTS = {
    5: "current (A)",
    23: "temperature (°C)",
    29: "voltage (V)",
    33: "frequency (Hz)",
    38: "real power (W)",
    39: "pressure (Pa)",
    61: "apparent power (VA)",
    63: "reactive power (var)",
    80: "money",
    106: "charge (Ah)",
    111: "a count",
    125: "flow rate (m3/h)",
    129: "flow rate (gal/h)",
    133: "power (BTU/h)",
    137: "flow rate (L/h)",
}

# UnitMultiplierKind
POWERS_OF_TEN = frozenset({-12, -9, -6, -3, -2, -1, 0, 1, 2, 3, 6, 9, 12})

# FlowDirectionKind
DIRECTIONS = {1: FlowDirection.DELIVERED, 19: FlowDirection.RECEIVED}
OTHER_DIRECTIONS = {
    0: "not applicable",
    4: "net (delivered minus received)",
    5: "reactive, positive quadrants",
    13: "reactive, negative quadrants",
    20: "total (delivered plus received)",
    21: "total by phase",
}

# CommodityKind and ServiceKind
COMMODITIES = {
    1: Commodity.ELECTRIC,
    2: Commodity.ELECTRIC,
    7: Commodity.GAS,
    9: Commodity.WATER,
    11: Commodity.SEWER,
}
OTHER_COMMODITIES = {
    3: "communication",
    4: "air",
    8: "propane",
    10: "steam",
    12: "heating fluid",
    13: "cooling fluid",
    14: "reclaimed water",
    17: "methane",
    23: "television",
    24: "internet",
    25: "trash",
    26: "transmission electricity",
}
SERVICES = {0: Commodity.ELECTRIC, 1: Commodity.GAS, 2: Commodity.WATER, 6: Commodity.SEWER}

# AccumulationKind: only 4 says that a value belongs to its own interval alone.
DELTA_DATA = 4
OTHER_ACCUMULATIONS = {
    0: "not said",
    1: "bulk quantity (a register's dial)",
    2: "continuous cumulative",
    3: "cumulative",
    6: "indicating",
    9: "summation",
    10: "time delay",
    12: "instantaneous",
    13: "latching quantity",
    14: "bounded quantity",
}

# DataQualifierKind: a maximum or an average over the interval is not its use.
QUALIFIERS_OF_USE = frozenset({0, 12, 26})
OTHER_QUALIFIERS = {
    2: "average",
    4: "excess",
    5: "high threshold",
    7: "low threshold",
    8: "maximum",
    9: "minimum",
}

# MeasurementKind: 12 energy and 58 volume are amounts; the alliance's own gas and water samples say 12 too.
KINDS_OF_USE = frozenset({0, 12, 58})
OTHER_KINDS = {
    3: "currency",
    4: "current",
    8: "demand",
    31: "line losses",
    37: "power",
    38: "power factor",
    46: "temperature",
    54: "voltage",
    155: "volumetric flow",
}

# QualityOfReading. 13 (mixed) is partly not measured, so it counts as the weaker of its parts.
QUALITIES = {
    0: Quality.MEASURED,
    7: Quality.EDITED,
    8: Quality.ESTIMATED,
    9: Quality.ESTIMATED,
    11: Quality.DERIVED,
    13: Quality.ESTIMATED,
    14: Quality.MEASURED,
    17: Quality.MEASURED,
    18: Quality.MEASURED,
    19: Quality.MEASURED,
}
FORECASTS = {12: "projected", 15: "normalised for weather"}
QUESTIONABLE = {10: "questionable", 16: "other than defined"}


def named(code: int, names: dict[int, str]) -> str:
    """A code with its name where there is one: `4, net (delivered minus received)`."""
    return f"{code}, {names[code]}" if code in names else f"{code}"
