"""Every text has its Spanish: complete, with the same placeholders, compiled, and nothing escapes it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from click.testing import CliRunner
from django.test import Client
from django.utils import translation
from jinja2 import Environment, nodes
from pytest_django import Settings

from meterside.cli.console import FoundWrong
from meterside.cli.messages import (
    Texts,
    catalogue_path,
    faults_in,
    faults_of,
    messages_group,
    mo_bytes,
    po_bytes,
    read_catalogue,
    said_by_the_code,
    translated_languages,
)
from meterside.config.environment import PROJECT

_LETTERS = PROJECT / "meterside" / "journeys" / "notify" / "texts"
_TEMPLATES = sorted(
    path
    for root in ("web", "connectors")
    for path in (PROJECT / "meterside" / root).rglob("*.html")
    if "static" not in path.parts
)


@pytest.fixture(scope="module")
def said() -> Texts:
    return said_by_the_code()


# --- the catalogue -------------------------------------------------------------------------------


def test_the_code_is_searched_for_its_texts(said: Texts) -> None:
    files = {name for message in said for name, _line in message.locations}
    assert "meterside/web/design/base.html" in files
    assert "meterside/connectors/payments/sandbox/templates/pay.html" in files
    assert "meterside/journeys/see_bill/why.py" in files
    assert "Pay %(amount)s" in said


def test_every_language_offered_has_its_texts(settings: Settings) -> None:
    offered = {code for code, _name in settings.LANGUAGES}
    assert set(translated_languages()) | {"en"} == offered
    assert {path.name for path in _LETTERS.iterdir() if path.is_dir() and path.name[0] != "_"} == offered


@pytest.mark.parametrize("language", translated_languages())
def test_every_text_is_translated_and_compiled(language: str, said: Texts) -> None:
    assert faults_in(language, said) == []


@pytest.mark.parametrize("language", translated_languages())
def test_the_catalogue_is_written_as_the_command_writes_it(language: str) -> None:
    path = catalogue_path(language)
    assert path.read_bytes() == po_bytes(read_catalogue(path, language))


@pytest.mark.parametrize(
    ("text", "translated", "fault"),
    [
        ("Home", "", "not translated"),
        (("%(n)s day", "%(n)s days"), ("%(n)s día", ""), "not translated"),
        (("%(n)s day", "%(n)s days"), ("%(n)s día",), "has 1 plural forms, not 2"),
        ("Due %(day)s", "Vence", "placeholders or HTML differ"),
        ("Due %(day)s", "Vence el %(dia)s", "placeholders or HTML differ"),
        ("9%% less", "9% menos", "placeholders or HTML differ"),
        ("<b>Home</b>", "<i>Inicio</i>", "placeholders or HTML differ"),
        (" and ", "y", "space at the edges differs"),
    ],
)
def test_a_wrong_translation_is_seen(
    text: str | tuple[str, str], translated: str | tuple[str, ...], fault: str
) -> None:
    assert fault in faults_of(Message(text, translated), 2)


def test_a_fuzzy_translation_is_no_translation() -> None:
    assert faults_of(Message("Home", "Casa", flags={"fuzzy"}), 2) == ["marked fuzzy"]


def test_a_singular_may_leave_its_number_out() -> None:
    texts = ("One day, %(name)s", "%(count)s days, %(name)s")
    assert faults_of(Message(texts, ("Un día, %(name)s", "%(count)s días, %(name)s")), 2) == []


def test_texts_that_are_missing_left_over_or_not_compiled_are_seen(tmp_path: Path) -> None:
    said = Texts()
    said.add("Home")
    said.add("Bills")
    kept = Texts("es")
    kept.add("Home", "Inicio")
    kept.add("Gone", "Ido")
    path = catalogue_path("es", tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(po_bytes(kept))
    path.with_suffix(".mo").write_bytes(mo_bytes(Texts("es")))
    found = dict(faults_in("es", said, tmp_path))
    assert found["Bills"] == "not translated"
    assert found["Gone"].startswith("no longer said")
    assert found["django.mo"].startswith("not what the catalogue says")
    assert "Home" not in found


def test_the_command_says_that_all_is_whole() -> None:
    ran = CliRunner().invoke(messages_group, ["check", "--json"])
    assert (ran.exit_code, json.loads(ran.output)) == (0, {code: [] for code in translated_languages()})


def test_the_command_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Texts()
    said.add("A text nobody has translated")
    monkeypatch.setattr("meterside.cli.messages.said_by_the_code", lambda: said)
    ran = CliRunner().invoke(messages_group, ["check"])
    assert ran.exit_code == 1
    assert "es: not translated: A text nobody has translated" in ran.output


def test_a_broken_catalogue_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "django.po"
    path.write_text('msgid "Home"\nInicio\n')
    with pytest.raises(FoundWrong, match=r"django\.po"):
        read_catalogue(path, "es")


# --- messages that are sent ----------------------------------------------------------------------


def test_every_letter_is_written_in_every_language(settings: Settings) -> None:
    english = {path.name: path.read_text(encoding="utf-8") for path in (_LETTERS / "en").glob("*.txt")}
    assert english
    for code, _name in settings.LANGUAGES:
        other = {path.name: path.read_text(encoding="utf-8") for path in (_LETTERS / code).glob("*.txt")}
        assert other.keys() == english.keys()
        for name, text in other.items():
            assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", english[name])), name


# --- nothing beside the catalogue ----------------------------------------------------------------

_JINJA = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
_CALLS = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
_READ_ALOUD = {"alt", "title", "placeholder", "label"}
# Names of people, places and brands; examples that are in both languages; a page that works when nothing does.
_NAMES = {"418 Oak Street", "Apple Pay", "Sandbox Pay", "CSV"}
_IN_BOTH_LANGUAGES = {"design/500.html", "messages/examples.html"}


class Literals(HTMLParser):
    """The words of a page that stand in the template itself: text, and attributes that are read aloud."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        for name, value in attrs:
            if value and (
                name in _READ_ALOUD or (name.startswith("aria-label") and name != "aria-labelledby")
            ):
                self.found.append(value)

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in {"script", "style"}:
            self.found.append(data)


