"""`meterside policy late-fee` and `deposit`: the rules of a policy document, in force from a day on."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from meterside.cli.console import FoundWrong
from meterside.cli.database import prepare_django
from meterside.engine.policy import Policy, policy_from_toml
from meterside.engine.tariff import InvalidTariff

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_EARLIER = "refused: it must not begin before, or on the day of, a later change"


def _options(command: Any) -> Any:
    """FILE, --since, --class, --none, --reason."""
    for option in (
        click.option("--reason", default="", help="Kept with the change."),
        click.option("--none", "is_none", is_flag=True, help="From that day on ask for none."),
        click.option("--class", "customer_class", default="", help="Customer class. Default: all."),
        click.option("--since", type=_DAY, required=True, help="First day it counts."),
        click.argument(
            "file",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            metavar="[FILE]",
            required=False,
        ),
    ):
        command = option(command)
    return command


@click.command("late-fee")
@_options
def late_fee_command(
    file: Path | None, since: datetime, customer_class: str, is_none: bool, reason: str
) -> None:
    """Bills from a day on charge late fees by the rule in the policy document FILE (TOML), or with --none not.

    Bills that are out keep the rule they were issued with.
    """
    prepare_django()
    from meterside.cis.billing.charges.policies import set_late_fee_policy

    _set(set_late_fee_policy, "late_fee", file, since, customer_class, is_none, reason)


@click.command("deposit")
@_options
def deposit_command(
    file: Path | None, since: datetime, customer_class: str, is_none: bool, reason: str
) -> None:
    """From a day on ask for deposits by the rule in the policy document FILE (TOML), or with --none for none."""
    prepare_django()
    from meterside.cis.billing.charges.policies import set_deposit_policy

    _set(set_deposit_policy, "deposit", file, since, customer_class, is_none, reason)


def _set(
    keep: Any,
    table: str,
    file: Path | None,
    since: datetime,
    customer_class: str,
    is_none: bool,
    reason: str,
) -> None:
    from django.db import IntegrityError

    from meterside.spine.actor import Actor, acting

    if (file is None) is not is_none:
        raise FoundWrong("give either a FILE or --none")
    rule = None if file is None else getattr(_read(file), table)
    if rule is None and not is_none:
        raise FoundWrong(f"{file} has no {table}")
    try:
        with acting(Actor("staff", "terminal")):
            keep(since=since.date(), rule=rule, customer_class=customer_class, reason=reason)
    except IntegrityError as error:
        raise FoundWrong(_EARLIER) from error


def _read(file: Path) -> Policy:
    try:
        return policy_from_toml(file.read_text(encoding="utf-8"))
    except (InvalidTariff, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FoundWrong(f"{file} cannot be read: {error}") from error
