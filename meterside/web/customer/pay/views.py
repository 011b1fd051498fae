"""Paying: how much, check it, confirm it. The payment itself is made on the gateway's own page."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meterside import wiring
from meterside.contracts.cis import AccountRef
from meterside.contracts.payments import GatewayUnavailable
from meterside.engine.payment import AttemptStatus
from meterside.journeys import pay_bill
from meterside.kit import clock
from meterside.portal.access.roles import Right
from meterside.portal.payments import queries
from meterside.portal.payments.operations import KeyUsedForAnotherPayment, SeemsRepeated
from meterside.portal.payments.queries import AttemptView, NoSuchAttempt
from meterside.web.customer import CustomerRequest, customer_view

from .forms import AmountForm, SignedOrder, UnusableOrder, new_order, read_order, signed
from .scope import look_at

log = logging.getLogger(__name__)
_STILL_OPEN = timedelta(days=7)
"""A payment begun so long ago whose end is not known is asked about in other ways than on this page."""


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(right=Right.PAY)
def pay(request: CustomerRequest) -> HttpResponse:
    """How much? Starts from what is due now; a right amount leads to the page that checks it."""
    if wiring.payment_gateway() is None:
        return render(request, "customer/pay/closed.html", {"nav_current": "pay"})
    form = AmountForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        order = new_order(request.portal.account_ref, form.cents)
        return redirect(_check_address(order, request))
    context = _question(request, request.portal.account_ref) | {
        "typed": form.data.get("amount", "") if form else None,
        "prefilled_cents": _amount_to_change(request),
        "only_past_due": request.GET.get("only") == "past_due",
    }
    if form is not None:
        context["form"] = form
    return render(request, "customer/pay/pay.html", context, status=422 if form else 200)


@require_safe
@customer_view(right=None)
def check(request: CustomerRequest) -> HttpResponse:
    """Check your answers: nothing is kept yet, and the amount is signed."""
    order = _order(request, request.GET.get("order", ""))
    if order is None:
        return _too_old(request)
    refusal = look_at(request, order.account, Right.PAY)
    if refusal is not None:
        return refusal
    context = _question(request, order.account) | {
        "order": signed(order, login_id=request.user.pk),
        "amount_cents": order.amount_cents,
    }
    return render(request, "customer/pay/check.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(right=None)
def confirm(request: CustomerRequest) -> HttpResponse:
    """Confirmed: keep it, and go to the gateway's page. The same form twice is the same payment."""
    if request.method != "POST":
        return redirect("pay")
    order = _order(request, request.POST.get("order", ""))
    if order is None:
        return _too_old(request)
    refusal = look_at(request, order.account, Right.PAY)
    if refusal is not None:
        return refusal
    gateway = wiring.payment_gateway()
    if gateway is None:
        return redirect("pay")
    try:
        confirmed = pay_bill.confirm(
            cis=wiring.cis(), gateway=gateway, order=_order_of(request, order), now=clock.now()
        )
    except SeemsRepeated as repeated:
        return _ask_about_repeat(request, order, repeated.previous)
    except KeyUsedForAnotherPayment:
        return _too_old(request)
    except GatewayUnavailable as error:
        return _not_reached(request, order, error)
    return _to_gateway(confirmed)


@require_POST
@customer_view(right=None)
def carry_on(request: CustomerRequest, attempt_id: UUID) -> HttpResponse:
    """Back to the gateway's page of a payment this person began."""
    try:
        attempt = queries.attempt(attempt_id)
    except NoSuchAttempt:
        raise Http404 from None
    refusal = look_at(request, attempt.account, Right.PAY)
    if refusal is not None:
        return refusal
    gateway = wiring.payment_gateway()
    if attempt.login_id != request.user.pk or gateway is None or gateway.name != attempt.gateway:
        raise Http404
    order = SignedOrder(account=attempt.account, amount_cents=attempt.amount_cents, key=attempt.key)
    try:
        confirmed = pay_bill.continue_payment(
            gateway=gateway, attempt=attempt, order=_order_of(request, order), now=clock.now()
        )
    except GatewayUnavailable as error:
        return _not_reached(request, order, error)
    return _to_gateway(confirmed)


def _to_gateway(confirmed: pay_bill.Confirmed) -> HttpResponse:
    if confirmed.url:
        return redirect(confirmed.url)
    return redirect("pay_return", attempt_id=confirmed.attempt.id)


def _question(request: CustomerRequest, account: AccountRef) -> dict[str, Any]:
    today = clock.today(settings.UTILITY.zone)
    question = pay_bill.ask(cis=wiring.cis(), account=account, today=today)
    begun = queries.unposted_of(account, since=clock.now() - _STILL_OPEN)
    return {
        "nav_current": "pay",
        "question": question,
        "begun": [attempt for attempt in begun if attempt.is_open],
        "today": today,
        "payer": request.user.display_name or request.user.email,
    }


def _order(request: CustomerRequest, text: str) -> SignedOrder | None:
    try:
        return read_order(text, login_id=request.user.pk)
    except UnusableOrder as error:
        log.info("an order is not usable: %s", error)
        return None


def _amount_to_change(request: CustomerRequest) -> int | None:
    """The amount of an order that comes back to be changed, or to be tried again."""
    order = _order(request, request.GET["order"]) if "order" in request.GET else None
    return order.amount_cents if order else None


def _order_of(request: CustomerRequest, order: SignedOrder) -> pay_bill.Order:
    found = pay_bill.ask(
        cis=wiring.cis(), account=order.account, today=clock.today(settings.UTILITY.zone)
    ).account
    facts = {"utility": settings.UTILITY.name, "digits": found.number[-4:] if found else ""}
    return pay_bill.Order(
        key=order.key,
        login_id=request.user.pk,
        account=order.account,
        amount_cents=order.amount_cents,
        description=_("%(utility)s, account ending %(digits)s") % facts if found else settings.UTILITY.name,
        payer_name=found.holder_name if found else "",
        language=get_language() or settings.LANGUAGE_CODE,
        return_url=lambda attempt_id: request.build_absolute_uri(
            reverse("pay_return", kwargs={"attempt_id": attempt_id})
        ),
        knows_of=order.knows_of,
    )


def _check_address(order: SignedOrder, request: CustomerRequest) -> str:
    return f"{reverse('pay_check')}?order={signed(order, login_id=request.user.pk)}"


def _ask_about_repeat(request: CustomerRequest, order: SignedOrder, previous: AttemptView) -> HttpResponse:
    now = clock.now()
    context = {
        "nav_current": "pay",
        "previous": previous,
        "is_mine": previous.login_id == request.user.pk,
        "is_open": previous.status in {AttemptStatus.CREATED, AttemptStatus.PENDING},
        "since": previous.paid_at or previous.created_at,
        "now": now,
        "order": signed(order.told_of(previous.id), login_id=request.user.pk),
    }
    return render(request, "customer/pay/again.html", context, status=409)


def _too_old(request: CustomerRequest) -> HttpResponse:
    return render(request, "customer/pay/too_old.html", {"nav_current": "pay"}, status=409)


def _not_reached(request: CustomerRequest, order: SignedOrder, error: GatewayUnavailable) -> HttpResponse:
    log.warning("the gateway's page could not be opened: %r", error)
    context = {"nav_current": "pay", "order": signed(order, login_id=request.user.pk)}
    return render(request, "customer/pay/not_reached.html", context, status=503)
