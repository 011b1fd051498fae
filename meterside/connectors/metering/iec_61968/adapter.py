"""The IEC 61968-9 source: intervals and dials of MeterReadings, and what EndDeviceEvents tell."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO

from meterside.connectors.metering.shared.rows import (
    ChannelKey,
    Gathered,
    NotWhole,
    RegisterKey,
    whole_value,
)
from meterside.connectors.metering.shared.source import SourceBase
from meterside.connectors.metering.shared.stamps import NoInstant, instant_of
from meterside.connectors.metering.shared.text import measured, plain_head
from meterside.contracts.metering import (
    DialRead,
    EventKind,
    Feed,
    IntervalRead,
    MeterEvent,
    ReadKind,
    Reason,
    UnableToReadFile,
)
from meterside.engine.interval import Quality

from .parser import Element, read_elements
from .reading_type import NotUse, UseType, use_type

MAX_BYTES = 256 * 1024 * 1024
_WORST_FIRST = (Quality.ESTIMATED, Quality.DERIVED, Quality.EDITED, Quality.MEASURED)
# The category (second number) of a ReadingQualityType.
_QUALITIES = {0: Quality.MEASURED, 7: Quality.EDITED, 8: Quality.ESTIMATED, 11: Quality.DERIVED}
_FLAGS_ONLY = frozenset({1, 2, 3, 4})
"""Diagnostics, power quality, tamper and collection: told about a read that was measured all the same."""
_FORECAST = 12
# The last number of an EndDeviceEventType says what happened.
_EVENTS = {
    185: EventKind.POWER_FAIL,
    216: EventKind.POWER_RESTORED,
    219: EventKind.REVERSE_FLOW,
    257: EventKind.TAMPER,
}
_EVENT_WORDS = (
    ("POWER_FAIL", EventKind.POWER_FAIL),
    ("POWER_RESTORE", EventKind.POWER_RESTORED),
    ("TAMPER", EventKind.TAMPER),
    ("LEAK", EventKind.LEAK),
    ("BACKFLOW", EventKind.BACKFLOW),
    ("REVERSE", EventKind.REVERSE_FLOW),
    ("BATTERY", EventKind.LOW_BATTERY),
)


class Iec61968File(SourceBase):
    """Reads messages of IEC 61968-9, bare or in an envelope, whatever edition's namespaces they carry."""

    format_name = "iec_61968"

    def recognises(self, head: bytes) -> bool:
        """Whether the document is of MeterReadings or EndDeviceEvents."""
        text = plain_head(head)
        is_xml = text.lstrip().startswith(b"<")
        return (
            is_xml
            and (b"MeterReadings" in text or b"EndDeviceEvent" in text)
            and b"naesb.org/espi" not in text
        )

    def parse(self, stream: BinaryIO, *, name: str, now: datetime) -> Feed:
        """The feed of a whole file. Raises UnableToReadFile."""
        file = measured(stream, name=name, max_bytes=MAX_BYTES)
        found, is_any = Gathered(file, now), False
        for element in read_elements(stream, file):
            if element.name == "Header":
                made_at = self._instant(element.said("Timestamp"))
                found.made_at_s = max(found.made_at_s, made_at or 0)
            elif element.name == "MeterReading":
                is_any = True
                self._meter_reading(element, found)
            else:
                is_any = True
                self._event(element, found)
        if not is_any:
            words = "The file has neither meter readings nor events of devices."
            raise UnableToReadFile(line=1, reason=Reason.NOT_THIS_FORMAT, words=words, file=file)
        return found.feed()

    def _meter_reading(self, element: Element, found: Gathered) -> None:
        meter = _name_of(element.first("Meter"))
        if not meter:
            found.rows += 1
            found.refuse(
                element.line, Reason.UNKNOWN_CHANNEL, "The reading names no meter.", "", field="Meter"
            )
            return
        for block in element.every("IntervalBlocks"):
            self._block(meter, block, found)
        for reading in element.every("Readings"):
            self._reading(meter, reading, _type_code(reading), found)

    def _block(self, meter: str, block: Element, found: Gathered) -> None:
        code = _type_code(block)
        for reading in block.every("IntervalReadings"):
            self._reading(meter, reading, code or _type_code(reading), found)

    def _reading(self, meter: str, reading: Element, code: str, found: Gathered) -> None:
        stamp, text = reading.said("timeStamp"), reading.said("value")
        raw = f"{meter} {code} {stamp} {text}"
        try:
            use = use_type(code)
            quality = _quality_of(reading)
            at_s = self._instant(stamp)
            if at_s is None:
                raise NotUse(Reason.NO_TIME, "The stamp is no date and time with a zone.")
            value = whole_value(text, decimals=use.decimals)
        except (NotUse, NotWhole) as error:
            found.rows += 1
            found.refuse(reading.line, error.reason, error.words, raw, meter_id=meter)
            return
        if use.interval_s:
            # The stamp ends the interval.
            start_s = at_s - use.interval_s
            read = IntervalRead(start_s, use.interval_s, value, quality, found.made_at_s * 1000, reading.line)
            found.read(_channel(meter, use), read, raw)
        else:
            kind = ReadKind.ESTIMATED if quality is Quality.ESTIMATED else ReadKind.ACTUAL
            key = RegisterKey(meter, "", use.commodity, use.unit, use.direction)
            found.dial(key, DialRead(at_s, value, kind, reading.line), raw)

    def _event(self, element: Element, found: Gathered) -> None:
        meter = _name_of(element.first("Assets")) or _name_of(element.first("UsagePoint"))
        type_of = element.first("EndDeviceEventType")
        code = (type_of.ref if type_of else "") or element.said("category")
        status = element.said("status", "value") or element.said("reason")
        at_s = self._instant(element.said("createdDateTime") or element.said("status", "dateTime"))
        raw = f"{meter} {code} {status}"
        found.rows += 1
        if not meter:
            found.refuse(
                element.line, Reason.UNKNOWN_CHANNEL, "The event names no device.", raw, field="Assets"
            )
        elif at_s is None:
            found.refuse(element.line, Reason.NO_TIME, "The event has no time.", raw, meter_id=meter)
        else:
            trouble = found.stamp_trouble(at_s, at_s)
            if trouble is not None:
                found.refuse(element.line, *trouble, raw, meter_id=meter)
                return
            kind = _event_kind(code, status)
            found.events.append(MeterEvent(meter, at_s, kind, code[:40], status[:200], element.line))

    def _instant(self, text: str) -> int | None:
        """A stamp's instant; one without an offset is local time of the utility."""
        try:
            # Fractions of a second beyond the sixth digit are more than Python reads.
            whole, point, rest = text.partition(".")
            if point:
                digits = len(rest) - len(rest.lstrip("0123456789"))
                text = f"{whole}{rest[digits:]}"
            moment = datetime.fromisoformat(text)
            found = instant_of(moment, zone=self._options.zone)
        except (ValueError, OverflowError, NoInstant):
            return None
        return found.at_s if found.second_s is None else None


