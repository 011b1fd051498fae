"""What a parsed address is, and the parts of it that a database keeps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from meterside.kit.addresses.vocabulary import DIRECTIONALS, SUFFIXES


class AddressKind(StrEnum):
    """STREET is a place; the others are where mail goes, and a rural route is both."""

    STREET = "street"
    PO_BOX = "po_box"
    RURAL_ROUTE = "rural_route"


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """A street in USPS form: capitals, no accents; a part that was not given is empty."""

    predirectional: str = ""
    name: str
    suffix: str = ""
    postdirectional: str = ""

    @property
    def key(self) -> str:
        """All parts: 'S VAN NESS AVE'."""
        return " ".join(filter(None, (self.predirectional, self.name, self.suffix, self.postdirectional)))

    @classmethod
    def from_keys(cls, *, street_key: str, street_core: str) -> Street:
        """The parts of a stored ``street_key``, whose name is ``street_core``.

        Keys that do not belong together give a street whose name is the whole key: it is like itself only.
        """
        words, core = street_key.split(), street_core.split()
        for start in (1, 0):
            if not core or words[start : start + len(core)] != core:
                continue
            before, after = words[:start], words[start + len(core) :]
            postdirectional = after.pop() if after and after[-1] in _DIRECTIONS else ""
            if (
                len(after) <= 1
                and all(w in _DIRECTIONS for w in before)
                and all(w in _CANONICAL for w in after)
            ):
                return cls(
                    predirectional="".join(before),
                    name=street_core,
                    suffix="".join(after),
                    postdirectional=postdirectional,
                )
        return cls(name=street_key)


_DIRECTIONS = frozenset(DIRECTIONALS.values())
_CANONICAL = frozenset(SUFFIXES.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalisedAddress:
    """The columns of a premise that addresses are looked up by. See docs/algorithms/address-matching.md."""

    house_number: str
    unit: str
    street_key: str
    street_core: str
    zip5: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedAddress:
    """An address in USPS form. A part that was not given is empty; nothing is guessed.

    For a PO box or a rural route's box, ``house_number`` is the box and the street's name 'PO BOX' or 'RR 2'.
    """

    kind: AddressKind = AddressKind.STREET
    house_number: str = ""
    predirectional: str = ""
    street_name: str
    suffix: str = ""
    postdirectional: str = ""
    unit_type: str = ""
    unit: str = ""
    zip5: str = ""

    @property
    def street(self) -> Street:
        return Street(
            predirectional=self.predirectional,
            name=self.street_name,
            suffix=self.suffix,
            postdirectional=self.postdirectional,
        )

    @property
    def keys(self) -> NormalisedAddress:
        """What to store, and what to look up by."""
        return NormalisedAddress(
            house_number=self.house_number,
            unit=self.unit,
            street_key=self.street.key,
            street_core=self.street_name,
            zip5=self.zip5,
        )

    @property
    def line(self) -> str:
        """The delivery line, without town and ZIP. Parsing it gives the same address again."""
        if self.kind is not AddressKind.STREET:
            box = f"BOX {self.house_number}" if self.house_number else ""
            street = "PO" if self.kind is AddressKind.PO_BOX else self.street_name
            return " ".join(filter(None, (street, box)))
        unit = f"{self.unit_type or '#'} {self.unit}" if self.unit else ""
        return " ".join(filter(None, (self.house_number, self.street.key, unit)))
