"""Why a bill changed: parts that sum to the difference exactly (docs/algorithms/rating.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from meterside.engine.characteristic import DatedCharacteristic
from meterside.engine.determinant import Determinant, DeterminantSource
from meterside.engine.interval_use import IntervalUse, summed
from meterside.engine.kept import kept_in
from meterside.engine.period import Period
from meterside.engine.quantity import CannotConvert, UnknownUnit, convert, is_power
from meterside.engine.rated import RatedSegment, RatingState
from meterside.engine.rating import RECEIVED, cents_for_days, rate
from meterside.engine.same_rate import is_same_rate
from meterside.engine.series import DatedSeries
from meterside.engine.tariff.model import Tariff
from meterside.engine.weather import WeatherStep


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentInputs:
    """Everything a segment was priced from, frozen. ``one_time_cents`` lies outside the tariff."""

    tariff: Tariff
    period: Period
    determinants: Mapping[str, Determinant]
    attributes: Mapping[str, str | int | Decimal]
    daily_usage: Mapping[str, Mapping[date, Decimal]] | None = None
    bill_date: date | None = None
    cycle: Period | None = None
    state: RatingState | None = None
    one_time_cents: int = 0
    intervals: Mapping[str, IntervalUse] | None = None
    series: Mapping[str, DatedSeries] | None = None
    characteristics: Mapping[str, DatedCharacteristic] | None = None
    _quantities: list[Mapping[str, Determinant]] = field(
        init=False, repr=False, compare=False, default_factory=list
    )

    @property
    def quantities(self) -> Mapping[str, Determinant]:
        """All that is priced: what is given, and the sums of intervals given alone."""
        if not self.intervals:
            return self.determinants
        if not self._quantities:
            own = {name: use.within(self.period) for name, use in self.intervals.items()}
            self._quantities.append({**summed(own), **self.determinants})
        return self._quantities[0]


#: Where these come from says that they are no use that grows with the days.
_NOT_BY_DAY = frozenset({DeterminantSource.ATTRIBUTE, DeterminantSource.PRIOR})
_USAGE = "usage"


class ChangeKind(StrEnum):
    """The parts of a difference, in the order they are worked out and shown."""

    DAYS = "days"  #: the period is longer or shorter, with the same use a day
    WEATHER = "weather"  #: colder or warmer days, by what the account's use has done with the weather before
    USE = "use"  #: more or less use a day; weather is in here where no response of the account is known
    RATE = "rate"  #: another version, season, tariff, meter size or other attribute
    CREDITS = "credits"  #: credits of the tariff (negative fixed amounts), with the tax on them
    ONE_TIME = "one_time"  #: charges outside the tariff


@dataclass(frozen=True, slots=True)
class ChangePart:
    """One part of a difference; ``facts`` are the numbers behind it, as text."""

    kind: ChangeKind
    amount_cents: int
    facts: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {"kind": self.kind.value, "amount_cents": self.amount_cents, "facts": dict(self.facts)}


@dataclass(frozen=True, slots=True)
class ChangeExplanation:
    """Parts in their documented order; they sum to ``after_cents - before_cents`` exactly."""

    before_cents: int
    after_cents: int
    parts: tuple[ChangePart, ...]

    @property
    def difference_cents(self) -> int:
        """How much more (negative: less) the later segment is."""
        return self.after_cents - self.before_cents

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "before_cents": self.before_cents,
            "after_cents": self.after_cents,
            "parts": [part.to_dict() for part in self.parts],
        }


def explain_change(
    before: SegmentInputs,
    after: SegmentInputs,
    *,
    before_cents: int | None = None,
    after_cents: int | None = None,
    weather: WeatherStep | None = None,
) -> ChangeExplanation:
    """Split the difference between two segments into parts, each priced by the engine.

    What changed is put in place one thing after another: first the days (use a day kept), then
    the weather where an account's response to it is known, then the use, then everything else that
    decides a price. Credits stand apart: their part is what
    they took off the later bill less what they took off the earlier one. The parts sum to the
    difference exactly, because each is the difference of two priced bills. ``before_cents`` and
    ``after_cents`` are what the segments were priced at, where the caller knows it; nothing is
    priced twice. Raises ``RatingError`` when either segment cannot be priced.
    """
    plain_before, plain_after = _without_credits(before), _without_credits(after)
    total_before = _cents(before) if before_cents is None else before_cents
    total_after = _cents(after) if after_cents is None else after_cents
    base_before = total_before if plain_before is before else _cents(plain_before)
    base_after = total_after if plain_after is after else _cents(plain_after)
    days_after = after.period.days
    same_days = days_after == before.period.days
    scaled = _scaled_use(plain_before, days_after)
    swapped = _hours_swapped(plain_before, plain_after)
    later = _later_use(plain_before, plain_after, scaled, swapped)
    with_days = base_before if same_days else _cents_for(plain_before, scaled, days_after)
    weathered = None if weather is None else _weathered(scaled, weather)
    with_weather = with_days if weathered is None else _cents_for(plain_before, weathered, days_after)
    used = _with_later_hours(plain_before, plain_after, swapped)
    if used is plain_before and _is_same_use(scaled, later):
        with_use = with_days
    elif _is_all_use(plain_before, plain_after, later, swapped):
        with_use = base_after
    else:
        with_use = _cents_for(used, later, days_after)
    credits = (total_after - base_after) - (total_before - base_before)
    amounts = {
        ChangeKind.DAYS: with_days - base_before,
        **({} if weathered is None else {ChangeKind.WEATHER: with_weather - with_days}),
        ChangeKind.USE: with_use - with_weather,
        ChangeKind.RATE: base_after - with_use,
        ChangeKind.CREDITS: credits,
        ChangeKind.ONE_TIME: after.one_time_cents - before.one_time_cents,
    }
    facts = _facts(before, after)
    if weather is not None:
        facts[ChangeKind.WEATHER] = weather.facts()
    return ChangeExplanation(
        before_cents=total_before + before.one_time_cents,
        after_cents=total_after + after.one_time_cents,
        parts=tuple(ChangePart(kind, cents, facts.get(kind, ())) for kind, cents in amounts.items()),
    )


def _is_all_use(
    before: SegmentInputs, after: SegmentInputs, later: Mapping[str, Determinant], swapped: tuple[str, ...]
) -> bool:
    """Whether the earlier bill with the later one's days and use is the later one: nothing else differs."""
    hours = before.intervals or {}
    return (
        before.attributes == after.attributes
        and before.state == after.state
        and not (before.daily_usage or after.daily_usage)
        and not (before.characteristics or after.characteristics)
        and set(swapped) == (after.intervals or {}).keys() >= hours.keys()
        and _is_same_use(later, after.quantities)
        and is_same_rate(
            before.tariff,
            after.tariff,
            (before.period, after.period),
            (before.bill_date or before.period.closed_end, after.bill_date or after.period.closed_end),
        )
    )


