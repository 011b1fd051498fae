"""A channel that keeps messages and sends nothing."""

from __future__ import annotations

from meterside.contracts.messaging import OutgoingMessage


class RecordChannel:
    """Fulfils `contracts.messaging.MessageChannel`: the kept message is the delivery, read in the demo's inbox."""

    def send(self, message: OutgoingMessage) -> str:
        """Take the message; its reference is its own id, so that a second time gives the same answer."""
        return f"recorded:{message.message_id}"
