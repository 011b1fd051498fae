"""`meterside bill print`: files in postal order with an index, stopped, killed and run again."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db.backends.postgresql.psycopg_any import DateRange
from pypdf import PdfReader

from meterside.cis.billing.models import Bill, BillRun
from meterside.cis.billing.queries.printing import BillToPrint
from meterside.cis.registry.models import Account, ContactPoint, Person
from meterside.cli.bill import bill_group
from meterside.cli.bill_print.progress import progress_words
from meterside.config.environment import PROJECT
from meterside.kit.postgres import DatabaseUrls
from tests.cast import Household, bill_month, household, read_dial, riverside

JAN, FEB = date(2025, 1, 1), date(2025, 2, 1)

# Family name, where mail goes, language.
PEOPLE = (
    ("Zed", "9 Low St\nBend, OR 97701", "en"),
    ("Able", "12 Elm Ave\nSalem, OR 97301-1234", "es"),
    ("Baker", "2 Elm Ave\nSalem, OR 97301-1234", "en"),
    ("Cole", "1 Yew Rd\nSalem, OR 97301-1234", "en"),
    ("Dorn", "5 Oak St\nSalem, OR 97305", "en"),
)


@pytest.fixture
def run(fresh_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> BillRun:
    """A run of seven: five with addresses, and Alice and Charlie, of whom Charlie is paperless."""
    monkeypatch.setenv("DATABASE_URL", fresh_database.app)
    monkeypatch.setenv("DATABASE_OWNER_URL", fresh_database.owner)
    made = riverside()
    homes = [*made.households, *(_home(made.tariffs, place, *who) for place, who in enumerate(PEOPLE))]
    for home in homes:
        for day, kwh in ((JAN, 1000), (FEB, 1744)):
            read_dial(home.electric, day, kwh)
            read_dial(home.water, day, kwh)
    Account.objects.filter(pk=made.charlie.account.pk).update(paperless=True)
    bill_run, result = bill_month(JAN, FEB, [home.account for home in homes])
    assert result.n_billed == 7
    return bill_run


def _home(tariffs: Any, place: int, family: str, post: str, language: str) -> Household:
    home = household(
        tariffs,
        given="Pat",
        family=family,
        email=f"{family}@example.com",
        line=f"{place + 1} Bay Ct",
        badge=family,
    )
    Person.objects.filter(pk=home.person.pk).update(language=language)
    ContactPoint.objects.create(
        person=home.person, kind="post", value=post, value_key=post, during=DateRange(JAN, None)
    )
    return home


def print_run(run: BillRun, folder: Path, *more: str) -> Result:
    words = ["print", "--run", str(run.pk), "--out", str(folder), *more]
    return CliRunner().invoke(bill_group, words)


def index_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "index.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def names_in(folder: Path) -> list[str]:
    """The holders' family names as the index has them."""
    numbers = [int(row["bill number"]) for row in index_of(folder)]
    by_number = {bill.number: bill.statement["holder_name"] for bill in Bill.objects.all()}
    return [by_number[number].split()[-1] for number in numbers]


def text_of(folder: Path, row: dict[str, str]) -> str:
    pages = PdfReader(BytesIO((folder / row["file"]).read_bytes())).pages
    first, last = int(row["first page"]), int(row["last page"])
    return " ".join(page.extract_text() for page in pages[first - 1 : last])


def test_a_run_is_printed_in_postal_order_without_the_paperless(run: BillRun, tmp_path: Path) -> None:
    result = print_run(run, tmp_path, "--bills-in-file", "4", "--processes", "1", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["run"] == run.pk
    assert (report["n_files"], report["n_bills"], report["n_paperless"], report["n_files_made_now"]) == (
        2,
        6,
        1,
        2,
    )
    assert names_in(tmp_path) == ["Moreno", "Baker", "Able", "Cole", "Dorn", "Zed"]
    rows = index_of(tmp_path)
    assert [row["postal code"] for row in rows] == ["95000", *["97301-1234"] * 3, "97305", "97701"]
    assert [row["file"] for row in rows] == [f"bills-{run.pk}-0001.pdf"] * 4 + [
        f"bills-{run.pk}-0002.pdf"
    ] * 2
    for row in rows:
        text = text_of(tmp_path, row)
        assert row["bill number"] in text
        assert row["account number"] in text
        assert int(row["pages"]) == int(row["last page"]) - int(row["first page"]) + 1
    assert sum(int(row["pages"]) for row in rows) == report["n_pages"]
    files = {row["file"] for row in rows}
    n_pages = sum(len(PdfReader(BytesIO((tmp_path / name).read_bytes())).pages) for name in files)
    assert n_pages == report["n_pages"]


def test_each_holder_reads_their_own_language(run: BillRun, tmp_path: Path) -> None:
    assert print_run(run, tmp_path, "--processes", "1").exit_code == 0
    said = {
        name: text_of(tmp_path, row) for name, row in zip(names_in(tmp_path), index_of(tmp_path), strict=True)
    }
    assert "Sus cargos" in said["Able"]
    assert "Your charges" in said["Baker"]


def test_a_repeat_makes_nothing_again(run: BillRun, tmp_path: Path) -> None:
    more = ("--bills-in-file", "2", "--processes", "1", "--json")
    assert json.loads(print_run(run, tmp_path, *more).stdout)["n_files_made_now"] == 3
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.glob("bills-*")}
    report = json.loads(print_run(run, tmp_path, *more).stdout)
    assert (report["n_files_made_now"], report["n_bills"]) == (0, 6)
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.glob("bills-*")} == before


