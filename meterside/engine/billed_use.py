"""Working out billed use: the steps of ``BilledUse``, and the numbers behind the result."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from meterside.engine.determinant import DeterminantSource
from meterside.engine.proration import factor
from meterside.engine.quantity import CannotConvert, UnknownUnit, convert
from meterside.engine.rating_error import RatingError, not_converted
from meterside.engine.terms.use import BilledUse, Pick
from meterside.engine.wording import plain

if TYPE_CHECKING:
    from meterside.engine.pricing import Inputs, Part
    from meterside.engine.terms.component import Component

_BY_BILL = frozenset({DeterminantSource.PRIOR, DeterminantSource.ATTRIBUTE})


@dataclass(frozen=True, slots=True)
class Worked:
    """A use of the whole period in its unit, and what it came from, by name."""

    quantity: Decimal
    facts: tuple[tuple[str, str], ...]


def work_out(use: BilledUse, component: Component, part: Part, inputs: Inputs) -> Worked:
    """The use of the whole period by the terms of a part's version. Raises ``RatingError``."""
    facts: list[tuple[str, str]] = []
    measured = _measured(use, component, part, inputs, facts)
    if use.measured_rounding is not None:
        measured = use.measured_rounding.apply(measured)
    facts += [("measured", plain(measured)), ("measured_unit", use.source_unit)]
    share = _factor(use, component, part, inputs)
    if share != 1:
        facts.append(("factor", plain(share)))
    quantity = _bounded(use, component, part, inputs, measured * share, facts)
    if use.rounding is not None:
        quantity = use.rounding.apply(quantity)
    facts += [("billed", plain(quantity)), ("billed_unit", use.unit)]
    return Worked(quantity, tuple(facts))


def _measured(
    use: BilledUse, component: Component, part: Part, inputs: Inputs, facts: list[tuple[str, str]]
) -> Decimal:
    if use.assumed is not None:
        return inputs.number(use.assumed, part) * _times(use, component, part, inputs)
    found: dict[str, Decimal] = {}
    for name in use.of:
        quantity = _quantity(use, name, component, part, inputs, facts)
        if quantity is not None:
            found[name] = quantity
            if use.pick is Pick.FIRST:
                break
        elif use.pick is not Pick.FIRST:
            raise RatingError(
                "missing_determinant",
                f"{component.code} needs {name}",
                component=component.code,
                determinant=name,
            )
    if not found:
        raise RatingError(
            "missing_determinant",
            f"{component.code} needs {' or '.join(use.of)}",
            component=component.code,
            determinant=", ".join(use.of),
        )
    name, quantity = _picked(use, found)
    if quantity < 0:
        raise RatingError(
            "negative_usage",
            f"{use.name} is {plain(quantity)} {use.source_unit}",
            determinant=use.name,
            quantity=plain(quantity),
            unit=use.source_unit,
        )
    if len(use.of) > 1 and name:
        facts.append(("picked", name))
    return quantity


def _picked(use: BilledUse, found: dict[str, Decimal]) -> tuple[str, Decimal]:
    """The quantity that counts, with its name where it is one of them."""
    if use.pick is Pick.SUM:
        return "", sum(found.values(), Decimal(0))
    if use.pick is Pick.DIFFERENCE:
        first, *others = found.values()
        return "", first - sum(others, Decimal(0))
    if use.pick is Pick.LEAST:
        return min(found.items(), key=lambda each: each[1])
    if use.pick is Pick.GREATEST:
        return max(found.items(), key=lambda each: each[1])
    return next(iter(found.items()))


def _quantity(
    use: BilledUse,
    name: str,
    component: Component,
    part: Part,
    inputs: Inputs,
    facts: list[tuple[str, str]],
) -> Decimal | None:
    """One quantity in the use's source unit; None where it is not known."""
    inner = part.version.use(name)
    if inner is not None:
        worked = work_out(inner, component, part, inputs)
        facts += [(f"{name}.{fact}", said) for fact, said in worked.facts]
        return _converted(worked.quantity, inner.unit, use, component, part)
    determinant = inputs.quantity_of(name)
    if determinant is None:
        return None
    if determinant.quantity < 0:
        said = f"{name} is {determinant.quantity} {determinant.unit}"
        raise RatingError(
            "negative_usage",
            f"{said}; it cannot be priced",
            determinant=name,
            quantity=determinant.quantity,
            unit=determinant.unit,
        )
    quantity = _converted(determinant.quantity, determinant.unit, use, component, part)
    if determinant.source in _BY_BILL:
        quantity = factor(use.proration, use.per, inputs.days.total, inputs.days).of(quantity)
    return quantity


def _converted(quantity: Decimal, unit: str, use: BilledUse, component: Component, part: Part) -> Decimal:
    try:
        return convert(quantity, unit, use.source_unit, part.factors)
    except (UnknownUnit, CannotConvert) as error:
        raise not_converted(component.code, error, unit=unit, wanted=use.source_unit) from error


def _factor(use: BilledUse, component: Component, part: Part, inputs: Inputs) -> Decimal:
    """What the measured quantity is multiplied by: from its unit to the use's, and every factor named."""
    share = Decimal(1)
    if use.measured_unit:
        try:
            share = convert(share, use.measured_unit, use.unit, part.factors)
        except (UnknownUnit, CannotConvert) as error:
            raise not_converted(component.code, error, unit=use.measured_unit, wanted=use.unit) from error
    for table in use.times:
        share *= inputs.number(table, part)
    for given in use.times_given:
        share *= inputs.given(component, given, part)
    return share if use.factor_rounding is None else use.factor_rounding.apply(share)


def _bounded(
    use: BilledUse,
    component: Component,
    part: Part,
    inputs: Inputs,
    quantity: Decimal,
    facts: list[tuple[str, str]],
) -> Decimal:
    """Between its bounds; a bound that moved it is said."""
    if use.least is not None:
        least = inputs.number(use.least, part) * _times(use, component, part, inputs)
        if quantity < least:
            facts.append(("at_least", plain(least)))
            quantity = least
    if use.most is not None:
        most = inputs.number(use.most, part) * _times(use, component, part, inputs)
        if quantity > most:
            facts.append(("at_most", plain(most)))
            quantity = most
    return quantity


def _times(use: BilledUse, component: Component, part: Part, inputs: Inputs) -> Decimal:
    """How often an assumed quantity or a bound counts: for the days, and for each number named."""
    times = factor(use.proration, use.per, inputs.days.total, inputs.days).quantity
    for given in use.each:
        times *= inputs.given(component, given, part)
    return times
