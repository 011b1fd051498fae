"""Two versions over all accounts: begun, looked at while it is worked, stopped, gone on with, read, exported."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from meterside.cis.studies.lifecycles import StudyStatus
from meterside.cis.studies.models import RateComparison
from meterside.cis.studies.operations import (
    NothingToCompare,
    NotOfOneTariff,
    begin_comparison,
    go_on,
    stop_comparison,
)
from meterside.cis.studies.queries import (
    AccountRow,
    ClassRow,
    ComparisonProgress,
    all_accounts,
    biggest,
    by_class,
    comparison_progress,
    months_and_refused,
    spread,
)
from meterside.cis.tariffs.models import TariffVersion
from meterside.engine.lifecycle import MoveNotAllowed
from meterside.portal.identity.rights import StaffRight
from meterside.web.components.chart import SpreadBin, spread_bars
from meterside.web.design.formats import money_change, money_plain, number
from meterside.web.staff import staff_nav, staff_view
from meterside.web.staff.actors import names_of
from meterside.web.staff.rights import needs

from .versions import version_or_404
from .words import class_words, replay_problem, tariff_name, version_name

_LOOK_AGAIN_S = 2
_SHOWN = 20
_EITHER = (StaffRight.PROPOSE_RATES, StaffRight.APPROVE_RATES)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_POST
@staff_view
@needs(*_EITHER)
def begin(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Have a version compared, with another or with what was billed."""
    row = version_or_404(version_id)
    wanted = request.POST.get("before", "")
    before = None
    if wanted:
        before = next((one for one in row.tariff.versions.all() if str(one.public_id) == wanted), None)
        if before is None:
            raise Http404
    try:
        made = begin_comparison(after=row, before=before)
    except (NothingToCompare, NotOfOneTariff):
        return render(request, "staff/tariffs/nothing.html", _frame(row), status=409)
    return redirect("staff_comparison", comparison_id=made.public_id)


def _frame(row: TariffVersion) -> dict[str, Any]:
    return {
        "nav": staff_nav(),
        "nav_current": "tariffs",
        "row": row,
        "tariff": row.tariff,
        "name": tariff_name(row.tariff.name, row.tariff.name_es),
    }


def _comparison_or_404(comparison_id: UUID) -> RateComparison:
    rows = RateComparison.objects.select_related("before", "after", "tariff")
    found = rows.filter(public_id=comparison_id).first()
    if found is None:
        raise Http404
    found.after.tariff = found.tariff
    return found


@require_safe
@staff_view
def comparison(request: HttpRequest, comparison_id: UUID) -> HttpResponse:
    """How far it is, or what came out."""
    return _comparison(request, _comparison_or_404(comparison_id))


def _comparison(
    request: HttpRequest, found: RateComparison, *, error: str = "", status: int = 200
) -> HttpResponse:
    names = names_of([found.created_by, found.stopped_by])
    is_done = found.status == StudyStatus.DONE
    progress = None if is_done else comparison_progress(found.pk)
    context = _frame(found.after) | {
        "found": found,
        "after": version_name(found.after),
        "before": None if found.before is None else version_name(found.before),
        "created_by": names.get(found.created_by, found.created_by),
        "stopped_by": names.get(found.stopped_by, found.stopped_by),
        "is_running": found.status == StudyStatus.RUNNING,
        "is_done": is_done,
        "progress": progress,
        "detail": "" if progress is None else _detail(progress),
        "look_again_s": _LOOK_AGAIN_S if found.status == StudyStatus.RUNNING else 0,
        "may": any(right in getattr(request.user, "staff_rights", ()) for right in _EITHER),
        "error": error,
    }
    if is_done:
        context |= _result(found)
    return render(request, "staff/tariffs/comparison.html", context, status=status)


def _result(found: RateComparison) -> dict[str, Any]:
    whole, *classes = by_class(found.pk) or (None,)
    months, refused = months_and_refused(found.pk)
    rises, falls = biggest(found.pk, limit=_SHOWN)
    bins = () if whole is None else spread(found.pk, whole)
    drawn = [SpreadBin(one.from_cents, one.to_cents, one.n_accounts) for one in bins]
    return {
        "whole": whole,
        "said": "" if whole is None else _said(whole),
        "classes": [(class_words(row.customer_class or ""), row) for row in classes],
        "months": months,
        "spread": spread_bars(drawn) if drawn else None,
        "rises": rises,
        "falls": falls,
        "refused": [(replay_problem(row.problem), row) for row in refused],
        "n_refused": sum(row.n_accounts for row in refused),
    }


def _said(row: ClassRow) -> str:
    """The result in one breath."""
    facts = {
        "more": number(row.n_more),
        "less": number(row.n_less),
        "same": number(row.n_same),
        "median": money_change(row.median_cents),
        "least": money_change(row.least_cents),
        "most": money_change(row.most_cents),
    }
    return (
        _(
            "%(more)s accounts would pay more, %(less)s less, %(same)s the same. The account in the middle: "
            "%(median)s a year; the range is from %(least)s to %(most)s."
        )
        % facts
    )


def _detail(progress: ComparisonProgress) -> str:
    parts = []
    if progress.n_refused:
        parts.append(_("%(count)s cannot be priced") % {"count": number(progress.n_refused)})
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


@require_POST
@staff_view
@needs(*_EITHER)
def act_on_comparison(request: HttpRequest, comparison_id: UUID, action: str) -> HttpResponse:
    """Stop it, or go on with it."""
    found = _comparison_or_404(comparison_id)
    if action not in ("stop", "go-on"):
        raise Http404
    try:
        if action == "stop":
            stop_comparison(found)
        else:
            go_on(found)
    except MoveNotAllowed:
        said = _("The comparison has moved on meanwhile; look at it again")
        return _comparison(request, _comparison_or_404(comparison_id), error=said, status=409)
    return redirect("staff_comparison", comparison_id=comparison_id)


@require_safe
@staff_view
def accounts_csv(request: HttpRequest, comparison_id: UUID) -> HttpResponseBase:
    """Every account of a finished comparison, for a spreadsheet."""
    found = _comparison_or_404(comparison_id)
    if found.status != StudyStatus.DONE:
        raise Http404
    answer = StreamingHttpResponse(_csv(found.pk), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="comparison-{found.as_of:%Y-%m-%d}.csv"'
    return answer


class _Line:
    """What a csv writer writes to: hands the line on."""

    def write(self, text: str) -> str:
        return text


def _csv(comparison_id: int) -> Iterator[str]:
    writer = csv.writer(_Line())
    head = (
        _("Account"), _("Name"), _("Class"), _("Bills"), _("Billed"), _("Before"), _("After"), _("Difference"),
        _("Could not be priced"), _("Detail"),
    )  # fmt: skip
    yield "\N{ZERO WIDTH NO-BREAK SPACE}" + writer.writerow(head)
    for row in all_accounts(comparison_id):
        yield writer.writerow(_cells(row))


def _cells(row: AccountRow) -> tuple[str, ...]:
    amounts = (row.billed_cents, row.before_cents, row.after_cents, row.difference_cents)
    return (
        guarded(row.number),
        guarded(row.holder_name),
        guarded(class_words(row.customer_class)),
        str(row.n_segments),
        *("" if cents is None else money_plain(cents) for cents in amounts),
        guarded(replay_problem(row.problem) if row.problem else ""),
        guarded(row.detail),
    )


def guarded(text: str) -> str:
    """A text a spreadsheet takes for a text: what would be a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
