"""Typst makes the document: the template is fixed, everything about the bill goes in as JSON, never as markup."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst
from django.conf import settings

from meterside.journeys.see_bill import BillPage
from meterside.web.design.tokens import palettes

from .data import UtilityFacts, document_data

_HERE = Path(__file__).parent
_BUILT_IN_LOGO = _HERE.parents[2] / "design" / "logo.svg"
_LOCK = Lock()
# What our font and typst's own draw. A letter of another script would make the document refuse PDF/UA.
_UNPRINTABLE = re.compile(
    "[^\n -~\u00a0-\u024f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff\u0400-\u0482\u048a-\u04ff"
    "\u1e00-\u1eff\u2009\u2010-\u2027\u2030-\u203a\u2044\u20ac\u2122\u2212]"
)


def make_pdf(page: BillPage, *, utility: UtilityFacts, pay_url: str) -> bytes:
    """The bill's PDF in the language of the request, the same bytes each time.

    Raises typst.TypstError when the template is wrong; no text of a customer can cause that.
    """
    data = _printable(document_data(page, utility=utility, pay_url=pay_url))
    data["colours"] = _colours()
    data["logo"] = _logo()
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    made = datetime.combine(page.bill_date, time(12), tzinfo=UTC)
    # One compiler keeps fonts and the parsed template; it serves one document at a time.
    with _LOCK:
        document = _compiler().compile(
            format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"], timestamp=made
        )
    assert isinstance(document, bytes)
    return document


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(_HERE / "fonts")]
    )
    return typst.Compiler(str(_HERE / "bill.typ"), root=str(_HERE), font_paths=fonts)


@cache
def _brand_section() -> dict[str, Any] | None:
    path: Path | None = getattr(settings, "BRAND_FILE", None)
    if path is None:
        return None
    section: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))["brand"]
    return section


@cache
def _colours() -> dict[str, str]:
    return palettes(_brand_section())["light"]


@cache
def _logo() -> str:
    path: Path | None = getattr(settings, "BRAND_FILE", None)
    section = _brand_section()
    if path is not None and section is not None and "logo" in section:
        return Path(path.parent, section["logo"]).read_text(encoding="utf-8")
    return _BUILT_IN_LOGO.read_text(encoding="utf-8").replace("#0b5d63", _colours()["brand"])


def _printable(value: Any) -> Any:
    """The same data with every letter that no font here draws replaced: by its plain form, or by `?`."""
    if isinstance(value, str):
        return _UNPRINTABLE.sub(_replacement, unicodedata.normalize("NFC", value))
    if isinstance(value, dict):
        return {key: _printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return value


def _replacement(found: re.Match[str]) -> str:
    letter = found[0]
    if unicodedata.category(letter) in ("Mn", "Cf"):  # an accent without its letter, an invisible mark
        return ""
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return plain if plain and plain.isprintable() else "?"
