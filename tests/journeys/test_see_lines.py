"""Every line of a bill says what for, how and how much."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from tests.journeys.seen import only, page_of, said
from tests.journeys.statements import line, service, tier


def test_every_line_says_what_for_how_and_how_much() -> None:
    (group,) = only(page_of(service())).groups
    assert [(said(item.label), said(item.how), item.amount_cents) for item in group.lines] == [
        ("Customer charge", "$13.50 a month", 1350),
        ("First 650 kWh", "650 kWh × $0.0934", 6071),
        ("Over 650 kWh", "112 kWh × $0.1080", 1210),
        ("City tax", "5% of $86.31", 432),
    ]
    assert not group.heading


@pytest.mark.parametrize(
    ("fields", "label", "how"),
    [
        ({"days": 10, "days_basis": 30, "quantity": "0.333"}, "Fixed", "$13.50 a month, for 10 of 30 days"),
        ({"days": 30, "days_basis": 30}, "Fixed", "$13.50 a month"),
        ({"price_unit": "bill"}, "Fixed", "$13.50 a bill"),
        ({"price_unit": "day", "quantity": "31", "price": "0.4"}, "Fixed", "31 days × $0.40"),
        ({"quantity": "8"}, "Fixed", "8 × $13.50"),
        ({"kind": "credit", "price": "-5.00"}, "Fixed", "\N{MINUS SIGN}$5.00 a month"),
        (
            {"kind": "minimum", "price": "20", "base": "12.004"},
            "Fixed",
            "The least a bill can be is $20.00; the charges above came to $12.00",
        ),
        ({"kind": "percent", "price": "0.0825", "base": "10"}, "Fixed", "8.25% of $10.00"),
        (
            {"kind": "usage", "quantity": "7.74", "unit": "ccf", "price": "3.10", "determinant": "usage"},
            "Fixed",
            "7.74 CCF × $3.10",
        ),
    ],
)
def test_how_each_kind_of_charge_is_said(fields: dict[str, Any], label: str, how: str) -> None:
    kind = fields.pop("kind", "fixed")
    (group,) = only(page_of(service(lines=[line("fixed", kind, 100, **fields)]))).groups
    assert (said(group.lines[0].label), said(group.lines[0].how)) == (label, how)


def facts(**more: str) -> list[list[str]]:
    return [[name, value] for name, value in more.items()]


PEAK = {"measured": "12.5", "peak_at": "2026-10-12T17:15-07:00", "window_minutes": "15"}


@pytest.mark.parametrize(
    ("kind", "fields", "label", "how"),
    [
        (
            "time_of_use",
            {"quantity": "250", "unit": "kWh", "price": "0.191",
             "facts": facts(period="on_peak", period_label="on-peak", period_label_es="en horas punta")},
            "Fixed, on-peak", "250 kWh × $0.191",
        ),
        (
            "time_of_use",
            {"quantity": "50", "unit": "kWh", "price": "0.4", "tier": 2, "tier_from": "100",
             "facts": facts(period="on_peak")},
            "Fixed, on_peak: Over 100 kWh", "50 kWh × $0.40",
        ),
        (
            "demand",
            {"quantity": "12.5", "unit": "kW", "price": "15.65", "facts": facts(**PEAK, decided_by="measured")},
            "Fixed", "12.5 kW × $15.65: your highest, on October 12 at 5:15 PM",
        ),
        (
            "demand",
            {"quantity": "12.5", "unit": "kW", "price": "15", "days": 10, "days_basis": 31,
             "facts": facts(measured="12.5", decided_by="measured")},
            "Fixed", "12.5 kW × $15.00, for 10 of 31 days",
        ),
        (
            "demand",
            {"quantity": "160", "unit": "kW", "price": "10", "facts": facts(
                **PEAK, ratchet_highest="200", ratchet_month="2026-07", ratchet_share="0.8", decided_by="ratchet")},
            "Fixed",
            "160 kW × $10.00: 80% of your highest in the months before, 200 kW; this time it was 12.5 kW",
        ),
        (
            "demand",
            {"quantity": "20", "unit": "kW", "price": "10", "facts": facts(**PEAK, decided_by="minimum")},
            "Fixed", "20 kW × $10.00: the least that is billed; yours was 12.5 kW",
        ),
        (
            "demand",
            {"quantity": "20", "unit": "kW", "price": "10", "facts": facts(**PEAK, decided_by="contract")},
            "Fixed", "20 kW × $10.00: the share of your contract demand; yours was 12.5 kW",
        ),
        (
            "hours_use",
            {"quantity": "2000", "unit": "kWh", "price": "0.1", "tier": 1, "tier_from": "0", "tier_to": "2000"},
            "Fixed: First 2,000 kWh", "2,000 kWh × $0.10",
        ),
        (
            "demand_minimum",
            {"quantity": "50", "unit": "kW", "price": "4", "base": "120"},
            "Fixed", "The least for this demand is 50 kW × $4.00; the charges above came to $120.00",
        ),
        (
            "annual_minimum",
            {"quantity": "80", "unit": "currency", "price": "300", "base": "220"},
            "Fixed", "The least for a year is $300.00; the year's charges came to $220.00",
        ),
        (
            "net_bank",
            {"quantity": "500", "unit": "kWh", "facts": facts(
                used="500", received="650", bank_before="0", net="0", bank_after="150")},
            "Fixed", "500 kWh used, 650 kWh sent to us: 0 kWh billed, 150 kWh kept for you",
        ),
        (
            "net_bank",
            {"quantity": "500", "unit": "kWh", "facts": facts(
                used="500", received="200", bank_before="150", net="150", bank_after="0")},
            "Fixed", "500 kWh used, 200 kWh sent to us, 150 kWh kept from before: 150 kWh billed",
        ),
        ("net_payout", {"quantity": "150", "unit": "kWh", "price": "-0.03"}, "Fixed", "150 kWh × \N{MINUS SIGN}$0.03"),
        ("sell", {"quantity": "120", "unit": "kWh", "price": "-0.08"}, "Fixed", "120 kWh × \N{MINUS SIGN}$0.08"),
        (
            "unmetered",
            {"quantity": "80", "unit": "kWh", "price": "0.1", "facts": facts(pieces="2", watts="100", hours="400")},
            "Fixed", "2 lights of 100 watts, 400 hours: 80 kWh × $0.10",
        ),
    ],
)  # fmt: skip
def test_how_electric_charges_are_said(kind: str, fields: dict[str, Any], label: str, how: str) -> None:
    (group,) = only(page_of(service(lines=[line("fixed", kind, 100, **fields)]))).groups
    assert (said(group.lines[0].label), said(group.lines[0].how)) == (label, how)


def test_a_middle_tier_says_its_width() -> None:
    lines = [tier("350", "0.1", 3500, low="650", high="1000")]
    (group,) = only(page_of(service(lines=lines))).groups
    assert said(group.lines[0].label) == "Next 350 kWh"


def test_tiers_of_two_charges_are_told_apart() -> None:
    lines = [tier("1", "1", 100, low="0", high="650"), tier("1", "1", 100, low="0", high="650")]
    lines[1] |= {"component": "fuel", "label": "Fuel"}
    (group,) = only(page_of(service(lines=lines))).groups
    assert [said(item.label) for item in group.lines] == ["Energy: First 650 kWh", "Fuel: First 650 kWh"]


def test_a_rate_change_inside_the_period_shows_both_versions() -> None:
    early, late = ["2026-10-01", "2026-10-11"], ["2026-10-11", "2026-11-01"]
    lines = [
        tier("200", "0.0934", 1868, low="0", high="209.68", span=early),
        tier("400", "0.0980", 3920, low="0", high="440.32", span=late, version_from="2026-10-11"),
        line("tax", "percent", 289, label="Tax", price="0.05", base="57.88"),
    ]
    charges = only(page_of(service(lines=lines)))
    assert [said(group.heading) for group in charges.groups] == [
        "Oct 1 – 10, prices since January 1, 2026",
        "Oct 11 – 31, prices since October 11, 2026",
        "The whole period",
    ]
    assert "January 1, 2026 and October 11, 2026" in charges.rate
    assert said(charges.use) == "600 kWh"


def test_the_tariffs_own_spanish_is_used() -> None:
    with translation.override("es"):
        charges = only(page_of(service()))
    assert charges.groups[0].lines[0].label == "Cargo por cliente"
    assert "Residencial (R-1)" in charges.rate
    assert charges.groups[0].lines[3].label == "City tax"  # the tariff has no Spanish for it