def literal_words(source: str) -> list[str]:
    """Text of a template that is not in `_()`, as a person would see it."""
    parts, before, is_translated = [], "", False
    for _line, kind, value in _JINJA.lex(source):
        if kind == "name" and before == "block_begin" and value in {"trans", "endtrans"}:
            is_translated = value == "trans"
        elif kind == "data" and not is_translated:
            parts.append(value)
        elif kind == "variable_begin":
            parts.append("\0")
        before = before if kind == "whitespace" else kind
    # A macro may give back attributes only; they are markup, though they stand outside of a tag.
    texts = (re.sub(r"[\w-]+=\"[^\"]*\"", "", text) for text in Literals("".join(parts)).found)
    pieces = (piece.strip() for text in texts for piece in text.split("\0"))
    seen = [piece for piece in pieces if _is_prose(piece)]
    return seen + _literal_arguments(source)


def _is_prose(text: str) -> bool:
    if "--" in text or text.strip("· ") in _NAMES:  # a class name; a name
        return False
    return re.search(r"[^\W\d_]{2}", text) is not None


def _literal_arguments(source: str) -> list[str]:
    """Strings in expressions that look like words for people: several words, or one with a capital."""
    found: list[str] = []

    def walk(node: nodes.Node) -> None:
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in _CALLS:
            for argument in node.kwargs:
                walk(argument)
            return
        if isinstance(node, nodes.Const) and isinstance(node.value, str):
            text = node.value.strip()
            is_words = re.search(r"^[A-ZÁ-Ú][a-zá-ú]+|[^\W\d_]{2} [^\W\d_]{2}", text)
            if is_words and text not in _NAMES | {"True"} and "--" not in text:
                found.append(text)
        for child in node.iter_child_nodes():
            walk(child)

    walk(_JINJA.parse(source))
    return found


@pytest.mark.parametrize("path", _TEMPLATES, ids=lambda path: str(path.relative_to(PROJECT / "meterside")))
def test_no_template_speaks_one_language_only(path: Path) -> None:
    if "/".join(path.parts[-2:]) in _IN_BOTH_LANGUAGES:
        return
    assert literal_words(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("planted", "seen"),
    [
        ("<p>Pay now</p>", "Pay now"),
        ("<p>{{ amount }} owed</p>", "owed"),
        ('<img alt="A house" src="{{ src }}">', "A house"),
        ('<button aria-label="Close">×</button>', "Close"),
        ('{{ button("Pay now") }}', "Pay now"),
        ('{{ button("Pay") }}', "Pay"),
        ('{{ _("Due %(day)s", day="Monday") }}', "Monday"),
        ('{% set title = "Your bill" %}', "Your bill"),
        ("{% if past %}<b>Past due</b>{% endif %}", "Past due"),
    ],
)
def test_the_scanner_sees_planted_words(planted: str, seen: str) -> None:
    assert literal_words(f'<div class="card card--main">{planted}</div>') == [seen]


def test_the_scanner_lets_translated_words_pass() -> None:
    source = (
        '{# A comment #}<p class="one{% if a %} two{% endif %}" id="x-{{ n }}">{{ _("Pay now") }} · $5</p>'
        '{% trans %}All of it{% endtrans %}{{ ngettext("%(num)s day", "%(num)s days", 2) }}'
        '{{ button(_("Pay"), kind="secondary", icon_name="key-round") }}'
    )
    assert literal_words(source) == []


# --- choosing the language -----------------------------------------------------------------------


@pytest.mark.django_db
def test_the_browsers_language_is_taken(client: Client) -> None:
    page = client.get("/", headers={"accept-language": "es-MX,es;q=0.9,en;q=0.5"}).content.decode()
    assert '<html lang="es"' in page
    assert "¿Qué necesita hoy?" in page


@pytest.mark.django_db
def test_the_choice_of_a_person_wins_over_the_browser(client: Client, settings: Settings) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    page = client.get("/", headers={"accept-language": "en-US"}).content.decode()
    assert '<html lang="es"' in page
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = client.get("/", headers={"accept-language": "es"}).content.decode()
    assert '<html lang="en"' in page
    assert "What do you need today?" in page


@pytest.mark.django_db
def test_a_language_we_do_not_speak_gets_english(client: Client) -> None:
    page = client.get("/", headers={"accept-language": "fi"}).content.decode()
    assert '<html lang="en"' in page


@pytest.mark.django_db
def test_a_form_says_in_spanish_what_is_wrong(client: Client) -> None:
    page = client.post("/sign-in/", {}, headers={"accept-language": "es"}).content.decode()
    assert "Escriba su correo electrónico." in page
    assert "Escriba su contraseña." in page


@pytest.mark.parametrize(
    "text",
    ["This field is required.", "Select a valid choice. %(value)s is not one of the available choices."],
)
def test_django_brings_spanish_words_of_its_own(text: str) -> None:
    with translation.override("es"):
        assert translation.gettext(text) != text
