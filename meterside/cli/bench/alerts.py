"""Judging alerts of accounts that somebody watches, by two processes: what follows a head-end's daily file.

Each account has two services measured by the hour, a bill, and an owner. 40,000 of them, as behind a file of 100,000
meters, are to be told within five minutes of it: 40,000 / 300 s is what two cores must do. The floor is
what no judging can do without: the account's days and hours, asked once a service.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from threading import Barrier
from typing import Final
from uuid import UUID

from django.db import connection

from meterside.cli.database import set_up_django
from meterside.contracts.cis import AccountRef
from meterside.kit import clock

from . import Result
from .upkeep import vacuum

_WORKERS: Final = 2
_ACCOUNTS: Final = 1_000
_NOW: Final = datetime(2026, 3, 20, 18, tzinfo=UTC)
_GOAL_PER_S: Final = 40_000 / 300


def run() -> Iterator[Result]:
    """Accounts judged a second, the first time and again when nothing is new."""
    accounts = _watched()
    vacuum()
    floor = _floor_per_s(accounts)
    for when in ("the first time", "again"):
        per_s = _judged_per_s(accounts)
        yield Result(
            f"alerts of two hourly services, two workers, {when}",
            per_s,
            "accounts/s",
            floor,
            "accounts/s, their days and hours read by one",
            f">= {_GOAL_PER_S:.0f}",
            per_s >= _GOAL_PER_S,
        )


def _watched() -> list[AccountRef]:
    """A town, billed once, each account with an owner."""
    from meterside.cis.billing.runs.operations import open_run, start_run
    from meterside.cis.billing.runs.working import work_run
    from meterside.cis.registry.models import Account
    from meterside.engine.period import Period
    from meterside.portal.access.operations import grant
    from meterside.portal.access.roles import Role
    from meterside.portal.identity.operations import create_login

    from .town import MONTHS, make_town

    keys = make_town("ALERTS", _ACCOUNTS, has_hourly_water=True)
    start, end = next(pairwise(MONTHS))
    work_run(start_run(open_run(cycle="ALERTS", window=Period(start, end), bill_date=end)).pk)
    refs = [
        AccountRef(ref) for ref in Account.objects.filter(pk__in=keys).values_list("public_id", flat=True)
    ]
    with clock.clock_at(_NOW):
        for number, account in enumerate(refs):
            login = create_login(
                email=f"alerts-{number}@example.com",
                password=None,
                display_name="Ada",
                language="en",
                now=_NOW,
            )
            grant(login_id=login.pk, account=account, role=Role.OWNER, now=_NOW)
    return refs


def _judged_per_s(accounts: Sequence[AccountRef]) -> float:
    context = multiprocessing.get_context("spawn")
    halves = [[str(one) for one in accounts[at::_WORKERS]] for at in range(_WORKERS)]
    with (
        context.Manager() as manager,
        ProcessPoolExecutor(_WORKERS, mp_context=context, initializer=set_up_django) as pool,
    ):
        gates = [manager.Barrier(_WORKERS)] * _WORKERS
        done = list(pool.map(_judge, halves, gates))
    return len(accounts) / (max(one[1] for one in done) - min(one[0] for one in done))


def _judge(accounts: Sequence[str], gate: Barrier) -> tuple[float, float]:
    """As the worker's job does it; when it began and ended."""
    from meterside.jobs.usage import judge

    connection.ensure_connection()
    gate.wait()
    began = time.time()
    with clock.clock_at(_NOW):
        judge([AccountRef(UUID(account)) for account in accounts])
    return began, time.time()


_DAYS: Final = """
    SELECT d.channel_id, d.local_day, d.total FROM cis_registry_account a
      JOIN cis_agreements_serviceagreement g ON g.account_id = a.id
      JOIN cis_agreements_agreementservicepoint l ON l.agreement_id = g.id
      JOIN cis_registry_deviceinstallation i ON i.service_point_id = l.service_point_id
      JOIN cis_registry_channel c ON c.device_id = i.device_id
      JOIN cis_metering_intervalday d ON d.channel_id = c.id AND d.local_day >= %s AND d.local_day < %s
     WHERE a.public_id = %s
"""


def _floor_per_s(accounts: Sequence[AccountRef]) -> float:
    today = date(2026, 3, 20)
    began = time.perf_counter()
    with connection.cursor() as cursor:
        for account in accounts:
            cursor.execute(_DAYS, [today - timedelta(days=56), today, account])
            cursor.fetchall()
            cursor.execute(_DAYS.replace("d.total", "d.reads"), [today - timedelta(days=4), today, account])
            cursor.fetchall()
    return len(accounts) / (time.perf_counter() - began)
