"""First and last bills, bills of 27 to 35 days, rate changes, tiers by days: docs/algorithms/proration.md."""

from __future__ import annotations

from datetime import date

import pytest

from meterside.connectors.tariffs.own.toml_text import toml_of
from meterside.engine.tariff.document import tariff_from_toml
from tests.engine.tables import worked_table
from tests.engine.worked import bill, cents, days_from, tariff_of, used

PAGE = "algorithms/proration.md"


def proration(method: str, window: str = "none") -> str:
    if method == "none":
        return ""
    inside = "" if window == "none" else f", tolerance_days = [{', '.join(window.split())}]"
    return f'proration = {{ method = "{method}"{inside} }}\n'


@pytest.mark.parametrize("row", worked_table(PAGE, "prorated by"), ids=" ".join)
def test_first_last_and_ordinary_bills(row: tuple[str, ...]) -> None:
    method, window, days, full, amount = row
    body = '[[c]]\nkind = "fixed"\ncode = "f"\nlabel = "F"\namount = 30\n' + proration(method, window)
    segment = bill(tariff_of(body), int(days), cycle=days_from(int(full)))
    assert segment.total_cents == cents(amount)


CHARGES = {
    "fixed": ("amount = 30\n", "amount = 60\n"),
    "usage": ('unit = "kWh"\nprice = 0.10\n', 'unit = "kWh"\nprice = 0.20\n'),
    "tiered": (
        'unit = "kWh"\nprices = [0.10, 0.20]\nwidths = [100]\n',
        'unit = "kWh"\nprices = [0.20, 0.40]\nwidths = [100]\n',
    ),
}


@pytest.mark.parametrize("row", worked_table(PAGE, "component"), ids=" ".join)
def test_a_rate_change_inside_the_bill(row: tuple[str, ...]) -> None:
    kind, pick, method, old_days, old, new_days, new, together = row
    head = f'[[c]]\nkind = "{kind}"\ncode = "c"\nlabel = "C"\nversion_pick = "{pick}"\n' + proration(method)
    before, after = (toml_of(tariff_of(head + terms)) for terms in CHARGES[kind])
    first, following = 'effective_from = "2020-01-01"', 'effective_from = "2025-06-11"'
    tariff = tariff_from_toml(
        before.replace(first, f'{first}\neffective_to = "2025-06-11"')
        + "\n[[versions]]"
        + after.split("[[versions]]")[1].replace(first, following)
    )
    segment = bill(tariff, 30, used("300", "kWh"), bill_date=date(2025, 6, 10))
    for version, days, amount in ((date(2020, 1, 1), old_days, old), (date(2025, 6, 11), new_days, new)):
        lines = [line for line in segment.lines if line.version_from == version]
        assert {str(line.span.days) for line in lines} == ({days} if days else set())
        assert sum(line.amount_cents for line in lines) == (cents(amount) if amount else 0)
    assert segment.total_cents == cents(together)


@pytest.mark.parametrize("row", worked_table(PAGE, "days | full period"), ids=" ".join)
def test_tiers_by_days(row: tuple[str, ...]) -> None:
    days, full, method, window, first, second = row
    body = '[[c]]\nkind = "tiered"\ncode = "t"\nlabel = "T"\nunit = "kWh"\nprices = [1, 2, 3]\nwidths = [100, 300]\n'
    segment = bill(
        tariff_of(body + proration(method, window)),
        int(days),
        used("5000", "kWh"),
        cycle=days_from(int(full)),
    )
    widths = [f"{line.quantity.normalize():f}" for line in segment.lines[:2]]
    assert widths == [first, second]
