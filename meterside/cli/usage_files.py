"""Use for a quote, read from a file of intervals: CSV of stamp and value, or Green Button XML."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from meterside.connectors.metering import to_day_rows
from meterside.contracts.metering import (
    ChannelReads,
    Commodity,
    DayRows,
    FlowDirection,
    IntervalRead,
    ReadUnit,
    UnableToReadFile,
)
from meterside.engine.interval import DayIntervals
from meterside.engine.interval_use import IntervalUse, interval_use
from meterside.kit import clock
from meterside.wiring import meter_file_sources

HEAD_BYTES = 64 * 1024


class UnusableUsageFile(ValueError):
    """The file holds no use that can be priced; the text says why, with the line where there is one."""


@dataclass(frozen=True, slots=True)
class DailyUse:
    """Use by local day, exact, in ``unit``; ``unit`` is None where the file does not say.

    ``rows`` are the whole days' intervals, each count worth 10^-``places`` of ``unit``; ``received`` is
    what the customer sent, where the file has it.
    """

    by_day: dict[date, Decimal]
    unit: str | None
    zone: ZoneInfo
    rows: tuple[DayIntervals, ...] = ()
    places: int = 0
    notes: tuple[str, ...] = ()
    received: DailyUse | None = None

    def intervals(self, unit: str) -> IntervalUse:
        """All intervals, as rating takes them. Raises ``UnusableUsageFile`` where days or lengths jump."""
        scale = Decimal(1).scaleb(-self.places)
        try:
            return interval_use(self.rows, unit=unit, zone=self.zone, scale=scale)
        except ValueError as error:
            raise UnusableUsageFile(f"the intervals of the file: {error}") from error


def read_usage(path: Path, zone: ZoneInfo, commodity: str) -> DailyUse:
    """The use in a file by local day of ``zone``. Raises ``UnusableUsageFile``."""
    try:
        head = path.open("rb").read(4096).lstrip(b"\xef\xbb\xbf \r\n\t")
    except OSError as error:
        raise UnusableUsageFile(f"{path.name} cannot be read: {error.strerror or error}") from error
    if head.startswith(b"<"):
        return _meter_file(path, zone, commodity)
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
    channel = ChannelReads(
        external_id=path.name,
        usage_point_id="",
        commodity=Commodity.ELECTRIC,
        unit=ReadUnit("count"),
        direction=FlowDirection.DELIVERED,
        interval_s=seconds,
        reads=tuple(
            IntervalRead(int(start.timestamp()), seconds, count, line=number)
            for start, count, (number, _) in zip(stamps, counts, rows, strict=True)
        ),
    )
    return _daily_use(to_day_rows([channel], zone), None, places, zone)


def _daily_use(laid_out: DayRows, unit: str | None, places: int, zone: ZoneInfo) -> DailyUse:
    """Whole days of a laid-out channel, in a unit 10^-places of the file's counts."""
    whole = [row for row in laid_out.rows if not row.missing_count()]
    by_day = {row.day: Decimal(row.total()).scaleb(-places) for row in whole}
    left_out = len(laid_out.rows) - len(whole)
    notes = [f"missing intervals estimated: {laid_out.estimated}"] if laid_out.estimated else []
    notes += [f"readings put aside: {len(laid_out.refusals)}"] if laid_out.refusals else []
    notes += [f"days left out, for intervals are missing: {left_out}"] if left_out else []
    return DailyUse(by_day, unit, zone, tuple(whole), places, tuple(notes))


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


def _meter_file(path: Path, zone: ZoneInfo, commodity: str) -> DailyUse:
    """The one delivered channel of the tariff's commodity."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
            source = next((each for each in meter_file_sources() if each.recognises(head)), None)
            if source is None:
                raise UnusableUsageFile(f"{path.name} is no kind of meter file that is known here")
            stream.seek(0)
            feed = source.parse(stream, name=path.name, now=clock.now())
    except UnableToReadFile as error:
        raise UnusableUsageFile(f"{path.name}: {error.words}") from error
    own = [
        channel
        for channel in feed.channels
        if channel.commodity == commodity and channel.interval_s <= 86_400
    ]
    delivered = [channel for channel in own if channel.direction == FlowDirection.DELIVERED]
    if len(delivered) != 1:
        raise UnusableUsageFile(
            f"{path.name} has {len(delivered)} channels of delivered {commodity} use, not one"
        )
    back = [channel for channel in own if channel.direction == FlowDirection.RECEIVED]
    if len(back) > 1:
        raise UnusableUsageFile(f"{path.name} has {len(back)} channels of received {commodity}, not one")
    use, *received = [
        _daily_use(source.to_day_rows([channel], zone), channel.unit.code, 0, zone)
        for channel in (*delivered, *back)
    ]
    return replace(use, received=received[0]) if received else use


def whole_days(use: DailyUse) -> tuple[date, date]:
    """First day, and the day after the last, of the use in a file. Raises UnusableUsageFile for holes."""
    if not use.by_day:
        raise UnusableUsageFile("no whole day of use: intervals are missing on every day of the file")
    first, last = min(use.by_day), max(use.by_day)
    holes = [
        first + timedelta(days=n)
        for n in range((last - first).days)
        if first + timedelta(days=n) not in use.by_day
    ]
    if holes:
        raise UnusableUsageFile(f"intervals are missing on {len(holes)} days, the first {holes[0]}")
    return first, last + timedelta(days=1)
