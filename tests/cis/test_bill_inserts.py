"""Inserts go with the bills they are meant for, and stay as they were."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from meterside.cis.billing.models import Bill
from meterside.cis.billing.queries.printing import bills_to_print
from meterside.cis.billing.statement.inserts import InsertTooLong, set_bill_insert
from meterside.cis.registry.models import Account
from tests.cast import bill_month, read_dial, riverside

pytestmark = pytest.mark.django_db
JAN, FEB, MAR = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)


def insert(code: str, **more: object) -> None:
    fields = {
        "title_en": code, "title_es": f"{code} es", "text_en": "One.\n\nTwo.", "text_es": "Uno.\n\nDos.", "since": FEB,
    }  # fmt: skip
    set_bill_insert(code=code, **{**fields, **more})  # type: ignore[arg-type]


def codes(bill: Bill) -> list[str]:
    return [one["code"] for one in bill.statement["inserts"]]


def test_by_commodity_class_cycle_and_time_and_frozen() -> None:
    utility = riverside()
    for home in utility.households:
        for day, kwh, cf in ((JAN, 1000, 500), (FEB, 1762, 1500), (MAR, 2400, 2400)):
            read_dial(home.electric, day, kwh)
            read_dial(home.water, day, cf)
    Account.objects.filter(pk=utility.charlie.account.pk).update(customer_class="commercial")
    insert("all")
    insert("water", commodity="water")
    insert("gas", commodity="gas")
    insert("shops", customer_class="commercial")
    insert("elsewhere", cycle="01", until=FEB)
    insert("cycle", cycle="01", until=MAR)
    run, _ = bill_month(JAN, FEB, [home.account for home in utility.households])
    alice, charlie = Bill.objects.order_by("account_id")
    assert codes(alice) == ["all", "cycle", "water"]
    assert codes(charlie) == ["all", "cycle", "shops", "water"]
    assert alice.statement["inserts"][0] == {
        "code": "all",
        "title": {"en": "all", "es": "all es"},
        "text": {"en": "One.\n\nTwo.", "es": "Uno.\n\nDos."},
    }
    insert("all", text_en="Other words.")
    alice.refresh_from_db()
    assert alice.statement["inserts"][0]["text"]["en"] == "One.\n\nTwo."
    bill_month(FEB, MAR, [home.account for home in utility.households])
    assert codes(Bill.objects.filter(account=utility.alice.account).latest("pk")) == ["all", "water"]
    assert {bill.inserts for bill in bills_to_print(run.pk)} == {
        ("all", "cycle", "water"),
        ("all", "cycle", "shops", "water"),
    }


def test_both_languages_and_two_pages_at_most() -> None:
    with pytest.raises(IntegrityError, match="in_both_languages"), transaction.atomic():
        insert("half", text_es="")
    with pytest.raises(InsertTooLong):
        insert("long", text_en="word " * 2000)


@pytest.mark.parametrize(
    ("pages", "sheets", "ounces"), [(1, 1, "0.61"), (2, 1, "0.61"), (3, 2, "0.77"), (4, 2, "0.77")]
)
def test_sheets_and_weight_for_postage(pages: int, sheets: int, ounces: str) -> None:
    assert settings.PAPER.sheets(pages) == sheets
    assert str(settings.PAPER.ounces(pages)) == ounces
