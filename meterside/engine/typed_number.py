"""Numbers as people type them: `85`, `1,234.56`, ` .5 `. Nothing is guessed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_PLAIN: Final = re.compile(r"(\d+)(?:\.(\d*))?|\.(\d+)", re.ASCII)
_GROUPED: Final = re.compile(r"(\d{1,3}(?:,\d{3})+)(?:\.(\d*))?", re.ASCII)


class NotATypedNumber(ValueError):
    """The text is no plain number. `has_comma` says whether a comma stands where it groups no thousands."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.has_comma = "," in text


def typed_parts(text: str) -> tuple[str, str] | None:
    """The digits before and behind the point; None for what is no number, as `1,5` and `1e3` are none.

    A comma counts where it groups thousands and nowhere else: elsewhere it might be a decimal point.
    """
    match = _GROUPED.fullmatch(text) or _PLAIN.fullmatch(text)
    if match is None:
        return None
    whole, *decimals = match.groups()
    return (whole or "0").replace(",", ""), "".join(group or "" for group in decimals)


def typed_number(text: str) -> Decimal:
    """The number that was typed, never below zero. Raises NotATypedNumber."""
    parts = typed_parts(text.strip())
    if parts is None:
        raise NotATypedNumber(text)
    whole, decimals = parts
    return Decimal(f"{whole}.{decimals or 0}")
