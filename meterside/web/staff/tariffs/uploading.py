"""A tariff file brought in as a draft, or refused with every fault, its place and its line; nothing half kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from meterside.cis.tariffs.life import draft_versions
from meterside.cis.tariffs.models import Tariff
from meterside.connectors.tariffs import TariffImport
from meterside.connectors.tariffs.reading import MAX_BYTES, import_bytes
from meterside.portal.identity.rights import StaffRight
from meterside.web.staff import staff_view
from meterside.web.staff.rights import needs

from .book import book
from .words import day_typed, fault_words, place_words

_LONGEST_NAME = 120


@require_POST
@staff_view
@needs(StaffRight.PROPOSE_RATES)
def upload(request: HttpRequest) -> HttpResponse:
    """Read the file; keep what is new in it as drafts, and show the first of them."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        return _refused(request, errors=[("id_file", _("Choose a file"))])
    first = request.POST.get("effective_from", "").strip()
    day = day_typed(first)
    if first and day is None:
        said = _("Enter the day from which it is to be in force, such as 2027-01-01")
        return _refused(request, errors=[("id_effective_from", said)])
    read = _read(file, request.POST.get("customer_class", "").strip(), day)
    if read.refused or not read.tariffs:
        return _refused(request, read=read)
    wanted = Tariff.objects.filter(code=request.POST.get("tariff", "")).first()
    tariffs = read.tariffs
    if wanted is not None:
        if len(tariffs) > 1:
            classes = ", ".join(one.customer_class or one.code for one in tariffs)
            said = _("The file has several tariffs; say which class is meant: %(classes)s") % {
                "classes": classes
            }
            return _refused(request, errors=[("id_customer_class", said)])
        tariffs = (replace(tariffs[0], code=wanted.code, name=wanted.name, name_es=wanted.name_es),)
    drafts = [
        draft
        for tariff in tariffs
        for draft in draft_versions(tariff, source=read.source, source_format=read.format)
    ]
    if not drafts:
        said = _("Nothing in the file is new: its versions are published with the same content already")
        return _refused(request, errors=[("id_file", said)], status=409)
    return redirect("staff_tariff_version", version_id=drafts[-1].public_id)


def _read(file: UploadedFile[Any], customer_class: str, day: date | None) -> TariffImport:
    name = (file.name or "")[-_LONGEST_NAME:]
    return import_bytes(
        file.read(MAX_BYTES + 1),
        source=name,
        effective_from=day,
        classes=[customer_class] if customer_class else None,
        nearest_day=True,
    )


def _refused(
    request: HttpRequest,
    *,
    read: TariffImport | None = None,
    errors: list[tuple[str | None, Any]] | None = None,
    status: int = 422,
) -> HttpResponse:
    faults = [] if read is None else [(one, place_words(one.path), fault_words(one)) for one in read.refused]
    context = book(request) | {
        "typed": request.POST,
        "errors": errors or [],
        "file": None if read is None else read.source,
        "faults": faults,
        "is_empty": read is not None and not read.refused,
    }
    return render(request, "staff/tariffs/tariffs.html", context, status=status)
