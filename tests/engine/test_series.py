"""Dated series: values in force from a day, what they price and what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterside.connectors.tariffs.own import schema_faults
from meterside.connectors.tariffs.own.toml_text import toml_of
from meterside.engine.determinant import Determinant, usage_of
from meterside.engine.period import Period
from meterside.engine.quantity import CannotConvert, ConversionFactors, convert
from meterside.engine.rated import RatedLine, RatedSegment
from meterside.engine.rating import RatingError, rate
from meterside.engine.series import DatedSeries, SeriesGap, SeriesRef, by_name, series_of_periods
from meterside.engine.tariff import InvalidTariff, Tariff, tariff_from_dict, tariff_to_dict
from meterside.engine.tariff.document import tariff_from_toml
from tests.engine.tables import FOLDER, worked_table

JUNE = Period(date(2025, 6, 1), date(2025, 7, 1))
SERIES = DatedSeries("s", ((date(2025, 5, 1), Decimal("0.01")), (date(2025, 6, 16), Decimal("0.03"))))
HEAD = """
format = "meterside-tariff/1"
code = "T"
name = "T"
utility = "U"
commodity = "electric"
[[versions]]
effective_from = 2025-01-01
"""
COMPONENTS = {
    "usage price": 'kind = "usage"\nunit = "kWh"\nprice = { series = "s" }',
    "second tier after 100, first at 1": (
        'kind = "tiered"\nunit = "kWh"\nprices = [1, { series = "s" }]\nwidths = [100]'
    ),
    "fixed amount": 'kind = "fixed"\namount = { series = "s" }\nproration = { method = "days/30" }',
    "percent of 100.00": 'kind = "percent"\nrate = { series = "s" }\nof = ["base"]',
    "therms in a ccf, at 10 each": 'kind = "usage"\nunit = "therm"\nprice = 10',
}
BASE = '[[versions.components]]\nkind = "fixed"\ncode = "base"\nlabel = "Base"\namount = 100\n'


def tariff_with(body: str, *, head: str = "", before: str = "") -> Tariff:
    text = f'{HEAD}{head}\n{before}[[versions.components]]\ncode = "c"\nlabel = "C"\n{body}\n'
    return tariff_from_toml(text)


def june(tariff: Tariff, *series: DatedSeries, unit: str = "kWh", **more: object) -> RatedSegment:
    return rate(
        tariff,
        period=JUNE,
        determinants=usage_of(Decimal(300), unit),
        series=by_name(series or (SERIES,)),
        **more,  # type: ignore[arg-type]
    )


def told(lines: Sequence[RatedLine]) -> str:
    """Lines as the table has them."""
    return ", ".join(
        f"{line.quantity.normalize():f} x {line.price.normalize():f} = {line.amount_cents / Decimal(100):.2f}"
        for line in lines
    )


@pytest.mark.parametrize("row", worked_table("algorithms/rating.md", "priced by series"), ids=" ".join)
def test_what_a_series_prices(row: tuple[str, ...]) -> None:
    what, pick, lines = row
    is_heat = what.startswith("therms")
    tariff = tariff_with(
        f'{COMPONENTS[what]}\nversion_pick = "{pick}"',
        head='conversion = { therms_per_ccf = { series = "s" } }' if is_heat else "",
        before=BASE if what.startswith("percent") else "",
    )
    segment = june(tariff, unit="ccf" if is_heat else "kWh", bill_date=date(2025, 6, 10))
    own = [line for line in segment.lines if line.component == "c"]
    assert told(own) == lines


def test_a_line_says_its_series_and_from_when_the_value_is() -> None:
    tiers = tariff_with(COMPONENTS["second tier after 100, first at 1"])
    segment = june(tiers)
    assert [[(each.series, each.value, each.since) for each in line.series] for line in segment.lines] == [
        [],
        [("s", Decimal("0.01"), date(2025, 5, 1))],
        [],
        [("s", Decimal("0.03"), date(2025, 6, 16))],
    ]
    stored = json.loads(json.dumps(segment.to_dict()))
    assert stored["lines"][1]["series"] == [{"series": "s", "value": "0.01", "since": "2025-05-01"}]
    assert "series" not in stored["lines"][0]
    assert RatedSegment.from_dict(stored) == segment
    heat = tariff_with(
        COMPONENTS["therms in a ccf, at 10 each"], head='conversion = { therms_per_ccf = { series = "s" } }'
    )
    assert [line.series[0].value for line in june(heat, unit="ccf").lines] == [
        Decimal("0.01"),
        Decimal("0.03"),
    ]
    # What is measured as heat needs no heat content, and is not cut by it.
    assert [line.series for line in june(heat, unit="therm").lines] == [()]


def test_only_the_series_the_attributes_choose_is_asked_for() -> None:
    rate_by_place = (
        'kind = "percent"\nof = ["base"]\n'
        'rate = { by = ["place"], values = { a = { series = "s" }, b = { series = "other" }, c = 0.02 } }'
    )
    tariff = tariff_with(rate_by_place, before=BASE)
    assert tariff.series_named() == ("other", "s")
    assert told(june(tariff, attributes={"place": "a"}).lines[1:]) == "50 x 0.01 = 0.50, 50 x 0.03 = 1.50"
    assert told(june(tariff, attributes={"place": "c"}).lines[1:]) == "100 x 0.02 = 2.00"
    with pytest.raises(RatingError, match="other") as caught:
        june(tariff, attributes={"place": "b"})
    assert caught.value.kind == "missing_series"
    with pytest.raises(RatingError) as missing:
        june(tariff)
    assert missing.value.kind == "missing_attribute"


def test_use_by_day_is_shared_over_the_values() -> None:
    daily = {day: Decimal(5) if day.day < 16 else Decimal(15) for day in JUNE.each_day()}
    segment = june(tariff_with(COMPONENTS["usage price"]), daily_usage={"usage": daily})
    assert told(segment.lines) == "75 x 0.01 = 0.75, 225 x 0.03 = 6.75"


@pytest.mark.parametrize(
    ("series", "said"),
    [
        (DatedSeries("s", ((date(2025, 6, 2), Decimal(1)),)), "begins on 2025-06-02"),
        (DatedSeries("s", ((date(2025, 5, 1), Decimal(1)),), end=date(2025, 6, 20)), "ends on 2025-06-20"),
        (DatedSeries("t", ((date(2025, 5, 1), Decimal(1)),)), "not given"),
    ],
)
def test_a_day_without_a_value_is_refused(series: DatedSeries, said: str) -> None:
    with pytest.raises(RatingError, match=said) as caught:
        june(tariff_with(COMPONENTS["usage price"]), series)
    assert caught.value.kind == "missing_series"


def test_a_document_with_series_survives_every_form() -> None:
    for what, body in COMPONENTS.items():
        tariff = tariff_with(body, head='conversion = { therms_per_ccf = { series = "heat" } }', before=BASE)
        data = json.loads(json.dumps(tariff_to_dict(tariff)))
        assert tariff_from_dict(data) == tariff, what
        assert schema_faults(data) == [], what
        assert tariff_from_toml(toml_of(tariff)) == tariff, what


@pytest.mark.parametrize(
    ("price", "said"),
    [
        ('{ series = " " }', "name a series"),
        ('{ series = "s", plus = 1 }', "not a known field"),
        ("{ series = 5 }", "text in quotes"),
        ("{ values = { a = 1 } }", "at least one"),
    ],
)
def test_a_reference_that_is_none_is_refused(price: str, said: str) -> None:
    with pytest.raises(InvalidTariff, match=said):
        tariff_with(f'kind = "usage"\nunit = "kWh"\nprice = {price}')


def test_the_examples_of_the_format_s_page_are_read() -> None:
    page = (FOLDER / "tariff-format.md").read_text(encoding="utf-8")
    example = page.split("## Values of dated series")[1].split("\n## ")[0]
    price, tax, prices, conversion = (
        line.strip() for line in example.splitlines() if line.startswith("    ")
    )
    named = tariff_with(f'kind = "usage"\nunit = "therm"\n{price}', head=conversion).series_named()
    named += tariff_with(f'kind = "percent"\n{tax}').series_named()
    named += tariff_with(f'kind = "tiered"\nunit = "kWh"\nwidths = [9]\n{prices}').series_named()
    assert named == ("heat", "pca", "tax-north", "second-tier")


def test_a_heat_content_is_put_in_before_anything_is_converted() -> None:
    factors = ConversionFactors(therms_per_ccf=SeriesRef("heat"))
    with pytest.raises(CannotConvert, match="series heat"):
        convert(Decimal(1), "ccf", "therm", factors)


@pytest.mark.parametrize(
    ("values", "end", "said"),
    [
        ((), None, "no value"),
        (((date(2025, 2, 1), Decimal(1)), (date(2025, 1, 1), Decimal(2))), None, "order"),
        (((date(2025, 2, 1), Decimal(1)), (date(2025, 2, 1), Decimal(2))), None, "order"),
        (((date(2025, 2, 1), Decimal(1)),), date(2025, 2, 1), "before its last value"),
        (((date(2025, 2, 1), Decimal("NaN")),), None, "plain Decimal"),
        (((date(2025, 2, 1), 1),), None, "plain Decimal"),
    ],
)
def test_a_series_that_is_none_is_refused(
    values: tuple[tuple[date, Decimal], ...], end: date | None, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        DatedSeries("s", values, end)


def test_values_of_periods_make_a_series_with_its_gaps() -> None:
    may, july = (Period(date(2025, month, 1), date(2025, month + 1, 1)) for month in (5, 7))
    series = series_of_periods("s", [(july, Decimal(2)), (may, Decimal(1))])
    assert (series.on(date(2025, 5, 31)).value, series.on(date(2025, 7, 1)).value) == (Decimal(1), Decimal(2))
    for day in (date(2025, 4, 30), JUNE.start, JUNE.last_day, date(2025, 8, 1)):
        with pytest.raises(SeriesGap, match=str(day)):
            series.on(day)
    assert DatedSeries.from_dict(json.loads(json.dumps(series.to_dict()))) == series
    with pytest.raises(RatingError, match="gap from 2025-06-01"):
        june(tariff_with(COMPONENTS["usage price"]), series)
    onward = series_of_periods("s", [(may, Decimal(1)), (Period(JUNE.start), Decimal(2))])
    assert onward == DatedSeries("s", ((may.start, Decimal(1)), (JUNE.start, Decimal(2))))
    for other in (Period(date(2025, 5, 31), JUNE.start), may):
        with pytest.raises(ValueError, match="two values"):
            series_of_periods("s", [(may, Decimal(1)), (other, Decimal(2))])
    with pytest.raises(ValueError, match="two values"):
        series_of_periods("s", [(Period(may.start), Decimal(1)), (july, Decimal(2))])


days = st.dates(date(2024, 1, 1), date(2026, 12, 31))


@settings(max_examples=200, deadline=None)
@given(
    steps=st.dictionaries(days, st.decimals(-5, 5, places=4), min_size=1, max_size=20),
    day=days,
    span=st.integers(1, 70),
)
def test_between_its_changes_a_series_stands_still(steps: dict[date, Decimal], day: date, span: int) -> None:
    series = DatedSeries("s", tuple(sorted(steps.items())))
    assert DatedSeries.from_dict(json.loads(json.dumps(series.to_dict()))) == series
    period = Period(day, date.fromordinal(day.toordinal() + span))
    earlier = [each for each in steps if each <= day]
    if not earlier:
        with pytest.raises(SeriesGap):
            series.on(day)
        return
    assert series.on(day).since == max(earlier)
    for part in period.split(series.changes_in(period)):
        assert {series.on(each) for each in part.each_day()} == {series.on(part.start)}
        assert series.on(part.start).value == steps[series.on(part.start).since]


@settings(max_examples=100, deadline=None)
@given(
    changes=st.dictionaries(st.integers(1, 29), st.decimals(0, 5, places=4), max_size=6),
    use=st.decimals(0, 10**5, places=3),
)
def test_the_parts_of_a_series_bill_all_use_once(changes: dict[int, Decimal], use: Decimal) -> None:
    values = [
        (JUNE.start, Decimal(1)),
        *((date(2025, 6, 1 + day), value) for day, value in sorted(changes.items())),
    ]
    segment = rate(
        tariff_with(COMPONENTS["usage price"]),
        period=JUNE,
        determinants={"usage": Determinant("usage", use, "kWh")},
        series={"s": DatedSeries("s", tuple(values))},
    )
    assert sum(line.quantity for line in segment.lines) == use
    assert [line.span for line in segment.lines] == JUNE.split(day for day, _ in values)
