"""A real server on a database of its own, and what its worker would do, done by the tests."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from django.core.cache import cache
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from meterside import wiring
from meterside.cis.agreements.models import ServiceAgreement
from meterside.cis.billing.models import Bill, BillException, BillRun
from meterside.cis.metering.models import MeterFile, MeterSource, ReadException
from meterside.cis.tariffs.models import FactorSeries, Tariff
from meterside.cli.parent import environment_for_child
from meterside.config.environment import PROJECT
from meterside.config.migrating import connect_as
from meterside.connectors.payments.sandbox import company, telling
from meterside.jobs import deliver, messages, usage
from meterside.journeys import pay_bill
from meterside.journeys.watch_usage.alerts import off_address
from meterside.kit import clock
from meterside.kit.postgres import DatabaseUrls
from meterside.portal.notices.models import Notice
from meterside.portal.preferences.models import UsageAlert
from meterside.portal.preferences.queries import alert_of
from meterside.spine import outbox
from tests import databases
from tests.browser.people import Town
from tests.browser.tariffs import comparison_of, version_of
from tests.cast import ZONE

_START_TIMEOUT_S = 60.0
_POLL_S = 0.05
_MOST_ROUNDS = 10
_ = (messages.blueprint, usage.blueprint)  # importing them declares who delivers which message


@dataclass(frozen=True)
class Site:
    """The running product. `base` is its address, `town` who lives there."""

    base: str
    urls: DatabaseUrls
    town: Town
    blocker: DjangoDbBlocker
    without_gateway: str  # the address of the same product where nothing can be paid online

    @property
    def bases(self) -> tuple[str, ...]:
        """All addresses that are the product's."""
        return self.base, self.without_gateway

    @contextmanager
    def database(self) -> Iterator[None]:
        """Within the block this process's Django works on the site's database, as the application's role."""
        with use_database(self.urls, self.blocker):
            yield

    def work(self) -> None:
        """Do what the worker would: deliver messages, let the sandbox's time pass, act on what it tells."""
        with self.database():
            gateway = wiring.payment_gateway()
            assert gateway is not None
            for _round in range(_MOST_ROUNDS):
                done = outbox.deliver_waiting(deliver.hand_over, limit=500)
                done += company.carry_out_due_steps()
                done += telling.send_waiting(self._tell)
                pay_bill.process_messages(cis=wiring.cis(), gateway=gateway)
                if not done:
                    return
            raise AssertionError("the worker's jobs found no end")

    def forget_attempts(self) -> None:
        """Forget who signed in wrongly: all visitors come from one machine, and share its limit."""
        with self.database():
            cache.clear()

    def message_to(self, email: str) -> Notice:
        """The latest message to an address, after the worker's jobs are done."""
        self.work()
        with self.database():
            return Notice.objects.filter(to=email).latest("created_at", "id")

    def code_for(self, email: str) -> str:
        """The code in the latest message to an address."""
        found = re.search(r"^ *(\d{6})$", self.message_to(email).body, re.MULTILINE)
        assert found, f"no code in the latest message to {email}"
        return found.group(1)

    def link_for(self, email: str) -> str:
        """The path of the link in the latest message to an address."""
        found = re.search(r"^ *(https?://\S+)$", self.message_to(email).body, re.MULTILINE)
        assert found, f"no link in the latest message to {email}"
        return urlsplit(found.group(1)).path

    def bill(self, key: str, *, back: int = 0) -> str:
        """The address of a household's latest bill, or of one `back` bills before it."""
        with self.database():
            bills = Bill.objects.filter(account=self.town.households[key].account).order_by("-bill_date")
            return reverse("bill", args=[bills[back].public_id])

    def usage(self, key: str, view: str = "", service: str = "electric") -> str:
        """The address of a household's usage page of a service."""
        with self.database():
            account = self.town.households[key].account
            found = ServiceAgreement.objects.get(account=account, service=service)
            return reverse("usage_period", args=[found.public_id]) + view

    def alert(self, key: str) -> str:
        """The address of the alert a household was told of."""
        with self.database():
            row = UsageAlert.objects.filter(account_ref=self.town.ref(key)).latest("id")
            return reverse("usage_alert", args=[row.public_id])

    def off_path(self, key: str) -> str:
        """The address in its message that switches its kind off."""
        with self.database():
            row = UsageAlert.objects.filter(account_ref=self.town.ref(key)).latest("id")
            found = alert_of(login_id=row.login_id, account=self.town.ref(key), public_id=row.public_id)
            assert found is not None
            return urlsplit(off_address(found)).path

    def days_ago(self, days: int) -> date:
        """The day so many days before today, where the town is."""
        return clock.today(ZONE) - timedelta(days=days)

    def run(self, cycle: str) -> str:
        """The staff's page of the latest run of a cycle."""
        with self.database():
            made = BillRun.objects.filter(cycle_id=cycle).latest("bill_date")
            return reverse("staff_run", args=[made.public_id])

    def exception(self, kind: str) -> str:
        """The staff's page of an exception of a kind."""
        with self.database():
            return reverse("staff_exception", args=[BillException.objects.filter(kind=kind)[0].public_id])

    def read_exception(self, rule: str, *, status: str = "open") -> str:
        """The staff's page of an exception in meter data."""
        with self.database():
            found = ReadException.objects.filter(rule=rule, status=status)[0]
            return reverse("staff_read_exception", args=[found.public_id])

    def meter_file(self, name: str) -> str:
        """The staff's page of a meter file."""
        with self.database():
            return reverse("staff_meter_file", args=[MeterFile.objects.get(name=name).public_id])

    def meter_sender(self, name: str) -> str:
        """The staff's page of a sender of meter files."""
        with self.database():
            return reverse("staff_meter_sender", args=[MeterSource.objects.get(name=name).public_id])

    def history(self, key: str, *, back: int = 0) -> str:
        """The staff's page of a household's bill, the last that was issued or one before."""
        with self.database():
            bills = Bill.objects.filter(account=self.town.households[key].account).order_by("-id")
            return reverse("staff_bill", args=[bills[back].public_id])

    def tariff(self, code: str) -> str:
        """The staff's page of a tariff."""
        with self.database():
            return reverse("staff_tariff", args=[Tariff.objects.get(code=code).public_id])

    def version(self, code: str, status: str, *, back: int = 0, page: str = "") -> str:
        """The staff's page of a version, or one under it."""
        with self.database():
            made = version_of(code, status, back=back)
            return reverse("staff_tariff_version", args=[made.public_id]) + page

    def comparison(self, number: int) -> str:
        """The staff's page of a comparison."""
        with self.database():
            return reverse("staff_comparison", args=[comparison_of(number).public_id])

    def series(self, code: str) -> str:
        """The staff's page of a series."""
        with self.database():
            return reverse("staff_one_series", args=[FactorSeries.objects.get(code=code).public_id])

    def found(self, key: str) -> str:
        """The staff's page of an account's bills."""
        return f"{reverse('staff_bills')}?q={self.town.households[key].account.number}"

    def _tell(self, body: bytes, headers: Mapping[str, str]) -> int:
        address = f"{self.base}/hooks/payments/sandbox/"
        return httpx.post(address, content=body, headers=dict(headers), timeout=10).status_code


