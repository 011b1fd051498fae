"""The list of bills, the latest first."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from meterside import wiring
from meterside.contracts.cis import CisUnavailable, NoSuchAccount, Page
from meterside.journeys.see_bill.words import last_day
from meterside.kit import clock
from meterside.portal.access.roles import Right
from meterside.web.customer import CustomerRequest, customer_view
from meterside.web.design.errors import unavailable

BILLS_A_PAGE = 12
_MOST_PAGES = 1000


@require_safe
@customer_view(right=Right.VIEW)
def bills(request: CustomerRequest) -> HttpResponse:
    """A year of bills a page, and what is owed in all."""
    number = _page_number(request.GET.get("page", "1"))
    account, cis = request.portal.account_ref, wiring.cis()
    try:
        rows = cis.bills(account, page=Page(offset=(number - 1) * BILLS_A_PAGE, limit=BILLS_A_PAGE))
        balances = cis.balances(account, today=clock.today(settings.UTILITY.zone))
    except NoSuchAccount:
        raise Http404 from None
    except CisUnavailable:
        return unavailable(request)
    if number > 1 and not rows.items:
        raise Http404
    address = reverse("bills")
    n_pages = max(1, -(-rows.total // BILLS_A_PAGE))
    context = {
        "nav_current": "bills",
        "rows": [(row, last_day(row.period_end)) for row in rows.items],
        "total": rows.total,
        "balances": balances,
        "may_pay": request.portal.may(Right.PAY) and wiring.payment_gateway() is not None,
        "page": number,
        "n_pages": n_pages,
        "newer": f"{address}?page={number - 1}" if number > 1 else None,
        "older": f"{address}?page={number + 1}" if number < n_pages else None,
    }
    return render(request, "customer/bills/bills.html", context)


def _page_number(text: str) -> int:
    """The page asked for. Raises Http404 for what is no page."""
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:5]) <= _MOST_PAGES:
        raise Http404
    return int(text[:5])
