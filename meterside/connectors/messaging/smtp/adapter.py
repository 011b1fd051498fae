"""E-mail by SMTP. One message, one connection: a server that hangs costs one time-out, not a queue."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from django.conf import settings

from meterside.contracts.messaging import OutgoingMessage, UnableToSend
from meterside.kit import clock

CONNECT_TIMEOUT_S = 10
_TLS_FROM_THE_START = 465

Connect = Callable[[], AbstractContextManager[smtplib.SMTP]]


class SmtpChannel:
    """Fulfils `contracts.messaging.MessageChannel` for e-mail.

    SMTP has no memory of what it took: our id is the Message-ID, by which mail programs drop a second copy.
    """

    def __init__(self, *, sender: str, connect: Connect) -> None:
        name, address = parseaddr(sender)
        if "@" not in address:
            raise ValueError("MESSAGE_FROM names no e-mail address")
        local, _, self._domain = address.rpartition("@")
        self._sender = Address(display_name=name, username=local, domain=self._domain)
        self._connect = connect

    def send(self, message: OutgoingMessage) -> str:
        """Hand the message to the server and return its Message-ID; raises UnableToSend.

        5xx answers and addresses that are no e-mail are final; 4xx answers, time-outs and a server that
        cannot be reached are not.
        """
        local, at, domain = message.to.rpartition("@")
        if not at or not local or not domain:
            raise UnableToSend("no e-mail address", is_final=True)
        mail = self._mail(message, local, domain)
        try:
            with self._connect() as server:
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, _ = next(iter(error.recipients.values()))
            raise UnableToSend(f"recipient refused, {code}", is_final=code >= 500) from error
        except smtplib.SMTPAuthenticationError as error:
            raise UnableToSend(f"sign-in refused, {error.smtp_code}") from error
        except smtplib.SMTPResponseException as error:
            raise UnableToSend(
                f"server answered {error.smtp_code}", is_final=error.smtp_code >= 500
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            raise UnableToSend(f"server not reached: {type(error).__name__}") from error
        return str(mail["Message-ID"])

    def _mail(self, message: OutgoingMessage, local: str, domain: str) -> EmailMessage:
        mail = EmailMessage()
        try:
            mail["To"] = Address(username=local, domain=domain)
            mail["Subject"] = message.subject
        except ValueError as error:
            raise UnableToSend("address or subject cannot stand in a header", is_final=True) from error
        mail["From"] = self._sender
        mail["Date"] = format_datetime(clock.now())
        mail["Message-ID"] = f"<{message.message_id}@{self._domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body, cte="quoted-printable")  # every server takes it
        # A line that begins with "From " would get a ">" on its way, here (smtplib) or later.
        mail.set_payload(re.sub(r"^From ", "=46rom ", str(mail.get_payload()), flags=re.MULTILINE))
        mail["Content-Language"] = message.language  # set_content drops Content- headers said before
        return mail


def connect() -> SmtpChannel:
    """The channel the settings describe: TLS from the start on port 465, else STARTTLS, never plain."""
    given = settings.MESSAGING

    def open_server() -> smtplib.SMTP:
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if given.smtp_port == _TLS_FROM_THE_START:
            server = smtplib.SMTP_SSL(
                given.smtp_host, given.smtp_port, timeout=CONNECT_TIMEOUT_S, context=context
            )
        else:
            server = smtplib.SMTP(given.smtp_host, given.smtp_port, timeout=CONNECT_TIMEOUT_S)
            server.starttls(context=context)
        if given.smtp_user:
            server.login(given.smtp_user, given.smtp_password.get_secret_value())
        return server

    return SmtpChannel(sender=given.sender, connect=open_server)
