"""Any two stretches of days beside each other."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from meterside.contracts.usage import DaysOfUse
from meterside.journeys.see_bill import Say

from .page import ComparePage, DayOfPeriod, Side
from .units import Shown, shown_unit
from .words import percent_more, tabs_of

_ONE_DAY = timedelta(days=1)


def see_compared(
    one: DaysOfUse, other: DaysOfUse, *, spans: tuple[tuple[date, date], tuple[date, date]], say: Say
) -> ComparePage:
    """Two stretches; `spans` are their first and last days as they were asked."""
    shown = shown_unit(one.service)
    sides = [_side(view, span, shown, say) for view, span in zip((one, other), spans, strict=True)]
    return ComparePage(
        service=one.service,
        tabs=tabs_of(one.services, one.service.ref),
        unit=shown.unit,
        one=sides[0],
        other=sides[1],
        sentences=_sentences(sides[0], sides[1], shown, say),
    )


def _side(view: DaysOfUse, span: tuple[date, date], shown: Shown, say: Say) -> Side:
    days = tuple(
        DayOfPeriod(
            day=day.day,
            amount=None if day.quantity is None else shown.of(day.quantity),
            quality=day.quality,
        )
        for day in view.days
    )
    known = [day.amount for day in days if day.amount is not None]
    total = sum(known, Decimal(0))
    return Side(
        first=span[0],
        last=span[1],
        days=days,
        total=total,
        n_known=len(known),
        said=shown.said(total, say) if known else "",
        a_day=shown.said(total / len(known), say) if known else "",
    )


def _sentences(one: Side, other: Side, shown: Shown, say: Say) -> tuple[str, ...]:
    if not one.n_known or not other.n_known:
        return (_("Of one of the two nothing is known, so there is nothing to compare."),)
    a_day, before = one.total / one.n_known, other.total / other.n_known
    percent = percent_more(a_day, before)
    facts = {"now": one.a_day, "before": other.a_day, "percent": say.percent(abs(percent or 0))}
    if percent is None:
        first = _("%(now)s a day, against none.") % facts
    elif percent == 0:
        first = _("The same a day: %(now)s.") % facts
    elif percent > 0:
        first = _("%(percent)s more a day: %(now)s against %(before)s.") % facts
    else:
        first = _("%(percent)s less a day: %(now)s against %(before)s.") % facts
    sentences = [first]
    if one.n_known != other.n_known:
        facts = {"one": str(one.n_known), "other": str(other.n_known)}
        sentences.append(
            _("Days known: %(one)s of the first, %(other)s of the second; so the use a day is compared.")
            % facts
        )
    return tuple(sentences)
