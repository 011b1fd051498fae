"""Words for services, reads and quantities that several parts of a bill use."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from meterside.engine.quantity import UnknownUnit, unit_named

from .say import Say

#: Places of a quantity that a person reads; more are cut for reading, never for pricing.
USE_PLACES = 2
_NBSP = "\N{NO-BREAK SPACE}"


_MEASURED = pgettext_lazy("read", "measured")
# Lazy, so that a page translates the words it shows and not the whole table each time.
_SERVICES: dict[str, Promise] = {
    "electric": _("Electric"),
    "water": _("Water"),
    "gas": _("Gas"),
    "sewer": _("Sewer"),
    "refuse": _("Refuse"),
}
_READ_KINDS: dict[str, Promise] = {
    "actual": _MEASURED,
    "initial": _MEASURED,
    "final": _MEASURED,
    "customer": pgettext_lazy("read", "told by you"),
    "estimated": pgettext_lazy("read", "estimated"),
}


def service_name(service: str) -> str:
    """The service as a heading; an unknown one keeps its own name."""
    name = _SERVICES.get(service)
    return service.capitalize() if name is None else str(name)


def read_kind(kind: str) -> str:
    """How a read is known, in one word or two."""
    word = _READ_KINDS.get(kind)
    return kind if word is None else str(word)


def in_language(text: str, text_es: str) -> str:
    """A tariff's own words in the language of the request, as far as the tariff has them."""
    return text_es if text_es and (get_language() or "").startswith("es") else text


def price_text(price: Decimal) -> str:
    """A price as the rate writes it, with at least two places: `$0.0980`, `$13.50`."""
    sign = "\N{MINUS SIGN}" if price < 0 else ""
    whole, _dot, part = format(abs(price), "f").partition(".")
    return f"{sign}${int(whole):,}.{part.ljust(2, '0')}"


def use_text(quantity: Decimal, unit: str, say: Say) -> str:
    """A use as a person reads it: the larger it is, the fewer places. Never for what was priced."""
    size = abs(quantity)
    return say.usage(quantity, unit, 0 if size >= 100 else 1 if size >= 10 else USE_PLACES)


def converted(quantity: Decimal, unit: str, wanted: str) -> Decimal | None:
    """The quantity in another unit of the same measure; None where only a tariff could say how."""
    try:
        source, target = unit_named(unit), unit_named(wanted)
    except UnknownUnit:
        return quantity if unit == wanted else None
    return quantity * source.factor / target.factor if source.dimension is target.dimension else None


def day_of(text: str) -> date:
    """A day as the statement writes it."""
    return date.fromisoformat(text)


def last_day(end: date) -> date:
    """The last day of a half-open period: what a page prints."""
    return end - timedelta(days=1)


def percent_text(share: Decimal) -> str:
    """`0.05` -> `5%`; a Spanish reader expects a space before the sign."""
    text = format(share * 100, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text}{_NBSP}%" if (get_language() or "").startswith("es") else f"{text}%"
