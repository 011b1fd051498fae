"""Route files: written for a reader to take along, read when they come back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import BinaryIO

from meterside.connectors.metering.shared.rows import Gathered, NotWhole, RegisterKey, whole_value
from meterside.connectors.metering.shared.source import UTC_OPTIONS, SourceBase
from meterside.connectors.metering.shared.stamps import NoInstant, instant_of
from meterside.connectors.metering.shared.text import measured, plain_head, slabs
from meterside.contracts.metering import (
    Commodity,
    DialRead,
    EventKind,
    Feed,
    FileFacts,
    FlowDirection,
    MeterEvent,
    ReadUnit,
    Reason,
    RouteStop,
    SourceOptions,
    UnableToReadFile,
    UnusableOptions,
)

from .codes import TROUBLES, Trouble
from .layout import END, LINE_CHARS, MARK, NAMES, fields_of, fixed_line

MAX_BYTES = 64 * 1024 * 1024
_HEADER = ",".join(NAMES)
_COMMODITIES = {commodity.value: commodity for commodity in Commodity}

_MOST_DIGITS = 12
"""No dial has more."""


class RouteFile(SourceBase):
    """Reads and writes route files. The option `shape` says how they are written: csv or fixed.

    With `accept_out_of_range` reads stand that are out of what was expected: somebody looked at them.
    """

    format_name = "route_file"
    OPTIONS = frozenset({"shape", "accept_out_of_range"})

    def __init__(self, options: SourceOptions = UTC_OPTIONS) -> None:
        super().__init__(options)
        self._shape = str(options.details.get("shape", "csv"))
        self._accepts = bool(options.details.get("accept_out_of_range", False))
        if self._shape not in ("csv", "fixed"):
            raise UnusableOptions("shape", "csv or fixed")

    def recognises(self, head: bytes) -> bool:
        """Whether the file begins as one of the two shapes does."""
        return plain_head(head).startswith((_HEADER.encode(), MARK.encode()))

    def write(self, *, route: str, day: date, stops: Sequence[RouteStop]) -> bytes:
        """The file of one route on one day, a row a dial. Raises ValueError for a number too large."""
        rows = [
            {
                "route": _plain(route),
                "day": day.isoformat(),
                "sequence": str(stop.sequence),
                "meter": stop.meter_id,
                "register": dial.register,
                "commodity": stop.commodity,
                "unit": dial.unit,
                "units_per_count": str(dial.units_per_count),
                "dials": str(dial.dials),
                "last": _count(dial.last_count),
                "low": _count(dial.low_count),
                "high": _count(dial.high_count),
                "address": _plain(stop.address),
                "note": _plain(stop.note),
            }
            for stop in stops
            for dial in stop.dials
        ]
        return _fixed(rows) if self._shape == "fixed" else _csv(rows)

    def parse(self, stream: BinaryIO, *, name: str, now: datetime) -> Feed:
        """The feed of a file that came back. Raises UnableToReadFile."""
        file = measured(stream, name=name, max_bytes=MAX_BYTES)
        found, said, n_rows = Gathered(file, now), None, 0
        for number, fields, line in _rows(stream, file):
            if said is not None:
                words = "There are rows behind the end row."
                raise UnableToReadFile(line=number, reason=Reason.NOT_WELL_FORMED, words=words, file=file)
            if fields["route"] == END:
                said = fields["day"]
                continue
            n_rows += 1
            self._take(number, fields, line, found)
        if said is None:
            words = "The file has no end row: it was cut off. Ask for it again."
            raise UnableToReadFile(line=n_rows + 1, reason=Reason.CUT_OFF, words=words, file=file)
        if said != str(n_rows):
            words = f"The end row says {said[:10]!r} rows, there are {n_rows:,}: some were lost."
            raise UnableToReadFile(line=n_rows + 2, reason=Reason.CUT_OFF, words=words, file=file)
        return found.feed()

    def _take(self, number: int, fields: dict[str, str], line: str, found: Gathered) -> None:
        meter, code = fields["meter"], fields["trouble"].upper()
        trouble = TROUBLES.get(code, Trouble(event=EventKind.UNKNOWN, words="unknown trouble code"))
        if not meter:
            found.rows += 1
            found.refuse(number, Reason.UNKNOWN_CHANNEL, "The row names no meter.", line, field="meter")
            return
        at_s = self._read_time(fields)
        if trouble.event is not None and isinstance(at_s, int):
            found.events.append(MeterEvent(meter, at_s, trouble.event, code[:10], trouble.words, number))
        if not fields["read"]:
            found.no_reads += 1
            return
        problem = (
            at_s
            if not isinstance(at_s, int)
            else _problem(fields, is_confirmed=trouble.is_confirmed or self._accepts)
        )
        if problem is not None:
            found.rows += 1
            reason, words, field = problem
            found.refuse(number, reason, words, line, meter_id=meter, field=field)
            return
        assert isinstance(at_s, int)
        key = RegisterKey(
            meter,
            fields["register"],
            _COMMODITIES[fields["commodity"]],
            ReadUnit(fields["unit"]),
            FlowDirection.DELIVERED,
        )
        value = int(fields["read"]) * int(fields["units_per_count"])
        found.dial(key, DialRead(at_s, value, trouble.kind, number), line)

    def _read_time(self, fields: dict[str, str]) -> int | tuple[Reason, str, str]:
        """The instant of the read; of the hour that comes twice the first: a dial says no less an hour later."""
        try:
            moment = datetime.strptime(fields["read_time"], "%Y-%m-%d %H:%M")  # noqa: DTZ007
            return instant_of(moment, zone=self._options.zone).at_s
        except ValueError:
            return Reason.NO_TIME, "The time of the read is not written as 2024-08-01 09:30.", "read_time"
        except OverflowError:
            return Reason.STAMP_TOO_OLD, "The time of the read is outside of any calendar.", "read_time"
        except NoInstant as error:
            return error.reason, error.words, "read_time"


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def _problem(fields: dict[str, str], *, is_confirmed: bool) -> tuple[Reason, str, str] | None:
    """Why a read cannot be taken, or None."""
    if fields["commodity"] not in _COMMODITIES:
        return Reason.UNSUPPORTED_COMMODITY, "The service is not known.", "commodity"
    for name in ("read", "units_per_count", "dials"):
        try:
            if whole_value(fields[name], decimals=0) < 0 or not _is_count(fields[name]):
                raise NotWhole(Reason.NOT_A_WHOLE_NUMBER, "The value is no whole number.")
        except NotWhole as error:
            return error.reason, error.words, name
    read, dials = int(fields["read"]), int(fields["dials"])
    if not 1 <= dials <= 12 or read >= 10**dials or not 1 <= int(fields["units_per_count"]) <= 10**6:
        return Reason.OUT_OF_RANGE, f"A dial of {fields['dials']} digits cannot show {read}.", "read"
    low, high = fields["low"], fields["high"]
    if is_confirmed or not (_is_count(low) and _is_count(high)):
        return None
    turns = int(low) > int(high)
    is_inside = (read >= int(low)) or (read <= int(high)) if turns else int(low) <= read <= int(high)
    if is_inside:
        return None
    words = (
        f"The read is outside of what is expected ({low} to {high}), and the reader did not confirm it (CF)."
    )
    return Reason.OUT_OF_RANGE, words, "read"


def _rows(stream: BinaryIO, file: FileFacts) -> Iterator[tuple[int, dict[str, str], str]]:
    """Line number, fields and line of every row, in either shape."""
    is_fixed: bool | None = None
    for slab in slabs(stream, file):
        for number, line in slab.lines():
            if is_fixed is None:
                is_fixed = line.startswith(MARK)
                if not is_fixed and line.strip() != _HEADER:
                    words = "The file is no route file: its first row is another."
                    raise UnableToReadFile(line=number, reason=Reason.NOT_THIS_FORMAT, words=words, file=file)
            elif line.strip():
                yield number, _fields(number, line, file, is_fixed=is_fixed), line


def _fields(number: int, line: str, file: FileFacts, *, is_fixed: bool) -> dict[str, str]:
    if is_fixed:
        if len(line) > LINE_CHARS:
            words = f"The row has {len(line)} characters, a route file's {LINE_CHARS}."
            raise UnableToReadFile(line=number, reason=Reason.NOT_WELL_FORMED, words=words, file=file)
        return fields_of(line)
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error:
        rows = []
    if len(rows) != 1 or len(rows[0]) != len(NAMES):
        words = f"The row has not the {len(NAMES)} columns of a route file."
        raise UnableToReadFile(line=number, reason=Reason.NOT_WELL_FORMED, words=words, file=file)
    return dict(zip(NAMES, (field.strip() for field in rows[0]), strict=True))


def _csv(rows: Sequence[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, NAMES, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    writer.writerow({"route": END, "day": str(len(rows))})
    return text.getvalue().encode()


def _fixed(rows: Sequence[dict[str, str]]) -> bytes:
    end = fixed_line({"route": END, "day": str(len(rows))})
    return "\n".join([MARK, *map(fixed_line, rows), end, ""]).encode()


def _plain(text: str) -> str:
    """Text on one line; a spreadsheet takes none of it for a formula."""
    line = "".join(char if char.isprintable() else " " for char in text)
    return line.lstrip("=+-@")


def _count(value: int | None) -> str:
    return "" if value is None else str(value)
