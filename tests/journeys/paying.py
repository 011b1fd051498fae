"""What tests of paying share: somebody who owes, the sandbox, and the way through it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from psycopg.types.range import TimestamptzRange

from meterside import wiring
from meterside.cis.ledger.models import Payment, Posting
from meterside.cis.ledger.operations import post_adjustment
from meterside.cis.registry.models import Account
from meterside.cis.registry.operations import add_person, open_account
from meterside.connectors.payments.sandbox import company, telling
from meterside.connectors.payments.sandbox.models import Charge, HostedSession
from meterside.contracts.cis import AccountRef, Balances
from meterside.contracts.payments import PaymentGateway
from meterside.journeys import pay_bill
from meterside.kit import clock
from meterside.portal.access.models import AccountAccess
from meterside.portal.identity.models import Login
from meterside.portal.payments import queries
from meterside.portal.payments.queries import AttemptView

OWED_CENTS = 142_87
HOOK = "/hooks/payments/sandbox/"


@dataclass(frozen=True)
class Payer:
    """A login with a role for an account."""

    login: Login
    account: Account

    @property
    def ref(self) -> AccountRef:
        return AccountRef(self.account.public_id)

    def client(self) -> Client:
        """A browser of its own, signed in."""
        client = Client()
        client.force_login(self.login, backend="django.contrib.auth.backends.ModelBackend")
        return client


def a_login(name: str) -> Login:
    return Login.objects.create_user(
        f"{name}@example.com", "correct horse battery", display_name=name.title()
    )


def session_key(login: Login) -> str:
    """The key of a new session of that login: the value of a browser's cookie."""
    session = SessionStore()
    session[SESSION_KEY] = str(login.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = login.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def let_in(login: Login, account: Account, role: str, *, until: datetime | None = None) -> Payer:
    """Give a login a role for an account, from a year ago."""
    since = clock.now() - timedelta(days=365)
    AccountAccess.objects.create(
        login=login,
        account_ref=account.public_id,
        role=role,
        during=TimestamptzRange(since, until, "[)"),
        granted_at=since,
    )
    return Payer(login, account)


def owing(name: str = "alice", owed_cents: int = OWED_CENTS) -> Payer:
    """An owner whose account owes `owed_cents`."""
    person = add_person(given_name=name.title(), family_name="Moreno", since=date(2025, 1, 1))
    account = open_account(
        owner=person, customer_class="residential", bill_cycle="01", opened_on=date(2025, 1, 1)
    )
    if owed_cents:
        post_adjustment(
            source_id=f"owed-{name}",
            account_id=account.pk,
            amount_cents=owed_cents,
            effective_on=date(2026, 1, 2),
            note="what the test starts from",
        )
    return let_in(a_login(name), account, "owner")


def gateway() -> PaymentGateway:
    found = wiring.payment_gateway()
    assert found is not None
    return found


def order(
    payer: Payer, *, key: str = "k1", cents: int = OWED_CENTS, knows_of: UUID | None = None
) -> pay_bill.Order:
    """What the payer confirms."""
    return pay_bill.Order(
        key=key,
        login_id=payer.login.pk,
        account=payer.ref,
        amount_cents=cents,
        description="Riverside",
        payer_name="Alice Moreno",
        language="en",
        return_url=lambda attempt_id: f"http://testserver/pay/return/{attempt_id}/",
        knows_of=knows_of,
    )


def confirm(
    payer: Payer,
    *,
    by: PaymentGateway | None = None,
    key: str = "k1",
    cents: int = OWED_CENTS,
    knows_of: UUID | None = None,
) -> pay_bill.Confirmed:
    """The payer confirms, at the gateway that is connected or at another."""
    wish = order(payer, key=key, cents=cents, knows_of=knows_of)
    return pay_bill.confirm(cis=wiring.cis(), gateway=by or gateway(), order=wish, now=clock.now())


def pay_at_sandbox(attempt_id: UUID, method: str = "bank_works") -> None:
    """The customer presses pay on the hosted page."""
    session = HostedSession.objects.get(merchant_reference=attempt_id)
    company.submit(session.token, method_key=method, memo="")


def come_back(attempt_id: UUID) -> AttemptView:
    return pay_bill.come_back(cis=wiring.cis(), gateway=gateway(), attempt_id=attempt_id, now=clock.now())


def deliver_messages(client: Client | None = None) -> int:
    """Let the sandbox send what waits, and act on what arrived."""
    by = client or Client()

    def send(body: bytes, headers: Mapping[str, str]) -> int:
        return post_hook(body, headers, client=by)

    sent = telling.send_waiting(send)
    pay_bill.process_messages(cis=wiring.cis(), gateway=gateway())
    return sent


def post_hook(body: bytes, headers: Mapping[str, str], *, client: Client | None = None) -> int:
    """Post bytes to the address for messages; returns the status of the answer."""
    others = {name: value for name, value in headers.items() if name != "Content-Type"}
    by = client or Client()
    return by.post(HOOK, data=body, content_type="application/json", headers=others).status_code


def signed_headers(body: bytes, *, at: datetime | None = None, secret: str | None = None) -> dict[str, str]:
    """Headers as the sandbox makes them."""
    return telling.signed_headers(
        body,
        secret=secret or settings.PAYMENTS.webhook_secret.get_secret_value(),
        timestamp_s=int((at or clock.now()).timestamp()),
    )


def time_passes() -> None:
    """Everything that is due at the sandbox by now happens, and we hear of it."""
    company.carry_out_due_steps()
    company.close_expired_sessions()
    deliver_messages()


def much_later(*, delays: int = 3) -> datetime:
    """After `delays` lengths of the sandbox's delay."""
    return clock.now() + delays * company.delay() + timedelta(seconds=1)


def balances(payer: Payer) -> Balances:
    return wiring.cis().balances(payer.ref, today=clock.today(settings.UTILITY.zone))


def ledger_account_cents(code: str) -> int:
    return sum(Posting.objects.filter(ledger_account_id=code).values_list("amount_cents", flat=True))


def statuses(attempt_id: UUID) -> list[str]:
    """Every status the attempt has been through."""
    return [str(step.status_to) for step in queries.steps_of(attempt_id)]


def payments_of(payer: Payer) -> list[tuple[int, str]]:
    """(cents, last status) of each payment in the books."""
    return [
        (payment.amount_cents, payment.statuses.order_by("-id")[0].status)
        for payment in Payment.objects.filter(account=payer.account).order_by("id")
    ]


def charges_taken() -> int:
    """How many charges the sandbox has made that took money."""
    return Charge.objects.filter(accepted_at__isnull=False).count()


def hidden_order(html: str) -> str:
    """The signed order in a page's form."""
    found = re.search(r'name="order" value="([^"]+)"', html)
    assert found, html[-3000:]
    return found.group(1)
