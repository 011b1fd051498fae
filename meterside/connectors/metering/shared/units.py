"""Units by the names people write, and how many decimals their values have where a format does not say."""

from __future__ import annotations

from meterside.contracts.metering import ReadUnit

UNITS = {
    "Wh": ReadUnit("Wh"),
    "kWh": ReadUnit("Wh", 3),
    "MWh": ReadUnit("Wh", 6),
    "varh": ReadUnit("varh"),
    "kvarh": ReadUnit("varh", 3),
    "gal": ReadUnit("gal"),
    "kgal": ReadUnit("gal", 3),
    "cf": ReadUnit("cf"),
    "ccf": ReadUnit("cf", 2),
    "mcf": ReadUnit("cf", 3),
    "l": ReadUnit("l"),
    "m3": ReadUnit("m3"),
    "therm": ReadUnit("therm"),
    "dth": ReadUnit("therm", 1),
}

DECIMALS = {"kWh": 3, "MWh": 6, "kvarh": 3, "kgal": 3, "ccf": 2, "mcf": 3, "m3": 3, "therm": 3, "dth": 3}
"""Decimals that a value may have; none for a unit that is not here. More are refused, never rounded."""


def whole_unit(name: str) -> tuple[ReadUnit, int]:
    """The unit of whole numbers that a named unit's values become, and the decimals they may have."""
    base, decimals = UNITS[name], DECIMALS.get(name, 0)
    return ReadUnit(base.symbol, base.power_of_ten - decimals), decimals
