"""Language and theme: two cookies, a safe way back, and a utility's own colours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template import engines
from django.test import Client, RequestFactory
from pytest_django import Settings

from meterside.web.design.brand import load_brand
from meterside.web.design.shell import NavItem, current_theme, existing, main_nav, return_path

pytestmark = pytest.mark.urls("tests.web.design_urls")
ADDRESS = "/preferences/display"


def test_a_language_is_kept_and_we_come_back(client: Client) -> None:
    response = client.post(ADDRESS, {"language": "es", "next": "/design/?a=1"})
    assert (response.status_code, response["Location"]) == (302, "/design/?a=1")
    cookie = response.cookies["django_language"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("es", "Lax", True)
    assert '<html lang="es"' in client.get("/design/home/").content.decode()


def test_a_theme_is_kept_and_forgotten(client: Client) -> None:
    assert client.post(ADDRESS, {"theme": "dark"}).cookies["theme"].value == "dark"
    assert 'data-theme="dark"' in client.get("/design/home/").content.decode()
    gone = client.post(ADDRESS, {"theme": "system"}).cookies["theme"]
    assert (gone.value, gone["max-age"]) == ("", 0)
    assert 'data-theme="dark"' not in client.get("/design/home/").content.decode()


@pytest.mark.parametrize(
    "data", [{}, {"language": "xx"}, {"theme": "pink"}, {"theme": "", "language": "es\r\nx"}]
)
def test_what_we_do_not_know_changes_nothing(client: Client, data: dict[str, str]) -> None:
    response = client.post(ADDRESS, data)
    assert response.status_code == 302
    assert not set(response.cookies) & {"theme", "django_language"}


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example", "", "\x00/"]
)
def test_the_way_back_never_leads_away(client: Client, away: str) -> None:
    assert client.post(ADDRESS, {"theme": "dark", "next": away})["Location"] == "/"


def test_only_a_form_with_its_token_changes_it() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(ADDRESS, {"theme": "dark"}).status_code == 403
    assert client.get(ADDRESS).status_code == 405


def test_the_switch_comes_back_to_the_page_that_was_read() -> None:
    factory = RequestFactory()
    assert return_path(factory.get("/bills/", {"page": "2"})) == "/bills/?page=2"
    assert return_path(factory.post("/pay/")) == "/"
    assert return_path(None) == "/"
    assert current_theme(None) == ""


def test_only_places_that_exist_are_in_the_navigation(client: Client) -> None:
    found = existing((("a", "design", "Design", "house"), ("b", "not_built_yet", "Later", "zap")))
    assert [(item.key, item.url) for item in found] == [("a", "/design/")]
    assert main_nav(None) == ()
    assert "nav-phone" not in client.get("/design/error/404/").content.decode()


def test_a_phone_shows_the_five_places_that_matter_most() -> None:
    places = [NavItem(str(rank), f"place {rank}", "house", "/", rank) for rank in (0, 5, 1, 2, 6, 3, 4)]
    source = '{% from "components/navigation/navigation.html" import phone_nav %}{{ phone_nav(places, "3") }}'
    html = engines["jinja2"].from_string(source).render({"places": places})
    assert re.findall(r"<span>place (\d)</span>", html) == ["0", "1", "2", "3", "4"]
    assert html.count('aria-current="page"') == 1


def test_a_brand_is_served_under_the_address_of_its_content(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "logo.svg").write_text("<svg/>")
    path = tmp_path / "brand.toml"
    path.write_text('[brand]\nlogo = "logo.svg"\ncolour = "#7a1f5c"\ncolour_dark = "#e59ccb"\n')
    settings.BRAND_FILE = path
    version = load_brand(path).version
    style = client.get(f"/brand/{version}.css")
    assert (style.status_code, style["Content-Type"]) == (200, "text/css")
    assert "immutable" in style["Cache-Control"]
    assert b"--brand: #7a1f5c" in style.content
    assert client.get(f"/brand/{version}.svg").content == b"<svg/>"
    assert client.get("/brand/0123456789ab.css").status_code == 404


def test_without_a_brand_of_its_own_there_is_nothing_to_serve(client: Client) -> None:
    assert client.get("/brand/x.css").status_code == 404
