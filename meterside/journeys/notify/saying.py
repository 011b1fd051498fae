"""Amounts and days as messages say them, in the language of this moment: what pages have in their own formats."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import format_decimal, format_percent
from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext

from . import amounts

_NBSP = "\N{NO-BREAK SPACE}"


class MessageSay:
    """Fulfils `journeys.see_bill.Say` away from any page."""

    def money(self, cents: int, /) -> str:
        return amounts.money(cents)

    def day(self, value: date, /) -> str:
        return str(format_skeleton("MMMMd", _local(value), locale=_locale()))

    def day_short(self, value: date, /) -> str:
        return str(format_skeleton("MMMd", _local(value), locale=_locale()))

    def day_long(self, value: date, /) -> str:
        return f"{format_date(_local(value), 'EEEE', locale=_locale())}, {self.day(value)}"

    def day_year(self, value: date, /) -> str:
        return str(format_date(_local(value), "long", locale=_locale()))

    def days(self, first: date, last: date, /) -> str:
        return str(format_interval(first, last, "MMMd", locale=_locale()))

    def clock(self, value: datetime, /) -> str:
        local = value.astimezone(settings.UTILITY.zone).replace(tzinfo=None)
        return str(format_skeleton("hm", local, locale=_locale()))

    def minute(self, value: int, /) -> str:
        at = datetime(2000, 1, 1, value % 1440 // 60, value % 60)  # noqa: DTZ001 - a time of day alone
        return str(format_skeleton("hm" if value % 60 else "h", at, locale=_locale()))

    def number(self, value: int | Decimal, decimals: int = 0, /) -> str:
        pattern = "#,##0" + ("." + "#" * decimals if decimals else "")
        return str(format_decimal(value, pattern, locale=_locale()))

    def usage(self, value: int | Decimal, unit: str, decimals: int = 0, /) -> str:
        names = {
            "gal": ngettext("gallon", "gallons", 1 if value == 1 else 2),
            "therm": ngettext("therm", "therms", 1 if value == 1 else 2),
            "cf": ngettext("cubic foot", "cubic feet", 1 if value == 1 else 2),
            "kgal": gettext("thousand gallons"),
            "ccf": "CCF",
            "m3": "m³",
        }
        return f"{self.number(value, decimals)}{_NBSP}{names.get(unit.lower(), unit)}"

    def percent(self, hundredths: int, /) -> str:
        return str(format_percent(Decimal(hundredths) / 100, locale=_locale()))


def _locale() -> Locale:
    return Locale.parse("es_US" if (get_language() or "en").startswith("es") else "en_US")


def _local(value: date) -> date:
    return value.astimezone(settings.UTILITY.zone).date() if isinstance(value, datetime) else value
