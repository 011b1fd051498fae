"""Handing kept messages to their channel."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from meterside.contracts.messaging import MessageChannel, UnableToSend
from meterside.kit import clock
from meterside.portal.notices import operations, queries

# A code or sign-in link that arrives after it has run out only confuses.
_SECRET_TOO_OLD = timedelta(minutes=30)


def send_notice(message_id: UUID, *, channel: MessageChannel) -> None:
    """Send one kept message, outside any transaction. One that was sent or refused is left alone.

    Raises UnableToSend when trying again may help; the outbox then does.
    """
    waiting = queries.waiting(message_id)
    if waiting is None:
        return
    if not waiting.message.to:
        operations.mark_refused(message_id=message_id, reason="to nobody")
        return
    if waiting.is_secret and clock.now() - waiting.created_at > _SECRET_TOO_OLD:
        operations.mark_refused(message_id=message_id, reason="ran out before it could be sent")
        return
    try:
        reference = channel.send(waiting.message)
    except UnableToSend as error:
        if not error.is_final:
            raise
        operations.mark_refused(message_id=message_id, reason=str(error))
        return
    operations.mark_sent(message_id=message_id, reference=reference)
