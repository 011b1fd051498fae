"""`meterside bill`: a cycle billed from the terminal, killed there, gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import date

import pytest
from click.testing import CliRunner, Result
from django.db import connections

from meterside.cis.billing.models import Bill, BillRun
from meterside.cis.billing.runs.operations import CHUNK_ACCOUNTS, open_run, start_run
from meterside.cli import cli
from meterside.config.environment import PROJECT
from meterside.engine.period import Period
from meterside.kit.postgres import DatabaseUrls
from tests.many_accounts import CYCLE, many_accounts

pytestmark = pytest.mark.kill
JAN, FEB = date(2025, 1, 1), date(2025, 2, 1)
RUN = ("run", CYCLE, "--from", "2025-01-01", "--to", "2025-02-01")


def say(*words: str) -> Result:
    """A command in this process, on the database of the test: only what is killed wants a process of its own."""
    return CliRunner().invoke(cli, words)


def bill(urls: DatabaseUrls, *words: str, crash_at: str = "") -> subprocess.CompletedProcess[str]:
    return meterside(urls, "bill", *words, crash_at=crash_at)


def meterside(urls: DatabaseUrls, *words: str, crash_at: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "METERSIDE_ENV": "test", "DATABASE_URL": urls.app, "METERSIDE_CRASH_AT": crash_at,
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "meterside", *words],
        env=environment, cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_killed_command_is_said_again_and_bills_the_rest(fresh_database: DatabaseUrls) -> None:
    many_accounts(CHUNK_ACCOUNTS + 30, [JAN, FEB])
    connections.close_all()
    killed = bill(fresh_database, *RUN, crash_at="bill.after_bills:2")
    assert killed.returncode == -signal.SIGKILL
    assert Bill.objects.count() == CHUNK_ACCOUNTS
    again = bill(fresh_database, *RUN, "--json", "--workers", "2")
    assert again.returncode == 0, again.stderr
    told = json.loads(again.stdout)
    assert (told["bills"], told["held"], told["status"]) == (CHUNK_ACCOUNTS + 30, 0, "done")
    assert told["charges_cents"] == sum(Bill.objects.values_list("current_charges_cents", flat=True))
    third = bill(fresh_database, *RUN)
    assert third.returncode == 0
    assert f"{CHUNK_ACCOUNTS + 30} bills" in third.stdout
    listed = json.loads(bill(fresh_database, "runs", "--json").stdout)
    assert [(row["cycle"], row["n_billed"], row["status"]) for row in listed] == [
        (CYCLE, CHUNK_ACCOUNTS + 30, "done")
    ]


def test_the_terminal_shows_how_far_it_is(fresh_database: DatabaseUrls) -> None:
    many_accounts(CHUNK_ACCOUNTS + 1, [JAN, FEB])
    connections.close_all()
    done = bill(fresh_database, *RUN)
    lines = done.stderr.splitlines()
    assert lines[0] == f"{CHUNK_ACCOUNTS} of {CHUNK_ACCOUNTS + 1} accounts, 0 held"
    assert lines[-1].startswith(f"{CHUNK_ACCOUNTS + 1} of {CHUNK_ACCOUNTS + 1} accounts, 0 held, ")
    assert lines[-1].endswith("a second, 0 s left")


@pytest.mark.usefixtures("fresh_database")
def test_what_cannot_be_is_said_in_a_line() -> None:
    many_accounts(1, [JAN, FEB])
    none = say("bill", "run", "ZZ", "--from", "2025-01-01", "--to", "2025-02-01")
    assert (none.exit_code, none.stderr) == (1, "Error: There is no bill cycle ZZ\n")
    assert say("bill", *RUN).exit_code == 0
    across = say("bill", "run", CYCLE, "--from", "2025-01-15", "--to", "2025-02-15")
    assert across.exit_code == 1
    assert across.stderr.startswith("Error: Another run bills some of these days already")
    run = BillRun.objects.get()
    stopped = say("bill", "stop", str(run.pk), "--reason", "no")
    assert stopped.stderr == "Error: bill run: done cannot become stopped; it can become running\n"


@pytest.mark.usefixtures("fresh_database")
def test_policies_are_set_and_listed() -> None:
    since = ("--since", "2025-01-01")
    high = ("tolerate", "high", *since, "--service", "electric")
    assert say("policy", *high, "--percent", "250", "--least-units", "200000").exit_code == 0
    wrong = say("policy", *high, "--percent", "50")
    assert (wrong.exit_code, wrong.stderr[:14]) == (1, "Error: refused")
    estimate = ("estimate", *since, "--method", "last_year_scaled", "--method", "recent")
    assert say("policy", *estimate, "--most-in-a-row", "3").exit_code == 0
    make_good = ("make-good", *since, "--class", "residential")
    assert say("policy", *make_good, "--rebill-above-cents", "5000").exit_code == 0
    assert say("policy", *make_good).exit_code == 1
    said = ("message", "pipes", *since, "--english", "We replace pipes.", "--spanish")
    assert say("policy", *said, "Cambiamos tuberías.").exit_code == 0
    assert say("policy", *said, "Sí.", "--cycle", "none").exit_code == 1
    listed = json.loads(say("policy", "list", "--json").stdout)
    assert [row["policy"] for row in listed] == ["tolerate high", "estimate", "make-good", "message pipes"]
    assert (listed[0]["percent"], listed[1]["methods"], listed[2]["rebill_above_cents"]) == (
        250, ["last_year_scaled", "recent"], 5000,
    )  # fmt: skip


@pytest.mark.usefixtures("fresh_database")
def test_a_dry_run_shows_the_difference_and_bills_nobody() -> None:
    many_accounts(12, [JAN, FEB])
    dry = say("bill", *RUN, "--dry-run", "--json")
    assert dry.exit_code == 0, dry.stderr
    told = json.loads(dry.stdout)
    assert (told["priced"], told["first"], told["held"], Bill.objects.count()) == (12, 12, 0, 0)
    again = say("bill", *RUN, "--dry-run")
    assert "Nobody got a bill." in again.stdout
    assert again.stdout.count("first bill") == 11
    assert say("bill", *RUN).exit_code == 0
    assert sum(Bill.objects.values_list("current_charges_cents", flat=True)) == told["charges_cents"]
    late = say("bill", *RUN, "--dry-run")
    assert late.stderr == "Error: bill run: done cannot become pricing; it can become running\n"


def test_a_worker_bills_what_staff_started(fresh_database: DatabaseUrls) -> None:
    many_accounts(7, [JAN, FEB])
    run = start_run(open_run(cycle=CYCLE, window=Period(JAN, FEB), bill_date=FEB), chunk_accounts=2)
    connections.close_all()
    done = meterside(fresh_database, "worker", "--once")
    assert done.returncode == 0, done.stderr
    run.refresh_from_db()
    assert (run.status, Bill.objects.filter(run=run).count()) == ("done", 7)
