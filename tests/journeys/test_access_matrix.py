"""Every customer's page for every kind of person. A new page joins by a line in ROUTES; without it this fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from meterside.cis.billing.models import Bill
from meterside.engine.alert import AlertKind
from meterside.kit import clock
from meterside.portal.access.models import Invitation
from meterside.portal.access.operations import invite
from meterside.portal.access.roles import Right, Role
from meterside.portal.identity.models import Login
from meterside.portal.preferences.operations import NewAlert, make_token, raise_alert
from meterside.portal.preferences.queries import tokens_of
from meterside.web.customer.pay.forms import new_order, signed
from tests import people
from tests.cast import Riverside, bill_month, read_dial, riverside
from tests.journeys.paying import Payer, come_back, confirm, pay_at_sandbox

pytestmark = pytest.mark.django_db

OWNER, FULL, PAY, VIEW = "owner", "helper_full", "helper_pay", "helper_view"
FORMER, STRANGER, NOBODY, ANONYMOUS = "former", "stranger", "nobody", "anonymous"
INSIDE = {
    Right.VIEW: {OWNER, FULL, PAY, VIEW},
    Right.PAY: {OWNER, FULL, PAY},
    Right.MANAGE: {OWNER, FULL},
    Right.SHARE: {OWNER},
}
SEES = INSIDE[Right.VIEW]
# Whoever can change something comes last, so that nobody is refused only because it is gone.
ACTORS = [ANONYMOUS, NOBODY, STRANGER, FORMER, VIEW, PAY, FULL, OWNER]


@dataclass
class World:
    """Alice's account, everything that hangs on it, and a login for each kind of person."""

    utility: Riverside
    logins: dict[str, Login]
    bill: UUID
    payment: UUID
    access: UUID
    invitation: UUID
    alert: UUID
    token: UUID

    @property
    def service(self) -> UUID:
        return self.utility.alice.agreements["electric"].public_id

    @property
    def account(self) -> UUID:
        return self.utility.alice.account.public_id

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody outside may read anywhere."""
        home = self.utility.alice
        return (home.account.number, "418 Oak", "Alice Moreno", str(home.account.public_id))

    def browser(self, actor: str) -> Client:
        return Client() if actor == ANONYMOUS else people.signed_in(self.logins[actor])


@dataclass(frozen=True)
class Route:
    """What a page asks. `ok` are the answers of somebody who may; `ids` and `data` are made for the world.

    `right` None is a page about the person: it has nothing of an account. `only` names exceptions by actor;
    `once` is for what can be done a single time.
    """

    right: Right | None = Right.VIEW
    method: str = "get"
    ids: Callable[[World], dict[str, Any]] = lambda world: {}
    data: Callable[[World, str], dict[str, str]] = lambda world, actor: {}
    query: Callable[[World, str], dict[str, str]] = lambda world, actor: {}
    ok: frozenset[int] = frozenset({200})
    only: dict[str, int] = field(default_factory=dict)
    once: bool = False

    def expected(self, actor: str) -> frozenset[int]:
        if actor in self.only:
            return frozenset({self.only[actor]})
        if actor == ANONYMOUS:
            return frozenset({302})
        if self.right is None or actor in INSIDE[self.right]:
            return self.ok
        return frozenset({403 if actor in SEES else 404})


def the_bill(world: World) -> dict[str, Any]:
    return {"bill_id": world.bill}


def the_payment(world: World) -> dict[str, Any]:
    return {"payment_id": world.payment}


def the_attempt(world: World) -> dict[str, Any]:
    return {"attempt_id": world.payment}


def an_order(world: World, actor: str) -> dict[str, str]:
    """Rightly signed for whoever sends it, about Alice's account."""
    login_id = world.logins[actor].pk if actor in world.logins else 0
    return {"order": signed(new_order(people.ref(world.utility.alice), 4321), login_id=login_id)}


def the_service(world: World) -> dict[str, Any]:
    return {"service": world.service}


def the_alert(world: World) -> dict[str, Any]:
    return {"alert": world.alert}


def the_token(world: World) -> dict[str, Any]:
    return {"token": world.token}


def a_download(world: World, actor: str) -> dict[str, str]:
    return {"first": "2025-01-01", "last": "2025-01-31", "kind": "csv"}


def the_account(world: World, actor: str) -> dict[str, str]:
    return {"account": str(world.account)}


REDIRECT = frozenset({302})
PERSON = Route(right=None)

