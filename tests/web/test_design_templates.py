"""Templates keep to the content security policy, components are whole, and every state of each is rendered."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template import engines
from django.test import Client
from django.utils import translation
from jinja2 import UndefinedError
from pytest_django import Settings

from meterside.config.environment import PROJECT
from meterside.web.design.icons import drawings, icon
from meterside.web.design.views import PAGES, STATUSES, component_names

WEB = PROJECT / "meterside" / "web"
TEMPLATES = sorted(path for path in WEB.rglob("*.html") if "static" not in path.relative_to(WEB).parts)
COMPONENTS = sorted(path for path in (WEB / "components").iterdir() if path.is_dir() and path.name[0] != "_")

pytestmark = pytest.mark.urls("tests.web.design_urls")

_OFFENCES = {
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "style element": re.compile(r"<style\b", re.I),
    "inline script": re.compile(r"<script\b(?![^>]*\bsrc=)|<script\b[^>]*>\s*[^<\s]", re.I),
    "event attribute": re.compile(r"<[^>]*\s(?:on[a-z]+|hx-on[:\w-]*)\s*=\s*[\"']", re.I),
    "event or style among attrs": re.compile(r"[\"'](?:on[a-z]+|style)[\"']\s*:", re.I),
    "javascript address": re.compile(r"javascript:", re.I),
    "another's address": re.compile(r"(?:src|action)\s*=\s*[\"']?(?:https?:)?//", re.I),
}


def offences(source: str) -> set[str]:
    return {name for name, pattern in _OFFENCES.items() if pattern.search(source)}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_no_template_needs_anything_inline(path: Path) -> None:
    assert offences(path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("planted", "name"),
    [
        ('<p style="color:red">', "style attribute"),
        ('<p class="a"\n  style = "x">', "style attribute"),
        ("<style>p{}</style>", "style element"),
        ("<script>alert(1)</script>", "inline script"),
        ('<script src="/a.js">x()</script>', "inline script"),
        ('<button class="b" onclick="go()">', "event attribute"),
        ("<form hx-on:submit='go()'>", "event attribute"),
        ('{{ button("Go", attrs={"onclick": "go()"}) }}', "event or style among attrs"),
        ('<a href="javascript:void(0)">', "javascript address"),
        ('<script src="//cdn.example/x.js"></script>', "another's address"),
    ],
)
def test_the_scanner_sees_a_planted_offence(planted: str, name: str) -> None:
    assert name in offences(f"<div>\n{planted}\n</div>")


def test_the_scanner_lets_honest_markup_pass() -> None:
    assert (
        offences('<script src="{{ static("a.js") }}" defer></script><p class="one" data-once>on="x"</p>')
        == set()
    )


@pytest.mark.parametrize("folder", COMPONENTS, ids=lambda folder: folder.name)
def test_a_component_is_whole(folder: Path) -> None:
    name = folder.name
    for needed in (f"{name}.html", f"{name}.scss", "examples.html"):
        assert (folder / needed).stat().st_size > 0, f"{name} has no {needed}"
    macros = re.findall(r"{% macro ([a-z]\w*)\(", (folder / f"{name}.html").read_text(encoding="utf-8"))
    examples = (folder / "examples.html").read_text(encoding="utf-8")
    listed = (WEB / "components" / "README.md").read_text(encoding="utf-8")
    assert macros
    for macro in macros:
        assert f"{macro}(" in listed or f"`{macro}`" in listed, f"{macro} is not in components/README.md"
        # The phone's navigation is fixed to the screen, so it is shown on the sample pages instead.
        assert f"{macro}(" in examples or macro == "phone_nav", f"{macro} has no example"


class Facts(HTMLParser):
    """What a rendered page holds that a rule speaks about."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.pointed: set[str] = set()
        self.inline: list[str] = []
        self.lang = ""
        self.headings: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "html":
            self.lang = found.get("lang") or ""
        if tag in {"h1", "h2", "h3", "h4"}:
            self.headings.append(int(tag[1]))
        if tag == "style" or (tag == "script" and "src" not in found):
            self.inline.append(tag)
        for name, value in found.items():
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")
            elif name == "id":
                self.ids.append(value or "")
            elif name in {"for", "aria-describedby", "aria-labelledby", "aria-controls"}:
                self.pointed.update((value or "").split())


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("address", ["/design/", *(f"/design/{name}/" for name in PAGES)])
def test_a_page_of_components_is_sound(client: Client, address: str, language: str) -> None:
    client.cookies["django_language"] = language
    response = client.get(address)
    assert response.status_code == 200
    facts = Facts(response.content.decode())
    assert facts.lang == language
    assert facts.inline == []
    assert facts.headings.count(1) == 1
    assert {one for one in facts.ids if facts.ids.count(one) > 1} == set()
    assert facts.pointed <= set(facts.ids)


def test_the_living_page_shows_every_component(client: Client) -> None:
    html = client.get("/design/").content.decode()
    assert component_names() == tuple(folder.name for folder in COMPONENTS)
    for name in component_names():
        assert f'id="{name}"' in html


def test_the_theme_comes_from_the_cookie(client: Client) -> None:
    assert (
        "data-theme"
        not in client.get("/design/home/").content.decode().partition(">")[2].partition("<head>")[0]
    )
    client.cookies["theme"] = "dark"
    assert '<html lang="en" data-theme="dark">' in client.get("/design/home/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert '<html lang="en">' in client.get("/design/home/").content.decode()


@pytest.mark.parametrize("status", STATUSES)
def test_each_refusal_has_its_page_and_status(client: Client, status: int) -> None:
    response = client.get(f"/design/error/{status}/")
    assert response.status_code == status
    assert response.content.count(b"<h1>") == 1
    assert (response.get("Retry-After") is not None) == (status == 503)


def test_an_unknown_address_is_answered_by_our_page(client: Client) -> None:
    response = client.get("/no/such/page")
    assert response.status_code == 404
    assert b"We cannot find that page" in response.content


def test_the_page_of_a_server_error_needs_nothing(client: Client) -> None:
    html = client.get("/design/error/500/").content.decode()
    assert 'lang="es"' in html
    assert "/static/meterside/app.css" in html
    assert "{{" not in html


def test_the_living_page_is_not_in_production(client: Client, settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    for address in ("/design/", "/design/home/", "/design/error/404/"):
        assert client.get(address).status_code == 404


def test_what_people_type_is_escaped() -> None:
    source = (
        '{% from "components/field/field.html" import text_field %}'
        '{% from "components/banner/banner.html" import banner %}'
        '{{ text_field("n", "N", value, error=value) }}{{ banner(value) }}{{ value | unit_name }}'
    )
    with translation.override("en"):
        html = engines["jinja2"].from_string(source).render({"value": "\"><script>alert('x')</script>"})
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 4


def test_an_undefined_name_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        engines["jinja2"].from_string("{{ nobody.said.this }}").render({})


def test_icons_are_built_and_named() -> None:
    wanted = (WEB / "design" / "build" / "icons.txt").read_text(encoding="utf-8").split()
    assert sorted(drawings()) == sorted(wanted)
    assert 'aria-hidden="true"' in icon("house")
    assert 'role="img" aria-label="2 &lt; 3"' in icon("bell", label="2 < 3")
    with pytest.raises(KeyError):
        icon("no-such-drawing")
