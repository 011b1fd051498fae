"""`meterside quote`: a rate priced without a database, explained, from use, registers or files of intervals."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from meterside.cli.quote import quote_command
from meterside.cli.tariff import tariff_group
from tests.connectors.green_button_documents import (
    LOS_ANGELES,
    Channel,
    block_entry,
    describing_entries,
    document,
    utc_s,
)
from tests.connectors.green_button_documents import hours as green_button_hours
from tests.engine.command_files import ELECTRIC, OWRS, SEWER, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "valley.owrs").write_text(OWRS, encoding="utf-8")
    (tmp_path / "e.toml").write_text(ELECTRIC, encoding="utf-8")
    (tmp_path / "s.toml").write_text(SEWER, encoding="utf-8")
    return tmp_path


def test_a_quote_explains_its_lines(folder: Path) -> None:
    result = run(
        quote_command, folder / "valley.owrs", "--class", "home", "--usage", 14, "--unit", "ccf",
        "--meter-size", '3/4"', "--from", "2018-01-01", "--to", "2018-02-01",
    )  # fmt: skip
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert lines[0] == "Spring Valley: Home"
    assert "2018-01-01 to 2018-01-31, 31 days" in lines
    assert "Water use, tier 1 (0 to 12 ccf) 12.06" in lines
    assert "12 ccf x $1.005 = $12.06" in lines
    assert "Water use, tier 2 (above 12 ccf) 4.00" in lines
    assert lines[-1] == "Total 26.06"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ["valley.owrs", "--class", "HOME", "--usage", "3"],
            1,
            '--attribute meter_size=... one of 3/4", 1 1/2"',
        ),
        (
            ["valley.owrs", "--class", "HOME", "--usage", "3", "--meter-size", "9"],
            1,
            'no price for meter_size 9"',
        ),
        (["valley.owrs", "--class", "FARM", "--usage", "3"], 1, "Budget"),
        (["valley.owrs", "--class", "SHOP", "--usage", "3"], 1, "HOME, FARM"),
        (["e.toml"], 2, "give --usage (in kWh)"),
        (["e.toml", "--usage", "1e3"], 2, "plain number"),
        (["e.toml", "--usage", "-4"], 1, "cannot be priced"),
        (["e.toml", "--usage", "4", "--unit", "gal"], 1, "no conversion"),
        (["e.toml", "--usage", "4", "--from", "2024-12-01", "--to", "2025-02-01"], 1, "starts on 2025-01-01"),
        (["e.toml", "--usage", "4", "--from", "2025-02-01", "--to", "2025-02-01"], 2, "must come after"),
        (["e.toml", "--usage", "4", "--attribute", "x"], 2, "NAME=VALUE"),
        (["e.toml", "--usage", "4", "--intervals", "u.csv", "--zone", "Mars/Base"], 2, "unknown zone"),
    ],
)
def test_a_quote_that_cannot_be_made_says_what_to_do(
    folder: Path, arguments: list[str], code: int, words: str
) -> None:
    result = run(quote_command, folder / arguments[0], *arguments[1:])
    assert result.exit_code == code
    assert words in result.output


def hours(first: str, values: list[str]) -> str:
    from datetime import datetime, timedelta

    start = datetime.fromisoformat(first)
    rows = [f"{(start + timedelta(hours=index)).isoformat()},{value}" for index, value in enumerate(values)]
    return "stamp,kWh\n" + "\n".join(rows) + "\n"


def test_use_comes_from_a_file_of_intervals(folder: Path) -> None:
    path = folder / "use.csv"
    path.write_text(hours("2025-01-31T08:00:00+00:00", ["0.251"] * 48), encoding="utf-8")
    arguments = ["--intervals", path, "--zone", "America/Los_Angeles"]
    whole = run(quote_command, folder / "e.toml", *arguments, "--json")
    assert whole.exit_code == 0, whole.output
    assert json.loads(whole.output)["lines"][0]["quantity"] == "12.048"
    months = run(quote_command, folder / "e.toml", *arguments, "--by-month")
    assert "6.024 kWh x $0.10 = $0.6024" in months.output
    assert "All months" in months.output


def test_the_hour_that_comes_twice_in_autumn_counts_twice(folder: Path) -> None:
    path = folder / "use.csv"
    stamps = ["00:00", "01:00", "01:00", *[f"{hour:02d}:00" for hour in range(2, 24)]]
    path.write_text("".join(f"2025-11-02T{stamp},1\n" for stamp in stamps), encoding="utf-8")
    result = run(
        quote_command, folder / "e.toml", "--intervals", path, "--zone", "America/Los_Angeles", "--json"
    )
    assert json.loads(result.output)["lines"][0]["quantity"] == "25"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2025-03-09T01:00,1\n2025-03-09T02:30,1\n", "does not exist"),
        ("2025-01-01T00:00,1\n", "fewer than two"),
        ("2025-01-01T00:00,1\nsoon,1\n", "line 2"),
        ("2025-01-01T00:00,1\n2025-01-01T01:00,NaN\n", "line 2"),
        (
            "2025-01-01T00:00,1\n2025-01-01T01:00,1\n2025-01-01T02:00,1\n2025-01-01T09:00,1\n",
            "intervals are missing on every day",
        ),
    ],
)
def test_a_file_of_intervals_that_cannot_be_used(folder: Path, text: str, words: str) -> None:
    path = folder / "use.csv"
    path.write_text(text, encoding="utf-8")
    result = run(quote_command, folder / "e.toml", "--intervals", path, "--zone", "America/Los_Angeles")
    assert result.exit_code == 1
    assert words in result.output


def test_a_quote_takes_other_quantities_numbers_and_series(folder: Path) -> None:
    arguments = [folder / "s.toml", "--from", "2025-01-01", "--to", "2025-01-31"]
    steps = [
        (["--quantity", "winter_average=12"], "--series sewer-price=..."),
        (["--series", "sewer-price=4"], "--attribute units=... a number"),
        (["--attribute", "units=1"], ""),
    ]
    given: list[str] = []
    assert "--usage" in run(quote_command, *arguments).output
    missing = run(quote_command, *arguments, "--usage", 3, "--series", "sewer-price=4")
    assert "--quantity winter_average=... in kgal" in missing.output
    for more, advice in steps:
        given += more
        result = run(quote_command, *arguments, *given)
        assert (advice in result.output, result.exit_code) == (True, 1 if advice else 0), result.output
    assert "10 kgal (12 kgal, at most 10) x $4.00 = $40.00" in result.output
    wrong = run(quote_command, *arguments, "--quantity", "winter_average")
    assert (wrong.exit_code, "NAME=NUMBER" in wrong.output) == (2, True)
    imported = json.loads(run(tariff_group, "import", folder / "s.toml", "--json").output)
    assert imported[0]["imported"][0]["numbers"] == {"units": None}


@pytest.mark.real_data
def test_a_year_of_green_button_under_a_urdb_rate(real_data: Path) -> None:
    result = run(
        quote_command,
        real_data / "tariffs-electric" / "urdb" / "JacksonEMC_A_residential_senior_2017.json",
        "--intervals", real_data / "greenbutton" / "samples" / "Coastal_Single_Family_Jan_1_2011_to_Jan_1_2012.xml",
        "--zone", "America/Los_Angeles", "--effective-from", "2011-01-01", "--by-month", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    bills = json.loads(result.output)
    assert len(bills) == 12
    assert [bill["period"][0] for bill in bills] == [f"2011-{month:02d}-01" for month in range(1, 13)]
    assert sum(bill["total_cents"] for bill in bills) == 65400


BY_HOUR = (
    ELECTRIC.split("[[versions.components]]")[0]
    + """
