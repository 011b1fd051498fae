"""What a CIS is told to do, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from .refs import AccountRef


class Command(StrEnum):
    """The commands' names, as they stand in the outbox."""

    POST_PAYMENT = "cis.post_payment"
    SETTLE_PAYMENT = "cis.settle_payment"
    RETURN_PAYMENT = "cis.return_payment"


class CommandState(StrEnum):
    APPLIED = "applied"
    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CommandStatus:
    """What became of a command. `reason` is filled when it was refused."""

    command_id: UUID
    state: CommandState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PostPayment:
    """A payment the gateway accepted: posted to clearing, effective on the day the customer made it."""

    command_id: UUID
    payment_id: UUID
    account: AccountRef
    amount_cents: int
    paid_at: datetime
    channel: str
    tender: str
    tender_label: str
    reference: str


@dataclass(frozen=True, slots=True)
class SettlePayment:
    """The money arrived: clearing to bank."""

    command_id: UUID
    payment_id: UUID
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class ReturnPayment:
    """The money did not arrive or was taken back: the posting is reversed."""

    command_id: UUID
    payment_id: UUID
    returned_at: datetime
    reason: str
