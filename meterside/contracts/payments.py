"""What the product asks of a payment gateway, whichever it is.

Money is whole cents of the utility's one currency, always positive here. Instants are zoned. The one id that
both sides share is ours: the `attempt_id`, saved before the gateway hears of it, so that asking twice begins
one session and `find` can always tell what became of it. A gateway is called outside any transaction.

No method takes or returns a card or bank account number: the customer types those on the gateway's own page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class GatewayError(Exception):
    """Something the gateway refused or could not do; the message is for engineers, not for customers."""


class GatewayUnavailable(GatewayError):
    """The gateway did not answer in time. What was asked may or may not have happened: ask `find` later."""


class SessionConflict(GatewayError):
    """An attempt id was used again with other content."""


class WebhookRefused(GatewayError):
    """A message that is not kept. `reason` is a word for the log; the sender learns nothing from it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ForgedWebhook(WebhookRefused):
    """The signature is missing, or is not that of these bytes."""


class StaleWebhook(WebhookRefused):
    """Signed too long ago (or in the future) to be taken: a recorded message played again."""


class WrongMode(WebhookRefused):
    """A test message at a live address, or the other way about."""


class MalformedWebhook(WebhookRefused):
    """Rightly signed, but not a message of this gateway."""


class Tender(StrEnum):
    """What a customer may pay with."""

    BANK = "bank"
    CARD = "card"


class ChargeState(StrEnum):
    """What a gateway knows of one attempt of ours."""

    NONE = "none"  # it never heard of it
    OPEN = "open"  # a session waits for the customer
    PROCESSING = "processing"  # the customer has paid as far as they can; the bank has not answered
    ACCEPTED = "accepted"  # the money is promised
    SETTLED = "settled"  # the money is with the utility
    DECLINED = "declined"  # refused; no money moved
    ABANDONED = "abandoned"  # cancelled or run out; no money moved
    RETURNED = "returned"  # accepted first, then not paid or taken back


class FailureReason(StrEnum):
    """Why money did not come, in the few kinds that lead a customer to different next steps."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    ACCOUNT_CLOSED = "account_closed"
    NO_SUCH_ACCOUNT = "no_such_account"
    NOT_AUTHORIZED = "not_authorized"
    DECLINED_BY_BANK = "declined_by_bank"
    OTHER = "other"


# Nacha Operating Rules, Appendix Four: return reason codes. Those a consumer's payment meets in practice;
# any other is OTHER, and its code is kept.
_ACH_RETURNS = {
    "R01": FailureReason.INSUFFICIENT_FUNDS,
    "R02": FailureReason.ACCOUNT_CLOSED,
    "R03": FailureReason.NO_SUCH_ACCOUNT,
    "R04": FailureReason.NO_SUCH_ACCOUNT,
    "R05": FailureReason.NOT_AUTHORIZED,
    "R07": FailureReason.NOT_AUTHORIZED,
    "R08": FailureReason.NOT_AUTHORIZED,
    "R09": FailureReason.INSUFFICIENT_FUNDS,
    "R10": FailureReason.NOT_AUTHORIZED,
    "R11": FailureReason.NOT_AUTHORIZED,
    "R16": FailureReason.DECLINED_BY_BANK,
    "R20": FailureReason.DECLINED_BY_BANK,
    "R29": FailureReason.NOT_AUTHORIZED,
}


def ach_return_reason(code: str) -> FailureReason:
    """The kind of an ACH return code; a code that is not known is OTHER, never guessed at."""
    return _ACH_RETURNS.get(code, FailureReason.OTHER)


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """A hosted page to pay on. `description` is what the page and the bank statement say; `return_url` is
    absolute and is where the customer comes back to, whatever happened."""

    attempt_id: UUID
    amount_cents: int
    description: str
    payer_name: str
    return_url: str
    language: str


@dataclass(frozen=True, slots=True)
class HostedSession:
    """Where to send the browser: an absolute address, or a path where this site itself serves the gateway."""

    reference: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Charge:
    """What the gateway says of one attempt, and when each step happened there.

    `submitted_at` is when the customer paid, `accepted_at` when the gateway said yes. `tender_label` is safe
    to show ("Bank account ending 6789"). `code` is the gateway's own (an ACH return code), `reason` its kind.
    """

    attempt_id: UUID
    state: ChargeState
    amount_cents: int
    reference: str = ""
    tender: Tender | None = None
    tender_label: str = ""
    submitted_at: datetime | None = None
    accepted_at: datetime | None = None
    settled_at: datetime | None = None
    ended_at: datetime | None = None
    code: str = ""
    reason: FailureReason | None = None


class EventKind(StrEnum):
    """What a webhook tells. A kind we do not know is UNKNOWN: kept, never guessed at."""

    CHARGE = "charge"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WebhookEnvelope:
    """A message whose signature, age and mode are right; `kind` is the sender's own word."""

    event_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """A message read. `charge` is how the charge stood when it was sent; none when the kind is UNKNOWN."""

    event_id: str
    kind: EventKind
    occurred_at: datetime
    charge: Charge | None


class PaymentGateway(Protocol):
    """The contract. Every method may raise GatewayUnavailable, save the two that read a message."""

    @property
    def name(self) -> str:
        """The word in settings, in addresses of webhooks, and beside each attempt."""
        ...

    def tenders(self) -> frozenset[Tender]: ...

    def create_session(self, request: SessionRequest) -> HostedSession:
        """Begin a hosted session, or give back the one this attempt id began before.

        Raises SessionConflict when the id was used with another amount.
        """
        ...

    def find(self, attempt_id: UUID) -> Charge:
        """How that attempt stands now. `ChargeState.NONE` when the gateway never heard of it."""
        ...

    def cancel(self, attempt_id: UUID) -> Charge:
        """Close a session that nobody paid in, so that nobody can; answers how the attempt stands now."""
        ...

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> WebhookEnvelope:
        """Check a message as it came, byte for byte; raises a kind of WebhookRefused."""
        ...

    def read_event(self, body: str) -> GatewayEvent:
        """Read a message that `verify_webhook` let through. Raises MalformedWebhook."""
        ...
