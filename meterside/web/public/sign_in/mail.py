"""Django's own mail goes the way of all messages: kept, then the outbox, never SMTP in a request."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils.translation import get_language

from meterside.portal.notices.operations import Draft, write


class OutboxEmailBackend(BaseEmailBackend):
    """Keeps each message for each recipient and lets the outbox send it. What it holds counts as secret."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep the messages, all or none; returns how many there were."""
        with transaction.atomic():
            for message in email_messages:
                for recipient in message.recipients():
                    write(
                        Draft(
                            kind="mail",
                            to=recipient,
                            subject=" ".join(str(message.subject).split()),
                            body=str(message.body),
                            language=(get_language() or "en")[:2],
                            is_secret=True,
                        )
                    )
        return len(email_messages)
