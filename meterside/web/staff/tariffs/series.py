"""Dated series: what they are now, who asks for which value, and a series' whole history."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from meterside.cis.tariffs.life import ReasonNeeded, SamePerson
from meterside.cis.tariffs.models import FactorProposal, FactorSeries
from meterside.cis.tariffs.queries import plain_decimal, referring_tariffs, series_now
from meterside.cis.tariffs.series import InexactValue
from meterside.cis.tariffs.series_life import WaitsAlready, approve_value, decline_value, propose_value
from meterside.engine.lifecycle import MoveNotAllowed
from meterside.kit import clock
from meterside.portal.identity.rights import StaffRight
from meterside.spine import actor
from meterside.web.staff import staff_nav, staff_view
from meterside.web.staff.actors import names_of
from meterside.web.staff.rights import may, need, needs

from .words import day_typed, in_force, step_words, value_text

_LONGEST_REASON = 300
_LONGEST_CODE = 60
_HISTORY = 120
_Errors = Sequence[tuple[str | None, str]]


@require_safe
@staff_view
def series(request: HttpRequest) -> HttpResponse:
    """Every series with its present value and what waits."""
    return _series(request)


def _series(request: HttpRequest, *, errors: _Errors = (), status: int = 200) -> HttpResponse:
    rows = series_now(today=clock.today(settings.UTILITY.zone))
    users = referring_tariffs()
    context = {
        "nav": staff_nav(),
        "nav_current": "tariffs",
        "series": [
            (row, "" if row.value is None else value_text(row.value, row.unit), users.get(row.code, ()))
            for row in rows
        ],
        # A tariff may name a series that nobody has begun.
        "unknown": sorted(set(users) - {row.code for row in rows}),
        "may_propose": may(request, StaffRight.PROPOSE_RATES),
        "typed": request.POST,
        "errors": errors,
    }
    return render(request, "staff/tariffs/series.html", context, status=status)


@require_safe
@staff_view
def one_series(request: HttpRequest, series_id: UUID) -> HttpResponse:
    """One series: its values with their days, and its proposals."""
    return _one(request, _or_404(series_id))


def _or_404(series_id: UUID) -> FactorSeries:
    row = FactorSeries.objects.filter(public_id=series_id).first()
    if row is None:
        raise Http404
    return row


def _one(request: HttpRequest, row: FactorSeries, *, errors: _Errors = (), status: int = 200) -> HttpResponse:
    proposals = list(row.proposals.order_by("-id")[:_HISTORY])
    names = names_of([who for one in proposals for who in (one.proposed_by, one.decided_by)])
    me = str(actor.current())
    approves, proposes = may(request, StaffRight.APPROVE_RATES), may(request, StaffRight.PROPOSE_RATES)
    context = {
        "nav": staff_nav(),
        "nav_current": "tariffs",
        "row": row,
        "values": [
            (in_force(one.during.lower, one.during.upper), value_text(plain_decimal(one.value), row.unit))
            for one in row.values.order_by("-during")[:_HISTORY]
        ],
        "waiting": [
            (one, value_text(plain_decimal(one.value), row.unit), names.get(one.proposed_by, one.proposed_by),
             approves and one.proposed_by != me, one.proposed_by == me, approves or proposes)
            for one in proposals if one.status == "proposed"
        ],
        "decided": [
            (one, value_text(plain_decimal(one.value), row.unit), step_words(one.status),
             names.get(one.proposed_by, one.proposed_by), names.get(one.decided_by, one.decided_by))
            for one in proposals if one.status != "proposed"
        ],
        "users": referring_tariffs().get(row.code, ()),
        "may_propose": proposes,
        "typed": request.POST,
        "errors": errors,
    }  # fmt: skip
    return render(request, "staff/tariffs/one_series.html", context, status=status)


@require_POST
@staff_view
@needs(StaffRight.PROPOSE_RATES)
def propose(request: HttpRequest) -> HttpResponse:
    """Ask for a value of a series from a day on; the series may be new."""
    typed = {
        name: request.POST.get(name, "").strip()
        for name in ("code", "since", "value", "title", "unit", "note")
    }
    known = FactorSeries.objects.filter(code=typed["code"]).first()
    since, value, errors = day_typed(typed["since"]), _number(typed["value"]), []
    if not typed["code"] or len(typed["code"]) > _LONGEST_CODE:
        errors.append(("id_code", _("Say which series, by its short name")))
    if since is None:
        errors.append(("id_since", _("Enter the first day of the value, such as 2027-01-01")))
    if value is None:
        errors.append(("id_value", _("Enter the value as a number, such as 0.0312")))
    status = 422
    if not errors and since is not None and value is not None:
        try:
            made = propose_value(
                code=typed["code"], since=since, value=value, note=typed["note"][:_LONGEST_REASON],
                name=typed["title"], unit=typed["unit"],
            )  # fmt: skip
        except InexactValue:
            errors.append(("id_value", _("A series keeps at most nine places behind the point")))
        except WaitsAlready:
            errors.append(("id_since", _("A value for that day waits for approval already")))
            status = 409
        else:
            return redirect("staff_one_series", series_id=made.series.public_id)
    if known is not None and "from_series" in request.POST:
        return _one(request, known, errors=errors, status=status)
    return _series(request, errors=errors, status=status)


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and "e" not in text.lower() else None


@require_POST
@staff_view
def act_on_value(request: HttpRequest, proposal_id: UUID, action: str) -> HttpResponse:
    """Approve or decline a proposed value."""
    asked = FactorProposal.objects.select_related("series").filter(public_id=proposal_id).first()
    if asked is None or action not in ("approve", "decline"):
        raise Http404
    rights: dict[str, Any] = {
        "approve": (StaffRight.APPROVE_RATES,),
        "decline": (StaffRight.APPROVE_RATES, StaffRight.PROPOSE_RATES),
    }
    need(request, *rights[action])
    reason = request.POST.get("reason", "").strip()[:_LONGEST_REASON]
    try:
        if action == "approve":
            approve_value(asked)
        else:
            decline_value(asked, reason=reason)
    except ReasonNeeded:
        errors: _Errors = [(f"id_reason_{asked.pk}", _("Say why"))]
        return _one(request, asked.series, errors=errors, status=422)
    except SamePerson:
        said = _("You proposed this value, so somebody else has to approve it")
    except MoveNotAllowed:
        said = _("Somebody has decided this meanwhile; look at it again")
    else:
        return redirect("staff_one_series", series_id=asked.series.public_id)
    return _one(request, asked.series, errors=[(None, said)], status=409)
