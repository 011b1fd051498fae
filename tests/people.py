"""People at the pages: a browser-like client for each of the cast, and the worker's part, run at once."""

from __future__ import annotations

import re
from datetime import date, datetime
from itertools import pairwise

from django.test import Client

from meterside.cis.agreements.operations import start_agreement
from meterside.cis.registry.operations import NewContact, add_person, open_account
from meterside.contracts.cis import AccountRef
from meterside.jobs import messages as _messages  # noqa: F401  (declares who delivers what)
from meterside.jobs import usage as _usage  # noqa: F401  (the same)
from meterside.jobs.deliver import hand_over
from meterside.kit import clock
from meterside.portal.access.models import AccountAccess
from meterside.portal.access.operations import grant
from meterside.portal.access.roles import Role
from meterside.portal.identity.models import Login
from meterside.portal.identity.operations import create_login
from meterside.portal.notices.models import Notice
from meterside.spine import outbox
from tests.cast import SINCE, Household, Riverside, bill_month, read_dial

PASSWORD = "a river runs by it"
MONTHS = [date(2025, month, 1) for month in range(1, 7)]


def worker() -> None:
    """Deliver the outbox until it is empty, as the worker would."""
    while outbox.deliver_waiting(hand_over):
        pass


def notices(kind: str | None = None, to: str | None = None) -> list[Notice]:
    """Messages so far, oldest first, after the worker ran."""
    worker()
    rows = Notice.objects.exclude(to="").order_by("id")
    if kind:
        rows = rows.filter(kind=kind)
    if to:
        rows = rows.filter(to=to)
    return list(rows)


def code_in(notice: Notice) -> str:
    """The code a message carries."""
    found = re.search(r"^ {4}(\d{6})$", notice.body, re.MULTILINE)
    assert found, notice.body
    return found.group(1)


def last_code(to: str) -> str:
    """The newest code that went to an address."""
    codes = [notice for notice in notices(to=to) if notice.is_secret]
    assert codes, f"no code went to {to}"
    return code_in(codes[-1])


def make_login(email: str, name: str = "", language: str = "en") -> Login:
    return create_login(
        email=email, password=PASSWORD, display_name=name or email, language=language, now=clock.now()
    )


def give(
    login: Login, account: AccountRef, role: Role = Role.OWNER, until: datetime | None = None
) -> AccountAccess:
    return grant(login_id=login.pk, account=account, role=role, now=clock.now(), until=until)


def ref(home: Household) -> AccountRef:
    return AccountRef(home.account.public_id)


def signed_in(login: Login) -> Client:
    client = Client()
    client.force_login(login, backend="django.contrib.auth.backends.ModelBackend")
    return client


def some_bills(home: Household) -> None:
    """Five months of bills with amounts that vary."""
    for index, day in enumerate(MONTHS):
        read_dial(home.electric, day, 1000 + index * 700 + index * index * 13)
        read_dial(home.water, day, 500 + index * 900)
    for start, end in pairwise(MONTHS):
        bill_month(start, end, [home.account])


def flatmate(utility: Riverside) -> AccountRef:
    """Ana, with an account of her own for a service at Alice's premise."""
    ana = add_person(
        given_name="Ana",
        family_name="Roe",
        since=SINCE,
        contacts=(NewContact("email", "ana@example.com", "ana@example.com"),),
    )
    account = open_account(owner=ana, customer_class="residential", bill_cycle="01", opened_on=SINCE)
    start_agreement(
        account=account,
        premise=utility.alice.premise,
        service="refuse",
        tariff=utility.tariffs["refuse"],
        starts_on=SINCE,
        service_points=(),
    )
    return AccountRef(account.public_id)
