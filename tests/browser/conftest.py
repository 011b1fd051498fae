"""Fixtures of the browser tests: a seeded site behind a real server, and people who visit it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker

from meterside.kit.postgres import Cluster
from tests import databases
from tests.browser.people import build_town
from tests.browser.site import Site, serving, use_database
from tests.browser.visitor import Visitor
from tests.chromium import running_chromium


@pytest.fixture(scope="session")
def server_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server said."""
    return tmp_path_factory.mktemp("site") / "server.log"


@pytest.fixture(scope="session")
def site(
    cluster: Cluster, template: str, django_db_blocker: DjangoDbBlocker, server_log: Path
) -> Iterator[Site]:
    """A town on a database of its own behind a real server; one for each test process."""
    with databases.cloned(cluster, template) as urls:
        with use_database(urls, django_db_blocker):
            town = build_town()
        other_log = server_log.with_name("without-gateway.log")
        with (
            serving(urls, server_log) as base,
            serving(urls, other_log, PAYMENT_GATEWAY="none") as without_gateway,
        ):
            running = Site(base, urls, town, django_db_blocker, without_gateway)
            running.work()
            yield running
            said = server_log.read_text() + other_log.read_text()
            assert "Traceback" not in said, f"the server failed behind a page: {said[-4000:]}"


# Not for the whole session: its driver keeps an event loop, which other tests could not live with.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The one Chromium of these tests."""
    with running_chromium() as running:
        yield running


@pytest.fixture(scope="package")
def visit(site: Site, browser: Browser) -> Visitor:
    """Opens pages as somebody would; signs each person in once."""
    return Visitor(browser, site)


@pytest.fixture
def page(visit: Visitor) -> Iterator[Page]:
    """A phone of somebody who is not signed in."""
    with visit() as shown:
        yield shown
