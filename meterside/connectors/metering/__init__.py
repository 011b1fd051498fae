"""What every kind of meter file shares: laying a channel's reads into local service days, and the report.

Rules, in this order (prose and worked tables in each connector's README where its files need them):

1. Values for one interval: the one stated last stands, an earlier other value is a correction. Stated at the
   same time: the better known stands, then the lesser (what both agree was used); the other is put aside.
2. A read of several whole intervals is split over them in whole units, the first ones taking the remainder,
   and marked derived; where any of its slots has a read of its own it is put aside.
3. A read that does not lie on its day's grid is put aside.
4. A gap of at most two hours between two reads is estimated by the straight line between them; a longer
   one is reported as a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

import numpy as np

from meterside.contracts.metering import (
    ChannelReads,
    ChannelSummary,
    Correction,
    DayRows,
    Feed,
    FileReport,
    FileStatus,
    Gap,
    IntervalRead,
    LaidOut,
    Reason,
    Refusal,
    UnableToCombine,
)
from meterside.engine.interval import DayIntervals, Quality, day_intervals
from meterside.engine.period import local_day_of, service_day

LOCAL_DAY_S = 86_400
ESTIMATED_GAP_MAX_S = 7_200
"""Two hours: longer gaps need like days, not a line."""

_BEST_FIRST = (Quality.MEASURED, Quality.EDITED, Quality.DERIVED, Quality.ESTIMATED, Quality.MISSING)
_RANK = {quality: rank for rank, quality in enumerate(_BEST_FIRST)}


def to_day_rows(channels: Sequence[ChannelReads], zone: ZoneInfo) -> DayRows:
    """Lay one channel's reads, from one or more files, into local days of the premise's zone.

    The result depends on what the reads say, not on their order or on how they are spread over files. Raises
    UnableToCombine when `channels` are not all of one channel, unit, direction and interval.
    """
    channel = combined(channels)
    layout = _Layout(channel.external_id, channel.interval_s, zone)
    if channel.interval_s > LOCAL_DAY_S:
        period_reads = tuple(layout.standing(channel.reads))
        return layout.result(period_reads=period_reads)
    if channel.interval_s == LOCAL_DAY_S:
        layout.place_daily(layout.standing(channel.reads))
    else:
        layout.place_on_grid(layout.standing(channel.reads))
        layout.close_gaps()
    return layout.result()


def combined(channels: Sequence[ChannelReads]) -> ChannelReads:
    """One channel's reads out of several files as one. Raises UnableToCombine."""
    if not channels:
        raise UnableToCombine("no reads were given")
    bare = {replace(channel, reads=()) for channel in channels}
    if len(bare) > 1:
        raise UnableToCombine("the reads are of different channels, units, directions or intervals")
    return replace(bare.pop(), reads=tuple(sorted(read for channel in channels for read in channel.reads)))


def whole_parts(value: int, parts: int) -> list[int]:
    """`value` in `parts` whole numbers that differ by one at most, larger ones first, and sum to it."""
    quotient, remainder = divmod(value, parts)
    return [quotient + 1] * remainder + [quotient] * (parts - remainder)


