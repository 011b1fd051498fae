"""The mapping of a CSV of reads: what each column means, as data that a clerk makes and that is saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from meterside.connectors.metering.shared.stamps import Clock
from meterside.connectors.metering.shared.units import UNITS
from meterside.contracts.metering import Commodity, FlowDirection, ReadUnit, SourceOptions, UnusableOptions
from meterside.engine.interval import Quality

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
INTERVALS_S = (300, 600, 900, 1800, 3600, 86_400)
NO_READ = "missing"
MAX_COLUMN = 200
_TEXT_MAX = 60
_QUALITIES = {
    "measured": Quality.MEASURED,
    "estimated": Quality.ESTIMATED,
    "edited": Quality.EDITED,
    "derived": Quality.DERIVED,
}
_FORMATS_NEED = ("%d", "%m")
_SOME_TIME = datetime(2024, 11, 25, 13, 45, tzinfo=UTC)
"""What a format is tried on."""


class StampAt(StrEnum):
    """Which end of its interval a stamp names."""

    START = "start"
    END = "end"


class Kind(StrEnum):
    """What a value is: the use of its interval, or what a dial showed at its stamp."""

    DELTA = "delta"
    CUMULATIVE = "cumulative"
    REGISTER = "register"


class Sign(StrEnum):
    """What a value's sign means. Values below zero are refused unless they are energy received."""

    DELIVERED = "delivered"
    RECEIVED = "received"
    NEGATIVE_IS_RECEIVED = "negative_is_received"


class RepeatedHour(StrEnum):
    """Which of the two a local time is that comes twice when the clocks go back."""

    REFUSE = "refuse"
    IN_ORDER = "in_order"
    FIRST = "first"
    SECOND = "second"


_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class CsvMapping:
    """How to read one source's table. Columns are header names, or numbers from 1 where there is no header."""

    channel: str
    stamp: str
    value: str
    unit: str
    decimals: int
    commodity: Commodity
    interval_s: int
    zone: ZoneInfo
    stamp_format: str
    quality: str = ""
    unit_column: str = ""
    delimiter: str = ","
    header_lines: int = 1
    stamp_at: StampAt = StampAt.START
    clock: Clock = Clock.LOCAL
    repeated_hour: RepeatedHour = RepeatedHour.REFUSE
    kind: Kind = Kind.DELTA
    sign: Sign = Sign.DELIVERED
    is_decimal_comma: bool = False
    multiplier_applied: bool | None = None
    tolerance_s: int = 0
    missing: frozenset[str] = frozenset({""})
    qualities: tuple[tuple[str, Quality | None], ...] = ()

    @property
    def read_unit(self) -> ReadUnit:
        """The unit of the whole numbers that values become: `kWh` with three decimals is Wh."""
        base = UNITS[self.unit]
        return ReadUnit(base.symbol, base.power_of_ten - self.decimals)

    @property
    def direction(self) -> FlowDirection:
        """The direction of values that are not below zero."""
        return FlowDirection.RECEIVED if self.sign is Sign.RECEIVED else FlowDirection.DELIVERED


NAMES = frozenset(
    (
        "channel", "stamp", "value", "quality", "unit_column", "unit", "decimals", "commodity", "interval_s",
        "zone", "stamp_format", "delimiter", "header_lines", "stamp_at", "clock", "repeated_hour", "kind",
        "sign", "decimal_comma", "multiplier", "tolerance_s", "missing", "qualities",
    )
)  # fmt: skip


def mapping_of(options: SourceOptions) -> CsvMapping:
    """The mapping that a source's options hold. Raises UnusableOptions naming the field."""
    details = options.details
    unit = _one_of(details, "unit", tuple(UNITS))
    delimiter = _one_of(details, "delimiter", tuple(DELIMITERS), default="comma")
    kind = _choice(details, "kind", Kind, default=Kind.DELTA)
    sign = _choice(details, "sign", Sign, default=Sign.DELIVERED)
    if kind is Kind.CUMULATIVE and sign is Sign.NEGATIVE_IS_RECEIVED:
        raise UnusableOptions("sign", "what a dial shows is never below zero: choose delivered or received")
    is_decimal_comma = bool(details.get("decimal_comma", False))
    if is_decimal_comma and delimiter == "comma":
        raise UnusableOptions("decimal_comma", "a comma cannot part both columns and decimals")
    return CsvMapping(
        channel=_column(details, "channel", needed=True),
        stamp=_column(details, "stamp", needed=True),
        value=_column(details, "value", needed=True),
        quality=_column(details, "quality"),
        unit_column=_column(details, "unit_column"),
        unit=unit,
        decimals=_whole(details, "decimals", low=0, high=6, default=0),
        commodity=_choice(details, "commodity", Commodity),
        interval_s=_interval(details),
        zone=_zone(details, options.zone),
        stamp_format=_format(details),
        delimiter=DELIMITERS[delimiter],
        header_lines=_whole(details, "header_lines", low=0, high=20, default=1),
        stamp_at=_choice(details, "stamp_at", StampAt, default=StampAt.START),
        clock=_choice(details, "clock", Clock, default=Clock.LOCAL),
        repeated_hour=_choice(details, "repeated_hour", RepeatedHour, default=RepeatedHour.REFUSE),
        kind=kind,
        sign=sign,
        is_decimal_comma=is_decimal_comma,
        multiplier_applied=_multiplier(details),
        tolerance_s=_tolerance(details),
        missing=_missing(details),
        qualities=_qualities(details),
    )


