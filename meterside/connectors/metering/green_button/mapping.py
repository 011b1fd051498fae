"""From entries to a Feed: channels in their own units, and a refusal with its line for every row left out.

Nothing here converts, nets, sorts out duplicates or fills gaps: a Feed is what the file says, less what
cannot be true of a meter. The result does not depend on the order of entries or rows.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from meterside.connectors.metering.shared import cim as codes
from meterside.contracts.metering import (
    EXCERPT_MAX_CHARS,
    ChannelReads,
    Commodity,
    Feed,
    FileFacts,
    FlowDirection,
    IntervalRead,
    ReadUnit,
    Reason,
    Refusal,
    SummaryFact,
    UsagePointFeed,
    ZoneFacts,
)
from meterside.engine.interval import Quality

from .links import Node, Web
from .parser import RawEntry, RawReading
from .reading_type import LOCAL_DAY_S, NotUse, UseType, nominal_interval_s, read_use_type, whole_number

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""A stamp before this is a clock that was never set (1970), not a read."""
FUTURE_GRACE = timedelta(hours=1)
"""An interval may end this much after now: our own clock may stand an hour back."""
SUSPECT_RATIO = 500
"""Reads that are off the source's own total by more than this factor are in another unit than it says."""

_WORST_FIRST = (Quality.ESTIMATED, Quality.DERIVED, Quality.EDITED, Quality.MEASURED)


@dataclass(slots=True)
class _Channel:
    node: Node | None
    path: str
    blocks: list[Node] = field(default_factory=list)

    @property
    def line(self) -> int:
        return min(block.resource.line for block in self.blocks)


@dataclass(slots=True)
class _Sink:
    """Takes the rows of one channel: good ones as reads, the others as refusals."""

    channel_id: str
    use: UseType
    newest_end_s: int
    reads: list[IntervalRead] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, row: RawReading, reason: Reason, words: str) -> None:
        self.refusals.append(Refusal(row.line, reason, words, excerpt_of(row), self.channel_id))


def feed_of(file: FileFacts, entries: Iterable[RawEntry], *, now: datetime) -> Feed:
    """The feed of a file's entries; stamps are judged against `now`."""
    web = Web(entries)
    refusals: list[Refusal] = []
    rows = sum(len(block.resource.readings) for block in web.blocks)
    if rows == 0:
        words = "The file has no interval readings: there is nothing to import."
        return Feed(file, 0, (), (Refusal(0, Reason.NO_READS, words),))
    summaries = _summaries_by_point(web)
    by_point: dict[str, list[ChannelReads]] = {}
    points: dict[str, Node | None] = {}
    for channel in _channels(web):
        point = web.usage_point_of(channel.node) if channel.node else None
        point_id = point.path if point else channel.path.partition("/MeterReading/")[0]
        try:
            reads, refused = _read_channel(web, channel, point, point_id, now)
            if reads is not None:
                _refuse_suspect_unit(reads, summaries.get(point_id, ()))
        except NotUse as error:
            refusals.append(Refusal(channel.line, error.reason, error.words, channel_id=channel.path))
            continue
        refusals.extend(refused)
        if reads is not None:
            points[point_id] = point
            by_point.setdefault(point_id, []).append(reads)
    usage_points = tuple(
        UsagePointFeed(
            external_id=point_id,
            channels=tuple(sorted(channels, key=lambda channel: channel.external_id)),
            zone_facts=_zone_facts(web, points[point_id]),
            summaries=summaries.get(point_id, ()),
        )
        for point_id, channels in sorted(by_point.items())
    )
    return Feed(file, rows, usage_points, tuple(sorted(refusals, key=lambda refusal: refusal.line)))


def excerpt_of(row: RawReading) -> str:
    """What a refused row says, on one printable line of bounded length."""
    said = {
        "start": row.start,
        "duration": row.duration,
        "value": row.value,
        "quality": " ".join(row.qualities[:4]),
    }
    text = " ".join(f"{name}={value[:60]}" for name, value in said.items() if value)
    return "".join(char if char.isprintable() else "?" for char in text)[:EXCERPT_MAX_CHARS]


def _channels(web: Web) -> list[_Channel]:
    found: dict[str, _Channel] = {}
    for block in web.blocks:
        node = web.meter_reading_of(block)
        path = node.path if node else (block.parent_paths or (block.path,))[0].removesuffix("/IntervalBlock")
        found.setdefault(path, _Channel(node, path)).blocks.append(block)
    return [found[path] for path in sorted(found)]


