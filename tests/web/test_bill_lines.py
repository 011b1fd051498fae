"""The page with every charge of a bill worked out."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from meterside import wiring
from meterside.cis.adapter import EmbeddedCis
from meterside.contracts.cis import AccountRef, BillRef, BillView, CisUnavailable
from meterside.journeys.see_bill import ServiceLines, every_line
from meterside.web.design import formats
from tests.journeys.statements import bill_view, line, service, statement
from tests.web.billed import NOBODYS, Town, asked, bill_more_months, fixed_count, text_of, town


@pytest.fixture
def place(db: None) -> Town:
    return town()


def test_every_charge_has_what_is_behind_it(place: Town) -> None:
    page = text_of(place.alice, place.bill_path() + "lines/")
    bill = place.bill(place.riverside.alice)
    for words in (
        "672 kWh between the reads of February 1 and March 1, both measured.", "Read of March 1, measured",
        "650 kWh × $0.0934", "Residential electric (E-1)", "January 1, 2020", "Feb 1 – 28", "Exactly", "$60.71",
    ):  # fmt: skip
        assert words in page, words
    lines = sum(len(item["lines"]) for item in bill.statement["services"])
    assert page.count(">Exactly<") == page.count(">Rounded<") == lines
    sums = [int(whole.replace(",", "") + cents) for whole, cents in re.findall(
        r'charge--total"><span class="charge__label">In all</span><span class="charge__amount">\$([\d,]+)\.(\d\d)', page
    )]  # fmt: skip
    assert sum(sums) == bill.current_charges_cents


def test_the_bill_leads_to_it(place: Town) -> None:
    link = f'<a href="{place.bill_path()}lines/">Every charge, worked out</a>'
    assert link in text_of(place.alice, place.bill_path())
    assert link in text_of(place.alice, place.bill_path() + "why/")


def test_in_spanish(place: Town) -> None:
    page = text_of(place.alice, place.bill_path() + "lines/", headers={"accept-language": "es"})
    assert "Cada cargo, explicado" in page
    assert page.count(">Redondeado<") > 5


class Converted(EmbeddedCis):
    """Bills of a former system: totals only."""

    def bill(self, account: AccountRef, bill: BillRef, *, owed_on: date | None = None) -> BillView:
        view = super().bill(account, bill, owed_on=owed_on)
        return replace(view, statement={})


class Silent(EmbeddedCis):
    """A CIS that does not answer."""

    def bill(self, account: AccountRef, bill: BillRef, *, owed_on: date | None = None) -> BillView:
        raise CisUnavailable("time-out")


def test_a_converted_bill_and_a_silent_cis(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "cis", Converted)
    assert "We have only the totals of this bill" in text_of(place.alice, place.bill_path() + "lines/")
    monkeypatch.setattr(wiring, "cis", Silent)
    text_of(place.alice, place.bill_path() + "lines/", status=503)


def test_another_persons_bill_is_not_there_and_statements_are_fixed(place: Town) -> None:
    for bill in (place.bill(place.riverside.charlie).public_id, NOBODYS):
        text_of(place.alice, f"/bills/{bill}/lines/", status=404)
    address = place.bill_path() + "lines/"
    assert asked(place.alice, address) == fixed_count("bill_lines")
    bill_more_months(place.riverside, 2)
    assert asked(place.alice, address) == fixed_count("bill_lines")


# --- from a statement made by hand ----------------------------------------------------------------


def read(value: str, day: str, **more: str) -> dict[str, str]:
    return {
        "read_at": day, "value": value, "unit": "Wh", "kind": "actual", "meter_number": "M1", "register": "ON",
        "multiplier": "1", "reference": "v1", **more,
    }  # fmt: skip


def shown(*lines: dict[str, Any], **more: Any) -> ServiceLines:
    total = sum(one["amount_cents"] for one in lines)
    (found,) = every_line(
        bill_view(statement([service(lines=list(lines), total_cents=total, **more)])), say=formats
    )
    return found


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


ON_PEAK = line(
    "energy", "time_of_use", 4120, determinant="usage", quantity="82.4", unit="kWh", price="0.50", price_unit="kWh",
    facts=[["period", "on_peak"], ["period_label", "on-peak"], ["period_label_es", "en horas punta"]],
)  # fmt: skip


def test_registers_by_period_and_energy_received_have_their_reads() -> None:
    behind = [
        {"name": "usage.on_peak", "quantity": "82400", "unit": "Wh", "source": "register",
         "reads": [read("100000", "2026-10-01"), read("182400", "2026-11-01", kind="estimated")]},
        {"name": "received", "quantity": "5000", "unit": "Wh", "source": "register", "reads": []},
    ]  # fmt: skip
    found = shown(ON_PEAK, behind=behind)
    first, second = found.measured
    assert (first.label, plain(first.quantity)) == ("Use, on-peak", "82.4 kWh")
    assert [plain(text) for text in first.reads] == [
        "October 1: 100,000 Wh, measured, meter M1, register ON",
        "November 1: 182,400 Wh, estimated, meter M1, register ON",
    ]
    assert (second.label, second.reads) == ("Energy you sent us", ())
    assert dict(found.lines[0].rows)["Measured"] == "Use, on-peak"
    with translation.override("es"):
        assert shown(ON_PEAK, behind=behind).measured[0].label == "Consumo, en horas punta"


def test_exact_amounts_keep_their_places_and_series_their_days() -> None:
    rider = line(
        "rider", "usage", 38, determinant="usage", quantity="412.5", unit="kWh", price="0.00092", unrounded="0.3795",
        price_unit="kWh", series=[{"series": "pca", "value": "0.00092", "since": "2026-09-01"}],
    )  # fmt: skip
    rows = dict(shown(rider).lines[0].rows)
    assert (rows["Exactly"], rows["Rounded"], rows["pca"]) == (
        "$0.3795",
        "$0.38",
        "0.00092 since September 1, 2026",
    )
    assert Decimal(rows["Exactly"].removeprefix("$")) == Decimal("0.3795")


def test_a_bill_without_lines_has_none() -> None:
    assert every_line(bill_view({}), say=formats) == ()
