"""Senders of meter files: who they are, how their tables are read, tried on a sample before it is saved."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from meterside import wiring
from meterside.cis.metering.files.senders import (
    NameTaken,
    make_key,
    revoke_key,
    save_sender,
    sender_of_ref,
)
from meterside.cis.metering.models import FeedKey, MeterSource
from meterside.contracts.metering import SourceOptions, UnusableOptions
from meterside.kit import clock
from meterside.web.staff import staff_nav, staff_view

from .choices import FORMATS, choices, field_words, of_format
from .preview import preview_of
from .words import preview_cells, reason_words

_NAME_MAX = 80
_SAMPLE_MAX = 200_000
_PAIRS_MAX = 50


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view
def new_sender(request: HttpRequest) -> HttpResponse:
    """A sender that is not there yet."""
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view
def sender(request: HttpRequest, sender_id: UUID) -> HttpResponse:
    """One sender, its mapping, and its keys."""
    found = sender_of_ref(sender_id)
    if found is None:
        raise Http404
    return _form(request, found)


def _form(request: HttpRequest, found: MeterSource | None) -> HttpResponse:
    if request.method != "POST":
        return _show(request, found, typed=_saved(found))
    typed = {name: request.POST.get(name, "") for name in request.POST if name != "csrfmiddlewaretoken"}
    name, format_name = typed.get("name", "").strip(), typed.get("format", "")
    errors: list[tuple[str | None, str]] = []
    if not name or len(name) > _NAME_MAX or not name.isprintable():
        errors.append(("id_name", _("Enter a name of up to 80 letters")))
    if format_name not in FORMATS:
        errors.append(("id_format", _("Choose the kind of file")))
    details = _details(typed, format_name)
    errors += _folder_errors(typed)
    options = SourceOptions(settings.UTILITY.zone, details)
    try:
        source = wiring.meter_file_source(format_name, options) if not errors else None
    except UnusableOptions as error:
        errors.append((f"id_{error.field}", field_words(error.field)))
        source = None
    sample = _sample(request)
    preview = None
    if source is not None and sample:
        seen = preview_of(
            source, io.BytesIO(sample), name="sample", now=clock.now(), zone=settings.UTILITY.zone
        )
        preview = {
            "rows": [preview_cells(row) for row in seen.rows],
            "held": (reason_words(seen.held.reason), seen.held.words, seen.held.line) if seen.held else None,
        }
    if errors or typed.get("do") != "save":
        if not errors and not sample:
            errors.append(("id_sample", _("Paste the first lines of a file to see how they are understood")))
        return _show(
            request, found, typed=typed, errors=errors, preview=preview, status=422 if errors else 200
        )
    try:
        made = save_sender(
            name=name,
            format=format_name,
            details=details,
            folder=typed.get("folder", "").strip(),
            host_key=typed.get("host_key", "").strip(),
            sender=found,
        )
    except NameTaken:
        errors.append(("id_name", _("Another sender has this name")))
        return _show(request, found, typed=typed, errors=errors, preview=preview, status=409)
    return redirect("staff_meter_sender", sender_id=made.public_id)


def _folder_errors(typed: Mapping[str, str]) -> list[tuple[str | None, str]]:
    """What is wrong with the place that files are fetched from."""
    folder, host_key = typed.get("folder", "").strip(), typed.get("host_key", "").strip()
    if folder.startswith("sftp://"):
        parts = urlsplit(folder)
        if not parts.hostname or not parts.username or parts.password:
            said = _("An address looks like sftp://user@host/folder, without a password")
            return [("id_folder", said)]
        if not re.fullmatch(r"[a-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?", host_key):
            return [("id_host_key", _("Paste the server's public key, such as ssh-ed25519 AAAA..."))]
    elif folder and (folder.startswith("/") or ".." in folder.split("/") or not folder.isprintable()):
        return [("id_folder", _("Enter a folder's name, without a way out of where folders may be"))]
    return []


def _sample(request: HttpRequest) -> bytes:
    """The lines that were pasted, each with its end."""
    text = request.POST.get("sample", "")[:_SAMPLE_MAX].replace("\r\n", "\n").strip("\n")
    return f"{text}\n".encode() if text else b""


def _details(typed: Mapping[str, str], format_name: str) -> dict[str, Any]:
    """The options of a format out of what was typed; what is left empty is left out."""
    details: dict[str, Any] = {}
    for field in of_format(format_name):
        text = typed.get(field, "").strip()
        if field == "qualities":
            if text:
                details[field] = _pairs(text)
        elif field == "missing":
            if text:
                details[field] = text.split()
        elif field == "decimal_comma":
            if text:
                details[field] = True
        elif text:
            details[field] = text
    return details


def _pairs(text: str) -> dict[str, str]:
    """`A = measured` a line; what is no pair is kept, so that it is refused by its name."""
    pairs = {}
    for line in text.splitlines()[:_PAIRS_MAX]:
        code, _sign, meaning = line.partition("=")
        if line.strip():
            pairs[code.strip()] = meaning.strip()
    return pairs


def _saved(found: MeterSource | None) -> dict[str, str]:
    typed = {"format": "generic_csv", "header_lines": "1", "stamp_format": "%Y-%m-%d %H:%M"}
    if found is None:
        return typed
    typed |= {"name": found.name, "format": found.format, "folder": found.folder, "host_key": found.host_key}
    for field, value in found.details.items():
        if isinstance(value, dict):
            typed[field] = "\n".join(f"{code} = {meaning}" for code, meaning in value.items())
        elif isinstance(value, list):
            typed[field] = " ".join(map(str, value))
        else:
            typed[field] = "on" if value is True else str(value)
    return typed


def _show(
    request: HttpRequest,
    found: MeterSource | None,
    *,
    typed: Mapping[str, str],
    errors: list[tuple[str | None, str]] | None = None,
    preview: dict[str, Any] | None = None,
    new_key: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "nav": staff_nav(),
        "nav_current": "meter_files",
        "sender": found,
        "typed": typed,
        "choices": choices(),
        "errors": errors or [],
        "preview": preview,
        "new_key": new_key,
        "keys": list(FeedKey.objects.filter(source=found).order_by("-created_at")[:20]) if found else [],
    }
    answer = render(request, "staff/meter_files/sender.html", context, status=status)
    if new_key:
        answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@staff_view
def make_sender_key(request: HttpRequest, sender_id: UUID) -> HttpResponse:
    """A new key, shown this once."""
    found = sender_of_ref(sender_id)
    if found is None:
        raise Http404
    name = request.POST.get("key_name", "").strip()[:_NAME_MAX] or found.name
    _key, text = make_key(found, name=name)
    return _show(request, found, typed=_saved(found), new_key=text)


@require_POST
@staff_view
def revoke_sender_key(request: HttpRequest, sender_id: UUID, key_id: UUID) -> HttpResponse:
    """The key opens nothing from now on."""
    key = FeedKey.objects.filter(public_id=key_id, source__public_id=sender_id).first()
    if key is None:
        raise Http404
    if key.revoked_at is None:
        revoke_key(key)
    return redirect("staff_meter_sender", sender_id=sender_id)
