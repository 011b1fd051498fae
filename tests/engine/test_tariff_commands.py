"""`meterside tariff import` and `meterside quote`, without a database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meterside.cli.quote import quote_command
from meterside.cli.tariff import make_tariff_group, tariff_group
from meterside.engine.tariff import Tariff
from tests.engine.command_files import ELECTRIC, JANUARY, OWRS, SEWER, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "valley.owrs").write_text(OWRS, encoding="utf-8")
    (tmp_path / "e.toml").write_text(ELECTRIC, encoding="utf-8")
    (tmp_path / "s.toml").write_text(SEWER, encoding="utf-8")
    return tmp_path


def test_import_reports_what_came_in_and_what_was_refused(folder: Path) -> None:
    result = run(tariff_group, "import", folder / "valley.owrs", folder / "e.toml")
    assert result.exit_code == 1
    assert "valley.owrs: 1 imported, 1 refused" in result.output
    assert "refused rate_structure.FARM.commodity_charge: Budget" in result.output
    assert "2 files: 1 imported whole, 1 in part, 0 refused; 2 tariffs" in result.output


def test_import_of_good_files_ends_well_and_can_be_written_and_read_again(folder: Path) -> None:
    out = folder / "out"
    result = run(tariff_group, "import", folder / "valley.owrs", "--class", "HOME", "--out", out, "--json")
    assert result.exit_code == 0
    (report,) = json.loads(result.output)
    assert report["imported"][0]["needs"] == {"meter_size": ['3/4"', '1 1/2"']}
    written = out / report["imported"][0]["written"]
    assert run(tariff_group, "import", written).exit_code == 0
    quoted = [
        run(quote_command, path, "--usage", 14, "--meter-size", "1.5", "--class", "HOME", *JANUARY, "--json")
        for path in (folder / "valley.owrs", written)
    ]
    assert quoted[0].output == quoted[1].output
    assert json.loads(quoted[0].output)["total_cents"] == 4606


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.owrs", b"a: [1", "not valid YAML"),
        ("x.toml", b"a = = 1", "cannot be read"),
        ("x.json", b"{", "not valid JSON"),
        ("x.docx", b"hello", "no kind of tariff file"),
        ("x.owrs", b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_an_unreadable_file_is_refused_by_name(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    result = run(tariff_group, "import", tmp_path / name)
    assert result.exit_code == 1
    assert name in result.output
    assert words in result.output


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    result = run(tariff_group, "import", tmp_path / "none.owrs")
    assert (result.exit_code, "cannot be read" in result.output) == (1, True)


def test_a_store_is_plugged_in(folder: Path) -> None:
    kept: list[tuple[str, str]] = []

    def store(tariff: Tariff, *, source: str) -> str:
        kept.append((tariff.code, source))
        return "new"

    result = run(make_tariff_group(store=store), "import", folder / "e.toml", "--store")
    assert result.exit_code == 0
    assert kept == [("e-1", "e.toml")]
    assert "(new)" in result.output
    assert run(make_tariff_group(store=store), "import", folder / "e.toml").exit_code == 0
    assert len(kept) == 1
    assert run(make_tariff_group(), "import", folder / "e.toml", "--store").exit_code == 2


def test_a_tariff_is_exported_in_another_format_and_read_again(folder: Path) -> None:
    result = run(tariff_group, "export", folder / "e.toml", "--format", "urdb")
    assert result.exit_code == 0, result.output
    item = json.loads(result.output)["items"][0]
    assert (item["utility"], item["startdate"]) == ("Riverbend", "2025-01-01 00:00:00")
    assert item["energyratestructure"] == [[{"rate": 0.1, "unit": "kWh"}]]
    (folder / "e.json").write_text(result.output, encoding="utf-8")
    assert run(tariff_group, "import", folder / "e.json").exit_code == 0


def test_a_tariff_that_the_other_format_cannot_say(folder: Path) -> None:
    taxed = ELECTRIC + '[[versions.components]]\nkind = "percent"\ncode = "tax"\nlabel = "Tax"\nrate = 0.05\n'
    (folder / "taxed.toml").write_text(taxed, encoding="utf-8")
    result = run(tariff_group, "export", folder / "taxed.toml", "--format", "urdb")
    assert result.exit_code == 1
    assert "versions[0].components[1]: URDB has no charge of the kind percent" in result.output
    assert "use one of urdb" in run(tariff_group, "export", folder / "e.toml", "--format", "owrs").output
    assert "cannot be read" in run(tariff_group, "export", folder / "none.toml", "--format", "urdb").output


def test_a_start_inside_a_day_may_be_taken_as_the_nearest(folder: Path) -> None:
    text = json.dumps(
        {
            "utility": "U",
            "name": "N",
            "startdate": "2016-12-31T16:00:00Z",
            "energyratestructure": [[{"rate": 0.1}]],
        }
    )
    (folder / "n.json").write_text(text, encoding="utf-8")
    assert run(tariff_group, "import", folder / "n.json").exit_code == 1
    assert run(tariff_group, "import", folder / "n.json", "--nearest-day", "--out", folder).exit_code == 0
    assert (folder / "u-n-2017-01-01.toml").exists()
