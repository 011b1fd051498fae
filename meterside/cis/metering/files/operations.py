"""A file of meter data as a unit: recorded by its hash, matched, stored whole or held, and released later.

Two importers of one file take turns (an advisory lock on its hash): the second finds it received. What is
refused stays with its line and reason; `release_file` reads the original again once the cause is mended, stated
at the time the file was, so that what came later stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, BinaryIO

from django.db import connection, transaction

from meterside.contracts.metering import (
    Feed,
    FileFacts,
    FileReport,
    FileStatus,
    MeterFileSource,
    Reason,
    Refusal,
    UnableToReadFile,
)
from meterside.kit import clock
from meterside.kit.sql import copy_in
from meterside.spine import audit

from ..models import MeterFile, MeterSource, QuarantinedRow
from ..store.storing import ensure_months
from .contents import Prepared, prepare, store_prepared
from .originals import Compressing, compressing, has_original, hash_of, open_original
from .plausible import suspect_unit

_BEFORE = "This file was received before; nothing was changed."
_FAILED = (
    "Reading this file failed in a way nobody foresaw. Nothing was loaded; the server's log says what it was."
)
_ROW_COLUMNS = ("file_id", "line", "reason", "words", "raw", "field", "channel_name", "released_at")
MANY_UNKNOWN = 20
"""A file with more unknown channels than that, and more than known ones, is another utility's."""


class NothingToRelease(Exception):
    """The file's content is not kept, or nothing of it waits."""


def bring_in(
    source: MeterFileSource | None,
    outcome: Feed | UnableToReadFile,
    *,
    original: BinaryIO | None = None,
    sender: MeterSource | None = None,
) -> FileReport:
    """Store what a file says, whole, in one transaction; what is refused is kept with its line and reason.

    A file that cannot be read, or of which nothing can be stored, is held. The same file again changes nothing.
    `source` is None for a file of no kind that is known here: it is held, too.
    """
    if isinstance(outcome, UnableToReadFile):
        return _held_unread(source, outcome, original=original, sender=sender)
    assert source is not None, "somebody has read it"
    with transaction.atomic():
        _lock(outcome.file.sha256)
        known = MeterFile.objects.filter(sha256=outcome.file.sha256).exclude(status="held").first()
        if known is not None:
            return FileReport(
                file=outcome.file, status=FileStatus(known.status), rows=outcome.rows, notes=(_BEFORE,)
            )
        with compressing(original) as content:
            return _store(source, outcome, original=content, sender=sender)


def _held_unread(
    source: MeterFileSource | None,
    error: UnableToReadFile,
    *,
    original: BinaryIO | None,
    sender: MeterSource | None,
) -> FileReport:
    """A file that nobody could read to its end, on record. What was not even read is not kept, but known by a hash."""
    report, was_read = FileReport.of_held(error), error.file is not None and bool(error.file.sha256)
    if not was_read:
        known = hash_of(original) if original is not None else None
        if known is None:
            return report
        report = replace(report, file=FileFacts(report.file.name, *known))
    with transaction.atomic(), compressing(original if was_read else None) as content:
        _lock(report.file.sha256)
        _hold(source, report, original=content, sender=sender)
    return report


def hold_failed(
    source: MeterFileSource, *, name: str, original: BinaryIO, sender: MeterSource | None
) -> FileReport:
    """Keep a file that our own program failed over as held: nothing is loaded, and it can be released later."""
    known = hash_of(original)
    facts = FileFacts(name, *known) if known is not None else FileFacts(name, "", 0)
    return bring_in(
        source,
        UnableToReadFile(line=0, reason=Reason.NOT_UNDERSTOOD, words=_FAILED, file=facts),
        original=original,
        sender=sender,
    )


@transaction.atomic
def look_at(
    source: MeterFileSource,
    outcome: Feed | UnableToReadFile,
    *,
    original: BinaryIO,
    sender: MeterSource | None = None,
) -> MeterFile:
    """Keep a file as one that waits to be brought in (`release_file`), with what it would bring.

    Nothing of it is loaded. A file that was received before is given back as it is.
    """
    facts = outcome.file if isinstance(outcome, Feed) else outcome.file or FileFacts("", "", 0)
    if not facts.sha256 and isinstance(outcome, UnableToReadFile):
        raise outcome
    with compressing(original) as content:
        _lock(facts.sha256)
        known = MeterFile.objects.filter(sha256=facts.sha256).exclude(status="held").first()
        if known is not None:
            return known
        if isinstance(outcome, UnableToReadFile):
            report, reason = FileReport.of_held(outcome), outcome.words
        else:
            prepared = prepare(source, outcome)
            report, held = (
                _with_notes(prepared.report, _name_notes(facts)),
                _why_held(prepared, is_stored=False),
            )
            reason = held[1] if held else ""
            if held is not None and held[0] is not None:
                report = replace(report, quarantined=(Refusal(0, held[0], held[1]), *report.quarantined))
        _hold(source, report, original=content, sender=sender, reason=reason or WAITS)
    return MeterFile.objects.get(sha256=facts.sha256)


