"""Channels that carry messages: the one that records, and SMTP against a server of the test's own."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from types import TracebackType
from uuid import UUID

import pytest

from meterside import wiring
from meterside.connectors.messaging.record.adapter import RecordChannel
from meterside.connectors.messaging.smtp.adapter import SmtpChannel
from meterside.contracts.messaging import OutgoingMessage, UnableToSend

ID = UUID("6f7c1d1e-1111-4222-8333-444455556666")
MESSAGE = OutgoingMessage(
    message_id=ID,
    kind="welcome",
    to="alice@example.com",
    subject="Bienvenida, señora Núñez",
    body="Línea uno\n\nLínea dos\n",
    language="es",
)


class Server:
    """Stands for smtplib.SMTP: keeps what it is given, or fails."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.took: list[EmailMessage] = []

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def send_message(self, mail: EmailMessage) -> None:
        if self.failure:
            raise self.failure
        self.took.append(mail)


def channel(server: Server) -> SmtpChannel:
    return SmtpChannel(
        sender="Riverbend Utilities <no-reply@riverbend.example>",
        connect=lambda: server,  # type: ignore[arg-type,return-value]
    )


def test_recording_gives_the_same_answer_twice() -> None:
    assert RecordChannel().send(MESSAGE) == RecordChannel().send(MESSAGE) == f"recorded:{ID}"
    assert isinstance(wiring.message_channel(), RecordChannel)


def test_a_mail_as_it_arrives() -> None:
    server = Server()
    assert channel(server).send(MESSAGE) == f"<{ID}@riverbend.example>"
    (mail,) = server.took
    assert mail["To"] == "alice@example.com"
    assert mail["From"] == "Riverbend Utilities <no-reply@riverbend.example>"
    assert mail["Subject"] == "Bienvenida, señora Núñez"
    assert mail["Content-Language"] == "es"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content() == "Línea uno\n\nLínea dos\n"
    assert mail.as_bytes().isascii()


@pytest.mark.parametrize(
    ("failure", "is_final"),
    [
        (smtplib.SMTPRecipientsRefused({"alice@example.com": (550, b"no such user")}), True),
        (smtplib.SMTPRecipientsRefused({"alice@example.com": (450, b"busy")}), False),
        (smtplib.SMTPDataError(554, b"spam"), True),
        (smtplib.SMTPDataError(451, b"later"), False),
        (smtplib.SMTPAuthenticationError(535, b"who are you"), False),
        (smtplib.SMTPServerDisconnected("gone"), False),
        (TimeoutError("hangs"), False),
        (ConnectionRefusedError("closed"), False),
    ],
)
def test_what_may_be_tried_again(failure: Exception, is_final: bool) -> None:
    with pytest.raises(UnableToSend) as refused:
        channel(Server(failure)).send(MESSAGE)
    assert refused.value.is_final is is_final
    assert "alice" not in str(refused.value)


@pytest.mark.parametrize("to", ["", "+15550100142", "alice", "@example.com", "alice@", "a\nb@example.com"])
def test_what_is_no_address_is_refused_for_good(to: str) -> None:
    message = OutgoingMessage(ID, "welcome", to, "S", "B", "en")
    with pytest.raises(UnableToSend) as refused:
        channel(Server()).send(message)
    assert refused.value.is_final


def test_a_subject_cannot_add_a_header() -> None:
    message = OutgoingMessage(ID, "welcome", "alice@example.com", "S\nBcc: all@example.com", "B", "en")
    server = Server()
    with pytest.raises(UnableToSend) as refused:
        channel(server).send(message)
    assert refused.value.is_final
    assert server.took == []


def test_a_sender_without_an_address_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="MESSAGE_FROM"):
        SmtpChannel(sender="Riverbend", connect=lambda: Server())  # type: ignore[arg-type,return-value]
