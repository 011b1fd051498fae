"""What the eighteen numbers of a ReadingType say, as far as use needs them. The rest is refused by its name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from meterside.connectors.metering.shared import cim
from meterside.contracts.metering import Commodity, FlowDirection, ReadUnit, Reason

_FIELDS = 18
_DAILY = 11
# MeasuringPeriodKind, in seconds.
_PERIODS_S = {1: 600, 2: 900, 3: 60, 4: 86_400, 5: 1800, 6: 300, 7: 3600, 10: 120, 14: 180, 31: 1200}
_BULK = (1, 3)
_DELTA = (4,)
# Units whose values come with decimals whatever their power of ten is: thousandths are kept whole.
_FRACTIONAL = frozenset({"m3", "therm"})


class NotUse(Exception):
    """The reading type is no use to bill; says why."""

    def __init__(self, reason: Reason, words: str) -> None:
        super().__init__(words)
        self.reason, self.words = reason, words


@dataclass(frozen=True, slots=True)
class UseType:
    """A reading type that is use over intervals (`interval_s`) or a dial (0)."""

    commodity: Commodity
    unit: ReadUnit
    decimals: int
    direction: FlowDirection
    interval_s: int
    code: str


@lru_cache(maxsize=1024)
def use_type(code: str) -> UseType:
    """The use that a ReadingType's code says. Raises NotUse."""
    parts = code.strip().split(".")
    if len(parts) != _FIELDS or not all(
        part.isascii() and part.isdigit() and len(part) < 6 for part in parts
    ):
        raise NotUse(Reason.NO_READING_TYPE, f"{code[:60]!r} is no reading type of {_FIELDS} numbers.")
    numbers = [int(part) for part in parts]
    macro, qualifier, period, accumulation, flow, commodity, kind = numbers[:7]
    power, uom = numbers[15], numbers[16]
    if commodity not in cim.COMMODITIES:
        words = f"The commodity is {cim.named(commodity, cim.OTHER_COMMODITIES)}."
        raise NotUse(Reason.UNSUPPORTED_COMMODITY, words)
    if kind not in cim.KINDS_OF_USE or qualifier not in cim.QUALIFIERS_OF_USE:
        words = (
            f"It measures {cim.named(kind, cim.OTHER_KINDS)}, {cim.named(qualifier, cim.OTHER_QUALIFIERS)}: "
            "no use over an interval."
        )
        raise NotUse(Reason.NOT_INTERVAL_USE, words)
    if uom not in cim.UNITS:
        raise NotUse(Reason.UNSUPPORTED_UNIT, f"The unit is {cim.named(uom, cim.NOT_AMOUNTS)}: no amount.")
    if power not in cim.POWERS_OF_TEN:
        raise NotUse(Reason.UNSUPPORTED_MULTIPLIER, f"The multiplier 10^{power} is not known.")
    direction = _direction(flow, cim.COMMODITIES[commodity])
    interval_s = 0
    if accumulation in _DELTA:
        interval_s = _PERIODS_S.get(period, 86_400 if macro == _DAILY else 0)
        if not interval_s:
            raise NotUse(Reason.UNSUPPORTED_INTERVAL, f"The measuring period {period} is not known.")
    elif accumulation not in _BULK:
        words = f"It accumulates as {cim.named(accumulation, cim.OTHER_ACCUMULATIONS)}."
        raise NotUse(Reason.NOT_INTERVAL_USE, words)
    symbol = cim.UNITS[uom]
    decimals = 3 if power >= 3 or symbol in _FRACTIONAL else 0
    return UseType(
        cim.COMMODITIES[commodity],
        ReadUnit(symbol, power - decimals),
        decimals,
        direction,
        interval_s,
        code.strip(),
    )


def _direction(flow: int, commodity: Commodity) -> FlowDirection:
    if flow in cim.DIRECTIONS:
        return cim.DIRECTIONS[flow]
    if flow == 0 and commodity is not Commodity.ELECTRIC:
        return FlowDirection.DELIVERED
    words = f"The direction is {cim.named(flow, cim.OTHER_DIRECTIONS)}: netting is a tariff's rule."
    raise NotUse(Reason.UNSUPPORTED_DIRECTION, words)
