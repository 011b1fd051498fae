"""What all subcommands share: exit codes, messages of one line, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

FOUND_WRONG: Final = 1
ENVIRONMENT: Final = 3

_Command = TypeVar("_Command", bound=Callable[..., Any])


class EnvironmentTrouble(click.ClickException):
    """The environment does not allow it: a port, a database, a setting. One clear line; exit code 3."""

    exit_code = ENVIRONMENT


class FoundWrong(click.ClickException):
    """The command did its work and what it examined is wrong. Exit code 1."""

    exit_code = FOUND_WRONG


def json_option(command: _Command) -> _Command:
    """Add `--json` to a command, as the argument `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(command)


def print_json(data: object) -> None:
    """Print data for other programs: sorted, indented, one final newline."""
    click.echo(json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, default=str))
