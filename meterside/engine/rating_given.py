"""What rating is given, looked at before anything is priced: refused where it cannot be right, then made ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from meterside.engine.determinant import Determinant
from meterside.engine.interval_use import IntervalsMissing, IntervalUse
from meterside.engine.period import Period
from meterside.engine.proration import UsageShare
from meterside.engine.quantity import CannotConvert, UnknownUnit, convert
from meterside.engine.rated import Reconciled
from meterside.engine.rating_error import RatingError, not_converted
from meterside.engine.tariff.model import TariffVersion

#: The determinant of energy that came from the customer.
RECEIVED = "received"


def check_received(
    spans: Sequence[tuple[TariffVersion, Period]],
    determinants: Mapping[str, Determinant],
    intervals: Mapping[str, IntervalUse],
) -> None:
    """Refuse energy the customer gave that no component says the worth of."""
    given = any(
        name.partition(".")[0] == RECEIVED and item.quantity for name, item in determinants.items()
    ) or (RECEIVED in intervals and bool(intervals[RECEIVED].values.any()))
    if not given:
        return
    for version, span in spans:
        if not any(RECEIVED in component.determinants() for component in version.components):
            said = f"energy was received, and the rate of {span.start} says nothing of it"
            raise RatingError("received_energy", said, tariff_from=version.effective_from, start=span.start)


def within(period: Period, intervals: Mapping[str, IntervalUse]) -> dict[str, IntervalUse]:
    """The intervals of the period alone; refused when one is missing or negative."""
    found = {}
    for name, given in intervals.items():
        try:
            use = given.within(period)
        except IntervalsMissing as error:
            raise RatingError(
                "missing_intervals",
                f"{name}: {error}",
                why="not_all_days",
                determinant=name,
                start=period.start,
                end=period.closed_end,
            ) from error
        if use.missing_count:
            raise RatingError(
                "missing_intervals",
                f"{name}: {use.missing_count} intervals have no value",
                why="no_value",
                determinant=name,
                count=use.missing_count,
            )
        if use.values.size and int(use.values.min()) < 0:
            raise RatingError(
                "negative_usage",
                f"intervals of {name} are negative; they cannot be priced",
                why="interval",
                determinant=name,
            )
        found[name] = use
    return found


def reconciled(
    determinants: Mapping[str, Determinant], shapes: Mapping[str, IntervalUse]
) -> tuple[Reconciled, ...]:
    """What is billed beside what the intervals sum to, for determinants that came both ways."""
    found = []
    for name, use in shapes.items():
        given = determinants.get(name)
        if given is None:
            continue
        try:
            total = convert(use.total(), use.unit, given.unit)
        except (UnknownUnit, CannotConvert) as error:
            raise not_converted(f"intervals of {name}", error, unit=use.unit, wanted=given.unit) from error
        found.append(Reconciled(name, given.quantity, total, given.unit))
    return tuple(found)


def shares_of_use(
    period: Period, daily_usage: Mapping[str, Mapping[date, Decimal]], shapes: Mapping[str, IntervalUse]
) -> dict[str, UsageShare]:
    shares = {}
    for name, daily in daily_usage.items():
        if name in shapes:
            raise RatingError(
                "daily_usage",
                f"{name} is given both by day and by interval; give one",
                why="twice",
                determinant=name,
            )
        lacking = next((day for day in period.each_day() if day not in daily), None)
        if lacking is not None:
            raise RatingError(
                "daily_usage",
                f"daily use of {name} lacks {lacking}",
                why="lacks",
                determinant=name,
                day=lacking,
            )
        if any(daily[day] < 0 for day in period.each_day()):
            raise RatingError(
                "daily_usage",
                f"daily use of {name} is negative on some day",
                why="negative",
                determinant=name,
            )
        shares[name] = UsageShare(period, daily)
    for name, use in shapes.items():
        shares[name] = UsageShare(period, use.by_day)
    return shares
