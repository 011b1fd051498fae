"""A tariff version as plain sentences and tables: what a page shows, and what two versions are compared by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence. `key` says what it is about, so that two versions' sentences can be set side by side."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Prices (or times) that depend on something. The last cell of a row is the value, the others say of what."""

    key: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Statement | PriceTable


@dataclass(frozen=True, slots=True)
class Passage:
    """What belongs under one heading: a component, or what holds for the whole version."""

    code: str
    heading: str
    kind: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class VersionProse:
    """A version to be read aloud. `until` is the first day it no longer holds, None until further notice."""

    since: date
    until: date | None
    components: tuple[Passage, ...]
    terms: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two versions say differently; empty text where one of them does not say it."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PassageChange:
    """How one component differs: `added`, `removed` or `changed`, and in what."""

    code: str
    heading: str
    change: str
    differences: tuple[Difference, ...]
