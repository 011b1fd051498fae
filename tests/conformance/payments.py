"""What every payment gateway must do. A vendor's test subclasses the suite and plays the customer at it.

The suite speaks the contract only; how a customer pays on the vendor's page, how the vendor's messages are
fetched and what its signature looks like, the subclass says.
"""

from __future__ import annotations

import tomllib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module, resources
from uuid import UUID, uuid4

import pytest
import yaml

from meterside.contracts.payments import (
    Charge,
    ChargeState,
    EventKind,
    FailureReason,
    ForgedWebhook,
    HostedSession,
    MalformedWebhook,
    PaymentGateway,
    SessionConflict,
    SessionRequest,
    StaleWebhook,
    WebhookRefused,
    WrongMode,
)
from meterside.kit import clock

QUALITY_RULES = {
    "manifest",
    "readme",
    "conformance",
    "idempotent-by-our-id",
    "outcome-can-be-asked",
    "signed-webhooks",
    "retries-webhooks",
    "unknown-codes",
    "no-card-numbers",
    "hosted-page-accessible",
    "refunds",
    "production",
}


class PageIsClosed(Exception):
    """The vendor's page takes no money any more."""


@dataclass(frozen=True)
class Message:
    """A message as the vendor sends it."""

    body: bytes
    headers: Mapping[str, str]


