"""Riverbend's rates are real ones: each names its page, and the one page that works an example agrees."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from meterside.engine.determinant import Determinant, DeterminantSource
from meterside.engine.period import Period
from meterside.engine.rating import rate
from meterside.engine.tariff.model import Tariff
from meterside.jobs.demo.utility import adopted, rates

RATES = {tariff.code: tariff for tariff in rates()}


def test_every_commodity_has_a_rate_with_its_page() -> None:
    assert {tariff.commodity for tariff in RATES.values()} == {"electric", "water", "gas", "sewer", "refuse"}
    for tariff in RATES.values():
        assert tariff.source_url.startswith("http")
        assert tariff.name_es
        for version in tariff.versions:
            assert all(component.label_es for component in version.components)


def test_the_published_example_of_1200_kwh() -> None:
    # cityofseymour.org: 16.00 + 22.05 + 22.30 + 102.00 + 7.50 = 169.85, and 1 % of it: 1.70
    month = Period(date(2025, 1, 1), date(2025, 2, 1))
    use = Determinant(name="usage", quantity=Decimal(1200), unit="kWh", source=DeterminantSource.REGISTER)
    rated = rate(RATES["E-2"], period=month, determinants={"usage": use})
    assert [line.amount_cents for line in rated.lines] == [750, 1600, 2205, 2230, 10200, 170]
    assert rated.total_cents == 17155


@pytest.mark.parametrize("today", [date(2026, 11, 23), date(2027, 3, 1), date(2028, 2, 29)])
@pytest.mark.parametrize("tariff", RATES.values(), ids=lambda tariff: tariff.code)
def test_a_step_is_adopted_on_its_day_of_the_year_inside_the_past(tariff: Tariff, today: date) -> None:
    own = adopted(tariff, today)
    first = own.versions[0].effective_from
    assert first == tariff.versions[0].effective_from or first.year == today.year - 6
    for published, version in zip(tariff.versions, own.versions, strict=True):
        since = version.effective_from
        assert (since.month, since.day) == (published.effective_from.month, published.effective_from.day)
        assert version is own.versions[0] or 90 <= (today - since).days < 90 + 366
    for before, after in pairwise(own.versions):
        assert before.effective_to == after.effective_from
