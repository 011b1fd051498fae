"""What the meters said, in plain words: reads, their kind, and how the day values agree with the dial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .page import MeterFacts, UseOfDay
from .say import Say
from .words import USE_PLACES, converted, day_of, read_kind

_MEASURED = ("actual", "initial", "final")
_ONE_DAY = timedelta(days=1)


def meter_facts(meters: Sequence[Mapping[str, Any]], unit: str, say: Say) -> tuple[MeterFacts, ...]:
    """Each meter's register, as a customer can check it at the wall."""
    return tuple(_facts(meter, unit, len(meters) > 1, say) for meter in meters)


def read_sentences(meters: Sequence[Mapping[str, Any]], unit: str, say: Say) -> tuple[str, ...]:
    """`762 kWh between the reads of October 21 and November 20, both measured.`"""
    return tuple(_sentence(meter, unit, say) for meter in meters)


def estimated_words(meters: Sequence[Mapping[str, Any]], say: Say) -> str:
    """What it means that a read was estimated; empty when none was."""
    days = [
        day_of(meter[end]["day"])
        for meter in meters
        if "present" in meter
        for end in ("previous", "present")
        if meter[end]["kind"] == "estimated"
    ]
    if days:
        return _(
            "We could not read the meter on %(day)s and estimated it. When the next read is measured, "
            "what was too much or too little is put right by itself."
        ) % {"day": say.day(max(days))}
    n_days = sum(meter.get("not_measured_days", 0) for meter in meters)
    if not n_days:
        return ""
    return ngettext(
        "%(count)s day of this period was estimated, because the meter’s data did not arrive.",
        "%(count)s days of this period were estimated, because the meter’s data did not arrive.",
        n_days,
    ) % {"count": n_days}


def use_of_days(service: Mapping[str, Any], unit: str) -> tuple[UseOfDay, ...]:
    """Each day of the period in the unit shown; nothing where no day is known."""
    if not service["daily"] or not service["usage"]:
        return ()
    one = converted(Decimal(1), service["usage"]["unit"], unit)
    if one is None:
        return ()
    known = {day_of(day): (use * one, quality) for day, use, quality in service["daily"]}
    before = (service.get("last_year") or {}).get("daily") or ()
    day, end = (day_of(text) for text in service["period"])
    found = []
    for number in range((end - day).days):
        amount, quality = known.get(day, (None, "missing"))
        old = before[number] if number < len(before) else None
        found.append(UseOfDay(day, amount, quality, None if old is None else old * one))
        day += _ONE_DAY
    return tuple(found)


def reconciling_words(
    days: Sequence[UseOfDay], meters: Sequence[Mapping[str, Any]], unit: str, say: Say
) -> str:
    """What lies between the sum of the days and the dials the bill uses; empty where they agree.

    A dial shows whole counts only, so less than one count is no difference.
    """
    dial, step = Decimal(0), Decimal(0)
    for meter in meters:
        used = converted(Decimal(meter["quantity"]), meter["unit"], unit)
        count = Decimal(meter.get("units_per_count", 0)) * Decimal(meter["multiplier"])
        one = converted(count, meter["unit"], unit)
        if used is None or one is None or meter["use"] != "add":
            return ""
        dial, step = dial + used, step + one
    if not days or any(day.amount is None for day in days):
        return ""
    by_day = sum((day.amount or Decimal(0) for day in days), Decimal(0))
    difference = round(by_day - dial, USE_PLACES)
    if abs(difference) < max(step, Decimal("0.01")):
        return ""
    facts = {
        "by_day": say.usage(by_day, unit, USE_PLACES),
        "dial": say.usage(dial, unit, USE_PLACES),
        "difference": say.usage(abs(difference), unit, USE_PLACES),
    }
    return (
        _(
            "The days add up to %(by_day)s, the meter’s dial moved %(dial)s. "
            "The bill uses the dial; the difference is %(difference)s."
        )
        % facts
    )


def _shown(meter: Mapping[str, Any], unit: str, say: Say) -> str:
    quantity = Decimal(meter["quantity"])
    own = converted(quantity, meter["unit"], unit)
    if own is None:
        return say.usage(quantity, meter["unit"], USE_PLACES)
    return say.usage(own, unit, USE_PLACES)


def _sentence(meter: Mapping[str, Any], unit: str, say: Say) -> str:
    facts = {"use": _shown(meter, unit, say), "badge": meter["badge"]}
    if "present" not in meter:
        facts["days"] = say.number(meter["interval_days"])
        return _("%(use)s, added up from %(days)s days of data of meter %(badge)s.") % facts
    before, after = meter["previous"], meter["present"]
    facts |= {"first": say.day(day_of(before["day"])), "last": say.day(day_of(after["day"]))}
    kinds = (before["kind"] in _MEASURED, after["kind"] in _MEASURED)
    if all(kinds):
        return _("%(use)s between the reads of %(first)s and %(last)s, both measured.") % facts
    facts |= {"first_kind": read_kind(before["kind"]), "last_kind": read_kind(after["kind"])}
    return _("%(use)s between the reads of %(first)s (%(first_kind)s) and %(last)s (%(last_kind)s).") % facts


def _facts(meter: Mapping[str, Any], unit: str, is_one_of_many: bool, say: Say) -> MeterFacts:
    ends = ("previous", "present") if "present" in meter else ()
    multiplier = Decimal(meter["multiplier"])
    used = _shown(meter, unit, say)
    rows = [_read_row(meter[end], say) for end in ends]
    if ends:
        rows.append((_("Difference"), say.number(meter["difference"])))
    if multiplier != 1:
        rows.append((_("Multiplied by"), say.number(multiplier, 4)))
    rows.append((_("Taken off for this meter"), used) if meter["use"] == "subtract" else (_("Used"), used))
    rows.append((_("Days"), say.number(meter["days"])))
    badge = meter["badge"]
    if is_one_of_many and meter["register"]:
        badge = _("%(badge)s, register %(register)s") % {"badge": badge, "register": meter["register"]}
    return MeterFacts(
        badge=badge,
        rows=tuple(rows),
        reads=tuple(_read_cell(meter[end], say) for end in ends),
        multiplier=say.number(multiplier, 4),
        days=say.number(meter["days"]),
        used=used,
    )


def _read_row(read: Mapping[str, Any], say: Say) -> tuple[str, str]:
    facts = {"day": say.day(day_of(read["day"])), "kind": read_kind(read["kind"])}
    return _("Read of %(day)s, %(kind)s") % facts, say.number(read["count"])


def _read_cell(read: Mapping[str, Any], say: Say) -> str:
    facts = {
        "count": say.number(read["count"]),
        "day": say.day_short(day_of(read["day"])),
        "kind": read_kind(read["kind"]),
    }
    return _("%(count)s (%(day)s, %(kind)s)") % facts
