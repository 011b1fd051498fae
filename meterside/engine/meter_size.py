"""One spelling for a meter's size, however a rate book or a person writes it."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

_EIGHTHS = {
    "125": "1/8", "25": "1/4", "375": "3/8", "5": "1/2", "625": "5/8", "75": "3/4", "875": "7/8",
}  # fmt: skip
_INCHES = re.compile(r"""\s*(?:inches|inch|in\.?|["”″])\s*$""", re.IGNORECASE)
_DECIMAL = re.compile(r"(\d*)\.(\d+)")
_SIZE = re.compile(r"(?:(\d+)(?:[\s|-]+|$))?(?:(\d+)/(\d+))?")


@lru_cache(maxsize=4096)
def canonical_meter_size(text: str) -> str:
    """A size such as ``3/4"`` or ``1 1/2"``; text that is no size comes back trimmed.

    ``1|1/2"``, ``1-1/2 inch``, ``1.5`` and ``1 1/2"`` are one size.
    """
    body = _INCHES.sub("", text.strip())
    decimal = _DECIMAL.fullmatch(body)
    if decimal:
        whole, part = decimal.group(1).lstrip("0"), decimal.group(2).rstrip("0")
        fraction = _EIGHTHS.get(part, "" if not part else None)
        if fraction is None:
            return text.strip()
        return " ".join(piece for piece in (whole, fraction) if piece) + '"'
    match = _SIZE.fullmatch(body)
    if match is None or not body:
        return text.strip()
    whole, top, bottom = match.groups()
    pieces = [whole] if whole else []
    if top:
        pieces.append(f"{int(top)}/{int(bottom)}")
    return " ".join(pieces) + '"'


def canonical_attribute(name: str, value: str | int | Decimal) -> str:
    """The key under which a tariff's tables hold an attribute's value."""
    text = value if isinstance(value, str) else _plain(value)
    if name == "meter_size":
        return canonical_meter_size(text)
    return text.strip()


def _plain(value: int | Decimal) -> str:
    if isinstance(value, int):
        return str(value)
    return format(value.normalize(), "f")
