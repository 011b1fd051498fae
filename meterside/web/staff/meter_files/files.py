"""Meter files: the latest, one that comes in, what it brought, what waits in it, and bringing that in."""

from __future__ import annotations

from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from meterside import wiring
from meterside.cis.metering.files.operations import WAITS, NothingToRelease, look_at, release_file
from meterside.cis.metering.files.originals import has_original, open_original
from meterside.cis.metering.files.queries import (
    FileRow,
    file_of_ref,
    latest_files,
    senders,
    waiting_by_reason,
)
from meterside.cis.metering.models import MeterFile
from meterside.contracts.metering import Feed, Reason, UnableToReadFile, UnusableOptions
from meterside.kit import clock
from meterside.web.design.formats import number
from meterside.web.staff import staff_nav, staff_view

from .preview import Preview, preview_of
from .words import event_words, file_state, format_words, preview_cells, reason_words, size_words

_A_PAGE = 25
_ROUTE = "route_file"
_LONGEST_REASON = 300
_UPLOAD_MAX_BYTES = 256 * 1024 * 1024
_FACTS = ("rows", "reads", "dial_reads", "events", "days", "duplicates", "corrections", "gaps", "no_reads")


@require_safe
@staff_view
def files(request: HttpRequest) -> HttpResponse:
    """The latest files, a form that takes another, and who sends them."""
    return _files(request)


def _files(
    request: HttpRequest, *, error: tuple[str | None, str] | None = None, status: int = 200
) -> HttpResponse:
    wanted, page = request.GET.get("status", ""), _page(request.GET.get("page", "1"))
    if wanted not in ("", "accepted", "partly_quarantined", "held"):
        raise Http404
    rows, total = latest_files(status=wanted, offset=(page - 1) * _A_PAGE, limit=_A_PAGE)
    if page > 1 and not rows:
        raise Http404
    address, found = reverse("staff_meter_files"), senders()
    context = {
        "nav": staff_nav(),
        "nav_current": "meter_files",
        "rows": [(row, _state(row.status, row.report), _brought(row)) for row in rows],
        "senders": found,
        "sender_rows": [(each, format_words(each.format)) for each in found],
        "states": [
            (words, f"{address}?status={code}", code == wanted)
            for code, words in (
                ("", _("All files")),
                ("held", _("Held files")),
                ("partly_quarantined", _("Rows wait")),
                ("accepted", _("Accepted")),
            )
        ],
        "newer": f"{address}?status={wanted}&page={page - 1}" if page > 1 else None,
        "older": f"{address}?status={wanted}&page={page + 1}" if total > page * _A_PAGE else None,
        "error": error,
        "typed": request.POST,
    }
    return render(request, "staff/meter_files/files.html", context, status=status)


def _page(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:4]) <= 1000:
        raise Http404
    return int(text[:4])


def _state(status: str, report: dict[str, Any]) -> tuple[str, str]:
    return file_state("waits" if status == "held" and report.get("reason") == WAITS else status)


def _brought(row: FileRow) -> str:
    reads = int(row.report.get("reads", 0)) + int(row.report.get("dial_reads", 0))
    return number(reads) if row.status != "held" else ""


