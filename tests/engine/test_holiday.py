"""Holidays of a tariff: the worked table, the US federal ones over thirty years, and the document form."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import holidays as known_holidays
import pytest

from meterside.connectors.tariffs.own import schema_faults
from meterside.connectors.tariffs.own.toml_text import toml_of
from meterside.engine.holiday import Holiday, Observed, Weekday, Which, holiday_names
from meterside.engine.period import Period
from meterside.engine.tariff import InvalidTariff, tariff_from_dict, tariff_to_dict
from meterside.engine.tariff.document import tariff_from_toml
from tests.engine.tables import FOLDER, worked_table

_ON, _OFF = Observed.FRIDAY_MONDAY, Observed.NO


def floating(name: str, which: Which, weekday: Weekday, month: int, days_after: int = 0) -> Holiday:
    return Holiday(name=name, month=month, weekday=weekday, which=which, days_after=days_after)


FEDERAL = (
    Holiday(name="New Year's Day", month_day=(1, 1), observed=_ON),
    floating("Martin Luther King Jr. Day", Which.THIRD, Weekday.MONDAY, 1),
    floating("Washington's Birthday", Which.THIRD, Weekday.MONDAY, 2),
    floating("Memorial Day", Which.LAST, Weekday.MONDAY, 5),
    Holiday(name="Juneteenth National Independence Day", month_day=(6, 19), observed=_ON),
    Holiday(name="Independence Day", month_day=(7, 4), observed=_ON),
    floating("Labor Day", Which.FIRST, Weekday.MONDAY, 9),
    floating("Columbus Day", Which.SECOND, Weekday.MONDAY, 10),
    Holiday(name="Veterans Day", month_day=(11, 11), observed=_ON),
    floating("Thanksgiving Day", Which.FOURTH, Weekday.THURSDAY, 11),
    Holiday(name="Christmas Day", month_day=(12, 25), observed=_ON),
)


def rule(text: str, observed: str) -> Holiday:
    """A rule as the table says it."""
    words = text.split()
    if words[0] == "month_day":
        month, day = words[1].split("-")
        return Holiday(name=text, month_day=(int(month), int(day)), observed=Observed(observed))
    after = int(words[5]) if len(words) > 4 else 0
    return floating(text, Which(words[0]), Weekday(words[1]), int(words[3]), after)


@pytest.mark.parametrize("row", worked_table("algorithms/rating.md", "holiday"), ids=" ".join)
def test_the_days_of_a_rule(row: tuple[str, ...]) -> None:
    text, observed, year, expected = row
    whole_year = Period(date(int(year), 1, 1), date(int(year) + 1, 1, 1))
    days = [] if expected == "none" else [date.fromisoformat(day) for day in expected.split(", ")]
    assert list(holiday_names((rule(text, observed),), whole_year)) == days


def test_the_federal_holidays_of_thirty_years() -> None:
    """Against the library ``holidays``, with the days on which they are observed."""
    period = Period(date(2021, 1, 1), date(2051, 1, 1))
    expected = {
        day: name
        for day, name in known_holidays.country_holidays("US", years=range(2021, 2052)).items()
        if period.contains(day)
    }
    found = holiday_names(FEDERAL, period)
    assert list(found) == sorted(expected)
    assert len(found) > 330
    for day, name in found.items():
        assert name in expected[day]


DOCUMENT = """
format = "meterside-tariff/1"
code = "T"
name = "T"
utility = "U"
commodity = "electric"
[[versions]]
effective_from = 2025-01-01
holidays = [
  { name = "Independence Day", month_day = "07-04", observed = "friday_monday" },
  { name = "Day after", month = 11, weekday = "thursday", which = "fourth", days_after = 1 },
]
[[versions.components]]
kind = "fixed"
code = "service"
label = "Service"
amount = 5
"""


def test_a_document_names_its_holidays() -> None:
    tariff = tariff_from_toml(DOCUMENT)
    version = tariff.versions[0]
    assert version.holidays_in(Period(date(2026, 7, 1), date(2026, 12, 1))) == {
        date(2026, 7, 3): "Independence Day",
        date(2026, 7, 4): "Independence Day",
        date(2026, 11, 27): "Day after",
    }
    data = tariff_to_dict(tariff)
    assert tariff_from_dict(data) == tariff
    assert schema_faults(data) == []
    assert tariff_from_toml(toml_of(tariff)) == tariff
    assert version.components[0].amount.cases[0][1] == Decimal(5)  # type: ignore[attr-defined]


def test_the_example_of_the_format_s_page_is_read() -> None:
    page = (FOLDER / "tariff-format.md").read_text(encoding="utf-8")
    example = page.split("## Holidays")[1].split("holidays = [")[1].split("    ]")[0]
    head, _, tail = DOCUMENT.partition("holidays = [")
    version = tariff_from_toml(f"{head}holidays = [{example}{tail[tail.index(chr(10) + ']') :]}").versions[0]
    assert list(version.holidays_in(Period(date(2022, 1, 1), date(2023, 1, 1)))) == [
        date(2022, 1, 1),
        date(2022, 5, 30),
        date(2022, 11, 25),
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('month_day = "07-04", ', "", "needs month_day"),
        ("month = 11, ", "", "needs month_day"),
        ("month = 11, ", "month = 13, ", "write 1 to 12"),
        ("days_after = 1", "days_after = 9", "0 to 6"),
        ('"fourth"', '"fifth"', "use one of first"),
        ('"friday_monday"', '"tuesday"', "use one of no"),
        ('month_day = "07-04"', 'month_day = "07-44"', "such as 06-01"),
        ('name = "Day after", ', 'name = " ", ', "is empty"),
        ('name = "Day after", ', "", "is missing"),
    ],
)
def test_a_holiday_that_is_none_is_refused(right: str, wrong: str, message: str) -> None:
    with pytest.raises(InvalidTariff, match=message) as caught:
        tariff_from_toml(DOCUMENT.replace(right, wrong, 1))
    assert caught.value.problems[0].path.startswith("versions[0].holidays[")
