"""Why a bill changed: reasons grouped and in words, that always sum."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.journeys.seen import page_of, said
from tests.journeys.statements import line, service


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


def test_use_beside_weather_says_that_weather_is_counted_apart() -> None:
    """All use a day went up, mostly by the weather; what else there was went down: the note must not contradict."""
    weather = {"mean_before": "48", "mean_after": "59", "degrees": "F", "bills": "12"}
    item = own_change(DAYS, USE)
    item["parts"].append({"kind": "weather", "amount_cents": 900, "facts": weather})
    found = page_of(
        service(change=item),
        change=change(("electric", "weather", 900, weather), ("electric", "use", -300, USE), before=7000),
    ).why
    assert found is not None
    notes = {part.label: part.note.replace("\N{NO-BREAK SPACE}", " ") for part in found.parts}
    assert notes["Electric: less use for other reasons"].startswith(
        "This is what weather and days do not explain. In all it was "
    )
