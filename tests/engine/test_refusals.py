"""Bad tariff files: refused with file, place and reason, and nothing of them is kept or written."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from meterside.cli.tariff import make_tariff_group
from meterside.engine.tariff import Tariff

GOOD = """
format = "meterside-tariff/1"
code = "w-1"
name = "Water one"
utility = "Riverbend"
commodity = "water"

[[versions]]
effective_from = 2024-01-01
effective_to = 2025-01-01

[[versions.components]]
kind = "fixed"
code = "service"
label = "Service"
amount = 10

[[versions]]
effective_from = 2025-01-01
seasons = [
  { name = "dry", ranges = [{ from = "05-01", to = "10-31" }] },
  { name = "wet", ranges = [{ from = "11-01", to = "04-30" }] },
]
uses = [{ name = "sewer_use", unit = "ccf", times = [0.9], measured_unit = "ccf" }]

[[versions.components]]
kind = "fixed"
code = "service"
label = "Service"
amount = 12

[[versions.components]]
kind = "tiered"
code = "water"
label = "Water"
unit = "ccf"
prices = { by = ["season"], values = { dry = [2, 4], wet = [1, 2] } }
widths = [9]

[[versions.components]]
kind = "counted"
code = "storm"
label = "Stormwater"
amount = 4
count = "area"
size = 2500

[[versions.components]]
kind = "budget"
code = "garden"
label = "Garden"
unit = "ccf"
prices = [1, 2, 3]
bounds = ["100%", "150%"]
outdoor = { area = "area", evapotranspiration = { inches = 5 }, plant_factor = 0.7, efficiency = 0.8 }

[[versions.components]]
kind = "minimum"
code = "least"
label = "Least"
amount = 15

[[versions.components]]
kind = "percent"
code = "tax"
label = "Tax"
rate = 0.05
"""

OWRS = """
metadata:
  effective_date: 2018-01-01
  utility_name: Spring Valley
  bill_frequency: Monthly
rate_structure:
  HOME:
    service_charge: 10
    commodity_charge: Tiered
    tier_starts_commodity: [0, 13]
    tier_prices_commodity: [1, 2]
    bill: service_charge+commodity_charge
"""

ZERO = "conversion = { gallons_per_cf = 0 }\nseasons = [\n"
#: What is done to the good file, the place it is refused at, and the reason.
FAULTS = [
    ("eight per cent as eight", "rate = 0.05", "rate = 8", "components[5].rate", "one per cent is written 0.01"),
    ("a gap in dates", "effective_to = 2025-01-01", "effective_to = 2024-12-01", "versions[0].effective_to", "gap"),
    ("an overlap", "effective_to = 2025-01-01", "effective_to = 2025-02-01", "versions[0].effective_to", "overlaps"),
    ("no end", "effective_to = 2025-01-01\n", "", "versions[0].effective_to", "overlaps the next version"),
    ("versions in no order", "effective_from = 2025-01-01", "effective_from = 2023-01-01", "versions[0].", "overlaps"),
    ("a day without a season", 'to = "10-31"', 'to = "10-30"', "versions[1].components[1]", "10-31 lies in none"),
    ("a day in two seasons", 'to = "10-31"', 'to = "11-01"', "versions[1].seasons", "11-01 lies in both"),
    ("a season without a price", "wet = [1, 2]", "moist = [1, 2]", "versions[1].components[1]", "season 'moist'"),
    ("tiers out of order", '["100%", "150%"]', '["150%", "100%"]', "versions[1].components[3].bounds[1]", "not rise"),
    ("two tiers at one bound", '["100%", "150%"]', '["100%", "100%"]', "components[3].bounds[1]", "does not rise"),
    ("a tier without width", "widths = [9]", "widths = [0]", "versions[1].components[1].widths", "wider than nothing"),
    ("a negative width", "widths = [9]", "widths = [-9]", "versions[1].components[1].widths", "wider than nothing"),
    ("widths that do not fit", "widths = [9]", "widths = [9, 9]", "components[1].widths", "one width fewer"),
    ("a negative minimum", "amount = 15", "amount = -15", "versions[1].components[4].amount", "negative"),
    ("an unknown key", "amount = 15", "amount = 15\namont = 1", "components[4].amont", "not a known field"),
    ("an unknown key of a use", "times = [0.9]", "times = [0.9], share = 1", "uses[0].share", "known field"),
    ("a division by zero", "size = 2500", "size = 0", "versions[1].components[2].size", "more than zero"),
    ("another division by zero", "efficiency = 0.8", "efficiency = 0", "outdoor.efficiency", "more than zero"),
    ("a conversion by zero", "seasons = [\n", ZERO, "versions[1].conversion.gallons_per_cf", "more than zero"),
    ("a step of zero", "times = [0.9]", "times = [0.9], rounding = { step = 0 }", "uses[0].rounding.step", "more than"),
    ("a number that is none", "rate = 0.05", 'rate = "5%"', "versions[1].components[5].rate", "exact number"),
    ("a number without end", "rate = 0.05", "rate = inf", "versions[1].components[5].rate", "plain number"),
    ("an unknown kind", 'kind = "minimum"', 'kind = "minimun"', "versions[1].components[4].kind", "use one of"),
    ("no TOML", "amount = 15", "amount = = 15", "line", ""),
]  # fmt: skip


class Kept:
    """A store that remembers, and may fail."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    def __call__(self, tariff: Tariff, *, source: str) -> str:
        self.codes.append(tariff.code)
        return f"new from {source}"


