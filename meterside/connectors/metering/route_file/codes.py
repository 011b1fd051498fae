"""Trouble codes of readers: what becomes of the read, and what is told."""

from __future__ import annotations

from typing import NamedTuple

from meterside.contracts.metering import EventKind, ReadKind


class Trouble(NamedTuple):
    """`kind` of the read; an event where something is told; a confirmed read may be out of its range."""

    kind: ReadKind = ReadKind.ACTUAL
    event: EventKind | None = None
    words: str = ""
    is_confirmed: bool = False


TROUBLES = {
    "": Trouble(),
    "CF": Trouble(is_confirmed=True),
    "CU": Trouble(ReadKind.CUSTOMER),
    "ES": Trouble(ReadKind.ESTIMATED),
    "SK": Trouble(event=EventKind.TROUBLE, words="skipped"),
    "NA": Trouble(event=EventKind.TROUBLE, words="no access"),
    "DG": Trouble(event=EventKind.TROUBLE, words="a dog"),
    "BR": Trouble(event=EventKind.TROUBLE, words="the meter is broken"),
    "NM": Trouble(event=EventKind.TROUBLE, words="no such meter there"),
    "LK": Trouble(event=EventKind.LEAK, words="water runs"),
    "TM": Trouble(event=EventKind.TAMPER, words="the meter was tampered with"),
    "BT": Trouble(event=EventKind.LOW_BATTERY, words="battery low"),
}
