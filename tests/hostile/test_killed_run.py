"""A bill run killed with SIGKILL at every named point, and gone on with: the same books as a run never broken.

300 accounts and every point in an order from a seed here; `make soak` bills 10,000 and kills at 20 random
points. Compared to the cent: bills, what is printed on them, segments, postings, messages, exceptions, estimates,
corrections.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from meterside.cis.billing.books import prove_books
from meterside.cis.billing.corrections.correcting import set_make_good_policy
from meterside.cis.billing.models import Bill, BillException, BillRun, BillRunChunk
from meterside.cis.billing.runs.exceptions import set_tolerance
from meterside.cis.metering.estimates.registers import set_estimate_policy
from meterside.config.environment import PROJECT
from meterside.config.migrating import connect_as
from meterside.kit.postgres import Cluster, DatabaseUrls
from tests import databases
from tests.hostile.run_processes import RunProcesses
from tests.many_accounts import CYCLE, correct_reads, many_accounts

pytestmark = pytest.mark.kill
IS_SOAK = bool(os.environ.get("METERSIDE_SOAK"))
N_ACCOUNTS, CHUNK, N_KILLS = (10_000, 100, 20) if IS_SOAK else (300, 10, 0)
SEED = int(os.environ.get("METERSIDE_SEED", "20260101"))
JAN, FEB, MAR = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)

# Each point, and up to which passing of it a process may be killed: those passed once a process, and once a chunk.
_ONCE = ("bill.before_plan_commit", "bill.after_plan_commit")
_IN_A_CHUNK = (
    "bill.after_take",
    "bill.after_lock",
    "bill.after_rating",
    "bill.after_bills",
    "bill.after_postings",
    "bill.after_outbox",
    "bill.before_chunk_commit",
    "bill.after_chunk_commit",
)
_AT_THE_END = ("bill.before_finish_commit",)


@contextmanager
def _on(urls: DatabaseUrls) -> Iterator[None]:
    before = databases.current_entry()
    databases.use(urls)
    yield
    connections.close_all()
    connect_as(before)


@pytest.fixture(scope="module")
def town(
    cluster: Cluster, template: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[DatabaseUrls]:
    """Accounts that were read three times and billed for January, in a database to be cloned.

    Some were not read for February and are estimated, or, where that is not allowed, held; of some a read of
    January was wrong, so a difference comes with the bill of February, or January is billed again.
    """
    with databases.cloned(cluster, template) as urls, django_db_blocker.unblock():
        with _on(urls):
            many_accounts(N_ACCOUNTS, [JAN, FEB, MAR], unread_one_in=19)
            set_estimate_policy(since=JAN, commodity="electric", methods=["recent"])
            set_make_good_policy(since=JAN, rebill_above_cents=500)
            set_tolerance(kind="high", since=JAN, service="electric", percent=125)
        _bill(urls, (JAN, FEB), [])
        with _on(urls):
            correct_reads(FEB, one_in=23, by=30)
            correct_reads(FEB, one_in=29, by=300)
        yield urls


def _bill(urls: DatabaseUrls, window: tuple[date, date], kills: list[str]) -> list[int]:
    """Bill with a process killed at each of these points in turn, then with two at once; how each ended."""
    processes = RunProcesses(database_url=urls.app)
    try:
        ends = [
            processes.ended(processes.start(cycle=CYCLE, window=window, chunk=CHUNK, crash_at=point))
            for point in kills
        ]
        both = [processes.start(cycle=CYCLE, window=window, chunk=CHUNK) for _ in range(2)]
        ends += [processes.ended(pid) for pid in both]
        # The last of the two may find the other's chunk under way: whoever comes next finishes the run.
        ends.append(processes.ended(processes.start(cycle=CYCLE, window=window, chunk=CHUNK)))
        return ends
    finally:
        processes.close()


def _kills() -> list[str]:
    choose = random.Random(SEED)
    if IS_SOAK:
        points = [choose.choice(_IN_A_CHUNK) for _ in range(N_KILLS)]
        return [*_ONCE, *(f"{point}:{choose.randint(1, 8)}" for point in points)]
    points = [f"{point}:{choose.randint(1, 3)}" for point in _IN_A_CHUNK]
    choose.shuffle(points)
    return [*_ONCE, *points]


def test_a_run_that_was_killed_everywhere_made_the_same_bills(
    cluster: Cluster, town: DatabaseUrls, django_db_blocker: DjangoDbBlocker
) -> None:
    kills = _kills()
    with databases.cloned(cluster, town.name) as whole, databases.cloned(cluster, town.name) as broken:
        assert _bill(whole, (FEB, MAR), []) == [0, 0, 0]
        ends = _bill(broken, (FEB, MAR), kills)
        assert ends == [-signal.SIGKILL] * len(kills) + [0, 0, 0], list(zip(kills, ends, strict=False))
        with django_db_blocker.unblock():
            with _on(whole):
                expected = _everything()
            with _on(broken):
                found = _everything()
                assert BillRun.objects.get(bill_date=MAR).status == "done"
                assert not BillRunChunk.objects.filter(done_at__isnull=True).exists()
                proof = prove_books()
                assert proof.holds, [finding for finding in proof.findings if finding.n_broken]
    # The test is of what it says it is: each of these happened, and not to all.
    kinds = {json.loads(row)[0] for row in expected["exceptions"]}
    assert kinds == {"high", "missing_read"}
    assert {json.loads(row)[0] for row in expected["corrections"]} == {"next_bill", "rebill"}
    assert 0 < len(expected["estimates"]) < N_ACCOUNTS / 2
    n_held = len({json.loads(row)[1] for row in expected["exceptions"]})
    n_again = sum(json.loads(row)[1] == "cancelled" for row in expected["bills"])
    assert len(expected["bills"]) == 2 * N_ACCOUNTS - n_held + n_again
    for what in expected:
        assert found[what] == expected[what], what


@pytest.mark.parametrize("point", _AT_THE_END)
def test_killed_when_all_is_billed_it_is_finished_by_the_next(
    point: str, cluster: Cluster, town: DatabaseUrls, django_db_blocker: DjangoDbBlocker
) -> None:
    with databases.cloned(cluster, town.name) as urls:
        processes = RunProcesses(database_url=urls.app)
        killed = processes.start(cycle=CYCLE, window=(FEB, MAR), chunk=CHUNK, crash_at=point)
        assert processes.ended(killed) == -signal.SIGKILL
        again = processes.start(cycle=CYCLE, window=(FEB, MAR), chunk=CHUNK)
        assert processes.ended(again) == 0
        processes.close()
        with django_db_blocker.unblock(), _on(urls):
            assert BillRun.objects.get(bill_date=MAR).status == "done"
            n_held = BillException.objects.filter(status="open").values("account").distinct().count()
            assert Bill.objects.filter(bill_date=MAR, kind="cycle").count() == N_ACCOUNTS - n_held


def test_every_point_in_the_code_is_one_the_test_kills_at() -> None:
    named = set()
    for path in (PROJECT / "meterside" / "cis" / "billing").rglob("*.py"):
        named |= set(re.findall(r'crash\.point\(\s*"(bill\.[^"]+)"', path.read_text()))
    assert named | {"bill.after_plan_commit"} == {*_ONCE, *_IN_A_CHUNK, *_AT_THE_END}


def _everything() -> dict[str, list[Any]]:
    """All that was made, without what may differ: keys, random ids, numbers, instants."""
    return {
        "bills": _rows(
            """
            SELECT a.number, b.status, b.bill_date, b.due_date, b.previous_balance_cents, b.payments_cents,
                   b.adjustments_cents, b.current_charges_cents, b.total_due_cents,
                   b.statement - 'number' - 'last_transaction' #- '{change,previous_number}'
              FROM cis_billing_bill b JOIN cis_registry_account a ON a.id = b.account_id
            """
        ),
        "segments": _rows(
            """
            SELECT s.agreement_id, s.period, s.status, s.tariff_code, s.total_cents, s.inputs, s.rated
              FROM cis_billing_billsegment s
            """
        ),
        "postings": _rows(
            """
            SELECT t.kind, t.effective_on, t.accounting_on, p.ledger_account_id, p.amount_cents, p.account_id, p.fund,
                   p.agreement_id, b.account_id, b.bill_date
              FROM cis_ledger_posting p JOIN cis_ledger_transaction t ON t.id = p.transaction_id
              LEFT JOIN cis_billing_bill b ON b.id = p.bill_id
            """
        ),
        "exceptions": _rows(
            "SELECT kind, account_id, agreement_id, status, detail, facts FROM cis_billing_billexception"
        ),
        "estimates": _rows(
            "SELECT register_id, local_day, version, method, basis FROM cis_metering_readestimate"
        ),
        "reads": _rows(
            "SELECT register_id, local_day, version, kind, dial_count FROM cis_metering_registerread"
        ),
        "corrections": _rows(
            "SELECT method, status, bill_id, difference_cents, amount_cents, segments FROM cis_billing_billcorrection"
        ),
        "messages": _rows(
            """
            SELECT m.topic, m.payload ->> 'bill_date', told ->> 'account', told ->> 'total_due_cents',
                   told ->> 'due_date', (told ->> 'number')::bigint = b.number AND b.public_id::text = told ->> 'bill'
              FROM spine_outboxmessage m CROSS JOIN jsonb_array_elements(m.payload -> 'bills') told
              JOIN cis_billing_bill b ON b.number = (told ->> 'number')::bigint
            """
        ),
    }


def _rows(query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return sorted(json.dumps([str(cell) for cell in row]) for row in cursor.fetchall())
