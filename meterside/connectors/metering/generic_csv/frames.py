"""Slabs of a CSV as columns: texts for names and stamps, numbers for values, and which rows are in trouble.

polars does the splitting. A row it cannot take as it stands (another number of columns, no number) comes out
marked; what is wrong with it is found by reading its line again.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meterside.connectors.metering.shared.text import Slab, excerpt
from meterside.contracts.metering import FileFacts, Reason, UnableToReadFile

from .mapping import MAX_COLUMN, CsvMapping

_QUOTE = '"'


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a file has its columns: places from 0, and how many there are."""

    width: int
    channel: int
    stamp: int
    value: int
    quality: int | None
    unit: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The rows of one slab. `odd` are rows to look at again one by one; blank lines are neither."""

    slab: Slab
    line: NDArray[np.int32]
    channel: pl.Series
    stamp: pl.Series
    value: NDArray[np.float64]
    quality: pl.Series | None
    unit: pl.Series | None
    odd: NDArray[np.bool_]
    _lines: list[bytes] = field(default_factory=list)

    def raw_lines(self) -> list[bytes]:
        """The slab's lines, split when the first one is asked for."""
        if not self._lines:
            self._lines.extend(self.slab.data.split(b"\n"))
        return self._lines


def split_line(line: str, mapping: CsvMapping) -> list[str]:
    """The fields of one line, without blanks around them; none where its quotes do not close."""
    try:
        rows = list(csv.reader([line], delimiter=mapping.delimiter, strict=True))
    except csv.Error:
        return []
    return [field.strip() for field in rows[0]] if len(rows) == 1 else []


def layout_of(first: Slab, mapping: CsvMapping, file: FileFacts) -> tuple[Layout, Slab]:
    """Where the columns are, and the slab behind the header. Raises UnableToReadFile."""
    lines = first.data.split(b"\n", mapping.header_lines + 1)
    head = [line.decode("utf-8").removesuffix("\r") for line in lines[:-1]]
    if len(head) <= mapping.header_lines:
        words = "The file has no row behind its header."
        raise UnableToReadFile(line=0, reason=Reason.NO_READS, words=words, file=file)
    names = split_line(head[mapping.header_lines - 1], mapping) if mapping.header_lines else []
    width = len(names) or len(split_line(head[mapping.header_lines], mapping))
    if not 3 <= width <= MAX_COLUMN:
        words = f"A table of reads has from 3 to {MAX_COLUMN} columns; this file has {width} by that mapping."
        raise UnableToReadFile(line=1, reason=Reason.NOT_THIS_FORMAT, words=words, file=file)

    def place(column: str) -> int:
        if names.count(column) > 1:
            words = f"The file has the column {column} {names.count(column)} times: which one is meant cannot be told."
            raise UnableToReadFile(
                line=mapping.header_lines, reason=Reason.MISSING_COLUMN, words=words, file=file
            )
        if column in names:
            return names.index(column)
        if column.isascii() and column.isdigit() and 1 <= int(column[:4]) <= width:
            return int(column[:4]) - 1
        shown = excerpt(", ".join(names) or f"{width} columns without names")
        words = f"The file has no column {column}: it has {shown}. Is it from another source?"
        raise UnableToReadFile(
            line=max(1, mapping.header_lines), reason=Reason.MISSING_COLUMN, words=words, file=file
        )

    layout = Layout(
        width=width,
        channel=place(mapping.channel),
        stamp=place(mapping.stamp),
        value=place(mapping.value),
        quality=place(mapping.quality) if mapping.quality else None,
        unit=place(mapping.unit_column) if mapping.unit_column else None,
    )
    n_head = mapping.header_lines
    skipped = sum(len(line) + 1 for line in lines[:n_head])
    return layout, Slab(first.first_line + n_head, first.n_lines - n_head, first.data[skipped:])


def frame_of(slab: Slab, layout: Layout, mapping: CsvMapping, file: FileFacts) -> Frame:
    """The columns of a slab. Raises UnableToReadFile where its quotes or line ends cannot be made out."""
    is_quoted = b'"' in slab.data
    # One column more than there should be: a row that fills it is too wide.
    header = mapping.delimiter.join(f"c{k}" for k in range(layout.width + 1)).encode()
    wanted = [layout.channel, layout.stamp, layout.value, layout.quality, layout.unit, layout.width]
    places = sorted({place for place in wanted if place is not None} | {layout.width - 1})
    if is_quoted:
        _check_quotes(slab, file)
    table = pl.read_csv(
        header + b"\n" + slab.data,
        columns=[f"c{place}" for place in places],
        schema_overrides={
            f"c{k}": pl.Float64 if k == layout.value else pl.String for k in range(layout.width + 1)
        },
        separator=mapping.delimiter,
        quote_char=_QUOTE if is_quoted else None,
        decimal_comma=mapping.is_decimal_comma,
        ignore_errors=True,
        truncate_ragged_lines=True,
        infer_schema=False,
        raise_if_empty=False,
    )
    if table.height != slab.n_lines:
        words = "The file cannot be split into rows: its line ends are mixed."
        raise UnableToReadFile(line=slab.first_line, reason=Reason.NOT_WELL_FORMED, words=words, file=file)
    return _frame(slab, table, layout)


def _check_quotes(slab: Slab, file: FileFacts) -> None:
    """Quotes must close on their line: a field with a line end in it belongs to no table of reads."""
    octets = np.frombuffer(slab.data, dtype=np.uint8)
    ends = np.flatnonzero(octets == ord("\n"))
    quotes = np.flatnonzero(octets == ord(_QUOTE))
    is_open = np.searchsorted(quotes, ends) % 2 == 1
    if is_open.any():
        line = slab.first_line + int(np.argmax(is_open))
        words = "A quotation mark is not closed on its line."
        raise UnableToReadFile(line=line, reason=Reason.NOT_WELL_FORMED, words=words, file=file)


def _frame(slab: Slab, table: pl.DataFrame, layout: Layout) -> Frame:
    line = np.arange(slab.first_line, slab.first_line + table.height, dtype=np.int32)
    texts = [table[f"c{place}"] for place in (layout.channel, layout.stamp)]
    value = table[f"c{layout.value}"]
    extra = table[f"c{layout.width}"]
    odd = (value.is_null() | extra.is_not_null()).to_numpy()
    for text in texts:
        if text.null_count():
            odd = odd | text.is_null().to_numpy()
    numbers = value.fill_null(0.0).to_numpy()
    return Frame(
        slab=slab,
        line=line,
        channel=texts[0],
        stamp=texts[1],
        value=numbers,
        quality=None if layout.quality is None else table[f"c{layout.quality}"],
        unit=None if layout.unit is None else table[f"c{layout.unit}"],
        odd=odd,
    )
