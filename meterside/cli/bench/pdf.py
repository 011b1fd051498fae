"""Bills as PDFs, on two cores: one by one as the portal gives them, and by the file as a printer takes them.

Two floors, both by the same compiler with the same fonts and standards in the same processes: a page of one line,
which is all that no bill can be, and a page of a bill's own words set as one plain paragraph, which is all that its
letters cost.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

from meterside.cis.billing.queries.printing import PrintedBill
from meterside.cli.database import set_up_django

from . import Result

_PROCESSES: Final = 2
_BILLS: Final = 60  # of each process, in each round
_ROUNDS: Final = 3
_DRAWN: Final = {"svg", "qr", "bar", "colour", "kind", "language"}  # what a bill prints that is no words


def run() -> Iterator[Result]:
    """Bills a second, each the best of three rounds; the rounds of all kinds take turns."""
    from meterside.cis.billing.models import Bill
    from meterside.cis.billing.queries.printing import printed_bills
    from meterside.cis.registry.models import Account
    from meterside.jobs.demo.seeding import seed_cast
    from meterside.portal.access.models import AccountAccess

    # The cast's bills: other benchmarks leave thousands of plainer ones.
    people = [one.email for one in seed_cast(n_accounts=1)]
    access = AccountAccess.objects.filter(login__email__in=people)
    of_the_cast = Account.objects.filter(public_id__in=access.values("account_ref"))
    latest = Bill.objects.filter(status="issued", account__in=of_the_cast)
    latest = latest.order_by("account_id", "-bill_date", "-pk")
    bills = printed_bills(list(latest.distinct("account_id").values_list("pk", flat=True)))
    texts = [" ".join(_words(_data(bill))) for bill in bills]
    kinds = (_one_by_one, _in_a_file, _one_line, _same_words)
    per_s = dict.fromkeys(kinds, 0.0)
    cpu_ms = dict.fromkeys(kinds, float("inf"))
    with ProcessPoolExecutor(
        _PROCESSES, mp_context=multiprocessing.get_context("spawn"), initializer=set_up_django
    ) as pool:
        list(
            pool.map(_timed, [_one_by_one] * _PROCESSES, [bills[:1]] * _PROCESSES, [texts] * _PROCESSES)
        )  # warm
        for _round in range(_ROUNDS):
            for kind in kinds:
                began = time.perf_counter()
                used_s = list(
                    pool.map(_timed, [kind] * _PROCESSES, [bills] * _PROCESSES, [texts] * _PROCESSES)
                )
                per_s[kind] = max(per_s[kind], _PROCESSES * _BILLS / (time.perf_counter() - began))
                cpu_ms[kind] = min(cpu_ms[kind], *(used * 1000 / _BILLS for used in used_s))
    yield from _results(*per_s.values(), *cpu_ms.values())


def _results(
    single: float, in_a_file: float, line: float, words: float,
    single_ms: float, in_a_file_ms: float, line_ms: float, words_ms: float,
) -> Iterator[Result]:  # fmt: skip
    a_line, their_words = "a page of one line", "their words in a plain paragraph"
    yield Result(
        "bills as PDF/UA-1 and A-2a, two processes", single, "per s", line, f"per s, {a_line}",
        ">= 80 per s and >= 0.55 of the floor", single >= 80 and single >= 0.55 * line,
    )  # fmt: skip
    yield Result("the same, beside their words", single, "per s", words, f"per s, {their_words}")
    yield Result(
        "bills in print files, two processes", in_a_file, "per s", line, f"per s, {a_line}", ">= 80 per s",
        in_a_file >= 80,
    )  # fmt: skip
    # What one core works on a bill: the same however many others the machine serves.
    yield Result("CPU of a bill", single_ms, "ms", words_ms, f"ms, {their_words}")
    yield Result("CPU of a bill in a print file", in_a_file_ms, "ms", line_ms, f"ms, {a_line}")


_Kind = Callable[[Sequence[PrintedBill], Sequence[str]], None]


def _timed(kind: _Kind, bills: Sequence[PrintedBill], texts: Sequence[str]) -> float:
    """Seconds of CPU that the work took in its process. `texts` are the bills' words, put together beforehand."""
    began = time.process_time()
    kind(bills, texts)
    return time.process_time() - began


