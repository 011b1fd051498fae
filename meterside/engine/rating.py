"""Rating: a tariff, a period and determinants in; explained lines that sum to the total out.

Pure and deterministic: no clock, no files, the same input gives the same bytes. The rules are in
docs/algorithms (rating, proration, rounding, tax), with worked tables that are tests too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext

from meterside.engine.characteristic import DatedCharacteristic
from meterside.engine.determinant import Determinant
from meterside.engine.formula import Formula
from meterside.engine.interval_use import IntervalUse, summed
from meterside.engine.period import Period
from meterside.engine.plan import Plan, plan_of
from meterside.engine.pricing import Draft, Inputs, Part, RatingError
from meterside.engine.proration import PeriodDays
from meterside.engine.rated import RatedLine, RatedSegment, RatingState
from meterside.engine.rating_given import RECEIVED, check_received, reconciled, shares_of_use, within
from meterside.engine.series import DatedSeries
from meterside.engine.settling import settle_bill, settle_component, settle_group
from meterside.engine.state import NO_STATE, StateBook
from meterside.engine.tariff.model import (
    Component,
    MissingAttribute,
    Tariff,
    UnknownAttributeValue,
    VersionPick,
)

__all__ = [
    "RECEIVED",
    "Formula",
    "RatedLine",
    "RatedSegment",
    "RatingError",
    "RatingState",
    "cents_for_days",
    "rate",
]

#: 28 digits: no product of a use and a price a utility can have is cut; only divisions by days are.
_CONTEXT = Context(prec=28, traps=[InvalidOperation, DivisionByZero, Overflow])


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
    intervals: Mapping[str, IntervalUse] | None = None,
    series: Mapping[str, DatedSeries] | None = None,
    characteristics: Mapping[str, DatedCharacteristic] | None = None,
) -> RatedSegment:
    """Price one period of one agreement. Raises ``RatingError``.

    ``daily_usage`` gives, per determinant, the shape over days (any unit: shares are taken) used
    when a version or season changes inside the period; without it use is spread evenly over days.
    ``bill_date`` defaults to the period's end. ``cycle`` is the full period of the billing cycle
    when this one is only a part of it (move in or out); it defaults to the period. ``intervals``
    gives, per determinant, the interval values of the period: where ``determinants`` has the same
    name, that quantity is billed and the intervals are its shape, else their sum is billed.
    ``series`` are the dated series the tariff refers to (``tariff.series_named()``), by name.
    ``characteristics`` are attributes that may change inside the period, by name; they stand before
    ``attributes`` of the same name.
    """
    with localcontext(_CONTEXT):
        plan = plan_of(tariff, period, bill_date or period.closed_end)
        inputs = _inputs(
            tariff, plan, period=period, priced_days=period.days, determinants=determinants,
            attributes=attributes, state=state, daily_usage=daily_usage, cycle=cycle, intervals=intervals,
            series=series, characteristics=characteristics,
        )  # fmt: skip
        lines = tuple([_line(draft) for draft in _price_all(tariff, period, plan, inputs)])
        return RatedSegment(
            tariff_code=tariff.code,
            period=period,
            currency=tariff.currency,
            lines=lines,
            total_cents=sum([line.amount_cents for line in lines]),
            unrounded=sum([line.unrounded for line in lines], Decimal(0)),
            versions=plan.versions,
            state_out=inputs.state.out(),
            reconciled=reconciled(determinants, inputs.intervals),
        )


def cents_for_days(
    tariff: Tariff,
    *,
    period: Period,
    priced_days: int,
    determinants: Mapping[str, Determinant],
    attributes: Mapping[str, str | int | Decimal] | None = None,
    state: RatingState | None = None,
    daily_usage: Mapping[str, Mapping[date, Decimal]] | None = None,
    bill_date: date | None = None,
    cycle: Period | None = None,
    intervals: Mapping[str, IntervalUse] | None = None,
    series: Mapping[str, DatedSeries] | None = None,
    characteristics: Mapping[str, DatedCharacteristic] | None = None,
) -> int:
    """What ``rate`` comes to, but charging for ``priced_days`` days at the period's own versions and seasons.

    Without lines: the explanation of a change asks what the earlier bill would have been had it lasted as long
    as the later one, and nobody reads that bill.
    """
    with localcontext(_CONTEXT):
        plan = plan_of(tariff, period, bill_date or period.closed_end)
        inputs = _inputs(
            tariff, plan, period=period, priced_days=priced_days, determinants=determinants,
            attributes=attributes, state=state, daily_usage=daily_usage, cycle=cycle, intervals=intervals,
            series=series, characteristics=characteristics,
        )  # fmt: skip
        drafts = _price_all(tariff, period, plan, inputs)
        reconciled(determinants, inputs.intervals)  # refuses what rating refuses
        return sum([_settled(draft) for draft in drafts])


def _inputs(
    tariff: Tariff,
    plan: Plan,
    *,
    period: Period,
    priced_days: int,
    determinants: Mapping[str, Determinant],
    attributes: Mapping[str, str | int | Decimal] | None,
    state: RatingState | None,
    daily_usage: Mapping[str, Mapping[date, Decimal]] | None,
    cycle: Period | None,
    intervals: Mapping[str, IntervalUse] | None,
    series: Mapping[str, DatedSeries] | None,
    characteristics: Mapping[str, DatedCharacteristic] | None,
) -> Inputs:
    """All that components ask for; refused where intervals lack, or energy came that nothing prices."""
    check_received(plan.spans, determinants, intervals or {})
    shapes = within(period, intervals or {})
    days = period.days
    return Inputs(
        period=period,
        days=PeriodDays(
            total=days,
            priced=priced_days,
            cycle=cycle.days if cycle else days,
            bill_months=tariff.bill_months,
        ),
        determinants={**summed(shapes), **determinants} if shapes else determinants,
        attributes=attributes or {},
        shares=shares_of_use(period, daily_usage or {}, shapes),
        even_share=plan.even_share,
        intervals=shapes,
        series=series or {},
        state=StateBook(state or NO_STATE),
        characteristics=characteristics or {},
    )


def _settled(draft: Draft) -> int:
    if draft.cents is None:
        raise AssertionError("cents are not settled")
    return draft.cents


def _line(draft: Draft) -> RatedLine:
    """The finished line of a draft whose cents are settled."""
    component, part = draft.component, draft.part
    return RatedLine(
        component=component.code,
        kind=draft.kind,
        label=component.label,
        label_es=component.label_es,
        quantity=draft.quantity,
        unit=draft.unit,
        price=draft.price,
        price_unit=draft.price_unit,
        version_from=part.version.effective_from,
        span=part.span,
        unrounded=draft.unrounded,
        amount_cents=_settled(draft),
        determinant=draft.determinant,
        season=part.season or "",
        tier=draft.tier,
        tier_from=draft.tier_from,
        tier_to=draft.tier_to,
        days=draft.days,
        days_basis=draft.days_basis,
        base=draft.base,
        series=part.series if draft.series is None else draft.series,
        facts=draft.facts,
        is_tax=component.is_tax,
    )


def _price_all(tariff: Tariff, period: Period, plan: Plan, inputs: Inputs) -> list[Draft]:
    """Drafts of all components in the tariff's order, with their cents settled."""
    drafts: list[Draft] = []
    for step in plan.steps:
        own: list[Draft] = []
        for component, part in step.pieces:
            own += _price(component, part, inputs, drafts)
        settle_component(own)
        drafts += own
        for group in step.groups:
            settle_group(drafts, group)
    if plan.covered_days != period.days and (plan.is_by_day or not drafts):
        raise RatingError(
            "no_rate",
            f"{tariff.code} has no version on some day of {_said(period)}",
            tariff=tariff.code,
            start=period.start,
        )
    settle_bill(drafts)
    return drafts