def _use_of(web: Web, channel: _Channel, point: Node | None) -> UseType:
    types = web.reading_types_of(channel.node) if channel.node else []
    if not types:
        words = "The file does not say what these readings are (no ReadingType is linked): unit unknown."
        raise NotUse(Reason.NO_READING_TYPE, words)
    if len(types) > 1:
        words = f"The meter reading names {len(types)} ReadingTypes; it must be one."
        raise NotUse(Reason.READING_TYPE_CONFLICT, words)
    service_kind = point.resource.texts.get("ServiceCategory/kind") if point else None
    return read_use_type(types[0].resource.texts, service_kind)


def _read_channel(
    web: Web, channel: _Channel, point: Node | None, point_id: str, now: datetime
) -> tuple[ChannelReads | None, list[Refusal]]:
    """One channel's reads, or None when no row of it stands. Raises NotUse for the whole channel."""
    use = _use_of(web, channel, point)
    durations_s = (
        whole_number(row.duration) or 0 for block in channel.blocks for row in block.resource.readings
    )
    interval_s = nominal_interval_s(use.interval_s, durations_s)
    sink = _Sink(channel.path, use, int((now + FUTURE_GRACE).timestamp()))
    for block in channel.blocks:
        _read_block(block, interval_s, sink)
    reads = tuple(sorted(sink.reads))
    if not reads:
        return None, sink.refusals
    result = ChannelReads(channel.path, point_id, use.commodity, use.unit, use.direction, interval_s, reads)
    return result, sink.refusals


def _read_block(block: Node, interval_s: int, sink: _Sink) -> None:
    rows = block.resource.readings
    # ESPI lets a block leave out every time period: its readings then follow one another from its start.
    block_start_s = whole_number(block.resource.texts.get("interval/start"))
    block_duration_s = whole_number(block.resource.texts.get("interval/duration"))
    untimed = all(row.start is None and row.duration is None for row in rows)
    in_sequence = untimed and interval_s < LOCAL_DAY_S and len(rows) * interval_s == block_duration_s
    first_s = block_start_s if in_sequence else None
    for index, row in enumerate(rows):
        span = _span_of(row, sink) if first_s is None else (first_s + index * interval_s, interval_s)
        if span is not None:
            _read_row(row, span, block.updated_ms, sink)


def _span_of(row: RawReading, sink: _Sink) -> tuple[int, int] | None:
    start_s, duration_s = whole_number(row.start), whole_number(row.duration)
    if row.repeated:
        sink.refuse(row, Reason.MALFORMED_READ, "The read says its start, duration or value twice.")
    elif start_s is None or duration_s is None or duration_s < 0:
        sink.refuse(row, Reason.NO_TIME, "The read has no start and duration in whole seconds.")
    elif duration_s == 0:
        words = "The read covers no time (0 s): its value belongs to no interval."
        sink.refuse(row, Reason.ZERO_DURATION, words)
    else:
        return start_s, duration_s
    return None


def _read_row(row: RawReading, span: tuple[int, int], updated_ms: int, sink: _Sink) -> None:
    start_s, duration_s = span
    value = whole_number(row.value)
    if value is None:
        words = "The value is no whole number." if row.value else "The read has no value."
        sink.refuse(row, Reason.NOT_A_WHOLE_NUMBER, words)
        return
    if start_s < EARLIEST.timestamp():
        words = f"The read starts before {EARLIEST.year}: a clock that was never set."
        sink.refuse(row, Reason.STAMP_TOO_OLD, words)
        return
    if start_s + duration_s > sink.newest_end_s:
        sink.refuse(row, Reason.STAMP_IN_FUTURE, "The read ends in the future.")
        return
    if value < 0:
        _refuse_negative(row, sink)
        return
    quality = _quality_of(row, sink)
    if quality is not None:
        sink.reads.append(IntervalRead(start_s, duration_s, value, quality, updated_ms, row.line))


def _refuse_negative(row: RawReading, sink: _Sink) -> None:
    if sink.use.commodity is Commodity.WATER:
        words = "Water ran backwards. A backflow is a matter for the field, not a use to bill."
        sink.refuse(row, Reason.BACKFLOW, words)
    else:
        words = f"Use {sink.use.direction} is never negative: the other way is a channel of its own."
        sink.refuse(row, Reason.NEGATIVE_USE, words)


