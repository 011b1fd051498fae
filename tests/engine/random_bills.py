"""Random bills over every kind of component, from a seed: tariffs as documents, periods, uses, hours, facts.

Quick enough for a million: no search for smaller examples, as property tests do; a bill is found again by its seed
and number.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from meterside.engine.determinant import Determinant, DeterminantSource
from meterside.engine.interval_use import IntervalUse
from meterside.engine.period import Period
from meterside.engine.rated import RatedSegment, RatingState
from meterside.engine.rating import rate
from meterside.engine.series import DatedSeries
from meterside.engine.tariff import Tariff
from meterside.engine.tariff.document import tariff_from_dict
from tests.engine.electric import run_of
from tests.engine.random_tariffs import FIRST, decimal_between, electric_document, water_document

#: How many bills are made of one tariff: reading a document costs as much as some bills.
_BILLS_A_TARIFF = 20


_YEAR = run_of(Period(FIRST, date(2026, 1, 1)))


#: Every number an agreement may be asked for.
FACTS: dict[str, str | int | Decimal] = {
    "units": 3,
    "people": Decimal("2.5"),
    "area": 1850,
    "inches": "5.3",
    "carts": 2,
}


@dataclass(frozen=True, slots=True)
class RandomBill:
    """All that one bill is priced from; `seed` and `number` make it again."""

    seed: int
    number: int
    tariff: Tariff
    period: Period
    determinants: Mapping[str, Determinant]
    intervals: Mapping[str, IntervalUse]
    state: RatingState

    def priced(self) -> RatedSegment:
        """The bill."""
        return rate(
            self.tariff,
            period=self.period,
            determinants=self.determinants,
            attributes=FACTS,
            state=self.state,
            intervals=self.intervals,
            series={"rider": _RIDER},
        )


_RIDER = DatedSeries(
    "rider", tuple((date(2024, 1, 1) + timedelta(days=61 * n), Decimal(n % 7 - 2) / 1000) for n in range(20))
)


def random_bills(seed: int, count: int, *, first: int = 0) -> Iterator[RandomBill]:
    """So many bills, from the one of that number on (a multiple of those made of one tariff)."""
    for start in range(first, first + count, _BILLS_A_TARIFF):
        draw = random.Random(f"{seed} {start}")
        is_electric = draw.random() < 0.6
        tariff = tariff_from_dict(electric_document(draw) if is_electric else water_document(draw))
        for number in range(start, min(start + _BILLS_A_TARIFF, first + count)):
            yield _bill(draw, seed, number, tariff, is_electric=is_electric)


def _bill(draw: random.Random, seed: int, number: int, tariff: Tariff, *, is_electric: bool) -> RandomBill:
    start = FIRST + timedelta(days=draw.randrange(0, 325))
    period = Period(
        start, start + timedelta(days=draw.choice((1, 7, 27, 28, 29, 30, 30, 31, 31, 33, 35, 40)))
    )
    asked = {
        name
        for version in tariff.versions
        for component in version.components
        for name in component.determinants()
    }
    determinants: dict[str, Determinant] = {}
    intervals: dict[str, IntervalUse] = {}
    if is_electric:
        most = draw.choice((0, 300, 2_000, 50_000))
        intervals["usage"] = _hours(draw, period, most)
        if "received" in asked:
            intervals["received"] = _hours(draw, period, most // 2)
        if draw.random() < 0.3:  # a register too, which the hours only share out
            determinants["usage"] = Determinant("usage", decimal_between(draw, 0, 4000, 3), "kWh")
        if "lamps" in asked:
            determinants["lamps"] = Determinant("lamps", Decimal(draw.randrange(0, 9)), "each")
    else:
        use = Decimal(0) if draw.random() < 0.1 else decimal_between(draw, 0, 300, 3)
        determinants["usage"] = Determinant("usage", use, "ccf", DeterminantSource.REGISTER)
        determinants["winter"] = Determinant(
            "winter", decimal_between(draw, 0, 30, 2), "ccf", DeterminantSource.PRIOR
        )
    state = (
        RatingState((("least_year.year", decimal_between(draw, 0, 900, 2)),))
        if draw.random() < 0.5
        else RatingState()
    )
    return RandomBill(seed, number, tariff, period, determinants, intervals, state)


def _hours(draw: random.Random, period: Period, most: int) -> IntervalUse:
    span = _YEAR.calendar.span(period)
    values = np.random.default_rng(draw.randrange(2**32)).integers(0, most + 1, span.stop - span.start)
    return replace(
        _YEAR, values=values, start_utc=_YEAR.calendar.instant(span.start).astimezone(_YEAR.start_utc.tzinfo)
    )


def year_of_hours(seed: int, most: int) -> IntervalUse:
    """A year of hours, each at most so many Wh."""
    return replace(_YEAR, values=np.random.default_rng(seed).integers(0, most + 1, len(_YEAR.values)))
