"""Exceptions in interval data: the queue, one day with its curve, and what is decided about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meterside.cis.metering.checks.editing import (
    AlreadyDecided,
    AlreadyUndone,
    CannotEstimate,
    ReasonNeeded,
    accept_reads,
    edit_reads,
    estimate_again,
    undo_edit,
)
from meterside.cis.metering.checks.queries import (
    ExceptionDay,
    exception_day,
    waiting_by_rule,
    waiting_exceptions,
)
from meterside.cis.metering.models import ReadEdit
from meterside.engine.interval import Quality
from meterside.engine.typed_number import NotATypedNumber, typed_number
from meterside.engine.validation_rule import RuleKind
from meterside.web.components.chart.strip import Quality as Shown
from meterside.web.components.chart.words import quality_word
from meterside.web.design.formats import number
from meterside.web.staff import staff_nav, staff_view
from meterside.web.staff.actors import names_of
from meterside.web.staff.billing.words import service_words

from .curve import Slot, curve, slots_of
from .words import edit_words, found_words, rule_words, state_words

_A_PAGE = 25
_LONGEST_REASON = 500
_LONGEST_VALUES = 4_000
_LARGEST = 2**53
_Error = tuple[str | None, str]


@require_safe
@staff_view
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, oldest first; of one rule where that is asked for."""
    rule, page = request.GET.get("rule", ""), _page(request.GET.get("page", "1"))
    if rule and rule not in set(RuleKind):
        raise Http404
    counts = waiting_by_rule()
    rows = waiting_exceptions(rule=rule, offset=(page - 1) * _A_PAGE, limit=_A_PAGE)
    if page > 1 and not rows:
        raise Http404
    here = reverse("staff_read_exceptions")
    total = counts.get(rule, 0) if rule else sum(counts.values())
    context = {
        "nav": staff_nav(),
        "nav_current": "reads",
        "rows": [
            (
                row,
                service_words(row.commodity),
                rule_words(row.rule),
                found_words(row.rule, row.facts, unit=row.unit, commodity=row.commodity),
            )
            for row in rows
        ],
        "total": total,
        "rules": [
            (_("All"), here, not rule),
            *(
                (f"{rule_words(one)} {number(count)}", f"{here}?rule={one}", one == rule)
                for one, count in counts.items()
            ),
        ],
        "newer": f"{here}?rule={rule}&page={page - 1}" if page > 1 else None,
        "older": f"{here}?rule={rule}&page={page + 1}" if total > page * _A_PAGE else None,
    }
    return render(request, "staff/meter_exceptions/queue.html", context)


def _page(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:4]) <= 1000:
        raise Http404
    return int(text[:4])


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view
def show(request: HttpRequest, exception_id: UUID) -> HttpResponse:
    """One exception with the curve of its day, and a form to decide it."""
    found = exception_day(exception_id)
    if found is None:
        raise Http404
    if request.method != "POST":
        return _show(request, found)
    reason = request.POST.get("reason", "").strip()[:_LONGEST_REASON]
    try:
        error = _decide(request, found, reason)
    except ReasonNeeded:
        error = ("id_reason", _("Say why, for whoever looks next"))
    except CannotEstimate:
        error = ("id_decision", _("There are not two like days in the five weeks before to estimate from"))
    except AlreadyDecided:
        found = exception_day(exception_id) or found
        return _show(request, found, error=(None, _("Somebody has decided this meanwhile")), status=409)
    if error is not None:
        return _show(request, found, error=error, status=422)
    return redirect("staff_read_exception", exception_id=exception_id)


def _decide(request: HttpRequest, found: ExceptionDay, reason: str) -> _Error | None:
    line, decision = found.line, request.POST.get("decision", "")
    if decision == "accept":
        accept_reads(line.id, reason=reason)
    elif decision == "estimate":
        estimate_again(
            channel_id=line.channel_id,
            day=line.local_day,
            zone=found.zone,
            reason=reason,
            exception_id=line.id,
        )
    elif decision == "edit":
        values = _values(request.POST.get("values", "")[:_LONGEST_VALUES], _slots(found))
        if isinstance(values, str):
            return "id_values", values
        edit_reads(
            channel_id=line.channel_id, day=line.local_day, values=values, reason=reason, exception_id=line.id
        )
    else:
        return "id_decision", _("Choose what is to be done")
    return None


