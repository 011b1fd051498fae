"""Comparisons over all accounts: begun, stopped, gone on with, finished. The chunk rows are the truth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from django.db import transaction

from meterside.cis.tariffs.models import TariffVersion
from meterside.cis.tariffs.queries import dated_series, engine_tariff
from meterside.engine.lifecycle import check_move
from meterside.kit import clock, crash
from meterside.spine import actor, audit
from meterside.spine.queue import defer

from .lifecycles import STUDY, StudyStatus
from .models import ComparisonChunk, RateComparison
from .past import billed_on, latest_bill_date

COMPARE_JOB: Final = "compare:work"
#: Accounts priced in one transaction: a second or two of work.
CHUNK_ACCOUNTS: Final = 50
_JOBS_AT_ONCE: Final = 4
_MONTHS: Final = 12


class NothingToCompare(Exception):
    """No account was billed on the tariff yet."""


class NotOfOneTariff(Exception):
    """Two versions are compared over the accounts of one tariff."""


@transaction.atomic
def begin_comparison(
    *, after: TariffVersion, before: TariffVersion | None = None, chunk_accounts: int = CHUNK_ACCOUNTS
) -> RateComparison:
    """Plan a comparison over the twelve months up to the latest bill on the tariff, and let workers begin.

    Without `before` it is against what was billed. Raises NothingToCompare, NotOfOneTariff.
    """
    tariff = after.tariff
    if before is not None and (before.tariff_id != tariff.pk or before.pk == after.pk):
        raise NotOfOneTariff
    last = latest_bill_date(tariff.code)
    if last is None:
        raise NothingToCompare(tariff.code)
    first, last = _months_up_to(last)
    accounts = billed_on(tariff.code, first, last)
    versions = [engine_tariff(one) for one in (before, after) if one is not None]
    names = {name for one in versions for name in one.series_named()}
    made = RateComparison.objects.create(
        tariff=tariff,
        before=before,
        after=after,
        first_day=first,
        last_day=last,
        as_of=clock.now(),
        series=[each.to_dict() for _name, each in sorted(dated_series(names).items())],
        n_accounts=len(accounts),
        created_by=str(actor.current()),
    )
    _plan(made, accounts, chunk_accounts)
    _record(made, "begun", code=tariff.code, accounts=len(accounts))
    crash.point("compare.before_plan_commit")
    wake_comparison(made.pk)
    return made


def _months_up_to(last: date) -> tuple[date, date]:
    """Twelve whole months, the last of them that of the latest bill."""
    months = last.year * 12 + last.month - _MONTHS
    end = (last.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return date(months // 12, months % 12 + 1, 1), end


def _plan(made: RateComparison, accounts: Sequence[tuple[int, list[int]]], chunk_accounts: int) -> None:
    parts = [accounts[start : start + chunk_accounts] for start in range(0, len(accounts), chunk_accounts)]
    ComparisonChunk.objects.bulk_create(
        ComparisonChunk(
            comparison=made,
            number=number,
            account_ids=[account_id for account_id, _ids in part],
            segment_ids=[key for _account_id, ids in part for key in ids],
            n_accounts=len(part),
        )
        for number, part in enumerate(parts, start=1)
    )


@transaction.atomic
def stop_comparison(comparison: RateComparison) -> RateComparison:
    """Begin no further chunk; those under way are finished. Raises MoveNotAllowed."""
    locked = _locked(comparison)
    locked.stopped_by = str(actor.current())
    return _move(locked, StudyStatus.STOPPED, "stopped_by")


@transaction.atomic
def go_on(comparison: RateComparison) -> RateComparison:
    """Go on with one that was stopped. Raises MoveNotAllowed."""
    locked = _move(_locked(comparison), StudyStatus.RUNNING)
    wake_comparison(locked.pk)
    return locked


@transaction.atomic
def complete_comparison(comparison_id: int) -> bool:
    """Finish it where each of its chunks is done; returns whether this call did."""
    locked = RateComparison.objects.select_for_update().get(pk=comparison_id)
    if locked.status != StudyStatus.RUNNING:
        return False
    if ComparisonChunk.objects.filter(comparison=locked, done_at__isnull=True).exists():
        return False
    locked.finished_at = clock.now()
    _move(locked, StudyStatus.DONE, "finished_at")
    crash.point("compare.before_finish_commit")
    return True


def wake_comparison(comparison_id: int) -> None:
    """Have jobs work on it; those that wait already are enough."""
    for slot in range(_JOBS_AT_ONCE):
        lock = f"{COMPARE_JOB}:{comparison_id}:{slot}"
        defer(COMPARE_JOB, queueing_lock=lock, comparison_id=comparison_id, slot=slot)


def comparisons_at_work() -> list[int]:
    """Keys of the comparisons whose chunks are to be worked."""
    rows = RateComparison.objects.filter(status=StudyStatus.RUNNING)
    return list(rows.values_list("pk", flat=True))


def _locked(comparison: RateComparison) -> RateComparison:
    return RateComparison.objects.select_for_update().get(pk=comparison.pk)


def _move(comparison: RateComparison, status: StudyStatus, *also: str) -> RateComparison:
    check_move(STUDY, comparison.status, status)
    comparison.status = status.value
    comparison.save(update_fields=["status", *also])
    _record(comparison, status.value)
    return comparison


def _record(comparison: RateComparison, what: str, **detail: object) -> None:
    audit.record(
        action=f"rate_comparison.{what}", subject_type="rate_comparison", subject_id=comparison.pk, **detail
    )