ROUTES: dict[str, Route] = {
    "home": Route(),
    "bills": Route(),
    "bill": Route(ids=the_bill),
    "bill_why": Route(ids=the_bill),
    "bill_lines": Route(ids=the_bill),
    "bill_days": Route(ids=the_bill),
    "bill_pdf": Route(ids=the_bill),
    "payments": Route(),
    "receipt": Route(ids=the_payment),
    "pay": Route(Right.PAY),
    "pay_check": Route(Right.PAY, query=an_order),
    "pay_confirm": Route(Right.PAY, "post", data=an_order, ok=frozenset({302, 409})),
    # Only who began a payment goes back to the gateway's page of it.
    "pay_continue": Route(Right.PAY, "post", ids=the_attempt, ok=REDIRECT, only={FULL: 404, PAY: 404}),
    "pay_return": Route(Right.PAY, ids=the_attempt, ok=REDIRECT),
    "usage": Route(),
    "usage_alerts": Route(),
    "usage_alert_settings": Route(),
    "usage_alert": Route(
        ids=the_alert, only={FULL: 404, PAY: 404, VIEW: 404}
    ),  # each sees what they were told
    "usage_household": Route(Right.MANAGE),
    "usage_household_forget": Route(Right.MANAGE, "post", ok=REDIRECT),
    "usage_tokens": Route(),
    "usage_token_close": Route(
        Right.VIEW, "post", ids=the_token, ok=REDIRECT, only={FULL: 404, PAY: 404, VIEW: 404}, once=True
    ),
    "usage_period": Route(ids=the_service),
    "usage_year": Route(ids=the_service),
    "usage_day": Route(ids=the_service),
    "usage_compare": Route(ids=the_service),
    "usage_download": Route(ids=the_service),
    "usage_file": Route(ids=the_service, query=a_download),
    "switch_account": Route(Right.VIEW, "post", data=the_account, ok=REDIRECT),
    "invite_helper": Route(Right.SHARE),
    "end_access": Route(Right.SHARE, ids=lambda world: {"access": world.access}),
    "withdraw_invitation": Route(
        Right.SHARE, "post", ids=lambda world: {"invitation": world.invitation}, ok=REDIRECT, once=True
    ),
    "profile": PERSON,
    "profile_name": PERSON,
    "profile_email": PERSON,
    "profile_email_confirm": Route(right=None, ok=REDIRECT),
    "account_change_password": PERSON,
    "account_reauthenticate": PERSON,
    "mfa_add_webauthn": Route(right=None, ok=REDIRECT),
    "mfa_remove_webauthn": Route(right=None, ids=lambda world: {"pk": 1}, ok=REDIRECT),
}


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry)
        else:
            yield entry


def _is_customers(pattern: URLPattern) -> bool:
    callback: Any = pattern.callback
    module = getattr(callback, "view_class", callback).__module__
    return hasattr(callback, "customer_right") or module.startswith("meterside.web.customer.")


def test_every_customers_page_is_guarded_and_in_the_table() -> None:
    pages = [pattern for pattern in _patterns(get_resolver()) if _is_customers(pattern)]
    unguarded = [pattern.name for pattern in pages if not hasattr(pattern.callback, "customer_right")]
    assert unguarded == []
    assert {pattern.name for pattern in pages} == set(ROUTES)


@pytest.fixture
def world() -> World:
    utility = riverside()
    for day, kwh, cf in ((date(2025, 1, 1), 1000, 500), (date(2025, 2, 1), 1762, 1500)):
        read_dial(utility.alice.electric, day, kwh)
        read_dial(utility.alice.water, day, cf)
    bill_month(date(2025, 1, 1), date(2025, 2, 1), [utility.alice.account])
    alice, charlie = people.ref(utility.alice), people.ref(utility.charlie)
    logins = {actor: people.make_login(f"{actor}@example.com") for actor in ACTORS if actor != ANONYMOUS}
    people.give(logins[OWNER], alice)
    for actor in (FULL, PAY, VIEW):
        access = people.give(logins[actor], alice, Role(actor))
    people.give(logins[STRANGER], charlie)
    with clock.clock_at(clock.now() - timedelta(days=60)):
        until = clock.now() + timedelta(days=30)
        people.give(logins[FORMER], alice, Role.HELPER_FULL, until=until)
    attempt = confirm(Payer(logins[OWNER], utility.alice.account), cents=1234).attempt
    pay_at_sandbox(attempt.id)
    come_back(attempt.id)
    now = clock.now()
    open_invitation = invite(
        account=alice,
        email="somebody@example.net",
        name="Somebody",
        role=Role.HELPER_VIEW,
        until=None,
        secret="s",
        invited_by_id=logins[OWNER].pk,
        now=now,
        expires_at=now + timedelta(days=7),
    )
    return World(
        utility=utility,
        logins=logins,
        bill=Bill.objects.filter(account=utility.alice.account).latest("bill_date").public_id,
        payment=attempt.id,
        access=access.public_id,
        invitation=open_invitation.public_id,
        alert=_some_alert(logins[OWNER], utility),
        token=_some_token(logins[OWNER], utility),
    )