[[versions.schedules]]
name = "tod"
periods = [
  { name = "on_peak", label = "on-peak", times = [{ days = ["weekday"], from = "08:00", to = "20:00" }] },
  { name = "off_peak" },
]
[[versions.components]]
kind = "time_of_use"
code = "energy"
label = "Energy"
schedule = "tod"
unit = "kWh"
periods = [{ period = "on_peak", prices = 0.30 }, { period = "off_peak", prices = 0.10 }]
[[versions.components]]
kind = "demand"
code = "demand"
label = "Demand"
prices = 5
ratchet = { share = 1 }
"""
)


def test_hours_and_demand_are_quoted_from_a_file_of_intervals(folder: Path) -> None:
    (folder / "h.toml").write_text(BY_HOUR, encoding="utf-8")
    path = folder / "use.csv"
    path.write_text(
        hours("2025-01-31T08:00:00+00:00", ["0.25"] * 20 + ["2"] + ["0.25"] * 27), encoding="utf-8"
    )
    arguments = [folder / "h.toml", "--intervals", path, "--zone", "America/Los_Angeles", "--unit", "kWh"]
    result = run(quote_command, *arguments, "--explain")
    assert result.exit_code == 0, result.output
    # Friday the 31st has twelve hours on-peak: one of them 2 kWh, from 20 hours after midnight on it is Saturday.
    assert "3 kWh on-peak x $0.30 = $0.90" in result.output
    assert "peak at: 2025-01-31T20:00-08:00" in result.output
    assert "energy, of the rate of 2025-01-01" in result.output
    assert "energy, on-peak                    3 kWh (22%)" in result.output
    assert "carried on: demand.peak.02 = 2" in result.output
    months = json.loads(run(quote_command, *arguments, "--by-month", "--json").output)
    assert [month["lines"][-1]["quantity"] for month in months] == ["2.00", "2.00"]
    assert months[0]["by_time_of_day"][0]["label"] == "on-peak"


def test_registers_are_given_by_name(folder: Path) -> None:
    (folder / "h.toml").write_text(BY_HOUR, encoding="utf-8")
    dates = ("--from", "2025-02-01", "--to", "2025-03-01")
    given = ["usage.on_peak=3 kWh", "usage.off_peak=5", "demand=2 kW"]
    options = [word for pair in given for word in ("--quantity", pair)]
    result = run(quote_command, folder / "h.toml", *dates, *options)
    assert "Total                                                                  11.40" in result.output
    assert "write NAME=NUMBER" in run(quote_command, folder / "h.toml", "--quantity", "demand").output
    alone = run(quote_command, folder / "h.toml", *dates, "--usage", "8")
    assert (alone.exit_code, "usage.on_peak" in alone.output) == (1, True)


@pytest.mark.real_data
def test_a_business_rate_by_the_hour_over_a_green_button_file(real_data: Path) -> None:
    """Twelve months of the house on E-19 of 2014: hours by its clock, weekends, and the day the clock changes."""
    result = run(
        quote_command,
        real_data / "tariffs-electric" / "urdb" / "PGE_E-19_TOU_secondary_history.json",
        "--intervals", real_data / "greenbutton" / "samples" / "Coastal_Single_Family_Jan_1_2011_to_Jan_1_2012.xml",
        "--zone", "America/Los_Angeles", "--effective-from", "2011-01-01", "--by-month", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    bills = json.loads(result.output)
    assert len(bills) == 12
    for bill in bills:
        used = sum(Decimal(line["quantity"]) for line in bill["lines"] if line["kind"] == "time_of_use")
        assert used == sum(Decimal(cost["quantity"]) for cost in bill["by_time_of_day"])
    july = {cost["label"]: cost["quantity"] for cost in bills[6]["by_time_of_day"]}
    assert len(july) == 3


NET = (
    ELECTRIC.split("[[versions.components]]")[0]
    + """
