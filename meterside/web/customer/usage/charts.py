"""A journey's amounts as charts draw them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from meterside.contracts.usage import UseQuality
from meterside.journeys.watch_usage import ComparePage, DayPage, PeriodPage, YearPage
from meterside.journeys.watch_usage.page import DayOfPeriod, Hour
from meterside.journeys.watch_usage.weather import whole_degrees
from meterside.web.components.chart import (
    Bars,
    BarUse,
    DayLine,
    DayStrip,
    DayUse,
    Quality,
    bar_chart,
    day_line,
    day_strip,
)
from meterside.web.design import formats

#: Interval data comes within so many days; after that its age is said louder.
USUAL_DELAY_DAYS = 2
_QUALITIES = {
    UseQuality.MEASURED: Quality.MEASURED,
    UseQuality.ESTIMATED: Quality.ESTIMATED,
    UseQuality.PARTIAL: Quality.PARTIAL,
    UseQuality.MISSING: Quality.MISSING,
    UseQuality.AWAITED: Quality.AWAITED,
}
_DASH = "–"


def _drawn(amount: Decimal | None) -> Decimal | None:
    """A bar has no room below nought: a deduct meter may have counted more than the meter it hangs on."""
    return None if amount is None else max(amount, Decimal(0))


def _quality(amount: Decimal | None, quality: UseQuality) -> Quality:
    if amount is None:
        return Quality.AWAITED if quality is UseQuality.AWAITED else Quality.MISSING
    found = _QUALITIES[quality]
    return Quality.PARTIAL if found in {Quality.MISSING, Quality.AWAITED} else found


def period_strip(page: PeriodPage, *, today: date) -> DayStrip | None:
    """The days of a period; None where nothing of any is known."""
    if page.latest_day is None:
        return None
    columns = period_columns(page)
    return day_strip(
        days=[_day_use(day, columns) for day in page.days], today=today if page.is_open else None
    )


def period_columns(page: PeriodPage) -> Mapping[str, Callable[[DayOfPeriod], str]]:
    """What the table of a period's days says beside use: head and cell, where any day has it."""
    columns: dict[str, Callable[[DayOfPeriod], str]] = {}
    if any(day.cost_cents is not None for day in page.days):
        columns[_("Cost")] = _cost_cell
    if page.temperatures is not None:
        columns[_("Mean temperature, °%(degrees)s") % {"degrees": page.temperatures.degrees}] = _warmth_cell
    return columns


def _cost_cell(day: DayOfPeriod) -> str:
    return _DASH if day.cost_cents is None else formats.money(day.cost_cents)


def _warmth_cell(day: DayOfPeriod) -> str:
    return _DASH if day.temperature is None else formats.number(whole_degrees(day.temperature))


def _day_use(day: DayOfPeriod, columns: Mapping[str, Callable[[DayOfPeriod], str]]) -> DayUse:
    quality = Quality.PROJECTED if day.is_expected else _quality(day.amount, day.quality)
    cells = tuple(cell(day) for cell in columns.values())
    return DayUse(day.day, _drawn(day.amount), quality, _drawn(day.last_year), cells)


def temperature_line(page: PeriodPage) -> DayLine | None:
    """The mean temperature of each of the period's days; None where the utility keeps none."""
    return None if page.temperatures is None else day_line([day.temperature for day in page.days])


def given_strip(page: PeriodPage) -> DayStrip | None:
    """What was given back by day; None where nothing ever was."""
    days = [day for day in page.days if not day.is_expected]
    if not any(day.given for day in days):
        return None
    return day_strip(
        days=[DayUse(day.day, _drawn(day.given), _quality(day.given, day.quality)) for day in days]
    )


