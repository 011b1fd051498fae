"""The peak hours of a day: those of the customer's own rate, else the utility's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from meterside.contracts.cis import AccountRef, Capability, Cis, CisError
from meterside.contracts.usage import DayClock, MeteredService
from meterside.journeys.see_bill import Say
from meterside.journeys.see_bill.times import blocks_words

from .units import Shown


@dataclass(frozen=True, slots=True)
class PeakHours:
    """Minutes [first, until) of one day on the wall clock. `clock` is the rate's, None where the utility's stand."""

    blocks: tuple[tuple[int, int], ...]
    clock: DayClock | None = None

    def has(self, instant: datetime, zone: ZoneInfo) -> bool:
        """Whether an interval that starts then lies in them."""
        minute = minute_of_day(instant, zone)
        return any(first <= minute < until for first, until in self.blocks)


#: Of a service that has none: water, gas.
NO_PEAK = PeakHours(())


def peak_hours(cis: Cis, account: AccountRef, service: MeteredService, *, day: date) -> PeakHours:
    """The peak hours of a day; those the utility names where the rate goes by no clock, or nobody can say."""
    if service.commodity != "electric":
        return NO_PEAK
    clock = None
    if Capability.PRICE_USAGE in cis.capabilities():
        try:
            clock = cis.clock_of_day(account, service.ref, day=day)
        except CisError:
            clock = None
    return PeakHours(settings.UTILITY.peak_blocks) if clock is None else PeakHours(clock.peak, clock)


def minute_of_day(instant: datetime, zone: ZoneInfo) -> int:
    """The minute of the local day on the wall clock."""
    local = instant.astimezone(zone)
    return local.hour * 60 + local.minute


def peak_words(
    peak: PeakHours,
    uses: Iterable[tuple[datetime, Decimal]],
    total: Decimal,
    shown: Shown,
    zone: ZoneInfo,
    say: Say,
) -> tuple[str, ...]:
    """How much of a day was used in them; nothing where there are none to tell of."""
    if peak.clock is not None and not peak.blocks:
        return (_("Your rate has no peak hours on this day."),)
    if not peak.blocks or total <= 0:
        return ()
    amount = sum((use for starts_at, use in uses if peak.has(starts_at, zone)), Decimal(0))
    facts = {
        "hours": blocks_words(peak.blocks, say),
        "use": shown.said(amount, say),
        "percent": say.percent(int((amount * 100 / total).to_integral_value(rounding=ROUND_HALF_UP))),
    }
    if peak.clock is None:
        return (_("In the busiest hours for everybody, %(hours)s: %(use)s, %(percent)s of the day.") % facts,)
    return (_("In the peak hours of your rate, %(hours)s: %(use)s, %(percent)s of the day.") % facts,)
