"""A version tried on a real account's year: as billed, and as it would price, with each month's lines."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meterside.cis.billing.queries.history import FoundAccount, find_account
from meterside.cis.studies.trying import AtAddress, Trial, TriedMonth, accounts_at, try_version
from meterside.journeys.see_bill.lines import charge_groups
from meterside.web.design import formats
from meterside.web.staff import staff_nav, staff_view

from .versions import version_or_404
from .words import replay_problem, tariff_name, version_name


@require_safe
@staff_view
def try_it(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Find an account by its number, a bill's, or its address, and price its year."""
    row = version_or_404(version_id)
    typed = request.GET.get("q", "").strip()[:200]
    account, there = _found(typed)
    trial = None if account is None else try_version(row, account_id=account.id)
    context = {
        "nav": staff_nav(),
        "nav_current": "tariffs",
        "row": row,
        "tariff": row.tariff,
        "name": tariff_name(row.tariff.name, row.tariff.name_es),
        "version_name": version_name(row),
        "typed": typed,
        "account": account,
        "there": there,
        "trial": trial,
        "months": [] if trial is None else [(month, _lines(month)) for month in trial.months],
        "problem": "" if trial is None or not trial.problem else replay_problem(trial.problem),
        "difference_cents": None if trial is None else _difference(trial),
    }
    return render(request, "staff/tariffs/try.html", context)


def _found(typed: str) -> tuple[FoundAccount | None, tuple[AtAddress, ...]]:
    """The account that was typed; where an address has several, those to choose from."""
    if not typed:
        return None, ()
    if any(letter.isalpha() for letter in typed):
        there = accounts_at(typed)
        return (find_account(there[0].number), ()) if len(there) == 1 else (None, there)
    return find_account(typed), ()


def _lines(month: TriedMonth) -> list[tuple[str, list[tuple[str, str, int]]]]:
    if month.rated is None:
        return []
    groups = charge_groups(month.rated.lines, month.rated.period, formats)
    return [
        (group.heading, [(one.label, one.how, one.amount_cents) for one in group.lines]) for group in groups
    ]


def _difference(trial: Trial) -> int | None:
    tried = trial.tried_cents
    return None if tried is None else tried - trial.billed_cents
