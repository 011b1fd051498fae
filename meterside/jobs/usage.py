"""Judges alerts as reads arrive and once a day, and tells people when they may be disturbed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from procrastinate.blueprints import Blueprint

from meterside import wiring
from meterside.cis.adapter.usage_rows import accounts_of_channels
from meterside.cis.metering.store.telling import STORED_TOPIC
from meterside.contracts.cis import AccountRef, CisError
from meterside.journeys.notify.saying import MessageSay
from meterside.journeys.watch_usage.alerts import evaluate_accounts, tell_waiting
from meterside.kit import clock
from meterside.portal.access.queries import accounts_with_owners
from meterside.spine.outbox import Envelope
from meterside.spine.queue import defer

from .deliver import handles

logger = logging.getLogger(__name__)
blueprint = Blueprint()

_JOB = "usage:evaluate"
_ACCOUNTS_A_JOB = 200
# So many are asked of the CIS together: enough to share its queries, few enough to hold in hand.
_AT_ONCE = 50
# A demo's past is loaded at once, long after it happened: nobody is told of it.
_NEWS = timedelta(days=8)


@handles(STORED_TOPIC)
def judge_stored(envelope: Envelope) -> None:
    """New reads came: judge the accounts behind them that somebody watches."""
    if date.fromisoformat(envelope.payload["last_day"]) < clock.today(settings.UTILITY.zone) - _NEWS:
        return
    touched = accounts_of_channels(envelope.payload["channels"])
    watched = accounts_with_owners(accounts=touched, now=clock.now())
    if len(watched) <= _ACCOUNTS_A_JOB:
        judge(watched)
    else:
        _in_jobs(watched)


def judge(accounts: Sequence[AccountRef]) -> int:
    """Judge these accounts and tell their people; returns how many alerts were raised."""
    now, raised = clock.now(), 0
    for at in range(0, len(accounts), _AT_ONCE):
        part = accounts[at : at + _AT_ONCE]
        try:
            raised += len(evaluate_accounts(wiring.cis(), part, now=now).raised)
        except CisError:
            logger.warning(
                "alerts of %d accounts could not be judged; the next data or night does", len(part)
            )
    tell_waiting(now=now, say=MessageSay())
    return raised


def _in_jobs(accounts: Sequence[AccountRef]) -> None:
    for at in range(0, len(accounts), _ACCOUNTS_A_JOB):
        part = [str(account) for account in accounts[at : at + _ACCOUNTS_A_JOB]]
        defer(_JOB, accounts=part)


@blueprint.task(name="evaluate")
def evaluate(accounts: list[str]) -> None:
    """Judge some accounts."""
    judge([AccountRef(UUID(account)) for account in accounts])


@blueprint.periodic(cron="*/5 * * * *")
@blueprint.task(name="tell", queueing_lock="usage:tell")
def tell(timestamp: int) -> None:
    """Every five minutes: tell those whose quiet hours are over."""
    tell_waiting(now=clock.now(), say=MessageSay())


@blueprint.periodic(cron="23 8 * * *")
@blueprint.task(name="sweep", queueing_lock="usage:sweep")
def sweep(timestamp: int) -> None:
    """Every morning: judge every account that somebody watches, whether data came or not."""
    _in_jobs(accounts_with_owners(accounts=None, now=clock.now()))
