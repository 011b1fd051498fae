"""Time of use: schedules, registers and intervals, tiers; the worked tables of docs/algorithms/time-of-use.md."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from meterside.connectors.tariffs.own.toml_text import toml_of
from meterside.engine.clock_class import interval_classes
from meterside.engine.period import Period
from meterside.engine.rated import RatedSegment
from meterside.engine.rating import RatingError, rate
from meterside.engine.series import DatedSeries
from meterside.engine.tariff import InvalidTariff
from meterside.engine.tariff.document import tariff_from_dict, tariff_from_toml, tariff_to_dict
from tests.engine.electric import HEAD, JUNE, TOD, facts_of, given, on_and_off, product, run_of, tariff
from tests.engine.tables import worked_table

ENERGY = """
kind = "time_of_use"
code = "energy"
schedule = "tod"
unit = "kWh"
"""
PLAIN = (
    ENERGY
    + """periods = [{ period = "on_peak", prices = 0.1910 }, { period = "off_peak", prices = 0.0660 }]
"""
)
PRICES = '{ period = "on_peak", prices = [0.30, 0.40]%s }, { period = "off_peak", prices = [0.10, 0.20]%s }'
TIERED = {
    "by period": ENERGY + f"periods = [{PRICES % (', widths = [100]', ', widths = [100]')}]",
    "over all": ENERGY + f"widths = [100]\nperiods = [{PRICES % ('', '')}]",
}


@pytest.mark.parametrize("row", worked_table("algorithms/time-of-use.md", "from"), ids=" ".join)
def test_hours_of_a_schedule(row: tuple[str, ...]) -> None:
    first, last, on_peak, off_peak = row
    calendar = run_of(Period(date.fromisoformat(first), date.fromisoformat(last))).calendar
    version = tariff(PLAIN, version=TOD).versions[0]
    classes = interval_classes(version.schedules[0], version, calendar)
    assert [int(each) for each in np.bincount(classes, minlength=2)] == [int(on_peak), int(off_peak)]
    assert interval_classes(version.schedules[0], version, calendar) is classes


@pytest.mark.parametrize("row", worked_table("algorithms/time-of-use.md", "tiers"), ids=" ".join)
@pytest.mark.parametrize("by_register", [True, False])
def test_tiers(row: tuple[str, ...], by_register: bool) -> None:
    kind, on_kwh, off_kwh, *lines = row
    priced = tariff(TIERED[kind], version=TOD)
    if by_register:
        registers = given(usage__on_peak=f"{on_kwh} kWh", usage__off_peak=f"{off_kwh} kWh")
        segment = rate(priced, period=JUNE, determinants=registers)
    else:
        use = on_and_off(JUNE, int(on_kwh) * 1000, int(off_kwh) * 1000)
        segment = rate(priced, period=JUNE, determinants={}, intervals={"usage": use})
    for period, expected in zip(("on_peak", "off_peak"), lines, strict=True):
        own = [line for line in segment.lines if facts_of(line)["period"] == period]
        assert [(line.quantity, line.price) for line in own] == product(expected)
    assert RatedSegment.from_dict(json.loads(json.dumps(segment.to_dict()))) == segment


def test_a_line_says_its_period() -> None:
    segment = rate(
        tariff(PLAIN, version=TOD),
        period=JUNE,
        determinants=given(usage__on_peak="250 kWh", usage__off_peak="1 kWh"),
    )
    assert [line.formula_text for line in segment.lines] == [
        "250 kWh on-peak x $0.191 = $47.75",
        "1 kWh off-peak x $0.066 = $0.066",
    ]
    assert facts_of(segment.lines[0]) == {
        "period": "on_peak",
        "period_label": "on-peak",
        "period_label_es": "en horas punta",
    }


def test_a_total_register_is_shared_by_intervals() -> None:
    use = on_and_off(JUNE, 100_000, 300_000)
    segment = rate(
        tariff(PLAIN, version=TOD), period=JUNE, determinants=given(usage="440 kWh"), intervals={"usage": use}
    )
    assert [line.quantity for line in segment.lines] == [110, 330]
    assert segment.reconciled[0].difference == 40


@pytest.mark.parametrize(
    ("determinants", "seconds", "kind", "said"),
    [
        ({"usage": "300 kWh"}, None, "missing_intervals", "usage.on_peak, usage.off_peak"),
        ({"usage__on_peak": "300 kWh"}, None, "missing_determinant", "usage.off_peak"),
        ({"usage__on_peak": "-1 kWh", "usage__off_peak": "3 kWh"}, None, "negative_usage", "on_peak"),
        ({}, 6 * 3600, "interval_length", "changes at 08:00, inside an interval of 360 minutes"),
    ],
)
def test_use_that_cannot_be_told_apart(
    determinants: dict[str, str], seconds: int | None, kind: str, said: str
) -> None:
    intervals = {"usage": run_of(JUNE, seconds=seconds)} if seconds else {}
    with pytest.raises(RatingError, match=said) as caught:
        rate(tariff(PLAIN, version=TOD), period=JUNE, determinants=given(**determinants), intervals=intervals)
    assert caught.value.kind == kind


def test_a_season_and_a_version_inside_the_bill_price_their_own_hours() -> None:
    """Each day 1 Wh an hour; a new price from 11 June, another schedule from then on."""
    old = tariff(PLAIN, version=TOD).versions[0]
    later = TOD.replace('to = "20:00"', 'to = "12:00"')
    new = tariff(PLAIN.replace("0.1910", "0.5"), version=later).versions[0]
    cut = date(2025, 6, 11)
    both = replace(
        tariff(PLAIN, version=TOD),
        versions=(replace(old, effective_to=cut), replace(new, effective_from=cut)),
    )
    segment = rate(both, period=JUNE, determinants={}, intervals={"usage": run_of(JUNE)})
    rows = [(line.version_from, line.quantity * 1000, line.price) for line in segment.lines]
    # 2 to 10 June has 7 working days of 12 hours; 11 to 30 June has 14 of 4.
    assert rows == [
        (date(2020, 1, 1), Decimal(84), Decimal("0.1910")),
        (date(2020, 1, 1), Decimal(156), Decimal("0.0660")),
        (cut, Decimal(56), Decimal("0.5")),
        (cut, Decimal(424), Decimal("0.0660")),
    ]


MONTHS = """
[[versions.schedules]]
name = "tod"
periods = [{ name = "on_peak", times = [{ months = [6] }] }, { name = "off_peak" }]
"""


def test_a_schedule_of_months_needs_no_intervals() -> None:
    spring = Period(date(2025, 5, 22), date(2025, 6, 11))
    priced = tariff(PLAIN, version=MONTHS)
    assert priced.intervals_needed() == ()
    assert tariff(PLAIN, version=TOD).intervals_needed() == ("usage",)
    even = rate(priced, period=spring, determinants=given(usage="200 kWh"))
    assert [line.quantity for line in even.lines] == [100, 100]
    daily = {"usage": {day: Decimal(3 if day >= date(2025, 6, 1) else 1) for day in spring.each_day()}}
    shaped = rate(priced, period=spring, determinants=given(usage="200 kWh"), daily_usage=daily)
    assert [line.quantity for line in shaped.lines] == [150, 50]


NIGHT = """
[[versions.schedules]]
name = "tod"
periods = [{ name = "on_peak", times = [{ from = "22:30", to = "06:15" }] }, { name = "off_peak" }]
"""


def test_minutes_and_midnight() -> None:
    day = Period(date(2025, 6, 2), date(2025, 6, 3))
    segment = rate(
        tariff(PLAIN, version=NIGHT),
        period=day,
        determinants={},
        intervals={"usage": run_of(day, seconds=900)},
    )
    assert [line.quantity * 1000 for line in segment.lines] == [31, 65]


WITHOUT_HOLIDAYS = """{ name = "off_peak", times = [
    { days = ["weekend"] }, { days = ["weekday"], from = "20:00", to = "08:00" } ], label"""


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ('{ name = "off_peak", label', '{ name = "off_peak", times = [{ days = ["weekend"] }], label',
         "versions[0].schedules[0].periods", "January, Monday, 00:00 lies in no period"),
        ('{ name = "off_peak", label', '{ name = "off_peak", times = [{ from = "19:00", to = "08:00" }], label',
         "versions[0].schedules[0].periods", "January, Monday, 19:00 lies in both on_peak and off_peak"),
        ('{ name = "off_peak", label', WITHOUT_HOLIDAYS,
         "versions[0].schedules[0].periods", "January, a holiday, 00:00 lies in no period"),
        ('["weekday"]', '["workday"]', "versions[0].schedules[0].periods[0].times[0].days", "use monday"),
        ('from = "08:00"', 'from = "8"', "versions[0].schedules[0].periods[0].times[0].from", "time of day"),
        ('to = "20:00"', 'to = "24:30"', "versions[0].schedules[0].periods[0].times[0].to", "time of day"),
        ('to = "20:00"', 'to = "08:00"', "versions[0].schedules[0].periods[0].times[0]", "ends when"),
        ('days = ["weekday"]', "months = [13]", "versions[0].schedules[0].periods[0].times[0].months", "month"),
        ('days = ["weekday"]', 'seasons = ["x"]', "schedules[0].periods[0].times[0].seasons", "no season"),
        ('name = "off_peak"', 'name = "on_peak"', "schedules[0].periods", "a name of its own"),
        ('name = "off_peak"', 'name = "off.peak"', "schedules[0].periods", "point"),
        ('{ period = "off_peak", prices = 0.0660 }', '{ period = "peak", prices = 1 }',
         "components[0].periods", "'off_peak' has no prices"),
        ('schedule = "tod"', 'schedule = "tou"', "components[0].schedule", "no schedule of this version"),
        ("prices = 0.0660", "prices = [1, 2]", "components[0].periods[1].widths", "one width fewer"),
        ("holidays =", "# ", "schedules[0].periods", "names no holidays"),
    ],
)  # fmt: skip
def test_a_schedule_that_is_refused(old: str, new: str, place: str, said: str) -> None:
    text = HEAD + TOD + f'[[versions.components]]\nlabel = "L"\n{PLAIN}'
    if said == "names no holidays":
        text = text.replace('["weekday"]', '["weekday", "holiday"]')
    assert old in text
    with pytest.raises(InvalidTariff) as caught:
        tariff_from_toml(text.replace(old, new))
    assert any(place in each.path and said in each.message for each in caught.value.problems), caught.value


@pytest.mark.parametrize("body", [PLAIN, *TIERED.values()])
def test_a_document_is_read_back(body: str) -> None:
    found = tariff(body, version=TOD)
    assert tariff_from_dict(json.loads(json.dumps(tariff_to_dict(found)))) == found
    assert tariff_from_toml(toml_of(found)) == found


@settings(max_examples=40, deadline=None)
@given_by(seed=st.integers(0, 10**6), cut=st.integers(1, 29), most=st.integers(1, 5000))
def test_splitting_a_period_gives_the_same_energy_charge(seed: int, cut: int, most: int) -> None:
    """No tier, so no step of a bill: any cut gives the same exact amount."""
    priced = tariff(PLAIN, version=TOD)
    use = run_of(JUNE)
    use = replace(use, values=np.random.default_rng(seed).integers(0, most, len(use.values)))
    day = JUNE.start + timedelta(days=cut)
    parts = [Period(JUNE.start, day), Period(day, JUNE.closed_end)]
    whole, *halves = (
        rate(priced, period=each, determinants={}, intervals={"usage": use}).unrounded
        for each in (JUNE, *parts)
    )
    assert whole == sum(halves)


@settings(max_examples=40, deadline=None)
@given_by(seed=st.integers(0, 10**6), more=st.integers(0, 10**6), kind=st.sampled_from(sorted(TIERED)))
def test_more_use_never_costs_less(seed: int, more: int, kind: str) -> None:
    """Prices of a tier are no lower than those of the tier before, so the tariff is monotone by period."""
    priced = tariff(TIERED[kind], version=TOD)
    use = run_of(JUNE)
    random = np.random.default_rng(seed)
    values = random.integers(0, 1000, len(use.values))
    extra = values.copy()
    extra[random.integers(0, len(extra))] += more
    first, second = (
        rate(priced, period=JUNE, determinants={}, intervals={"usage": replace(use, values=each)})
        for each in (values, extra)
    )
    assert second.unrounded >= first.unrounded
    assert sum(line.quantity for line in second.lines) == int(extra.sum()) / Decimal(1000)


def test_prices_and_widths_from_dated_series_are_named() -> None:
    """A price that changes on 16 June, and a tier's width that does not."""
    body = ENERGY + (
        'widths = [{ series = "limit" }]\n'
        'periods = [{ period = "on_peak", prices = [{ series = "peak" }, 1] }, '
        '{ period = "off_peak", prices = [0.1, 0.2] }]'
    )
    series = {
        "limit": DatedSeries("limit", ((date(2025, 1, 1), Decimal(1000)),)),
        "peak": DatedSeries(
            "peak", ((date(2025, 1, 1), Decimal("0.3")), (date(2025, 6, 16), Decimal("0.5")))
        ),
    }
    registers = given(usage__on_peak="60 kWh", usage__off_peak="30 kWh")
    segment = rate(tariff(body, version=TOD), period=JUNE, determinants=registers, series=series)
    assert [(line.price, [value.series for value in line.series]) for line in segment.lines] == [
        (Decimal("0.3"), ["peak", "limit"]),
        (Decimal("0.1"), ["limit"]),
        (Decimal("0.5"), ["peak", "limit"]),
        (Decimal("0.1"), ["limit"]),
    ]
