"""A file of many bills for a printer, made in parts, so that its memory does not grow with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from itertools import pairwise
from typing import Any, Final

from pypdf import PdfWriter

from .data import PaperFacts, UtilityFacts
from .make import forget_documents, make_document

#: Bills laid out at once: about 2 MB of memory each, and what they share is written once.
BILLS_IN_PART: Final = 50


@dataclass(frozen=True, slots=True)
class PrintFile:
    """A print file. `pages` are each bill's first and last page, counted from 1, in the order of the bills."""

    pdf: bytes
    pages: tuple[tuple[int, int], ...]


def make_print_file(
    parts: Iterable[list[dict[str, Any]]],
    *,
    title: str,
    made_on: date,
    utility: UtilityFacts,
    paper: PaperFacts,
    on_part: Callable[[int], None],
) -> PrintFile:
    """One file of all bills (of `printable_bill`) of all parts; `on_part` hears how many each one had."""
    writer = PdfWriter()
    writer.add_metadata({"/Title": title, "/Author": utility.name})
    pages: list[tuple[int, int]] = []
    n_before = 0
    for bills in parts:
        if not bills:
            continue
        made = make_document(
            bills, title=title, made_on=made_on, utility=utility, paper=paper, is_for_printer=True
        )
        forget_documents()
        writer.append(BytesIO(made.pdf), import_outline=False)
        starts = [*made.first_pages, made.n_pages + 1]
        pages += [(n_before + first, n_before + following - 1) for first, following in pairwise(starts)]
        n_before += made.n_pages
        on_part(len(bills))
    file = BytesIO()
    writer.write(file)
    return PrintFile(file.getvalue(), tuple(pages))
