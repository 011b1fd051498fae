"""From sources to priced segments, with their inputs frozen and the change since the last one explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from meterside.engine.determinant import Determinant
from meterside.engine.explain import ChangeExplanation, SegmentInputs, explain_change
from meterside.engine.period import Period
from meterside.engine.rated import RatedSegment
from meterside.engine.rating import RatingError, rate
from meterside.engine.tariff.model import Tariff

from .measuring import Measured, UnableToMeasure, measure
from .sources import Agreement, Sources


class UnableToBill(Exception):
    """An agreement cannot be billed; the account waits in the run's holds with this reason."""

    def __init__(self, agreement_id: int | None, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.agreement_id = agreement_id
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Draft:
    """A priced segment that is not a row yet."""

    agreement: Agreement
    tariff: Tariff
    inputs: SegmentInputs
    measured: Measured
    rated: RatedSegment
    change: ChangeExplanation | None

    @property
    def tax_cents(self) -> int:
        return sum(line.amount_cents for line in self.rated.lines if line.is_tax)

    @property
    def income_cents(self) -> int:
        return self.rated.total_cents - self.tax_cents

    def frozen_inputs(self) -> dict[str, Any]:
        """JSON form of all that priced it; `thaw_inputs` reads it back."""
        daily = self.inputs.daily_usage
        return {
            "tariff": self.tariff.code,
            "period": [self.inputs.period.start.isoformat(), self.inputs.period.closed_end.isoformat()],
            "cycle": _pair(self.inputs.cycle),
            "bill_date": self.inputs.bill_date.isoformat() if self.inputs.bill_date else None,
            "determinants": [determinant.to_dict() for determinant in self.inputs.determinants.values()],
            "attributes": {name: str(value) for name, value in self.inputs.attributes.items()},
            "daily_usage": None
            if daily is None
            else {
                name: {day.isoformat(): str(use) for day, use in days.items()} for name, days in daily.items()
            },
        }


def _pair(period: Period | None) -> list[str] | None:
    return None if period is None else [period.start.isoformat(), period.closed_end.isoformat()]


def thaw_inputs(frozen: Mapping[str, Any], tariff: Tariff) -> SegmentInputs:
    """The inputs that `Draft.frozen_inputs` wrote. `tariff` holds all versions, which are never edited."""
    start, end = (date.fromisoformat(day) for day in frozen["period"])
    determinants = [Determinant.from_dict(item) for item in frozen["determinants"]]
    cycle = [date.fromisoformat(day) for day in frozen["cycle"]] if frozen["cycle"] else None
    daily = frozen["daily_usage"]
    return SegmentInputs(
        tariff=tariff,
        period=Period(start, end),
        determinants={item.name: item for item in determinants},
        attributes=frozen["attributes"],
        daily_usage=None
        if daily is None
        else {
            name: {date.fromisoformat(day): Decimal(use) for day, use in days.items()}
            for name, days in daily.items()
        },
        bill_date=date.fromisoformat(frozen["bill_date"]) if frozen["bill_date"] else None,
        cycle=Period(cycle[0], cycle[1]) if cycle else None,
    )


def draft_segments(
    agreement: Agreement, *, window: Period, bill_date: date, customer_class: str, sources: Sources
) -> list[Draft]:
    """Price the part of the agreement this window bills: one segment for each tariff it was on.

    Raises UnableToBill.
    """
    unbilled = agreement.unbilled(window)
    if unbilled is None:
        return []
    drafts = []
    covered = 0
    for during, tariff_id in agreement.tariffs:
        period = during.overlap(unbilled)
        if period is None or not period.days:
            continue
        covered += period.days
        tariff = sources.tariffs.get(tariff_id)
        if tariff is None:
            raise UnableToBill(agreement.id, "no_rate", "its tariff has no version")
        drafts.append(_draft(agreement, tariff, period, window, bill_date, customer_class, sources))
    if covered != unbilled.days:
        raise UnableToBill(agreement.id, "no_rate", f"no tariff on every day from {unbilled.start}")
    return drafts


def _draft(
    agreement: Agreement,
    tariff: Tariff,
    period: Period,
    window: Period,
    bill_date: date,
    customer_class: str,
    sources: Sources,
) -> Draft:
    try:
        measured = measure(agreement, period, sources)
    except UnableToMeasure as error:
        raise UnableToBill(agreement.id, error.reason, str(error)) from error
    attributes = {"customer_class": customer_class}
    attributes |= {
        code: value for during, code, value in agreement.attributes if during.contains(period.start)
    }
    determinant = measured.determinant
    # A window longer than a month (the first bill after a late start) is a whole cycle by itself.
    cycle = window if period.days <= window.days else period
    inputs = SegmentInputs(
        tariff=tariff,
        period=period,
        determinants={determinant.name: determinant} if determinant else {},
        attributes=attributes,
        daily_usage=_daily_usage(tariff, period, measured),
        bill_date=bill_date,
        cycle=cycle,
    )
    try:
        rated = rate(
            tariff,
            period=period,
            determinants=inputs.determinants,
            attributes=attributes,
            daily_usage=inputs.daily_usage,
            bill_date=bill_date,
            cycle=cycle,
        )
    except RatingError as error:
        raise UnableToBill(agreement.id, error.kind, error.detail) from error
    change = _change(agreement, inputs, sources, rated.total_cents)
    return Draft(agreement, tariff, inputs, measured, rated, change)


def _change(
    agreement: Agreement, inputs: SegmentInputs, sources: Sources, total_cents: int
) -> ChangeExplanation | None:
    if agreement.last_inputs is None:
        return None
    code = agreement.last_inputs["tariff"]
    tariff = inputs.tariff
    if code != tariff.code:
        tariff = next((known for known in sources.tariffs.values() if known.code == code), tariff)
    return explain_change(
        thaw_inputs(agreement.last_inputs, tariff),
        inputs,
        before_cents=agreement.last_total_cents,
        after_cents=total_cents,
    )


def _daily_usage(tariff: Tariff, period: Period, measured: Measured) -> dict[str, dict[date, Decimal]] | None:
    """The shape over days, where a version or season changes inside the period and all days are known."""
    if len(measured.days) != period.days or measured.determinant is None:
        return None
    is_cut = any(
        version.seasons
        or (period.contains(version.effective_from) and version.effective_from != period.start)
        for version in tariff.versions
    )
    if not is_cut:
        return None
    return {measured.determinant.name: {day: Decimal(use) for day, (use, _) in measured.days.items()}}
