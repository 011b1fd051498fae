"""Small ESPI documents of our own, built for one point each."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from meterside.connectors.metering.green_button.adapter import GreenButtonFile
from meterside.contracts.metering import ChannelReads, DayRows, Feed, Reason

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
PHOENIX = ZoneInfo("America/Phoenix")
NOW = datetime(2025, 6, 1, tzinfo=UTC)
HOUR_S = 3600

ELECTRIC_TYPE = {
    "accumulationBehaviour": "4",
    "commodity": "1",
    "dataQualifier": "12",
    "flowDirection": "1",
    "intervalLength": "3600",
    "kind": "12",
    "powerOfTenMultiplier": "0",
    "uom": "72",
}


@dataclass(frozen=True)
class Channel:
    """A channel to write down; `type_fields` are merged over an hourly electric one, None leaves one out."""

    point: str = "7"
    reading: str = "1"
    service_kind: str | None = "0"
    type_fields: dict[str, str | None] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"Subscription/3/UsagePoint/{self.point}/MeterReading/{self.reading}"

    def typed(self, **fields: str | None) -> Channel:
        return replace(self, type_fields={**self.type_fields, **fields})


WATER = Channel(service_kind="2").typed(commodity="9", uom="128", kind="58")


def utc_s(*ymd_hm: int, zone: ZoneInfo | None = None) -> int:
    """Seconds since 1970 of a moment, in UTC or in a zone's local time."""
    return int(datetime(*ymd_hm, tzinfo=zone or UTC).timestamp())  # type: ignore[arg-type, misc]


def reading(
    start_s: int | str, value: int | str, duration_s: int | str = HOUR_S, quality: int | None = None
) -> str:
    stated = "" if quality is None else f"<ReadingQuality><quality>{quality}</quality></ReadingQuality>"
    return (
        f"<IntervalReading>{stated}<timePeriod><duration>{duration_s}</duration><start>{start_s}</start>"
        f"</timePeriod><value>{value}</value></IntervalReading>"
    )


def hours(start_s: int, values: Iterable[int], step_s: int = HOUR_S) -> list[str]:
    return [reading(start_s + k * step_s, value, step_s) for k, value in enumerate(values)]


def entry(
    self_href: str, content: str, *, related: Sequence[str] = (), updated: str = "2024-12-01T00:00:00Z"
) -> str:
    up = self_href.rpartition("/")[0]
    links = [("self", self_href), ("up", up), *(("related", href) for href in related)]
    written = "\n".join(
        f'<link rel="{rel}" href="https://x.example/espi/1_1/resource/{href}"/>' for rel, href in links
    )
    return f"<entry>\n{written}\n<content>{content}</content>\n<updated>{updated}</updated>\n</entry>"


def espi(kind: str, content: str) -> str:
    return f'<{kind} xmlns="http://naesb.org/espi">{content}</{kind}>'


def block_entry(
    channel: Channel, readings: Sequence[str], *, updated: str = "2024-12-01T00:00:00Z", interval: str = ""
) -> str:
    content = espi("IntervalBlock", interval + "\n" + "\n".join(readings) + "\n")
    return entry(f"{channel.path}/IntervalBlock/1", content, updated=updated)


def describing_entries(channel: Channel) -> list[str]:
    """UsagePoint, MeterReading, ReadingType and LocalTimeParameters of a channel."""
    point = f"Subscription/3/UsagePoint/{channel.point}"
    type_path = f"ReadingType/{channel.point}-{channel.reading}"
    fields = {**ELECTRIC_TYPE, **channel.type_fields}
    type_xml = "".join(
        f"<{name}>{escape(value)}</{name}>" for name, value in fields.items() if value is not None
    )
    kind = channel.service_kind
    category = "" if kind is None else f"<ServiceCategory><kind>{kind}</kind></ServiceCategory>"
    local_time = (
        "<dstEndRule>B40E2000</dstEndRule><dstOffset>3600</dstOffset><dstStartRule>360E2000</dstStartRule>"
        "<tzOffset>-28800</tzOffset>"
    )
    return [
        entry(
            point,
            espi("UsagePoint", category),
            related=[f"{point}/MeterReading", f"{point}/UsageSummary", "LocalTimeParameters/1"],
        ),
        entry(channel.path, espi("MeterReading", ""), related=[f"{channel.path}/IntervalBlock", type_path]),
        entry(type_path, espi("ReadingType", type_xml)),
        entry("LocalTimeParameters/1", espi("LocalTimeParameters", local_time)),
    ]


def summary_entry(channel: Channel, *, start_s: int, duration_s: int, value: int, power: int = 0) -> str:
    content = espi(
        "UsageSummary",
        f"<billingPeriod><duration>{duration_s}</duration><start>{start_s}</start></billingPeriod>"
        f"<overallConsumptionLastPeriod><powerOfTenMultiplier>{power}</powerOfTenMultiplier><uom>72</uom>"
        f"<value>{value}</value></overallConsumptionLastPeriod>",
    )
    return entry(f"Subscription/3/UsagePoint/{channel.point}/UsageSummary/1", content)


def document(entries: Iterable[str], *, prolog: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    body = "\n".join(entries)
    return f'{prolog}\n<feed xmlns="http://www.w3.org/2005/Atom">\n<id>urn:uuid:0</id>\n{body}\n</feed>\n'


def with_reads(readings: Sequence[str], channel: Channel | None = None) -> bytes:
    """A whole document with one channel and one block."""
    channel = channel or Channel()
    return document([*describing_entries(channel), block_entry(channel, readings)]).encode()


def parse(data: bytes, *, now: datetime = NOW) -> Feed:
    return GreenButtonFile().parse(io.BytesIO(data), name="test.xml", now=now)


def only_channel(data: bytes, *, now: datetime = NOW) -> ChannelReads:
    (channel,) = parse(data, now=now).channels
    return channel


def days_of(data: bytes, zone: ZoneInfo = LOS_ANGELES) -> DayRows:
    return GreenButtonFile().to_day_rows([only_channel(data)], zone)


def reasons(feed: Feed) -> list[Reason]:
    return [refusal.reason for refusal in feed.refusals]