[[versions.components]]
kind = "net_metering"
code = "nem"
label = "Net metering"
unit = "kWh"
carry = "annual"
[[versions.components]]
kind = "usage"
code = "energy"
label = "Energy"
unit = "kWh"
price = 0.10
determinant = "net"
"""
)


def test_received_energy_of_a_meter_file_is_netted_or_refused(folder: Path) -> None:
    """Two days of January: 1 kWh an hour used; at noon of the first 30 kWh sent."""
    start = utc_s(2025, 1, 30, 0, 0, zone=LOS_ANGELES)
    used, sent = Channel(reading="1"), Channel(reading="2").typed(flowDirection="19")
    text = document(
        [
            *describing_entries(used),
            block_entry(used, green_button_hours(start, [1000] * 48)),
            *describing_entries(sent),
            block_entry(sent, green_button_hours(start, [0] * 12 + [30_000] + [0] * 35)),
        ]
    )
    path = folder / "meter.xml"
    path.write_text(text, encoding="utf-8")
    (folder / "net.toml").write_text(NET, encoding="utf-8")
    arguments = ["--intervals", path, "--zone", "America/Los_Angeles"]
    result = run(quote_command, folder / "net.toml", *arguments)
    assert "48 kWh used, 30 kWh received, 0 kWh banked: 18 kWh billed, 0 kWh banked" in result.output
    refused = run(quote_command, folder / "e.toml", *arguments)
    assert refused.exit_code == 1
    assert "energy was received, and the rate of 2025-01-30 says nothing of it" in refused.output
