"""What every channel that carries messages must do. A connector's test subclasses one of the two suites.

A channel that keeps messages passes the first, one that hands them on passes the second, where the subclass
plays the other end: what arrived there, and how it refuses.
"""

from __future__ import annotations

import tomllib
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from importlib import import_module, resources
from uuid import uuid4

import pytest
import yaml

from meterside.contracts.messaging import MessageChannel, OutgoingMessage, UnableToSend

QUALITY_RULES = {
    "manifest",
    "readme",
    "conformance",
    "said-twice-sent-once",
    "outside-transactions",
    "time-outs",
    "delivery-receipts",
}
SENDING_RULES = {"tls", "final-refusals-told-apart", "no-header-injection"}
# As long as a bill's message, with what a line of mail must not break: dots, quotes, accents, long words.
BODY = "Línea uno\n\n.\n..Línea «dos»\nFrom here\n" + "x" * 2000 + "\n¡Gracias, señora Núñez! 李\n"


@dataclass(frozen=True)
class Arrived:
    """A message as it came out at the other end. A second copy of it has the same `sent_id`."""

    to: str
    subject: str
    body: str
    language: str
    sent_id: str


class MessageChannelConformance(ABC):
    """Subclass and give the package of the connector."""

    package: str
    sends = False

    @abstractmethod
    def channel(self) -> MessageChannel: ...

    def message(self) -> OutgoingMessage:
        return OutgoingMessage(
            message_id=uuid4(),
            kind="welcome",
            to="alice@example.com",
            subject="Bienvenida, señora Núñez",
            body=BODY,
            language="es",
        )

    def test_manifest_and_quality_scale(self) -> None:
        files = resources.files(self.package)
        manifest = tomllib.loads(files.joinpath("manifest.toml").read_text())
        module, _, name = manifest["adapter"].partition(":")
        assert callable(getattr(import_module(module), name))
        assert (manifest["kind"], manifest["vendor"]) == ("messaging", self.package.rpartition(".")[2])
        assert manifest["sends"] is self.sends
        scale = yaml.safe_load(files.joinpath("quality_scale.yaml").read_text())["rules"]
        assert set(scale) >= QUALITY_RULES | (SENDING_RULES if self.sends else set())
        for rule, entry in scale.items():
            assert entry["status"] in {"done", "todo", "exempt"}
            assert entry["status"] == "done" or entry.get("comment"), rule
        assert files.joinpath("README.md").read_text().startswith("# ")

    def test_said_twice_the_answer_is_the_same(self) -> None:
        message = self.message()
        assert self.channel().send(message) == self.channel().send(message)

    def test_each_message_has_a_reference_of_its_own(self) -> None:
        references = {self.channel().send(self.message()) for _ in range(3)}
        assert len(references) == 3
        assert all(references)


class SendingChannelConformance(MessageChannelConformance):
    """Subclass and play the other end."""

    sends = True

    @abstractmethod
    def arrived(self) -> list[Arrived]:
        """All that arrived so far."""

    @abstractmethod
    def refuse_next(self, *, is_final: bool) -> None:
        """Let the other end refuse the next message, for good or for now."""

    @abstractmethod
    def go_away(self) -> None:
        """Let the other end be gone from now on."""

    def test_a_message_arrives_whole(self) -> None:
        message = self.message()
        self.channel().send(message)
        (one,) = self.arrived()
        assert (one.to, one.subject, one.language) == (message.to, message.subject, message.language)
        assert one.body == message.body

    def test_a_second_copy_can_be_told(self) -> None:
        message = self.message()
        for each in (message, message, self.message()):
            self.channel().send(each)
        assert len({one.sent_id for one in self.arrived()}) == 2

    @pytest.mark.parametrize("is_final", [False, True])
    def test_a_refusal_says_whether_to_try_again_and_names_nobody(self, is_final: bool) -> None:
        message = self.message()
        self.refuse_next(is_final=is_final)
        self._is_refused(message, is_final=is_final)
        self.channel().send(message)  # the next time it is taken
        assert len(self.arrived()) == 1

    def test_nobody_there_is_no_final_word(self) -> None:
        self.go_away()
        self._is_refused(self.message(), is_final=False)

    @pytest.mark.parametrize("to", ["", "alice", "@example.com", "alice@", "a\nb@example.com"])
    def test_what_is_no_address_is_refused_for_good(self, to: str) -> None:
        self._is_refused(replace(self.message(), to=to), is_final=True)

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_a_subject_adds_no_header(self, end: str) -> None:
        self._is_refused(replace(self.message(), subject=f"S{end}Bcc: all@example.com"), is_final=True)

    def _is_refused(self, message: OutgoingMessage, *, is_final: bool) -> None:
        with pytest.raises(UnableToSend) as refused:
            self.channel().send(message)
        assert refused.value.is_final is is_final
        assert str(refused.value)
        assert "alice" not in str(refused.value)
        assert self.arrived() == []
