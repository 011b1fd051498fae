"""Why a bill is as much as it is: by service, and by time of day where hours are known (docs/algorithms/rating.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meterside.contracts.cis import BillView, HoursOfUse
from meterside.engine.money import split_cents
from meterside.engine.quantity import is_power
from meterside.engine.rated import RatedLine
from meterside.engine.time_of_day import PeriodCost, cost_by_period

from .electric_lines import period_words
from .lines import priced_use, rated_lines
from .much import MuchOfService, MuchPart, WhyThisMuch
from .say import Say
from .see import in_order
from .times import DAY_PARTS, PeriodHours, day_part, hours_words
from .words import converted, in_language, price_text, service_name, use_text

_MEASURED = ("electric", "water", "gas")
#: Lines that are a use times a price which no hour changes.
_BY_USE = ("usage", "tiered", "budget")
_CLOCK = "time_of_use"
_PRICE_PLACES = 4
_SEPARATOR = " · "
_THINGS: dict[str, Promise] = {
    "electric": gettext_lazy("electricity"),
    "water": gettext_lazy("water"),
    "gas": gettext_lazy("gas"),
    "sewer": gettext_lazy("the sewer"),
    "refuse": gettext_lazy("refuse"),
}


def why_this_much(view: BillView, hours: Sequence[HoursOfUse], *, say: Say) -> WhyThisMuch | None:
    """The new charges in parts; None where the bill has only its totals.

    `hours` are asked for where `wants_hours` says that they have something to tell.
    """
    items = in_order(view.statement)
    if not items:
        return None
    known = {one.agreement: one for one in hours}
    # An agreement whose rate changed on the bill is there twice; its hours are of both together.
    once = [item["agreement"] for item in items]
    services = tuple(
        _service(item, known.get(item["agreement"]) if once.count(item["agreement"]) == 1 else None, say)
        for item in items
    )
    total = sum(one.total_cents for one in services)
    by_service: dict[str, int] = {}
    for one in services:
        by_service[one.service] = by_service.get(one.service, 0) + one.total_cents
    parts = tuple(MuchPart(service_name(name), cents) for name, cents in by_service.items())
    return WhyThisMuch(_of_all(by_service, total, say), total, parts, services)


def wants_hours(view: BillView) -> bool:
    """Whether some service's charges go by use that no clock priced."""
    return any(
        item["service"] in _MEASURED and _shared(rated_lines(item))
        for item in view.statement.get("services", ())
    )


def _of_all(by_service: Mapping[str, int], total: int, say: Say) -> str:
    """`Most of it is for electricity: $62.31 of $120.44.`"""
    if len(by_service) < 2 or total <= 0:
        return ""
    name = max(by_service, key=lambda one: by_service[one])
    facts = {"what": _thing(name), "part": say.money(by_service[name]), "whole": say.money(total)}
    if by_service[name] * 2 > total:
        return _("Most of it is for %(what)s: %(part)s of %(whole)s.") % facts
    return _("The largest part is for %(what)s: %(part)s of %(whole)s.") % facts


def _thing(service: str) -> str:
    own = _THINGS.get(service)
    return service if own is None else str(own)


def _service(item: Mapping[str, Any], hours: HoursOfUse | None, say: Say) -> MuchOfService:
    lines = rated_lines(item)
    by_clock = [line for line in lines if line.kind == _CLOCK and dict(line.facts).get("period")]
    shared = _shared(lines) if not by_clock and item["service"] in _MEASURED else []
    if by_clock:
        whens, by_time = _by_clock(item, by_clock, say)
        used, method = by_clock, _("Each time of day has its price. That is what its use came to.")
    elif shared and hours is not None:
        whens, by_time = _by_share(shared, hours, say)
        used, method = (
            shared if by_time else [],
            _(
                "The price is the same at every hour. What the use cost is shared out here by when it was used."
            ),
        )
    else:
        whens, by_time, used, method = (), (), [], ""
    rest = _rest([line for line in lines if line not in used])
    return MuchOfService(
        service=item["service"],
        title=service_name(item["service"]),
        total_cents=item["total_cents"],
        words=_of_service(item, whens, by_time, rest, say),
        method=method if by_time else "",
        by_time=by_time,
        rest=rest,
    )


