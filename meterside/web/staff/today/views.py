"""What a member of staff sees first: runs, what they hold, what waits, and the trial balance."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html

from meterside.cis.billing.queries.work import (
    ExceptionRow,
    RunRow,
    open_exceptions,
    recent_runs,
    trial_balance,
)
from meterside.cis.metering.checks.queries import waiting_by_rule
from meterside.spine.models import InboxMessage, OutboxMessage
from meterside.web.design.formats import day_year, moment, money, number
from meterside.web.staff import staff_nav, staff_view
from meterside.web.staff.billing.exception_words import exception_sentence, kind_words
from meterside.web.staff.billing.words import ledger_words, run_state


@staff_view
def today(request: HttpRequest) -> HttpResponse:
    """The staff's home."""
    balance = trial_balance()
    context = {
        "runs": [_run(row) for row in recent_runs()],
        "holds": [_hold(row) for row in open_exceptions()[0]],
        "balance": [(ledger_words(name), money(cents)) for name, cents in balance],
        "balance_total": money(sum(cents for _name, cents in balance)),
        "n_outgoing": OutboxMessage.objects.filter(delivered_at__isnull=True).count(),
        "n_incoming": InboxMessage.objects.filter(processed_at__isnull=True).count(),
        "n_read_exceptions": sum(waiting_by_rule().values()),
        "nav": staff_nav(),
        "nav_current": "today",
    }
    return render(request, "staff/today/today.html", context)


def _run(row: RunRow) -> tuple[str, ...]:
    charges, state = money(row.charges_cents), run_state(row.status)[0]
    address = reverse("staff_run", args=[row.public_id])
    link = format_html('<a href="{}">{}</a>', address, row.cycle)
    return link, day_year(row.bill_date), number(row.n_billed), number(row.n_held), charges, state


def _hold(row: ExceptionRow) -> tuple[str, ...]:
    address = reverse("staff_exception", args=[row.public_id])
    link = format_html('<a href="{}">{}</a>', address, row.account_number)
    said = exception_sentence(row.kind, row.facts)
    return link, row.cycle, kind_words(row.kind), said, moment(row.created_at)