class PaymentGatewayConformance(ABC):
    """Subclass, say how the vendor is played, and give the package of the connector."""

    package: str

    @abstractmethod
    def gateway(self, *, is_live: bool = False) -> PaymentGateway: ...

    @abstractmethod
    def customer_pays(self, session: HostedSession, outcome: ChargeState, code: str = "") -> None:
        """The customer pays, and the bank does what leads to `outcome` (with `code`, where it fails).

        Raises PageIsClosed.
        """

    @abstractmethod
    def messages(self, attempt_id: UUID) -> list[Message]:
        """All messages about that attempt so far, as they would be sent now."""

    @abstractmethod
    def sign(self, body: bytes) -> Message:
        """Any bytes, rightly signed now."""

    @abstractmethod
    def of_unknown_kind(self, message: Message) -> Message:
        """That message with a kind nobody knows, rightly signed."""

    def begin(self, amount_cents: int = 14287) -> tuple[SessionRequest, HostedSession]:
        request = SessionRequest(
            attempt_id=uuid4(),
            amount_cents=amount_cents,
            description="Riverside",
            payer_name="Alice Moreno",
            return_url="http://testserver/pay/return/",
            language="en",
        )
        return request, self.gateway().create_session(request)

    def test_manifest_and_quality_scale(self) -> None:
        files = resources.files(self.package)
        manifest = tomllib.loads(files.joinpath("manifest.toml").read_text())
        module, _, name = manifest["adapter"].partition(":")
        made = getattr(import_module(module), name)()
        assert manifest["kind"] == "payments"
        assert made.name == manifest["vendor"]
        assert set(manifest["capabilities"]["tenders"]) == {str(tender) for tender in made.tenders()}
        scale = yaml.safe_load(files.joinpath("quality_scale.yaml").read_text())["rules"]
        assert set(scale) == QUALITY_RULES
        for rule, entry in scale.items():
            assert entry["status"] in {"done", "todo", "exempt"}
            assert entry["status"] == "done" or entry.get("comment"), rule
        assert files.joinpath("README.md").read_text().startswith("# ")

    def test_an_attempt_it_never_heard_of(self) -> None:
        unknown = uuid4()
        for answer in (self.gateway().find(unknown), self.gateway().cancel(unknown)):
            assert (answer.attempt_id, answer.state) == (unknown, ChargeState.NONE)

    def test_a_session_waits_for_the_customer(self) -> None:
        request, session = self.begin()
        assert session.url
        assert session.expires_at > clock.now()
        charge = self.gateway().find(request.attempt_id)
        assert (charge.state, charge.amount_cents) == (ChargeState.OPEN, request.amount_cents)

    def test_the_same_id_is_the_same_session(self) -> None:
        request, session = self.begin()
        assert self.gateway().create_session(request) == session
        with pytest.raises(SessionConflict):
            self.gateway().create_session(replace(request, amount_cents=request.amount_cents + 1))

    def test_big_amounts_are_exact(self) -> None:
        request, _ = self.begin(amount_cents=2**31 + 7)
        assert self.gateway().find(request.attempt_id).amount_cents == 2**31 + 7

    def test_a_closed_session_cannot_be_paid(self) -> None:
        request, session = self.begin()
        assert self.gateway().cancel(request.attempt_id).state is ChargeState.ABANDONED
        assert self.gateway().cancel(request.attempt_id).state is ChargeState.ABANDONED
        with pytest.raises(PageIsClosed):
            self.customer_pays(session, ChargeState.ACCEPTED)
        assert self.gateway().find(request.attempt_id).state is ChargeState.ABANDONED

    def test_a_session_runs_out(self) -> None:
        request, session = self.begin()
        with clock.clock_at(session.expires_at + timedelta(seconds=1)):
            assert self.gateway().find(request.attempt_id).state is ChargeState.ABANDONED

    @pytest.mark.parametrize(
        "outcome",
        [
            ChargeState.PROCESSING,
            ChargeState.ACCEPTED,
            ChargeState.SETTLED,
            ChargeState.DECLINED,
            ChargeState.RETURNED,
        ],
    )
    def test_each_outcome_is_told_whole(self, outcome: ChargeState) -> None:
        request, session = self.begin()
        self.customer_pays(session, outcome, "R01" if outcome is ChargeState.RETURNED else "")
        charge = self.gateway().find(request.attempt_id)
        assert (charge.state, charge.amount_cents) == (outcome, request.amount_cents)
        assert charge.reference
        assert charge.tender in self.gateway().tenders()
        assert charge.tender_label
        self._times_fit(charge)

    def _times_fit(self, charge: Charge) -> None:
        assert charge.submitted_at is not None
        was_accepted = {ChargeState.ACCEPTED, ChargeState.SETTLED, ChargeState.RETURNED}
        assert (charge.accepted_at is not None) == (charge.state in was_accepted)
        assert (charge.ended_at is not None) == (charge.state in {ChargeState.DECLINED, ChargeState.RETURNED})
        assert (charge.reason is not None) == (charge.state in {ChargeState.DECLINED, ChargeState.RETURNED})
        assert charge.state is not ChargeState.SETTLED or charge.settled_at is not None
        times = [charge.submitted_at, charge.accepted_at, charge.settled_at, charge.ended_at]
        known = [time for time in times if time is not None]
        assert all(time.tzinfo is not None for time in known)
        assert known == sorted(known)

    def test_what_was_paid_cannot_be_cancelled(self) -> None:
        request, session = self.begin()
        self.customer_pays(session, ChargeState.ACCEPTED)
        assert self.gateway().cancel(request.attempt_id).state is ChargeState.ACCEPTED

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("R01", FailureReason.INSUFFICIENT_FUNDS),
            ("R10", FailureReason.NOT_AUTHORIZED),
            ("R99", FailureReason.OTHER),
        ],
    )
    def test_a_return_says_why_and_an_unknown_code_is_kept(self, code: str, reason: FailureReason) -> None:
        request, session = self.begin()
        self.customer_pays(session, ChargeState.RETURNED, code)
        charge = self.gateway().find(request.attempt_id)
        assert (charge.code, charge.reason) == (code, reason)

    def test_its_messages_tell_what_find_tells(self) -> None:
        request, session = self.begin()
        self.customer_pays(session, ChargeState.SETTLED)
        told = []
        for message in self.messages(request.attempt_id):
            envelope = self.gateway().verify_webhook(
                headers=message.headers, body=message.body, now=clock.now()
            )
            event = self.gateway().read_event(message.body.decode())
            assert (event.event_id, event.kind) == (envelope.event_id, EventKind.CHARGE)
            assert event.charge is not None
            told.append(event.charge)
        assert [charge.state for charge in told] == [ChargeState.ACCEPTED, ChargeState.SETTLED]
        assert told[-1] == self.gateway().find(request.attempt_id)

    def test_each_message_has_an_id_of_its_own(self) -> None:
        request, session = self.begin()
        self.customer_pays(session, ChargeState.SETTLED)
        events = [self.gateway().read_event(one.body.decode()) for one in self.messages(request.attempt_id)]
        assert len({event.event_id for event in events}) == len(events) == 2

    def test_a_message_altered_old_or_for_the_other_mode_is_refused(self) -> None:
        request, session = self.begin()
        self.customer_pays(session, ChargeState.ACCEPTED)
        (message,) = self.messages(request.attempt_id)
        now = clock.now()
        with pytest.raises(ForgedWebhook):
            self.gateway().verify_webhook(headers=message.headers, body=message.body + b" ", now=now)
        with pytest.raises(ForgedWebhook):
            self.gateway().verify_webhook(headers={}, body=message.body, now=now)
        for away in (timedelta(seconds=305), -timedelta(seconds=305)):
            with pytest.raises(StaleWebhook):
                self.gateway().verify_webhook(headers=message.headers, body=message.body, now=now + away)
        with pytest.raises(WrongMode):
            self.gateway(is_live=True).verify_webhook(headers=message.headers, body=message.body, now=now)

    def test_an_unknown_kind_has_a_name(self) -> None:
        request, session = self.begin()
        self.customer_pays(session, ChargeState.ACCEPTED)
        strange = self.of_unknown_kind(self.messages(request.attempt_id)[0])
        assert self.gateway().verify_webhook(headers=strange.headers, body=strange.body, now=clock.now())
        event = self.gateway().read_event(strange.body.decode())
        assert (event.kind, event.charge) == (EventKind.UNKNOWN, None)

    @pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[1]", b"\xff"])
    def test_nonsense_is_refused_by_name(self, body: bytes) -> None:
        message = self.sign(body)
        with pytest.raises(WebhookRefused):
            self.gateway().verify_webhook(headers=message.headers, body=message.body, now=clock.now())
        with pytest.raises(MalformedWebhook):
            self.gateway().read_event(body.decode("utf-8", "replace"))