def _column(details: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
    text = str(details.get(name, "") or "").strip()
    if needed and not text:
        raise UnusableOptions(name, "choose the column")
    if len(text) > _TEXT_MAX or not text.isprintable():
        raise UnusableOptions(name, "no such column")
    return text


def _one_of(details: Mapping[str, Any], name: str, known: tuple[str, ...], *, default: str = "") -> str:
    text = str(details.get(name, default) or default)
    if text not in known:
        raise UnusableOptions(name, f"choose one of {', '.join(known)}")
    return text


def _choice(
    details: Mapping[str, Any], name: str, kind: type[_Choice], *, default: _Choice | None = None
) -> _Choice:
    known = tuple(each.value for each in kind)
    return kind(_one_of(details, name, known, default=default.value if default else ""))


def _whole(details: Mapping[str, Any], name: str, *, low: int, high: int, default: int) -> int:
    text = str(details.get(name, default))
    if not re.fullmatch(r"[0-9]{1,6}", text) or not low <= int(text) <= high:
        raise UnusableOptions(name, f"a whole number from {low} to {high}")
    return int(text)


def _interval(details: Mapping[str, Any]) -> int:
    seconds = _whole(details, "interval_s", low=0, high=86_400, default=3600)
    if seconds not in INTERVALS_S:
        raise UnusableOptions("interval_s", "5, 10, 15 or 30 minutes, an hour or a day")
    return seconds


def _tolerance(details: Mapping[str, Any]) -> int:
    said = {"tolerance_s": details.get("tolerance_s") or 0}  # a field left empty on a page
    seconds = _whole(said, "tolerance_s", low=0, high=300, default=0)
    interval_s = _interval(details)
    if seconds and (interval_s == 86_400 or seconds > interval_s // 4):
        raise UnusableOptions("tolerance_s", "no more than a quarter of the interval, and none for days")
    return seconds


def _zone(details: Mapping[str, Any], default: ZoneInfo) -> ZoneInfo:
    name = str(details.get("zone", "") or "")
    if not name:
        return default
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnusableOptions("zone", "no such time zone") from None


def _format(details: Mapping[str, Any]) -> str:
    text = str(details.get("stamp_format", "") or "%Y-%m-%d %H:%M")
    is_year = "%Y" in text or "%y" in text
    if text != "unix" and (len(text) > _TEXT_MAX or not is_year or any(c not in text for c in _FORMATS_NEED)):
        raise UnusableOptions("stamp_format", "needs a year, a month and a day, such as %Y-%m-%d %H:%M")
    if text != "unix":
        try:
            datetime.strptime(_SOME_TIME.strftime(text), text)  # noqa: DTZ007  (it is only tried)
        except (ValueError, re.error):
            words = "cannot be read: each part once, such as %Y-%m-%d %H:%M"
            raise UnusableOptions("stamp_format", words) from None
    return text


def _multiplier(details: Mapping[str, Any]) -> bool | None:
    said = _one_of(details, "multiplier", ("unsaid", "applied", "not_applied"), default="unsaid")
    return None if said == "unsaid" else said == "applied"


def _missing(details: Mapping[str, Any]) -> frozenset[str]:
    tokens = details.get("missing", [])
    if isinstance(tokens, str):
        tokens = tokens.split()
    if not isinstance(tokens, list | tuple) or len(tokens) > 20:
        raise UnusableOptions("missing", "up to 20 words that stand for a missing read")
    return frozenset({"", *(str(token)[:_TEXT_MAX] for token in tokens)})


def _qualities(details: Mapping[str, Any]) -> tuple[tuple[str, Quality | None], ...]:
    codes = details.get("qualities", {})
    if not isinstance(codes, Mapping) or len(codes) > 50:
        raise UnusableOptions("qualities", "up to 50 codes, each with what it means")
    known = (*_QUALITIES, NO_READ)
    for code, meaning in codes.items():
        if meaning not in known:
            raise UnusableOptions("qualities", f"{str(code)[:20]!r} must mean one of {', '.join(known)}")
    return tuple(sorted((str(code), _QUALITIES.get(meaning)) for code, meaning in codes.items()))
