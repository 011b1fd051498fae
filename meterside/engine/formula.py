"""How a line's amount came about: a kind and its numbers, and the same in English.

Pages translate from the structured form; the English text serves command lines, logs and tests.
Each kind of component says its own lines (``components/<kind>.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meterside.engine.components.registry import kind_of_line
from meterside.engine.wording import Formula, money_text, plain

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine

__all__ = ["Formula", "english", "formula_of", "money_text", "plain"]


def formula_of(line: RatedLine) -> Formula:
    """The structured form of a line's sum."""
    return kind_of_line(line.kind).formula(line)


def english(line: RatedLine) -> str:
    """The formula in English, such as ``12 ccf x $3.899 = $46.788``."""
    return kind_of_line(line.kind).said(line)
