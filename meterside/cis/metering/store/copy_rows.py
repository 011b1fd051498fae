"""Rows in the binary form that PostgreSQL's COPY takes, made from arrays at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

HEAD: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TAIL: Final = b"\xff\xff"
#: PostgreSQL counts microseconds and days from 2000-01-01.
_EPOCH_S: Final = 946_684_800
_EPOCH_DAY: Final = (date(2000, 1, 1) - date(1970, 1, 1)).days

#: A field: how it is laid out (NumPy's name of the type, big end first), and its values, one for all, or None (NULL).
Field = tuple[str, Any]


def binary_rows(count: int, fields: Sequence[Field]) -> bytes:
    """`count` rows of these fields, each field its length in bytes and its value."""
    layout: list[tuple[str, str]] = [("n_fields", ">i2")]
    for place, (form, values) in enumerate(fields):
        layout.append((f"length_{place}", ">i4"))
        if values is not None:
            layout.append((f"value_{place}", form))
    rows = np.empty(count, dtype=layout)
    rows["n_fields"] = len(fields)
    for place, (_, values) in enumerate(fields):
        if values is None:
            rows[f"length_{place}"] = -1
        else:
            rows[f"length_{place}"] = rows.dtype[f"value_{place}"].itemsize
            rows[f"value_{place}"] = values
    return rows.tobytes()


def instants(seconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Seconds since 1970 as PostgreSQL's timestamps."""
    return (seconds - _EPOCH_S) * 1_000_000


def instant(moment: datetime) -> int:
    """A moment as PostgreSQL's timestamp."""
    passed = moment - datetime(2000, 1, 1, tzinfo=moment.tzinfo)
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def dates(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Days since 1970-01-01 as PostgreSQL's dates."""
    return days - _EPOCH_DAY


def opaque(values: NDArray[Any]) -> NDArray[np.void]:
    """Each row of a two-dimensional array as the bytes it is made of."""
    whole = np.ascontiguousarray(values)
    found: NDArray[np.void] = whole.view(f"V{whole.shape[1] * whole.itemsize}").reshape(-1)
    return found
