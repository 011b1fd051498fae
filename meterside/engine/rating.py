"""Rating: a tariff, a period and determinants in; explained lines that sum to the total out.

Pure and deterministic: no clock, no files, the same input gives the same bytes. The rules are in
docs/algorithms (rating, proration, rounding, tax), with worked tables that are tests too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext

from meterside.engine.determinant import Determinant
from meterside.engine.formula import Formula
from meterside.engine.money import allocate_cents, round_to_cents
from meterside.engine.period import Period
from meterside.engine.pricing import (
    Draft,
    Inputs,
    Part,
    RatingError,
    price_fixed,
    price_minimum,
    price_percent,
    price_tiered,
    price_usage,
)
from meterside.engine.proration import PeriodDays, UsageShare, season_runs
from meterside.engine.rated import RatedLine, RatedSegment, RatingState
from meterside.engine.tariff.model import (
    Component,
    FixedCharge,
    MinimumCharge,
    MissingAttribute,
    PercentCharge,
    RoundingScope,
    Tariff,
    TariffVersion,
    TieredCharge,
    UnknownAttributeValue,
    UsageCharge,
    VersionPick,
    depends_on_season,
)

__all__ = ["Formula", "RatedLine", "RatedSegment", "RatingError", "RatingState", "rate", "rate_for_days"]

#: 28 digits: no product of a use and a price a utility can have is cut; only divisions by days are.
_CONTEXT = Context(prec=28, traps=[InvalidOperation, DivisionByZero, Overflow])

_NO_STATE = RatingState()


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
    """Price one period of one agreement. Raises ``RatingError``.

    ``daily_usage`` gives, per determinant, the shape over days (any unit: shares are taken) used
    when a version or season changes inside the period; without it use is spread evenly over days.
    ``bill_date`` defaults to the period's end. ``cycle`` is the full period of the billing cycle
    when this one is only a part of it (move in or out); it defaults to the period.
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
) -> RatedSegment:
    """As ``rate``, but charging for ``priced_days`` days at the period's own versions and seasons.

    Only the explanation of a change uses another number than the period's days: it asks what the
    earlier bill would have been had it lasted as long as the later one.
    """
    with localcontext(_CONTEXT):
        read_day = period.closed_end
        picked = {VersionPick.READ_DATE: read_day, VersionPick.BILL_DATE: bill_date or read_day}
        spans = _version_spans(tariff, period)
        inputs = Inputs(
            days=PeriodDays(
                total=period.days,
                priced=priced_days,
                cycle=cycle.days if cycle else period.days,
                bill_months=tariff.bill_months,
            ),
            determinants=determinants,
            attributes=attributes or {},
            shares=_shares(period, daily_usage),
            even_share=UsageShare(period, None),
        )
        drafts = _price_all(tariff, period, spans, picked, inputs)
        lines = tuple(draft.line() for draft in drafts)
        return RatedSegment(
            tariff_code=tariff.code,
            period=period,
            currency=tariff.currency,
            lines=lines,
            total_cents=sum(line.amount_cents for line in lines),
            unrounded=sum((line.unrounded for line in lines), Decimal(0)),
            versions=tuple(span for _, span in spans),
            state_out=state or _NO_STATE,
        )


def _version_spans(tariff: Tariff, period: Period) -> list[tuple[TariffVersion, Period]]:
    """The versions in force by day of use, each with its part of the period."""
    found = []
    for version in tariff.versions:
        span = version.period.overlap(period)
        if span is not None:
            found.append((version, span))
    return found


def _shares(
    period: Period, daily_usage: Mapping[str, Mapping[date, Decimal]] | None
) -> dict[str, UsageShare]:
    shares = {}
    for name, daily in (daily_usage or {}).items():
        lacking = next((day for day in period.each_day() if day not in daily), None)
        if lacking is not None:
            raise RatingError("daily_usage", f"daily use of {name} lacks {lacking}")
        if any(daily[day] < 0 for day in period.each_day()):
            raise RatingError("daily_usage", f"daily use of {name} is negative on some day")
        shares[name] = UsageShare(period, daily)
    return shares


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
        for component, part in _parts(tariff, code, period, spans, picked):
            priced_by_day = priced_by_day or component.version_pick is VersionPick.DAY_OF_USE
            if component.season and component.season != part.season:
                continue
            own.extend(_price(component, part, inputs, drafts))
        _settle(own)
        drafts.extend(own)
    covered = sum(span.days for _, span in spans)
    if covered != period.days and (priced_by_day or not drafts):
        raise RatingError("no_rate", f"{tariff.code} has no version on some day of {_said(period)}")
    _settle_bill(drafts)
    return drafts


def _parts(
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
        if version.seasons and depends_on_season(component):
            for run, season in season_runs(version.seasons, span):
                yield component, Part(version, run, season)
        else:
            yield component, Part(version, span, None)
    for pick, day in picked.items():
        chosen = tariff.version_on(day)
        if chosen is None:
            if any(item.version_pick is pick for version, _ in spans for item in version.components):
                raise RatingError("no_rate", f"{tariff.code} has no version on {day}, the {pick.value}")
            continue
        component = chosen.component(code)
        if component is not None and component.version_pick is pick:
            season = chosen.season_of(day) if depends_on_season(component) else None
            yield component, Part(chosen, period, season)


def _price(component: Component, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
    rounding = component.rounding or part.version.rounding
    try:
        if isinstance(component, FixedCharge):
            return price_fixed(component, part, inputs, rounding)
        if isinstance(component, UsageCharge):
            return price_usage(component, part, inputs, rounding)
        if isinstance(component, TieredCharge):
            return price_tiered(component, part, inputs, rounding)
        if isinstance(component, PercentCharge):
            return price_percent(component, part, inputs, rounding, before)
        if isinstance(component, MinimumCharge):
            return price_minimum(component, part, inputs, rounding, before)
    except MissingAttribute as error:
        raise RatingError("missing_attribute", f"{component.code}: {error}") from error
    except UnknownAttributeValue as error:
        raise RatingError("unknown_attribute", f"{component.code}: {error}") from error
    raise TypeError(f"no component kind: {type(component).__name__}")


def _settle(own: list[Draft]) -> None:
    """Settle the cents of one component's lines, unless they wait for the whole bill."""
    together = []
    for draft in own:
        if draft.rounding.scope is RoundingScope.LINE:
            draft.cents = round_to_cents(draft.unrounded, draft.rounding.rule)
        elif draft.rounding.scope is RoundingScope.COMPONENT:
            together.append(draft)
    _settle_together(together)


def _settle_bill(drafts: list[Draft]) -> None:
    """Settle the lines that are rounded only in the sum of the bill."""
    _settle_together([draft for draft in drafts if draft.cents is None])


def _settle_together(drafts: list[Draft]) -> None:
    """Round the sum once, then share its cents by largest remainder (docs/algorithms/rounding.md)."""
    if not drafts:
        return
    amounts = [draft.unrounded for draft in drafts]
    total = round_to_cents(sum(amounts, Decimal(0)), drafts[-1].rounding.rule)
    for draft, cents in zip(drafts, allocate_cents(amounts, total), strict=True):
        draft.cents = cents


def _said(period: Period) -> str:
    return f"{period.start} to {period.last_day}"
