"""Rating: a tariff, a period and determinants in; explained lines that sum to the total out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from meterside.engine.determinant import Determinant
from meterside.engine.formula import Formula
from meterside.engine.period import Period
from meterside.engine.rated import RatedLine, RatedSegment, RatingState
from meterside.engine.tariff.model import Tariff

__all__ = ["Formula", "RatedLine", "RatedSegment", "RatingError", "RatingState", "rate"]


class RatingError(ValueError):
    """The segment cannot be priced; ``kind`` is a stable code, ``detail`` says what in words.

    Kinds: no_rate (no version on some day), missing_determinant, negative_usage, daily_usage
    (does not cover the period), missing_attribute, unknown_attribute, unit.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


def rate(
    tariff: Tariff,
    *,
    period: Period,
    determinants: Mapping[str, Determinant],
    attributes: Mapping[str, str | int | Decimal] | None = None,
    state: RatingState | None = None,
    daily_usage: Mapping[str, Mapping[date, Decimal]] | None = None,
    bill_date: date | None = None,
    cycle: Period | None = None,
) -> RatedSegment:
    """Price one period of one agreement.

    ``daily_usage`` gives, per determinant, the shape over days (any unit: shares are taken) used
    when a version or season changes inside the period; without it use is spread evenly over days.
    ``bill_date`` defaults to the period's end. ``cycle`` is the full period of the billing cycle
    when this one is only a part of it (move in or out); it defaults to the period.
    """
    raise NotImplementedError
