"""How amounts, dates, ages and usage are said to a person, in the language of the request.

Every function is a template filter (see `meterside.web.jinja`). Babel builds a formatter anew on each
call, which costs more than the rest of a page; results are therefore cached by value and locale.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_skeleton, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from markupsafe import Markup, escape

from .active_language import language_code

TERRITORY = "US"
CURRENCY = "USD"
_MINUS = "\N{MINUS SIGN}"
_NBSP = "\N{NO-BREAK SPACE}"
_CACHED = 8192


@lru_cache(maxsize=32)
def _locale_of(language: str) -> Locale:
    """The CLDR locale for a Django language code, of this territory where CLDR has one (es -> es_US)."""
    code = language.replace("-", "_")
    try:
        return Locale.parse(code if "_" in code else f"{code}_{TERRITORY}")
    except UnknownLocaleError:
        return Locale.parse(code.split("_")[0])


def _language() -> str:
    return language_code() or "en"


# --- money ---------------------------------------------------------------------------------------


@lru_cache(maxsize=_CACHED)
def _money(cents: int, currency: str, language: str) -> str:
    scale = get_currency_precision(currency)
    text: str = format_currency(Decimal(abs(cents)).scaleb(-scale), currency, locale=_locale_of(language))
    return f"{_MINUS}{text}" if cents < 0 else text


def money(cents: int, currency: str = CURRENCY) -> str:
    """`123456` -> `$1,234.56`; below zero with a true minus sign. For a balance prefer `balance`."""
    return _money(_whole(cents), currency, _language())


def money_change(cents: int, currency: str = CURRENCY) -> str:
    """A difference with its sign always said: `+$11.02`, `−$2.80`, `$0.00`."""
    text = money(cents, currency)
    return f"+{text}" if cents > 0 else text


def money_whole(cents: int, currency: str = CURRENCY) -> str:
    """For a forecast, which cannot know the cents: `12842` -> `$128`, rounded half up from zero."""
    text = _money_parts(_whole(cents), currency, _language())
    scale = 10 ** get_currency_precision(currency)
    units = (abs(cents) + scale // 2) // scale
    return f"{text[0]}{number(units)}{text[3]}"


def money_plain(cents: int, currency: str = CURRENCY) -> str:
    """The same without the currency's sign, as a form field wants it: `142.87`."""
    scale = get_currency_precision(currency)
    return f"{Decimal(_whole(cents)).scaleb(-scale):f}"


def balance(cents: int, currency: str = CURRENCY) -> str:
    """A balance in words: above zero is owed to the utility, below zero is the customer's credit."""
    if cents > 0:
        return gettext("%(amount)s owed") % {"amount": money(cents, currency)}
    if cents < 0:
        return gettext("%(amount)s credit") % {"amount": money(-cents, currency)}
    return gettext("nothing owed")


def money_parts(cents: int, currency: str = CURRENCY) -> tuple[str, str, str, str]:
    """What stands before, the whole units, the fraction with its separator, what stands after.

    For the hero amount, whose sign is set small: `-14287` -> `("−$", "142", ".87", "")`.
    """
    return _money_parts(_whole(cents), currency, _language())


@lru_cache(maxsize=_CACHED)
def _money_parts(cents: int, currency: str, language: str) -> tuple[str, str, str, str]:
    text = _money(cents, currency, language)
    digits = [index for index, letter in enumerate(text) if letter.isdigit()]
    start, end = digits[0], digits[-1] + 1
    scale = get_currency_precision(currency)
    cut = end - scale - 1 if scale else end
    return text[:start], text[start:cut], text[cut:end], text[end:]


def _whole(cents: int) -> int:
    if type(cents) is not int:
        raise TypeError(f"money is integer minor units, not {type(cents).__name__}")
    return cents


# --- days and times ------------------------------------------------------------------------------


def _day(value: date) -> date:
    """The calendar day of a date, or of an instant in the current time zone."""
    if isinstance(value, datetime):
        return timezone.localtime(value).date()
    return value


@lru_cache(maxsize=_CACHED)
def _skeleton(value: date, skeleton: str, language: str) -> str:
    return str(format_skeleton(skeleton, value, locale=_locale_of(language)))