def _price(component: Component, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
    try:
        is_whole = not inputs.characteristics and component.code not in part.version.series_codes
        if is_whole and not part.version.uses:
            return component.drafts(part, inputs, before)
        pieces = [part] if not inputs.characteristics else _dated_parts(component, part, inputs)
        if component.code in part.version.series_codes:
            pieces = [piece for each in pieces for piece in _series_parts(component, each, inputs)]
        return [draft for piece in pieces for draft in _drafts(component, piece, inputs, before)]
    except MissingAttribute as error:
        raise RatingError(
            "missing_attribute",
            f"{component.code}: {error}",
            component=component.code,
            attribute=error.name,
            options=", ".join(error.options),
        ) from error
    except UnknownAttributeValue as error:
        raise RatingError(
            "unknown_attribute",
            f"{component.code}: {error}",
            why="no_price",
            component=component.code,
            attribute=", ".join(error.names),
            value=", ".join(error.values),
            options=", ".join(error.options),
        ) from error


def _drafts(component: Component, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
    """A component's drafts; where it prices a use that is worked out, with the numbers behind that."""
    drafts = component.drafts(part, inputs, before)
    if part.version.uses:
        for draft in drafts:
            worked = inputs.worked(component, part, draft.determinant)
            if worked is not None:
                draft.facts += worked.facts
    return drafts


def _dated_parts(component: Component, part: Part, inputs: Inputs) -> list[Part]:
    """A part cut where a dated characteristic changes that decides the charge, each with its attributes.

    By read or bill date the values of that one day hold for the whole part.
    """
    dated = inputs.characteristics
    spans, days = [part.span], [part.on]
    if component.version_pick is VersionPick.DAY_OF_USE:
        names = part.version.attributes_of(component) & dated.keys()
        spans = part.span.split(day for name in names for day in dated[name].changes_in(part.span))
        days = [span.start for span in spans]
    return [
        replace(
            part,
            span=span,
            on=day,
            attributes={**inputs.attributes, **{name: each.on(day) for name, each in dated.items()}},
        )
        for span, day in zip(spans, days, strict=True)
    ]


def _series_parts(component: Component, part: Part, inputs: Inputs) -> list[Part]:
    """A part cut where a dated series it is priced with changes, each piece with its values.

    By read or bill date the values of that one day price the whole part.
    """
    names = inputs.series_of(component, part)
    spans, days = [part.span], [part.on]
    if component.version_pick is VersionPick.DAY_OF_USE:
        cuts = [day for name in names for day in inputs.dated_series(name).changes_in(part.span)]
        spans = part.span.split(cuts)
        days = [span.start for span in spans]
    return [
        replace(part, span=span, on=day, series=tuple(inputs.series_value(name, day) for name in names))
        for span, day in zip(spans, days, strict=True)
    ]


def _said(period: Period) -> str:
    return f"{period.start} to {period.last_day}"
