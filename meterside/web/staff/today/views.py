"""What a member of staff sees first: runs, what they hold, what waits, and the trial balance."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meterside.cis.billing.work_queries import (
    ExceptionRow,
    RunRow,
    open_exceptions,
    recent_runs,
    trial_balance,
)
from meterside.spine.models import InboxMessage, OutboxMessage
from meterside.web.design.formats import day_year, moment, money, number
from meterside.web.staff import staff_view

# The ledger keeps its accounts' names in English; one that a utility has added keeps its own.
_LEDGER = {
    "Customers' receivable": gettext_lazy("Customers' receivable"),
    "Payments on the way": gettext_lazy("Payments on the way"),
    "Bank": gettext_lazy("Bank"),
    "Electric revenue": gettext_lazy("Electric revenue"),
    "Water revenue": gettext_lazy("Water revenue"),
    "Gas revenue": gettext_lazy("Gas revenue"),
    "Sewer revenue": gettext_lazy("Sewer revenue"),
    "Refuse revenue": gettext_lazy("Refuse revenue"),
    "Stormwater revenue": gettext_lazy("Stormwater revenue"),
    "Lighting revenue": gettext_lazy("Lighting revenue"),
    "Taxes collected for others": gettext_lazy("Taxes collected for others"),
    "Adjustments granted": gettext_lazy("Adjustments granted"),
    "Balances brought in": gettext_lazy("Balances brought in"),
}


@staff_view
def today(request: HttpRequest) -> HttpResponse:
    """The staff's home."""
    balance = trial_balance()
    context = {
        "runs": [_run(row) for row in recent_runs()],
        "holds": [_hold(row) for row in open_exceptions()[0]],
        "balance": [(str(_LEDGER.get(name, name)), money(cents)) for name, cents in balance],
        "balance_total": money(sum(cents for _name, cents in balance)),
        "n_outgoing": OutboxMessage.objects.filter(delivered_at__isnull=True).count(),
        "n_incoming": InboxMessage.objects.filter(processed_at__isnull=True).count(),
        "nav": [],
    }
    return render(request, "staff/today/today.html", context)


def _run(row: RunRow) -> tuple[str, ...]:
    state = _("done") if row.finished_at else _("going on")
    charges = money(row.charges_cents)
    return row.cycle, day_year(row.bill_date), number(row.n_billed), number(row.n_held), charges, state


def _hold(row: ExceptionRow) -> tuple[str, ...]:
    reasons = {
        "missing_read": _("A read is missing"),
        "missing_intervals": _("Interval data is missing"),
        "read_went_back": _("The meter reads less than before"),
        "no_meter": _("No meter in place"),
        "no_rate": _("No rate for these days"),
    }
    reason = reasons.get(row.kind, row.kind)
    return row.account_number, row.cycle, reason, row.detail, moment(row.created_at)
