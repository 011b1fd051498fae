"""Budget-based water: the tables of docs/algorithms/water-budget.md."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.connectors.tariffs.own.toml_text import toml_of
from meterside.engine.determinant import Determinant, DeterminantSource
from meterside.engine.explain import SegmentInputs, explain_change
from meterside.engine.period import Period
from meterside.engine.rated import RatedLine
from meterside.engine.rating import RatingError
from meterside.engine.series import DatedSeries
from meterside.engine.tariff import InvalidTariff, Tariff
from meterside.engine.tariff.document import tariff_from_toml
from tests.engine.tables import worked_table
from tests.engine.worked import bill, days_from, fact, tariff_of, used

PAGE = "algorithms/water-budget.md"
INDOOR = {"people": '"people"', "gallons_per_person_day": "55"}
OUTDOOR = {
    "area": '"area"',
    "evapotranspiration": "{ given = 'inches' }",
    "plant_factor": "0.7",
    "gallons_per_inch": "0.62",
}
HOME = {"people": "4", "area": "2000", "inches": "5.8"}
FIVE = 'prices = [1.69, 1.94, 3.32, 5.12, 9.59]\nbounds = ["indoor", "100%", "125%", "150%"]\n'


def table(fields: dict[str, str]) -> str:
    return "{ " + ", ".join(f"{name} = {value}" for name, value in fields.items()) + " }"


def budget(
    indoor: dict[str, str] | None = None,
    outdoor: dict[str, str] | None = None,
    tiers: str = FIVE,
    more: str = "",
) -> Tariff:
    return tariff_of(
        "conversion = { gallons_per_cf = 7.48 }\n"
        '[[c]]\nkind = "budget"\ncode = "water"\nlabel = "Water"\nunit = "ccf"\n'
        + tiers
        + more
        + (f"indoor = {table(INDOOR if indoor is None else indoor)}\n")
        + (f"outdoor = {table(OUTDOOR if outdoor is None else outdoor)}\n")
    )


def first_line(tariff: Tariff, use: str = "5", days: int | Period = 30, **more: Any) -> RatedLine:
    return bill(tariff, days, used(use), attributes=HOME, **more).lines[0]


@pytest.mark.parametrize("row", worked_table(PAGE, "people"), ids=" ".join)
def test_the_budget(row: tuple[str, ...]) -> None:
    people, area, days, inches, per, *expected = row
    weather = {**OUTDOOR, "evapotranspiration": f"{{ inches = {inches}, per = '{per}' }}"}
    segment = bill(budget(outdoor=weather), int(days), used("3"), attributes={"people": people, "area": area})
    assert [fact(segment.lines[0], name) for name in ("indoor", "outdoor", "budget")] == expected


ET = {"et": DatedSeries("et", ((date(2025, 6, 1), Decimal("5.8")), (date(2025, 7, 1), Decimal("6.2"))))}
BY_SERIES = {**OUTDOOR, "evapotranspiration": "{ series = 'et', per = 'month' }"}


@pytest.mark.parametrize("row", worked_table(PAGE, "from"), ids=" ".join)
def test_the_weather_of_a_series(row: tuple[str, ...]) -> None:
    start, end, inches, outdoor = row
    tariff = budget(outdoor=BY_SERIES)
    assert tariff.series_named() == ("et",)
    period = Period(date.fromisoformat(start), date.fromisoformat(end))
    segment = bill(tariff, period, used("5"), attributes=HOME, series=ET)
    (line,) = segment.lines
    assert (fact(line, "inches"), fact(line, "outdoor")) == (inches, outdoor)
    assert len(line.series) == (2 if period.start.month != period.last_day.month else 1)


@pytest.mark.parametrize("row", worked_table(PAGE, "use"), ids=" ".join)
def test_the_tiers(row: tuple[str, ...]) -> None:
    use, quantities, amounts, total = row
    segment = bill(budget(), 30, used(use), attributes=HOME)
    assert [line.quantity for line in segment.lines] == [Decimal(each) for each in quantities.split()]
    assert [Decimal(line.amount_cents) / 100 for line in segment.lines] == [
        Decimal(each) for each in amounts.split()
    ]
    assert Decimal(segment.total_cents) / 100 == Decimal(total)


@pytest.mark.parametrize("row", worked_table(PAGE, "change"), ids=" ".join)
def test_variations(row: tuple[str, ...]) -> None:
    change, *expected = row
    indoor, outdoor, more = dict(INDOOR), dict(OUTDOOR), ""
    if change.endswith("left out"):
        del outdoor["gallons_per_inch"]
    elif change.startswith("budget_rounding"):
        more = "budget_rounding = { step = 1, rule = 'up' }\n"
    else:
        place, value = change.split(" = ")
        part, name = place.split(".")
        target = indoor if part == "indoor" else outdoor
        target[name] = f"{{ name = 'more', default = {value} }}" if name == "variance" else value
    line = first_line(budget(indoor, outdoor, more=more))
    assert [fact(line, name) for name in ("indoor", "outdoor", "budget")] == expected


def test_an_allotment_that_is_given() -> None:
    tariff = tariff_of(
        '[[c]]\nkind = "budget"\ncode = "w"\nlabel = "W"\nunit = "ccf"\nallotment = "rolling_average"\n'
        'prices = [2, 4, 8]\nbounds = ["100%", "150%"]\n'
    )
    assert tariff.determinant_units() == {"usage": "ccf", "rolling_average": "ccf"}
    segment = bill(tariff, 30, used("20", rolling_average="10"))
    assert [line.quantity for line in segment.lines] == [10, 5, 5]
    assert segment.lines[0].formula_text == "10 ccf x $2.00 = $20.00 (budget 10 ccf: allotment 10)"


def test_a_line_says_the_budget_and_its_parts() -> None:
    lines = bill(budget(), 30, used("10"), attributes=HOME).lines
    assert lines[0].formula_text == (
        "8.823529 ccf x $1.69 = $14.91176401 (budget 15.55401 ccf: indoor 8.823529, outdoor 6.730481)"
    )
    assert lines[1].formula_text == "1.176471 ccf x $1.94 = $2.28235374"
    assert (fact(lines[1], "from_bound"), fact(lines[1], "to_bound")) == ("indoor", "100%")
    assert lines[0].formula.to_dict()["people"] == "4"


def test_a_change_of_days_changes_the_budget() -> None:
    def inputs(days: int) -> SegmentInputs:
        return SegmentInputs(
            tariff=budget(outdoor={**BY_SERIES, "evapotranspiration": "{ given = 'inches', per = 'day' }"}),
            period=days_from(days),
            determinants=used(str(days)),
            attributes={**HOME, "inches": "0.2"},
        )

    parts = {part.kind.value: part.amount_cents for part in explain_change(inputs(30), inputs(33)).parts}
    whole = bill(inputs(33).tariff, 33, used("33"), attributes={**HOME, "inches": "0.2"}).total_cents
    before = bill(inputs(30).tariff, 30, used("30"), attributes={**HOME, "inches": "0.2"}).total_cents
    assert parts == {"days": whole - before, "use": 0, "rate": 0, "credits": 0, "one_time": 0}


def test_a_rate_change_gives_each_part_its_days() -> None:
    text = toml_of(budget())
    new = text.split("[[versions]]")[1].replace("2020-01-01", "2025-06-11")
    old = text.replace(
        'effective_from = "2020-01-01"', 'effective_from = "2020-01-01"\neffective_to = "2025-06-11"'
    )
    tariff = tariff_from_toml(old + "\n[[versions]]" + new)
    lines = bill(tariff, 30, used("15"), attributes=HOME).lines
    budgets = [fact(line, "budget") for line in lines if line.tier == 1]
    assert budgets == ["5.18467", "10.369341"]
    assert sum(line.quantity for line in lines) == 15


def test_what_is_missing_is_said() -> None:
    with pytest.raises(RatingError, match="needs people"):
        bill(budget(), 30, used("1"), attributes={"area": "1", "inches": "1"})
    with pytest.raises(RatingError, match="missing_series"):
        first_line(budget(outdoor=BY_SERIES))
    with pytest.raises(RatingError, match="no value on 2025-05-31"):
        first_line(budget(outdoor=BY_SERIES), days=Period(date(2025, 5, 31), date(2025, 6, 2)), series=ET)
    nothing = {**OUTDOOR, "efficiency": "{ series = 'e' }"}
    with pytest.raises(RatingError, match="divided"):
        first_line(budget(outdoor=nothing), series={"e": DatedSeries("e", ((date(2020, 1, 1), Decimal(0)),))})


def tiers(prices: str, bounds: str) -> str:
    return f"prices = {prices}\nbounds = {bounds}\n"


REFUSED = [
    ({"tiers": tiers("[1, 2]", '["100%", "150%"]')}, "bounds", "one bound fewer"),
    ({"tiers": tiers("[1, 2, 3]", '["150%", "100%"]')}, "bounds[1]", "does not rise"),
    ({"tiers": tiers("[1, 2, 3]", '["100%", "indoor"]')}, "bounds[1]", "first tier"),
    ({"tiers": tiers("[1, 2]", '["garden"]')}, "bounds[0]", "indoor or outdoor"),
    ({"tiers": tiers("[1, 2]", '["0%"]')}, "bounds[0]", "does not rise"),
    ({"outdoor": {**OUTDOOR, "efficiency": "0"}}, "outdoor.efficiency", "more than zero"),
    ({"outdoor": {**OUTDOOR, "plant_factor": "-1"}}, "outdoor.plant_factor", "negative"),
    ({"outdoor": {**OUTDOOR, "evapotranspiration": "{}"}}, "outdoor.evapotranspiration", "one of"),
    (
        {"outdoor": {**OUTDOOR, "evapotranspiration": "{ inches = 1, given = 'x' }"}},
        "outdoor.evapotranspiration",
        "one of",
    ),
    ({"outdoor": {**OUTDOOR, "lawn": "1"}}, "outdoor.lawn", "known field"),
    ({"indoor": {**INDOOR, "days": "0"}}, "indoor.days", "more than zero"),
    ({"indoor": {"people": '"p"'}}, "indoor.gallons_per_person_day", "missing"),
]


@pytest.mark.parametrize(("terms", "path", "message"), REFUSED)
def test_a_budget_that_cannot_be_worked_out_is_refused(terms: Any, path: str, message: str) -> None:
    with pytest.raises(InvalidTariff) as found:
        budget(**terms)
    assert any(
        each.path == f"versions[0].components[0].{path}" and message in each.message
        for each in found.value.problems
    )


def test_a_charge_without_a_budget_is_refused() -> None:
    with pytest.raises(InvalidTariff, match="has no budget"):
        tariff_of(
            '[[c]]\nkind = "budget"\ncode = "w"\nlabel = "W"\nunit = "ccf"\nprices = [2]\nbounds = []\n'
        )


@pytest.mark.parametrize("outdoor", [OUTDOOR, BY_SERIES, {**OUTDOOR, "share": "{ series = 'drought' }"}])
def test_a_budget_survives_as_a_document(outdoor: dict[str, str]) -> None:
    tariff = budget(outdoor=outdoor)
    assert tariff_from_toml(toml_of(tariff)) == tariff


def test_an_allotment_follows_what_the_agreement_says() -> None:
    given = used("20")
    given["average"] = Determinant("average", Decimal(7480), "gal", DeterminantSource.PRIOR)
    tariff = tariff_of(
        'conversion = { gallons_per_cf = 7.48 }\n[[c]]\nkind = "budget"\ncode = "w"\nlabel = "W"\nunit = "ccf"\n'
        'allotment = "average"\nprices = [2, 4]\nbounds = ["100%"]\n'
    )
    assert [line.quantity for line in bill(tariff, 30, given).lines] == [10, 10]


@given(st.decimals(0, 500, places=3), st.decimals(0, 100, places=3), st.integers(0, 12), st.integers(1, 70))
def test_more_use_never_costs_less_and_lines_hold_all_use(
    use: Decimal, more: Decimal, people: int, days: int
) -> None:
    tariff = budget()
    attributes = {**HOME, "people": people}
    less = bill(tariff, days, used(str(use)), attributes=attributes)
    after = bill(tariff, days, used(str(use + more)), attributes=attributes)
    assert less.total_cents <= after.total_cents
    assert sum(line.quantity for line in less.lines) == use