def _of_service(
    item: Mapping[str, Any],
    whens: Sequence[str],
    by_time: Sequence[MuchPart],
    rest: Sequence[MuchPart],
    say: Say,
) -> str:
    """`Most of the cost, $41.20 of $63.10, is for using electricity from 4 PM to 9 PM on weekdays.`"""
    if not by_time:
        return ""
    most = max(range(len(by_time)), key=lambda one: by_time[one].amount_cents)
    part, whole = by_time[most].amount_cents, item["total_cents"]
    if not 0 < part <= whole:
        return ""
    facts = {
        "part": say.money(part),
        "whole": say.money(whole),
        "what": _thing(item["service"]),
        "when": whens[most],
    }
    if part * 2 > whole:
        return _("Most of the cost, %(part)s of %(whole)s, is for using %(what)s %(when)s.") % facts
    if any(one.amount_cents > part for one in rest):
        return _("Of what your use cost, the largest part, %(part)s, is for using %(what)s %(when)s.") % facts
    return _("The largest part of the cost, %(part)s of %(whole)s, is for using %(what)s %(when)s.") % facts


_Parts = tuple[tuple[str, ...], tuple[MuchPart, ...]]


def _by_clock(item: Mapping[str, Any], lines: Sequence[RatedLine], say: Say) -> _Parts:
    """Each period's cost as it was priced; what several charges cost at the same times is one part."""
    times = {(one["component"], one["period"]): PeriodHours.of(one["times"]) for one in item.get("clock", ())}
    whens: dict[tuple[str, str], list[PeriodCost]] = {}
    for cost in cost_by_period(lines):
        own = times.get((cost.component, cost.period))
        when = hours_words(own, say) if own else ""
        whens.setdefault((_period_name(cost), when), []).append(cost)
    parts = []
    for (name, when), costs in whens.items():
        cents = sum(cost.amount_cents for cost in costs)
        note = _SEPARATOR.join(text for text in (when, _price_note(costs, say)) if text)
        parts.append(MuchPart(name[:1].upper() + name[1:], cents, note))
    said = tuple(when or _("in the period “%(name)s”") % {"name": name} for name, when in whens)
    return said, tuple(parts)


def _period_name(cost: PeriodCost) -> str:
    return in_language(cost.label or cost.period, cost.label_es)


def _price_note(costs: Sequence[PeriodCost], say: Say) -> str:
    """`82.1 kWh at $0.5000 each`; of several charges for one use, their prices together."""
    first = costs[0]
    use = use_text(first.quantity, first.unit, say)
    if first.price is None or any(cost.quantity != first.quantity for cost in costs):
        return use
    exact = sum((cost.price or Decimal(0) for cost in costs), Decimal(0))
    price = round(exact, _PRICE_PLACES)
    facts = {"use": use, "price": price_text(price.normalize() if price == exact else price)}
    return (
        _("%(use)s at %(price)s each") % facts
        if price == exact
        else _("%(use)s at about %(price)s each") % facts
    )


def _by_share(lines: Sequence[RatedLine], hours: HoursOfUse, say: Say) -> _Parts:
    """The charges for use, shared out over the parts of the day by use; nothing where none was used, or some given."""
    sums = [sum(hours.by_hour[first:end], Decimal(0)) for first, end in DAY_PARTS]
    cents = sum(line.amount_cents for line in lines)
    if min(hours.by_hour) < 0 or not any(sums) or cents <= 0:
        return (), ()
    priced = priced_use(lines)
    unit = priced[1] if priced else hours.unit
    whens = tuple(
        hours_words(PeriodHours.of([("every", first * 60, end * 60)]), say) for first, end in DAY_PARTS
    )
    parts = []
    for (first, _end), when, use, amount in zip(
        DAY_PARTS, whens, sums, split_cents(cents, sums), strict=True
    ):
        shown = converted(use, hours.unit, unit)
        used = use_text(use, hours.unit, say) if shown is None else use_text(shown, unit, say)
        parts.append(MuchPart(day_part(first), amount, _SEPARATOR.join((when, used))))
    return whens, tuple(parts)


def _shared(lines: Sequence[RatedLine]) -> list[RatedLine]:
    return [
        line
        for line in lines
        if line.kind in _BY_USE and line.determinant == "usage" and not is_power(line.unit)
    ]


def _rest(lines: Sequence[RatedLine]) -> tuple[MuchPart, ...]:
    """What no hour decides: each charge by its name, its lines together."""
    found: dict[str, int] = {}
    for line in lines:
        label = in_language(line.label, line.label_es)
        period = period_words(line)
        label = _("%(charge)s, %(period)s") % {"charge": label, "period": period} if period else label
        found[label] = found.get(label, 0) + line.amount_cents
    return tuple(MuchPart(label, cents) for label, cents in found.items())
