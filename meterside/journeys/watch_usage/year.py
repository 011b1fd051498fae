"""A year of bill periods, each beside the one of a year before."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from meterside.contracts.usage import MonthsOfUse, PeriodsOfUse, UseOfMonth, UseOfPeriod, UseQuality
from meterside.journeys.see_bill import Say

from .page import MonthRow, YearPage, YearRow
from .units import Shown, shown_unit
from .weather import whole_degrees
from .words import percent_more, tabs_of

#: What the year page asks for: a year, the one before it, and one more to know whether there is more.
PERIODS_ASKED = 26
MONTHS_ASKED = 24
_A_YEAR = 12


def see_year(view: PeriodsOfUse, *, say: Say, is_latest: bool) -> YearPage:
    """The latest twelve of the periods brought, oldest first."""
    shown = shown_unit(view.service)
    unit, amounts = _amounts(view.periods, shown)
    periods = view.periods[-_A_YEAR:]
    rows = tuple(_row(period, view.periods, unit, amounts, shown, say) for period in periods)
    known = [row.amount for row in rows if row.amount is not None]
    whole = sum(known, Decimal(0))
    said = Shown(unit, unit, Decimal(1))
    costs = [row.cost_cents for row in rows if row.cost_cents is not None]
    older = view.periods[:-_A_YEAR]
    return YearPage(
        service=view.service,
        tabs=tabs_of(view.services, view.service.ref),
        unit=unit,
        rows=rows,
        words=_words(rows, say),
        total=said.said(whole, say) if known else "",
        cost_cents=sum(costs) if costs else None,
        older_until=older[-1].end if older else None,
        newer_until=None if is_latest or not periods else _a_year_later(periods[-1].end),
        is_latest=is_latest,
        months=_months(view.by_month, shown, say) if view.by_month else (),
        degrees=view.by_month.degrees if view.by_month else "",
    )


def _months(found: MonthsOfUse, shown: Shown, say: Say) -> tuple[MonthRow, ...]:
    """The latest twelve months with data, the latest first, each beside the same one a year before."""
    by_month = {one.month: one for one in found.months}
    return tuple(_month(one, by_month, shown, say) for one in found.months[: -_A_YEAR - 1 : -1])


def _month(one: UseOfMonth, by_month: Mapping[date, UseOfMonth], shown: Shown, say: Say) -> MonthRow:
    before = by_month.get(one.month.replace(year=one.month.year - 1))
    n_days = monthrange(one.month.year, one.month.month)[1]
    return MonthRow(
        month=one.month,
        said=shown.said(shown.of(one.quantity), say),
        gaps=""
        if one.n_days >= n_days
        else _("%(known)s of %(days)s days") % {"known": one.n_days, "days": n_days},
        than_last_year=_than(one, before, say) if before and before.n_days == one.n_days == n_days else "",
        temperature="" if one.temperature is None else say.number(whole_degrees(one.temperature)),
    )


def _than(one: UseOfMonth, before: UseOfMonth, say: Say) -> str:
    """`12% less`, `12% more`, `the same`; empty where there was nothing before."""
    percent = percent_more(one.quantity, before.quantity)
    if percent is None:
        return ""
    facts = {"percent": say.percent(abs(percent))}
    if percent == 0:
        return _("the same")
    return _("%(percent)s more") % facts if percent > 0 else _("%(percent)s less") % facts


def _amounts(periods: Sequence[UseOfPeriod], shown: Shown) -> tuple[str, dict[date, Decimal]]:
    """The periods' amounts by their first day in one unit: the page's, or the bills' own where it cannot say them."""
    found = {
        period.start: shown.of_unit(period.quantity, period.unit)
        for period in periods
        if period.quantity is not None
    }
    if all(amount is not None for amount in found.values()):
        return shown.unit, {start: amount for start, amount in found.items() if amount is not None}
    unit = periods[-1].unit
    return unit, {
        period.start: period.quantity
        for period in periods
        if period.quantity is not None and period.unit == unit
    }


def _row(
    period: UseOfPeriod,
    known: Sequence[UseOfPeriod],
    unit: str,
    amounts: dict[date, Decimal],
    shown: Shown,
    say: Say,
) -> YearRow:
    amount = amounts.get(period.start)
    middle = period.start + (period.end - period.start) / 2
    year_ago = middle - timedelta(days=365)
    before = next((one for one in known if one.start <= year_ago < one.end), None)
    given = None if period.received is None else shown.of_unit(period.received, period.unit)
    said = Shown(unit, unit, Decimal(1))
    return YearRow(
        start=period.start,
        end=period.end,
        label_day=middle,
        amount=amount,
        said="" if amount is None else said.said(amount, say),
        quality=period.quality if amount is not None else UseQuality.MISSING,
        last_year=amounts.get(before.start) if before else None,
        given="" if given is None else shown.said(given, say),
        cost_cents=period.cost_cents,
        bill=period.bill,
    )


def _words(rows: Sequence[YearRow], say: Say) -> str:
    """`You used 9% less than the year before.`, of the periods that both years know."""
    both = [row for row in rows if row.amount is not None and row.last_year is not None]
    if len(both) >= _A_YEAR // 2:
        now = sum((row.amount or Decimal(0) for row in both), Decimal(0))
        percent = percent_more(now, sum((row.last_year or Decimal(0) for row in both), Decimal(0)))
        if percent is not None:
            facts = {"percent": say.percent(abs(percent))}
            if abs(percent) < 1:
                return _("You used as much as the year before.")
            if percent > 0:
                return _("You used %(percent)s more than the year before.") % facts
            return _("You used %(percent)s less than the year before.") % facts
    most = max((row for row in rows if row.amount is not None), key=lambda row: row.amount or 0, default=None)
    if most is None:
        return ""
    facts = {"use": most.said, "days": say.days(most.start, most.end - timedelta(days=1))}
    return _("Your highest use was %(use)s, %(days)s.") % facts


def _a_year_later(end: date) -> date:
    return end + timedelta(days=366)
