"""Billing determinants: what is priced, where it came from, and the reads that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class DeterminantSource(StrEnum):
    """Where a quantity came from. Where a register and its intervals differ, the tariff names one."""

    REGISTER = "register"  #: difference of two register reads, times the multiplier
    INTERVAL = "interval"  #: sum of interval values
    ATTRIBUTE = "attribute"  #: a dated characteristic (carts, units, contract demand)
    PRIOR = "prior"  #: worked out from earlier periods (winter average, last year's peak)
    GIVEN = "given"  #: stated by the caller, as in a quote


@dataclass(frozen=True, slots=True)
class ReadEvidence:
    """One read behind a quantity. ``value`` is the dial value or the interval sum, in ``unit``.

    ``read_at`` is a date for a scalar read and an instant (UTC) for a timed one; ``kind`` is the
    read's kind or quality (actual, estimated, customer, initial, final, measured...).
    """

    read_at: date | datetime
    value: Decimal
    unit: str
    kind: str = "actual"
    meter_number: str = ""
    register: str = ""
    multiplier: Decimal = Decimal(1)
    reference: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form; decimals as text, ``read_at`` in ISO 8601."""
        return {
            "read_at": self.read_at.isoformat(),
            "value": str(self.value),
            "unit": self.unit,
            "kind": self.kind,
            "meter_number": self.meter_number,
            "register": self.register,
            "multiplier": str(self.multiplier),
            "reference": self.reference,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ReadEvidence:
        """The read that ``to_dict`` wrote."""
        text = data["read_at"]
        return cls(
            read_at=datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text),
            value=Decimal(data["value"]),
            unit=data["unit"],
            kind=data["kind"],
            meter_number=data["meter_number"],
            register=data["register"],
            multiplier=Decimal(data["multiplier"]),
            reference=data["reference"],
        )


@dataclass(frozen=True, slots=True)
class Determinant:
    """A named quantity to price, such as ``usage``; ``quantity`` is exact, in ``unit``."""

    name: str
    quantity: Decimal
    unit: str
    source: DeterminantSource = DeterminantSource.GIVEN
    evidence: tuple[ReadEvidence, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "name": self.name,
            "quantity": str(self.quantity),
            "unit": self.unit,
            "source": self.source.value,
            "evidence": [read.to_dict() for read in self.evidence],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Determinant:
        """The determinant that ``to_dict`` wrote."""
        return cls(
            name=data["name"],
            quantity=Decimal(data["quantity"]),
            unit=data["unit"],
            source=DeterminantSource(data["source"]),
            evidence=tuple(ReadEvidence.from_dict(read) for read in data["evidence"]),
        )


def usage_of(quantity: Decimal, unit: str) -> dict[str, Determinant]:
    """Determinants of a plain quantity named ``usage``, as a quote or a test gives it."""
    return {"usage": Determinant(name="usage", quantity=quantity, unit=unit)}
