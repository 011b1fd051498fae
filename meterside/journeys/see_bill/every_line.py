"""Every charge of a bill with all that is behind it: reads, rate, days, the sum, the exact amount."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from meterside.contracts.cis import BillView
from meterside.engine.determinant import ReadEvidence
from meterside.engine.rated import RatedLine

from .lines import charge_groups, priced_use, rated_lines
from .meters import meter_facts, read_sentences
from .page import MeterFacts
from .say import Say
from .see import in_order
from .words import USE_PLACES, converted, day_of, in_language, last_day, price_text, read_kind, service_name

_EXACT_PLACES = 6


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One charge: `how` is its sum in words, `rows` what it came from, as label and value."""

    label: str
    how: str
    amount_cents: int
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MeasuredFacts:
    """A quantity beside the use that charges came from, with its reads in words."""

    label: str
    quantity: str
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceLines:
    """One service's charges, worked out; together `total_cents`."""

    service: str
    title: str
    period: str
    total_cents: int
    sentences: tuple[str, ...]
    meters: tuple[MeterFacts, ...]
    measured: tuple[MeasuredFacts, ...]
    lines: tuple[LineFacts, ...]


def every_line(view: BillView, *, say: Say) -> tuple[ServiceLines, ...]:
    """The services of a bill, each line for itself; nothing where the bill has only its totals."""
    return tuple(_service(item, say) for item in in_order(view.statement))


def _service(item: Mapping[str, Any], say: Say) -> ServiceLines:
    lines = rated_lines(item)
    priced = priced_use(lines)
    usage = item["usage"]
    unit = priced[1] if priced else usage["priced_unit"] if usage else ""
    start, end = (day_of(text) for text in item["period"])
    return ServiceLines(
        service=item["service"],
        title=service_name(item["service"]),
        period=say.days(start, last_day(end)),
        total_cents=item["total_cents"],
        sentences=read_sentences(item["meters"], unit, say),
        meters=meter_facts(item["meters"], unit, say),
        measured=tuple(_measured(one, lines, say) for one in item.get("behind", ())),
        lines=tuple(_line(line, item, lines, say) for line in lines),
    )


def _line(line: RatedLine, item: Mapping[str, Any], lines: Sequence[RatedLine], say: Say) -> LineFacts:
    ((charge,),) = (group.lines for group in charge_groups((line,), line.span, say))
    tariff = item["tariff"]
    rate = {"rate": in_language(tariff["name"], tariff.get("name_es", "")), "code": tariff["code"]}
    rows = [
        (_("Days"), say.days(line.span.start, line.span.last_day)),
        (_("Rate"), _("%(rate)s (%(code)s)") % rate),
        (_("Prices since"), say.day_year(line.version_from)),
        (_("Charge in the rate"), line.component),
    ]
    measured = _of(line, item, lines)
    if measured:
        rows.insert(0, (_("Measured"), measured))
    for value in line.series:
        said = {"value": f"{value.value.normalize():f}", "day": say.day_year(value.since)}
        rows.append((value.series, _("%(value)s since %(day)s") % said))
    rows.append((_("Exactly"), price_text(round(line.unrounded, _EXACT_PLACES).normalize())))
    rows.append((_("Rounded"), say.money(line.amount_cents)))
    return LineFacts(charge.label, charge.how, charge.amount_cents, tuple(rows))


def _of(line: RatedLine, item: Mapping[str, Any], lines: Sequence[RatedLine]) -> str:
    """What a line's use was measured as: by name, for the reads stand beside."""
    if not line.determinant:
        return ""
    period = dict(line.facts).get("period", "")
    known = {one["name"] for one in item.get("behind", ())}
    name = f"{line.determinant}.{period}"
    return measured_name(name if name in known else line.determinant, lines)


def _measured(one: Mapping[str, Any], lines: Sequence[RatedLine], say: Say) -> MeasuredFacts:
    quantity, unit = Decimal(one["quantity"]), one["unit"]
    unit, quantity = _shown(quantity, unit, lines)
    return MeasuredFacts(
        label=measured_name(one["name"], lines),
        quantity=say.usage(quantity, unit, USE_PLACES),
        reads=tuple(_read(ReadEvidence.from_dict(dict(read)), say) for read in one["reads"]),
    )


def _shown(quantity: Decimal, unit: str, lines: Sequence[RatedLine]) -> tuple[str, Decimal]:
    """A quantity in the unit the service is priced in, where it is of the same measure."""
    for line in lines:
        own = converted(quantity, unit, line.unit) if line.unit else None
        if own is not None:
            return line.unit, own
    return unit, quantity


def _read(read: ReadEvidence, say: Say) -> str:
    facts = {
        "day": say.day(read.read_at),
        "value": say.usage(read.value, read.unit, USE_PLACES),
        "kind": read_kind(read.kind),
        "meter": read.meter_number,
        "register": read.register,
    }
    if not read.meter_number:
        return _("%(day)s: %(value)s") % facts
    if not read.register:
        return _("%(day)s: %(value)s, %(kind)s, meter %(meter)s") % facts
    return _("%(day)s: %(value)s, %(kind)s, meter %(meter)s, register %(register)s") % facts


def measured_name(name: str, lines: Sequence[RatedLine]) -> str:
    """A quantity as a customer calls it; one the product does not know keeps its own name."""
    base, _point, period = name.partition(".")
    words = {
        "usage": _("Use"),
        "net": _("Use less what you sent us"),
        "received": _("Energy you sent us"),
        "demand": _("Highest demand"),
        "reactive": _("Reactive energy"),
        "winter_average": _("Winter average"),
        "contract_demand": _("Agreed demand"),
        "lamps": _("Lights without a meter"),
    }.get(base, base.replace("_", " "))
    if not period:
        return words
    labels = {dict(line.facts).get("period", ""): dict(line.facts) for line in lines}
    own = labels.get(period, {})
    said = in_language(own.get("period_label", period.replace("_", " ")), own.get("period_label_es", ""))
    return f"{words}, {said}"
