"""Killed with SIGKILL at each step, on both sides of every commit, and started again: none lost, none doubled.

A real server process and a real worker process, driven over HTTP as a customer does it: the pages, the
gateway's hosted page, the gateway's signed messages over the loopback.
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from itertools import count
from typing import Literal
from uuid import UUID

import httpx
import pytest
from django.db.models import Sum

from meterside.cis.ledger.models import Posting, Transaction
from meterside.config.environment import PROJECT
from meterside.connectors.payments.sandbox.models import Charge, WebhookMessage
from meterside.engine.payment import AttemptStatus
from meterside.portal.notices.models import Notice
from meterside.portal.payments.models import PaymentAttempt, PaymentIntent
from meterside.spine.models import InboxMessage

from ..journeys.paying import OWED_CENTS, Payer, hidden_order, owing, payments_of, session_key
from .payment_processes import Processes

pytestmark = pytest.mark.kill
_LATER_S = 150
_names = count(1)

Customer = Literal["goes on", "is gone"]


@dataclass(frozen=True)
class Scene:
    """Where the server and the worker are killed, what the customer chose, and whether they try again.

    `leaves` is after which of their own steps the customer closes the browser, though all is well.
    """

    server: str = ""
    worker: str = ""
    method: str = "bank_works"
    customer: Customer = "goes on"
    leaves: Literal["", "confirm", "hosted"] = ""

    def __str__(self) -> str:
        words = [
            self.server,
            self.worker,
            self.method,
            self.customer,
            self.leaves and f"left at {self.leaves}",
        ]
        return ", ".join(word for word in words if word)


_ON_THE_WAY = [
    "pay.before_intent_commit",
    "pay.after_intent_commit",
    "sandbox.before_session_commit",
    "pay.after_session",
    "pay.before_session_commit",
    "pay.after_session_commit",
    "sandbox.before_charge_commit",
    "sandbox.after_charge_commit",
    "pay.after_find",
    "pay.before_accepted_commit",
    "pay.after_accepted_commit",
]
_IN_THE_WORKER = [
    "sandbox.before_step_commit",
    "sandbox.after_step_commit",
    "sandbox.before_webhook",
    "sandbox.before_webhook:2",
    "sandbox.after_webhook",
    "sandbox.after_webhook:2",
    "hook.before_event_commit",
    "hook.before_event_commit:2",
    "hook.after_event_commit",
    "pay.before_settled_commit",
    "pay.after_settled_commit",
]
SCENES = [
    *(Scene(server=name) for name in _ON_THE_WAY),
    *(Scene(server=name, customer="is gone") for name in _ON_THE_WAY),
    *(Scene(worker=name) for name in _IN_THE_WORKER),
    Scene(worker="pay.before_accepted_commit", leaves="hosted"),
    Scene(worker="pay.after_accepted_commit", leaves="hosted"),
    Scene(server="hook.before_keep_commit", leaves="hosted"),
    Scene(server="hook.after_keep_commit", leaves="hosted"),
    Scene(server="hook.before_keep_commit:2"),
    Scene(server="pay.after_session", customer="is gone", worker="pay.before_pending_commit"),
    Scene(server="pay.after_session", customer="is gone", worker="pay.after_pending_commit"),
    Scene(worker="pay.before_returned_commit", method="bank_short"),
    Scene(worker="pay.after_returned_commit", method="bank_short"),
    Scene(worker="pay.before_returned_commit", method="bank_disputed"),
    Scene(server="pay.before_failed_commit", method="card_declined"),
    Scene(server="pay.after_failed_commit", method="card_declined"),
    Scene(worker="pay.before_failed_commit", method="card_declined", leaves="hosted"),
    Scene(server="pay.before_abandoned_commit", method="cancel"),
    Scene(server="pay.after_abandoned_commit", method="cancel"),
]


class Browser:
    """A customer's browser over HTTP. A dead server raises httpx.TransportError."""

    def __init__(self, payer: Payer, address: str) -> None:
        cookies = {"sessionid": session_key(payer.login)}
        self.http = httpx.Client(base_url=address, cookies=cookies, timeout=20, verify=False)

    def post(self, path: str, data: dict[str, str]) -> httpx.Response:
        token = self.http.cookies.get("csrftoken", "")
        return self.http.post(path, data=data | {"csrfmiddlewaretoken": token})

    def order(self) -> str:
        """Type the amount; returns the signed order of the check page."""
        self.http.get("/pay/")
        answer = self.post("/pay/", {"amount": "142.87"})
        return hidden_order(self.http.get(answer.headers["Location"]).text)