def _is_same_use(one: Mapping[str, Determinant], other: Mapping[str, Determinant]) -> bool:
    """Whether both price the same: as much of everything, in the same units."""
    return one.keys() == other.keys() and all(
        (item.quantity, item.unit) == (other[name].quantity, other[name].unit) for name, item in one.items()
    )


def price_segment(inputs: SegmentInputs) -> RatedSegment:
    """Price frozen inputs again. Raises ``RatingError``."""
    return rate(
        inputs.tariff,
        period=inputs.period,
        determinants=inputs.determinants,
        attributes=inputs.attributes,
        state=inputs.state,
        daily_usage=inputs.daily_usage,
        bill_date=inputs.bill_date,
        cycle=inputs.cycle,
        intervals=inputs.intervals,
        series=inputs.series,
        characteristics=inputs.characteristics,
    )


def _cents(inputs: SegmentInputs) -> int:
    return _cents_for(inputs, inputs.determinants, inputs.period.days)


def _cents_for(inputs: SegmentInputs, determinants: Mapping[str, Determinant], days: int) -> int:
    return cents_for_days(
        inputs.tariff,
        period=inputs.period,
        priced_days=days,
        determinants=determinants,
        attributes=inputs.attributes,
        state=inputs.state,
        daily_usage=inputs.daily_usage,
        bill_date=inputs.bill_date,
        cycle=inputs.cycle,
        intervals=inputs.intervals,
        series=inputs.series,
        characteristics=inputs.characteristics,
    )


def _scaled_use(inputs: SegmentInputs, days: int) -> dict[str, Determinant]:
    """The same use a day over another number of days; what does not run with the days stays."""
    return {
        name: Determinant(
            item.name, item.quantity * days / inputs.period.days, item.unit, item.source, item.evidence
        )
        if item.source not in _NOT_BY_DAY and not is_power(item.unit)
        else item
        for name, item in inputs.quantities.items()
    }


def _weathered(scaled: Mapping[str, Determinant], weather: WeatherStep) -> dict[str, Determinant] | None:
    """The use with what the weather does to it; every period of the clock, and every hour, in the same proportion.

    None where nothing was used before, or the use is of another measure than the response.
    """
    own = {name: item for name, item in scaled.items() if name == _USAGE or name.startswith(f"{_USAGE}.")}
    whole = [own[_USAGE]] if _USAGE in own else list(own.values())
    total = sum((item.quantity for item in whole), Decimal(0))
    if total <= 0 or len({item.unit for item in whole}) != 1:
        return None
    try:
        change = convert(
            weather.response.change(weather.before, weather.after), weather.response.unit, whole[0].unit
        )
    except (CannotConvert, UnknownUnit):
        return None
    factor = max(total + change, Decimal(0)) / total
    return {
        name: replace(item, quantity=item.quantity * factor) if name in own else item
        for name, item in scaled.items()
    }


