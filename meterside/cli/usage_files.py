"""Use for a quote, read from a file of intervals: CSV of stamp and value, or Green Button XML."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from meterside.engine.interval import Quality
from meterside.engine.period import local_day_of
from meterside.engine.validation import FindingKind, IntervalReading, check_intervals, fill_gaps
from meterside.kit import clock

#: Longer gaps are not filled by a line between their neighbours.
LONGEST_FILLED_GAP_S = 7_200
_GREEN_BUTTON = "meterside.connectors.metering.green_button.adapter"


class UnusableUsageFile(ValueError):
    """The file holds no use that can be priced; the text says why, with the line where there is one."""


@dataclass(frozen=True, slots=True)
class DailyUse:
    """Use by local day, exact, in ``unit``; ``unit`` is None where the file does not say."""

    by_day: dict[date, Decimal]
    unit: str | None
    notes: tuple[str, ...] = ()


def read_usage(path: Path, zone: ZoneInfo, commodity: str) -> DailyUse:
    """The use in a file by local day of ``zone``. Raises ``UnusableUsageFile``."""
    try:
        head = path.open("rb").read(4096).lstrip(b"\xef\xbb\xbf \r\n\t")
    except OSError as error:
        raise UnusableUsageFile(f"{path.name} cannot be read: {error.strerror or error}") from error
    if head.startswith(b"<"):
        return _green_button(path, zone, commodity)
    return _csv(path, zone)


def _csv(path: Path, zone: ZoneInfo) -> DailyUse:
    """Rows of stamp (start of the interval) and value; a heading row is passed over."""
    with path.open(newline="", encoding="utf-8-sig") as stream:
        rows = [(number, row) for number, row in enumerate(csv.reader(stream), start=1) if any(row)]
    if rows and len(rows[0][1]) > 1 and _number(rows[0][1][1]) is None:
        rows = rows[1:]
    stamps: list[datetime] = []
    values: list[Decimal] = []
    for number, row in rows:
        value = _number(row[1]) if len(row) > 1 else None
        if value is None:
            raise UnusableUsageFile(f"line {number}: needs a stamp and a number")
        stamps.append(_instant(row[0], zone, number, stamps[-1] if stamps else None))
        values.append(value)
    if len(stamps) < 2:
        raise UnusableUsageFile(f"{path.name} has fewer than two intervals")
    steps = Counter(int((after - before).total_seconds()) for before, after in pairwise(sorted(stamps)))
    seconds = max((count, -step) for step, count in steps.items() if step > 0)[1] * -1
    # Whole counts of the file's own least unit keep every sum exact.
    places = max(0, *(-int(value.as_tuple().exponent) for value in values))
    counts = [int(value.scaleb(places)) for value in values]
    readings = [IntervalReading(start, seconds, count) for start, count in zip(stamps, counts, strict=True)]
    return _by_day(readings, seconds, zone, places)


def _by_day(readings: list[IntervalReading], seconds: int, zone: ZoneInfo, places: int) -> DailyUse:
    checked = check_intervals(readings, seconds)
    for finding in checked.of_kind(FindingKind.GAP):
        if finding.seconds > LONGEST_FILLED_GAP_S:
            hours = finding.seconds / 3600
            raise UnusableUsageFile(f"{hours:g} hours are missing from {finding.start_utc:%Y-%m-%d %H:%M}Z")
    filled = fill_gaps(checked)
    sums: dict[date, int] = defaultdict(int)
    for reading in filled:
        sums[local_day_of(reading.start_utc, zone)] += reading.value
    aside = sum(len(finding.quarantined) for finding in checked.findings)
    estimated = sum(1 for reading in filled if reading.quality is Quality.ESTIMATED)
    notes = [f"missing intervals estimated: {estimated}"] if estimated else []
    notes += [f"readings put aside or split: {aside}"] if aside else []
    return DailyUse({day: Decimal(total).scaleb(-places) for day, total in sums.items()}, None, tuple(notes))


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.as_tuple().exponent) < 20 else None  # type: ignore[arg-type]


def _instant(text: str, zone: ZoneInfo, line: int, before: datetime | None) -> datetime:
    """A stamp as an instant; of two local hours with one name the second follows the first."""
    try:
        stamp = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UnusableUsageFile(f"line {line}: {text!r} is no stamp such as 2025-01-31T00:00") from error
    if stamp.tzinfo is not None:
        return stamp.astimezone(UTC)
    instant = stamp.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != stamp:
        raise UnusableUsageFile(f"line {line}: {text} does not exist in {zone.key}: the clock went forward")
    if before is not None and instant <= before:
        return stamp.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return instant


def _green_button(path: Path, zone: ZoneInfo, commodity: str) -> DailyUse:
    """The one delivered channel of the tariff's commodity."""
    try:
        source: Any = import_module(_GREEN_BUTTON).GreenButtonFile()
        with path.open("rb") as stream:
            feed = source.parse(stream, name=path.name, now=clock.now())
    except Exception as error:
        words = getattr(error, "words", None)
        if words is None:
            raise
        raise UnusableUsageFile(f"{path.name}: {words}") from error
    channels = [
        channel
        for channel in feed.channels
        if channel.direction == "delivered"
        and channel.commodity == commodity
        and channel.interval_s <= 86_400
    ]
    if len(channels) != 1:
        raise UnusableUsageFile(
            f"{path.name} has {len(channels)} channels of delivered {commodity} use, not one"
        )
    laid_out = source.to_day_rows(channels, zone)
    whole = [row for row in laid_out.rows if not row.missing_count()]
    by_day = {row.day: Decimal(row.total()) for row in whole}
    left_out = len(laid_out.rows) - len(whole)
    notes = [f"missing intervals estimated: {laid_out.estimated}"] if laid_out.estimated else []
    notes += [f"days left out, for intervals are missing: {left_out}"] if left_out else []
    return DailyUse(by_day, channels[0].unit.code, tuple(notes))


def whole_days(use: DailyUse) -> tuple[date, date]:
    """First day, and the day after the last, of the use in a file."""
    if not use.by_day:
        raise UnusableUsageFile("no whole day of use")
    return min(use.by_day), max(use.by_day) + timedelta(days=1)
