"""One MEPMD01 row: its header fields and triplets, judged by themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from meterside.contracts.metering import Reason

RECORD = "MEPMD01"
_FIXED = 14
_STAMP = "%Y%m%d%H%M"
_INTERVAL = re.compile(r"00(\d\d)(\d\d)(\d\d)")


class BadRow(Exception):
    """The row as a whole is refused."""

    def __init__(self, reason: Reason, words: str, field: str = "") -> None:
        super().__init__(words)
        self.reason, self.words, self.field = reason, words, field


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of a row; `triplets` are (stamp, quality code, value) as written."""

    sender: str
    receiver: str
    made_at: datetime | None
    meter_id: str
    purpose: str
    commodity: str
    units: str
    interval_s: int
    triplets: tuple[tuple[str, str, str], ...]


def row_of(line: str) -> Row:
    """The row of a line. Raises BadRow."""
    fields = [part.strip() for part in line.split(",")]
    if fields[0] != RECORD:
        raise BadRow(Reason.NOT_UNDERSTOOD, f"Not a row of meter data: it begins with no {RECORD}.", "record")
    if len(fields) < _FIXED:
        raise BadRow(Reason.COUNT_DIFFERS, f"The row has {len(fields)} fields; its head alone has {_FIXED}.")
    count, rest = fields[13], fields[_FIXED:]
    if not (count.isascii() and count.isdigit() and len(count) < 6):
        raise BadRow(Reason.COUNT_DIFFERS, "The row does not say how many reads it has.", "count")
    if len(rest) != 3 * int(count):
        words = f"The row says that it has {int(count)} reads, and has {len(rest) / 3:g}."
        raise BadRow(Reason.COUNT_DIFFERS, words, "count")
    if not fields[7]:
        raise BadRow(Reason.UNKNOWN_CHANNEL, "The row names no meter.", "meter")
    _check_constant(fields[11])
    return Row(
        sender=fields[2],
        receiver=fields[3],
        made_at=stamp_of(fields[6]),
        meter_id=fields[7],
        purpose=fields[8],
        commodity=fields[9],
        units=fields[10],
        interval_s=_interval_of(fields[12]),
        triplets=tuple(zip(rest[0::3], rest[1::3], rest[2::3], strict=True)),
    )


def stamp_of(text: str) -> datetime | None:
    """A stamp of twelve digits, local; None where it is none."""
    if len(text) != 12 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return datetime.strptime(text, _STAMP)  # noqa: DTZ007  (the zone is the source's)
    except ValueError:
        return None


def _interval_of(text: str) -> int:
    """`MMDDhhmm`: the length of an interval; months have no length."""
    match = _INTERVAL.fullmatch(text)
    days, hours, minutes = (int(part) for part in match.groups()) if match else (0, 0, 0)
    seconds = (days * 24 + hours) * 3600 + minutes * 60
    if not 0 < seconds <= 86_400:
        raise BadRow(
            Reason.UNSUPPORTED_INTERVAL, f"The interval {text[:12]!r} is not up to a day.", "interval"
        )
    return seconds


def _check_constant(text: str) -> None:
    try:
        is_one = not text or (len(text) < 20 and Decimal(text) == 1)
    except InvalidOperation:
        is_one = False
    if not is_one:
        words = f"The row has a calculation constant of {text[:20]!r}: its values are not use yet."
        raise BadRow(Reason.UNSUPPORTED_MULTIPLIER, words, "constant")
