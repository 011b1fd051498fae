"""Home and the bill page of an account with 25 months, on the real server, beside a bare signed-in view."""

from __future__ import annotations

from collections.abc import Iterator

from meterside.cis.billing.models import Bill
from meterside.jobs.demo.seeding import seed_cast
from meterside.portal.access.models import AccountAccess

from . import Result
from .load import Load, load
from .server import running_server, signed_in_cookie
from .timing import quantile
from .upkeep import vacuum

EMAIL = "alice@example.com"
_BARE = "/bench/bare/"
_ROUNDS, _ONE, _FOUR, _MANY = 9, 300, 1200, 640


def run() -> Iterator[Result]:
    """Median on one connection, p99 on four, and requests a second on 32 against the bare view."""
    seed_cast(n_accounts=1)
    vacuum()
    cookie = signed_in_cookie(EMAIL)
    with running_server() as port:

        def ask(path: str, connections: int, requests: int) -> Load:
            return load("127.0.0.1", port, path, cookie, connections=connections, requests=requests)

        for name, path in (("home", "/home/"), ("bill", latest_bill_path())):
            for warm in (path, _BARE):
                ask(warm, 8, 200)
            floor = ask(_BARE, 1, _ONE)
            one = ask(path, 1, _ONE)
            median, least = (quantile(each.seconds, 0.5) * 1000 for each in (one, floor))
            yield Result(
                f"{name}: median, 1 connection",
                median,
                "ms",
                least,
                "ms, bare signed-in view",
                "<= 20 ms",
                median <= 20,
            )
            four = quantile(ask(path, 4, _FOUR).seconds, 0.99) * 1000
            least = quantile(ask(_BARE, 4, _FOUR).seconds, 0.99) * 1000
            yield Result(
                f"{name}: p99, 4 connections",
                four,
                "ms",
                least,
                "ms, bare signed-in view",
                "<= 60 ms",
                four <= 60,
            )
            # Side by side in short rounds, and the round in the middle: a machine is not always equally quick.
            rounds = [(ask(path, 32, _MANY).per_s, ask(_BARE, 32, _MANY).per_s) for _ in range(_ROUNDS)]
            per_s, bare = sorted(rounds, key=lambda pair: pair[0] / pair[1])[_ROUNDS // 2]
            yield Result(
                f"{name}: requests, 32 connections", per_s, "per s", bare, "per s, bare signed-in view",
                ">= 0.3 of the floor", per_s >= 0.3 * bare,
            )  # fmt: skip


def latest_bill_path() -> str:
    """The page of the latest bill of the account that the login owns."""
    ref = (
        AccountAccess.objects.filter(login__email=EMAIL)
        .order_by("pk")
        .values_list("account_ref", flat=True)[0]
    )
    bill = Bill.objects.filter(account__public_id=ref, status="issued").order_by("-bill_date", "-pk")[0]
    return f"/bills/{bill.public_id}/"