def _values(text: str, slots: Sequence[Slot]) -> dict[int, int] | str:
    """What was written, by interval: a line is a time and a whole number. Words of what is wrong otherwise."""
    places = {slot.label: place for place, slot in enumerate(slots)}
    found: dict[int, int] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        label, _space, value = line.strip().partition(" ")
        if label not in places:
            return _("%(time)s is no interval of this day; write one as the table shows it") % {"time": label}
        try:
            number = typed_number(value)
        except NotATypedNumber:
            number = None
        if number is None or number != int(number) or number >= _LARGEST:
            return _("Write a time and a whole number on each line, such as 13:00 450")
        found[places[label]] = int(number)
    return found or _("Write at least one interval")


@require_POST
@staff_view
def undo(request: HttpRequest, exception_id: UUID, edit_id: UUID) -> HttpResponse:
    """Take an edit back."""
    found = exception_day(exception_id)
    edit = None if found is None else next((e for e in found.edits if e.public_id == edit_id), None)
    if found is None or edit is None:
        raise Http404
    try:
        undo_edit(edit.pk, reason=request.POST.get("why", "").strip()[:_LONGEST_REASON])
    except ReasonNeeded:
        return _show(request, found, error=("id_why", _("Say why it is taken back")), status=422)
    except AlreadyUndone:
        return _show(request, found, error=(None, _("Somebody has undone this meanwhile")), status=409)
    return redirect("staff_read_exception", exception_id=exception_id)


def _slots(found: ExceptionDay) -> tuple[Slot, ...]:
    if found.stands is None:
        return ()
    return slots_of(found.stands, zone=found.zone, held=found.held, before=found.week_before)


def _show(
    request: HttpRequest, found: ExceptionDay, *, error: _Error | None = None, status: int = 200
) -> HttpResponse:
    line, slots = found.line, _slots(found)
    is_open = line.status == "open"
    kept = slots if is_open else tuple(_as_stands(slot) for slot in slots)
    context: dict[str, Any] = {
        "nav": staff_nav(),
        "nav_current": "reads",
        "line": line,
        "rule": rule_words(line.rule),
        "sentence": found_words(line.rule, line.facts, unit=line.unit, commodity=line.commodity),
        "state": state_words(line.status),
        "service": service_words(line.commodity),
        "curve": curve(kept) if kept else None,
        "table": [_row(slot) for slot in kept],
        "is_open": is_open,
        "choices": _choices(found),
        "prefill": request.POST.get("values") or _prefill(slots),
        "typed": request.POST,
        "error": error,
        "edits": _edits(found.edits),
    }
    return render(request, "staff/meter_exceptions/exception.html", context, status=status)


def _as_stands(slot: Slot) -> Slot:
    """What was held is history once somebody has decided."""
    return Slot(slot.label, slot.value, slot.quality, None, slot.before)


def _row(slot: Slot) -> tuple[str, str, str, str]:
    shown = {
        Quality.ESTIMATED: quality_word(Shown.ESTIMATED),
        Quality.EDITED: _("edited"),
        Quality.DERIVED: _("derived"),
        Quality.MISSING: quality_word(Shown.MISSING),
    }.get(slot.quality, quality_word(Shown.MEASURED))
    value = "–" if slot.value is None else number(slot.value)
    if slot.held is not None:
        value, shown = number(slot.held), _("held back")
    return slot.label, value, "–" if slot.before is None else number(slot.before), shown


def _prefill(slots: Sequence[Slot]) -> str:
    """The intervals somebody would write, one a line: what was held, or is missing."""
    marked = [slot for slot in slots if slot.held is not None or slot.value is None]
    return "\n".join(f"{slot.label} {slot.held if slot.held is not None else 0}" for slot in marked[:24])


def _choices(found: ExceptionDay) -> list[tuple[str, str, str]]:
    accept = _("What was held back stands from now on") if found.held else _("What is there stays as it is")
    choices = [("accept", _("It is right"), accept)]
    if found.stands is not None:
        choices.append(("edit", _("Write values"), _("They stand over what the meter said")))
    if found.stands is not None:
        choices.append(
            ("estimate", _("Estimate the day again"), _("From the same weekday in the five weeks before"))
        )
    return choices


def _edits(edits: Sequence[ReadEdit]) -> list[tuple[ReadEdit, str, str, str]]:
    names = names_of([who for edit in edits for who in (edit.made_by, edit.undone_by) if who])
    return [
        (
            edit,
            edit_words(edit.kind),
            names.get(edit.made_by, edit.made_by),
            names.get(edit.undone_by, edit.undone_by),
        )
        for edit in edits
    ]
