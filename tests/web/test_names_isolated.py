"""A name or place that a billing system gave us ends where it ends: a mark in it turns nothing else around."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.test import Client

from meterside.cis.registry.models import Person, Premise
from meterside.kit import clock
from meterside.portal.access.roles import Role
from meterside.portal.identity.models import Login
from tests.journeys.paying import hidden_order
from tests.people import give, make_login, notices, ref, signed_in
from tests.web.billed import TODAY, Town, town

pytestmark = pytest.mark.django_db
TURNED = "\u202eonerom"  # RIGHT-TO-LEFT OVERRIDE: shown as "moreno", and so all that follows on the line


class _Texts(HTMLParser):
    """Where turned text stands: the element right around it."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.around: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "link", "input", "br", "img", "hr", "path", "use", "wbr", "col"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "\u202e" in data:
            assert data.startswith(TURNED) or data.endswith(TURNED), data
            self.around.append(self.open[-1])


def around(answer: object) -> list[str]:
    texts = _Texts()
    texts.feed(answer.content.decode())  # type: ignore[attr-defined]
    return texts.around


@pytest.fixture
def place() -> Town:
    with clock.clock_at(TODAY):
        made = town()
        Person.objects.filter(pk=made.riverside.alice.person.pk).update(family_name=TURNED)
        Premise.objects.filter(pk=made.riverside.alice.premise.pk).update(address_line=f"418 {TURNED}")
        Login.objects.filter(email="alice@example.com").update(display_name=f"Alice {TURNED}")
        return made


@pytest.mark.parametrize("address", ["/home/", "/bills/", "/pay/", "/profile/"])
def test_on_a_page(place: Town, address: str) -> None:
    with clock.clock_at(TODAY):
        found = around(place.alice.get(address))
    assert set(found) == {"bdi"}


def test_where_a_payment_is_checked(place: Town) -> None:
    with clock.clock_at(TODAY):
        checked = place.alice.post("/pay/", {"amount": "20.00"}, follow=True)
        assert hidden_order(checked.content.decode())
        found = around(checked)
    assert set(found) == {"bdi"}
    assert len(found) >= 4  # the switcher; the place, the holder, who pays


def test_where_others_are_named(place: Town) -> None:
    with clock.clock_at(TODAY):
        alice = Login.objects.get(email="alice@example.com")
        bob = make_login("bob@example.com", f"Bob {TURNED}")
        access = give(bob, ref(place.riverside.alice), Role.HELPER_VIEW)
        invited = {"name": "Nina", "email": "nina@example.com", "role": "helper_view", "last_day": ""}
        signed_in(alice).post("/profile/people/invite/", invited)
        link = next(
            word.partition("/invitation/")[2]
            for word in notices("helper_invited")[-1].body.split()
            if "/invitation/" in word
        )
        profile = around(place.alice.get("/profile/"))
        ending = around(place.alice.get(f"/profile/people/{access.public_id}/end/"))
        asked = around(Client().get(f"/invitation/{link}"))
    assert set(profile) == set(ending) == set(asked) == {"bdi"}
    assert profile.count("bdi") >= 4