def _name_of(element: Element | None) -> str:
    if element is None:
        return ""
    return (element.said("Names", "name") or element.said("mRID") or element.said("name"))[:100]


def _type_code(element: Element) -> str:
    found = element.first("ReadingType")
    return "" if found is None else found.ref or found.said("Names", "name") or found.text


def _channel(meter: str, use: UseType) -> ChannelKey:
    return ChannelKey(meter, f"{meter}:{use.code}", use.commodity, use.unit, use.direction, use.interval_s)


def _quality_of(reading: Element) -> Quality:
    """The worst that is said of a read. Raises NotUse for one that is not to be loaded."""
    found = [Quality.MEASURED]
    for element in reading.every("ReadingQualities"):
        type_of = element.first("ReadingQualityType")
        code = (type_of.ref if type_of else "") or element.ref or element.said("quality")
        parts = code.split(".")
        category = int(parts[1]) if len(parts) == 3 and parts[1].isascii() and parts[1].isdigit() else None
        if category is None or not (category in _QUALITIES or category in _FLAGS_ONLY):
            if category == _FORECAST:
                raise NotUse(Reason.FORECAST, "The value is a forecast.")
            reason = Reason.UNKNOWN_QUALITY if category is None else Reason.QUESTIONABLE
            raise NotUse(reason, f"The quality {code[:20]!r} is not one to load.")
        found.append(_QUALITIES.get(category, Quality.MEASURED))
    return next(quality for quality in _WORST_FIRST if quality in found)


def _event_kind(code: str, status: str) -> EventKind:
    last = code.rpartition(".")[2]
    if last.isascii() and last.isdigit() and int(last[:6]) in _EVENTS:
        return _EVENTS[int(last[:6])]
    said = status.upper().replace(" ", "_")
    return next((kind for word, kind in _EVENT_WORDS if word in said), EventKind.UNKNOWN)
