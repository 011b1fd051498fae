"""Amounts, days, ages and usage as people say them, in English and Spanish."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from meterside.web.design import formats

DAY = date(2026, 12, 7)
NOON = datetime(2026, 12, 7, 18, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cents", "said"),
    [
        (0, "$0.00"),
        (1, "$0.01"),
        (123456, "$1,234.56"),
        (-250, "−$2.50"),
        (3_000_000_000_00, "$3,000,000,000.00"),
    ],
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_money(cents: int, said: str, language: str) -> None:
    with translation.override(language):
        assert formats.money(cents) == said


def test_money_of_other_currencies_keeps_their_least_unit() -> None:
    with translation.override("en"):
        assert formats.money(1234, "JPY") == "¥1,234"
        assert formats.money_plain(1234, "JPY") == "1234"


@pytest.mark.parametrize(("cents", "said"), [(1102, "+$11.02"), (-280, "−$2.80"), (0, "$0.00")])
def test_a_change_always_has_its_sign(cents: int, said: str) -> None:
    with translation.override("en"):
        assert formats.money_change(cents) == said


@pytest.mark.parametrize(
    ("cents", "said"), [(1200, "$12.00 owed"), (-500, "$5.00 credit"), (0, "nothing owed")]
)
def test_a_balance_says_its_sign_in_words(cents: int, said: str) -> None:
    with translation.override("en"):
        assert formats.balance(cents) == said


@pytest.mark.parametrize(
    ("cents", "said"),
    [(12842, "$128"), (12850, "$129"), (49, "$0"), (-12850, "−$129"), (123456789, "$1,234,568")],
)
def test_a_forecast_has_no_cents(cents: int, said: str) -> None:
    with translation.override("en"):
        assert formats.money_whole(cents) == said


@pytest.mark.parametrize("cents", [0, 5, 14287, -14287, 123456789])
def test_the_parts_of_an_amount_are_the_amount(cents: int) -> None:
    with translation.override("en"):
        parts = formats.money_parts(cents)
        assert "".join(parts) == formats.money(cents)
        assert parts[2][0] == "."
        assert len(parts[2]) == 3


def test_a_field_gets_an_amount_that_can_be_typed() -> None:
    assert formats.money_plain(14287) == "142.87"
    assert formats.money_plain(100000) == "1000.00"


@pytest.mark.parametrize("cents", [1.5, Decimal("1"), True, "5"])
def test_only_whole_cents_are_money(cents: object) -> None:
    with pytest.raises(TypeError):
        formats.money(cents)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "english", "spanish"),
    [
        (formats.day_long, "Monday, December 7", "lunes, 7 de diciembre"),
        (formats.day, "December 7", "7 de diciembre"),
        (formats.day_short, "Dec 7", "7 dic"),
        (formats.day_year, "December 7, 2026", "7 de diciembre de 2026"),
        (formats.weekday, "Monday", "lunes"),
        (formats.month, "December 2026", "diciembre de 2026"),
        (formats.month_name, "December", "diciembre"),
        (formats.month_short, "Dec", "dic"),
    ],
)
def test_days(said: Callable[[date], str], english: str, spanish: str) -> None:
    with translation.override("en"):
        assert said(DAY) == english
    with translation.override("es"):
        assert said(DAY) == spanish


def test_an_instant_is_the_day_it_is_at_the_utility() -> None:
    with translation.override("en"), timezone.override("America/Los_Angeles"):
        assert formats.day(datetime(2026, 12, 8, 7, 59, tzinfo=UTC)) == "December 7"
        assert formats.day(datetime(2026, 12, 8, 8, 0, tzinfo=UTC)) == "December 8"
        assert formats.clock(NOON) == "10:42\N{NO-BREAK SPACE}AM"
        assert formats.moment(NOON) == "December 7, 10:42\N{NO-BREAK SPACE}AM"


def test_a_range_of_days() -> None:
    with translation.override("en"):
        assert formats.days(date(2026, 10, 21), date(2026, 11, 19)) == "Oct 21 – Nov 19"
        assert formats.days(date(2026, 11, 1), date(2026, 11, 19)) == "Nov 1 – 19"
    with translation.override("es"):
        assert formats.days(date(2026, 10, 21), date(2026, 11, 19)) == "21 oct – 19 nov"


@pytest.mark.parametrize(
    ("before", "english", "spanish"),
    [
        (timedelta(seconds=-5), "just now", None),
        (timedelta(seconds=59), "just now", None),
        (timedelta(seconds=60), "1 minute ago", "hace 1 minuto"),
        (timedelta(minutes=6, seconds=40), "6 minutes ago", "hace 6 minutos"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago", "hace 59 minutos"),
        (timedelta(hours=23), "23 hours ago", "hace 23 horas"),
        (timedelta(days=2, hours=5), "2 days ago", "hace 2 días"),
    ],
)
def test_an_age_is_never_rounded_up(before: timedelta, english: str, spanish: str | None) -> None:
    with translation.override("en"):
        assert formats.age(NOON - before, NOON) == english
    if spanish:
        with translation.override("es"):
            assert formats.age(NOON - before, NOON) == spanish


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "said"),
    [
        (741, "kWh", 0, "741 kWh"),
        (1234567, "kwh", 0, "1,234,567 kWh"),
        (Decimal("4.25"), "ccf", 2, "4.25 CCF"),
        (Decimal("4.10"), "ccf", 2, "4.1 CCF"),
        (1, "therm", 0, "1 therm"),
        (2, "therm", 0, "2 therms"),
        (0, "gal", 0, "0 gallons"),
        (Decimal(1), "gal", 0, "1 gallon"),
        (-3, "kWh", 0, "−3 kWh"),
        (3, "dekatherm", 0, "3 dekatherm"),
    ],
)
def test_usage_with_its_unit(value: int | Decimal, unit: str, decimals: int, said: str) -> None:
    with translation.override("en"):
        assert formats.usage(value, unit, decimals).replace("\N{NO-BREAK SPACE}", " ") == said


def test_a_float_is_no_quantity() -> None:
    with pytest.raises(TypeError):
        formats.number(1.5)  # type: ignore[arg-type]


def test_percent() -> None:
    with translation.override("en"):
        assert formats.percent(12) == "12%"


def test_a_language_without_this_territory_still_speaks() -> None:
    with translation.override("tr"):
        assert formats.month_name(DAY) == "Aralık"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "https://example.com/rates/2024?a=1&b=2",
            '<a href="https://example.com/rates/2024?a=1&amp;b=2" rel="noopener noreferrer">example.com</a>',
        ),
        ("the council's word of May 4", "the council&#39;s word of May 4"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("https://", "https://"),
        ("see https://example.com", "see https://example.com"),
        ('https://example.com/"onclick="x', '<a href="https://example.com/&#34;onclick=&#34;x"'),
    ],
)
def test_a_web_address_is_a_link_that_says_its_host(text: str, shown: str) -> None:
    assert str(formats.linked(text)).startswith(shown)
