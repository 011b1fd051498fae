"""The payment history: what the books have, and above it what is not in the books (yet)."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from meterside import wiring
from meterside.contracts.cis import CisError, Page
from meterside.kit import clock
from meterside.portal.access.roles import Right
from meterside.portal.payments.queries import unposted_of
from meterside.web.customer import CustomerRequest, customer_view

from .words import channel_word, status_word

_ROWS = 12
_MOST_PAGES = 9_999
_RECENT = timedelta(days=60)


@require_safe
@customer_view(right=Right.VIEW)
def payments(request: CustomerRequest) -> HttpResponse:
    """The account's payments, latest first, twelve to a page."""
    account = request.portal.account_ref
    page = _page_number(request)
    try:
        rows = wiring.cis().payments(account, page=Page(offset=(page - 1) * _ROWS, limit=_ROWS))
    except CisError:
        return render(request, "customer/payments/unknown.html", {"nav_current": "pay"}, status=503)
    last = max(1, -(-rows.total // _ROWS))
    if not rows.items and page > 1:
        return redirect("payments")
    now = clock.now()
    context = {
        "nav_current": "pay",
        "rows": [(row, channel_word(row.channel), status_word(row.status)) for row in rows.items],
        "unposted": [(row, status_word(row.status)) for row in unposted_of(account, since=now - _RECENT)]
        if page == 1
        else [],
        "newer": _address(page - 1) if page > 1 else None,
        "older": _address(page + 1) if page < last else None,
        "page": page,
        "last": last,
        "may_pay": request.portal.may(Right.PAY),
    }
    return render(request, "customer/payments/payments.html", context)


def _page_number(request: CustomerRequest) -> int:
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(number, 1), _MOST_PAGES)


def _address(page: int) -> str:
    return f"{reverse('payments')}?page={page}" if page > 1 else reverse("payments")