WAITS = "waits"
"""The reason of a held file that nothing is wrong with: somebody has to look at it and bring it in."""


def _lock(sha256: str) -> None:
    """Wait for whoever is bringing in the same content; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(sha256[:15], 16)])


def _store(
    source: MeterFileSource, feed: Feed, *, original: Compressing | None, sender: MeterSource | None
) -> FileReport:
    prepared = prepare(source, feed)
    report = _with_notes(prepared.report, _name_notes(feed.file))
    held = _why_held(prepared)
    if held is not None:
        reason, words = held
        refusals = (Refusal(0, reason, words), *report.quarantined) if reason else report.quarantined
        report = replace(report, status=FileStatus.HELD, reads=0, dial_reads=0, days=0, quarantined=refusals)
        _hold(source, report, original=original, sender=sender, reason=words)
        return report
    file = _record(source, report, sender=sender, status=report.status, made_at=prepared.stated_at)
    taken = store_prepared(prepared, file=file)
    file.report = {**file.report, "exceptions": taken.n_exceptions}
    file.save(update_fields=["report"])
    _keep_refused(file, report.quarantined)
    if original is not None and not has_original(file):
        original.keep(file)
    audit.record(
        action="meter_file.received",
        subject_type="meter_file",
        subject_id=file.pk,
        days=taken.stored.new,
        corrected=taken.stored.corrected,
        refused=len(report.quarantined),
    )
    return report


def _why_held(prepared: Prepared, *, is_stored: bool = True) -> tuple[Reason | None, str] | None:
    """Why nothing of a file is stored, or None. With a reason of its own it is said before the rows' reasons.

    Room is made for one that is to be stored in this transaction, before the store is read.
    """
    if prepared.n_unknown > MANY_UNKNOWN and prepared.n_unknown > prepared.n_known:
        words = (
            f"{prepared.n_unknown:,} of its {prepared.n_unknown + prepared.n_known:,} meters are not known here: "
            "the file may be another utility's. Nothing was loaded."
        )
        return Reason.ANOTHER_UTILITY, words
    if prepared.is_empty:
        refusals = prepared.report.quarantined
        return None, refusals[0].words if refusals else "It holds no reads."
    if is_stored:
        ensure_months(prepared.local_days())
    suspect = suspect_unit(prepared.rows, prepared.blocks)
    return (Reason.UNIT_SUSPECT, suspect) if suspect else None


def _name_notes(file: FileFacts) -> tuple[str, ...]:
    """What is said of a name that came before with other content: it is another file."""
    others = MeterFile.objects.filter(name=file.name).exclude(sha256=file.sha256).count()
    if not others or not file.name:
        return ()
    times = "once" if others == 1 else f"{others} times"
    return (
        f"A file of this name came {times} before, with other content. This one is taken as another file.",
    )


def _with_notes(report: FileReport, notes: tuple[str, ...]) -> FileReport:
    return replace(report, notes=(*report.notes, *notes))


def _read_as(source: MeterFileSource | None) -> dict[str, Any] | None:
    if source is None:
        return None
    return {"zone": source.options.zone.key, "details": dict(source.options.details)}


def _record(
    source: MeterFileSource | None,
    report: FileReport,
    *,
    sender: MeterSource | None,
    status: str,
    made_at: datetime | None = None,
) -> MeterFile:
    """The file's record: a new one, or that of the same content held before."""
    format_name = source.format_name if source is not None else ""
    made, created = MeterFile.objects.get_or_create(
        sha256=report.file.sha256,
        defaults={
            "name": report.file.name,
            "format": format_name,
            "size_bytes": report.file.size_bytes,
            "received_at": clock.now(),
            "status": status,
            "source": sender,
            "made_at": made_at,
            "report": facts_of(report),
            "read_as": _read_as(source),
        },
    )
    if not created:
        QuarantinedRow.objects.filter(file=made).delete()
        made.status, made.format, made.report = status, format_name, facts_of(report)
        made.made_at, made.source, made.read_as = made_at, sender or made.source, _read_as(source)
        made.save(update_fields=["status", "format", "report", "made_at", "source", "read_as"])
    return made


