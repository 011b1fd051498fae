"""What is written about running Meterside names what there is."""

from __future__ import annotations

import re

import pytest
from pydantic_settings import BaseSettings

from meterside.cli import COMMANDS
from meterside.config import environment
from meterside.config.environment import PROJECT

EXAMPLE = (PROJECT / ".env.example").read_text()
INSTALL = (PROJECT / "docs" / "operations" / "install.md").read_text()
# Read by commands as options of theirs, not by the settings.
OF_COMMANDS = {"METERSIDE_WEB_PROCESSES", "METERSIDE_WEB_THREADS", "METERSIDE_WORKER_CONCURRENCY"}


def settings_topics() -> list[type[BaseSettings]]:
    return [
        one
        for one in vars(environment).values()
        if isinstance(one, type) and issubclass(one, BaseSettings) and one.model_fields
    ]


def test_the_example_lists_every_setting_and_no_other() -> None:
    known = {field.alias for topic in settings_topics() for field in topic.model_fields.values()}
    listed = re.findall(r"^#?([A-Z][A-Z_]+)=", EXAMPLE, re.M)
    assert len(listed) == len(set(listed))
    assert set(listed) == known | OF_COMMANDS


def test_the_example_gives_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    given = dict(re.findall(r'^([A-Z][A-Z_]+)="?(.*?)"?$', EXAMPLE, re.M))
    for name in given:
        monkeypatch.delenv(name, raising=False)
    for topic in settings_topics():
        values = {field.alias: getattr(topic(), name) for name, field in topic.model_fields.items()}
        assert {name: str(values[name]) for name in values if name in given} == {
            name: given[name] for name in values if name in given
        }


def test_every_command_is_in_the_manual() -> None:
    assert sorted(re.findall(r"^\| `meterside (\w+)` \|", INSTALL, re.M)) == sorted(COMMANDS)


def test_the_manual_names_only_settings_there_are() -> None:
    named = set(re.findall(r"\b((?:METERSIDE|DATABASE|PAYMENT|MESSAGE|SMTP)_[A-Z_]+)\b", INSTALL))
    assert named <= set(re.findall(r"^#?([A-Z][A-Z_]+)=", EXAMPLE, re.M))
