"""`meterside real`: the whole product on real inputs, from an empty database; prints each figure."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from meterside.cli.console import EnvironmentTrouble, FoundWrong, json_option, print_json
from meterside.cli.scratch import scratch_database

_DATABASE: Final = "meterside_real"


@dataclass
class Figures:
    """What was measured and what had to hold; `wrong` lists what did not."""

    figures: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    is_quiet: bool = False

    def say(self, name: str, value: Any, words: str) -> None:
        """Keep a figure and print its line."""
        self.figures[name] = value
        if not self.is_quiet:
            click.echo(f"  {words}")

    def must(self, holds: bool, words: str) -> None:
        """A thing that has to be so."""
        if not holds:
            self.wrong.append(words)
            click.echo(f"  WRONG: {words}", err=True)

    def head(self, words: str) -> None:
        """Begin a part."""
        if not self.is_quiet:
            click.echo(words)


@click.command()
@click.option("--no-browser", is_flag=True, help="Leave out the part in a real browser.")
@json_option
def real_command(no_browser: bool, as_json: bool) -> None:
    """Run everything on the real inputs of METERSIDE_REAL_DATA, from an empty database.

    Exit codes: 0 all figures are as they must be, 1 some are not, 3 there are no inputs or no database.
    """
    folder = os.environ.get("METERSIDE_REAL_DATA", "")
    if not folder or not Path(folder).is_dir():
        raise EnvironmentTrouble("METERSIDE_REAL_DATA names no folder of real inputs")
    data = Path(folder).resolve()
    result = Figures(is_quiet=as_json)
    with scratch_database(_DATABASE):
        from . import addresses, browser, house, tariffs, utility_rate

        tariffs.run(data, result)
        utility_rate.run(data, result)
        home = house.run(data, result)
        addresses.run(data, result)
        if not no_browser:
            browser.run(home, result)
    if as_json:
        print_json(asdict(result))
    if result.wrong:
        raise FoundWrong(f"{len(result.wrong)} figures are not as they must be")
    result.head("All as it must be.")
