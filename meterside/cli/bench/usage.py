"""Usage pages of an account with five years of hours, on the real server, beside a bare signed-in view."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

from django.conf import settings

from meterside.cis.agreements.models import ServiceAgreement
from meterside.cis.metering.store.storing import prepare_months
from meterside.jobs.demo.history import live_a_month, members
from meterside.jobs.demo.households import Household
from meterside.jobs.demo.plan import CYCLES, Plan
from meterside.jobs.demo.utility import open_household, set_up, tariffs_by_code
from meterside.kit import clock
from meterside.portal.access.operations import grant
from meterside.portal.access.roles import Role
from meterside.portal.identity.operations import create_login

from . import Result
from .load import load
from .server import running_server, signed_in_cookie
from .timing import quantile
from .upkeep import vacuum

_BARE = "/bench/bare/"
_MONTHS, _TIMES, _MOST_MS = 60, 300, 25


def run() -> Iterator[Result]:
    """Median on one connection of the pages of a period, a day and a year."""
    email, service = _five_years()
    vacuum()
    cookie = signed_in_cookie(email)
    with running_server() as port:

        def median_ms(path: str) -> float:
            for times in (100, _TIMES):
                told = load("127.0.0.1", port, path, cookie, connections=1, requests=times)
            return quantile(told.seconds, 0.5) * 1000

        for name, path in (("period", service), ("day", f"{service}day/"), ("year", f"{service}year/")):
            floor, took = median_ms(_BARE), median_ms(path)
            yield Result(
                f"usage, five years of hours: {name}, 1 connection",
                took,
                "ms",
                floor,
                "ms, bare signed-in view",
                f"<= {_MOST_MS} ms",
                took <= _MOST_MS,
            )


def _five_years() -> tuple[str, str]:
    """A household with meters read by the hour, billed for five years: its login, and its electric page's path."""
    zone_name, key = settings.UTILITY.zone_name, f"bench-{uuid4().hex[:8]}"
    plan = Plan(clock.today(settings.UTILITY.zone), zone_name, n_accounts=1, n_months=_MONTHS)
    cycle = CYCLES[0]
    household = Household(
        key=key,
        cycle=cycle.code,
        given_name="Ada",
        family_name="Bench",
        organisation="",
        email=f"{key}@example.com",
        phone="(510) 555-0199",
        address_line="1 Bench Street",
        has_intervals=True,
    )
    set_up(plan)
    prepare_months(plan.first_day, plan.today + timedelta(days=31))
    account = open_household(plan, household, plan.windows(cycle)[0].start, tariffs_by_code())
    (member,) = group = members([household], [account.pk])
    for month in range(_MONTHS):
        live_a_month(plan, cycle, month, group)
    login = create_login(
        email=household.email, password=None, display_name="Ada Bench", language="en", now=clock.now()
    )
    grant(login_id=login.pk, account=member.account, role=Role.OWNER, now=clock.now())
    electric = ServiceAgreement.objects.get(account=account, service="electric")
    return household.email, f"/usage/{electric.public_id}/"
