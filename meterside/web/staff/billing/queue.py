"""The queue of exceptions: what waits, and what is decided about it."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from meterside.cis.billing.models import BillException, BillRun
from meterside.cis.billing.queries.history import exception_steps
from meterside.cis.billing.queries.work import held_by_kind, open_exceptions
from meterside.cis.billing.runs.checks import ACCEPTABLE
from meterside.cis.billing.runs.exceptions import (
    CannotAccept,
    ReasonNeeded,
    accept_exception,
    correct_exception,
    hold_exception,
)
from meterside.engine.lifecycle import MoveNotAllowed
from meterside.web.design.formats import number
from meterside.web.staff import staff_nav, staff_view
from meterside.web.staff.actors import names_of

from .exception_words import exception_sentence, kind_words
from .words import exception_state, service_words

_A_PAGE = 25
_LONGEST_REASON = 500


@require_safe
@staff_view
def exceptions(request: HttpRequest) -> HttpResponse:
    """What waits, oldest first; of one kind or one run where that is asked for."""
    kind, page = request.GET.get("kind", ""), _page(request.GET.get("page", "1"))
    run = _run_asked_for(request.GET.get("run", ""))
    run_id = run.pk if run else None
    rows, total = open_exceptions(run_id=run_id, kind=kind, offset=(page - 1) * _A_PAGE, limit=_A_PAGE)
    if page > 1 and not rows:
        raise Http404
    counts = held_by_kind(run_id)
    of_run = f"&run={run.public_id}" if run else ""
    address = f"{reverse('staff_exceptions')}?kind={kind}{of_run}"
    context = {
        "nav": staff_nav(),
        "nav_current": "exceptions",
        "rows": [
            (
                row,
                service_words(row.service),
                kind_words(row.kind),
                exception_sentence(row.kind, row.facts),
                exception_state(row.status),
            )
            for row in rows
        ],
        "total": total,
        "run": run,
        "kinds": [
            (_("All"), f"{reverse('staff_exceptions')}?kind={of_run}", not kind),
            *(
                (
                    f"{kind_words(one)} {number(count)}",
                    f"{reverse('staff_exceptions')}?kind={one}{of_run}",
                    one == kind,
                )
                for one, count in counts.items()
            ),
        ],
        "newer": f"{address}&page={page - 1}" if page > 1 else None,
        "older": f"{address}&page={page + 1}" if total > page * _A_PAGE else None,
    }
    return render(request, "staff/billing/exceptions.html", context)


def _page(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:4]) <= 1000:
        raise Http404
    return int(text[:4])


def _run_asked_for(text: str) -> BillRun | None:
    if not text:
        return None
    try:
        return BillRun.objects.filter(public_id=UUID(text)).first()
    except ValueError:
        raise Http404 from None


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view
def exception(request: HttpRequest, exception_id: UUID) -> HttpResponse:
    """One exception, with a form to decide it."""
    found = (
        BillException.objects.filter(public_id=exception_id)
        .select_related("account", "agreement", "run")
        .first()
    )
    if found is None:
        raise Http404
    if request.method != "POST":
        return _show(request, found)
    decision = request.POST.get("decision", "")
    reason = request.POST.get("reason", "").strip()[:_LONGEST_REASON]
    try:
        if decision == "accept":
            accept_exception(found.pk, reason=reason)
        elif decision == "correct":
            correct_exception(found.pk, reason=reason)
        elif decision == "hold":
            hold_exception(found.pk, reason=reason)
        else:
            return _show(request, found, error=("id_decision", _("Choose what is to be done")), status=422)
    except ReasonNeeded:
        return _show(request, found, error=("id_reason", _("Say why, for whoever looks next")), status=422)
    except CannotAccept:
        said = _("This cannot be billed as it is; its cause has to be mended")
        return _show(request, found, error=("id_decision", said), status=409)
    except MoveNotAllowed:
        found.refresh_from_db()
        said = _("Somebody has decided this meanwhile")
        return _show(request, found, error=(None, said), status=409)
    return redirect("staff_exception", exception_id=exception_id)


def _show(
    request: HttpRequest,
    found: BillException,
    *,
    error: tuple[str | None, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    steps = exception_steps(found.pk)
    names = names_of(step.by for step in steps)
    is_undecided = found.status in ("open", "held")
    choices = [
        ("correct", _("Try again"), _("The cause is mended: a read was added, a rate was set.")),
        ("hold", _("Hold back"), _("Somebody looks into it. The account waits for its bill.")),
    ]
    if found.kind in ACCEPTABLE:
        choices.insert(
            0, ("accept", _("Accept"), _("It is right as it is. The account is billed in the same run."))
        )
    if found.status == "held":
        choices = [choice for choice in choices if choice[0] != "hold"]
    context = {
        "nav": staff_nav(),
        "nav_current": "exceptions",
        "found": found,
        "kind": kind_words(found.kind),
        "sentence": exception_sentence(found.kind, found.facts),
        "service": service_words(found.agreement.service) if found.agreement else "",
        "state": exception_state(found.status),
        "is_undecided": is_undecided,
        "choices": choices,
        "typed": request.POST,
        "error": error,
        "steps": [(exception_state(one.status_to)[0], one, names.get(one.by, one.by)) for one in steps],
    }
    return render(request, "staff/billing/exception.html", context, status=status)