@contextmanager
def use_database(urls: DatabaseUrls, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Within the block this process's Django works on that database, then on the one before.

    The browser's driver keeps an event loop in this thread, in which Django would refuse to work.
    """
    before, name = databases.current_entry(), "DJANGO_ALLOW_ASYNC_UNSAFE"
    os.environ[name] = "1"
    try:
        with blocker.unblock():
            databases.use(urls)
            yield
    finally:
        connect_as(before)
        del os.environ[name]


@contextmanager
def serving(urls: DatabaseUrls, log: Path, **variables: str) -> Iterator[str]:
    """Within the block `meterside serve` answers at the address given.

    As in a demo, because only there are messages shown, and static files served compressed as in production;
    on a billing system with troubles for some (troubled.py). `variables` are added to the environment.
    """
    port = _free_port()
    environment = {
        **environment_for_child(),
        "METERSIDE_ENV": "demo",
        "METERSIDE_VAR": str(PROJECT / "var" / "browser-tests"),
        "METERSIDE_WEB_PROCESSES": "1",
        "DATABASE_URL": urls.app,
        "DATABASE_OWNER_URL": urls.app,
        "PAYMENT_SANDBOX_DELAY_S": "0",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        **variables,
    }
    with log.open("wb") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.serve_troubled", "serve"],
            env=environment,
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            base = f"http://localhost:{port}"
            _wait_for(server, base, log)
            yield base
        finally:
            server.terminate()
            server.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: subprocess.Popen[bytes], base: str, log: Path) -> None:
    """Ask until it answers; fail with its own words when it ends."""
    for _try in range(int(_START_TIMEOUT_S / _POLL_S)):
        try:
            httpx.get(f"{base}/sign-in/", timeout=_START_TIMEOUT_S).raise_for_status()
            return
        except httpx.TransportError:
            try:
                server.wait(timeout=_POLL_S)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"the server ended: {log.read_text()}") from None
    raise AssertionError(f"the server did not answer: {log.read_text()}")
