"""Tariff files of other people's formats, mapped to the engine's tariff: what all of them share.

An importer is a pure function from a file's text to a ``TariffImport``; reading files and storing
tariffs is somebody else's work. What a file asks for and the engine cannot price is refused by
the name of the field; what stands on its own beside it is imported all the same.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from meterside.engine.tariff import Tariff


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something in a file that was not imported: ``path`` names the field, ``reason`` says why.

    ``kind`` and ``facts`` are those of the engine's ``TariffProblem``, where it is one; ``line`` is the file's.
    """

    path: str
    reason: str
    kind: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    line: int | None = None

    def __str__(self) -> str:
        where = "" if self.line is None else f" (line {self.line})"
        return f"{self.path}: {self.reason}{where}"

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {"path": self.path, "reason": self.reason, "line": self.line}


@dataclass(frozen=True, slots=True)
class TariffImport:
    """What became of one file. A file with nothing in ``tariffs`` was refused as a whole."""

    source: str
    format: str
    tariffs: tuple[Tariff, ...]
    refused: tuple[Refusal, ...] = ()


def slug(text: str) -> str:
    """A short name for codes: lower-case words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