def _later_use(
    before: SegmentInputs,
    after: SegmentInputs,
    scaled: Mapping[str, Determinant],
    swapped: tuple[str, ...],
) -> dict[str, Determinant]:
    """The later bill's use; where the earlier tariff prices something only it had, that use scaled.

    Registers by period that only the earlier bill had give way to the later one's hours. Energy received
    under an earlier tariff that says nothing of it cannot be priced there: it comes with the rate.
    """
    own = {name: item for name, item in after.quantities.items() if _is_priceable(before, name)}
    hours = tuple(f"{name}." for name in swapped)
    kept = {name: item for name, item in scaled.items() if not (hours and name.startswith(hours))}
    return {**kept, **own}


def _is_priceable(inputs: SegmentInputs, name: str) -> bool:
    """Whether the tariff may be given that quantity."""
    if name.partition(".")[0] != RECEIVED:
        return True
    every = (component for version in inputs.tariff.versions for component in version.components)
    return any(RECEIVED in component.determinants() for component in every)


def _hours_swapped(before: SegmentInputs, after: SegmentInputs) -> tuple[str, ...]:
    """The quantities whose hours of the later bill can stand in for the earlier one's.

    The earlier bill had hours no finer than these, or registers by period.
    """
    earlier, names = before.intervals or {}, []
    for name, use in (after.intervals or {}).items():
        if name in earlier:
            fits = use.seconds <= earlier[name].seconds
        else:
            fits = any(other.startswith(f"{name}.") for other in before.determinants)
        if fits and _is_priceable(before, name):
            names.append(name)
    return tuple(names)


def _with_later_hours(before: SegmentInputs, after: SegmentInputs, swapped: tuple[str, ...]) -> SegmentInputs:
    """The earlier inputs with the later bill's hours, shown over the earlier days, and its state.

    So a change of the hours, of the highest demand, of what a bank held, is a change of use. Themselves
    where neither bill has any of it.
    """
    later = after.intervals or {}
    changed = {name: later[name].within(after.period).shown_over(before.period) for name in swapped}
    if not changed and before.state == after.state:
        return before
    daily = {name: days for name, days in (before.daily_usage or {}).items() if name not in changed}
    intervals = {**(before.intervals or {}), **changed}
    return replace(before, intervals=intervals, daily_usage=daily, state=after.state)


def _without_credits(inputs: SegmentInputs) -> SegmentInputs:
    """The same inputs under a tariff without its credits; themselves where it has none."""
    plain = kept_in(inputs.tariff.kept, "without credits", lambda: _plain_tariff(inputs.tariff))
    return inputs if plain is inputs.tariff else replace(inputs, tariff=plain)


def _plain_tariff(tariff: Tariff) -> Tariff:
    """A tariff without its credits; itself where it has none."""
    if not any(item.is_credit() for version in tariff.versions for item in version.components):
        return tariff
    versions = []
    for version in tariff.versions:
        gone = frozenset(item.code for item in version.components if item.is_credit())
        kept = [item.without(gone) for item in version.components if item.code not in gone]
        versions.append(replace(version, components=tuple(item for item in kept if item is not None)))
    return replace(tariff, versions=tuple(versions))


def _facts(before: SegmentInputs, after: SegmentInputs) -> dict[ChangeKind, tuple[tuple[str, str], ...]]:
    """Numbers a page needs to say each part in words."""
    days = (("days_before", str(before.period.days)), ("days_after", str(after.period.days)))
    use: list[tuple[str, str]] = []
    earlier_use = before.quantities
    for name, item in after.quantities.items():
        earlier = earlier_use.get(name)
        if earlier is not None:
            use.append((f"{name}_before", f"{earlier.quantity} {earlier.unit}"))
        use.append((f"{name}_after", f"{item.quantity} {item.unit}"))
    rate = [("tariff_before", before.tariff.code), ("tariff_after", after.tariff.code)]
    rate += [
        (f"{name}_{when}", str(inputs.attributes[name]))
        for name in sorted({*before.attributes, *after.attributes})
        if before.attributes.get(name) != after.attributes.get(name)
        for when, inputs in (("before", before), ("after", after))
        if name in inputs.attributes
    ]
    return {ChangeKind.DAYS: days, ChangeKind.USE: tuple(use), ChangeKind.RATE: tuple(rate)}
