"""Rating: a tariff, a period and determinants in; explained lines that sum to the total out.

Pure and deterministic: no clock, no files, the same input gives the same bytes. The rules are in
docs/algorithms (rating, proration, rounding, tax), with worked tables that are tests too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext

from meterside.engine.characteristic import DatedCharacteristic
from meterside.engine.determinant import Determinant
from meterside.engine.formula import Formula
from meterside.engine.interval_use import IntervalUse, summed
from meterside.engine.period import Period
from meterside.engine.pricing import Draft, Inputs, Part, RatingError
from meterside.engine.proration import PeriodDays, UsageShare, season_runs
from meterside.engine.rated import RatedLine, RatedSegment, RatingState
from meterside.engine.rating_given import RECEIVED, check_received, reconciled, shares_of_use, within
from meterside.engine.series import DatedSeries
from meterside.engine.settling import settle_bill, settle_component, settle_group
from meterside.engine.state import NO_STATE, StateBook
from meterside.engine.tariff.model import (
    Component,
    MissingAttribute,
    Tariff,
    TariffVersion,
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
    "rate",
    "rate_for_days",
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
    return rate_for_days(
        tariff,
        period=period,
        priced_days=period.days,
        determinants=determinants,
        attributes=attributes,
        state=state,
        daily_usage=daily_usage,
        bill_date=bill_date,
        cycle=cycle,
        intervals=intervals,
        series=series,
        characteristics=characteristics,
    )


def rate_for_days(
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
) -> RatedSegment:
    """As ``rate``, but charging for ``priced_days`` days at the period's own versions and seasons.

    Only the explanation of a change uses another number than the period's days: it asks what the
    earlier bill would have been had it lasted as long as the later one.
    """
    with localcontext(_CONTEXT):
        read_day = period.closed_end
        picked = {VersionPick.READ_DATE: read_day, VersionPick.BILL_DATE: bill_date or read_day}
        spans = version_spans(tariff, period)
        check_received(spans, determinants, intervals or {})
        shapes = within(period, intervals or {})
        book = StateBook(state or NO_STATE)
        inputs = Inputs(
            period=period,
            days=PeriodDays(
                total=period.days,
                priced=priced_days,
                cycle=cycle.days if cycle else period.days,
                bill_months=tariff.bill_months,
            ),
            determinants={**summed(shapes), **determinants},
            attributes=attributes or {},
            shares=shares_of_use(period, daily_usage or {}, shapes),
            even_share=UsageShare(period, None),
            intervals=shapes,
            series=series or {},
            state=book,
            characteristics=characteristics or {},
        )
        drafts = _price_all(tariff, period, spans, picked, inputs)
        lines = tuple(_line(draft) for draft in drafts)
        return RatedSegment(
            tariff_code=tariff.code,
            period=period,
            currency=tariff.currency,
            lines=lines,
            total_cents=sum(line.amount_cents for line in lines),
            unrounded=sum((line.unrounded for line in lines), Decimal(0)),
            versions=tuple(span for _, span in spans),
            state_out=book.out(),
            reconciled=reconciled(determinants, shapes),
        )


def _line(draft: Draft) -> RatedLine:
    """The finished line of a draft whose cents are settled."""
    if draft.cents is None:
        raise AssertionError("cents are not settled")
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
        amount_cents=draft.cents,
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


def version_spans(tariff: Tariff, period: Period) -> list[tuple[TariffVersion, Period]]:
    """The versions in force by day of use, each with its part of the period."""
    found = []
    for version in tariff.versions:
        span = version.period.overlap(period)
        if span is not None:
            found.append((version, span))
    return found


def _price_all(
    tariff: Tariff,
    period: Period,
    spans: list[tuple[TariffVersion, Period]],
    picked: Mapping[VersionPick, date],
    inputs: Inputs,
) -> list[Draft]:
    """Drafts of all components in the tariff's order, with their cents settled."""
    drafts: list[Draft] = []
    priced_by_day = False
    for code in tariff.component_order:
        own: list[Draft] = []
        for component, part in parts_of(tariff, code, period, spans, picked):
            priced_by_day = priced_by_day or component.version_pick is VersionPick.DAY_OF_USE
            if component.season and component.season != part.season:
                continue
            own.extend(_price(component, part, inputs, drafts))
        settle_component(own)
        drafts.extend(own)
        for group in tariff.group_ends.get(code, ()):
            settle_group(drafts, group)
    covered = sum(span.days for _, span in spans)
    if covered != period.days and (priced_by_day or not drafts):
        raise RatingError(
            "no_rate",
            f"{tariff.code} has no version on some day of {_said(period)}",
            tariff=tariff.code,
            start=period.start,
        )
    settle_bill(drafts)
    return drafts


def parts_of(
    tariff: Tariff,
    code: str,
    period: Period,
    spans: list[tuple[TariffVersion, Period]],
    picked: Mapping[VersionPick, date],
) -> Iterable[tuple[Component, Part]]:
    """The parts of the period a component is priced in: by version, then by season where it matters."""
    for version, span in spans:
        component = version.component(code)
        if component is None or component.version_pick is not VersionPick.DAY_OF_USE:
            continue
        if version.seasons and code in version.seasonal_codes:
            for run, season in season_runs(version.seasons, span):
                yield component, Part(version, run, season, run.start)
        else:
            yield component, Part(version, span, None, span.start)
    for pick, day in picked.items():
        chosen = tariff.version_on(day)
        if chosen is None:
            if any(item.version_pick is pick for version, _ in spans for item in version.components):
                raise RatingError(
                    "no_rate",
                    f"{tariff.code} has no version on {day}, the {pick.value}",
                    tariff=tariff.code,
                    start=day,
                )
            continue
        component = chosen.component(code)
        if component is not None and component.version_pick is pick:
            season = chosen.season_of(day) if code in chosen.seasonal_codes else None
            yield component, Part(chosen, period, season, day)


def _price(component: Component, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
    try:
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