def _hold(
    source: MeterFileSource | None,
    report: FileReport,
    *,
    original: Compressing | None,
    sender: MeterSource | None,
    reason: str = "",
) -> None:
    known = MeterFile.objects.filter(sha256=report.file.sha256).exclude(status="held").exists()
    if known:
        return
    file = _record(source, report, sender=sender, status="held")
    file.report = {**file.report, "reason": reason or report.quarantined[0].words}
    file.save(update_fields=["report"])
    _keep_refused(file, report.quarantined)
    if original is not None and not has_original(file):
        original.keep(file)
    audit.record(
        action="meter_file.held",
        subject_type="meter_file",
        subject_id=file.pk,
        reason=file.report["reason"][:300],
    )


def _keep_refused(file: MeterFile, refusals: Sequence[Refusal]) -> None:
    copy_in(
        QuarantinedRow,
        _ROW_COLUMNS,
        (
            (file.pk, r.line, r.reason.value, r.words, r.excerpt, r.field, r.channel_id, None)
            for r in _storable(refusals)
        ),
    )


def _storable(refusals: Sequence[Refusal]) -> Sequence[Refusal]:
    return [
        replace(refusal, line=min(refusal.line, 2**31 - 1), excerpt=refusal.excerpt.replace("\x00", "?"))
        for refusal in refusals
    ]


def facts_of(report: FileReport) -> dict[str, Any]:
    """A report's numbers and words as they are kept with the file."""
    return {
        "rows": report.rows,
        "reads": report.reads,
        "dial_reads": report.dial_reads,
        "events": report.events,
        "no_reads": report.no_reads,
        "days": report.days,
        "duplicates": report.duplicates,
        "derived": report.derived,
        "estimated": report.estimated,
        "corrections": len(report.corrections),
        "gaps": len(report.gaps),
        "quarantined": len(report.quarantined),
        "notes": list(report.notes),
        "channels": [
            {
                "commodity": str(each.commodity or ""),
                "direction": str(each.direction),
                "unit": each.unit_code,
                "interval_s": each.interval_s,
                "total": each.total,
                "name": each.channel_id,
            }
            for each in report.channels[:50]
        ],
    }


@transaction.atomic
def release_file(file: MeterFile, source: MeterFileSource, *, reason: str = "") -> FileReport:
    """Read a file's original again and load what can be loaded now. Raises NothingToRelease, UnableToReadFile.

    A `reason` is what somebody says who accepts more than the file's own source would; it stands in the audit.

    What was loaded before is stated again as it was and changes nothing. Rows that are refused no longer are
    marked released; a file that is still refused whole stays held.
    """
    _lock(file.sha256)
    file = MeterFile.objects.select_for_update().get(pk=file.pk)
    waiting = list(QuarantinedRow.objects.filter(file=file, released_at=None))
    if not has_original(file) or (not waiting and file.status == "accepted"):
        raise NothingToRelease(file.name)
    with open_original(file) as original:
        feed = source.parse(original, name=file.name, now=clock.now())
    prepared = prepare(source, feed, received_at=file.received_at)
    held = _why_held(prepared)
    if held is not None:
        why, words = held
        refusals = (Refusal(0, why, words), *prepared.report.quarantined) if why else ()
        return replace(
            prepared.report, status=FileStatus.HELD, quarantined=refusals or prepared.report.quarantined
        )
    taken = store_prepared(prepared, file=file, stated_at=prepared.stated_at or file.received_at)
    report = prepared.report
    still = {(r.line, r.reason.value, r.excerpt) for r in _storable(report.quarantined)}
    now = clock.now()
    released = [row.pk for row in waiting if (row.line, row.reason, row.raw) not in still]
    QuarantinedRow.objects.filter(pk__in=released).update(released_at=now)
    # What was released stays so: somebody may have accepted what the source alone would refuse again.
    known = set(QuarantinedRow.objects.filter(file=file).values_list("line", "reason", "raw"))
    _keep_refused(
        file, [r for r in _storable(report.quarantined) if (r.line, r.reason.value, r.excerpt) not in known]
    )
    is_waiting = QuarantinedRow.objects.filter(file=file, released_at=None).exists()
    status = FileStatus.PARTLY_QUARANTINED if is_waiting else FileStatus.ACCEPTED
    report = replace(report, status=status)
    if file.status == "held":
        file.read_as = _read_as(source)
    file.status, file.report, file.made_at = status, facts_of(report), prepared.stated_at
    file.save(update_fields=["status", "report", "made_at", "read_as"])
    audit.record(
        action="meter_file.released",
        subject_type="meter_file",
        subject_id=file.pk,
        released=len(released),
        reason=reason,
        days=taken.stored.new,
        corrected=taken.stored.corrected,
    )
    return report
