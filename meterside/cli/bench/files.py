"""Reading real files, where METERSIDE_REAL_DATA names them: a year of hours of a house, and a county of addresses."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from defusedxml.ElementTree import fromstring

from meterside.connectors.metering.green_button.adapter import GreenButtonFile
from meterside.kit.addresses import parse_address

from . import Result
from .timing import best_s

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_ZONE = ZoneInfo("America/Los_Angeles")
_LINES = 10_000


def run() -> Iterator[Result]:
    """Nothing without the folder: these figures are of inputs that are not part of the project."""
    folder = os.environ.get("METERSIDE_REAL_DATA", "")
    if not folder:
        yield Result("files (METERSIDE_REAL_DATA is not set)", 0, "runs", None, "")
        return
    (house,) = (Path(folder) / "greenbutton" / "samples").glob("Coastal_*.xml")
    text = house.read_bytes()
    source = GreenButtonFile()

    def read_year() -> None:
        feed = source.parse(BytesIO(text), name=house.name, now=_NOW)
        source.report(feed, [source.to_day_rows([channel], _ZONE) for channel in feed.channels], _ZONE)

    took, floor = best_s(read_year) * 1000, best_s(lambda: fromstring(text)) * 1000
    yield Result("a year of hours from Green Button", took, "ms", floor, "ms, parsing the XML alone")
    lines = _addresses(Path(folder))

    def parse_all() -> None:
        for line in lines:
            parse_address(line)

    per_s, least = (
        len(lines) / best_s(parse_all, rounds=3),
        len(lines) / best_s(lambda: [*map(str.split, lines)]),
    )
    yield Result("addresses read", per_s, "addresses/s", least, "addresses/s, cutting them at spaces")


def _addresses(folder: Path) -> list[str]:
    with (folder / "addresses" / "real_addresses_ca.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [
        " ".join(filter(None, (row["number"], row["predir"], row["street"], row["type"]))) for row in rows
    ]
    return [line for line in lines if not line.startswith("0 ")][:_LINES]
