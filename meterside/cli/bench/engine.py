"""The engine: one month's tiered segment, explained, beside the same Decimal arithmetic alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from meterside.engine.determinant import usage_of
from meterside.engine.period import Period
from meterside.engine.rating import rate
from meterside.engine.tariff.document import tariff_from_toml

from . import Result, electric
from .timing import best_s

TARIFF = """
format = "meterside-tariff/1"
code = "B-1"
name = "Bench"
utility = "Bench"
commodity = "electric"
[[versions]]
effective_from = 2020-01-01
[[versions.components]]
kind = "fixed"
code = "customer"
label = "Customer charge"
amount = "13.50"
[[versions.components]]
kind = "tiered"
code = "energy"
label = "Energy"
unit = "kWh"
prices = ["0.0934", "0.1080", "0.1210"]
widths = ["650", "350"]
[[versions.components]]
kind = "usage"
code = "power_cost"
label = "Power cost"
unit = "kWh"
price = "0.0123"
[[versions.components]]
kind = "percent"
code = "tax"
label = "City tax"
rate = "0.05"
"""
_SEGMENTS = 500


def run() -> Iterator[Result]:
    """Milliseconds of CPU for one explained segment."""
    tariff = tariff_from_toml(TARIFF)
    period = Period(date(2026, 5, 1), date(2026, 6, 1))
    uses = [usage_of(Decimal(400_000 + 1_731 * number), "Wh") for number in range(_SEGMENTS)]

    def rated() -> None:
        for use in uses:
            rate(tariff, period=period, determinants=use)

    def bare() -> None:
        for use in uses:
            kwh = use["usage"].quantity / 1000
            first, second = min(kwh, Decimal(650)), min(kwh, Decimal(1000))
            tiers = first, second - first, kwh - second
            prices = Decimal("0.0934"), Decimal("0.1080"), Decimal("0.1210")
            cents = [
                (width * price).quantize(Decimal("0.01")) for width, price in zip(tiers, prices, strict=True)
            ]
            total = sum(cents, Decimal("13.50")) + (kwh * Decimal("0.0123")).quantize(Decimal("0.01"))
            (total * Decimal("1.05")).quantize(Decimal("0.01"))

    figure, floor = best_s(rated) / _SEGMENTS * 1000, best_s(bare) / _SEGMENTS * 1000
    yield Result(
        "rating one month, six lines, explained",
        figure,
        "ms",
        floor,
        "ms, the sums alone",
        "<= 1 ms",
        figure <= 1,
    )
    yield from electric.run()
