"""Late fees and deposits killed with SIGKILL at every named point, and begun again: charged once, the books hold."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from click.testing import CliRunner

from meterside.cis.billing.books import prove_books
from meterside.cis.billing.charges.policies import set_deposit_policy, set_late_fee_policy
from meterside.cis.billing.models import Bill, Deposit, LateFee
from meterside.cis.billing.runs.operations import open_run, start_run
from meterside.cis.billing.runs.working import work_run
from meterside.cis.ledger.models import Payment
from meterside.cis.ledger.operations import post_payments
from meterside.cis.ledger.queries import balances_cents
from meterside.cis.registry.models import Account
from meterside.cli import cli
from meterside.config.environment import PROJECT
from meterside.engine.period import Period
from meterside.engine.policy import deposit_rule, late_fee_rule
from meterside.kit.postgres import DatabaseUrls
from tests.cast import instant
from tests.many_accounts import CYCLE, many_accounts
from tests.platform.support import meterside

pytestmark = pytest.mark.kill
JAN, FEB = date(2025, 1, 1), date(2025, 2, 1)
_FEES = (
    "late_fee.after_lock",
    "late_fee.after_postings",
    "late_fee.after_postings:2",
    "late_fee.before_commit:2",
)
_DEPOSITS = ("deposit.after_posting:7", "deposit.after_paid:3", "deposit.after_return:2")


@pytest.fixture
def town(fresh_database: DatabaseUrls) -> DatabaseUrls:
    """240 accounts with one bill each and nothing paid: three parts of a night's work."""
    set_late_fee_policy(since=JAN, rule=late_fee_rule({"percent": "0.015"}))
    many_accounts(240, [JAN, FEB])
    work_run(start_run(open_run(cycle=CYCLE, window=Period(JAN, FEB), bill_date=FEB)).pk)
    return fresh_database


def test_a_night_killed_at_each_point_and_begun_again_charges_each_bill_once(town: DatabaseUrls) -> None:
    late_date = Bill.objects.latest("pk").late_date
    assert late_date is not None
    night = (late_date + timedelta(days=1)).isoformat()
    for point in _FEES:
        killed = meterside(
            "bill", "late-fees", "--on", night, DATABASE_URL=town.app, METERSIDE_CRASH_AT=point
        )
        assert killed.returncode == -9, (point, killed.stderr)
        assert prove_books().holds, point
    assert 0 < LateFee.objects.count() < 240, "what was done before stays done"
    for _ in range(2):
        done = CliRunner().invoke(cli, ["bill", "late-fees", "--on", night])
        assert done.exit_code == 0, done.output
    assert LateFee.objects.count() == 240
    assert prove_books().holds
    owed = balances_cents(list(Bill.objects.values_list("account_id", flat=True)))
    for bill in Bill.objects.all():
        assert owed[bill.account_id] == bill.amount_after_late_cents


def test_deposits_killed_at_each_point_and_begun_again(town: DatabaseUrls) -> None:
    table = {"flat": "50", "at_start": True, "refund_after_months": 1}
    set_deposit_policy(since=JAN, rule=deposit_rule(table))
    steps = (("2025-01-02", _DEPOSITS[0]), ("2025-01-10", _DEPOSITS[1]), ("2026-06-01", _DEPOSITS[2]))
    for day, point in steps:
        killed = meterside(
            "bill", "deposit", "work", "--on", day, DATABASE_URL=town.app, METERSIDE_CRASH_AT=point
        )
        assert killed.returncode == -9, (point, killed.stderr)
        assert prove_books().holds, point
        for _ in range(2):
            done = CliRunner().invoke(cli, ["bill", "deposit", "work", "--on", day])
            assert done.exit_code == 0, done.output
        if day == "2025-01-02":
            _pay_all()
    assert set(Deposit.objects.values_list("status", flat=True)) == {"returned"}
    assert Deposit.objects.count() == 240
    proof = prove_books()
    assert proof.holds
    assert proof.totals_cents.get("deposit", 0) == proof.totals_cents.get("deposit.billed", 0) == 0


def test_every_point_in_the_code_is_one_that_is_killed_at() -> None:
    named = set()
    for path in (PROJECT / "meterside" / "cis" / "billing").rglob("*.py"):
        named |= set(re.findall(r'crash\.point\(\s*"((?:late_fee|deposit)\.[^"]+)"', path.read_text()))
    assert named == {point.partition(":")[0] for point in (*_FEES, *_DEPOSITS)}


def _pay_all() -> None:
    """Everybody pays all that they owe, in one file of the lockbox."""
    owed = balances_cents(list(Account.objects.values_list("pk", flat=True)))
    at = instant("2025-01-05T12:00")
    post_payments(
        [
            Payment(
                payment_id=uuid4(), account_id=key, amount_cents=cents, paid_at=at, effective_on=at.date(),
                channel="lockbox", tender="check",
            )
            for key, cents in owed.items()
            if cents > 0
        ]
    )  # fmt: skip
