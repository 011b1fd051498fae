"""Billed use: the tables of docs/algorithms/billed-use.md."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from meterside.connectors.tariffs.own.toml_text import toml_of
from meterside.engine.determinant import Determinant, DeterminantSource
from meterside.engine.explain import SegmentInputs, explain_change
from meterside.engine.period import Period
from meterside.engine.rated import RatedSegment
from meterside.engine.rating import RatingError
from meterside.engine.series import DatedSeries
from meterside.engine.tariff import InvalidTariff
from meterside.engine.tariff.document import tariff_from_toml
from tests.engine.tables import worked_table
from tests.engine.worked import bill, days_from, fact, step, tariff_of, used

PAGE = "algorithms/billed-use.md"
SEWER = '[[c]]\nkind = "usage"\ncode = "sewer"\nlabel = "Sewer"\nprice = 4\nunit = "kgal"\ndeterminant = "sewer_use"\n'
GAS = (
    '[[c]]\nkind = "usage"\ncode = "gas"\nlabel = "Gas"\nprice = 1\nunit = "therm"\ndeterminant = "therms"\n'
)
LIGHT = (
    '[[c]]\nkind = "usage"\ncode = "light"\nlabel = "L"\nprice = 0.1\nunit = "kWh"\ndeterminant = "burnt"\n'
)


def use(**terms: str) -> str:
    """A version with one use; the values are TOML."""
    return f"uses = [{{ {', '.join(f'{name} = {value}' for name, value in terms.items())} }}]\n"


def sewer(**terms: str) -> str:
    return use(name='"sewer_use"', unit='"kgal"', **terms) + SEWER


@pytest.mark.parametrize("row", worked_table(PAGE, "water"), ids=" ".join)
def test_sewer(row: tuple[str, ...]) -> None:
    water, share, winter, pick, least, most, units, rounding, billed = row
    terms = {"name": '"sewer_use"', "unit": '"kgal"', "of": '["water_share"]', "each": '"units"'}
    if winter != "none":
        order = '"winter", "water_share"' if pick == "first" else '"water_share", "winter"'
        terms |= {"of": f"[{order}]", "pick": f'"{pick}"'}
    terms |= {name: value for name, value in (("least", least), ("most", most)) if value != "none"}
    if rounding != "none":
        terms["rounding"] = step(rounding)
    share_use = f'{{ name = "water_share", unit = "kgal", times = [{share}] }}'
    body = use(**terms).replace("uses = [", f"uses = [{share_use}, ") + SEWER
    prior = {} if winter == "none" else {"winter": winter}
    (line,) = bill(tariff_of(body), 30, used(water, "kgal", **prior), attributes={"units": units}).lines
    assert (line.quantity, fact(line, "billed")) == (Decimal(billed), billed)
    assert line.unrounded == Decimal(billed) * 4


@pytest.mark.parametrize("row", worked_table(PAGE, "main"), ids=" ".join)
def test_a_deduct_meter(row: tuple[str, ...]) -> None:
    main, deduct, billed = row
    tariff = tariff_of(sewer(of='["usage", "deduct"]', pick='"difference"'))
    given = used(main, "kgal")
    given["deduct"] = Determinant("deduct", Decimal(deduct), "kgal", DeterminantSource.REGISTER)
    if billed == "refused":
        with pytest.raises(RatingError, match="negative_usage"):
            bill(tariff, 30, given)
        return
    assert bill(tariff, 30, given).lines[0].quantity == Decimal(billed)


def test_a_winter_average_follows_the_days_of_a_first_bill() -> None:
    tariff = tariff_of(sewer(of='["winter"]', proration='{ method = "days/30" }'))
    assert bill(tariff, 18, used("9", "kgal", winter="5")).lines[0].quantity == 3
    assert bill(tariff, 30, used("9", "kgal", winter="5")).lines[0].quantity == 5


@pytest.mark.parametrize("row", worked_table(PAGE, "ccf"), ids=" ".join)
def test_gas(row: tuple[str, ...]) -> None:
    volume, measured, heat, pressure, temperature, factor, rounding, said, therms = row
    terms = {"name": '"therms"', "unit": '"therm"', "measured_unit": '"ccf"', "times": f"[{temperature}]"}
    terms["times_given"] = '{ name = "pressure_factor", default = 1 }'
    for name, value in (("measured_rounding", measured), ("factor_rounding", factor), ("rounding", rounding)):
        if value != "none":
            terms[name] = step(value)
    body = f"conversion = {{ therms_per_ccf = {heat} }}\n" + use(**terms) + GAS
    segment = bill(tariff_of(body), 30, used(volume), attributes={"pressure_factor": pressure})
    (line,) = segment.lines
    assert (fact(line, "factor"), line.quantity) == (said, Decimal(therms))


@pytest.mark.parametrize("row", worked_table(PAGE, "lamps"), ids=" ".join)
def test_lights(row: tuple[str, ...]) -> None:
    lamps, days, proration, billed = row
    terms = {"name": '"burnt"', "unit": '"kWh"', "assumed": "37", "each": '"lamps"', "per": '"month"'}
    if proration != "none":
        terms["proration"] = f'{{ method = "{proration}" }}'
    (line,) = bill(tariff_of(use(**terms) + LIGHT), int(days), attributes={"lamps": lamps}).lines
    assert line.quantity == Decimal(billed)


def test_a_line_says_from_what_its_use_was_worked_out() -> None:
    tariff = tariff_of(sewer(times="[0.9]", most="10"))
    (line,) = bill(tariff, 30, used("12", "kgal")).lines
    assert line.formula_text == "10 kgal (12 kgal x 0.9, at most 10) x $4.00 = $40.00"
    (line,) = bill(tariff, 30, used("5", "kgal")).lines
    assert line.formula_text == "4.5 kgal (5 kgal x 0.9) x $4.00 = $18.00"
    least = tariff_of(sewer(of='["usage", "winter"]', pick='"least"'))
    (line,) = bill(least, 30, used("12", "kgal", winter="5")).lines
    assert line.formula_text == "5 kgal (winter 5 kgal) x $4.00 = $20.00"


def heat_of(*values: tuple[date, str]) -> dict[str, DatedSeries]:
    return {"heat": DatedSeries("heat", tuple((day, Decimal(value)) for day, value in values))}


def gas_bill(period: int | Period = 30) -> RatedSegment:
    body = 'conversion = { therms_per_ccf = { series = "heat" } }\n'
    body += use(name='"therms"', unit='"therm"', measured_unit='"ccf"') + GAS
    heat = heat_of((date(2025, 5, 1), "1.02"), (date(2025, 6, 16), "1.04"))
    return bill(tariff_of(body), period, used("300"), series=heat)


def test_a_heat_content_that_changes_cuts_the_bill() -> None:
    lines = gas_bill().lines
    assert [(line.quantity, line.series[0].value) for line in lines] == [
        (Decimal(153), Decimal("1.02")),
        (Decimal(156), Decimal("1.04")),
    ]


def test_a_factor_may_stand_in_a_series_or_depend_on_the_season() -> None:
    seasons = (
        "seasons = [{ name = 'summer', ranges = [{ from = '04-01', to = '09-30' }] },"
        " { name = 'winter', ranges = [{ from = '10-01', to = '03-31' }] }]\n"
    )
    by_season = "[{ by = ['season'], values = { summer = 0.5, winter = 1 } }]"
    tariff = tariff_of(seasons + sewer(times=by_season))
    period = Period(date(2025, 9, 21), date(2025, 10, 11))
    lines = bill(tariff, period, used("20", "kgal")).lines
    assert [(line.season, line.quantity) for line in lines] == [
        ("summer", Decimal(5)),
        ("winter", Decimal(10)),
    ]
    named = tariff_of(sewer(times="[{ series = 'heat' }]"))
    assert named.series_named() == ("heat",)
    halves = heat_of((date(2025, 5, 1), "0.5"), (date(2025, 6, 16), "1"))
    assert [line.quantity for line in bill(named, 30, used("20", "kgal"), series=halves).lines] == [5, 10]


def test_what_a_tariff_needs_is_what_its_uses_come_from() -> None:
    tariff = tariff_of(sewer(of='["usage", "deduct"]', pick='"difference"', measured_unit='"ccf"'))
    assert tariff.determinant_units() == {"usage": "ccf", "deduct": "ccf"}
    lamps = tariff_of(use(name='"burnt"', unit='"kWh"', assumed="37", each='"lamps"') + LIGHT)
    assert (lamps.determinant_units(), lamps.numbers_needed()) == ({}, {"lamps": None})


def test_what_is_missing_is_said() -> None:
    both = tariff_of(sewer(of='["winter", "deduct"]', pick='"least"'))
    with pytest.raises(RatingError, match="needs deduct"):
        bill(both, 30, used("1", "kgal", winter="1"))
    first = tariff_of(sewer(of='["winter", "average"]'))
    with pytest.raises(RatingError, match="winter or average"):
        bill(first, 30, used("1", "kgal"))
    with pytest.raises(RatingError, match="negative_usage"):
        bill(tariff_of(sewer()), 30, used("-1", "kgal"))
    with pytest.raises(RatingError, match="unit"):
        bill(tariff_of(sewer()), 30, used("1", "kWh"))


def test_a_rate_change_inside_the_bill_shares_the_worked_out_use() -> None:
    text = toml_of(tariff_of(sewer(times="[0.5]")))
    new = text.split("[[versions]]")[1].replace("2020-01-01", "2025-06-11").replace("0.5", "1")
    old = text.replace(
        'effective_from = "2020-01-01"', 'effective_from = "2020-01-01"\neffective_to = "2025-06-11"'
    )
    tariff = tariff_from_toml(old + "\n[[versions]]" + new)
    assert [line.quantity for line in bill(tariff, 30, used("30", "kgal")).lines] == [5, 20]


def test_a_change_is_explained_through_worked_out_use() -> None:
    tariff = tariff_of(sewer(times="[0.9]", most="10"))

    def inputs(days: int, water: str) -> SegmentInputs:
        period = days_from(days)
        return SegmentInputs(tariff=tariff, period=period, determinants=used(water, "kgal"), attributes={})

    parts = {
        part.kind.value: part.amount_cents
        for part in explain_change(inputs(30, "10"), inputs(31, "30")).parts
    }
    assert sum(parts.values()) == 4000 - 3600
    assert parts == {"days": 120, "use": 280, "rate": 0, "credits": 0, "one_time": 0}


REFUSED: list[tuple[str, str, str]] = [
    (sewer(of='["sewer_use"]'), "uses[0].of", "listed before"),
    (sewer(pick='"least"'), "uses[0].pick", "two quantities"),
    (sewer(measured_rounding="{ step = 1 }"), "uses[0].measured_rounding", "measured_unit"),
    (sewer(measured_unit='"barrel"'), "uses[0].measured_unit", "unknown unit"),
    (sewer(least="3", most="2"), "uses[0].least", "more than most"),
    (sewer(most="-1"), "uses[0].most", "negative"),
    (sewer(times="[1, -0.5]"), "uses[0].times[1]", "negative"),
    (sewer(times="0.5"), "uses[0].times", "list"),
    (sewer(times="[1, 'x']"), "uses[0].times[1]", "exact number"),
    (sewer(assumed="3", of='["usage"]'), "uses[0].of", "beside assumed"),
    (sewer(rounding="{ step = 0 }"), "uses[0].rounding.step", "more than zero"),
    (sewer(cap="3"), "uses[0].cap", "known field"),
]


@pytest.mark.parametrize(("body", "path", "message"), REFUSED)
def test_a_use_that_cannot_be_worked_out_is_refused(body: str, path: str, message: str) -> None:
    with pytest.raises(InvalidTariff) as found:
        tariff_of(body)
    assert any(
        each.path == f"versions[0].{path}" and message in each.message for each in found.value.problems
    )


@pytest.mark.parametrize(
    "terms",
    [
        {
            "times": "[0.9, { by = ['a'], values = { x = 1, y = { series = 's' } } }]",
            "most": "3",
            "per": '"month"',
        },
        {"of": '["usage", "winter"]', "pick": '"sum"', "measured_unit": '"gal"', "times_given": '"f"'},
        {"assumed": "4", "each": '["u", { name = "v", default = 2 }]', "proration": '{ method = "365" }'},
    ],
)
def test_a_use_survives_as_a_document(terms: dict[str, Any]) -> None:
    tariff = tariff_of(sewer(**terms))
    assert tariff_from_toml(toml_of(tariff)) == tariff