def test_bills_that_come_later_get_files_of_their_own(run: BillRun, tmp_path: Path) -> None:
    more = ("--bills-in-file", "4", "--processes", "1", "--json")
    print_run(run, tmp_path, *more)
    before = index_of(tmp_path)
    Account.objects.update(paperless=False)
    report = json.loads(print_run(run, tmp_path, *more).stdout)
    assert (report["n_files"], report["n_files_made_now"], report["n_bills"], report["n_paperless"]) == (
        3,
        1,
        7,
        0,
    )
    assert index_of(tmp_path)[:6] == before
    assert names_in(tmp_path)[-1] == "Young"


def test_a_bill_cancelled_meanwhile_is_left_out_of_a_file_not_made_yet(run: BillRun, tmp_path: Path) -> None:
    more = ("--bills-in-file", "3", "--processes", "1", "--json")
    print_run(run, tmp_path, *more)
    for suffix in ("csv", "pdf"):
        (tmp_path / f"bills-{run.pk}-0002.{suffix}").unlink()
    last = int(index_of(tmp_path)[-1]["bill number"])
    Bill.objects.filter(number=last).update(status="cancelled")
    report = json.loads(print_run(run, tmp_path, *more).stdout)
    assert (report["n_files_made_now"], report["n_bills"]) == (1, 5)
    assert str(last) not in [row["bill number"] for row in index_of(tmp_path)]


def test_two_processes_make_the_same_files(run: BillRun, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, processes in ((one, "1"), (two, "2")):
        result = print_run(run, folder, "--bills-in-file", "2", "--processes", processes)
        assert result.exit_code == 0, result.output
        assert "6 bills on" in result.stdout
    assert (one / "index.csv").read_bytes() == (two / "index.csv").read_bytes()
    assert sorted(path.name for path in one.iterdir()) == sorted(path.name for path in two.iterdir())
    for row in index_of(one):
        assert text_of(one, row) == text_of(two, row)


@pytest.mark.kill
@pytest.mark.parametrize("point", ["bill_print.made:2", "bill_print.file:2"])
def test_killed_and_run_again_the_result_is_the_same(run: BillRun, tmp_path: Path, point: str) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    print_run(run, whole, "--bills-in-file", "2", "--processes", "1")
    command = [
        sys.executable, "-m", "meterside", "bill", "print", "--run", str(run.pk), "--out", str(broken),
        "--bills-in-file", "2", "--processes", "1",
    ]  # fmt: skip
    killed = subprocess.run(
        command,
        env={**os.environ, "METERSIDE_CRASH_AT": point},
        cwd=PROJECT,
        capture_output=True,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert not (broken / "index.csv").exists()
    first = (broken / f"bills-{run.pk}-0001.pdf").read_bytes()
    report = json.loads(print_run(run, broken, "--bills-in-file", "2", "--processes", "1", "--json").stdout)
    assert report["n_files_made_now"] == 2
    assert (broken / f"bills-{run.pk}-0001.pdf").read_bytes() == first
    assert (broken / "index.csv").read_bytes() == (whole / "index.csv").read_bytes()
    assert not list(broken.glob("*.unfinished"))


def test_another_runs_folder_and_no_run_are_refused(run: BillRun, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps({"run": run.pk + 1, "files": []}))
    result = print_run(run, tmp_path)
    assert result.exit_code == 2
    assert "into another folder" in result.output
    run.pk += 99
    assert "there is no bill run" in print_run(run, tmp_path).output


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2 Elm Ave", "12 Elm Ave"),
        ("12 Elm Ave", "1 Oak St"),
        ("N 3 Bay Ct", "4 Bay Ct"),
        ("12B Elm Ave", "13 Elm Ave"),
    ],
)
def test_streets_come_in_order_and_houses_by_their_number(earlier: str, later: str) -> None:
    first, second = (
        BillToPrint(1, 1, "1", False, "97301", (line, "Salem, OR 97301")) for line in (earlier, later)
    )
    assert first.postal_order < second.postal_order


def test_an_address_of_one_line_or_none_has_its_place() -> None:
    for lines in ((), ("General Delivery",)):
        assert BillToPrint(1, 1, "1", False, "", lines).postal_order == ("", "", 0, "1")


@pytest.mark.parametrize(
    ("done", "seconds", "words"),
    [
        (0, 0.0, "0 of 9,800 bills"),
        (1_250, 10.0, "1,250 of 9,800 bills, 125 a second, 1 min 8 s left"),
        (9_000, 72.0, "9,000 of 9,800 bills, 125 a second, 6 s left"),
    ],
)
def test_progress_says_count_rate_and_time_left(done: int, seconds: float, words: str) -> None:
    assert progress_words(done, 9_800, seconds) == words
