"""Cycles and their runs: open one, price it, approve, start, stop, go on; and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from meterside.cis.billing.lifecycles import KIND_OF, RunStatus
from meterside.cis.billing.models import BillCycle, BillRun
from meterside.cis.billing.queries.history import StepLine, run_steps
from meterside.cis.billing.queries.prices import PriceRow, largest_changes, price_summary
from meterside.cis.billing.queries.work import CycleRow, RunRow, cycles, recent_runs, run_of_ref
from meterside.cis.billing.runs.operations import (
    NeedsApproval,
    RunOverlaps,
    SamePerson,
    approve_run,
    open_run,
    price_run,
    start_run,
    stop_run,
)
from meterside.cis.billing.runs.progress import RunProgress, run_progress
from meterside.engine.lifecycle import MoveNotAllowed
from meterside.engine.period import Period
from meterside.spine import actor
from meterside.web.design.formats import number
from meterside.web.staff import staff_nav, staff_view
from meterside.web.staff.actors import names_of

from .exception_words import kind_words
from .words import run_state

_RUNS_SHOWN = 24
_CHANGES_SHOWN = 12
_LOOK_AGAIN_S = 2
_LONGEST_REASON = 300


@require_safe
@staff_view
def runs(request: HttpRequest) -> HttpResponse:
    """Every cycle, the latest runs, and a form that opens another."""
    return _runs(request)


def _runs(
    request: HttpRequest, *, errors: list[tuple[str | None, str]] | None = None, status: int = 200
) -> HttpResponse:
    groups = cycles()
    context = {
        "nav": staff_nav(),
        "nav_current": "runs",
        "cycles": groups,
        "runs": [
            (row, row.end - timedelta(days=1), run_state(row.status)) for row in recent_runs(_RUNS_SHOWN)
        ],
        "proposed": _proposed(groups),
        "typed": request.POST,
        "errors": errors or [],
    }
    return render(request, "staff/billing/runs.html", context, status=status)


def _proposed(groups: tuple[CycleRow, ...]) -> dict[str, str]:
    """The next run most likely wanted: the cycle that was opened least far, from there for a month."""
    waiting = [row for row in groups if row.n_accounts]
    if not waiting:
        return {}
    row = min(waiting, key=lambda one: one.opened_to or date.min)
    if row.opened_to is None:
        return {"cycle": row.code}
    end = (row.opened_to.replace(day=28) + timedelta(days=4)).replace(day=min(row.opened_to.day, 28))
    return {"cycle": row.code, "start": row.opened_to.isoformat(), "end": end.isoformat()}


@require_POST
@staff_view
def open_one(request: HttpRequest) -> HttpResponse:
    """Open the run of a cycle for a window; one that is there is shown."""
    errors: list[tuple[str | None, str]] = []
    days = {name: _day(request.POST.get(name, "")) for name in ("start", "end", "bill_date")}
    start, end = days["start"], days["end"]
    if start is None:
        errors.append(("id_start", _("Enter the first day, such as 2026-11-10")))
    if end is None or (start is not None and end <= start):
        errors.append(("id_end", _("Enter a day behind the first day")))
    if errors or start is None or end is None:
        return _runs(request, errors=errors, status=422)
    try:
        made = open_run(
            cycle=request.POST.get("cycle", ""),
            window=Period(start, end),
            bill_date=days["bill_date"] or end,
        )
    except BillCycle.DoesNotExist:
        return _runs(request, errors=[("id_cycle", _("Choose a cycle"))], status=422)
    except RunOverlaps:
        said = _("Another run of this cycle bills some of these days already")
        return _runs(request, errors=[("id_start", said)], status=409)
    return redirect("staff_run", run_id=made.public_id)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


@require_safe
@staff_view
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One run: how far it is, what it would come to, what waits, and what may be done."""
    return _run(request, run_id)