def on_the_line(before: int, after: int, slots: int) -> list[int]:
    """The values of `slots` missing slots on the straight line between their neighbours, halves up."""
    steps = slots + 1
    return [(2 * (before * (steps - k) + after * k) + steps) // (2 * steps) for k in range(1, steps)]


def report_of(
    feed: Feed, laid_out: Sequence[DayRows], zone: ZoneInfo, *, bulk: Sequence[LaidOut] = ()
) -> FileReport:
    """The report of a file whose channels were laid out for premises in `zone`.

    `bulk` is what became of `feed.columns`, one each, where they were laid out as such.
    """
    quarantined = [*feed.refusals, *(refusal for rows in laid_out for refusal in rows.refusals)]
    reads = sum(rows.reads for rows in laid_out) + sum(columns.reads for columns in bulk)
    dial_reads = sum(len(register.reads) for register in feed.registers)
    boundaries = sum(len(columns.boundaries) for columns in feed.columns if columns.boundaries is not None)
    if reads + dial_reads + len(feed.events) + boundaries == 0:
        status = FileStatus.HELD
    else:
        status = FileStatus.PARTLY_QUARANTINED if quarantined else FileStatus.ACCEPTED
    return FileReport(
        file=feed.file,
        status=status,
        rows=feed.rows,
        reads=reads,
        days=sum(len(rows.rows) for rows in laid_out)
        + sum(len(block.channel) for columns in bulk for block in columns.blocks),
        periods=sum(len(rows.period_reads) for rows in laid_out),
        duplicates=sum(rows.duplicates for rows in laid_out) + sum(columns.duplicates for columns in bulk),
        derived=sum(rows.derived for rows in laid_out),
        estimated=sum(rows.estimated for rows in laid_out),
        corrections=tuple(correction for rows in laid_out for correction in rows.corrections),
        gaps=(
            *(gap for rows in laid_out for gap in rows.gaps),
            *(gap for columns in bulk for gap in columns.gaps),
        ),
        quarantined=tuple(sorted(quarantined, key=lambda refusal: refusal.line)),
        channels=tuple(_channel_summaries(feed, laid_out, bulk)),
        notes=(*feed.notes, *_zone_notes(feed, zone), *_boundary_notes(boundaries)),
        dial_reads=dial_reads,
        events=len(feed.events),
        no_reads=feed.no_reads,
    )


def _boundary_notes(count: int) -> Iterable[str]:
    if count:
        yield (
            f"{count:,} values of dials begin or end what this file says. They are kept: the use between them and the "
            "files before and behind is counted as soon as those are here."
        )


def _channel_summaries(
    feed: Feed, laid_out: Sequence[DayRows], bulk: Sequence[LaidOut]
) -> Iterable[ChannelSummary]:
    """A line a channel; one for all channels of a kind where they came in bulk."""
    by_id = {rows.channel_id: rows for rows in laid_out}
    for columns, laid in zip(feed.columns, bulk, strict=False):
        singly = sum(
            row.total()
            for name in np.flatnonzero(laid.troubled).tolist()
            for row in by_id.get(columns.names[name], DayRows("", ())).rows
        )
        yield ChannelSummary(
            channel_id="",
            commodity=columns.commodity,
            direction=columns.direction,
            unit_code=columns.unit.code,
            interval_s=columns.interval_s,
            total=laid.total + singly,
        )
    one_by_one = [channel for point in feed.usage_points for channel in point.channels]
    for channel in one_by_one if bulk else feed.channels:
        rows = by_id.get(channel.external_id, DayRows(channel.external_id, ()))
        total = sum(row.total() for row in rows.rows) + sum(read.value for read in rows.period_reads)
        yield ChannelSummary(
            channel_id=channel.external_id,
            commodity=channel.commodity,
            direction=channel.direction,
            unit_code=channel.unit.code,
            interval_s=channel.interval_s,
            total=total,
        )


def _zone_notes(feed: Feed, zone: ZoneInfo) -> Iterable[str]:
    for point in feed.usage_points:
        if point.zone_facts is None or not point.channels:
            continue
        stated_s = point.zone_facts.standard_offset_s
        zone_s = _standard_offset_s(zone, point.channels[0].reads[0].start_utc.year)
        if stated_s != zone_s:
            yield (
                f"{point.external_id}: the file's standard time is {stated_s} s from UTC, that of {zone.key} "
                f"is {zone_s} s. Stamps are UTC and stay right; is the premise the right one?"
            )


def _standard_offset_s(zone: ZoneInfo, year: int) -> int:
    """Standard time is the lesser of the offsets of January and July, on both halves of the globe."""
    instants = (datetime(year, month, 1, 12, tzinfo=UTC).astimezone(zone) for month in (1, 7))
    return min(int((instant.utcoffset() or timedelta(0)).total_seconds()) for instant in instants)


@dataclass(slots=True)
class _Layout:
    """One channel's slots while they are filled; keys are the slots' first seconds since 1970 UTC."""

    channel_id: str
    interval_s: int
    zone: ZoneInfo
    slots: dict[int, tuple[int, Quality]] = field(default_factory=dict)
    reads: int = 0
    duplicates: int = 0
    derived: int = 0
    estimated: int = 0
    corrections: list[Correction] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    _days: dict[date, tuple[int, int]] = field(default_factory=dict)
    _last_day: tuple[date, int, int] = (date.min, 0, 0)

    def standing(self, reads: Iterable[IntervalRead]) -> list[IntervalRead]:
        """One read for each start and length, by rule 1; counts what falls away."""
        stand: list[IntervalRead] = []
        ordered = sorted(
            reads,
            key=lambda r: (r.start_s, r.duration_s, -r.updated_ms, _RANK[r.quality], r.value, r.line),
        )
        for _, group in groupby(ordered, key=lambda r: (r.start_s, r.duration_s)):
            winner, *others = group
            stand.append(winner)
            for other in others:
                self._fall_away(other, winner)
        self.reads = len(stand)
        return stand

    def _fall_away(self, other: IntervalRead, winner: IntervalRead) -> None:
        if other.value == winner.value:
            self.duplicates += 1
        elif other.updated_ms < winner.updated_ms:
            self.corrections.append(
                Correction(
                    channel_id=self.channel_id,
                    start_s=other.start_s,
                    duration_s=other.duration_s,
                    was=other.value,
                    now=winner.value,
                    was_line=other.line,
                    now_line=winner.line,
                )
            )
        else:
            words = (
                f"A second value for one interval, stated at the same time: {winner.value} "
                f"(line {winner.line}) stands, {other.value} does not."
            )
            self.refuse(other, Reason.CONFLICTING_VALUE, words, stood=False)

    def refuse(self, read: IntervalRead, reason: Reason, words: str, *, stood: bool = True) -> None:
        """Put a read aside; `stood` says whether it was counted among the standing ones."""
        self.reads -= stood
        start = read.start_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
        excerpt = f"start={read.start_s} ({start}) duration={read.duration_s} value={read.value}"
        self.refusals.append(Refusal(read.line, reason, words, excerpt, self.channel_id))

    def place_daily(self, reads: Iterable[IntervalRead]) -> None:
        """Reads of a whole local day each: from midnight to midnight, whatever the clock does."""
        for read in reads:
            _, start_s, end_s = self._day_at(read.start_s)
            if (read.start_s, read.start_s + read.duration_s) == (start_s, end_s):
                self.slots[read.start_s] = (read.value, read.quality)
            else:
                words = f"A daily read must cover one local day ({self.zone.key}), midnight to midnight."
                self.refuse(read, Reason.OFF_THE_GRID, words)

    def place_on_grid(self, reads: Sequence[IntervalRead]) -> None:
        """Reads of one interval go to their slots first, then longer ones where all their slots are free."""
        longer: list[IntervalRead] = []
        for read in reads:
            if read.duration_s != self.interval_s:
                longer.append(read)
            elif self._on_grid(read.start_s):
                self.slots[read.start_s] = (read.value, read.quality)
            else:
                words = (
                    f"The read starts on no step of {self.interval_s} s of its local day ({self.zone.key})."
                )
                self.refuse(read, Reason.OFF_THE_GRID, words)
        for read in sorted(longer, key=lambda r: (-r.updated_ms, r.start_s, r.duration_s)):
            self._split(read)

    def _split(self, read: IntervalRead) -> None:
        parts, rest_s = divmod(read.duration_s, self.interval_s)
        fits = rest_s == 0 and 0 < parts <= LOCAL_DAY_S // self.interval_s
        starts = [read.start_s + k * self.interval_s for k in range(parts if fits else 0)]
        if not starts or not all(self._on_grid(start_s) for start_s in starts):
            words = f"The read lasts {read.duration_s} s, which fits no steps of {self.interval_s} s."
            self.refuse(read, Reason.OFF_THE_GRID, words)
        elif any(start_s in self.slots for start_s in starts):
            words = f"The read lasts {read.duration_s} s and overlaps others, which stand."
            self.refuse(read, Reason.OVERLAP, words)
        else:
            for start_s, value in zip(starts, whole_parts(read.value, parts), strict=True):
                self.slots[start_s] = (value, Quality.DERIVED)
            self.derived += parts

    def close_gaps(self) -> None:
        """Estimate short gaps by the line between their neighbours; report the others."""
        for before_s, after_s in pairwise(sorted(self.slots)):
            first_s = before_s + self.interval_s
            missing, rest_s = divmod(after_s - first_s, self.interval_s)
            if missing == 0:
                continue
            if rest_s or after_s - first_s > ESTIMATED_GAP_MAX_S:
                self.gaps.append(Gap(self.channel_id, first_s, after_s))
                continue
            values = on_the_line(self.slots[before_s][0], self.slots[after_s][0], missing)
            for k, value in enumerate(values):
                self.slots[first_s + k * self.interval_s] = (value, Quality.ESTIMATED)
            self.estimated += missing

    def result(self, *, period_reads: tuple[IntervalRead, ...] = ()) -> DayRows:
        """The rows of every day that has a slot filled, midnight to midnight."""
        days: dict[date, list[int]] = {}
        for start_s in sorted(self.slots):
            days.setdefault(self._day_at(start_s)[0], []).append(start_s)
        return DayRows(
            channel_id=self.channel_id,
            rows=tuple(self._row(day, starts) for day, starts in days.items()),
            period_reads=period_reads,
            reads=self.reads,
            duplicates=self.duplicates,
            derived=self.derived,
            estimated=self.estimated,
            corrections=tuple(self.corrections),
            gaps=tuple(self.gaps),
            refusals=tuple(sorted(self.refusals, key=lambda refusal: (refusal.line, refusal.excerpt))),
        )

    def _row(self, day: date, starts: Sequence[int]) -> DayIntervals:
        day_start_s, day_end_s = self._days[day]
        count = 1 if self.interval_s == LOCAL_DAY_S else (day_end_s - day_start_s) // self.interval_s
        values, qualities = [0] * count, [Quality.MISSING] * count
        for start_s in starts:
            slot = (start_s - day_start_s) // self.interval_s
            values[slot], qualities[slot] = self.slots[start_s]
        first = datetime.fromtimestamp(day_start_s, UTC)
        return day_intervals(day, first, self.interval_s, values, qualities)

    def _on_grid(self, start_s: int) -> bool:
        _, day_start_s, day_end_s = self._day_at(start_s)
        return (start_s - day_start_s) % self.interval_s == 0 and start_s + self.interval_s <= day_end_s

    def _day_at(self, start_s: int) -> tuple[date, int, int]:
        """The local day an instant falls in, with its first second and the next day's."""
        if not self._last_day[1] <= start_s < self._last_day[2]:
            day = local_day_of(datetime.fromtimestamp(start_s, UTC), self.zone)
            if day not in self._days:
                first, following = service_day(day, self.zone)
                self._days[day] = int(first.timestamp()), int(following.timestamp())
            self._last_day = (day, *self._days[day])
        return self._last_day
