"""The page that says why a bill is as much as it is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from meterside import wiring
from meterside.cis.adapter import EmbeddedCis
from meterside.contracts.cis import AccountRef, BillRef, BillView, CisUnavailable, HoursOfUse
from tests.web.billed import NOBODYS, Town, asked, bill_more_months, fixed_count, text_of, town

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Town:
    return town()


def cents_in(page: str) -> list[int]:
    amounts = re.findall(r"(?:why|charge)__amount\">([−]?)\$([\d,]+)\.(\d\d)", page)
    return [int(whole.replace(",", "") + part) * (-1 if sign else 1) for sign, whole, part in amounts]


def card(page: str, key: str) -> str:
    found = re.search(rf'<section class="card" id="{key}">(.*?)</section>', page, re.S)
    assert found, key
    return found.group(1)


def test_the_bill_leads_to_it_and_it_leads_back(place: Town) -> None:
    page = text_of(place.alice, place.bill_path())
    assert f'<a href="{place.bill_path()}why/">Why this much?</a>' in page
    assert f'href="{place.bill_path()}"' in text_of(place.alice, place.bill_path() + "why/")


def test_services_and_times_sum_to_the_charges(place: Town) -> None:
    page = text_of(place.alice, place.bill_path() + "why/")
    bill = place.bill(place.riverside.alice)
    *services, total = cents_in(card(page, "by-service"))
    assert len(services) == 4
    assert sum(services) == total == bill.current_charges_cents
    electric = card(page, "service-1")
    *parts, whole = cents_in(electric)
    assert sum(parts) == whole == bill.statement["services"][0]["total_cents"]
    for words in (
        "from midnight to 6 AM · ",
        "168 kWh",
        "Customer charge",
        "The price is the same at every hour",
    ):
        assert words in electric, words
    assert "The new charges are $" in page


def test_without_hours_the_page_says_so(place: Town) -> None:
    path = f"/bills/{place.bill(place.riverside.charlie).public_id}/why/"
    page = text_of(place.charlie, path)
    assert "By time of day" not in page
    assert "the meter is not read by the hour" in page
    assert (
        sum(cents_in(card(page, "not-by-time"))) == place.bill(place.riverside.charlie).current_charges_cents
    )
    assert asked(place.charlie, path) == fixed_count("bill_why")


def test_in_spanish(place: Town) -> None:
    page = text_of(place.alice, place.bill_path() + "why/", headers={"accept-language": "es"})
    assert "¿Por qué esta cantidad?" in page
    assert "de medianoche a 6 a.m. · " in page


class Converted(EmbeddedCis):
    """Bills of a former system: totals only."""

    def bill(self, account: AccountRef, bill: BillRef, *, owed_on: date | None = None) -> BillView:
        view = super().bill(account, bill, owed_on=owed_on)
        return replace(view, statement={})


class WithoutHours(EmbeddedCis):
    """A CIS that has the bill and does not answer about its hours."""

    def hours_of_bill(self, account: AccountRef, bill: BillRef) -> tuple[HoursOfUse, ...]:
        raise CisUnavailable("time-out")


def test_a_converted_bill_says_what_it_lacks(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "cis", Converted)
    page = text_of(place.alice, place.bill_path() + "why/")
    assert "We have only the totals of this bill" in page
    assert "By service" not in page
    assert "Why this much?</a>" not in text_of(place.alice, place.bill_path())


def test_a_cis_that_does_not_answer(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "cis", WithoutHours)
    text_of(place.alice, place.bill_path() + "why/", status=503)


def test_another_persons_bill_and_no_bill_are_not_there(place: Town) -> None:
    charlies = place.bill(place.riverside.charlie).public_id
    for bill in (charlies, NOBODYS):
        text_of(place.alice, f"/bills/{bill}/why/", status=404)


def test_the_number_of_statements_is_fixed_and_does_not_grow(place: Town) -> None:
    address = place.bill_path() + "why/"
    assert asked(place.alice, address) == fixed_count("bill_why") <= 8
    bill_more_months(place.riverside, 3)
    assert asked(place.alice, address) == fixed_count("bill_why")