def _run(
    request: HttpRequest, run_id: UUID, *, error: tuple[str | None, str] | None = None, status: int = 200
) -> HttpResponse:
    row = run_of_ref(run_id)
    if row is None:
        raise Http404
    steps = run_steps(row.id)
    is_at_work = row.status in KIND_OF
    kind = KIND_OF[RunStatus(row.status)] if is_at_work else "bill"
    progress = run_progress(row.id, kind=kind)
    prices = price_summary(row.id)
    is_priced = bool(prices.n_priced or prices.n_held)
    names = names_of([row.approved_by, *(step.by for step in steps)])
    context = {
        "nav": staff_nav(),
        "nav_current": "runs",
        "row": row,
        "last_day": row.end - timedelta(days=1),
        "state": run_state(row.status),
        "is_at_work": is_at_work,
        "progress": progress,
        "progress_label": _("Accounts priced") if kind == "price" else _("Accounts billed or held"),
        "detail": _detail(progress),
        "look_again_s": _LOOK_AGAIN_S if is_at_work else 0,
        "prices": prices,
        "is_priced": is_priced,
        "changes": [_change(one) for one in largest_changes(row.id, limit=_CHANGES_SHOWN)]
        if is_priced
        else [],
        "held": [(kind, kind_words(kind), count) for kind, count in row.held],
        "steps": [(run_state(one.status_to)[0], one, names.get(one.by, one.by)) for one in steps],
        "approved_by": names.get(row.approved_by, row.approved_by),
        "may": _may(row, steps),
        "error": error,
    }
    return render(request, "staff/billing/run.html", context, status=status)


def _may(row: RunRow, steps: Sequence[StepLine]) -> dict[str, bool]:
    """What can be done with a run as it stands, by this person."""
    needs_approval = settings.UTILITY.bill_runs_need_approval
    is_approved = row.is_approved or not needs_approval
    priced_by = next((step.by for step in steps if step.status_to == RunStatus.PRICING), "")
    return {
        "price": row.status in ("open", "priced", "approved", "stopped") and not row.n_billed,
        "approve": row.status == RunStatus.PRICED and needs_approval,
        "is_other": priced_by != str(actor.current()),
        "start": is_approved and row.status in ("open", "priced", "approved", "stopped"),
        "stop": row.status in KIND_OF,
        "again": row.status == RunStatus.DONE and bool(row.n_held) and is_approved,
    }


def _detail(progress: RunProgress) -> str:
    parts = [_("%(count)s held") % {"count": number(progress.n_held)}] if progress.n_held else []
    if progress.accounts_per_s:
        parts.append(_("%(rate)s a second") % {"rate": number(round(progress.accounts_per_s))})
    if progress.left_s is not None and progress.done < progress.planned:
        minutes = progress.left_s // 60
        parts.append(
            ngettext("%(count)s minute left", "%(count)s minutes left", minutes) % {"count": minutes}
            if minutes
            else _("less than a minute left")
        )
    return " · ".join(parts)


def _change(row: PriceRow) -> tuple[PriceRow, list[str]]:
    return row, [kind_words(kind) for kind in row.problems]


@require_POST
@staff_view
def act(request: HttpRequest, run_id: UUID, action: str) -> HttpResponse:
    """Price, approve, start or stop a run."""
    made = BillRun.objects.filter(public_id=run_id).first()
    if made is None or action not in {"price", "approve", "start", "stop"}:
        raise Http404
    reason = request.POST.get("reason", "").strip()[:_LONGEST_REASON]
    if action == "stop" and not reason:
        return _run(request, run_id, error=("id_reason", _("Say why the run is stopped")), status=422)
    try:
        if action == "price":
            price_run(made)
        elif action == "approve":
            approve_run(made)
        elif action == "start":
            start_run(made)
        else:
            stop_run(made, reason=reason)
    except NeedsApproval:
        said = _("A second person has to approve the run first")
    except SamePerson:
        said = _("You priced this run, so somebody else has to approve it")
    except MoveNotAllowed:
        said = _("The run has moved on meanwhile; look at it again")
    else:
        return redirect("staff_run", run_id=run_id)
    return _run(request, run_id, error=(None, said), status=409)
