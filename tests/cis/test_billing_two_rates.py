"""An agreement that changes its rate inside a period: two segments on one bill, and the bill after it."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.cis.agreements.models import AgreementTariff
from meterside.cis.billing.models import Bill
from meterside.cis.tariffs.operations import store_tariff
from meterside.contracts.cis import AccountRef, BillRef
from meterside.engine.tariff.document import tariff_from_toml
from meterside.journeys.see_bill import see_bill
from meterside.web.design import formats
from meterside.wiring import cis
from tests.cast import ELECTRIC, bill_month, read_dial, riverside

pytestmark = pytest.mark.django_db
JAN, CHANGE, FEB, MAR = date(2025, 1, 1), date(2025, 1, 15), date(2025, 2, 1), date(2025, 3, 1)


def test_the_bill_after_a_rate_change_inside_a_period_still_explains_itself() -> None:
    alice = riverside().alice
    agreement = alice.agreements["electric"]
    second = store_tariff(tariff_from_toml(ELECTRIC.replace('"E-1"', '"E-2"')))
    agreement.tariffs.update(during=DateRange(JAN, CHANGE))
    AgreementTariff.objects.create(agreement=agreement, tariff=second, during=DateRange(CHANGE, None))
    for day, kwh, cf in ((JAN, 1000, 500), (CHANGE, 1400, 900), (FEB, 1762, 1500), (MAR, 2400, 2400)):
        read_dial(alice.electric, day, kwh)
        read_dial(alice.water, day, cf)
    bill_month(JAN, FEB, [alice.account])
    bill_month(FEB, MAR, [alice.account])
    january, february = Bill.objects.order_by("bill_date")
    rates = [
        item["tariff"]["code"] for item in january.statement["services"] if item["service"] == "electric"
    ]
    assert rates == ["E-1", "E-2"]
    account = AccountRef(alice.account.public_id)
    page = see_bill(cis().bill(account, BillRef(february.public_id)), say=formats)
    assert page.why is not None
    assert sum(part.amount_cents for part in page.why.parts) == page.why.difference_cents
    assert "Electric" in [part.label for part in page.why.parts]
    assert page.compared == ()  # what January's electric came to is not known of one segment alone
