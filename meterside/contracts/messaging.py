"""What the product asks of a channel that carries messages to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class UnableToSend(Exception):
    """The channel did not take the message. `is_final` says that trying again cannot help."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message to one address. `message_id` is ours: a channel that saw it before sends nothing."""

    message_id: UUID
    kind: str
    to: str
    subject: str
    body: str
    language: str


class MessageChannel(Protocol):
    """Sends by e-mail, SMS or post. Called outside any database transaction."""

    def send(self, message: OutgoingMessage) -> str:
        """Hand the message over and return the channel's own reference; raises UnableToSend."""
        ...
