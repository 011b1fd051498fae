"""All the quantities a segment is priced from: use, what was received, its parts by the clock, its hours."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from meterside.engine.determinant import Determinant
from meterside.engine.interval_use import IntervalUse
from meterside.engine.period import Period
from meterside.engine.tariff.model import Tariff

from .clock_registers import clock_determinants
from .hours import Hours, hours_of
from .measuring import Measured, measure
from .source_rows import Agreement
from .sources import Sources


@dataclass(frozen=True, slots=True)
class Quantities:
    """What meters say of a period, as rating takes it. `daily` is the shape over days where it decides a price."""

    measured: Measured
    determinants: Mapping[str, Determinant]
    hours: Hours
    daily: Mapping[str, Mapping[date, Decimal]] | None

    @property
    def intervals(self) -> Mapping[str, IntervalUse] | None:
        return self.hours.uses or None


def quantities_of(agreement: Agreement, tariff: Tariff, period: Period, sources: Sources) -> Quantities:
    """The agreement's quantities in a period on a tariff. Raises UnableToMeasure."""
    asked = sources.asked_by(tariff)
    measured = measure(agreement, period, sources, is_received_priced=asked.received)
    parts = clock_determinants(agreement, period, sources) if asked.by_clock else {}
    hours = hours_of(agreement, period, asked, sources)
    return Quantities(
        measured=measured,
        determinants={**measured.determinants, **parts},
        hours=hours,
        daily=None if "usage" in hours.uses else _by_day(tariff, period, measured),
    )


def _by_day(tariff: Tariff, period: Period, measured: Measured) -> dict[str, dict[date, Decimal]] | None:
    """The shape over days, where a version or season changes inside the period and all days are known."""
    if len(measured.days) != period.days or measured.determinant is None:
        return None
    is_cut = any(
        version.seasons
        or (period.contains(version.effective_from) and version.effective_from != period.start)
        for version in tariff.versions
    )
    if not is_cut:
        return None
    return {measured.determinant.name: {day: Decimal(use) for day, (use, _) in measured.days.items()}}


def seen(determinants: Mapping[str, Determinant], intervals: Mapping[str, IntervalUse] | None) -> str:
    """A short name of what was seen: another one where any quantity, or any interval, is another."""
    digest = hashlib.sha256()
    for name in sorted(determinants):
        item = determinants[name]
        digest.update(f"{name} {item.quantity.normalize()} {item.unit}\n".encode())
    for name, use in sorted((intervals or {}).items()):
        digest.update(f"{name} {use.scale.normalize()} {use.unit} {use.start_utc.isoformat()}\n".encode())
        digest.update(use.values.tobytes())
    return digest.hexdigest()[:32]