def _quality_of(row: RawReading, sink: _Sink) -> Quality | None:
    """The worst of the qualities a row states; None when one of them refuses it."""
    if not row.qualities:
        return sink.use.default_quality
    found: list[Quality] = []
    for text in row.qualities:
        code = whole_number(text)
        if code is not None and code in codes.FORECASTS:
            words = f"The value is {codes.FORECASTS[code]} (quality {code}), not read from a meter."
            sink.refuse(row, Reason.FORECAST, words)
            return None
        if code is not None and code in codes.QUESTIONABLE:
            words = f"The source itself doubts the value: {codes.QUESTIONABLE[code]} (quality {code})."
            sink.refuse(row, Reason.QUESTIONABLE, words)
            return None
        if code is None or code not in codes.QUALITIES:
            sink.refuse(row, Reason.UNKNOWN_QUALITY, f"Quality {text[:20]!r} is none that ESPI has.")
            return None
        found.append(codes.QUALITIES[code])
    return min(found, key=_WORST_FIRST.index)


def _refuse_suspect_unit(channel: ChannelReads, summaries: tuple[SummaryFact, ...]) -> None:
    """Raise NotUse when the source's own total for a fully read period is a thousandfold off these reads."""
    if channel.direction is not FlowDirection.DELIVERED or not summaries:
        return
    starts_s = [read.start_s for read in channel.reads]
    values = list(accumulate((read.value for read in channel.reads), initial=0))
    covered_s = list(accumulate((read.duration_s for read in channel.reads), initial=0))
    for fact in summaries:
        if fact.unit.symbol != channel.unit.symbol or fact.value <= 0:
            continue
        first, end = bisect_left(starts_s, fact.start_s), bisect_left(starts_s, fact.end_s)
        if (covered_s[end] - covered_s[first]) * 10 < (fact.end_s - fact.start_s) * 9:
            continue
        read_sum = values[end] - values[first]
        least = min(fact.unit.power_of_ten, channel.unit.power_of_ten)
        ours = read_sum * 10 ** (channel.unit.power_of_ten - least)
        theirs = fact.value * 10 ** (fact.unit.power_of_ten - least)
        if ours > theirs * SUSPECT_RATIO or theirs > ours * SUSPECT_RATIO:
            words = (
                f"The reads sum to {read_sum} {channel.unit.code}, the file's own summary "
                f"(line {fact.line}) says {fact.value} {fact.unit.code}. One of the units is wrong."
            )
            raise NotUse(Reason.UNIT_SUSPECT, words)


def _summaries_by_point(web: Web) -> dict[str, tuple[SummaryFact, ...]]:
    found: dict[str, set[SummaryFact]] = {}
    for node in web.summaries:
        point = web.usage_point_of(node)
        if point is not None:
            found.setdefault(point.path, set()).update(_facts_of(node))
    return {
        point_id: tuple(sorted(facts, key=lambda fact: (fact.start_s, fact.end_s, fact.kind, fact.value)))
        for point_id, facts in found.items()
    }


def _facts_of(node: Node) -> Iterable[SummaryFact]:
    texts = node.resource.texts
    start_s = whole_number(texts.get("billingPeriod/start"))
    duration_s = whole_number(texts.get("billingPeriod/duration"))
    if start_s is None or duration_s is None or duration_s <= 0:
        return
    for kind in ("overallConsumptionLastPeriod", "currentBillingPeriodOverAllConsumption"):
        value = whole_number(texts.get(f"{kind}/value"))
        uom = whole_number(texts.get(f"{kind}/uom"))
        power = whole_number(texts.get(f"{kind}/powerOfTenMultiplier", "0"))
        if value is None or uom not in codes.UNITS or power not in codes.POWERS_OF_TEN:
            continue
        end_s = start_s + duration_s
        if kind.startswith("current"):
            end_s = min(whole_number(texts.get(f"{kind}/timeStamp")) or end_s, end_s)
        if end_s > start_s:
            unit = ReadUnit(codes.UNITS[uom], power)
            yield SummaryFact(kind, start_s, end_s, value, unit, node.resource.line)


def _zone_facts(web: Web, point: Node | None) -> ZoneFacts | None:
    node = web.local_time_of(point) if point else None
    if node is None:
        return None
    texts = node.resource.texts
    offset_s, dst_s = whole_number(texts.get("tzOffset")), whole_number(texts.get("dstOffset"))
    if offset_s is None or dst_s is None:
        return None
    return ZoneFacts(offset_s, dst_s, texts.get("dstStartRule", ""), texts.get("dstEndRule", ""))
