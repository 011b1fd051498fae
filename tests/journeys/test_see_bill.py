"""A bill in words: lines, reads, and reasons that sum. No database."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from meterside.journeys.see_bill import see_bill
from meterside.web.design import formats
from tests.journeys.seen import only, page_of, said
from tests.journeys.statements import bill_view, line, meter, service


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
