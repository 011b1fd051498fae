"""Many accounts at once: the same cents as one by one, or refused by name; docs/algorithms/many.md."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from meterside.engine.interval_use import IntervalUse
from meterside.engine.many import ManyUse, NotVectorised, rate_many
from meterside.engine.period import Period
from meterside.engine.rating import rate
from meterside.engine.tariff import Tariff
from tests.engine.electric import run_of, tariff
from tests.engine.electric_strategies import SEASONS, documents

MONTHS = [Period(date(2025, 2, 1), date(2025, 3, 1)), Period(date(2025, 3, 1), date(2025, 4, 1)),
          Period(date(2025, 7, 1), date(2025, 8, 1)), Period(date(2025, 10, 20), date(2025, 11, 17))]  # fmt: skip
WHOLE = run_of(Period(date(2025, 1, 1), date(2026, 1, 1)))


def many(values: np.ndarray, **more: object) -> ManyUse:
    fields = {"unit": "Wh", "seconds": 3600, "start_utc": WHOLE.start_utc, "zone": WHOLE.zone, **more}
    return ManyUse(values=values, **fields)  # type: ignore[arg-type]


def one_by_one(found: Tariff, use: ManyUse) -> list[list[int]]:
    return [
        [
            rate(
                found,
                period=period,
                determinants={},
                intervals={
                    "usage": IntervalUse(
                        values=row,
                        unit=use.unit,
                        seconds=use.seconds,
                        start_utc=use.start_utc,
                        zone=use.zone,
                        scale=use.scale,
                    )
                },
            ).total_cents
            for period in MONTHS
        ]
        for row in use.values
    ]


@settings(max_examples=60, deadline=None)
@given_by(documents(), st.integers(0, 10**6), st.sampled_from([0, 3, 4000, 10**6]))
def test_the_same_cents_as_one_by_one(found: Tariff, seed: int, most: int) -> None:
    values = np.random.default_rng(seed).integers(0, most + 1, (3, len(WHOLE.values)))
    use = many(values)
    assert rate_many(found, periods=MONTHS, use=use).tolist() == one_by_one(found, use)


def test_many_blocks_and_another_unit() -> None:
    found = tariff('kind = "usage"\ncode = "u"\nunit = "kWh"\nprice = "0.1234"')
    use = many(np.random.default_rng(1).integers(0, 300, (130, 8760)), unit="kWh", scale=Decimal("0.01"))
    assert rate_many(found, periods=MONTHS, use=use).tolist() == one_by_one(found, use)
    assert rate_many(found, periods=MONTHS, use=many(np.zeros((0, 8760), dtype=np.int64))).shape == (0, 4)


EACH = 'kind = "tiered"\ncode = "t"\nunit = "kWh"\nprices = [1, 2]\nwidths = [5]\nwidth_each = ["dwellings"]'
USAGE = 'kind = "usage"\ncode = "u"\nunit = "kWh"\nprice = %s'


@pytest.mark.parametrize(
    ("components", "version", "said"),
    [
        ([USAGE % '{ series = "pca" }'], "", "dated series"),
        ([USAGE % "1" + '\ndeterminant = "net"'], "", "another quantity"),
        ([USAGE % "1"], 'rounding = { scope = "bill" }\n', "rounding by bill"),
        ([USAGE % "1"], "usage_rounding = { step = 1 }\n", "rounding of use"),
        ([USAGE % "1" + '\nrounding = { scope = "component" }'], "", "rounding by component"),
        (['kind = "net_metering"\ncode = "n"\nunit = "kWh"\ncarry = "none"'], "", "the kind net_metering"),
        (['kind = "demand"\ncode = "d"\nprices = 1\nwindow_minutes = 120'], "", "window of several"),
        (['kind = "demand"\ncode = "d"\nprices = 1\nratchet = { share = 0.5 }'], "", "beyond the highest"),
        ([USAGE % '{ by = ["season"], values = { a = 1, b = 2 } }'],
         SEASONS.replace("03-31", "03-15").replace("04-01", "03-16").replace("cold", "a").replace("warm", "b"),
         "changes inside"),
        ([USAGE % '"1e17"'], "", "62 bits"),
        ([USAGE % "1", 'kind = "percent"\ncode = "t"\nrate = 0.1\nmost = 5'], "", "t: most"),
        ([EACH], "", "t: width_each"),
    ],
)  # fmt: skip
def test_what_is_priced_one_by_one_is_named(components: list[str], version: str, said: str) -> None:
    with pytest.raises(NotVectorised, match=said):
        rate_many(
            tariff(*components, version=version), periods=MONTHS, use=many(WHOLE.values[np.newaxis, :] * 1000)
        )


@pytest.mark.parametrize(
    ("periods", "values", "said"),
    [
        ([Period(date(2024, 12, 1), date(2025, 1, 1))], WHOLE.values, "do not cover"),
        ([MONTHS[1], MONTHS[0]], WHOLE.values, "in order"),
        (MONTHS, -WHOLE.values, "negative"),
    ],
)
def test_use_that_cannot_be_priced(periods: list[Period], values: np.ndarray, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rate_many(tariff(USAGE % "1"), periods=periods, use=many(values[np.newaxis, :]))


def test_only_whole_numbers() -> None:
    with pytest.raises(TypeError, match="whole numbers"):
        many(np.zeros((1, 8760)))
