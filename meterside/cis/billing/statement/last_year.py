"""The use of the same days a year before, from the same agreement's own history and nobody else's.

Days are compared by their date; February 29 with February 28. Use is taken from the days themselves where the
meter sent all of them, else from the bill of that time that covers most of them, if it covers half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from meterside.cis.metering.store.queries import DayTotal, day_totals
from meterside.engine.period import Period
from meterside.kit.sql import from_json

from ..inputs.measuring import multiplied_day
from ..segments import Draft

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LastYear:
    """What was used in `days` days about a year before, in the unit of the use it is compared with.

    `daily` has an amount for each day of the period billed now, None where that day is not known; it is None
    where no day is.
    """

    quantity: Decimal
    days: int
    source: str
    daily: tuple[int | None, ...] | None

    def to_dict(self) -> dict[str, Any]:
        """As the statement freezes it."""
        return {
            "quantity": str(self.quantity),
            "days": self.days,
            "source": self.source,
            "daily": None if self.daily is None else list(self.daily),
        }


def year_before(day: date) -> date:
    """The same date a year before."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # February 29
        return day.replace(year=day.year - 1, day=28)


def last_years(drafts: Sequence[Draft]) -> list[LastYear | None]:
    """For each draft the use a year before; None where it has no use, or nothing is known of that time."""
    measured = [draft for draft in drafts if draft.measured.determinant is not None]
    if not measured:
        return [None] * len(drafts)
    billed = _billed(measured)
    by_channel = _days(measured)
    found = {id(draft): _last_year(draft, billed.get(id(draft)), by_channel) for draft in measured}
    return [found.get(id(draft)) for draft in drafts]


def _last_year(
    draft: Draft, billed: tuple[Decimal, int] | None, by_channel: Mapping[int, Sequence[DayTotal]]
) -> LastYear | None:
    daily = _daily(draft, by_channel)
    known = [use for use in daily if use is not None]
    shown = daily if known else None
    if len(known) == len(daily):
        return LastYear(Decimal(sum(known)), len(known), "interval", shown)
    if billed is not None:
        return LastYear(*billed, "bill", shown)
    if 2 * len(known) >= len(daily):
        return LastYear(Decimal(sum(known)), len(known), "interval", shown)
    return None


def _daily(draft: Draft, by_channel: Mapping[int, Sequence[DayTotal]]) -> tuple[int | None, ...]:
    """Each day's use a year before, of the meters that added to this agreement on that day."""
    determinant, agreement, period = draft.measured.determinant, draft.agreement, draft.inputs.period
    totals: dict[date, int] = {}
    for meter in agreement.meters:
        hung = Period(meter.first, meter.end)
        for channel in meter.channels if meter.use == "add" else ():
            if determinant is None or channel.unit != determinant.unit:
                continue
            for row in by_channel.get(channel.id, ()):
                if row.quality != "missing" and hung.contains(row.day) and agreement.during.contains(row.day):
                    use = multiplied_day(row.total, meter.multiplier)
                    totals[row.day] = totals.get(row.day, 0) + use
    if not totals:
        return (None,) * period.days
    days = [period.start + _ONE_DAY * number for number in range(period.days)]
    return tuple(totals.get(year_before(day)) for day in days)


def _days(drafts: Sequence[Draft]) -> Mapping[int, Sequence[DayTotal]]:
    channels = {
        channel.id for draft in drafts for meter in draft.agreement.meters for channel in meter.channels
    }
    first = min(draft.inputs.period.start for draft in drafts)
    last = max(draft.inputs.period.last_day for draft in drafts)
    return day_totals(sorted(channels), year_before(first), year_before(last) + _ONE_DAY)


_BILLED = """
    SELECT wanted.place, s.inputs -> 'determinants', upper(s.period) - lower(s.period)
      FROM unnest(%s::bigint[], %s::date[], %s::date[]) WITH ORDINALITY AS wanted (agreement_id, first, closed, place)
      JOIN LATERAL (
           SELECT o.inputs, o.period,
                  upper(o.period * daterange(first, closed)) - lower(o.period * daterange(first, closed)) AS common
             FROM cis_billing_billsegment o
            WHERE o.agreement_id = wanted.agreement_id AND o.status = 'issued'
              AND o.period && daterange(first, closed)
            ORDER BY common DESC, o.id LIMIT 1
      ) s ON 2 * s.common >= closed - first
"""


def _billed(drafts: Sequence[Draft]) -> Mapping[int, tuple[Decimal, int]]:
    """Use and days of the bill of a year before, where it measured the same in the same unit; by draft."""
    periods = [draft.inputs.period for draft in drafts]
    found: dict[int, tuple[Decimal, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            _BILLED,
            [
                [draft.agreement.id for draft in drafts],
                [year_before(period.start) for period in periods],
                [year_before(period.last_day) + _ONE_DAY for period in periods],
            ],
        )
        for place, determinants, days in cursor.fetchall():
            draft = drafts[place - 1]
            determinant = draft.measured.determinant
            for item in from_json(determinants) or ():
                if determinant and (item["name"], item["unit"]) == (determinant.name, determinant.unit):
                    found[id(draft)] = (Decimal(item["quantity"]), days)
    return found
