"""Use as a table: CSV that no spreadsheet runs anything from, and a spreadsheet file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.utils.translation import gettext as _

from meterside.contracts.usage import UseQuality

from .gather import UseToExport

Cell = str | Decimal | datetime | None
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_TIME_WIDTH, _WIDTH = 20, 14


def quality_words(quality: UseQuality) -> str:
    """How a value is known, in a word."""
    return {
        UseQuality.MEASURED: _("measured"),
        UseQuality.ESTIMATED: _("estimated"),
        UseQuality.PARTIAL: _("partly missing"),
        UseQuality.MISSING: _("missing"),
        UseQuality.AWAITED: _("not here yet"),
    }[quality]


def guarded(text: str) -> str:
    """A text that a spreadsheet takes for a formula is led by an apostrophe, so that it stays a text."""
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text


def interval_head(use: UseToExport) -> list[str]:
    """The head of the table of intervals."""
    head = [_("From"), _("Until"), _("Use (%(unit)s)") % {"unit": use.service.unit}]
    if use.service.gives_back:
        head.append(_("Given back (%(unit)s)") % {"unit": use.service.unit})
    return [*head, _("How we know")]


def interval_rows(use: UseToExport) -> Iterator[list[Cell]]:
    """An interval a row; times are local, with their distance from UTC."""
    zone = ZoneInfo(use.service.zone)
    for item in use.intervals:
        row: list[Cell] = [
            item.starts_at.astimezone(zone),
            (item.starts_at + timedelta(seconds=item.seconds)).astimezone(zone),
            item.quantity,
        ]
        if use.service.gives_back:
            row.append(item.received)
        yield [*row, quality_words(item.quality)]


def period_head() -> list[str]:
    """The head of the table of bill periods."""
    return [_("First day"), _("Last day"), _("Use"), _("Unit"), _("Cost"), _("How we know")]


def period_rows(use: UseToExport) -> Iterator[list[Cell]]:
    """A bill period a row; the cost is as the bill says it."""
    for period in use.periods:
        yield [
            period.start.isoformat(),
            (period.end - timedelta(days=1)).isoformat(),
            period.quantity,
            period.unit,
            None if period.cost_cents is None else Decimal(period.cost_cents).scaleb(-2),
            quality_words(period.quality),
        ]


def write_csv(use: UseToExport) -> bytes:
    """The intervals, or where the meter keeps none the bill periods; UTF-8 with a mark, for spreadsheets need it."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    head, rows = (
        (interval_head(use), interval_rows(use))
        if use.service.has_days
        else (period_head(), period_rows(use))
    )
    table.writerow([guarded(name) for name in head])
    for row in rows:
        table.writerow([_text(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}" if cell else "0"
    return guarded(cell)


def write_xlsx(use: UseToExport) -> bytes:
    """A sheet of intervals where there are any, and one of bill periods. Times are local; texts stay texts."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    bold = book.add_format({"bold": True})
    time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    if use.service.has_days:
        _sheet(book, _("Intervals"), interval_head(use), interval_rows(use), bold, time)
    _sheet(book, _("Bill periods"), period_head(), period_rows(use), bold, time)
    book.close()
    return buffer.getvalue()


def _sheet(
    book: xlsxwriter.Workbook,
    name: str,
    head: Sequence[str],
    rows: Iterator[list[Cell]],
    bold: Any,
    time: Any,
) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 1, _TIME_WIDTH)
    sheet.set_column(2, len(head), _WIDTH)
    for column, text in enumerate(head):
        sheet.write_string(0, column, text, bold)
    for line, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(line, column, cell.replace(tzinfo=None), time)
            elif isinstance(cell, Decimal):
                sheet.write_number(line, column, Fraction(cell))
            elif cell is not None:
                sheet.write_string(line, column, cell)
