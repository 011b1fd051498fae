"""`meterside bill`: bill runs, from the terminal."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from meterside.cli.bill_charges import late_fees_command, reverse_command, waive_command
from meterside.cli.bill_deposits import deposit_group
from meterside.cli.bill_explain import explain_command
from meterside.cli.bill_print import print_command
from meterside.cli.console import FoundWrong, json_option, print_json
from meterside.cli.database import prepare_django
from meterside.cli.parent import environment_for_child

if TYPE_CHECKING:
    from meterside.cis.billing.models import BillRun
    from meterside.cis.billing.runs.progress import RunProgress

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group("bill")
def bill_group() -> None:
    """Bill runs, printing, late fees, deposits."""


bill_group.add_command(explain_command)
bill_group.add_command(print_command)
bill_group.add_command(late_fees_command)
bill_group.add_command(reverse_command)
bill_group.add_command(waive_command)
bill_group.add_command(deposit_group)


@bill_group.command("run")
@click.argument("cycle")
@click.option("--from", "start", type=_DAY, required=True, help="First day of the window.")
@click.option("--to", "end", type=_DAY, required=True, help="First day behind the window.")
@click.option("--bill-date", type=_DAY, default=None, help="Day on the bills. Default: --to.")
@click.option("--dry-run", is_flag=True, help="Price the whole cycle and compare; issue nothing.")
@click.option(
    "--workers", type=click.IntRange(1, 32), default=1, show_default=True, help="Processes at work."
)
@json_option
@click.pass_context
def run_command(
    context: click.Context,
    cycle: str,
    start: datetime,
    end: datetime,
    bill_date: datetime | None,
    dry_run: bool,
    workers: int,
    as_json: bool,
) -> None:
    """Bill the accounts of a CYCLE for the days from --from up to, not including, --to.

    The same command again goes on where a run was stopped or killed, and tries accounts again that could not be
    billed; nobody gets two bills. Ctrl-C stops the run after the chunk under way.

    Exit codes: 0 every account is billed, 1 some are held or the run was stopped, 3 no database.
    """
    prepare_django()
    from meterside.cis.billing.runs.operations import NeedsApproval, price_run, start_run
    from meterside.engine.lifecycle import MoveNotAllowed
    from meterside.spine.actor import Actor, acting

    kind = "price" if dry_run else "bill"
    with acting(Actor("staff", "terminal")):
        run = _open(cycle, start.date(), end.date(), (bill_date or end).date())
        try:
            run = price_run(run) if dry_run else start_run(run)
        except NeedsApproval:
            raise FoundWrong(
                "This utility issues no bills before a second person said yes: price the run, and approve it"
            ) from None
        except MoveNotAllowed as error:
            raise FoundWrong(str(error)) from error
        was_stopped = _work(run, workers=workers, is_quiet=as_json, kind=kind)
    summary = _priced(run) if dry_run else _summary(run)
    if as_json:
        print_json({**summary, "stopped": was_stopped})
    else:
        for line in _price_lines(summary) if dry_run else _bill_lines(summary):
            click.echo(line)
        if was_stopped:
            click.echo("Stopped. The same command goes on.")
    if was_stopped or summary["held"]:
        context.exit(1)


def _bill_lines(summary: dict[str, Any]) -> Iterator[str]:
    yield (
        f"Run {summary['run']}: {summary['bills']:,} bills, {_dollars(summary['charges_cents'])} charged, "
        f"{summary['held']:,} accounts held"
    )
    for kind, count in summary["held_by_kind"].items():
        yield f"  {kind:<24}{count:>8,}"


def _price_lines(summary: dict[str, Any]) -> Iterator[str]:
    yield (
        f"Dry run {summary['run']}: {summary['priced']:,} accounts, {_dollars(summary['charges_cents'])}; "
        f"{summary['held']:,} would be held. Nobody got a bill."
    )
    yield (
        f"Against the last bills: {_dollars(summary['difference_cents'])} for {summary['compared']:,} accounts, "
        f"{summary['more']:,} more, {summary['less']:,} less; {summary['first']:,} first bills"
    )
    for row in summary["largest_changes"]:
        change = row["difference_cents"]
        said = ", ".join(row["problems"]) or ("first bill" if change is None else _dollars(change))
        amount = "" if row["charges_cents"] is None else _dollars(row["charges_cents"])
        yield f"  {row['account']:<12}{row['holder'][:28]:<30}{amount:>14}  {said:>14}"


@bill_group.command("work")
@click.argument("run_id", type=int)
def work_command(run_id: int) -> None:
    """Work on a run that is under way until none of its chunks is left. For a further process or machine."""
    prepare_django()
    from meterside.cis.billing.runs.working import work_run
    from meterside.spine.actor import Actor, acting

    with acting(Actor("system", "bill run")):
        work_run(run_id)


@bill_group.command("stop")
@click.argument("run_id", type=int)
@click.option("--reason", required=True, help="Kept with the run.")
def stop_command(run_id: int, reason: str) -> None:
    """Stop a run: chunks under way are finished, no other begins. Exit code 1 when it is not under way."""
    prepare_django()
    from meterside.cis.billing.models import BillRun
    from meterside.cis.billing.runs.operations import stop_run
    from meterside.engine.lifecycle import MoveNotAllowed
    from meterside.spine.actor import Actor, acting

    try:
        with acting(Actor("staff", "terminal")):
            stop_run(BillRun.objects.get(pk=run_id), reason=reason)
    except BillRun.DoesNotExist:
        raise FoundWrong(f"There is no run {run_id}") from None
    except MoveNotAllowed as error:
        raise FoundWrong(str(error)) from error


@bill_group.command("runs")
@json_option
def runs_command(as_json: bool) -> None:
    """The latest runs: window, state, bills, what is held."""
    prepare_django()
    from meterside.cis.billing.queries.work import recent_runs

    rows = recent_runs()
    if as_json:
        print_json([_row(row) for row in rows])
        return
    for row in rows:
        click.echo(
            f"{row.id:>6}  {row.cycle:<8}{row.start} to {row.end}  {row.status:<9}"
            f"{row.n_billed:>9,} bills{row.n_held:>7,} held{_dollars(row.charges_cents):>18}"
        )


def _row(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def _open(cycle: str, start: date, end: date, bill_date: date) -> BillRun:
    from meterside.cis.billing.models import BillCycle
    from meterside.cis.billing.runs.operations import RunOverlaps, open_run
    from meterside.engine.period import Period

    if end <= start:
        raise click.UsageError("--to must be behind --from")
    try:
        return open_run(cycle=cycle, window=Period(start, end), bill_date=bill_date)
    except BillCycle.DoesNotExist:
        raise FoundWrong(f"There is no bill cycle {cycle}") from None
    except RunOverlaps as error:
        raise FoundWrong(f"Another run bills some of these days already: {error}") from error


@dataclass
class _Terminal:
    """The line that shows how far a run is; nothing where nobody looks."""

    run_id: int
    is_quiet: bool
    kind: str = "bill"
    shown_tenth: int = -1

    def show(self, _result: object = None) -> None:
        from meterside.cis.billing.runs.progress import run_progress

        if self.is_quiet:
            return
        progress = run_progress(self.run_id, kind=self.kind)
        if sys.stderr.isatty():
            click.echo(f"\r\033[K{progress_line(progress)}", nl=False, err=True)
            return
        # In a log: one line for each tenth.
        tenth = progress.done * 10 // progress.planned if progress.planned else 10
        if tenth > self.shown_tenth:
            self.shown_tenth = tenth
            click.echo(progress_line(progress), err=True)

    def end(self) -> None:
        if not self.is_quiet and sys.stderr.isatty():
            click.echo(err=True)


def progress_line(progress: RunProgress) -> str:
    """`1,200 of 10,000 accounts, 3 held, 612 a second, 14 s left`"""
    parts = [f"{progress.done:,} of {progress.planned:,} accounts", f"{progress.n_held:,} held"]
    if progress.accounts_per_s:
        parts.append(f"{progress.accounts_per_s:,.0f} a second")
    if progress.left_s is not None:
        parts.append(f"{progress.left_s:,} s left")
    return ", ".join(parts)


def _work(run: BillRun, *, workers: int, is_quiet: bool, kind: str = "bill") -> bool:
    """Work on the run with this process and `workers` - 1 others; returns whether Ctrl-C stopped it."""
    from meterside.cis.billing.runs.operations import stop_run
    from meterside.cis.billing.runs.working import work_run

    terminal = _Terminal(run.pk, is_quiet, kind)
    command = [sys.executable, "-m", "meterside", "bill", "work", str(run.pk)]
    others = [subprocess.Popen(command, env=environment_for_child()) for _ in range(workers - 1)]
    try:
        work_run(run.pk, report=terminal.show)
        for other in others:
            other.wait()
        # What another process held and did not finish, for it was killed.
        work_run(run.pk, report=terminal.show)
    except KeyboardInterrupt:
        stop_run(run, reason="Ctrl-C")
        for other in others:
            other.wait()
        return True
    finally:
        terminal.end()
    run.refresh_from_db()
    return run.status == "stopped"


def _summary(run: BillRun) -> dict[str, Any]:
    from meterside.cis.billing.queries.work import run_row

    row = run_row(run.pk)
    return {
        "run": run.pk,
        "cycle": row.cycle,
        "from": row.start,
        "to": row.end,
        "bill_date": row.bill_date,
        "status": row.status,
        "accounts": row.n_accounts,
        "bills": row.n_billed,
        "charges_cents": row.charges_cents,
        "held": row.n_held,
        "held_by_kind": dict(row.held),
    }


def _priced(run: BillRun) -> dict[str, Any]:
    from meterside.cis.billing.queries.prices import largest_changes, price_summary

    found = price_summary(run.pk)
    return {
        "run": run.pk,
        "priced": found.n_priced,
        "charges_cents": found.charges_cents,
        "compared": found.n_compared,
        "last_cents": found.last_cents,
        "difference_cents": found.difference_cents,
        "more": found.n_more,
        "less": found.n_less,
        "first": found.n_first,
        "held": found.n_held,
        "largest_changes": [
            {
                "account": row.account_number,
                "holder": row.holder_name,
                "charges_cents": row.charges_cents,
                "last_charges_cents": row.last_charges_cents,
                "difference_cents": row.difference_cents,
                "problems": list(row.problems),
            }
            for row in largest_changes(run.pk, limit=10)
        ],
    }


def _dollars(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"
