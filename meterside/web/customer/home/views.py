"""Home: what is due, what to do next, this period so far."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meterside import wiring
from meterside.contracts.cis import CisUnavailable, NoSuchAccount
from meterside.journeys.see_home import see_home
from meterside.kit import clock
from meterside.portal.access.roles import Right
from meterside.web.customer import CustomerRequest, customer_view
from meterside.web.customer.bill.strips import strip_of
from meterside.web.design import formats
from meterside.web.design.errors import unavailable


@require_safe
@customer_view(right=Right.VIEW)
def home(request: CustomerRequest) -> HttpResponse:
    """Everything about the current account at a glance."""
    today = clock.today(settings.UTILITY.zone)
    try:
        view = wiring.cis().home(request.portal.account_ref, today=today)
    except NoSuchAccount:
        raise Http404 from None
    except CisUnavailable:
        return unavailable(request)
    now = clock.now()
    page = see_home(view, today=today, now=now, say=formats)
    context = {
        "nav_current": "home",
        "page": page,
        "strips": [(use, strip_of(use.days, today=today)) for use in page.use],
        "may_pay": request.portal.may(Right.PAY) and wiring.payment_gateway() is not None,
        "now": now,
    }
    return render(request, "customer/home/home.html", context)
