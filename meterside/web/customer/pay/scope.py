"""Pages about one payment: the account is the payment's, whichever the person looked at last."""

from __future__ import annotations

from dataclasses import replace

from django.http import Http404, HttpResponse
from django.shortcuts import render

from meterside.contracts.cis import AccountRef
from meterside.portal.access.roles import Right
from meterside.web.customer import CustomerRequest


def look_at(request: CustomerRequest, account: AccountRef, right: Right) -> HttpResponse | None:
    """Make `account` the one this request is about; answers with a refusal when the role lacks the right.

    Raises Http404 when the person cannot see the account: then the payment does not exist for them.
    """
    for grant in request.portal.grants:
        if grant.account == account:
            request.portal = replace(request.portal, current=grant)
            if grant.may(right):
                return None
            return render(request, "customer/no_right.html", {"right": right.value}, status=403)
    raise Http404
