"""`meterside bill`: bills, by the run."""

from __future__ import annotations

import click

from meterside.cli.bill_print import print_command


@click.group("bill")
def bill_group() -> None:
    """Bills: print a run."""


bill_group.add_command(print_command)
