"""This year's use beside the use of the same days a year before, a day on average."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from .page import LastYearUse
from .say import Say
from .words import converted, percent_text, use_text


def last_year_use(service: Mapping[str, Any], unit: str, say: Say) -> LastYearUse | None:
    """The comparison in words and in amounts a day; None where the service measures nothing, or the bill is older
    than this comparison. Where a year before nothing is known the words say so, and there are no amounts.
    """
    usage = service["usage"]
    if not usage or "last_year" not in service:
        return None
    before = service["last_year"]
    if before is None:
        return LastYearUse(_("We have nothing from a year before to compare with."), None, None, unit)
    now_a_day, shown = _a_day(usage["quantity"], service["days"], usage["unit"], unit)
    before_a_day, _unit = _a_day(before["quantity"], before["days"], usage["unit"], unit)
    words = _words(now_a_day, before_a_day, shown, say)
    return LastYearUse(words, now_a_day, before_a_day, shown)


def _a_day(quantity: str, days: int, own: str, wanted: str) -> tuple[Decimal, str]:
    """A day's use in the unit wanted, or in the meter's own where only the rate could convert it."""
    amount = Decimal(quantity) / days
    shown = converted(amount, own, wanted)
    return (amount, own) if shown is None else (shown, wanted)


def _words(now: Decimal, before: Decimal, unit: str, say: Say) -> str:
    facts = {"now": use_text(now, unit, say), "before": use_text(before, unit, say)}
    if before <= 0:
        return _("%(now)s a day; a year before %(before)s.") % facts
    share = ((now - before) / before).quantize(Decimal("0.01"), ROUND_HALF_UP)
    facts["share"] = percent_text(abs(share))
    if share > 0:
        return _("%(now)s a day, %(share)s more than a year before (%(before)s).") % facts
    if share < 0:
        return _("%(now)s a day, %(share)s less than a year before (%(before)s).") % facts
    return _("%(now)s a day, about the same as a year before (%(before)s).") % facts
