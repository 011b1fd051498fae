"""Sewer by the winter average, worked out from the agreement's own bills, kept for a year, and billed again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import IntegrityError, transaction

from meterside.cis.billing.books import prove_books
from meterside.cis.billing.corrections.rebilling import rebill
from meterside.cis.billing.inputs.winter import rule_of, set_winter_average_policy
from meterside.cis.billing.models import Bill, BillException, RatingStateEntry, WinterAveragePolicy
from meterside.cis.registry.models import ServicePoint
from meterside.cis.registry.operations import NewRegister
from meterside.cis.tariffs.series import set_series_value
from meterside.cli.policy import policy_group
from meterside.spine.models import AuditEntry
from tests.cis.priced import HEAD, Home, book, dial, every_segment_prices_again, meter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JAN, FEB, MAR, APR, MAY, JUN = (date(2025, month, 1) for month in range(1, 7))
#: Sewage is the winter average, or the water used where that is less, at 4.00; a surcharge of fuel changes by month.
SEWER = (
    HEAD % ("SEW", "sewer")
    + """
uses = [{ name = "sewage", unit = "ccf", of = ["winter_average", "usage"], pick = "least" }]
[[versions.components]]
kind = "usage"
code = "sewer"
label = "Sewer"
label_es = "Alcantarillado"
unit = "ccf"
price = "4.00"
determinant = "sewage"
[[versions.components]]
kind = "usage"
code = "fuel"
label = "Purchased gas"
label_es = "Gas comprado"
unit = "ccf"
price = { series = "pga" }
determinant = "sewage"
"""
)
RULE = {
    "unit": "ccf", "months": [1, 2, 3], "renewed_on": "04-01", "fewest": 3, "default": 5,
    "rounding": {"step": 1},
}  # fmt: skip


def _home() -> Home:
    set_winter_average_policy(since=JAN, service="sewer", rule=rule_of(RULE))
    set_series_value(code="pga", since=JAN, value=Decimal("0.10"))
    set_series_value(code="pga", since=APR, value=Decimal("0.20"))

    def one(point: ServicePoint) -> None:
        meter(point, "W", registers=[NewRegister("cf", "volume", "cf", 6)])

    home = book("sewer", SEWER, devices=one)
    # 10, 9 and 11 ccf in winter, 30 in April, 8 in May.
    for day, count in ((JAN, 0), (FEB, 1000), (MAR, 1900), (APR, 3000), (MAY, 6000), (JUN, 6800)):
        dial("W", "cf", day, count)
    return home


def _bills(home: Home) -> list[Bill]:
    months = ((JAN, FEB), (FEB, MAR), (MAR, APR), (APR, MAY), (MAY, JUN))
    return [bill for start, end in months if (bill := home.bill(start, end)) is not None]


def _charged() -> list[int]:
    return [bill.current_charges_cents for bill in Bill.objects.filter(status="issued").order_by("id")]


def _kept(home: Home) -> list[str]:
    rows = RatingStateEntry.objects.filter(agreement=home.agreement, segment__status="issued")
    return [row.state["winter_average"] for row in rows.order_by("as_of")]


def test_the_average_of_the_winter_is_billed_from_its_renewal_on() -> None:
    home = _home()
    _bills(home)
    # The default of 5 in the first winter at 4.10; the average of 10, 9 and 11 in April at 4.20; 8 used in May.
    assert _charged() == [2050, 2050, 2050, 4200, 3360]
    assert _kept(home) == ["10", "10"]
    assert "state_in" not in home.segment(MAY).inputs
    assert (home.segment(APR).inputs["state_in"], "state_in" in home.segment(JAN).inputs) == ({}, False)
    assert every_segment_prices_again() == 5


def test_a_winter_bill_made_again_leaves_the_average_of_the_year() -> None:
    home = _home()
    _, _, march, april, _ = _bills(home)
    dial("W", "cf", APR, 3300)
    rebill(bill_ids=[march.pk], reason="a digit was read wrongly")
    april.refresh_from_db()
    assert april.status == "issued"
    assert _kept(home) == ["10", "10"]
    # The bill that worked the average out is made again: 10, 9 and 14 are 11; the bill behind started from the other.
    again = rebill(bill_ids=[april.pk], reason="with the winter as it was")
    assert _kept(home) == ["11", "11"]
    assert again.segments.count() == 2
    assert again.current_charges_cents == 4620 + 3360
    assert every_segment_prices_again() == 8
    assert [finding for finding in prove_books().findings if finding.n_broken] == []


def test_a_winter_and_what_comes_of_it_made_again_together() -> None:
    home = _home()
    _, _, march, april, _ = _bills(home)
    dial("W", "cf", APR, 3300)
    again = rebill(bill_ids=[march.pk, april.pk], reason="a digit was read wrongly")
    assert _kept(home) == ["11", "11"]
    assert again.current_charges_cents == 2050 + 4620 + 3360


def test_without_a_rule_the_account_waits() -> None:
    home = _home()
    WinterAveragePolicy.objects.all().delete()
    assert home.bill(JAN, FEB) is None
    hold = BillException.objects.get()
    assert (hold.kind, hold.facts["said"]) == ("missing_determinant", "sewer needs winter_average")


def test_a_rule_is_data_and_said_once(tmp_path: Path) -> None:
    file = tmp_path / "rule.toml"
    file.write_text(
        'format = "meterside-policy/1"\ncode = "R"\nname = "Riverside"\n'
        '[winter_average]\nunit = "ccf"\nmonths = [12, 1, 2]\nrenewed_on = "04-01"\nfewest = 2\n',
        encoding="utf-8",
    )
    command = ["winter-average", str(file), "--service", "sewer"]
    for since in ("2025-01-01", "2025-03-01", "2026-01-01"):
        assert CliRunner().invoke(policy_group, [*command, "--since", since]).exit_code == 0
    row = WinterAveragePolicy.objects.get()
    assert rule_of(row.rule).months == (12, 1, 2)
    assert AuditEntry.objects.filter(action="winter_average_policy.set").count() == 1
    set_winter_average_policy(since=APR, service="sewer", rule=rule_of(RULE))
    assert [(one.during.lower, one.during.upper) for one in WinterAveragePolicy.objects.order_by("id")] == [
        (JAN, APR),
        (APR, None),
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        set_winter_average_policy(since=date(2024, 1, 1), service="sewer", rule=rule_of(RULE))
    file.write_text('format = "meterside-policy/1"\ncode = "R"\nname = "R"\n', encoding="utf-8")
    assert CliRunner().invoke(policy_group, [*command, "--since", "2026-01-01"]).exit_code != 0