def year_bars(page: YearPage) -> Bars | None:
    """The bill periods of a year, named by the month they lie in."""
    if not any(row.amount is not None for row in page.rows):
        return None
    return bar_chart(
        uses=[
            BarUse(
                label=formats.days(row.start, row.end - timedelta(days=1)),
                tick=formats.month_short(row.label_day),
                amount=_drawn(row.amount),
                quality=_quality(row.amount, row.quality),
                other=_drawn(row.last_year),
                cells=(_DASH if row.cost_cents is None else formats.money(row.cost_cents),),
            )
            for row in page.rows
        ]
    )


def day_bars(page: DayPage) -> Bars | None:
    """The hours of a day, or the meter's own intervals; None where nothing of it is known."""
    if not any(hour.amount is not None for hour in page.hours):
        return None
    has_costs = any(hour.cost_cents is not None for hour in page.hours)
    return _hour_bars(page, [hour.amount for hour in page.hours], has_costs=has_costs)


def day_given_bars(page: DayPage) -> Bars | None:
    """What was given back by hour; None where nothing was."""
    if not any(hour.given for hour in page.hours):
        return None
    return _hour_bars(page, [hour.given for hour in page.hours], has_costs=False)


def _hour_bars(page: DayPage, amounts: Sequence[Decimal | None], *, has_costs: bool) -> Bars:
    zone = ZoneInfo(page.service.zone)
    ticks = _ticks(page.hours, zone)
    return bar_chart(
        uses=[
            BarUse(
                label=_clock(hour.starts_at, zone),
                tick=tick,
                amount=_drawn(amount),
                quality=_quality(amount, hour.quality),
                is_marked=hour.is_peak,
                cells=(_DASH if hour.cost_cents is None else formats.money(hour.cost_cents),)
                if has_costs
                else (),
            )
            for hour, amount, tick in zip(page.hours, amounts, ticks, strict=True)
        ]
    )


def _ticks(hours: Sequence[Hour], zone: ZoneInfo) -> list[str]:
    """Four labels a day, at midnight, six, noon and eighteen: once each, also where an hour comes twice."""
    found, last = [], ""
    for hour in hours:
        local = hour.starts_at.astimezone(zone)
        text = formats.hour(local) if local.hour % 6 == 0 and local.minute == 0 else ""
        found.append("" if text == last else text)
        last = text or last
    return found


def _clock(instant: datetime, zone: ZoneInfo) -> str:
    """The clock on the wall; the second time an hour comes it says so."""
    local = instant.astimezone(zone)
    text = formats.wall_clock(local)
    return _("%(time)s, second time") % {"time": text} if local.fold else text


def compare_bars(page: ComparePage) -> Bars | None:
    """The days of two stretches in pairs, in their order; None where nothing is known of the first."""
    if not any(day.amount is not None for day in page.one.days):
        return None
    uses = []
    every = -(-len(page.one.days) // 6)
    for index, day in enumerate(page.one.days):
        other = page.other.days[index] if index < len(page.other.days) else None
        uses.append(
            BarUse(
                label=formats.day_short(day.day),
                tick=formats.day_short(day.day) if index % every == 0 else "",
                amount=_drawn(day.amount),
                quality=_quality(day.amount, day.quality),
                other=None if other is None else _drawn(other.amount),
                cells=(formats.day_short(other.day) if other else _DASH,),
            )
        )
    return bar_chart(uses=uses)


def hours_of_alert(hours: Sequence[Hour], *, zone: ZoneInfo) -> Bars | None:
    """The hours that caused an alert; None where nothing of them is known."""
    if not any(hour.amount is not None for hour in hours):
        return None
    every = max(1, len(hours) // 5)
    uses = []
    for index, hour in enumerate(hours):
        local = hour.starts_at.astimezone(zone)
        day, time = formats.day_short(local.date()), _clock(hour.starts_at, zone)
        uses.append(
            BarUse(
                label=f"{day}, {time}",
                tick=formats.hour(local) if index % every == 0 else "",
                amount=_drawn(hour.amount),
                quality=_quality(hour.amount, hour.quality),
            )
        )
    return bar_chart(uses=uses)
