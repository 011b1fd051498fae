"""Making the files of a plan, several at a time, and the index of all."""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from meterside.cis.billing.queries.printing import BillToPrint
from meterside.cli.bill_print.plan import Plan, PlannedFile, write_whole
from meterside.cli.bill_print.progress import Progress
from meterside.cli.parent import follow
from meterside.kit import crash

INDEX_HEAD: Final = (
    "file",
    "first page",
    "last page",
    "bill number",
    "account number",
    "pages",
    "postal code",
    "sheets",
    "ounces",
    "inserts",
)
_LOOK_EVERY_S: Final = 0.5

# How many bills all processes have printed; each process inherits it as it starts.
_counter: Any = None


@dataclass(frozen=True, slots=True)
class PrintReport:
    """What is in the folder now."""

    run: int
    n_files: int
    n_bills: int
    n_pages: int
    n_paperless: int
    n_files_made_now: int


def print_files(folder: Path, plan: Plan, *, processes: int, is_quiet: bool) -> PrintReport:
    """Make the files that are not finished, and write the index."""
    for left in folder.glob("*.unfinished"):
        left.unlink()
    waiting = [file for file in plan.files if not _part_of_index(folder, file).exists()]
    progress = Progress(sum(len(file.bills) for file in waiting), is_quiet=is_quiet)
    if processes == 1 or len(waiting) < 2:
        for file in waiting:
            _make(folder, file, plan.made_on, progress.add)
    else:
        _make_together(folder, waiting, plan.made_on, min(processes, len(waiting)), progress)
    progress.finish()
    rows = [row for file in plan.files for row in csv.reader(_part_of_index(folder, file).open(newline=""))]
    write_whole(folder / "index.csv", _csv([INDEX_HEAD, *rows]))
    return PrintReport(
        run=plan.run_id,
        n_files=len(plan.files),
        n_bills=len(rows),
        n_pages=sum(int(row[5]) for row in rows),
        n_paperless=plan.n_paperless,
        n_files_made_now=len(waiting),
    )


def _make_together(
    folder: Path, files: Sequence[PlannedFile], made_on: date, processes: int, progress: Progress
) -> None:
    context = multiprocessing.get_context("spawn")
    counter = context.Value("q", 0)
    pool = ProcessPoolExecutor(
        processes, mp_context=context, initializer=_start_process, initargs=(os.getpid(), counter)
    )
    try:
        waiting: set[Future[None]] = {pool.submit(_make_in_process, folder, file, made_on) for file in files}
        while waiting:
            done, waiting = wait(waiting, timeout=_LOOK_EVERY_S)
            for future in done:
                future.result()
            progress.show(counter.value)
    finally:
        pool.shutdown(cancel_futures=True)


def _start_process(parent_pid: int, counter: Any) -> None:
    """A process of its own: it dies with the one that started it, and has its own way to the database."""
    global _counter
    follow(parent_pid)
    _counter = counter
    from meterside.cli.database import set_up_django

    set_up_django()


def _make_in_process(folder: Path, file: PlannedFile, made_on: date) -> None:
    def count(n_bills: int) -> None:
        with _counter.get_lock():
            _counter.value += n_bills

    _make(folder, file, made_on, count)


def _make(folder: Path, file: PlannedFile, made_on: date, on_part: Callable[[int], None]) -> None:
    from django.conf import settings

    from meterside.web.customer.bill.pdf import make_print_file

    printed: list[BillToPrint] = []
    made = make_print_file(
        _parts(file.bills, printed),
        title=file.name,
        made_on=made_on,
        utility=settings.UTILITY,
        paper=settings.PAPER,
        on_part=on_part,
    )
    name = f"{file.name}.pdf"
    rows = [
        (
            name,
            first,
            last,
            bill.number,
            bill.account_number,
            last - first + 1,
            bill.postal_code,
            settings.PAPER.sheets(last - first + 1),
            settings.PAPER.ounces(last - first + 1),
            " ".join(bill.inserts),
        )
        for bill, (first, last) in zip(printed, made.pages, strict=True)
    ]
    crash.point("bill_print.made")
    write_whole(folder / name, made.pdf)
    crash.point("bill_print.file")
    write_whole(_part_of_index(folder, file), _csv(rows))


def _parts(bills: Sequence[BillToPrint], printed: list[BillToPrint]) -> Iterator[list[dict[str, Any]]]:
    """What the template prints of each part, in each holder's language; `printed` gathers whose they are."""
    from django.conf import settings
    from django.utils import translation

    from meterside.cis.billing.queries.printing import printed_bills
    from meterside.journeys.see_bill import see_bill
    from meterside.web.customer.bill.pay_address import pay_address
    from meterside.web.customer.bill.pdf import printable_bill
    from meterside.web.customer.bill.pdf.print_file import BILLS_IN_PART
    from meterside.web.design import formats

    for first in range(0, len(bills), BILLS_IN_PART):
        part = bills[first : first + BILLS_IN_PART]
        by_number = {bill.number: bill for bill in part}
        made = []
        for bill in printed_bills([one.id for one in part]):
            with translation.override(bill.language):
                made.append(
                    printable_bill(
                        see_bill(bill.view, say=formats),
                        utility=settings.UTILITY,
                        paper=settings.PAPER,
                        pay_url=pay_address(bill.view.account),
                    )
                )
            printed.append(by_number[bill.view.summary.number])
        yield made


def _part_of_index(folder: Path, file: PlannedFile) -> Path:
    return folder / f"{file.name}.csv"


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
