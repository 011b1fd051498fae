"""Times: seasons, periods of the clock, holidays, as somebody would say them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meterside.engine.holiday import Holiday
from meterside.engine.terms.schedule import DAY_MINUTES, Schedule, SchedulePeriod, Times
from meterside.engine.terms.season import Season
from meterside.engine.terms.version import TariffVersion
from meterside.journeys.see_bill.words import in_language

from .page import PriceTable, Statement
from .say import TariffSay
from .words import all_of, option_words

#: A Monday, and the numbers of weekdays by their words in a document.
_MONDAY = date(2024, 1, 1)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def period_name(version: TariffVersion, schedule: str, period: str) -> str:
    """A period of a schedule, by its label where it has one."""
    found = version.schedule(schedule)
    each = None if found is None else next((one for one in found.periods if one.name == period), None)
    return period.replace("_", " ").capitalize() if each is None else _period(each)


def _period(period: SchedulePeriod) -> str:
    return in_language(period.label or period.name.replace("_", " ").capitalize(), period.label_es)


def schedule_names(version: TariffVersion, schedule: str) -> str:
    """All periods of a schedule in one line."""
    found = version.schedule(schedule)
    return "" if found is None else all_of([_period(period) for period in found.periods])


def schedule_table(schedule: Schedule, version: TariffVersion, say: TariffSay) -> PriceTable:
    """When each period is: a row for each block of times."""
    rows = [
        (_period(period), when)
        for period in schedule.periods
        for when in ([_times(times, version, say) for times in period.times] or [_("all other times")])
    ]
    return PriceTable(f"schedule.{schedule.name}", _("Times"), (_("Period"), _("When")), tuple(rows))


def _times(times: Times, version: TariffVersion, say: TariffSay) -> str:
    parts = [_days(times.days, say)]
    if times.from_minute == 0 and times.to_minute == DAY_MINUTES:
        parts.append(_("all day"))
    else:
        clock = {"first": _clock(times.from_minute, say), "until": _clock(times.to_minute, say)}
        parts.append(_("from %(first)s to %(until)s") % clock)
    if times.months:
        parts.append(all_of([say.month_name(date(2024, month, 1)) for month in times.months]))
    if times.seasons:
        parts.append(all_of([option_words("season", season, version) for season in times.seasons]))
    return ", ".join(parts)


def _days(words: Sequence[str], say: TariffSay) -> str:
    if not words:
        return _("every day")
    named = {
        "weekday": _("Monday to Friday"),
        "weekend": _("Saturday and Sunday"),
        "holiday": _("holidays"),
        **{word: say.weekday(_MONDAY + timedelta(days=n)) for n, word in enumerate(_WEEKDAYS)},
    }
    return all_of([named.get(word, word) for word in words])


def _clock(minute: int, say: TariffSay) -> str:
    if minute == DAY_MINUTES:
        return _("midnight")
    hours, minutes = divmod(minute, 60)
    return say.clock(datetime(2024, 1, 1, hours, minutes, tzinfo=timezone.get_current_timezone()))


def season_statement(season: Season, say: TariffSay) -> Statement:
    """`Summer: June 1 to September 30.`"""
    spans = [
        _("%(first)s to %(last)s") % {"first": _year_day(span.first, say), "last": _year_day(span.last, say)}
        for span in season.ranges
    ]
    name = in_language(season.label or season.name.capitalize(), season.label_es)
    return Statement(
        f"season.{season.name}", _("%(name)s: %(days)s.") % {"name": name, "days": all_of(spans)}
    )


def _year_day(month_day: tuple[int, int], say: TariffSay) -> str:
    return say.day(date(2024, *month_day))


def holiday_statements(holidays: Sequence[Holiday], say: TariffSay) -> Iterator[Statement]:
    """One sentence a holiday; names stand as the tariff has them."""
    for holiday in holidays:
        yield Statement(
            f"holiday.{holiday.name}",
            _("%(name)s: %(when)s.") % {"name": holiday.name, "when": _holiday(holiday, say)},
        )


def _holiday(holiday: Holiday, say: TariffSay) -> str:
    if holiday.month_day is not None:
        when = _year_day(holiday.month_day, say)
    else:
        assert holiday.weekday is not None
        assert holiday.which is not None
        assert holiday.month is not None
        which = {
            "first": _("the first %(weekday)s of %(month)s"),
            "second": _("the second %(weekday)s of %(month)s"),
            "third": _("the third %(weekday)s of %(month)s"),
            "fourth": _("the fourth %(weekday)s of %(month)s"),
            "last": _("the last %(weekday)s of %(month)s"),
        }[holiday.which.value]
        weekday = say.weekday(_MONDAY + timedelta(days=_WEEKDAYS.index(holiday.weekday.value)))
        when = which % {"weekday": weekday, "month": say.month_name(date(2024, holiday.month, 1))}
    if holiday.days_after:
        said = ngettext("%(days)s day after %(when)s", "%(days)s days after %(when)s", holiday.days_after)
        when = said % {"days": holiday.days_after, "when": when}
    moved = {
        "no": "",
        "monday": _("from Sunday it moves on to Monday too"),
        "friday_monday": _("from Saturday it moves to Friday, from Sunday to Monday too"),
    }[holiday.observed.value]
    return f"{when}; {moved}" if moved else when
