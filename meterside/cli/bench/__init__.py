"""`meterside bench`: figures beside their floors, measured in one run on one machine.

A benchmark is a function that prepares its own data, runs warm, several times, and yields results. A result's
floor is the raw operation no program can beat, measured in the same run: ratios travel between machines,
absolute figures do not.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from meterside.cli.console import FoundWrong, json_option, print_json
from meterside.cli.scratch import scratch_database

_DATABASE: Final = "meterside_bench"


@dataclass(frozen=True, slots=True)
class Result:
    """One figure. `ratio` is figure to floor; `goal` says in words what it should be, `is_met` whether it is."""

    name: str
    figure: float
    unit: str
    floor: float | None
    floor_words: str
    goal: str = ""
    is_met: bool | None = None

    @property
    def ratio(self) -> float | None:
        return None if not self.floor else self.figure / self.floor


Benchmark = Callable[[], Iterable[Result]]

# Name, module and function, what it measures.
BENCHMARKS: Final[dict[str, tuple[str, str]]] = {
    "engine": ("meterside.cli.bench.engine:run", "Rating a month's segment, beside exact arithmetic alone"),
    "reads": ("meterside.cli.bench.reads:run", "Storing and reading back interval days, beside a bare COPY"),
    "intake-1k": ("meterside.cli.bench.intake:run_1k", "A head-end's day of 1,000 meters, file to store"),
    "intake-10k": ("meterside.cli.bench.intake:run_10k", "The same of 10,000 meters"),
    "intake-100k": ("meterside.cli.bench.intake:run_100k", "The same of 100,000 meters: 2.4 million reads"),
    "intake-quarters": (
        "meterside.cli.bench.intake:run_quarters",
        "The same by the quarter of an hour: 9.6 million reads",
    ),
    "alerts": ("meterside.cli.bench.alerts:run", "Judging alerts behind a head-end's file, by two workers"),
    "files": ("meterside.cli.bench.files:run", "Reading real meter files and addresses, where they are"),
    "bills": ("meterside.cli.bench.bills:run", "Billing a cycle, beside inserting the same rows"),
    "bills_hours": (
        "meterside.cli.bench.bills_hours:run",
        "Billing hours, tiers and refuse by two workers: rate, memory, cost by size",
    ),
    "pages": (
        "meterside.cli.bench.pages:run",
        "Home and bill page with 25 months, beside a bare signed-in view",
    ),
    "usage": (
        "meterside.cli.bench.usage:run",
        "Usage pages with five years of hours, beside a bare signed-in view",
    ),
    "pdf": ("meterside.cli.bench.pdf:run", "Bills as PDFs on two cores, beside bare pages"),
    "demo": ("meterside.cli.bench.demo:run", "The demo's first start, its whole past, its second start"),
    "lighthouse": (
        "meterside.cli.bench.lighthouse:run",
        "Lighthouse mobile on the public and signed-in pages",
    ),
}


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option(
    "--write", type=click.Path(path_type=Path, file_okay=False), help="Write benchmarks.md and .json."
)
@json_option
def bench_command(names: tuple[str, ...], write: Path | None, as_json: bool) -> None:
    """Measure, beside the floor of each figure. Without names: everything.

    Exit codes: 0 all goals are met, 1 some are not, 2 no such benchmark, 3 there is no database.
    """
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        raise click.UsageError(f"no benchmark named {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
    results: list[Result] = []
    machine = _machine()
    with scratch_database(_DATABASE):
        for name in names or BENCHMARKS:
            module, _, function = BENCHMARKS[name][0].partition(":")
            benchmark: Benchmark = getattr(import_module(module), function)
            for result in benchmark():
                results.append(result)
                if not as_json:
                    click.echo(_line(result))
    report = {"machine": machine, "results": [{**asdict(each), "ratio": each.ratio} for each in results]}
    if write is not None:
        _write(write, report, results)
    if as_json:
        print_json(report)
    missed = [each.name for each in results if each.is_met is False]
    if missed:
        raise FoundWrong(f"goals not met: {', '.join(missed)}")


def _machine() -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4f}"


def _line(result: Result) -> str:
    state = {None: " ", True: "ok", False: "NO"}[result.is_met]
    floor = f"   floor {_number(result.floor)} ({result.floor_words})" if result.floor else ""
    ratio = f"   ratio {result.ratio:.2f}" if result.ratio is not None else ""
    goal = f"   goal {result.goal}" if result.goal else ""
    return f"{state:<3}{result.name:<44}{_number(result.figure):>12} {result.unit}{floor}{ratio}{goal}"


def _write(folder: Path, report: dict[str, Any], results: list[Result]) -> None:
    (folder / "benchmarks.json").write_text(json.dumps(report, indent=2) + "\n")
    machine = report["machine"]
    lines = [
        "# Benchmarks",
        (
            "Written by `make bench`. Absolute figures are this machine's; ratios to the floor, the raw operation "
            "no program can beat, were taken in the same run."
        ),
        "",
        (
            f"{machine['at']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}; "
            f"load average {machine['load_average']} at the start."
        ),
        "",
        "| what | figure | floor | ratio | goal | met |",
        "|---|---|---|---|---|---|",
    ]
    for each in results:
        floor = f"{_number(each.floor)} {each.floor_words}" if each.floor else ""
        ratio = f"{each.ratio:.2f}" if each.ratio is not None else ""
        met = {None: "", True: "yes", False: "**no**"}[each.is_met]
        lines.append(
            f"| {each.name} | {_number(each.figure)} {each.unit} | {floor} | {ratio} | {each.goal} | {met} |"
        )
    (folder / "benchmarks.md").write_text("\n".join(lines) + "\n")
