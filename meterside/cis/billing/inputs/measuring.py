"""From reads to determinants: what was used in a period, and the reads that prove it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from meterside.engine.determinant import Determinant, DeterminantSource, ReadEvidence
from meterside.engine.period import Period
from meterside.engine.quantity import CannotConvert, UnknownUnit, convert

from .source_rows import Agreement, ChannelRow, Meter, RegisterRow
from .sources import Sources


class UnableToMeasure(Exception):
    """A read is missing or cannot be right; `kind` is a stable word, the message and `facts` say which."""

    def __init__(self, kind: str, detail: str, **facts: object) -> None:
        super().__init__(detail)
        self.kind = kind
        self.facts = {name: str(value) for name, value in facts.items()}


@dataclass(frozen=True, slots=True)
class Measured:
    """Use of a period. `meters` and `days` are what the statement prints; units are least units.

    `received` is energy that came from the customer, never netted here; None where no meter measures it.
    """

    determinant: Determinant | None
    meters: tuple[Mapping[str, Any], ...]
    days: Mapping[date, tuple[int, str]]
    unit: str
    received: Determinant | None = None

    @property
    def determinants(self) -> dict[str, Determinant]:
        """Use and received energy, by name."""
        return {item.name: item for item in (self.determinant, self.received) if item is not None}


def measure(
    agreement: Agreement, period: Period, sources: Sources, *, is_received_priced: bool = False
) -> Measured:
    """The agreement's use in the period. Raises UnableToMeasure; nothing is ever guessed here.

    Where the tariff prices received energy, what measures it must be whole.

    Days on which no meter was in place are no days without use: nobody knows what was used then.
    """
    _refuse_gap(agreement, period)
    quantity, evidence, printed, unit = Decimal(0), [], [], ""
    kind = DeterminantSource.REGISTER
    for meter in agreement.meters:
        here = Period(meter.first, meter.end).overlap(period)
        if here is None or meter.use == "check" or not here.days:
            continue
        sign = -1 if meter.use == "subtract" else 1
        if meter.total_registers:
            for register in meter.total_registers:
                used, reads, line = register_use(meter, register, here, sources)
                used, unit = same_unit(used, register.unit, unit)
                quantity += sign * used
                evidence += reads
                printed.append({**line, "use": meter.use})
        elif meter.channels:
            kind = DeterminantSource.INTERVAL
            for channel in meter.channels:
                used, reads, line = _interval_use(meter, channel, here, sources)
                used, unit = same_unit(used, channel.unit, unit)
                quantity += sign * used
                evidence += reads
                printed.append({**line, "use": meter.use})
    received = _received(agreement, period, sources, is_priced=is_received_priced)
    if not printed:
        return Measured(None, (), {}, "", received)
    if quantity < 0:
        raise UnableToMeasure(
            "negative_usage", f"the meters come to {quantity} {unit}", quantity=quantity, unit=unit
        )
    determinant = Determinant(
        name="usage", quantity=quantity, unit=unit, source=kind, evidence=tuple(evidence)
    )
    return Measured(determinant, tuple(printed), _by_day(agreement, period, sources), unit, received)


def _refuse_gap(agreement: Agreement, period: Period) -> None:
    """Where the agreement has meters, one that adds must be in place on each day."""
    if not agreement.meters:
        return
    known_to = period.start
    for meter in sorted((one for one in agreement.meters if one.use == "add"), key=lambda one: one.first):
        if meter.first > known_to:
            break
        known_to = max(known_to, meter.end or period.closed_end)
    if known_to >= period.closed_end:
        return
    later = [one.first for one in agreement.meters if one.use == "add" and one.first > known_to]
    end = min([period.closed_end, *later])
    raise UnableToMeasure("no_meter", f"no meter in place from {known_to} to {end}", start=known_to, end=end)


def _received(
    agreement: Agreement, period: Period, sources: Sources, *, is_priced: bool
) -> Determinant | None:
    """Energy that came from the customer, where a meter of the agreement measures it.

    Where the tariff has no price for it, a register that was not read, or a channel without data, counts as
    nothing; where it has, what was received is known whole or not at all.
    """
    quantity, unit, evidence, is_known = Decimal(0), "", list[ReadEvidence](), False
    for meter in agreement.meters:
        here = Period(meter.first, meter.end).overlap(period)
        if here is None or meter.use != "add":
            continue
        for register in meter.total_received:
            is_read = all((register.id, day) in sources.reads for day in (here.start, here.closed_end))
            if not is_read and not is_priced:
                continue
            used, reads, _ = register_use(meter, register, here, sources)
            used, unit = same_unit(used, register.unit, unit)
            quantity, is_known = quantity + used, True
            evidence += reads
        for channel in () if meter.received_registers else meter.received_channels:
            days = [day for day in sources.day_totals.get(channel.id, ()) if here.contains(day.day)]
            whole = [day for day in days if day.quality != "missing"]
            if is_priced:
                _refuse_missing_days(meter, here, len(whole))
            used = Decimal(sum(day.total for day in whole)) * meter.multiplier
            used, unit = same_unit(used, channel.unit, unit)
            quantity, is_known = quantity + used, is_known or bool(days)
    if not is_known:
        return None
    return Determinant(name="received", quantity=quantity, unit=unit, evidence=tuple(evidence))


def same_unit(used: Decimal, unit: str, wanted: str) -> tuple[Decimal, str]:
    """A use in the unit of what it is added to. Raises UnableToMeasure (wrong_unit)."""
    if not wanted or unit == wanted:
        return used, unit
    try:
        return convert(used, unit, wanted), wanted
    except (CannotConvert, UnknownUnit) as error:
        raise UnableToMeasure(
            "wrong_unit", f"{unit} beside {wanted}: {error}", unit=unit, wanted=wanted
        ) from error


def register_use(
    meter: Meter, register: RegisterRow, period: Period, sources: Sources
) -> tuple[Decimal, list[ReadEvidence], dict[str, Any]]:
    """A register's use in a period, the reads behind it, and its line of the statement. Raises UnableToMeasure."""
    days = (period.start, period.closed_end)
    reads = [sources.reads.get((register.id, day)) for day in days]
    for day, read in zip(days, reads, strict=True):
        if read is None:
            is_often = (register.id, day) in sources.too_many_estimates
            raise UnableToMeasure(
                "too_many_estimates" if is_often else "missing_read",
                f"meter {meter.badge} has no read of {day}",
                badge=meter.badge,
                day=day,
            )
    previous, present = (read for read in reads if read is not None)
    counts = present.dial_count - previous.dial_count
    if counts < 0:
        counts += 10**register.dials
        # More than half the dial in one period is a read gone wrong, not a dial gone round.
        if counts > 10**register.dials // 2:
            raise UnableToMeasure(
                "read_went_back",
                f"meter {meter.badge} reads less on {days[1]} than on {days[0]}",
                badge=meter.badge,
                start=days[0],
                end=days[1],
            )
    used = Decimal(counts * register.units_per_count) * meter.multiplier
    evidence = [
        ReadEvidence(
            read_at=read.local_day,
            value=Decimal(read.dial_count * register.units_per_count),
            unit=register.unit,
            kind=read.kind,
            meter_number=meter.badge,
            register=register.code,
            multiplier=meter.multiplier,
            reference=f"v{read.version}",
        )
        for read in (previous, present)
    ]
    line = {
        "badge": meter.badge,
        "register": register.code,
        "previous": {"day": days[0].isoformat(), "count": previous.dial_count, "kind": previous.kind},
        "present": {"day": days[1].isoformat(), "count": present.dial_count, "kind": present.kind},
        "difference": counts,
        "units_per_count": register.units_per_count,
        "multiplier": str(meter.multiplier),
        "unit": register.unit,
        "days": period.days,
        "quantity": str(used),
    }
    return used, evidence, line


