"""`meterside bill explain`: every line of an issued bill, from what was frozen with it."""

from __future__ import annotations

import json
from datetime import date

import pytest
from click.testing import CliRunner

from meterside.cis.billing.models import Bill
from meterside.cli.bill import bill_group
from meterside.kit import clock
from tests.cast import bill_month, instant, read_dial, riverside

pytestmark = pytest.mark.django_db
JAN, FEB = date(2025, 1, 1), date(2025, 2, 1)


@pytest.fixture
def bill() -> Bill:
    made = riverside()
    for day, kwh, cf, kind in ((JAN, 1000, 500, "actual"), (FEB, 1744, 1500, "customer")):
        read_dial(made.alice.electric, day, kwh, kind)
        read_dial(made.alice.water, day, cf)
    with clock.clock_at(instant("2025-02-01T06:00")):
        bill_month(JAN, FEB, [made.alice.account])
    return Bill.objects.get()


def told(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(bill_group, ["explain", *words])
    assert done.exit_code == code, done.output
    return done.output


def test_each_line_with_its_reads_its_rate_and_its_exact_sum(bill: Bill) -> None:
    text = told(str(bill.number))
    for words in (
        f"Bill {bill.number} of 2025-02-01, issued",
        "electric, rate E-1",
        "650 kWh x $0.0934 = $60.71",
        "energy, of the rate of 2020-01-01",
        "days 2025-01-01 to 2025-01-31",
        "usage: 744000 Wh, register",
        "2025-01-01: 1000000 Wh, actual, meter A-E, register kWh, v1",
        "2025-02-01: 1744000 Wh, customer, meter A-E, register kWh, v1",
        "exactly $60.71, rounded 60.71",
        "electric in all",
    ):
        assert words in text, (words, text)
    assert text.rstrip().endswith(f"{bill.current_charges_cents / 100:,.2f}")


def test_the_same_for_programs(bill: Bill) -> None:
    data = json.loads(told(str(bill.number), "--json"))
    lines = [line for segment in data["segments"] for line in segment["lines"]]
    assert sum(line["amount_cents"] for line in lines) == bill.current_charges_cents
    for line in lines:
        assert {"component", "version_from", "span", "unrounded", "formula", "formula_text", "behind"} <= set(
            line
        )
    first = next(line for line in lines if line.get("determinant") == "usage")
    assert [read["kind"] for read in first["behind"][0]["reads"]] == ["actual", "customer"]


def test_a_number_that_no_bill_has(bill: Bill) -> None:
    assert told("999", code=1) == "Error: no bill 999\n"
