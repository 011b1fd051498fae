"""One version: read as prose, what it changes, and its life: proposed, approved, sent back, withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from meterside.cis.studies.queries import comparisons_of
from meterside.cis.tariffs.life import (
    BegunAlready,
    ReasonNeeded,
    SamePerson,
    UnableToPublish,
    problems_of,
    propose_version,
    publish_version,
    send_back,
    withdraw_version,
)
from meterside.cis.tariffs.models import TariffVersion
from meterside.cis.tariffs.queries import engine_version
from meterside.engine.lifecycle import MoveNotAllowed
from meterside.journeys.read_tariff import differences, read_version
from meterside.kit import clock
from meterside.portal.identity.rights import StaffRight
from meterside.spine import actor
from meterside.web.design import formats
from meterside.web.staff import staff_nav, staff_view
from meterside.web.staff.actors import names_of
from meterside.web.staff.rights import may, need

from .words import (
    comparison_name,
    day_typed,
    in_force,
    life_problem,
    step_words,
    tariff_name,
    version_name,
    version_state,
)

_LONGEST_REASON = 300
_Errors = Sequence[tuple[str | None, Any]]
_RIGHTS = {
    "propose": (StaffRight.PROPOSE_RATES,),
    "approve": (StaffRight.APPROVE_RATES,),
    "send-back": (StaffRight.APPROVE_RATES, StaffRight.PROPOSE_RATES),
    "withdraw": (StaffRight.PROPOSE_RATES, StaffRight.APPROVE_RATES),
}


def version_or_404(version_id: UUID) -> TariffVersion:
    """The version with its tariff."""
    row = TariffVersion.objects.select_related("tariff").filter(public_id=version_id).first()
    if row is None:
        raise Http404
    return row


@require_safe
@staff_view
def version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """One version."""
    return _version(request, version_or_404(version_id))


def _version(
    request: HttpRequest, row: TariffVersion, *, errors: _Errors = (), status: int = 200
) -> HttpResponse:
    today = clock.today(settings.UTILITY.zone)
    others = list(
        row.tariff.versions.exclude(pk=row.pk).exclude(status="withdrawn").order_by("-during", "-id")
    )
    against = _against(row, others, request.GET.get("against", ""), today)
    prose = read_version(engine_version(row), formats)
    steps = list(row.steps.order_by("-id"))
    names = names_of([row.created_by, row.proposed_by, row.published_by, *(step.by for step in steps)])
    earliest = today + timedelta(days=1)
    context = {
        "nav": staff_nav(),
        "nav_current": "tariffs",
        "row": row,
        "tariff": row.tariff,
        "name": tariff_name(row.tariff.name, row.tariff.name_es),
        "state": version_state(row.status, row.during, today=today),
        "version_name": version_name(row),
        "in_force": in_force(row.during.lower, row.during.upper),
        "prose": prose,
        "against": against,
        "against_name": against and version_name(against),
        "others": [(one, version_name(one)) for one in others],
        "changes": differences(read_version(engine_version(against), formats), prose) if against else (),
        "steps": [(step_words(step.status_to), step, names.get(step.by, step.by)) for step in steps],
        "names": names,
        "may": _may(request, row, today),
        "earliest": earliest,
        "proposed_day": _proposed_day(request, row, earliest),
        # What would stand against it is said before anybody asks.
        "problems": _problems(row, earliest) if row.status in ("draft", "proposed") else [],
        "comparisons": [(one, comparison_name(one)) for one in comparisons_of(row.tariff_id)],
        "errors": errors,
        "typed": request.POST,
    }
    return render(request, "staff/tariffs/version.html", context, status=status)


def _against(
    row: TariffVersion, others: Sequence[TariffVersion], wanted: str, today: date
) -> TariffVersion | None:
    """The version it is set beside: the one that was asked for, else the published one it follows or stands in for."""
    chosen = next((one for one in others if str(one.public_id) == wanted), None)
    if chosen is not None:
        return chosen
    published = [one for one in others if one.status == "published"]
    before = row.during.lower if row.status != "draft" or row.during.lower > today else today
    return next(
        (one for one in published if one.during.lower < before or row.status in ("draft", "proposed")), None
    )


def _proposed_day(request: HttpRequest, row: TariffVersion, earliest: date) -> str:
    if "since" in request.POST:
        return request.POST["since"]
    return row.during.lower.isoformat() if row.during.lower >= earliest else ""


def _problems(row: TariffVersion, earliest: date) -> list[Any]:
    """What is against the version whatever its day."""
    day = max(row.during.lower, earliest)
    return [life_problem(one) for one in problems_of(row, since=day) if one.kind in ("differs", "engine")]


def _may(request: HttpRequest, row: TariffVersion, today: date) -> dict[str, bool]:
    """What can be done with the version as it stands, by this person."""
    proposes, approves = may(request, StaffRight.PROPOSE_RATES), may(request, StaffRight.APPROVE_RATES)
    is_other = row.proposed_by != str(actor.current())
    waits = row.status == "proposed"
    begun = row.status == "published" and row.during.lower <= today
    return {
        "look": not proposes and not approves,
        "propose": proposes and row.status == "draft",
        "approve": approves and waits and is_other,
        "is_own": waits and not is_other,
        "send_back": waits and (approves or proposes),
        "withdraw": proposes and row.status != "withdrawn" and not begun,
        "begun": begun,
    }


@require_POST
@staff_view
def act(request: HttpRequest, version_id: UUID, action: str) -> HttpResponse:
    """Propose, approve, send back or withdraw a version."""
    row = version_or_404(version_id)
    if action not in _RIGHTS:
        raise Http404
    need(request, *_RIGHTS[action])
    reason = request.POST.get("reason", "").strip()[:_LONGEST_REASON]
    field = "id_back_reason" if action == "send-back" else "id_reason"
    since = day_typed(request.POST.get("since", ""))
    if action == "propose" and since is None:
        said = _("Enter the day from which it is to be in force, such as 2027-01-01")
        return _version(request, row, errors=[("id_since", said)], status=422)
    try:
        if action == "propose" and since is not None:
            propose_version(row, since=since)
        elif action == "approve":
            publish_version(row)
        elif action == "send-back":
            send_back(row, reason=reason)
        else:
            withdraw_version(row, reason=reason)
    except ReasonNeeded:
        return _version(request, row, errors=[(field, _("Say why"))], status=422)
    except UnableToPublish as error:
        target = "id_since" if action == "propose" else None
        against = [(target, life_problem(one)) for one in error.problems]
        return _version(request, row, errors=against, status=409)
    except SamePerson:
        said = _("You proposed this version, so somebody else has to approve it")
    except BegunAlready:
        said = _("The version is in force already. A new one can follow it; it is not withdrawn any more")
    except MoveNotAllowed:
        said = _("The version has moved on meanwhile; look at it again")
    else:
        return redirect("staff_tariff_version", version_id=version_id)
    return _version(request, row, errors=[(None, said)], status=409)
