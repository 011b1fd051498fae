"""The tariff book: every tariff, and one tariff with its version in force, its history and its comparisons."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meterside.cis.studies.queries import comparisons_of, tariff_lines
from meterside.cis.tariffs.models import Tariff, TariffVersion
from meterside.cis.tariffs.queries import engine_version
from meterside.journeys.read_tariff import read_version
from meterside.kit import clock
from meterside.portal.identity.rights import StaffRight
from meterside.web.design import formats
from meterside.web.staff import staff_nav, staff_view
from meterside.web.staff.rights import may

from .words import commodity_words, comparison_name, in_force, tariff_name, version_name, version_state


@require_safe
@staff_view
def tariffs(request: HttpRequest) -> HttpResponse:
    """Every tariff of the book."""
    return render(request, "staff/tariffs/tariffs.html", book(request))


def book(request: HttpRequest) -> dict[str, Any]:
    """What the list of tariffs shows; the page of a refused upload shows it too."""
    lines = tariff_lines(today=clock.today(settings.UTILITY.zone))
    return {
        "nav": staff_nav(),
        "nav_current": "tariffs",
        "tariffs": [
            (row, tariff_name(row.name, row.name_es), commodity_words(row.commodity)) for row in lines
        ],
        "may_propose": may(request, StaffRight.PROPOSE_RATES),
        "typed": {},
        "errors": [],
        "faults": [],
        "file": None,
        "is_empty": False,
    }


@require_safe
@staff_view
def tariff(request: HttpRequest, tariff_id: UUID) -> HttpResponse:
    """One tariff: what is in force read as prose, and every version."""
    row = Tariff.objects.filter(public_id=tariff_id).first()
    if row is None:
        raise Http404
    today = clock.today(settings.UTILITY.zone)
    versions = list(row.versions.order_by("-during", "-id"))
    current = next((one for one in versions if is_in_force(one, today)), None)
    context = {
        "nav": staff_nav(),
        "nav_current": "tariffs",
        "tariff": row,
        "name": tariff_name(row.name, row.name_es),
        "commodity": commodity_words(row.commodity),
        "current": current,
        "prose": None if current is None else read_version(engine_version(current), formats),
        "in_force": None if current is None else in_force(current.during.lower, current.during.upper),
        "versions": [
            (
                one,
                version_name(one) if one.status == "draft" else in_force(one.during.lower, one.during.upper),
                version_state(one.status, one.during, today=today),
            )
            for one in versions
        ],
        "comparisons": [(one, comparison_name(one)) for one in comparisons_of(row.pk)],
        "may_propose": may(request, StaffRight.PROPOSE_RATES),
    }
    return render(request, "staff/tariffs/tariff.html", context)


def is_in_force(version: TariffVersion, day: Any) -> bool:
    """Whether a version prices that day."""
    during = version.during
    return (
        version.status == "published" and during.lower <= day and (during.upper is None or day < during.upper)
    )
