"""The `meterside` command.

Each subcommand lives in a module of its own, imported only when it runs, so that help comes at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final, NamedTuple

import click

from meterside.cli.parent import die_with_parent


class Entry(NamedTuple):
    """Where a subcommand is found ("module:object") and what it does, in a line."""

    target: str
    summary: str


COMMANDS: Final[dict[str, Entry]] = {
    "bench": Entry("meterside.cli.bench:bench_command", "Measure, beside the floor of each figure."),
    "bill": Entry("meterside.cli.bill:bill_group", "Bill a cycle, go on, print it; late fees, deposits."),
    "demo": Entry("meterside.cli.demo:demo_command", "Start the whole demo: database, web server, worker."),
    "doctor": Entry("meterside.cli.doctor:doctor_command", "Say what is configured and what is missing."),
    "ledger": Entry("meterside.cli.ledger:ledger_group", "Prove the books."),
    "messages": Entry(
        "meterside.cli.messages:messages_group", "Texts in other languages: extract, compile, check."
    ),
    "meter": Entry("meterside.cli.meter:meter_group", "Bring in files of meter data."),
    "migrate": Entry("meterside.cli.migrate:migrate_command", "Bring the database up to date, as its owner."),
    "policy": Entry(
        "meterside.cli.policy:policy_group", "Billing policy: tolerances, estimates, late fees..."
    ),
    "quote": Entry("meterside.cli.quote:quote_command", "Price a tariff file, without a database."),
    "real": Entry("meterside.cli.real:real_command", "Run the product on real inputs; print each figure."),
    "serve": Entry("meterside.cli.serve:serve_command", "Serve the portal over HTTP."),
    "staff": Entry("meterside.cli.staff:staff_group", "Members of staff, and what they may do."),
    "tariff": Entry(
        "meterside.cli.tariff:tariff_group", "Import tariffs of other formats, check ours, set dated series."
    ),
    "weather": Entry(
        "meterside.cli.weather:weather_group", "Temperatures by day, and how use answers to them."
    ),
    "usage": Entry("meterside.cli.usage:usage_group", "Usage pages and alerts: go-live days, leak rates."),
    "worker": Entry("meterside.cli.worker:worker_command", "Do the background work."),
}


class LazyGroup(click.Group):
    """Knows its subcommands by name and summary; imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, name = entry.target.partition(":")
        command = getattr(import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.target} is no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].summary) for name in self.list_commands(ctx)])


@click.group(
    cls=LazyGroup,
    epilog="Exit codes: 0 fine, 1 something wrong was found, 2 wrong usage, 3 the environment "
    "(port, database, setting) does not allow it.",
)
@click.version_option(package_name="meterside")
def cli() -> None:
    """Meterside: a utility's customer portal with its customer information system."""


def main() -> None:
    """The entry point of the `meterside` script."""
    die_with_parent()
    cli(prog_name="meterside")