def _some_alert(login: Login, utility: Riverside) -> UUID:
    now = clock.now()
    raised = raise_alert(
        NewAlert(
            login_id=login.pk,
            account=people.ref(utility.alice),
            service=utility.alice.agreements["electric"].public_id,
            commodity="electric",
            kind=AlertKind.SPIKE,
            cause="2025-01-20",
            first_at=now - timedelta(days=2),
            last_at=now - timedelta(days=1),
            facts={
                "amount": "60",
                "against": "24",
                "unit": "kWh",
                "first": "2025-01-20",
                "last": "2025-01-20",
            },
        )
    )
    assert raised is not None
    return raised


def _some_token(login: Login, utility: Riverside) -> UUID:
    account = people.ref(utility.alice)
    make_token(login_id=login.pk, account=account, name="Dashboard")
    return tokens_of(login_id=login.pk, account=account)[0].public_id


@pytest.mark.parametrize("name", list(ROUTES))
def test_each_page_for_each_person(world: World, name: str) -> None:
    route = ROUTES[name]
    path = reverse(name, kwargs=route.ids(world))
    for actor in ACTORS:
        browser = world.browser(actor)
        queries: list[dict[str, str]] = [route.query(world, actor)]
        if route.right is not None:
            queries.append(queries[0] | {"account": str(world.account)})
        for query in queries:
            if (
                "account" not in query
                and actor == STRANGER
                and not (route.ids(world) or route.query(world, actor))
            ):
                continue  # their own account's page: see the next test
            if "account" in query and (name == "switch_account" or (route.once and actor == OWNER)):
                continue
            answer = _ask(browser, route, path, query, route.data(world, actor))
            assert answer.status_code in route.expected(actor), (actor, query, answer.status_code)
            if actor == ANONYMOUS:
                assert answer["Location"].startswith("/sign-in/")
            if actor not in SEES:
                _nothing_of_alices(world, answer, path)


def test_a_strangers_own_pages_hold_nothing_of_alices(world: World) -> None:
    stranger = world.browser(STRANGER)
    for name in ("home", "usage", "bills", "payments", "pay", "invite_helper", "profile"):
        answer = stranger.get(reverse(name))
        assert answer.status_code == 200, name
        _nothing_of_alices(world, answer, reverse(name))


def test_ids_that_do_not_exist_read_like_ids_of_others(world: World) -> None:
    for name, route in ROUTES.items():
        ids = route.ids(world)
        if route.right is None or not ids:
            continue
        nowhere = reverse(name, kwargs={key: uuid4() for key in ids})
        mine = _ask(world.browser(OWNER), route, nowhere, {}, {})
        theirs = _ask(world.browser(STRANGER), route, reverse(name, kwargs=ids), {}, {})
        assert (name, mine.status_code, theirs.status_code) == (name, 404, 404)


def test_another_accounts_reference_reads_like_one_that_does_not_exist(world: World) -> None:
    stranger = world.browser(STRANGER)
    for reference in (str(world.account), str(uuid4()), "x", "", "0" * 300, "\x00"):
        assert stranger.get("/home/", {"account": reference}).status_code == 404, reference
        assert stranger.post("/account/switch/", {"account": reference}).status_code == 404, reference


def test_the_table_knows_open_invitations(world: World) -> None:
    """The row that withdraw_invitation is tried on is really open, so its refusals mean something."""
    assert Invitation.objects.filter(public_id=world.invitation, withdrawn_at=None).exists()


def _ask(client: Client, route: Route, path: str, query: dict[str, str], data: dict[str, str]) -> Any:
    if route.method == "post":
        return client.post(path, data, query_params=query)
    return client.get(path, query)


def _nothing_of_alices(world: World, answer: Any, path: str) -> None:
    body = b"".join(answer) if answer.streaming else answer.content
    # A page says its own address in the language switch: what the person typed is not told by us.
    text = body.decode(errors="replace").replace(path, "").replace(f"account={world.account}", "")
    for secret in world.secrets:
        assert secret not in text, secret
