"""A comparison killed with SIGKILL at every named point, and gone on with: the same result as one never broken."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.db import connections

from meterside.cis.billing.runs.operations import open_run, start_run
from meterside.cis.billing.runs.working import work_run
from meterside.cis.studies.models import RateComparison
from meterside.cis.studies.operations import begin_comparison
from meterside.cis.studies.queries import months_and_refused
from meterside.cis.studies.working import work_comparison
from meterside.cis.tariffs.life import draft_versions
from meterside.config.environment import PROJECT
from meterside.engine.period import Period
from meterside.engine.tariff.document import tariff_from_toml
from meterside.kit.postgres import DatabaseUrls
from tests.cast import ELECTRIC
from tests.hostile.run_processes import RunProcesses
from tests.many_accounts import CYCLE, many_accounts

pytestmark = pytest.mark.kill
DAYS = (date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1))
N_ACCOUNTS, CHUNK = 60, 5
POINTS = (
    "compare.before_plan_commit",
    "compare.after_take",
    "compare.after_pricing:2",
    "compare.before_chunk_commit",
    "compare.after_chunk_commit:3",
)
AT_THE_END = "compare.before_finish_commit"


@pytest.fixture
def processes(fresh_database: DatabaseUrls) -> Iterator[RunProcesses]:
    many_accounts(N_ACCOUNTS, DAYS)
    for start, end in pairwise(DAYS):
        work_run(start_run(open_run(cycle=CYCLE, window=Period(start, end), bill_date=end)).pk)
    connections.close_all()
    running = RunProcesses(database_url=fresh_database.app)
    yield running
    running.close()


def _result(comparison: RateComparison) -> tuple[list[Any], Any]:
    rows = comparison.accounts.order_by("account_id").values_list(
        "account_id", "customer_class", "n_segments", "billed_cents", "before_cents", "after_cents", "problem"
    )
    return list(rows), months_and_refused(comparison.pk)


def test_a_comparison_killed_everywhere_comes_to_the_same(processes: RunProcesses) -> None:
    (version,) = draft_versions(
        tariff_from_toml(ELECTRIC.replace('"13.50"', '"20.00"').replace('"0.1080"', '"0.0900"')),
        source="", source_format="",
    )  # fmt: skip
    connections.close_all()
    for point in (*POINTS, AT_THE_END):
        pid = processes.start_comparing(after=version.pk, chunk=CHUNK, crash_at=point)
        assert processes.ended(pid) == -signal.SIGKILL, point
    both = [processes.start_comparing(after=version.pk, chunk=CHUNK) for _ in range(2)]
    assert [processes.ended(pid) for pid in both] == [0, 0]
    broken = RateComparison.objects.get()
    assert broken.status == "done"
    assert not broken.chunks.filter(done_at__isnull=True).exists()
    whole = begin_comparison(after=version)
    work_comparison(whole.pk)
    assert len(_result(whole)[0]) == N_ACCOUNTS
    assert _result(broken) == _result(whole)


def test_every_point_in_the_code_is_one_the_test_kills_at() -> None:
    named = set()
    for path in (PROJECT / "meterside" / "cis" / "studies").rglob("*.py"):
        named |= set(re.findall(r'crash\.point\(\s*"([^"]+)"', path.read_text()))
    assert named == {point.partition(":")[0] for point in (*POINTS, AT_THE_END)}