def _one_by_one(bills: Sequence[PrintedBill], _texts: Sequence[str]) -> None:
    """As the portal gives them: from the statement to the file."""
    from django.conf import settings

    from meterside.journeys.see_bill import see_bill
    from meterside.web.customer.bill.pay_address import pay_address
    from meterside.web.customer.bill.pdf import make_pdf
    from meterside.web.design import formats

    for number in range(_BILLS):
        view = _varied(bills[number % len(bills)], number).view
        address = pay_address(view.account)
        make_pdf(see_bill(view, say=formats), utility=settings.UTILITY, paper=settings.PAPER, pay_url=address)


def _in_a_file(bills: Sequence[PrintedBill], _texts: Sequence[str]) -> None:
    """As a printer takes them."""
    from django.conf import settings

    from meterside.web.customer.bill.pdf import make_print_file
    from meterside.web.customer.bill.pdf.print_file import BILLS_IN_PART

    numbers = range(_BILLS)
    parts = [numbers[first : first + BILLS_IN_PART] for first in range(0, _BILLS, BILLS_IN_PART)]
    make_print_file(
        ([_data(_varied(bills[number % len(bills)], number)) for number in part] for part in parts),
        title="Bench",
        made_on=bills[0].view.summary.bill_date,
        utility=settings.UTILITY,
        paper=settings.PAPER,
        on_part=lambda n_bills: None,
    )


def _one_line(bills: Sequence[PrintedBill], _texts: Sequence[str]) -> None:
    for number in range(_BILLS):
        _bare(f"Bill {bills[0].view.summary.number + number}")


def _same_words(_bills: Sequence[PrintedBill], texts: Sequence[str]) -> None:
    for number in range(_BILLS):
        _bare(texts[number % len(texts)].replace("$", f"${number}"))


def _bare(text: str) -> None:
    from meterside.web.customer.bill.pdf.make import STANDARDS

    _bare_compiler().compile(format="pdf", sys_inputs={"text": text}, pdf_standards=list(STANDARDS))


@cache
def _bare_compiler() -> typst.Compiler:
    from meterside.web.customer.bill.pdf.make import fonts

    here = Path(__file__).parent
    return typst.Compiler(str(here / "bare.typ"), root=str(here), font_paths=fonts())


def _data(bill: PrintedBill) -> dict[str, Any]:
    from django.conf import settings

    from meterside.journeys.see_bill import see_bill
    from meterside.web.customer.bill.pay_address import pay_address
    from meterside.web.customer.bill.pdf import printable_bill
    from meterside.web.design import formats

    page = see_bill(bill.view, say=formats)
    return printable_bill(
        page, utility=settings.UTILITY, paper=settings.PAPER, pay_url=pay_address(bill.view.account)
    )


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in _DRAWN:
                yield from _words(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _words(item)


def _varied(bill: PrintedBill, number: int) -> PrintedBill:
    """The bill of another account on the same rates: another number, name, reads, days and amounts."""
    statement = bill.view.statement
    services = [
        service
        | {
            "lines": [line | {"amount_cents": line["amount_cents"] + number} for line in service["lines"]],
            "meters": [_read_on(meter, number) for meter in service["meters"]],
            "daily": service["daily"]
            and [[day, use + number, known] for day, use, known in service["daily"]],
        }
        for service in statement["services"]
    ]
    summary = replace(bill.view.summary, number=bill.view.summary.number + number)
    content = {**statement, "services": services, "holder_name": f"{statement['holder_name']} {number}"}
    return replace(bill, view=replace(bill.view, summary=summary, statement=content))


def _read_on(meter: Mapping[str, Any], number: int) -> dict[str, Any]:
    ends = {
        end: {**meter[end], "count": meter[end]["count"] + number}
        for end in ("previous", "present")
        if end in meter
    }
    return {**meter, **ends}
