"""One bill period by day: what was used, how it compares, where it leads and what it is likely to cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from meterside.contracts.usage import OnePeriodOfUse, PricedUse, UseOfDay, UseQuality, UseToPrice
from meterside.engine.period import Period
from meterside.engine.projection import Projection
from meterside.journeys.see_bill import Say
from meterside.portal.preferences.queries import Household

from .household import habit_words
from .leads_to import given_so_far, projection_of, shown_days, uses_to_price
from .page import DayOfPeriod, Likely, PeriodPage
from .prices import Pricer, UnitPrices, unit_prices, whole_cents
from .units import Shown, shown_unit
from .weather import temperatures_of, with_temperatures
from .words import how_known, tabs_of, than_last_year

_ONE_DAY = timedelta(days=1)


def see_period(
    view: OnePeriodOfUse, *, today: date, price: Pricer, say: Say, household: Household | None = None
) -> PeriodPage:
    """A bill period by day, the open one with where it leads. `today` is the premise's local day.

    `household` is what the customer said of it.
    """
    shown = shown_unit(view.service)
    period = view.period
    days = shown_days(view, shown)
    known, last_year = days.known, days.last_year
    leads_to = projection_of(view, days, household, today)
    priced = _priced(view, shown, leads_to, price)
    quantity = _quantity(view, shown, known)
    prices = _unit_prices(view, shown, priced, quantity, leads_to)
    expected = leads_to.by_day if leads_to else {}
    return PeriodPage(
        service=view.service,
        tabs=tabs_of(view.services, view.service.ref),
        unit=shown.unit,
        first=period.start,
        last=period.end - _ONE_DAY,
        is_open=view.is_open,
        place=_place(view, today),
        total="" if quantity is None else shown.said(quantity, say),
        cost_cents=period.cost_cents,
        cost_words=_cost_words(view, priced, prices),
        compared=(
            *_compared(view, shown, known, last_year, quantity, say),
            *_a_person(view, shown, known, quantity, household.people if household else None, say),
        ),
        days=with_temperatures(_days(view, shown, expected, last_year, prices, today), view.weather),
        data_words=how_known(day.quality for day in view.days),
        known_until=view.known_until,
        likely=_likely(view, shown, leads_to, priced, say),
        given=_given(view, shown, say),
        given_words=_("What your panels gave back. It is counted apart from what you used."),
        bill_words=_bill_words(view, shown, known, say),
        bill=period.bill,
        previous_on=period.start - _ONE_DAY if view.before else None,
        next_on=view.next_start,
        latest_day=max(known, default=None),
        temperatures=temperatures_of(view.weather, Period(period.start, period.end), known, say),
    )


def _quantity(view: OnePeriodOfUse, shown: Shown, known: Mapping[date, Decimal]) -> Decimal | None:
    """What the bill says where there is one; else what is known so far."""
    period = view.period
    if not view.is_open and period.quantity is not None:
        return shown.of_unit(period.quantity, period.unit)
    return sum(known.values(), Decimal(0)) if known else None


def _priced(
    view: OnePeriodOfUse, shown: Shown, leads_to: Projection | None, price: Pricer
) -> tuple[PricedUse, ...] | None:
    """The open period's low, likely and high; of a billed one what its quantity comes to by the rate."""
    period = view.period
    if leads_to is not None:
        return price(uses_to_price(view, leads_to, shown))
    if not view.is_open and period.quantity is not None and view.days:
        return price([UseToPrice(period.quantity, period.received, period.unit)])
    return None


def _unit_prices(
    view: OnePeriodOfUse,
    shown: Shown,
    priced: tuple[PricedUse, ...] | None,
    quantity: Decimal | None,
    leads_to: Projection | None,
) -> UnitPrices | None:
    """What a unit of use costs in the period; None where nothing goes by use."""
    if not priced:
        return None
    if leads_to:
        return unit_prices(priced[1], asked=leads_to.likely / shown.one, shown=leads_to.likely)
    return unit_prices(priced[0], asked=view.period.quantity or Decimal(0), shown=quantity)


def _days(
    view: OnePeriodOfUse,
    shown: Shown,
    expected: Mapping[date, Decimal],
    last_year: Mapping[date, Decimal],
    prices: UnitPrices | None,
    today: date,
) -> tuple[DayOfPeriod, ...]:
    """The days of the period until today as they are known, those to come as they are expected."""
    found = [_day(day, shown, last_year, prices) for day in view.days]
    if found:
        day = view.days[-1].day + _ONE_DAY
        while day < view.period.end and view.is_open:
            if day in expected and day >= today:
                found.append(
                    DayOfPeriod(day, expected[day], UseQuality.MEASURED, True, last_year=last_year.get(day))
                )
            day += _ONE_DAY
    return tuple(found)


def _day(
    day: UseOfDay, shown: Shown, last_year: Mapping[date, Decimal], prices: UnitPrices | None
) -> DayOfPeriod:
    amount = None if day.quantity is None else shown.of(day.quantity)
    return DayOfPeriod(
        day=day.day,
        amount=amount,
        quality=day.quality,
        last_year=last_year.get(day.day),
        given=None if day.received is None else shown.of(day.received),
        cost_cents=None if amount is None or prices is None else whole_cents(amount * prices.of_day(day.day)),
    )


