"""Bills as a customer sees them, from statements made by hand."""

from __future__ import annotations

from typing import Any

from meterside.journeys.see_bill import BillPage, ServiceCharges, see_bill
from meterside.web.design import formats
from tests.journeys.statements import bill_view, statement


def page_of(*services: dict[str, Any], **more: Any) -> BillPage:
    return see_bill(bill_view(statement(services, **more)), say=formats)


def only(page: BillPage) -> ServiceCharges:
    assert len(page.services) == 1
    return page.services[0]


def said(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")