def _interval_use(
    meter: Meter, channel: ChannelRow, period: Period, sources: Sources
) -> tuple[Decimal, list[ReadEvidence], dict[str, Any]]:
    days = [day for day in sources.day_totals.get(channel.id, ()) if period.contains(day.day)]
    whole = [day for day in days if day.quality != "missing"]
    _refuse_missing_days(meter, period, len(whole))
    used = Decimal(sum(day.total for day in whole)) * meter.multiplier
    qualities = {day.quality for day in whole}
    worst = next((q for q in ("estimated", "edited", "derived") if q in qualities), "measured")
    evidence = [
        ReadEvidence(
            read_at=period.closed_end,
            value=used,
            unit=channel.unit,
            kind=worst,
            meter_number=meter.badge,
            multiplier=meter.multiplier,
            reference=f"{len(whole)} days",
        )
    ]
    line = {
        "badge": meter.badge,
        "register": "",
        "interval_days": len(whole),
        "not_measured_days": sum(day.quality != "measured" for day in whole),
        "multiplier": str(meter.multiplier),
        "unit": channel.unit,
        "days": period.days,
        "quantity": str(used),
    }
    return used, evidence, line


def _refuse_missing_days(meter: Meter, period: Period, n_whole: int) -> None:
    if n_whole != period.days:
        raise UnableToMeasure(
            "missing_intervals",
            f"meter {meter.badge} has whole interval data for {n_whole} of {period.days} days from {period.start}",
            badge=meter.badge,
            found=n_whole,
            days=period.days,
            start=period.start,
        )


def _by_day(agreement: Agreement, period: Period, sources: Sources) -> dict[date, tuple[int, str]]:
    """Use by day where intervals are there, for the day strip; register-only meters have none."""
    found: dict[date, tuple[int, str]] = {}
    for meter in agreement.meters:
        here = Period(meter.first, meter.end).overlap(period)
        if meter.use != "add" or here is None:
            continue
        for channel in meter.channels:
            for day in sources.day_totals.get(channel.id, ()):
                if here.contains(day.day) and day.quality != "missing":
                    total, quality = found.get(day.day, (0, "measured"))
                    found[day.day] = (
                        total + multiplied_day(day.total, meter.multiplier),
                        quality if day.quality == "measured" else day.quality,
                    )
    return found


def multiplied_day(total: int, multiplier: Decimal) -> int:
    """A day's counts times its meter's multiplier, to the nearest least unit: shown for the day, never billed."""
    if multiplier == 1:
        return total
    return int((total * multiplier).to_integral_value(rounding=ROUND_HALF_EVEN))
