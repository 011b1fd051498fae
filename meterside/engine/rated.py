"""What rating gives back: lines that explain themselves and sum to the total."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from meterside.engine.formula import Formula, english, formula_of
from meterside.engine.period import Period
from meterside.engine.series import SeriesValue
from meterside.engine.state import NO_STATE, RatingState

__all__ = ["RatedLine", "RatedSegment", "RatingState", "Reconciled"]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A determinant that came both as a quantity and as intervals: what is billed, and what they sum to."""

    determinant: str
    billed: Decimal
    intervals: Decimal
    unit: str

    @property
    def difference(self) -> Decimal:
        """The reconciling quantity: what is billed beyond (negative: short of) the intervals."""
        return self.billed - self.intervals

    def to_dict(self) -> dict[str, str]:
        """JSON-safe form."""
        return {
            "determinant": self.determinant,
            "billed": str(self.billed),
            "intervals": str(self.intervals),
            "unit": self.unit,
        }

    @classmethod
    def from_dict(cls, data: dict[str, str]) -> Reconciled:
        """What ``to_dict`` wrote."""
        return cls(data["determinant"], Decimal(data["billed"]), Decimal(data["intervals"]), data["unit"])


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedLine:
    """One line of a bill.

    ``kind``: fixed, credit, usage, tiered, percent, minimum... ``quantity`` (in ``unit``) times
    ``price`` (currency units per ``price_unit``) is ``unrounded``, except for ``minimum``, which is
    ``price`` x ``quantity`` less ``base``, and ``percent`` where a bound was met (``facts`` say which).
    ``base`` is what a percentage or minimum was taken of.
    ``tier_to`` is None for the last tier. ``span`` is the days this line covers; ``days_basis``
    is the denominator the proration used (30, 365, the cycle's days), 0 where days play no part.
    ``series`` are the values of dated series behind price and quantity; ``facts`` are further numbers
    a kind says by name. ``is_tax`` marks what is collected for others and is no income.
    """

    component: str
    kind: str
    label: str
    label_es: str
    quantity: Decimal
    unit: str
    price: Decimal
    price_unit: str
    version_from: date
    span: Period
    unrounded: Decimal
    amount_cents: int
    determinant: str = ""
    season: str = ""
    tier: int = 0
    tier_from: Decimal | None = None
    tier_to: Decimal | None = None
    days: int = 0
    days_basis: int = 0
    base: Decimal | None = None
    series: tuple[SeriesValue, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    is_tax: bool = False

    @property
    def formula(self) -> Formula:
        """The structured form of how the amount came about."""
        return formula_of(self)

    @property
    def formula_text(self) -> str:
        """The formula in English, such as ``12 ccf x $3.90 = $46.79``."""
        return english(self)

    def with_amount_cents(self, amount_cents: int) -> RatedLine:
        """The same line with its cents settled."""
        return replace(self, amount_cents=amount_cents)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form: decimals and dates as text, empty fields left out."""
        data: dict[str, Any] = {
            "component": self.component,
            "kind": self.kind,
            "label": self.label,
            "label_es": self.label_es,
            "quantity": str(self.quantity),
            "unit": self.unit,
            "price": str(self.price),
            "price_unit": self.price_unit,
            "version_from": self.version_from.isoformat(),
            "span": [self.span.start.isoformat(), self.span.closed_end.isoformat()],
            "unrounded": str(self.unrounded),
            "amount_cents": self.amount_cents,
        }
        if self.determinant:
            data["determinant"] = self.determinant
        if self.season:
            data["season"] = self.season
        if self.tier:
            data["tier"] = self.tier
        if self.days:
            data["days"] = self.days
        if self.days_basis:
            data["days_basis"] = self.days_basis
        if self.is_tax:
            data["is_tax"] = self.is_tax
        if self.tier_from is not None:
            data["tier_from"] = str(self.tier_from)
        if self.tier_to is not None:
            data["tier_to"] = str(self.tier_to)
        if self.base is not None:
            data["base"] = str(self.base)
        if self.series:
            data["series"] = [value.to_dict() for value in self.series]
        if self.facts:
            data["facts"] = [list(fact) for fact in self.facts]
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RatedLine:
        """The line that ``to_dict`` wrote."""
        fields = dict(data)
        for name in ("quantity", "price", "unrounded", "tier_from", "tier_to", "base"):
            if name in fields:
                fields[name] = Decimal(fields[name])
        fields["version_from"] = date.fromisoformat(fields["version_from"])
        start, end = fields["span"]
        fields["span"] = Period(date.fromisoformat(start), date.fromisoformat(end))
        fields["series"] = tuple(SeriesValue.from_dict(value) for value in fields.get("series", ()))
        fields["facts"] = tuple((name, said) for name, said in fields.get("facts", ()))
        return cls(**fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedSegment:
    """A priced period of one agreement. ``sum(line.amount_cents) == total_cents`` always holds.

    ``reconciled`` has a row for each determinant that was given both as a quantity and as intervals.
    """

    tariff_code: str
    period: Period
    currency: str
    lines: tuple[RatedLine, ...]
    total_cents: int
    unrounded: Decimal
    versions: tuple[Period, ...]  #: the parts of the period, one for each version used by day
    state_out: RatingState = NO_STATE
    reconciled: tuple[Reconciled, ...] = ()

    def __post_init__(self) -> None:
        if sum(line.amount_cents for line in self.lines) != self.total_cents:
            raise AssertionError("lines do not sum to the total")

    def component_cents(self, code: str) -> int:
        """Sum of one component's lines."""
        return sum(line.amount_cents for line in self.lines if line.component == code)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form for storing with the bill segment."""
        data: dict[str, Any] = {
            "tariff_code": self.tariff_code,
            "period": [self.period.start.isoformat(), self.period.closed_end.isoformat()],
            "currency": self.currency,
            "lines": [line.to_dict() for line in self.lines],
            "total_cents": self.total_cents,
            "unrounded": str(self.unrounded),
            "versions": [[part.start.isoformat(), part.closed_end.isoformat()] for part in self.versions],
            "state_out": self.state_out.to_dict(),
        }
        if self.reconciled:
            data["reconciled"] = [item.to_dict() for item in self.reconciled]
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RatedSegment:
        """The segment that ``to_dict`` wrote."""
        return cls(
            tariff_code=data["tariff_code"],
            period=_period(data["period"]),
            currency=data["currency"],
            lines=tuple(RatedLine.from_dict(line) for line in data["lines"]),
            total_cents=data["total_cents"],
            unrounded=Decimal(data["unrounded"]),
            versions=tuple(_period(part) for part in data["versions"]),
            state_out=RatingState.from_dict(data["state_out"]),
            reconciled=tuple(Reconciled.from_dict(item) for item in data.get("reconciled", ())),
        )


def _period(pair: list[str]) -> Period:
    return Period(date.fromisoformat(pair[0]), date.fromisoformat(pair[1]))
