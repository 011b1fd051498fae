"""Back from the gateway's page: paid, refused, given up, or not known yet; and whether money moved."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from meterside import wiring
from meterside.engine.payment import AttemptStatus
from meterside.journeys import pay_bill
from meterside.journeys.pay_bill.words import what_helps, why_it_failed
from meterside.kit import clock
from meterside.portal.access.roles import Right
from meterside.portal.payments import queries
from meterside.portal.payments.queries import AttemptView, NoSuchAttempt
from meterside.web.customer import CustomerRequest, customer_view

from .forms import new_order, signed
from .scope import look_at

_PAGES = {
    AttemptStatus.FAILED: "customer/pay/failed.html",
    AttemptStatus.ABANDONED: "customer/pay/abandoned.html",
    AttemptStatus.CREATED: "customer/pay/waiting.html",
    AttemptStatus.PENDING: "customer/pay/waiting.html",
}


@require_safe
@customer_view(right=None)
def returned(request: CustomerRequest, attempt_id: UUID) -> HttpResponse:
    """What became of the payment. Looking is safe to repeat: what is posted once is never posted again."""
    try:
        attempt = queries.attempt(attempt_id)
    except NoSuchAttempt:
        raise Http404 from None
    refusal = look_at(request, attempt.account, Right.PAY)
    if refusal is not None:
        return refusal
    attempt = pay_bill.come_back(
        cis=wiring.cis(), gateway=wiring.payment_gateway(), attempt_id=attempt_id, now=clock.now()
    )
    if attempt.status not in _PAGES:
        return redirect("receipt", payment_id=attempt.id)
    return render(request, _PAGES[attempt.status], _context(request, attempt))


def _context(request: CustomerRequest, attempt: AttemptView) -> dict[str, object]:
    again = signed(new_order(attempt.account, attempt.amount_cents), login_id=request.user.pk)
    return {
        "nav_current": "pay",
        "attempt": attempt,
        "is_mine": attempt.login_id == request.user.pk,
        "why": why_it_failed(attempt.failure),
        "helps": what_helps(attempt.failure),
        "again": again,
        "now": clock.now(),
    }
