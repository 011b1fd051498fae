"""The channels there are pass what every channel must: the one that records, and SMTP against a real server."""

from __future__ import annotations

import smtplib
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest

from meterside.connectors.messaging.record.adapter import RecordChannel
from meterside.connectors.messaging.smtp.adapter import SmtpChannel
from meterside.contracts.messaging import MessageChannel
from tests.conformance.messaging import Arrived, MessageChannelConformance, SendingChannelConformance

_TIMEOUT_S = 20


class _Mailbox(socketserver.ThreadingTCPServer):
    """An SMTP server on this machine: keeps what it takes, and refuses the next recipient when told to."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.took: list[tuple[str, bytes]] = []
        self.refusal = ""


class _Conversation(socketserver.StreamRequestHandler):
    """RFC 5321 as far as a sender needs it."""

    timeout = _TIMEOUT_S
    server: _Mailbox

    def handle(self) -> None:
        self._say("220 mailbox.example")
        recipient = ""
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"QUIT":
                self._say("221 bye")
                return
            if verb == b"RCPT" and self.server.refusal:
                self._say(self.server.refusal)
                self.server.refusal = ""
            elif verb == b"DATA":
                self._say("354 go on")
                self.server.took.append((recipient, self._data()))
                self._say("250 taken")
            else:
                if verb == b"RCPT":
                    recipient = line.decode().partition("<")[2].partition(">")[0]
                self._say("250 mailbox.example")

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _say(self, answer: str) -> None:
        self.wfile.write(answer.encode() + b"\r\n")


class TestRecord(MessageChannelConformance):
    package = "meterside.connectors.messaging.record"

    def channel(self) -> MessageChannel:
        return RecordChannel()


class TestSmtp(SendingChannelConformance):
    package = "meterside.connectors.messaging.smtp"
    mailbox: _Mailbox

    @pytest.fixture(autouse=True)
    def _mailbox(self) -> Iterator[None]:
        with _Mailbox() as self.mailbox:
            thread = threading.Thread(target=self.mailbox.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            yield
            self.mailbox.shutdown()
            thread.join()

    def channel(self) -> MessageChannel:
        host, port = self.mailbox.server_address[:2]
        return SmtpChannel(
            sender="Riverbend Utilities <no-reply@riverbend.example>",
            connect=lambda: smtplib.SMTP(str(host), port, timeout=_TIMEOUT_S),
        )

    def arrived(self) -> list[Arrived]:
        return [self._read(recipient, raw) for recipient, raw in self.mailbox.took]

    def _read(self, recipient: str, raw: bytes) -> Arrived:
        assert raw.isascii()  # whatever the server can take
        mail = message_from_bytes(raw, policy=policy.default)
        assert mail["To"] == recipient
        return Arrived(
            to=recipient,
            subject=mail["Subject"],
            body=mail.get_content().replace("\r\n", "\n"),  # lines of mail end so
            language=mail["Content-Language"],
            sent_id=mail["Message-ID"],
        )

    def refuse_next(self, *, is_final: bool) -> None:
        self.mailbox.refusal = "550 no such user alice" if is_final else "450 busy, alice"

    def go_away(self) -> None:
        self.mailbox.shutdown()
        self.mailbox.server_close()
