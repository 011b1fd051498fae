"""One bill, explained; why it is this much, every charge worked out, its use by day; and the bill as a PDF."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from markupsafe import Markup

from meterside import wiring
from meterside.contracts.cis import BillRef, BillView, CisUnavailable, NoSuchAccount, NoSuchBill
from meterside.journeys.see_bill import BillPage, every_line, see_bill, wants_hours, why_this_much
from meterside.kit import clock
from meterside.portal.access.roles import Right
from meterside.web.components.chart import ChangePart, Changes, changes
from meterside.web.components.qr.drawing import qr_svg
from meterside.web.customer import CustomerRequest, customer_view
from meterside.web.design import formats
from meterside.web.design.errors import unavailable

from .pay_address import in_letters, pay_address
from .pdf import make_pdf
from .shares import shares_of
from .strips import pair_of, strip_of


@require_safe
@customer_view(right=Right.VIEW)
def bill(request: CustomerRequest, bill_id: UUID) -> HttpResponse:
    """How much, why it changed, and every charge in words."""
    today = clock.today(settings.UTILITY.zone)
    try:
        view = _bill(request, bill_id, owed_on=today)
    except CisUnavailable:
        return unavailable(request)
    page = see_bill(view, say=formats)
    pay_at = pay_address(request.portal.account_ref)
    context = {
        "nav_current": "bills",
        "page": page,
        "why": _changes(page),
        "services": [(service, strip_of(service.days), pair_of(service)) for service in page.services],
        "balances": view.balances,
        "followed_by": view.followed_by,
        "was_paid_in_time": view.was_paid_in_time,
        "is_late_ahead": _is_late_ahead(page, view, today),
        "remit_lines": settings.PAPER.remit_lines,
        "pay_code": _pay_code(pay_at),
        "pay_address": in_letters(pay_at),
        "may_pay": request.portal.may(Right.PAY) and wiring.payment_gateway() is not None,
        "is_past_due": page.due_date < today,
    }
    return render(request, "customer/bill/bill.html", context)


@require_safe
@customer_view(right=Right.VIEW)
def bill_why(request: CustomerRequest, bill_id: UUID) -> HttpResponse:
    """Why this much: the new charges by service, and by time of day where hours are known."""
    try:
        view = _bill(request, bill_id)
        wants = wants_hours(view)
        hours = wiring.cis().hours_of_bill(request.portal.account_ref, BillRef(bill_id)) if wants else ()
    except CisUnavailable:
        return unavailable(request)
    much = why_this_much(view, hours, say=formats)
    services = much.services if much else ()
    context = {
        "nav_current": "bills",
        "summary": view.summary,
        "much": much,
        "by_service": shares_of(much.by_service) if much else [],
        "timed": [(one, shares_of(one.by_time)) for one in services if one.by_time],
        "untimed": [one for one in services if not one.by_time],
    }
    return render(request, "customer/bill/why.html", context)


@require_safe
@customer_view(right=Right.VIEW)
def bill_lines(request: CustomerRequest, bill_id: UUID) -> HttpResponse:
    """Every charge with its reads, its rate and its exact sum."""
    try:
        view = _bill(request, bill_id)
    except CisUnavailable:
        return unavailable(request)
    context = {
        "nav_current": "bills",
        "summary": view.summary,
        "services": every_line(view, say=formats),
    }
    return render(request, "customer/bill/lines.html", context)


@require_safe
@customer_view(right=Right.VIEW)
def bill_days(request: CustomerRequest, bill_id: UUID) -> HttpResponse:
    """Every day of the bill, drawn and as a table: what the bill page's small charts lead to."""
    try:
        view = _bill(request, bill_id)
    except CisUnavailable:
        return unavailable(request)
    page = see_bill(view, say=formats)
    services = [
        (number, service, strip)
        for number, service in enumerate(page.services, 1)
        if (strip := strip_of(service.days))
    ]
    context = {"nav_current": "bills", "page": page, "services": services}
    return render(request, "customer/bill/days.html", context)


@require_safe
@customer_view(right=Right.VIEW)
def bill_pdf(request: CustomerRequest, bill_id: UUID) -> HttpResponse:
    """The bill as an accessible PDF, in the language of the request."""
    try:
        view = _bill(request, bill_id)
    except CisUnavailable:
        return unavailable(request)
    page = see_bill(view, say=formats)
    document = make_pdf(
        page,
        utility=settings.UTILITY,
        paper=settings.PAPER,
        pay_url=pay_address(request.portal.account_ref),
    )
    name = f"bill-{page.number}.pdf"
    return HttpResponse(
        document,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


def _pay_code(address: str) -> Markup:
    """The code for a bill that is printed from the page."""
    return Markup(qr_svg(address, "qr__svg"))  # noqa: S704 - modules only


def _bill(request: CustomerRequest, bill_id: UUID, *, owed_on: date | None = None) -> BillView:
    """The current account's bill. Raises Http404, CisUnavailable."""
    try:
        return wiring.cis().bill(request.portal.account_ref, BillRef(bill_id), owed_on=owed_on)
    except (NoSuchAccount, NoSuchBill):
        raise Http404 from None


def _is_late_ahead(page: BillPage, view: BillView, today: date) -> bool:
    """Whether what the bill says of being late may still come true: none of it is paid, and its day has not gone by."""
    owed = view.balances.due_now_cents if view.balances is not None else page.total_due_cents
    return page.late is not None and page.late.after >= today and owed == page.total_due_cents


def _changes(page: BillPage) -> Changes | None:
    if page.why is None or not page.why.parts:
        return None
    return changes(
        before_cents=page.why.before_cents,
        after_cents=page.why.after_cents,
        parts=[ChangePart(part.label, part.amount_cents, part.note) for part in page.why.parts],
    )
