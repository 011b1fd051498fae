"""A receipt: what was paid, where the money is now, and what to do when it came back."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from meterside import wiring
from meterside.contracts.cis import CisError
from meterside.engine.payment import NO_MONEY_MOVED, UNKNOWN_OUTCOME
from meterside.journeys import pay_bill
from meterside.journeys.pay_bill.words import what_helps, why_it_failed
from meterside.kit import clock
from meterside.portal.access.roles import Right
from meterside.portal.payments import queries
from meterside.portal.payments.queries import NoSuchAttempt
from meterside.web.customer import CustomerRequest, customer_view
from meterside.web.customer.pay.scope import look_at
from meterside.web.customer.payments.words import channel_word

from .paper import Receipt, of_attempt, of_cis


@require_safe
@customer_view(right=None)
def receipt(request: CustomerRequest, payment_id: UUID) -> HttpResponse:
    """The receipt on one sheet. A payment that is not accepted has none: its own page says how it stands."""
    try:
        attempt = queries.attempt(payment_id)
    except NoSuchAttempt:
        return _made_elsewhere(request, payment_id)
    refusal = look_at(request, attempt.account, Right.VIEW)
    if refusal is not None:
        return refusal
    if attempt.status in UNKNOWN_OUTCOME | NO_MONEY_MOVED:
        return redirect("pay_return", attempt_id=payment_id)
    return _show(request, of_attempt(attempt))


def _made_elsewhere(request: CustomerRequest, payment_id: UUID) -> HttpResponse:
    if request.portal.current is None:
        raise Http404
    account = request.portal.account_ref
    refusal = look_at(request, account, Right.VIEW)
    if refusal is not None:
        return refusal
    try:
        found = of_cis(wiring.cis(), account=account, payment_id=payment_id)
    except CisError:
        return render(request, "customer/payments/unknown.html", {"nav_current": "pay"}, status=503)
    if found is None:
        raise Http404
    return _show(request, found)


def _show(request: CustomerRequest, paper: Receipt) -> HttpResponse:
    today = clock.today(settings.UTILITY.zone)
    question = pay_bill.ask(cis=wiring.cis(), account=paper.account, today=today)
    context = {
        "nav_current": "pay",
        "paper": paper,
        "question": question,
        "channel": channel_word(paper.channel),
        "why": why_it_failed(paper.failure),
        "helps": what_helps(paper.failure),
        "may_pay": request.portal.may(Right.PAY),
    }
    return render(request, "customer/receipt/receipt.html", context)
