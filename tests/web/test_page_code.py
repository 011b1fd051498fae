"""What templates compile to shows the same as Jinja's own code, and nothing in them needs what it leaves out."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import engines
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined, UndefinedError
from jinja2.utils import _PassArg
from markupsafe import Markup, escape

from meterside.web.jinja import PageEnvironment
from meterside.web.page_code import shown

_SOURCE = """
{%- macro row(label, value=none, kind="plain") %}
<p class="{{ kind }}">{{ label }}{% if value %}: {{ value }}{% endif %}</p>
{% endmacro -%}
{%- macro box(title) %}<h2>{{ title }}</h2>{{ caller(title, 2) }}{% endmacro -%}
{%- for word in words %}{{ row(word, value=loop.index) }}{{ row(word, kind=word) }}{% endfor -%}
{%- call(again, n) box("A & B") %}{{ again * n }}{{ words | join(", ") }}{% endcall -%}
{%- set kept %}{{ words[0] }}<i>{% endset %}{{ kept }}{{ kept ~ words[0] }}
{{- dict(**{"a": words[0]}).a }}{{ row(*words[:1], **{"kind": "x"}) }}{{ words[0].upper() }}{{ f(words[0], class=1) }}
"""


def _made(kind: type[Environment], source: str, **values: Any) -> str:
    options: dict[str, Any] = {"autoescape": True, "undefined": StrictUndefined, "optimized": False}
    return kind(**options).from_string(source).render(**values)


@given(st.lists(st.text(max_size=8), min_size=1, max_size=4))
def test_a_template_shows_the_same_as_by_jinjas_own_code(words: list[str]) -> None:
    values: dict[str, Any] = {"words": words, "f": lambda word, **more: f"{word}{more}"}
    assert _made(PageEnvironment, _SOURCE, **values) == _made(Environment, _SOURCE, **values)


@given(st.text())
def test_every_text_is_escaped(text: str) -> None:
    assert shown(text) == escape(text)
    assert "<" not in shown(text)


def test_values_that_are_no_text_are_shown_as_before() -> None:
    marked = Markup("<b>")
    assert shown(marked) is marked
    for value in (mark_safe("<i>"), gettext_lazy("Bills"), 3, None, ["<"], ValueError("<a>")):
        assert shown(value) == escape(value)


def test_what_is_not_there_is_still_an_error() -> None:
    for source in ("{{ nothing }}", "{{ nothing() }}", "{{ nothing.more }}"):
        with pytest.raises(UndefinedError):
            _made(PageEnvironment, source)


def test_nothing_in_a_page_wants_the_context() -> None:
    env: Environment = engines["jinja2"].env  # type: ignore[attr-defined]  # Django's base class knows none
    wanting = {
        name: _PassArg.from_obj(value)
        for name, value in env.globals.items()
        if callable(value) and _PassArg.from_obj(value) is not None
    }
    assert wanting == {}