@lru_cache(maxsize=_CACHED)
def _pattern(value: date, pattern: str, language: str) -> str:
    return str(format_date(value, pattern, locale=_locale_of(language)))


def day_long(value: date) -> str:
    """`Monday, December 7`; `lunes, 7 de diciembre`."""
    return f"{_pattern(_day(value), 'EEEE', _language())}, {day(value)}"


def day(value: date) -> str:
    """`December 7`; `7 de diciembre`."""
    return _skeleton(_day(value), "MMMMd", _language())


def day_short(value: date) -> str:
    """`Dec 7`; `7 dic`."""
    return _skeleton(_day(value), "MMMd", _language())


def day_year(value: date) -> str:
    """`December 7, 2026`; `7 de diciembre de 2026`."""
    return _pattern(_day(value), "long", _language())


def weekday(value: date) -> str:
    """`Monday`; `lunes`."""
    return _pattern(_day(value), "EEEE", _language())


def month(value: date) -> str:
    """`December 2026`; `diciembre de 2026`."""
    return _skeleton(_day(value), "yMMMM", _language())


def month_name(value: date) -> str:
    """`December`; `diciembre`."""
    return _pattern(_day(value), "LLLL", _language())


def month_short(value: date) -> str:
    """`Dec`; `dic`."""
    return _pattern(_day(value), "LLL", _language())


def day_before(end: date) -> date:
    """The last day of a half-open period: what a page prints."""
    return end - timedelta(days=1)


@lru_cache(maxsize=_CACHED)
def _interval(first: date, last: date, language: str) -> str:
    text = str(format_interval(first, last, "MMMd", locale=_locale_of(language)))
    # Spanish ranges say `21 de oct` where a day alone is `21 oct`; the short form is for narrow places.
    return text.replace("\u2009", " ").replace(" de ", " ")


def days(first: date, last: date) -> str:
    """Both days included: `Oct 21 – Nov 19`; `21 oct – 19 nov`. From a half-open period pass its end minus one day."""
    return _interval(_day(first), _day(last), _language())


@lru_cache(maxsize=_CACHED)
def _clock(local: datetime, language: str) -> str:
    return (
        str(format_skeleton("hm", local, locale=_locale_of(language)))
        .replace("\u202f", _NBSP)
        .replace(" ", _NBSP)
    )


def clock(value: datetime) -> str:
    """`10:42 AM`, in the current time zone (the utility's)."""
    local = timezone.localtime(value).replace(tzinfo=None, second=0, microsecond=0)
    return _clock(local, _language())


def minute(value: int) -> str:
    """A minute of the day, as `4 PM` or `4:30 PM`; 1440 is midnight again."""
    return _minute(value % (24 * 60), _language())


@lru_cache(maxsize=_CACHED)
def _minute(value: int, language: str) -> str:
    at = datetime(2000, 1, 1, value // 60, value % 60)  # noqa: DTZ001 - a time of day alone
    skeleton = "hm" if value % 60 else "h"
    text = str(format_skeleton(skeleton, at, locale=_locale_of(language)))
    return text.replace("\u202f", _NBSP).replace(" ", _NBSP)


def wall_clock(local: datetime) -> str:
    """`10:42 AM` of an instant in its own zone (the premise's)."""
    return _clock(local.replace(tzinfo=None, second=0, microsecond=0, fold=0), _language())


def hour(local: datetime) -> str:
    """`6 AM`, for an axis."""
    return minute(local.hour * 60)


def hour_of_day(number: int) -> str:
    """`6 AM` of an hour from 0 to 23."""
    return minute(number * 60)


def moment(value: datetime) -> str:
    """`December 7, 10:42 AM`."""
    return gettext("%(day)s, %(time)s") % {"day": day(value), "time": clock(value)}


@lru_cache(maxsize=_CACHED)
def _age(seconds: int, language: str) -> str:
    locale = _locale_of(language)
    return str(format_timedelta(timedelta(seconds=-seconds), add_direction=True, threshold=1, locale=locale))


def age(value: datetime, now: datetime) -> str:
    """How long before `now`: `6 minutes ago`; under a minute, and for a clock that is ahead, `just now`."""
    seconds = int((now - value).total_seconds())
    if seconds < 60:
        return gettext("just now")
    step = 60 if seconds < 3600 else 3600 if seconds < 86_400 else 86_400
    return _age(seconds - seconds % step, _language())


# --- usage and numbers ---------------------------------------------------------------------------


@lru_cache(maxsize=_CACHED)
def _number(value: Decimal, decimals: int, language: str) -> str:
    pattern = "#,##0" + ("." + "#" * decimals if decimals else "")
    text = str(format_decimal(abs(value), pattern, locale=_locale_of(language)))
    return f"{_MINUS}{text}" if value < 0 else text


def number(value: int | Decimal, decimals: int = 0) -> str:
    """`12345` -> `12,345`; at most `decimals` places, trailing noughts left out. Floats are refused."""
    return _number(_exact(value), decimals, _language())


def _exact(value: int | Decimal) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"a quantity is int or Decimal, not {type(value).__name__}")
    return Decimal(value)


