"""What a ReadingType allows: use over intervals in a unit we know. All else is refused, by its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from meterside.connectors.metering.shared import cim as codes
from meterside.contracts.metering import Commodity, FlowDirection, ReadUnit, Reason
from meterside.engine.interval import Quality

LOCAL_DAY_S = 86_400
_LOCAL_DAY_LENGTHS = frozenset({82_800, 86_400, 90_000})
_MAX_PERIOD_S = 400 * LOCAL_DAY_S


class NotUse(Exception):
    """This ReadingType does not describe use that can be imported: why, and in words."""

    def __init__(self, reason: Reason, words: str) -> None:
        super().__init__(words)
        self.reason, self.words = reason, words


@dataclass(frozen=True, slots=True)
class UseType:
    """A ReadingType that describes use. `interval_s` is 0 where the file leaves it out."""

    commodity: Commodity
    unit: ReadUnit
    direction: FlowDirection
    interval_s: int
    default_quality: Quality


def whole_number(text: str | None) -> int | None:
    """A decimal whole number of at most 15 digits (ESPI's Int48), or None. Neither 1e3 nor 1.0."""
    if text is None:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
        return None
    return int(text)


def read_use_type(texts: dict[str, str], service_kind: str | None) -> UseType:
    """The use type of a ReadingType's fields at a usage point of that ServiceCategory. Raises NotUse."""
    _refuse_what_is_no_use(texts)
    commodity = _commodity(texts, service_kind)
    return UseType(
        commodity=commodity,
        unit=_unit(texts),
        direction=_direction(texts, commodity),
        interval_s=max(_code(texts, "intervalLength") or 0, 0),
        default_quality=_default_quality(texts),
    )


def nominal_interval_s(stated_s: int, durations_s: Iterable[int]) -> int:
    """A channel's interval: as stated, else what all its reads share. A local day: 86,400. Raises NotUse."""
    found = {duration_s for duration_s in durations_s if duration_s > 0}
    if stated_s == 0 and len(found) == 1:
        (stated_s,) = found
    if stated_s in _LOCAL_DAY_LENGTHS or (stated_s == 0 and found and found <= _LOCAL_DAY_LENGTHS):
        return LOCAL_DAY_S
    if 60 <= stated_s <= 3600 and 3600 % stated_s == 0:
        return stated_s
    if max(_LOCAL_DAY_LENGTHS) < stated_s <= _MAX_PERIOD_S:
        return stated_s
    if stated_s == 0:
        words = "The file does not say how long an interval is, and its reads differ in length."
    else:
        words = f"Intervals of {stated_s} s do not divide an hour and are not a day or a billing period."
    raise NotUse(Reason.UNSUPPORTED_INTERVAL, words)


def _code(texts: dict[str, str], name: str) -> int | None:
    if name not in texts:
        return None
    number = whole_number(texts[name])
    if number is None:
        raise NotUse(Reason.NOT_INTERVAL_USE, f"{name} is {texts[name][:40]!r}, which is no code.")
    return number


def _refuse_what_is_no_use(texts: dict[str, str]) -> None:
    accumulation = _code(texts, "accumulationBehaviour") or 0
    if accumulation != codes.DELTA_DATA:
        name = codes.named(accumulation, codes.OTHER_ACCUMULATIONS)
        words = f"accumulationBehaviour is {name}; only 4, delta data, is use per interval."
        raise NotUse(Reason.NOT_INTERVAL_USE, words)
    qualifier = _code(texts, "dataQualifier") or 0
    if qualifier not in codes.QUALIFIERS_OF_USE:
        name = codes.named(qualifier, codes.OTHER_QUALIFIERS)
        raise NotUse(Reason.NOT_INTERVAL_USE, f"Values are not use: dataQualifier is {name}.")
    kind = _code(texts, "kind") or 0
    if kind not in codes.KINDS_OF_USE:
        raise NotUse(
            Reason.NOT_INTERVAL_USE, f"Values are not use: kind is {codes.named(kind, codes.OTHER_KINDS)}."
        )


def _unit(texts: dict[str, str]) -> ReadUnit:
    uom = _code(texts, "uom")
    if uom is None:
        raise NotUse(Reason.UNSUPPORTED_UNIT, "The file does not say the unit (uom).")
    if uom not in codes.UNITS:
        name = codes.named(uom, codes.NOT_AMOUNTS)
        raise NotUse(Reason.UNSUPPORTED_UNIT, f"The unit (uom) is {name}, which is no amount of use.")
    power = _code(texts, "powerOfTenMultiplier") or 0
    if power not in codes.POWERS_OF_TEN:
        raise NotUse(Reason.UNSUPPORTED_MULTIPLIER, f"powerOfTenMultiplier {power} is none of ESPI's.")
    return ReadUnit(codes.UNITS[uom], power)


def _direction(texts: dict[str, str], commodity: Commodity) -> FlowDirection:
    code = _code(texts, "flowDirection") or 0
    if code in codes.DIRECTIONS:
        return codes.DIRECTIONS[code]
    if code == 0 and commodity is not Commodity.ELECTRIC:
        # Water and gas flow one way; what runs back shows as a negative read and is refused as such.
        return FlowDirection.DELIVERED
    name = codes.named(code, codes.OTHER_DIRECTIONS)
    words = f"flowDirection is {name}; only 1, delivered, and 19, received, are read, each on its own."
    raise NotUse(Reason.UNSUPPORTED_DIRECTION, words)


def _commodity(texts: dict[str, str], service_kind: str | None) -> Commodity:
    service_code = whole_number(service_kind)
    service = None if service_code is None else codes.SERVICES.get(service_code)
    code = _code(texts, "commodity") or 0
    if code == 0:
        if service is None:
            raise NotUse(Reason.UNSUPPORTED_COMMODITY, "The file does not say what is metered.")
        return service
    commodity = codes.COMMODITIES.get(code)
    if commodity is None:
        name = codes.named(code, codes.OTHER_COMMODITIES)
        raise NotUse(Reason.UNSUPPORTED_COMMODITY, f"The commodity is {name}, which is not billed here.")
    if service is not None and service is not commodity:
        words = f"The usage point is {service} (ServiceCategory), its reads are {commodity} (ReadingType)."
        raise NotUse(Reason.COMMODITY_CONFLICT, words)
    return commodity


def _default_quality(texts: dict[str, str]) -> Quality:
    code = _code(texts, "defaultQuality")
    if code is None:
        return Quality.MEASURED
    if code not in codes.QUALITIES:
        name = codes.named(code, codes.FORECASTS | codes.QUESTIONABLE)
        raise NotUse(Reason.NOT_INTERVAL_USE, f"defaultQuality is {name}: such reads are not loaded.")
    return codes.QUALITIES[code]
