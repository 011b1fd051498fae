"""The Jinja2 environment every page is rendered in. Settings name `environment` as the backend's factory."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from jinja2 import Environment, StrictUndefined

from meterside.journeys.pay_bill.words import method_in_words
from meterside.web.components.chart import words
from meterside.web.design import formats
from meterside.web.design.brand import Brand, load_brand
from meterside.web.design.icons import icon
from meterside.web.design.shell import current_theme, main_nav, return_path


def environment(**options: Any) -> Environment:
    """An environment where an undefined name is an error and every value is escaped.

    Templates are named from `meterside/web`: `design/base.html`, `components/button/button.html`.
    """
    options["undefined"] = StrictUndefined
    options["autoescape"] = True
    options["extensions"] = [*options.get("extensions", []), "jinja2.ext.i18n"]
    # Not optimized: a filter of a constant would be worked out once, in the language of the first reader.
    env = Environment(**options, trim_blocks=True, lstrip_blocks=True, optimized=False)  # noqa: S701  (autoescape is in options)
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.filters.update(formats.FILTERS)
    env.filters.update(words.FILTERS)
    env.filters.update(combined=_combined, without=_without, phone_digits=_phone_digits)
    env.filters["method_words"] = method_in_words
    env.globals.update(
        url=url,
        static=static,
        icon=icon,
        brand=_brand(),
        utility=settings.UTILITY,
        is_demo=settings.IS_DEMO,
        language=_language,
        languages=tuple(settings.LANGUAGES),
        current_theme=current_theme,
        main_nav=main_nav,
        return_path=return_path,
    )
    return env


def url(name: str, /, *args: object, **kwargs: object) -> str:
    """`{{ url("bill", bill_id=...) }}`: the address of a named page."""
    return reverse(name, args=args or None, kwargs=kwargs or None)


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _brand() -> Brand:
    return load_brand(getattr(settings, "BRAND_FILE", None))


def _combined(one: dict[str, object], other: dict[str, object]) -> dict[str, object]:
    """Both dictionaries in one; the other wins. For attributes of a field."""
    return one | other


def _without(attributes: dict[str, object], *names: str) -> dict[str, object]:
    """The dictionary without those keys."""
    return {key: value for key, value in attributes.items() if key not in names}


def _phone_digits(number: str) -> str:
    """`(555) 010-0142` -> `5550100142`, for a tel: address; a leading plus stays."""
    return "".join(letter for letter in number if letter.isdigit() or letter == "+")
