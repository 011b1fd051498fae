"""The Jinja2 environment every page is rendered in. Settings name `environment` as the backend's factory."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as translated
from django.utils.translation import ngettext as ntranslated
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from meterside.journeys.pay_bill.words import method_in_words
from meterside.web.components.chart import drawing, words
from meterside.web.design import formats
from meterside.web.design.active_language import language_code
from meterside.web.design.brand import Brand, load_brand
from meterside.web.design.icons import icon
from meterside.web.design.shell import current_theme, main_nav, return_path

from .page_code import PageCode, shown
from .places import place, place_of


class PageEnvironment(Environment):
    """Templates share one plain dictionary of globals, and are compiled by `PageCode`.

    Jinja chains two dictionaries for each template and compares their keys on every import of a component,
    which is a page's costliest loop; ours are complete when the environment is.
    """

    code_generator_class = PageCode

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The environment's own globals; a template's own come on top of a copy."""
        return {**self.globals, **d} if d else self.globals


@lru_cache(maxsize=8192)
def _pattern(message: str, language: str) -> Markup:
    """A template's text in the language of this moment, which is `language`."""
    return Markup(translated(message))  # noqa: S704  (templates and catalogues are ours)


@lru_cache(maxsize=8192)
def _plain(message: str, language: str) -> Markup:
    """The same where there is nothing to fill in: `100%%` says 100%."""
    return _pattern(message, language) % {}


def gettext(message: str, /, **values: object) -> Markup:
    """`_("Due %(day)s", day=...)` in a template: translated, then filled in with escaped values.

    Jinja's own does the same through four calls; a page says sixty texts.
    """
    if values:
        return _filled(_pattern(message, _language()), values)
    return _plain(message, _language())


def ngettext(one: str, many: str, count: int, /, **values: object) -> Markup:
    """The same for a count, which is `num` in the text unless `values` say otherwise."""
    return _filled(Markup(ntranslated(one, many, count)), {"num": count, **values})  # noqa: S704  (as above)


def _filled(pattern: Markup, values: dict[str, object]) -> Markup:
    """`pattern % values`, as `Markup` does it with a helper around each value."""
    safe = {name: value if type(value) is int else shown(value) for name, value in values.items()}
    return Markup(str.__mod__(pattern, safe))  # noqa: S704  (ours, and each value escaped)


_once: dict[tuple[str, str, str], Markup] = {}


def once(key: str, caller: Callable[[], str]) -> Markup:
    """`{% call once("contacts") %}...{% endcall %}`: what is the same on every page is rendered once a language.

    Only for content that nothing but settings, language and `key` decide: never for a person's own.
    """
    place = (settings.ROOT_URLCONF, _language(), key)
    found = _once.get(place)
    if found is None:
        found = _once[place] = Markup(caller())  # noqa: S704  (a template's output, escaped there)
    return found


def environment(**options: Any) -> Environment:
    """An environment where an undefined name is an error and every value is escaped.

    Templates are named from `meterside/web`: `design/base.html`, `components/button/button.html`.
    """
    options["undefined"] = StrictUndefined
    options["autoescape"] = True
    options["extensions"] = [*options.get("extensions", []), "jinja2.ext.i18n"]
    # Not optimized: a filter of a constant would be worked out once, in the language of the first reader.
    env = PageEnvironment(**options, trim_blocks=True, lstrip_blocks=True, optimized=False)
    env.install_gettext_callables(gettext, ngettext, newstyle=False)  # type: ignore[attr-defined]
    env.globals["_"] = gettext
    env.filters.update(formats.FILTERS)
    env.filters.update(words.FILTERS | drawing.FILTERS)
    env.filters.update(combined=_combined, without=_without, phone_digits=_phone_digits)
    env.filters["method_words"] = method_in_words
    env.globals.update(
        url=url,
        static=lru_cache(maxsize=64)(static),
        icon=icon,
        brand=_brand(),
        utility=settings.UTILITY,
        is_demo=settings.IS_DEMO,
        language=_language,
        languages=tuple(settings.LANGUAGES),
        current_theme=current_theme,
        main_nav=main_nav,
        once=once,
        column_teller=formats.column_teller,
        day_short_teller=formats.day_short_teller,
        return_path=return_path,
    )
    return env


def url(name: str, /, *args: object, **kwargs: object) -> str:
    """`{{ url("bill", bill_id=...) }}`: the address of a named page."""
    if len(kwargs) == 1 and not args:
        ((key, value),) = kwargs.items()
        if type(value) is UUID:
            return place_of(name, key, value)
    if args or kwargs:
        return reverse(name, args=args or None, kwargs=kwargs or None)
    return place(name)


def _language() -> str:
    return language_code() or settings.LANGUAGE_CODE


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
