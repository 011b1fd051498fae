"""Working on a comparison: one chunk after another, by as many processes as there are.

A process killed anywhere leaves its chunk waiting, for the note that it is done commits with what came out.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from django.db import transaction

from meterside.cis.registry.models import Account
from meterside.cis.tariffs.queries import engine_tariff
from meterside.engine.series import DatedSeries
from meterside.engine.tariff.model import Tariff
from meterside.kit import clock, crash

from .lifecycles import StudyStatus
from .models import ComparisonAccount, ComparisonChunk, RateComparison
from .operations import complete_comparison
from .past import past_segments
from .replay import CannotReplay, PastSegment, replayed, timeless

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Year:
    """What an account came to: in all, and by month of the bill's date."""

    n_segments: int = 0
    billed_cents: int = 0
    before_cents: int = 0
    after_cents: int = 0
    months: dict[str, list[int]] = field(default_factory=dict)

    def add(self, segment: PastSegment, before_cents: int, after_cents: int) -> None:
        """One more segment."""
        self.n_segments += 1
        self.billed_cents += segment.total_cents
        self.before_cents += before_cents
        self.after_cents += after_cents
        sums = self.months.setdefault(f"{segment.bill_date:%Y-%m}", [0, 0, 0])
        for place, cents in enumerate((segment.total_cents, before_cents, after_cents)):
            sums[place] += cents


def work_comparison(comparison_id: int) -> int:
    """Work until no chunk is left to take, then finish; returns how many chunks this call did."""
    n_done = 0
    while work_chunk(comparison_id):
        crash.point("compare.after_chunk_commit")
        n_done += 1
    complete_comparison(comparison_id)
    return n_done


@transaction.atomic
def work_chunk(comparison_id: int) -> bool:
    """Take one waiting chunk of a comparison that is at work, and do it; False where there is none to take."""
    comparison = RateComparison.objects.select_related("before__tariff", "after__tariff").get(
        pk=comparison_id
    )
    if comparison.status != StudyStatus.RUNNING:
        return False
    chunk = (
        ComparisonChunk.objects.select_for_update(skip_locked=True)
        .filter(comparison=comparison, done_at__isnull=True)
        .order_by("number")
        .first()
    )
    if chunk is None:
        return False
    crash.point("compare.after_take")
    rows = _price(comparison, chunk)
    crash.point("compare.after_pricing")
    ComparisonAccount.objects.bulk_create(rows)
    chunk.n_refused = sum(1 for row in rows if row.problem)
    chunk.n_priced = len(rows) - chunk.n_refused
    chunk.done_at = clock.now()
    chunk.save(update_fields=["n_priced", "n_refused", "months", "done_at"])
    crash.point("compare.before_chunk_commit")
    return True


def _price(comparison: RateComparison, chunk: ComparisonChunk) -> list[ComparisonAccount]:
    """A row for each account of the chunk; the chunk is given the sums of its months."""
    after = timeless(engine_tariff(comparison.after))
    before = None if comparison.before is None else timeless(engine_tariff(comparison.before))
    series = {each.name: each for each in map(DatedSeries.from_dict, comparison.series)}
    classes = dict(Account.objects.filter(pk__in=chunk.account_ids).values_list("pk", "customer_class"))
    rows, months = [], dict[str, list[int]]()
    for account_id, segments in groupby(past_segments(chunk.segment_ids), key=lambda one: one.account_id):
        own = list(segments)
        row = ComparisonAccount(
            comparison=comparison,
            account_id=account_id,
            customer_class=classes[account_id],
            n_segments=len(own),
            billed_cents=sum(one.total_cents for one in own),
        )
        try:
            year = _year(own, before, after, series)
        except CannotReplay as error:
            row.problem, row.detail = error.kind, error.detail
        except Exception as error:
            # One account's trouble is its own alone; it is told as such.
            logger.exception("comparison %s: account %s failed", comparison.pk, account_id)
            row.problem, row.detail = "failed", f"{type(error).__name__}: {error}"[:500]
        else:
            row.before_cents, row.after_cents = year.before_cents, year.after_cents
            for month, sums in year.months.items():
                known = months.setdefault(month, [0, 0, 0])
                months[month] = [one + other for one, other in zip(known, sums, strict=True)]
        rows.append(row)
    chunk.months = months
    return rows


def _year(
    segments: Iterable[PastSegment], before: Tariff | None, after: Tariff, series: Mapping[str, DatedSeries]
) -> _Year:
    year = _Year()
    for _agreement, of_agreement in groupby(segments, key=lambda one: one.agreement_id):
        own = list(of_agreement)
        then = [one.total_cents for one in own]
        if before is not None:
            then = [rated.total_cents for rated in replayed(own, before, series)]
        for segment, cents, rated in zip(own, then, replayed(own, after, series), strict=True):
            year.add(segment, cents, rated.total_cents)
    return year
