"""Reading OWRS text: YAML whose every scalar stays the text that was written.

YAML's own guesses (``1_000``, ``12:30``, ``010``, ``No``, binary floats) would change rates and
keys, and a key written twice would win silently; both are ruled out here.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_US_DATE = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")


class OwrsTextError(ValueError):
    """The file is no YAML, or says one thing twice; ``place`` is a line and column, or a key."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


class _TextLoader(yaml.BaseLoader):
    """Every scalar is text; a key given twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise OwrsTextError(_place(key_node.start_mark), f"{key_node.value!r} is given twice")
            if isinstance(key_node.value, str):
                seen.add(key_node.value)
        return super().construct_mapping(node, deep=deep)


def _place(mark: yaml.Mark | None) -> str:
    return "file" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"


def parse_text(text: str) -> dict[str, Any]:
    """The file as nested dicts, lists and texts. Raises ``OwrsTextError``."""
    try:
        data = yaml.load(text, Loader=_TextLoader)  # noqa: S506 - a base loader builds only texts
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise OwrsTextError(_place(mark), f"is not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise OwrsTextError("file", f"is not valid YAML: {error}") from error
    except RecursionError as error:
        raise OwrsTextError("file", "is nested too deeply") from error
    if not isinstance(data, dict):
        raise OwrsTextError("file", "is no OWRS document: it needs metadata and rate_structure")
    return data


def number_in(value: Any) -> Decimal | None:
    """The exact number a scalar says, or None if it is no plain number."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    return None


def day_in(value: Any) -> date | None:
    """The day a scalar says, as ``2018-01-31`` or month first as ``1/31/2018`` and ``01-31-2018``."""
    text = value.strip() if isinstance(value, str) else ""
    match = _US_DATE.fullmatch(text)
    try:
        if match:
            month, day, year = (int(part) for part in match.groups())
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        return None
