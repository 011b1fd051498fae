"""The page that tells how far the demo's past is."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from meterside.spine import steps

pytestmark = pytest.mark.django_db
ADDRESS = "/demo/progress/"


@pytest.fixture
def page(client: Client, settings: Any) -> Client:
    settings.IS_DEMO = True
    return client


def _step(name: str, units: int, planned: int = 0) -> None:
    steps.do_step(steps.DEMO_PAST, name, lambda: {"units": units}, planned_units=planned)


def test_under_way_it_looks_again_by_itself(page: Client) -> None:
    _step("plan", 0, planned=1000)
    _step("one", 250)
    _step("two", 250)
    text = page.get(ADDRESS).content.decode()
    assert "500 of 1,000" in text
    assert 'data-again="2"' in text
    assert "Look again" in text
    assert "left." in text


def test_done_it_stands_still(page: Client) -> None:
    _step("plan", 0, planned=500)
    _step("one", 500)
    text = page.get(ADDRESS).content.decode()
    assert "500 of 500" in text
    assert "Complete" in text
    assert 'data-again="' not in text


def test_an_empty_database_says_so(page: Client) -> None:
    assert "Nothing to see yet" in page.get(ADDRESS).content.decode()


def test_it_is_not_there_outside_a_demo(client: Client, settings: Any) -> None:
    settings.IS_DEMO = False
    assert client.get(ADDRESS).status_code == 404


def test_a_step_is_done_once() -> None:
    acts: list[str] = []

    def act() -> dict[str, int]:
        acts.append("done")
        return {"units": 1}

    assert steps.do_step("work", "step", act)
    assert not steps.do_step("work", "step", act)
    assert acts == ["done"]
    assert steps.progress("work").done == 1
