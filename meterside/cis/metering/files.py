"""A file of meter data as a unit: recorded by its hash, its channels matched, its days stored, once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from meterside.contracts.metering import (
    ChannelReads,
    DayRows,
    Feed,
    FileFacts,
    FileReport,
    FileStatus,
    FlowDirection,
    IntervalRead,
    MeterFileSource,
    Reason,
    Refusal,
    UnableToReadFile,
)
from meterside.engine.day_merge import merge_day
from meterside.engine.interval import DayIntervals

from .models import IntervalDay, MeterFile
from .operations import RefusedRow, hold_file, receive_file

_BEFORE = "This file was received before; nothing was changed."


def bring_in(source: MeterFileSource, outcome: Feed | UnableToReadFile) -> FileReport:
    """Store what a file says, whole, in one transaction; what is refused is kept with its line and reason.

    A file that cannot be read, or of which nothing can be stored, is held. The same file again changes nothing.
    """
    if isinstance(outcome, UnableToReadFile):
        report = FileReport.of_held(outcome)
        if report.file.sha256:
            _hold(source, report.file, outcome.words)
        return report
    known = MeterFile.objects.filter(sha256=outcome.file.sha256).exclude(status="held").first()
    if known is not None:
        return FileReport(
            file=outcome.file, status=FileStatus(known.status), rows=outcome.rows, notes=(_BEFORE,)
        )
    with transaction.atomic():
        return _store(source, outcome)


def _store(source: MeterFileSource, feed: Feed) -> FileReport:
    registered = _registered([channel.external_id for channel in feed.channels])
    laid_out: list[DayRows] = []
    accepted: list[ChannelReads] = []
    refusals = list(feed.refusals)
    rows: list[tuple[int, DayIntervals]] = []
    zone = ZoneInfo("UTC")
    for channel in feed.channels:
        refusal = _refuse(channel, registered)
        if refusal is not None:
            refusals.append(refusal)
            continue
        channel_id, zone = registered[channel.external_id][0], ZoneInfo(registered[channel.external_id][3])
        days = source.to_day_rows([channel], zone)
        accepted.append(channel)
        laid_out.append(days)
        refusals += [_too_long(channel, read) for read in days.period_reads]
        rows += [(channel_id, day) for day in _with_what_is_there(channel_id, days.rows)]
    if not accepted:
        words = refusals[0].words if refusals else "It holds no reads."
        _hold(source, feed.file, words)
        return FileReport(file=feed.file, status=FileStatus.HELD, rows=feed.rows, quarantined=tuple(refusals))
    kept = replace(
        feed,
        usage_points=tuple(
            replace(point, channels=tuple(channel for channel in point.channels if channel in accepted))
            for point in feed.usage_points
        ),
        refusals=tuple(refusals),
    )
    report = source.report(kept, laid_out, zone)
    MeterFile.objects.filter(sha256=feed.file.sha256, status="held").delete()
    receive_file(
        sha256=feed.file.sha256,
        name=feed.file.name,
        format=source.format_name,
        size_bytes=feed.file.size_bytes,
        days=rows,
        refused=[RefusedRow(r.line, r.reason, r.words, r.excerpt) for r in report.quarantined],
        report=_facts(report),
    )
    return report


def _hold(source: MeterFileSource, file: FileFacts, reason: str) -> None:
    hold_file(
        sha256=file.sha256,
        name=file.name,
        format=source.format_name,
        size_bytes=file.size_bytes,
        reason=reason,
    )


def _facts(report: FileReport) -> dict[str, Any]:
    return {
        "rows": report.rows,
        "reads": report.reads,
        "days": report.days,
        "duplicates": report.duplicates,
        "derived": report.derived,
        "estimated": report.estimated,
        "corrections": len(report.corrections),
        "gaps": len(report.gaps),
        "quarantined": len(report.quarantined),
    }


def _registered(external_ids: list[str]) -> dict[str, tuple[int, str, str, str]]:
    """Channel key, unit, direction and zone of each external id that a meter in the field has."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT ON (c.id) c.external_id, c.id, c.unit, c.direction, p.zone
              FROM cis_registry_channel c
              JOIN cis_registry_deviceinstallation i ON i.device_id = c.device_id
              JOIN cis_registry_servicepoint s ON s.id = i.service_point_id
              JOIN cis_registry_premise p ON p.id = s.premise_id
             WHERE c.external_id = ANY(%s) ORDER BY c.id, lower(i.during) DESC
            """,
            [external_ids],
        )
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in cursor.fetchall()}


def _refuse(channel: ChannelReads, registered: dict[str, tuple[int, str, str, str]]) -> Refusal | None:
    if channel.external_id not in registered:
        line = channel.reads[0].line if channel.reads else 0
        words = (
            f"No meter here has the channel {channel.external_id}. Register it, then bring the file in again."
        )
        return Refusal(line, Reason.UNKNOWN_CHANNEL, words, channel_id=channel.external_id)
    _, unit, direction, _ = registered[channel.external_id]
    return channel.refuse_unless(unit_code=unit, direction=FlowDirection(direction))


def _too_long(channel: ChannelReads, read: IntervalRead) -> Refusal:
    words = f"A read over {read.duration_s:,} seconds has no place in a day; kept aside."
    return Refusal(
        read.line, Reason.LONGER_THAN_A_DAY, words, excerpt=str(read.value), channel_id=channel.external_id
    )


def _with_what_is_there(channel_id: int, rows: Iterable[DayIntervals]) -> list[DayIntervals]:
    """A day that comes in parts: what an earlier file measured stays where this one is silent or estimates."""
    rows = list(rows)
    partial = [row.day for row in rows if row.quality is not None]
    there: dict[Any, IntervalDay] = {}
    for stored in IntervalDay.objects.filter(channel_id=channel_id, local_day__in=partial).order_by(
        "version"
    ):
        there[stored.local_day] = stored
    return [_merged(row, there[row.day]) if row.day in there else row for row in rows]


def _merged(row: DayIntervals, stored: IntervalDay) -> DayIntervals:
    quality = None if stored.quality is None else bytes(stored.quality)
    before = DayIntervals(
        row.day, stored.first_at, stored.interval_s, stored.width, bytes(stored.reads), quality
    )
    is_same_grid = (before.seconds, before.count, before.start_utc) == (row.seconds, row.count, row.start_utc)
    return merge_day(before, row) if is_same_grid else row
