"""Why a bill is as much as it is: the words, the parts, and that they sum."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from meterside.contracts.cis import HoursOfUse
from meterside.journeys.see_bill import MuchOfService, WhyThisMuch, wants_hours, why_this_much
from meterside.web.design import formats
from tests.engine.tables import worked_table
from tests.journeys.statements import bill_view, line, service, statement

ON_PEAK = [["weekday", 960, 1260]]
OFF_PEAK = [["weekday", 1260, 960], ["weekend", 0, 1440]]


def by_clock(period: str, label: str, label_es: str, quantity: str, price: str, cents: int) -> dict[str, Any]:
    facts = [["period", period], ["period_label", label], ["period_label_es", label_es]]
    numbers = {"quantity": quantity, "unit": "kWh", "price": price, "price_unit": "kWh"}
    return line("energy", "time_of_use", cents, determinant="usage", facts=facts, **numbers)


def tou_service(**more: Any) -> dict[str, Any]:
    """412 kWh: 82.4 from 4 to 9 PM at 50 cents, the rest at 10 cents; a charge of $7.00 and tax; $84.12."""
    return service(
        total_cents=8412,
        lines=[
            line("customer", "fixed", 700, label="Customer charge", label_es="Cargo por cliente"),
            by_clock("on_peak", "on-peak", "en horas punta", "82.4", "0.50", 4120),
            by_clock("off_peak", "off-peak", "en horas valle", "319.1", "0.10", 3191),
            line("tax", "percent", 401, label="City tax", price="0.05", price_unit="share", base="80.11"),
        ],
        clock=[
            {"component": "energy", "period": "on_peak", "times": ON_PEAK},
            {"component": "energy", "period": "off_peak", "times": OFF_PEAK},
        ],
        **more,
    )


def refuse() -> dict[str, Any]:
    return service(
        "refuse", total_cents=2500, usage=None, meters=[], lines=[line("cart", "fixed", 2500, label="Cart")]
    )


def much_of(*services: dict[str, Any], hours: Sequence[HoursOfUse] = ()) -> WhyThisMuch:
    found = why_this_much(bill_view(statement(services)), hours, say=formats)
    assert found is not None
    return found


def only(much: WhyThisMuch) -> MuchOfService:
    (found,) = much.services
    return found


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_time_that_cost_most_is_said_in_words() -> None:
    much = only(much_of(tou_service()))
    assert plain(much.words) == (
        "The largest part of the cost, $41.20 of $84.12, is for using electricity from 4 PM to 9 PM on weekdays."
    )
    assert [(plain(part.label), plain(part.note), part.amount_cents) for part in much.by_time] == [
        ("On-peak", "from 4 PM to 9 PM on weekdays · 82.4 kWh at $0.50 each", 4120),
        ("Off-peak", "from 9 PM to 4 PM on weekdays, and all day on weekends · 319 kWh at $0.10 each", 3191),
    ]
    assert [(part.label, part.amount_cents) for part in much.rest] == [
        ("Customer charge", 700),
        ("City tax", 401),
    ]
    assert "Each time of day has its price" in much.method


def test_a_time_that_cost_less_than_another_charge_is_not_called_the_largest_part() -> None:
    item = tou_service()
    item["lines"][0]["amount_cents"], item["total_cents"] = 4500, 12_212
    assert plain(only(much_of(item)).words) == (
        "Of what your use cost, the largest part, $41.20, is for using electricity from 4 PM to 9 PM on weekdays."
    )


def test_more_than_half_is_most() -> None:
    dearer = tou_service() | {"total_cents": 8112}
    dearer["lines"] = [one for one in dearer["lines"] if one["component"] == "energy"] + [
        line("customer", "fixed", 801, label="Customer charge")
    ]
    assert plain(only(much_of(dearer)).words).startswith("Most of the cost, $41.20 of $81.12, is for")


def test_in_spanish() -> None:
    with translation.override("es"):
        much = only(much_of(tou_service()))
        assert plain(much.words) == (
            "La parte más grande del costo, $41.20 de $84.12, es por usar electricidad de 4 p.m. a 9 p.m. entre semana."
        )
        assert much.by_time[0].label == "En horas punta"
        assert plain(much.by_time[0].note).startswith("de 4 p.m. a 9 p.m. entre semana · 82.4 kWh a $0.50")
        assert much.rest[0].label == "Cargo por cliente"


def test_a_bill_made_before_the_times_were_kept_says_the_periods_name() -> None:
    much = only(much_of(tou_service() | {"clock": []}))
    assert "in the period “on-peak”" in much.words
    assert [part.label for part in much.by_time] == ["On-peak", "Off-peak"]


def test_two_charges_for_the_same_times_are_one_part() -> None:
    both = tou_service()
    delivery = [
        one | {"component": "delivery", "price": "0.05", "unrounded": "4.12", "amount_cents": 412}
        for one in both["lines"][1:2]
    ]
    both |= {"lines": [*both["lines"], *delivery], "total_cents": 8824}
    both["clock"] = [*both["clock"], {"component": "delivery", "period": "on_peak", "times": ON_PEAK}]
    much = only(much_of(both))
    assert [(part.amount_cents, plain(part.note)) for part in much.by_time] == [
        (4532, "from 4 PM to 9 PM on weekdays · 82.4 kWh at $0.55 each"),
        (3191, "from 9 PM to 4 PM on weekdays, and all day on weekends · 319 kWh at $0.10 each"),
    ]


def hours(*by_quarter: int, unit: str = "Wh", agreement: str = "agreement-electric") -> HoursOfUse:
    """The same use in each hour of a part of the day."""
    return HoursOfUse(agreement, unit, tuple(Decimal(one) for one in by_quarter for _ in range(6)))


def test_a_rate_without_a_clock_shares_its_use_out_by_the_hours() -> None:
    """$72.81 for 762 kWh in tiers; a half of it used from noon to 6 PM."""
    much = only(much_of(service(), hours=[hours(12_700, 25_400, 63_500, 25_400)]))
    assert [(plain(part.label), plain(part.note), part.amount_cents) for part in much.by_time] == [
        ("Night", "from midnight to 6 AM · 76.2 kWh", 728),
        ("Morning", "from 6 AM to noon · 152 kWh", 1456),
        ("Afternoon", "from noon to 6 PM · 381 kWh", 3641),
        ("Evening", "from 6 PM to midnight · 152 kWh", 1456),
    ]
    assert plain(much.words) == (
        "The largest part of the cost, $36.41 of $90.63, is for using electricity from noon to 6 PM."
    )
    assert "The price is the same at every hour" in much.method


def test_the_worked_table_of_shares() -> None:
    rows = worked_table("algorithms/rating.md", "midnight to 6")
    assert rows
    for *quarters, cents in rows:
        much = only(much_of(service(), hours=[hours(*(int(one) for one in quarters))]))
        assert ", ".join(str(part.amount_cents) for part in much.by_time) == cents


@pytest.mark.parametrize(
    "known",
    [[], [hours(0, 0, 0, 0)], [hours(1, 1, -1, 1)], [hours(1, 1, 1, 1, agreement="another")]],
    ids=["no hours", "nothing used", "something given", "another's"],
)
def test_without_hours_to_share_by_nothing_is_said_of_them(known: list[HoursOfUse]) -> None:
    much = only(much_of(service(), hours=known))
    assert (much.words, much.method, much.by_time) == ("", "", ())
    assert sum(part.amount_cents for part in much.rest) == much.total_cents


def test_parts_sum_to_each_services_charges_and_services_to_the_bills() -> None:
    much = much_of(service(), tou_service(agreement="agreement-2"), refuse(), hours=[hours(1, 2, 3, 5)])
    for one in much.services:
        assert one.by_time_cents + sum(part.amount_cents for part in one.rest) == one.total_cents
    assert sum(part.amount_cents for part in much.by_service) == much.total_cents == 9063 + 8412 + 2500
    assert [part.label for part in much.by_service] == ["Electric", "Refuse"]


def test_the_service_that_cost_most_is_said() -> None:
    assert much_of(service(), refuse()).words == "Most of it is for electricity: $90.63 of $115.63."
    thirds = much_of(
        *(
            service(name, total_cents=2500, lines=[line("a", "fixed", 2500)])
            for name in ("water", "sewer", "gas")
        )
    )
    assert thirds.words == "The largest part is for water: $25.00 of $75.00."
    assert much_of(service()).words == ""


def test_an_agreement_that_changed_its_rate_is_not_given_hours_twice() -> None:
    much = much_of(service(), service(), hours=[hours(1, 1, 1, 1)])
    assert [one.by_time for one in much.services] == [(), ()]


def test_credits_take_the_words_away_not_the_sum() -> None:
    credit = service(
        total_cents=-1000,
        lines=[
            by_clock("on_peak", "on-peak", "", "10", "0.50", 500),
            line("rebate", "fixed", -1500, label="Credit"),
        ],
    )
    much = only(much_of(credit))
    assert much.words == ""
    assert much.by_time_cents + sum(part.amount_cents for part in much.rest) == -1000
    assert much_of(credit, refuse() | {"total_cents": 100, "lines": [line("a", "fixed", 100)]}).words == ""


def test_hours_are_asked_for_where_they_can_tell_something() -> None:
    assert wants_hours(bill_view(statement([service()])))
    assert not wants_hours(bill_view(statement([tou_service(), refuse()])))
    assert not wants_hours(bill_view({}))


def test_a_bill_with_totals_only_has_no_parts() -> None:
    assert why_this_much(bill_view({}), (), say=formats) is None