def imported(path: Path, kept: Kept) -> Result:
    out = path.parent / "out"
    group = make_tariff_group(store=kept)
    arguments = ["import", str(path), "--store", "--out", str(out)]
    result = CliRunner().invoke(group, arguments, catch_exceptions=False)
    assert not list(out.glob("*")) or kept.codes
    return result


def test_the_good_files_are_kept(tmp_path: Path) -> None:
    for name, text in (("w.toml", GOOD), ("w.owrs", OWRS)):
        kept = Kept()
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert imported(tmp_path / name, kept).exit_code == 0
        assert len(kept.codes) == 1


@pytest.mark.parametrize(
    ("name", "right", "wrong", "place", "reason"), FAULTS, ids=[each[0] for each in FAULTS]
)
def test_a_fault_is_refused_with_file_place_and_reason(
    name: str, right: str, wrong: str, place: str, reason: str, tmp_path: Path
) -> None:
    assert GOOD.count(right) >= 1, name
    path = tmp_path / "rates-2025.toml"
    path.write_text(GOOD.replace(right, wrong, 1), encoding="utf-8")
    kept = Kept()
    result = imported(path, kept)
    assert result.exit_code == 1
    assert "rates-2025.toml" in result.output
    assert place in result.output
    assert reason in result.output
    assert kept.codes == []
    assert not list((tmp_path / "out").glob("*"))


OWRS_FAULTS = [
    ("[0, 13]", "[0, 13, 5]", "rate_structure.HOME.tier_starts_commodity", "do not rise"),
    (
        "service_charge+commodity_charge",
        "service_charge/0+commodity_charge",
        "rate_structure.HOME.bill",
        "zero",
    ),
    ("service_charge: 10", "service_charge: ten", "rate_structure.HOME.service_charge", "names ten"),
]


@pytest.mark.parametrize(("right", "wrong", "place", "reason"), OWRS_FAULTS)
def test_a_fault_of_another_format_too(
    right: str, wrong: str, place: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "valley.owrs"
    path.write_text(OWRS.replace(right, wrong, 1), encoding="utf-8")
    kept = Kept()
    result = imported(path, kept)
    assert result.exit_code == 1
    for words in ("valley.owrs", place, reason):
        assert words in result.output
    assert kept.codes == []


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "rates.toml"
    path.write_text(
        GOOD.replace("amount = 15", "amount = -15").replace("size = 2500", "size = 0"), encoding="utf-8"
    )
    output = imported(path, Kept()).output
    assert "components[2].size" in output
    assert "components[4].amount" in output


def test_other_files_of_the_same_command_stand_on_their_own(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(GOOD, encoding="utf-8")
    bad.write_text(GOOD.replace("amount = 15", "amount = -15").replace('"w-1"', '"w-2"'), encoding="utf-8")
    kept = Kept()
    arguments = ["import", str(bad), str(good), "--store"]
    result = CliRunner().invoke(make_tariff_group(store=kept), arguments, catch_exceptions=False)
    assert (result.exit_code, kept.codes) == (1, ["w-1"])
