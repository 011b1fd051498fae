"""Pages that belong to no one's own place: as staff and strangers see them, and addresses that only take forms."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings

from meterside.portal.identity.operations import create_login
from meterside.web.staff.actors import names_of
from tests.web.billed import TODAY, Town, staff_browser, town

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Town:
    return town()


@pytest.fixture
def dana(place: Town) -> Client:
    return staff_browser()


@pytest.mark.parametrize("path", ["/profile/", "/nowhere/", "/demo/inbox/"])
def test_staff_find_their_own_places_on_everybodys_pages(dana: Client, path: str) -> None:
    with override_settings(IS_DEMO=True):
        page = dana.get(path).content.decode()
    assert 'href="/staff/meter-files/"' in page
    assert 'href="/pay/"' not in page


def test_a_customer_keeps_theirs(place: Town) -> None:
    page = place.alice.get("/profile/").content.decode()
    assert 'href="/pay/"' in page
    assert "/staff/" not in page


def test_an_address_that_only_takes_forms_says_so(place: Town) -> None:
    answer = place.alice.delete("/home/")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert "There is nothing to see here" in answer.content.decode()


def test_pages_of_the_inbox_end_somewhere(dana: Client) -> None:
    with override_settings(IS_DEMO=True):
        assert dana.get("/demo/inbox/?page=9999").status_code == 404


def test_who_did_something_is_named_to_staff(place: Town) -> None:
    login = create_login(
        email="alma@example.com", password=None, display_name="Alma Ruiz", language="es", now=TODAY
    )
    nobody = "person:6f1f4f0e-0000-4000-8000-000000000000"
    assert names_of([f"person:{login.public_id}", nobody, "person:x"]) == names_of([]) | {
        f"person:{login.public_id}": "Alma Ruiz",
        nobody: "a customer",
        "person:x": "a customer",
    }
