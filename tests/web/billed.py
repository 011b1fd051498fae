"""Alice and Charlie with two bills each, and browsers that are signed in."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client

from meterside.cis.billing.models import Bill
from meterside.contracts.cis import AccountRef
from meterside.kit import clock
from meterside.portal.access.operations import grant
from meterside.portal.access.roles import Role
from meterside.portal.identity.operations import create_login
from tests.cast import Household, Riverside, bill_month, instant, read_dial, read_hours, riverside

JAN, FEB, MAR = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)
TODAY = instant("2025-03-10T12:00")  # February's bill is made and not yet due


@dataclass(frozen=True)
class Town:
    """Two households, billed for January and February."""

    riverside: Riverside
    alice: Client
    charlie: Client

    def bill(self, home: Household) -> Bill:
        """The household's latest bill."""
        return Bill.objects.filter(account=home.account).latest("bill_date")

    def bill_path(self) -> str:
        """The page of Alice's latest bill."""
        return f"/bills/{self.bill(self.riverside.alice).public_id}/"


def town() -> Town:
    """Alice's electric meter also sends hours, from January to March 8; Charlie's does not."""
    made = riverside()
    read_hours(made.alice.electric, JAN, date(2025, 3, 9), 1000)
    for home in made.households:
        for day, kwh, cf in ((JAN, 1000, 500), (FEB, 1744, 1500), (MAR, 2416, 2400)):
            read_dial(home.electric, day, kwh)
            read_dial(home.water, day, cf)
    bill_all(made, JAN, FEB)
    bill_all(made, FEB, MAR)
    return Town(made, browser(made.alice, "alice"), browser(made.charlie, "charlie"))


def bill_all(made: Riverside, start: date, end: date) -> None:
    """Bill both households for a month, on its last day's morrow."""
    with clock.clock_at(instant(f"{end}T06:00")):
        bill_month(start, end, [home.account for home in made.households])


def bill_more_months(made: Riverside, n_months: int) -> None:
    """Make history: months before the cast's own are not there, so it grows to the future."""
    start, kwh, cf = MAR, 2416, 2400
    for _ in range(n_months):
        end = (start + timedelta(days=32)).replace(day=1)
        kwh, cf = kwh + 700, cf + 900
        for home in made.households:
            read_dial(home.electric, end, kwh)
            read_dial(home.water, end, cf)
        bill_all(made, start, end)
        start = end


def staff_browser(name: str = "dana") -> Client:
    """A browser signed in as a member of staff."""
    login = create_login(
        email=f"{name}@example.com", password=None, display_name=name.title(), language="en",
        now=instant("2025-01-02T08:00"), is_staff=True,
    )  # fmt: skip
    client = Client()
    client.force_login(login, backend="django.contrib.auth.backends.ModelBackend")
    return client


def browser(home: Household, name: str, role: Role = Role.OWNER) -> Client:
    """A browser of its own, signed in as somebody with that role."""
    now = instant("2025-01-02T08:00")
    login = create_login(
        email=f"{name}@example.com", password=None, display_name=name.title(), language="en", now=now
    )
    grant(login_id=login.pk, account=AccountRef(home.account.public_id), role=role, now=now)
    client = Client()
    client.force_login(login, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text_of(client: Client, path: str, *, status: int = 200, **headers: Any) -> str:
    """A page's text, no-break spaces made plain."""
    with clock.clock_at(TODAY):
        answer = client.get(path, **headers)
    assert answer.status_code == status, (path, answer.status_code, answer.content.decode()[-2000:])
    return str(answer.content.decode()).replace("\N{NO-BREAK SPACE}", " ")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every SQL statement of the block."""
    seen: list[str] = []

    def keep(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield seen


def fixed_count(page: str) -> int:
    """The number of statements the page may ask."""
    counts = tomllib.loads(Path(__file__).with_name("query_counts.toml").read_text())
    return int(counts[page])


def asked(client: Client, path: str) -> int:
    """How many statements a page asks once the session knows its accounts' labels."""
    with clock.clock_at(TODAY):
        client.get(path)
        with statements() as seen:
            answer = client.get(path)
    assert answer.status_code == 200
    return len(seen)


NOBODYS = UUID("99999999-9999-4999-8999-999999999999")
