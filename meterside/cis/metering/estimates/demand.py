"""Estimates of demand registers: what they most likely showed, from what they showed before.

Such a register shows the highest demand since it was set back, which is done when it is read. There is no line between
two of its reads; each stands for itself. Worked examples: docs/algorithms/billing.md.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Final

from ..models import EstimatePolicy
from .curve import DialCurve, DialRead, a_year_before

#: A read so many days from the same day a year ago is that month's.
_SAME_MONTH_DAYS: Final = 20
#: As many reads as make what is usual lately, none of them older than so many days.
_RECENT: Final = 3
_RECENT_DAYS: Final = 130

_Made = tuple[str, Fraction, dict[str, str]]


def estimate_demand(day: date, curve: DialCurve, policy: EstimatePolicy) -> _Made | None:
    """The first of the policy's methods that has a basis: its name, what would be shown, the numbers behind it."""
    taken = [read for read in curve.reads if read.kind != "estimated"]
    for method in policy.methods:
        if method == "near_read":
            made = _nearest(taken, day, policy.window_days, but=None)
        elif method in ("last_year", "last_year_scaled"):
            made = _nearest(taken, a_year_before(day), _SAME_MONTH_DAYS, but=day)
        elif method == "recent":
            made = _recent(taken, day)
        else:
            made = None  # like_days is for intervals
        if made is not None:
            return method, *made
    return None


def _nearest(
    taken: list[DialRead], day: date, most_days: int, *, but: date | None
) -> tuple[Fraction, dict[str, str]] | None:
    """What was shown nearest to a day, so many days away at most."""
    near = [read for read in taken if abs((read.day - day).days) <= most_days and read.day != but]
    if not near:
        return None
    read = min(near, key=lambda one: (abs((one.day - day).days), one.day))
    return Fraction(read.count), {"read_on": read.day.isoformat()}


def _recent(taken: list[DialRead], day: date) -> tuple[Fraction, dict[str, str]] | None:
    """The mean of the last reads before a day."""
    last = [read for read in taken if read.day < day and (day - read.day).days <= _RECENT_DAYS][-_RECENT:]
    if not last:
        return None
    mean = Fraction(sum(read.count for read in last), len(last))
    return mean, {"from": last[0].day.isoformat(), "to": last[-1].day.isoformat(), "reads": str(len(last))}