def percent(hundredths: int) -> str:
    """`12` -> `12%`; `es` says `12 %` where CLDR does."""
    return _percent(hundredths, _language())


@lru_cache(maxsize=1024)
def _percent(hundredths: int, language: str) -> str:
    return str(format_percent(Decimal(hundredths) / 100, locale=_locale_of(language)))


def unit_name(unit: str, value: int | Decimal = 2) -> str:
    """The unit as a customer reads it; a unit that is its own symbol (kWh, kW, CCF) stays."""
    count = 1 if value == 1 else 2
    key = unit.lower()
    if key in {"gal", "gallon", "gallons"}:
        return ngettext("gallon", "gallons", count)
    if key in {"therm", "therms", "thm"}:
        return ngettext("therm", "therms", count)
    if key in {"cf", "ft3"}:
        return ngettext("cubic foot", "cubic feet", count)
    if key == "kgal":
        return gettext("thousand gallons")
    return {"wh": "Wh", "kwh": "kWh", "kw": "kW", "ccf": "CCF", "m3": "m³"}.get(key, unit)


def usage(value: int | Decimal, unit: str, decimals: int = 0) -> str:
    """A quantity in the unit it is shown in: `741 kWh`, `1 therm`, `4.2 CCF` (decimals=1)."""
    return _usage(_exact(value), unit, decimals, _language())


@lru_cache(maxsize=_CACHED)
def _usage(value: Decimal, unit: str, decimals: int, language: str) -> str:
    """`language` is that of this moment."""
    return f"{_number(value, decimals, language)}{_NBSP}{unit_name(unit, value)}"


# --- the same for a whole table ------------------------------------------------------------------


def column_teller(decimals: int = 0) -> Callable[[int | Decimal], str]:
    """Numbers of one column, whose head says the unit: all with as many places, in the language of this moment."""
    language = _language()
    return lambda value: _in_column(Decimal(value), decimals, language)


@lru_cache(maxsize=_CACHED)
def _in_column(value: Decimal, decimals: int, language: str) -> str:
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text = str(format_decimal(abs(value), pattern, locale=_locale_of(language)))
    return f"{_MINUS}{text}" if value < 0 else text


def day_short_teller() -> Callable[[date], str]:
    """`day_short` for many days, in the language of this moment."""
    language = _language()
    return lambda value: _skeleton(value, "MMMd", language)


def linked(text: str) -> Markup:
    """A text that is a web address as a link that shows its host alone; any other as it is."""
    address = urlsplit(text)
    if (
        address.scheme not in {"https", "http"}
        or not address.hostname
        or not text.isprintable()
        or " " in text
    ):
        return escape(text)
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(text, address.hostname)


def isolated(text: object) -> Markup:
    """A name or a place from outside, whose direction ends with it: a mark in it turns no amount around."""
    return Markup("<bdi>%s</bdi>") % text


FILTERS = {
    function.__name__: function
    for function in (
        *(money, money_change, money_whole, money_plain, money_parts, balance),
        *(day_long, day, day_short, day_year, day_before, weekday, month, month_name, month_short, days),
        *(clock, hour_of_day, moment, age, number, percent, unit_name, usage, isolated, linked),
    )
}
