"""What people set for their alerts: limits in dollars and units, and words for each that is none."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from meterside.cis.registry.models import Channel
from meterside.kit import clock
from meterside.portal.preferences.models import AlertSetting
from tests.web.billed import TODAY, Town, town

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Iterator[Town]:
    made = town()
    Channel.objects.create(device=made.riverside.alice.water, code="1", unit="gal", interval_s=3600)
    with clock.clock_at(TODAY):
        yield made


def test_settings_in_dollars_and_units(place: Town) -> None:
    path = "/usage/alerts/settings/"
    page = place.alice.get(path).content.decode()
    assert "Water never stops running" in page
    form = {
        "on-bill": "on", "limit-bill": "$1,150.50", "on-leak-water": "on", "hours-leak-water": "8",
        "on-use_day-electric": "on", "limit-use_day-electric": "42.5", "quiet_from": "22", "quiet_until": "6",
    }  # fmt: skip
    answer = place.alice.post(path, form)
    assert answer.status_code == 302
    kept = {(row.kind, row.commodity): row for row in AlertSetting.objects.all()}
    assert kept["bill", ""].threshold == 115050
    assert kept["use_day", "electric"].threshold == Decimal("42.5")
    assert (kept["leak", "water"].hours, kept["leak", "water"].is_on) == (8, True)
    assert kept["spike", "water"].is_on is False
    again = place.alice.get(path).content.decode()
    assert 'value="1150.5"' in again
    assert 'value="42.5"' in again


@pytest.mark.parametrize(
    "limit", ["", "0", "-5", "abc", "1e3", "NaN", "99999999999", "1.0001", "٣", "1.005.1"]
)
def test_a_limit_that_is_none(place: Town, limit: str) -> None:
    form = {"on-use_day-electric": "on", "limit-use_day-electric": limit, "hours-leak-water": "24",
            "quiet_from": "0", "quiet_until": "0"}  # fmt: skip
    answer = place.alice.post("/usage/alerts/settings/", form)
    assert answer.status_code == 422
    assert not AlertSetting.objects.exists()


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("1,5", "Write decimals with a point, such as 1.5"),
        ("99999999999", "Enter a number up to 10,000,000."),
        ("0", "Enter a number above 0, like 150."),
        ("1.0001", "Enter no more than three decimals."),
    ],
)
def test_each_limit_that_is_none_is_told_what_is_wrong(place: Town, limit: str, words: str) -> None:
    form = {"on-use_day-electric": "on", "limit-use_day-electric": limit, "hours-leak-water": "24",
            "quiet_from": "22", "quiet_until": "6"}  # fmt: skip
    answer = place.alice.post("/usage/alerts/settings/", form)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_limit_without_its_mark_is_asked_about(place: Town) -> None:
    form = {
        "limit-use_day-electric": "42.5",
        "hours-leak-water": "24",
        "quiet_from": "22",
        "quiet_until": "6",
    }
    answer = place.alice.post("/usage/alerts/settings/", form)
    assert answer.status_code == 422
    assert "Mark the box to switch this on, or leave its limit as it was." in answer.content.decode()
