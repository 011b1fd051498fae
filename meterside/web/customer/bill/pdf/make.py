"""Typst makes the document: the template is fixed, everything about the bills goes in as JSON, never as markup."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import typst
from django.conf import settings

from meterside.journeys.see_bill import BillPage
from meterside.web.design.tokens import palettes

from .data import PaperFacts, UtilityFacts, bill_data, bill_title, shared_data
from .printable import printable

#: One file is both: what a screen reader asks of it, and what an archive does.
STANDARDS: Final = ("ua-1", "a-2a")

_HERE = Path(__file__).parent
_BUILT_IN_LOGO = _HERE.parents[2] / "design" / "logo.svg"
_LOCK = Lock()
_KEPT_FOR: Final = 12  # documents; typst forgets what ten in a row did not use


@dataclass(frozen=True, slots=True)
class Printed:
    """A document of several bills. `first_pages` are counted from 1, in the order of the bills."""

    pdf: bytes
    first_pages: tuple[int, ...]
    n_pages: int


def make_pdf(page: BillPage, *, utility: UtilityFacts, paper: PaperFacts, pay_url: str) -> bytes:
    """The bill's PDF in the language of the request, the same bytes each time.

    Raises typst.TypstError when the template is wrong; no text of a customer can cause that.
    """
    data = printable_bill(page, utility=utility, paper=paper, pay_url=pay_url)
    return _compile(_document(bill_title(page), [data], utility, paper), page.bill_date)


def printable_bill(
    page: BillPage, *, utility: UtilityFacts, paper: PaperFacts, pay_url: str
) -> dict[str, Any]:
    """One bill for `make_document`, in the language of the request."""
    data: dict[str, Any] = printable(
        bill_data(page, utility=utility, paper=paper, pay_url=pay_url, colours=colours())
    )
    return data


def make_document(
    bills: Sequence[dict[str, Any]],
    *,
    title: str,
    made_on: date,
    utility: UtilityFacts,
    paper: PaperFacts,
    is_for_printer: bool = False,
) -> Printed:
    """Many bills (of `printable_bill`) in one document, one after another, each beginning on a page of its own.

    One for a printer has no tags, which nobody hears there and which are most of its size. It takes about 2 MB of
    memory a bill while it is made.
    """
    data = _document(title, bills, utility, paper)
    with _LOCK:
        pdf = _compiled(data, made_on, is_tagged=not is_for_printer)
        starts = json.loads(_compiler().query("<start>", field="value"))
        n_pages = int(json.loads(_compiler().query("<last>", field="value", one=True)))
    return Printed(pdf, tuple(page for _number, page in starts), n_pages)


def forget_documents() -> None:
    """Give back the memory of the documents made last. Typst keeps what it laid out for ten documents more, in case
    they are alike; after a part of a print file that is most of a process.
    """
    with _LOCK:
        for _round in range(_KEPT_FOR):
            _empty().compile(format="pdf")


def _document(
    title: str, bills: Sequence[dict[str, Any]], utility: UtilityFacts, paper: PaperFacts
) -> dict[str, Any]:
    shared = shared_data(title=title, utility=utility, paper=paper, colours=colours(), logo=_logo())
    return {"shared": printable(shared), "bills": list(bills)}


def _compile(data: dict[str, Any], made_on: date) -> bytes:
    # One compiler keeps fonts and the parsed template; it serves one document at a time.
    with _LOCK:
        return _compiled(data, made_on)


def _compiled(data: dict[str, Any], made_on: date, *, is_tagged: bool = True) -> bytes:
    document = _compiler().compile(
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False, separators=(",", ":"))},
        pdf_standards=list(STANDARDS) if is_tagged else [],
        pdf_tags=is_tagged,
        timestamp=datetime.combine(made_on, time(12), tzinfo=UTC),
    )
    assert isinstance(document, bytes)
    return document


@cache
def _empty() -> typst.Compiler:
    return typst.Compiler(str(_HERE / "empty.typ"), root=str(_HERE), ignore_system_fonts=True)


@cache
def fonts() -> typst.Fonts:
    """The fonts of every document: ours, and those in typst for letters that ours lacks."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(_HERE / "fonts")]
    )


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(str(_HERE / "bill.typ"), root=str(_HERE), font_paths=fonts())


@cache
def _brand_section() -> dict[str, Any] | None:
    path: Path | None = getattr(settings, "BRAND_FILE", None)
    if path is None:
        return None
    section: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))["brand"]
    return section


@cache
def colours() -> dict[str, str]:
    """The utility's colours on paper."""
    return palettes(_brand_section())["light"]


@cache
def _logo() -> str:
    path: Path | None = getattr(settings, "BRAND_FILE", None)
    section = _brand_section()
    if path is not None and section is not None and "logo" in section:
        return Path(path.parent, section["logo"]).read_text(encoding="utf-8")
    return _BUILT_IN_LOGO.read_text(encoding="utf-8").replace("#0b5d63", colours()["brand"])
