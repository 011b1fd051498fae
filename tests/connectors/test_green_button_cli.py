"""`meterside meter import` with the Green Button connector."""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO

import pytest
from click.testing import CliRunner, Result

from meterside.cli.meter import make_meter_group, meter_group
from meterside.contracts.metering import (
    Feed,
    FileFacts,
    FileReport,
    FileStatus,
    MeterFileSource,
    UnableToReadFile,
)
from meterside.wiring import meter_file_sources
from tests.connectors.green_button_documents import LOS_ANGELES, hours, reading, utc_s, with_reads

START_S = utc_s(2024, 5, 1, zone=LOS_ANGELES)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.xml"
    path.write_bytes(with_reads(hours(START_S, range(24))))
    return path


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    path = tmp_path / "cut.xml"
    path.write_bytes(with_reads(hours(START_S, range(24)))[:-20])
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(meter_group, ["import", *map(str, arguments)])


def test_sources_come_from_manifests() -> None:
    assert "green_button" in [source.format_name for source in meter_file_sources()]


def test_a_dry_run_reports_in_words(good: Path) -> None:
    result = run(good, "--dry-run", "--zone", "America/Los_Angeles")
    assert result.exit_code == 0
    assert "good.xml: accepted" in result.output
    assert "24 rows: 24 reads in 1 days" in result.output
    assert "276 x Wh" in result.output


def test_a_dry_run_reports_in_json(good: Path, cut: Path) -> None:
    result = run(good, cut, "--dry-run", "--json")
    assert result.exit_code == 1
    accepted, held = json.loads(result.stdout)
    assert (accepted["status"], accepted["reads"], accepted["channels"][0]["total"]) == ("accepted", 24, 276)
    assert (held["status"], held["quarantined"][0]["reason"]) == ("held", "file_cut_off")
    assert len(held["file"]["sha256"]) == 64


def test_refused_rows_are_listed_up_to_a_number(tmp_path: Path) -> None:
    path = tmp_path / "odd.xml"
    path.write_bytes(with_reads([reading(START_S, 5), *(reading(START_S + k, "x") for k in range(30))]))
    result = run(path, "--dry-run")
    assert result.exit_code == 0
    assert "odd.xml: partly quarantined" in result.output
    assert result.output.count("not_a_whole_number") == 20
    assert "and 10 more" in result.output


def test_a_gap_and_another_zone_are_told(tmp_path: Path) -> None:
    path = tmp_path / "gap.xml"
    path.write_bytes(with_reads([reading(START_S, 5), reading(START_S + 6 * 3600, 5)]))
    result = run(path, "--dry-run", "--zone", "America/New_York")
    assert "gap 2024-05-01 08:00Z to 2024-05-01 13:00Z" in result.output
    assert "note: Subscription/3/UsagePoint/7" in result.output


def test_unknown_missing_and_compressed_files_are_held(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("date,kWh\n")
    result = run(other, tmp_path / "gone.xml", tmp_path, "--dry-run")
    assert result.exit_code == 1
    assert "no kind of file that is known here (" in result.output
    assert "No such file" in result.output
    assert "directory" in result.output
    forced = run(other, "--dry-run", "--format", "green_button")
    assert "not_well_formed" in forced.output


def test_a_hostile_name_does_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[2Jb.xml"
    path.write_bytes(with_reads(hours(START_S, [1])))
    assert "\x1b" not in run(path, "--dry-run").output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dry-run", "--format", "abacus"], "unknown format 'abacus'"),
        (["--dry-run", "--zone", "Mars/Olympus"], "unknown zone"),
        (["--dry-run", "--zone", "../../etc/passwd"], "unknown zone"),
    ],
)
def test_misuse_is_told_with_exit_code_2(good: Path, arguments: list[str], words: str) -> None:
    result = run(good, *arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_without_a_store_only_a_dry_run_is_offered(good: Path) -> None:
    result = CliRunner().invoke(make_meter_group(), ["import", str(good)])
    assert result.exit_code == 2
    assert "only --dry-run is offered" in result.output


def test_a_plugged_store_gets_feeds_and_held_files(good: Path, cut: Path) -> None:
    seen: list[tuple[str, str]] = []

    def store(
        source: MeterFileSource | None,
        outcome: Feed | UnableToReadFile,
        *,
        original: BinaryIO | None,
        sender: object | None,
    ) -> FileReport:
        assert source is not None
        seen.append((source.format_name, type(outcome).__name__))
        if isinstance(outcome, UnableToReadFile):
            return FileReport.of_held(outcome)
        return FileReport(file=FileFacts(outcome.file.name, "", 0), status=FileStatus.ACCEPTED)

    result = CliRunner().invoke(make_meter_group(store=store), ["import", str(good), str(cut)])
    assert result.exit_code == 1
    assert seen == [("green_button", "Feed"), ("green_button", "UnableToReadFile")]
    assert "good.xml: accepted" in result.output