def _place(view: OnePeriodOfUse, today: date) -> str:
    period = view.period
    if not view.is_open:
        return ""
    if today >= period.end:
        return _("Your next bill is being made")
    facts = {"day": (today - period.start).days + 1, "days": (period.end - period.start).days}
    return _("day %(day)s of %(days)s") % facts


def _compared(
    view: OnePeriodOfUse,
    shown: Shown,
    known: Mapping[date, Decimal],
    last_year: Mapping[date, Decimal],
    quantity: Decimal | None,
    say: Say,
) -> tuple[str, ...]:
    """Against last year first, then the use a day against the bill before."""
    sentences = []
    both = [day for day in known if day in last_year]
    if both and len(both) >= len(known) // 2:
        then = sum((last_year[day] for day in both), Decimal(0))
        sentences.append(than_last_year(sum((known[day] for day in both), Decimal(0)), then, say))
    elif not view.is_open and quantity is not None and view.last_year and view.last_year.quantity is not None:
        before = shown.of_unit(view.last_year.quantity, view.last_year.unit)
        days = (view.period.end - view.period.start).days
        if before is not None:
            a_day = before / (view.last_year.end - view.last_year.start).days
            sentences.append(than_last_year(quantity / days, a_day, say))
    sentences.append(_a_day(view, shown, known, quantity, say))
    return tuple(sentence for sentence in sentences if sentence)


def _a_person(
    view: OnePeriodOfUse,
    shown: Shown,
    known: Mapping[date, Decimal],
    quantity: Decimal | None,
    people: int | None,
    say: Say,
) -> tuple[str, ...]:
    """What it is for each of the people of the household; nothing for one, who reads it already."""
    n_days = len(known) if view.is_open else (view.period.end - view.period.start).days
    if people is None or people < 2 or quantity is None or not n_days:
        return ()
    facts = {"use": shown.said(quantity / n_days / people, say), "people": people}
    return (_("That is %(use)s a day for each of %(people)s people.") % facts,)


def _a_day(
    view: OnePeriodOfUse, shown: Shown, known: Mapping[date, Decimal], quantity: Decimal | None, say: Say
) -> str:
    n_days = len(known) if view.is_open else (view.period.end - view.period.start).days
    if quantity is None or not n_days:
        return ""
    facts = {"now": shown.said(quantity / n_days, say)}
    before = view.before
    whole = shown.of_unit(before.quantity, before.unit) if before and before.quantity is not None else None
    if before is None or whole is None:
        return _("%(now)s a day.") % facts
    facts["before"] = shown.said(whole / (before.end - before.start).days, say)
    return _("%(now)s a day; %(before)s on the bill before.") % facts


def _likely(
    view: OnePeriodOfUse,
    shown: Shown,
    leads_to: Projection | None,
    priced: tuple[PricedUse, ...] | None,
    say: Say,
) -> Likely | None:
    if leads_to is None:
        return None
    last = view.period.end - _ONE_DAY
    return Likely(
        low=shown.said(leads_to.low, say),
        likely=shown.said(leads_to.likely, say),
        high=shown.said(leads_to.high, say),
        low_cents=priced[0].total_cents if priced else None,
        high_cents=priced[2].total_cents if priced else None,
        until=last,
        words=_("Between %(low)s and %(high)s by %(day)s, if the days ahead are like those before.")
        % {
            "low": shown.said(leads_to.low, say),
            "high": shown.said(leads_to.high, say),
            "day": say.day(last),
        },
        habit_words=habit_words(leads_to.habits),
    )


def _cost_words(view: OnePeriodOfUse, priced: tuple[PricedUse, ...] | None, prices: UnitPrices | None) -> str:
    """What the cost by day means, or why there is none."""
    if not view.days:
        return ""
    if prices is None and priced is None:
        return _("Your rate has no price for a day alone, so days are shown without their cost.")
    if prices is not None and prices.go_by_hours:
        if view.is_open:
            return _(
                "The cost of a day is an estimate: its hours, each at what its time of day is likely to cost."
            )
        return _("The cost of a day is that of its hours, at what each time of day cost on this bill.")
    if view.is_open:
        return _("The cost of a day is an estimate: its share of what use is likely to cost on this bill.")
    return _("The cost of a day is its share of what use cost on this bill.")


def _given(view: OnePeriodOfUse, shown: Shown, say: Say) -> str:
    if not view.service.gives_back:
        return ""
    period = view.period
    if not view.is_open and period.received is not None:
        amount = shown.of_unit(period.received, period.unit)
        return "" if amount is None else shown.said(amount, say)
    given = given_so_far(view)
    return "" if given is None else shown.said(shown.of(given), say)


def _bill_words(view: OnePeriodOfUse, shown: Shown, known: Mapping[date, Decimal], say: Say) -> str:
    """The bill's own quantity where the days sum to another one, with what lies between them."""
    period = view.period
    if view.is_open or period.quantity is None or len(known) != (period.end - period.start).days:
        return ""
    billed = shown.of_unit(period.quantity, period.unit)
    if billed is None:
        return ""
    summed = sum(known.values(), Decimal(0))
    if shown.said(billed, say) == shown.said(summed, say):
        return ""
    facts = {
        "billed": shown.said(billed, say),
        "summed": shown.said(summed, say),
        "between": shown.said(abs(billed - summed), say),
    }
    return (
        _("Your bill counts %(billed)s, by the meter’s dial; its days sum to %(summed)s, %(between)s apart.")
        % facts
    )