@require_POST
@staff_view
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file and keep it as one that waits: nothing is loaded before somebody has looked at it."""
    sent = request.FILES.get("file")
    if sent is None or not sent.name or sent.file is None:
        return _files(request, error=("id_file", _("Choose a file")), status=422)
    if (sent.size or 0) > _UPLOAD_MAX_BYTES:
        said = _("Files of more than 256 MB come by a watched folder or the command line")
        return _files(request, error=("id_file", said), status=422)
    stream = cast(BinaryIO, sent.file)
    try:
        reader = _reader(request.POST.get("sender", ""), stream.read(wiring.HEAD_BYTES))
    except UnusableOptions:
        said = _("What is saved of this sender no longer fits its format; look at it first")
        return _files(request, error=("id_sender", said), status=409)
    if reader is None:
        said = _("This is no kind of file that is known here. A table needs a sender with a mapping.")
        return _files(request, error=("id_file", said), status=422)
    stream.seek(0)
    outcome: Feed | UnableToReadFile
    try:
        outcome = reader.source.parse(stream, name=sent.name[:200], now=clock.now())
    except UnableToReadFile as error:
        outcome = error
    try:
        made = look_at(reader.source, outcome, original=stream, sender=reader.sender)
    except UnableToReadFile as error:
        return _files(request, error=("id_file", reason_words(error.reason)), status=422)
    return redirect("staff_meter_file", file_id=made.public_id)


def _reader(sender_ref: str, head: bytes) -> wiring.Reader | None:
    if not sender_ref:
        return wiring.choose_reader(head)
    found = [each for each in senders() if str(each.public_id) == sender_ref]
    return wiring.reader_of(found[0]) if found else None


@require_safe
@staff_view
def file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """One file: what it brought or would bring, its first rows, and what waits in it."""
    return _file(request, _found(file_id))


def _found(file_id: UUID) -> MeterFile:
    found = file_of_ref(file_id)
    if found is None:
        raise Http404
    return found


def _file(
    request: HttpRequest, found: MeterFile, *, error: str = "", at: str | None = None, status: int = 200
) -> HttpResponse:
    report: dict[str, Any] = found.report
    is_new = found.status == "held" and report.get("reason") == WAITS
    waiting = waiting_by_reason(found)
    has_content = has_original(found)
    reader = _saved_reader(found) if has_content else None
    context = {
        "nav": staff_nav(),
        "nav_current": "meter_files",
        "file": found,
        "format": format_words(found.format),
        "size": size_words(found.size_bytes),
        "state": _state(found.status, report),
        "is_new": is_new,
        "is_held": found.status == "held",
        "held_for": "" if is_new else report.get("reason", ""),
        "facts": [
            (event_words(name), number(int(report.get(name, 0)))) for name in _FACTS if report.get(name)
        ],
        "notes": report.get("notes", []),
        "channels": report.get("channels", []),
        "waiting": [(row, reason_words(row.reason)) for row in waiting],
        "n_waiting": sum(row.n_waiting for row in waiting),
        "may_bring_in": reader is not None and (is_new or found.status == "held" or bool(waiting)),
        "preview": _preview(found, reader) if reader is not None else None,
        "may_accept": found.format == _ROUTE and any(row.reason == Reason.OUT_OF_RANGE for row in waiting),
        "error": (at, error) if error else None,
    }
    return render(request, "staff/meter_files/file.html", context, status=status)


def _saved_reader(found: MeterFile, *, accepts: bool = False) -> wiring.Reader | None:
    try:
        return wiring.reader_of_file(found, more={"accept_out_of_range": True} if accepts else None)
    except (wiring.NoSuchConnector, UnusableOptions):
        return None


def _preview(found: MeterFile, reader: wiring.Reader) -> dict[str, Any]:
    with open_original(found) as original:
        seen: Preview = preview_of(
            reader.source, original, name=found.name, now=clock.now(), zone=settings.UTILITY.zone
        )
    return {
        "rows": [preview_cells(row) for row in seen.rows],
        "held": (reason_words(seen.held.reason), seen.held.words, seen.held.line) if seen.held else None,
    }


@require_POST
@staff_view
def bring_in(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Load what can be loaded of a file that waits, or of one whose refused rows may stand now."""
    found = _found(file_id)
    accepts = request.POST.get("accept") == "out_of_range" and found.format == _ROUTE
    reason = request.POST.get("reason", "").strip()[:_LONGEST_REASON]
    if accepts and not reason:
        return _file(request, found, error=_("Say why these reads are accepted"), at="id_reason", status=422)
    reader = _saved_reader(found, accepts=accepts)
    if reader is None:
        said = _("What is saved of this file's sender no longer fits its format")
        return _file(request, found, error=said, status=409)
    try:
        report = release_file(found, reader.source, reason=reason)
    except NothingToRelease:
        return _file(request, found, error=_("Nothing of this file waits any more"), status=409)
    except UnableToReadFile as error:
        return _file(request, found, error=reason_words(error.reason), status=409)
    found.refresh_from_db()
    if report.status == "held":
        said = (
            reason_words(report.quarantined[0].reason)
            if report.quarantined
            else reason_words(Reason.NO_READS)
        )
        return _file(request, found, error=said, status=409)
    return redirect("staff_meter_file", file_id=file_id)
