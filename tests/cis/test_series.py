"""Dated series: kept once, told by the terminal, and priced by the day into bills."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from click.testing import CliRunner

from meterside.cis.billing.corrections.rebilling import rebill
from meterside.cis.billing.models import BillException
from meterside.cis.registry.models import ServicePoint
from meterside.cis.registry.operations import NewRegister
from meterside.cis.tariffs.queries import dated_series
from meterside.cis.tariffs.series import InexactValue, series_rows, set_series_value
from meterside.cli.tariff_series import series_group
from meterside.spine.models import AuditEntry
from tests.cis.priced import HEAD, Home, book, dial, every_segment_prices_again, meter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JAN, FEB, MAR = (date(2025, month, 1) for month in range(1, 4))
GAS = (
    HEAD % ("GAS", "gas")
    + """
conversion = { therms_per_ccf = { series = "heat" } }
[[versions.components]]
kind = "usage"
code = "gas"
label = "Purchased gas"
label_es = "Gas comprado"
unit = "therm"
price = { series = "pga" }
"""
)


def _rows(code: str = "pga") -> list[tuple[date, date | None, str]]:
    return [(row.since, row.until, str(row.value)) for row in series_rows(code)]


def test_a_value_holds_until_the_next_one() -> None:
    for day, value in ((MAR, "0.7"), (JAN, "0.5"), (FEB, "-0.25")):
        assert set_series_value(code="pga", since=day, value=Decimal(value))[1] == "new"
    assert _rows() == [(JAN, FEB, "0.5"), (FEB, MAR, "-0.25"), (MAR, None, "0.7")]
    series = dated_series(["pga", "nobody"])["pga"]
    assert (series.on(date(2025, 2, 28)).value, series.on(date(2030, 1, 1)).value) == (
        Decimal("-0.25"),
        Decimal("0.7"),
    )


def test_the_same_again_changes_nothing_and_another_value_is_told() -> None:
    set_series_value(code="pga", since=JAN, value=Decimal("0.50"), name="Gas", unit="$/therm")
    assert set_series_value(code="pga", since=JAN, value=Decimal("0.5"))[1] == "unchanged"
    assert set_series_value(code="pga", since=JAN, value=Decimal("0.6"))[1] == "changed"
    said = [entry.detail for entry in AuditEntry.objects.filter(action="series.set").order_by("id")]
    assert [(one["value"], one["before"]) for one in said] == [("0.5", None), ("0.6", "0.5")]
    assert [(row.unit, row.value) for row in series_rows()] == [("$/therm", Decimal("0.6"))]


@pytest.mark.parametrize("value", ["0.1234567891", "1000000000", "NaN", "Infinity"])
def test_a_number_that_would_be_kept_as_another_is_refused(value: str) -> None:
    with pytest.raises(InexactValue):
        set_series_value(code="pga", since=JAN, value=Decimal(value))
    assert series_rows() == []


def test_the_terminal_sets_and_lists() -> None:
    run = CliRunner().invoke
    assert run(series_group, ["set", "pga", "2025-01-01", "0.5", "--unit", "$/therm"]).output == (
        "pga: 0.5 from 2025-01-01 (new)\n"
    )
    again = run(series_group, ["set", "--json", "--", "pga", "2025-02-01", "-0.25"])
    assert json.loads(again.output)["outcome"] == "new"
    assert run(series_group, ["list", "pga"]).output.splitlines() == [
        "pga  0.5 $/therm  from 2025-01-01 until 2025-02-01",
        "pga  -0.25 $/therm  from 2025-02-01 on and on",
    ]
    assert [row["value"] for row in json.loads(run(series_group, ["list", "--json"]).output)] == [
        "0.5",
        "-0.25",
    ]
    for wrong in (["pga", "2025-01-01", "much"], ["pga", "2025-01-01", "1e12"]):
        assert run(series_group, ["set", *wrong]).exit_code != 0
    told = AuditEntry.objects.filter(action="series.set").values_list("actor_kind", "actor_id")
    assert set(told) == {("staff", "terminal")}


def _gas_home() -> Home:
    def one(point: ServicePoint) -> None:
        meter(point, "G", registers=[NewRegister("ccf", "volume", "ccf", 6)])

    home = book("gas", GAS, devices=one)
    for day, count in ((JAN, 0), (FEB, 62), (MAR, 118)):
        dial("G", "ccf", day, count)
    return home


def test_gas_is_priced_at_the_values_of_its_days_and_again_at_those_of_now() -> None:
    home = _gas_home()
    set_series_value(code="heat", since=date(2024, 1, 1), value=Decimal("1.03"))
    set_series_value(code="pga", since=date(2024, 12, 1), value=Decimal("0.5"))
    set_series_value(code="pga", since=date(2025, 1, 16), value=Decimal("0.6"))
    january = home.bill(JAN, FEB)
    assert january is not None
    # 30 of the 62 ccf by January 15, 32 after: 30.9 therms at 0.50 and 32.96 at 0.60.
    assert [line["amount_cents"] for line in home.segment(JAN).rated["lines"]] == [1545, 1978]
    pga = next(one for one in home.segment(JAN).inputs["series"] if one["name"] == "pga")
    assert pga["values"] == [["2024-12-01", "0.5"], ["2025-01-16", "0.6"]]
    set_series_value(code="pga", since=date(2025, 1, 16), value=Decimal("0.7"))
    set_series_value(code="pga", since=date(2025, 6, 1), value=Decimal("0.9"))
    assert every_segment_prices_again() == 1
    again = rebill(bill_ids=[january.pk], reason="the price of January was set wrongly")
    assert again.current_charges_cents - january.current_charges_cents == 2307 - 1978
    assert {part["kind"] for part in again.statement["change"]["parts"]} == {"rate"}
    assert every_segment_prices_again() == 2


@pytest.mark.parametrize("since", [None, date(2025, 1, 2)])
def test_a_day_without_a_value_holds_the_account(since: date | None) -> None:
    home = _gas_home()
    set_series_value(code="heat", since=date(2024, 1, 1), value=Decimal("1.03"))
    if since is not None:
        set_series_value(code="pga", since=since, value=Decimal("0.5"))
    assert home.bill(JAN, FEB) is None
    assert BillException.objects.get().kind == "missing_series"
    set_series_value(code="pga", since=JAN, value=Decimal("0.5"))
    assert home.bill(JAN, FEB) is not None
