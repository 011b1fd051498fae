"""Green Button, Download My Data: an Atom feed of ESPI entries (NAESB REQ.21, schema espi.xsd).

A reading that is missing is left out, never a zero. Ids hang on what they name alone, so the same use exported again
has the same ids. Money is in hundred-thousandths of the currency, as ESPI counts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from uuid import UUID, uuid5
from xml.sax.saxutils import escape, quoteattr

from .feed import ChannelOut, PointOut, ReadingOut, SummaryOut
from .local_time import local_time

_CURRENCY = 840  # ISO 4217, US dollar
_DELTA_DATA, _NORMAL, _ENERGY = 4, 12, 12
_DELIVERED, _RECEIVED = 1, 19
_HUNDRED_THOUSANDTHS_A_CENT = 1000
_ESTIMATED = 8
_BASE = "/espi/1_1/resource"
_ESPI = "http://naesb.org/espi"


def write_feed(points: Iterable[PointOut], *, title: str, feed_id: UUID, updated: datetime) -> bytes:
    """The whole feed. `updated` is when the data was last brought up to date."""
    stamp = _instant(updated)
    parts = [
        (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:uuid:{feed_id}</id>'
            f"<title>{escape(title)}</title><updated>{stamp}</updated>"
            f'<link rel="self" href="{_BASE}/Batch/{feed_id}"/>'
        )
    ]
    for point in points:
        parts += _point(point, stamp)
    parts.append("</feed>\n")
    return "".join(parts).encode()


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _entry(id: UUID, title: str, content: str, links: Iterable[tuple[str, str]], stamp: str) -> str:
    said = "".join(f"<link rel={quoteattr(rel)} href={quoteattr(href)}/>" for rel, href in links)
    return (
        f"<entry><id>urn:uuid:{id}</id>{said}<title>{escape(title)}</title><content>{content}</content>"
        f"<published>{stamp}</published><updated>{stamp}</updated></entry>\n"
    )


def _point(point: PointOut, stamp: str) -> Iterator[str]:
    own = f"{_BASE}/RetailCustomer/{uuid5(point.id, 'customer')}/UsagePoint"
    href, times = f"{own}/{point.id}", f"{_BASE}/LocalTimeParameters/{uuid5(point.id, 'time')}"
    yield _entry(
        point.id,
        point.title,
        f'<UsagePoint xmlns="{_ESPI}"><ServiceCategory><kind>{point.service_kind}</kind></ServiceCategory>'
        "</UsagePoint>",
        [
            ("self", href),
            ("up", own),
            ("related", f"{href}/MeterReading"),
            *([("related", f"{href}/UsageSummary")] if point.summaries else []),
            ("related", times),
        ],
        stamp,
    )
    yield _local_time(point, times, stamp)
    for channel in point.channels:
        yield from _channel(point, channel, href, stamp)
    for summary in point.summaries:
        yield _summary(point, summary, href, stamp)


def _local_time(point: PointOut, href: str, stamp: str) -> str:
    starts = [reading.start_s for channel in point.channels for reading in channel.readings[-1:]]
    year = datetime.fromtimestamp(max(starts), UTC).year if starts else int(stamp[:4])
    rules = local_time(point.zone, year)
    return _entry(
        uuid5(point.id, "time"),
        str(point.zone),
        f'<LocalTimeParameters xmlns="{_ESPI}"><dstEndRule>{rules.dst_end_rule}</dstEndRule>'
        f"<dstOffset>{rules.dst_offset_s}</dstOffset><dstStartRule>{rules.dst_start_rule}</dstStartRule>"
        f"<tzOffset>{rules.standard_offset_s}</tzOffset></LocalTimeParameters>",
        [("self", href), ("up", f"{_BASE}/LocalTimeParameters")],
        stamp,
    )


def _channel(point: PointOut, channel: ChannelOut, up: str, stamp: str) -> Iterator[str]:
    reading_id, type_id = uuid5(point.id, channel.name), uuid5(point.id, f"{channel.name} type")
    href, kind = f"{up}/MeterReading/{reading_id}", f"{_BASE}/ReadingType/{type_id}"
    blocks = f"{href}/IntervalBlock"
    yield _entry(
        reading_id,
        channel.name,
        f'<MeterReading xmlns="{_ESPI}"/>',
        [("self", href), ("up", f"{up}/MeterReading"), ("related", blocks), ("related", kind)],
        stamp,
    )
    yield _entry(
        type_id,
        channel.name,
        f'<ReadingType xmlns="{_ESPI}"><accumulationBehaviour>{_DELTA_DATA}</accumulationBehaviour>'
        f"<commodity>{channel.commodity}</commodity><currency>{_CURRENCY}</currency>"
        f"<dataQualifier>{_NORMAL}</dataQualifier>"
        f"<flowDirection>{_RECEIVED if channel.is_received else _DELIVERED}</flowDirection>"
        f"<intervalLength>{channel.interval_s}</intervalLength><kind>{_ENERGY}</kind>"
        f"<powerOfTenMultiplier>{channel.power_of_ten}</powerOfTenMultiplier><uom>{channel.uom}</uom>"
        "</ReadingType>",
        [("self", kind), ("up", f"{_BASE}/ReadingType")],
        stamp,
    )

    def day_of(reading: ReadingOut) -> str:
        return datetime.fromtimestamp(reading.start_s, point.zone).date().isoformat()

    for day, readings in groupby(channel.readings, key=day_of):
        block_id = uuid5(reading_id, day)
        yield _entry(
            block_id, day, _block(list(readings)), [("self", f"{blocks}/{block_id}"), ("up", blocks)], stamp
        )


def _block(readings: list[ReadingOut]) -> str:
    first, last = readings[0], readings[-1]
    said = "".join(
        "<IntervalReading>"
        + (
            ""
            if reading.quality is None
            else f"<ReadingQuality><quality>{reading.quality}</quality></ReadingQuality>"
        )
        + f"<timePeriod><duration>{reading.seconds}</duration><start>{reading.start_s}</start></timePeriod>"
        f"<value>{reading.value}</value></IntervalReading>"
        for reading in readings
    )
    duration = last.start_s + last.seconds - first.start_s
    return (
        f'<IntervalBlock xmlns="{_ESPI}"><interval><duration>{duration}</duration><start>{first.start_s}</start>'
        f"</interval>{said}</IntervalBlock>"
    )


def _summary(point: PointOut, summary: SummaryOut, up: str, stamp: str) -> str:
    own = uuid5(point.id, f"bill {summary.start.isoformat()}")
    start_s, end_s = int(summary.start.timestamp()), int(summary.end.timestamp())
    parts = [
        (
            f'<UsageSummary xmlns="{_ESPI}"><billingPeriod><duration>{end_s - start_s}</duration>'
            f"<start>{start_s}</start></billingPeriod>"
        )
    ]
    if summary.cents is not None:
        parts.append(f"<billLastPeriod>{summary.cents * _HUNDRED_THOUSANDTHS_A_CENT}</billLastPeriod>")
    parts.append(f"<currency>{_CURRENCY}</currency>")
    if summary.value is not None:
        parts.append(
            f"<overallConsumptionLastPeriod><powerOfTenMultiplier>{summary.power_of_ten}</powerOfTenMultiplier>"
            f"<timeStamp>{end_s}</timeStamp><uom>{summary.uom}</uom><value>{summary.value}</value>"
            "</overallConsumptionLastPeriod>"
        )
    if summary.is_estimated:
        parts.append(f"<qualityOfReading>{_ESTIMATED}</qualityOfReading>")
    parts.append(f"<statusTimeStamp>{end_s}</statusTimeStamp></UsageSummary>")
    return _entry(
        own,
        f"{summary.start.astimezone(point.zone).date()}",
        "".join(parts),
        [("self", f"{up}/UsageSummary/{own}"), ("up", f"{up}/UsageSummary")],
        stamp,
    )