class Walk:
    """Goes through the payment step by step; `go` may be called again after the server died."""

    def __init__(self, browser: Browser, scene: Scene) -> None:
        self._browser, self._scene = browser, scene
        self._order, self._hosted, self._back = "", "", ""

    @property
    def has_pressed_pay(self) -> bool:
        return bool(self._hosted) and self._scene.method != "cancel"

    def go(self) -> None:
        """Do what is still to be done, the interrupted step again."""
        scene, browser = self._scene, self._browser
        if not self._order:
            self._order = browser.order()
        if not self._hosted:
            answer = browser.post("/pay/confirm/", {"order": self._order})
            assert answer.status_code == 302, answer.text[-2000:]
            self._hosted = answer.headers["Location"]
        if scene.leaves == "confirm":
            return
        if not self._back:
            choice = {"cancel": "1"} if scene.method == "cancel" else {"method": scene.method}
            answer = browser.post(self._hosted, choice)
            # After a cancel that was cut off behind its commit, the page is closed and links back.
            link = re.search(r'href="(http[^"]+/pay/return/[^"]+)"', answer.text)
            self._back = answer.headers.get("Location") or (link.group(1) if link else "")
        if scene.leaves == "hosted":
            return
        answer = browser.http.get(httpx.URL(self._back).path)
        assert answer.status_code in {200, 302}, answer.text[-2000:]


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_none_is_lost_and_none_is_doubled(processes: Processes, scene: Scene) -> None:
    payer = owing(f"payer{next(_names)}")
    customer = Walk(Browser(payer, processes.address), scene)
    server = processes.serve(crash_at=scene.server)
    died = False
    try:
        customer.go()
    except httpx.TransportError:
        died = True
    if not died:
        # The server's point may be one that only the gateway's messages pass; the worker brings them.
        code = processes.work(crash_at="" if scene.server else scene.worker)
        assert code == (-signal.SIGKILL if scene.worker and not scene.server else 0)
        died = bool(scene.server)
    if died:
        assert processes.ended(server) == -signal.SIGKILL
        server = processes.serve(later_s=_LATER_S)
        if scene.customer == "goes on":
            customer.go()
        if scene.worker:
            assert processes.work(crash_at=scene.worker, later_s=_LATER_S) == -signal.SIGKILL
    else:
        processes.stop(server)
        server = processes.serve(later_s=_LATER_S)
    # A round for what the kill left waiting, and one for what that round brought about.
    for _ in range(2):
        assert processes.work(later_s=_LATER_S) == 0
    processes.stop(server)
    _the_books_tell_one_story(payer, scene, has_pressed=customer.has_pressed_pay)


def _the_books_tell_one_story(payer: Payer, scene: Scene, *, has_pressed: bool) -> None:
    attempts = list(PaymentAttempt.objects.filter(intent__account_ref=payer.ref).order_by("id"))
    assert PaymentIntent.objects.filter(account_ref=payer.ref).count() == len(attempts) <= 1
    ids = [attempt.public_id for attempt in attempts]
    charges = list(Charge.objects.filter(session__merchant_reference__in=ids))
    taken = [charge for charge in charges if charge.accepted_at]
    assert len(charges) <= 1
    if scene.customer == "goes on" and has_pressed:
        assert len(charges) == 1

    # Our books and the gateway's say the same.
    expected = [(OWED_CENTS, charge.state) for charge in taken]
    assert payments_of(payer) == expected
    kinds = list(
        Transaction.objects.filter(source="payment", source_id__in=[str(one) for one in ids])
        .order_by("id")
        .values_list("kind", flat=True)
    )
    assert kinds == [kind for charge in taken for kind in _kinds(charge)]
    assert _sum() == 0
    kept = sum(OWED_CENTS for charge in taken if charge.state != "returned")
    assert _receivable(payer) == OWED_CENTS - kept
    _every_attempt_is_ended_or_asked_again(attempts, charges)
    _every_message_arrived_once(ids, taken)


def _kinds(charge: Charge) -> list[str]:
    kinds = ["payment"]
    if charge.settled_at:
        kinds.append("settlement")
    if charge.state == "returned":
        kinds.append("return")
    return kinds


def _sum() -> int:
    return Posting.objects.aggregate(all=Sum("amount_cents"))["all"] or 0


def _receivable(payer: Payer) -> int:
    mine = Posting.objects.filter(account=payer.account, ledger_account_id="receivable")
    return mine.aggregate(all=Sum("amount_cents"))["all"] or 0


def _every_attempt_is_ended_or_asked_again(attempts: list[PaymentAttempt], charges: list[Charge]) -> None:
    ends = {"settled": "settled", "returned": "returned", "declined": "failed"}
    for attempt in attempts:
        if charges:
            assert attempt.status == ends[charges[0].state]
        else:
            assert attempt.status in {AttemptStatus.CREATED, AttemptStatus.PENDING, AttemptStatus.ABANDONED}
            assert attempt.status == "abandoned" or attempt.ask_at is not None
        steps = list(attempt.steps.order_by("id").values_list("status_to", flat=True))
        assert steps[-1] == attempt.status
        assert len(steps) == len(set(steps))


def _every_message_arrived_once(ids: list[UUID], taken: list[Charge]) -> None:
    sent = WebhookMessage.objects.filter(session__merchant_reference__in=ids)
    assert not sent.filter(delivered_at=None).exists()
    for message in sent:
        assert (
            InboxMessage.objects.filter(external_id=str(message.event_id)).exclude(processed_at=None).count()
            == 1
        )
    told = Notice.objects.filter(kind="payment.accepted", body__contains="/receipt/")
    receipts = [notice for notice in told if any(str(one) in notice.body for one in ids)]
    assert len(receipts) == len(taken)


def test_every_point_in_the_code_is_one_a_scene_kills_at() -> None:
    named = set()
    for path in (PROJECT / "meterside").rglob("*.py"):
        named |= set(re.findall(r'crash\.point\(f?"((?:pay|hook|sandbox)[.][^"]+)"\)', path.read_text()))
    killed_at = {name.partition(":")[0] for scene in SCENES for name in (scene.server, scene.worker) if name}
    steps = {"pending", "accepted", "settled", "failed", "abandoned", "returned"}
    expanded = {name.replace("{status}", step).replace("{at}", step) for name in named for step in steps}
    assert expanded == killed_at
