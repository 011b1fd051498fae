"""A bill in words: lines, reads, and reasons that sum. No database."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from meterside.journeys.see_bill import BillPage, ServiceCharges, see_bill
from meterside.web.design import formats
from tests.journeys.statements import bill_view, line, meter, service, statement, tier


def page_of(*services: dict[str, Any], **more: Any) -> BillPage:
    return see_bill(bill_view(statement(services, **more)), say=formats)


def only(page: BillPage) -> ServiceCharges:
    assert len(page.services) == 1
    return page.services[0]


def said(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


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


def test_reads_both_measured() -> None:
    charges = only(page_of(service()))
    assert said(charges.sentences[0]) == (
        "762 kWh between the reads of October 1 and November 1, both measured."
    )
    assert not charges.estimated
    (facts,) = charges.meters
    assert ("Read of November 1, measured", "1,762") in facts.rows
    assert facts.reads == ("1,000 (Oct 1, measured)", "1,762 (Nov 1, measured)")


def test_an_estimated_read_is_said_plainly() -> None:
    charges = only(page_of(service(meters=[meter(kinds=("actual", "estimated"))])))
    assert "November 1 (estimated)" in charges.sentences[0]
    assert charges.estimated.startswith("We could not read the meter on November 1")


def test_a_multiplier_is_printed() -> None:
    charges = only(page_of(service(meters=[meter(multiplier="40", quantity="30480000")])))
    assert ("Multiplied by", "40") in charges.meters[0].rows


def test_intervals_that_were_estimated_are_counted() -> None:
    without_reads = {
        key: value for key, value in meter().items() if key not in ("previous", "present", "difference")
    }
    reads = without_reads | {"interval_days": 31, "not_measured_days": 2, "register": ""}
    charges = only(page_of(service(meters=[reads])))
    assert said(charges.sentences[0]) == "762 kWh, added up from 31 days of data of meter A-E."
    assert charges.estimated.startswith("2 days of this period were estimated")
    assert charges.meters[0].reads == ()


def daily(wh_a_day: int) -> list[list[Any]]:
    return [[f"2026-10-{day:02d}", wh_a_day, "measured"] for day in range(1, 32)]


def test_the_dial_and_the_days_are_reconciled_where_they_differ() -> None:
    charges = only(page_of(service(daily=daily(25_000))))
    assert "The days add up to 775 kWh, the meter’s dial moved 762 kWh." in said(charges.sentences[1])
    assert len(charges.days) == 31


def test_less_than_a_count_of_the_dial_is_no_difference() -> None:
    charges = only(page_of(service(daily=daily(24_590))))  # 762.29 kWh
    assert len(charges.sentences) == 1


def test_a_missing_day_stays_a_gap() -> None:
    charges = only(page_of(service(daily=daily(25_000)[:-1])))
    assert charges.days[-1].amount is None
    assert len(charges.sentences) == 1


def change(*parts: tuple[str, str, int, dict[str, str]], before: int) -> dict[str, Any]:
    difference = sum(part[2] for part in parts)
    return {
        "previous_number": 1,
        "previous_bill_date": "2026-10-01",
        "previous_cents": before,
        "difference_cents": difference,
        "parts": [
            {"service": name, "kind": kind, "amount_cents": cents, "facts": facts}
            for name, kind, cents, facts in parts
        ],
    }


DAYS = {"days_before": "28", "days_after": "31"}
USE = {"usage_before": "638000 Wh", "usage_after": "762000 Wh"}
RATE = {"tariff_before": "R-1", "tariff_after": "R-1"}


def own_change(*facts: dict[str, str]) -> dict[str, Any]:
    return {
        "before_cents": 7000,
        "after_cents": 9063,
        "parts": [{"kind": "x", "amount_cents": 0, "facts": item} for item in facts],
    }


def test_reasons_are_grouped_and_said_in_words() -> None:
    electric = service(change=own_change(DAYS, USE))
    sewer = service("sewer", usage=None, meters=[], lines=[line("fixed", "fixed", 9063)])
    found = page_of(
        electric,
        sewer,
        change=change(
            ("electric", "days", 300, DAYS),
            ("sewer", "days", 100, DAYS),
            ("electric", "use", 1500, USE),
            ("electric", "rate", 263, RATE),
            ("refuse", "service_ended", -1150, {}),
            before=17113,
        ),
    ).why
    assert found is not None
    assert [(part.label, said(part.note), part.amount_cents) for part in found.parts] == [
        ("3 more days", "31 days instead of 28", 400),
        ("More electricity a day", "24.6 kWh a day, it was 22.8 kWh", 1500),
        ("Electric: prices and fixed charges", "", 263),
        ("Refuse: no longer on this bill", "", -1150),
    ]
    assert found.difference_cents == sum(part.amount_cents for part in found.parts)


def rate_label(facts: dict[str, str], **more: Any) -> str:
    electric = service(change=own_change(DAYS), **more)
    why = page_of(electric, change=change(("electric", "rate", 5, facts), before=9058)).why
    assert why is not None
    return why.parts[0].label + (f" ({why.parts[0].note})" if why.parts[0].note else "")


def test_another_rate_meter_size_and_new_prices_are_named() -> None:
    moved = {"tariff_before": "R-1", "tariff_after": "R-2"}
    assert rate_label(moved) == "Electric: you are on another rate (R-2 instead of R-1)"
    sizes = RATE | {"meter_size_before": '5/8"', "meter_size_after": '1"'}
    assert rate_label(sizes) == 'Electric: another meter size (1" instead of 5/8")'
    new = [line("customer", "fixed", 9063, version_from="2026-10-11")]
    assert rate_label(RATE, lines=new) == "Electric: new prices since October 11"
    summer = [line("customer", "fixed", 9063, season="summer")]
    assert rate_label(RATE, lines=summer) == "Electric: prices of the season"


def test_use_that_goes_up_while_its_cost_goes_down_claims_no_direction() -> None:
    electric = service(change=own_change(DAYS, USE))
    why = page_of(electric, change=change(("electric", "use", -50, USE), before=9113)).why
    assert why is not None
    assert why.parts[0].label == "Electric: use"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["electric", "water", "gas", "sewer", "refuse"]),
            st.sampled_from(["days", "use", "rate", "credits", "one_time", "service_started", "weather"]),
            st.integers(-50_000, 50_000),
        ),
        max_size=25,
    )
)
def test_whatever_the_parts_are_what_is_shown_sums_to_the_difference(
    parts: list[tuple[str, str, int]],
) -> None:
    no_facts: dict[str, str] = {}
    full = [(name, kind, cents, no_facts) for name, kind, cents in parts]
    why = page_of(service(), change=change(*full, before=1234)).why
    assert why is not None
    assert sum(part.amount_cents for part in why.parts) == why.difference_cents
    assert len(why.parts) <= 7
    assert all(part.amount_cents for part in why.parts)


def test_services_are_compared_where_the_last_bill_is_fully_known() -> None:
    electric = service(change=own_change(DAYS))
    page = page_of(electric, change=change(("refuse", "service_ended", -1150, {}), before=8150))
    assert [(row.title, row.before_cents, row.after_cents) for row in page.compared] == [
        ("Electric", 7000, 9063),
        ("Refuse", 1150, 0),
    ]
    assert page_of(electric, change=change(before=9999)).compared == ()


def test_how_it_adds_up() -> None:
    page = page_of(service())
    assert [(item.label, item.how, item.amount_cents) for item in page.sums] == [
        ("Last bill", "", 10000),
        ("Payment, thank you", "October 12", -10000),
        ("New charges", "", 9063),
    ]
    assert sum(item.amount_cents for item in page.sums) == page.total_due_cents


def test_payments_that_the_statement_does_not_list_still_add_up() -> None:
    page = page_of(service(), activity=[])
    assert sum(item.amount_cents for item in page.sums) == page.total_due_cents


def test_a_converted_bill_has_totals_only_and_says_so() -> None:
    page = see_bill(bill_view({}, origin="converted"), say=formats)
    assert not page.is_explained
    assert page.services == ()
    assert page.why is None
    assert [(item.label, item.amount_cents) for item in page.sums] == [("New charges", 9063)]


def test_periods_print_their_last_day() -> None:
    page = page_of(service())
    assert (page.first_day.day, page.last_day.day, page.last_day.month) == (1, 31, 10)
    assert said(only(page).detail) == "762 kWh · Oct 1 – 31"


def test_only_web_addresses_become_links() -> None:
    bad = service()["tariff"] | {"source_url": "javascript:alert(1)"}
    good = service()["tariff"] | {"source_url": "https://utility.example/rates"}
    assert only(page_of(service(tariff=bad))).rate_url == ""
    assert only(page_of(service(tariff=good))).rate_url == "https://utility.example/rates"


# --- beside the sums -----------------------------------------------------------------------------


def year(quantity: str, days: int = 31, daily: list[int | None] | None = None) -> dict[str, Any]:
    return {"quantity": quantity, "days": days, "source": "bill", "daily": daily}


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (year("713000"), "24.6 kWh a day, 7% more than a year before (23 kWh)."),
        (year("1524000", 60), "24.6 kWh a day, 3% less than a year before (25.4 kWh)."),
        (year("763000"), "24.6 kWh a day, about the same as a year before (24.6 kWh)."),
        (year("0"), "24.6 kWh a day; a year before 0 kWh."),
        (None, "We have nothing from a year before to compare with."),
    ],
)
def test_use_is_compared_with_a_year_before_a_day(before: dict[str, Any] | None, words: str) -> None:
    found = only(page_of(service(last_year=before))).last_year
    assert found is not None
    assert said(found.words) == words
    assert (found.before is None) == (before is None)


def test_an_older_statement_says_nothing_of_a_year_before() -> None:
    assert only(page_of(service())).last_year is None
    assert only(page_of(service("refuse", usage=None, meters=[]))).last_year is None


def test_a_unit_that_only_the_rate_converts_is_compared_in_the_meters_own() -> None:
    gas = service(
        "gas", usage={"quantity": "5000", "unit": "cf", "source": "register", "priced_unit": "therm"}, meters=[],
        lines=[line("use", "usage", 5000, quantity="51.5", unit="therm", determinant="usage")],
        last_year=year("4000", 32),
    )  # fmt: skip
    found = only(page_of(gas)).last_year
    assert found is not None
    assert said(found.words) == "161 cubic feet a day, 29% more than a year before (125 cubic feet)."


def test_each_day_has_the_same_day_a_year_before() -> None:
    daily = [[f"2026-10-{day:02d}", 24_000, "measured"] for day in range(1, 32)]
    days = only(page_of(service(daily=daily, last_year=year("1", 1, [20_000, None, *[22_000] * 29])))).days
    assert [day.last_year for day in days[:3]] == [20, None, 22]


def test_what_is_past_due_late_and_told() -> None:
    late = {"after": "2026-11-28", "amount_cents": 9563, "fee_cents": 500}
    message = {"code": "winter", "en": "Cold.", "es": "Frío."}
    more: dict[str, Any] = {"past_due_cents": 900, "late": late, "messages": [message]}
    page = page_of(service(), **more)
    assert (page.past_due_cents, page.late and page.late.amount_cents) == (900, 9563)
    assert page.messages == ("Cold.",)
    with translation.override("es"):
        assert page_of(service(), **more).messages == ("Frío.",)


def test_an_older_statement_has_none_of_it() -> None:
    page = page_of(service())
    assert (page.past_due_cents, page.late, page.messages, page.mail_to) == (0, None, (), ())
