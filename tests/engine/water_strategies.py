"""Random tariffs of water, sewer, gas, refuse and stormwater, and the numbers they ask for."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from meterside.engine.components.allotment import Indoor, Outdoor, Weather
from meterside.engine.components.assistance import AssistanceCredit
from meterside.engine.components.budget import BudgetCharge
from meterside.engine.components.counted import CountedCharge
from meterside.engine.money import RoundingRule
from meterside.engine.quantity import ConversionFactors, UsageRounding
from meterside.engine.tariff import (
    ChargePer,
    Component,
    Lookup,
    PercentCharge,
    Tariff,
    TariffVersion,
    TieredCharge,
    UsageCharge,
    constant,
)
from meterside.engine.terms.given import Given
from meterside.engine.terms.use import BilledUse, Pick
from tests.engine.strategies import FIRST_DAY, SEASONS, prices, prorations, roundings

#: The numbers of one home, as any of these tariffs may ask for them.
HOME: dict[str, str | int | Decimal] = {"units": 3, "people": Decimal("2.5"), "area": 1850, "inches": "5.3"}
shares = st.decimals(min_value=0, max_value=1, places=3)
steps = st.builds(
    UsageRounding,
    st.sampled_from([Decimal(1), Decimal("0.1"), Decimal("0.25")]),
    st.sampled_from(RoundingRule),
)
factors = st.decimals(min_value=Decimal("0.5"), max_value=Decimal("1.5"), places=4)


def _maybe(draw: st.DrawFn, value: st.SearchStrategy[Decimal]) -> Lookup[Decimal] | None:
    return constant(draw(value)) if draw(st.booleans()) else None


@st.composite
def uses(draw: st.DrawFn) -> BilledUse:
    """A use worked out from what is measured, and perhaps a winter average."""
    least = draw(st.one_of(st.none(), st.decimals(0, 5, places=1)))
    most = draw(st.one_of(st.none(), st.decimals(5, 40, places=1)))
    of = ("usage", "winter") if draw(st.booleans()) else ("usage",)
    by_season = Lookup(("season",), ((("winter",), draw(factors)), (("summer",), draw(factors))))
    return BilledUse(
        name="worked",
        unit="therm" if draw(st.booleans()) else "ccf",
        of=of,
        pick=draw(st.sampled_from([Pick.FIRST, Pick.LEAST, Pick.GREATEST, Pick.SUM]))
        if of[1:]
        else Pick.FIRST,
        measured_unit="ccf",
        measured_rounding=draw(st.one_of(st.none(), steps)),
        times=(draw(st.one_of(st.builds(constant, factors), st.just(by_season))),),
        times_given=(Given("pressure", Decimal(1)),),
        factor_rounding=draw(
            st.one_of(st.none(), st.just(UsageRounding(Decimal("0.0001"), RoundingRule.HALF_UP)))
        ),
        least=None if least is None else constant(least),
        most=None if most is None else constant(most),
        each=(Given("units"),) if draw(st.booleans()) else (),
        per=draw(st.sampled_from(ChargePer)),
        proration=draw(prorations),
        rounding=draw(st.one_of(st.none(), steps)),
    )


@st.composite
def _counted(draw: st.DrawFn) -> CountedCharge:
    least = draw(st.one_of(st.none(), st.integers(0, 3)))
    return CountedCharge(
        code="counted",
        label="Counted",
        amount=constant(draw(prices)),
        count=(Given("units"), Given("nobody_said", Decimal(2))),
        per=draw(st.sampled_from([ChargePer.BILL, ChargePer.MONTH])),
        size=_maybe(draw, st.decimals(1, 9, places=1)),
        count_rounding=draw(st.one_of(st.none(), steps)),
        least=None if least is None else constant(Decimal(least)),
        included=_maybe(draw, st.decimals(0, 2, places=0)),
        proration=draw(prorations),
        rounding=draw(st.one_of(st.none(), roundings)),
    )


def _budget(draw: st.DrawFn) -> BudgetCharge:
    per_cents = sorted(draw(st.sets(st.integers(1, 40), max_size=3)))
    first = draw(st.sampled_from([(), ("indoor",), ("outdoor",)]))
    bounds = (*first, *(f"{share * 10}%" for share in per_cents))
    count = len(bounds) + 1
    return BudgetCharge(
        code="use",
        label="Water",
        unit="ccf",
        prices=constant(tuple(draw(st.lists(prices, min_size=count, max_size=count)))),
        bounds=bounds,
        indoor=Indoor(
            people=Given("people"), gallons_per_person_day=constant(draw(st.decimals(0, 80, places=1)))
        ),
        outdoor=Outdoor(
            area=Given("area"),
            weather=Weather(given=Given("inches"), per=draw(st.sampled_from(ChargePer))),
            plant_factor=constant(draw(shares)),
            gallons_per_inch=draw(st.sampled_from([None, Decimal("0.62")])),
        ),
        budget_rounding=draw(st.one_of(st.none(), steps)),
    )


def _tiered(draw: st.DrawFn, unit: str) -> TieredCharge:
    count = draw(st.integers(1, 4))
    widths = st.lists(st.decimals(1, 40, places=1), min_size=count - 1, max_size=count - 1)
    return TieredCharge(
        code="use",
        label="Use",
        prices=constant(tuple(draw(st.lists(prices, min_size=count, max_size=count)))),
        widths=constant(tuple(draw(widths))),
        unit=unit,
        determinant="worked",
        width_per=draw(st.sampled_from(ChargePer)),
        width_each=(Given("units"),) if draw(st.booleans()) else (),
        width_rounding=draw(st.one_of(st.none(), steps)),
        proration=draw(prorations),
        rounding=draw(st.one_of(st.none(), roundings)),
    )


@st.composite
def versions(draw: st.DrawFn, start: date, end: date | None) -> TariffVersion:
    """What is counted, what is used, perhaps assistance, and a tax with exemptions and bounds."""
    use = draw(uses())
    found: list[Component] = [draw(_counted())] if draw(st.booleans()) else []
    kind = draw(st.integers(0, 2))
    if kind == 0:
        found.append(_budget(draw))
    elif kind == 1:
        found.append(_tiered(draw, use.unit))
    else:
        price = constant(draw(prices))
        found.append(UsageCharge(code="use", label="Use", price=price, unit=use.unit, determinant="worked"))
    if draw(st.booleans()):
        found.append(
            AssistanceCredit(
                code="help",
                label="Help",
                rate=constant(draw(shares)),
                amount=_maybe(draw, st.decimals(0, 30, places=2)),
                most=_maybe(draw, st.decimals(0, 50, places=2)),
                most_a_year=_maybe(draw, st.decimals(0, 90, places=2)),
            )
        )
    if draw(st.booleans()):
        found.append(
            PercentCharge(
                code="tax",
                label="Tax",
                rate=constant(draw(shares)),
                exempt=_maybe(draw, shares),
                base_most=_maybe(draw, st.decimals(0, 200, places=2)),
                most=_maybe(draw, st.decimals(0, 30, places=2)),
            )
        )
    return TariffVersion(
        effective_from=start,
        effective_to=end,
        components=tuple(found),
        seasons=SEASONS,
        uses=(use,),
        rounding=draw(roundings),
        factors=ConversionFactors(gallons_per_cf=Decimal("7.48"), therms_per_ccf=draw(factors)),
    )


@st.composite
def water_tariffs(draw: st.DrawFn) -> Tariff:
    """One or two versions that follow on one another."""
    cuts = [FIRST_DAY + timedelta(days=draw(st.integers(1, 700)))] if draw(st.booleans()) else []
    starts, ends = [date(2023, 1, 1), *cuts], [*cuts, None]
    found = tuple(draw(versions(start, end)) for start, end in zip(starts, ends, strict=True))
    return Tariff(
        code="W",
        name="Any water",
        utility="Any",
        commodity="water",
        bill_months=draw(st.integers(1, 2)),
        versions=found,
    )
