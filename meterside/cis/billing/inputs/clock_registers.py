"""Registers by time of use, and of demand and reactive energy, as determinants: `usage.on_peak`, `demand`...

The register's own `time_of_use` names the period of the tariff's schedule. A register of energy counts on: its use is
the difference of two reads. A register of demand shows the highest demand since it was last set back, which is done
when it is read: what it shows at the end is what is billed.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from meterside.engine.determinant import Determinant, DeterminantSource, ReadEvidence
from meterside.engine.period import Period

from .measuring import UnableToMeasure, register_use, same_unit
from .source_rows import Agreement, ClockRegister, Meter
from .sources import Sources


def clock_determinants(agreement: Agreement, period: Period, sources: Sources) -> dict[str, Determinant]:
    """What these registers say of a period, by name. Raises UnableToMeasure where one was not read.

    A name is left out where one of the meters does not count it: a part of the use is not the use.
    """
    placed = list(_in_place(agreement, period))
    found: dict[str, Determinant] = {}
    for name in sorted({register.name for meter, _ in placed for register in meter.clock_registers}):
        if not name or not _is_counted_by_all(name, placed):
            continue
        if name.partition(".")[0] == "demand":
            if not _one_at_a_time(placed):
                continue  # two meters' highest demands were not at the same time; only hours can tell
            found[name] = _peak(name, placed, sources)
        else:
            found[name] = _sum(name, placed, sources)
    return found


def _in_place(agreement: Agreement, period: Period) -> Iterator[tuple[Meter, Period]]:
    for meter in agreement.meters:
        here = Period(meter.first, meter.end).overlap(period)
        if here is not None and here.days and meter.use != "check":
            yield meter, here


def _family(name: str, meter: Meter) -> set[str]:
    base = name.partition(".")[0]
    return {one.name for one in meter.clock_registers if one.name.partition(".")[0] == base}


def _is_counted_by_all(name: str, placed: list[tuple[Meter, Period]]) -> bool:
    """Whether every meter that measures use, or received energy, counts the same periods of it."""
    is_received = name.partition(".")[0] == "received"
    families = [
        _family(name, meter)
        for meter, _ in placed
        if (meter.is_of_received if is_received else meter.is_of_use)
    ]
    return bool(families) and all(family == families[0] for family in families)


def _one_at_a_time(placed: list[tuple[Meter, Period]]) -> bool:
    spans = sorted((here.start, here.closed_end) for _, here in placed)
    is_apart = all(before[1] <= after[0] for before, after in pairwise(spans))
    return is_apart and all(meter.use == "add" for meter, _ in placed)


def _registers(name: str, meter: Meter) -> list[ClockRegister]:
    return [register for register in meter.clock_registers if register.name == name]


def _sum(name: str, placed: list[tuple[Meter, Period]], sources: Sources) -> Determinant:
    quantity, unit, evidence = Decimal(0), "", list[ReadEvidence]()
    for meter, here in placed:
        for register in _registers(name, meter):
            used, reads, _ = register_use(meter, register.row, here, sources)
            used, unit = same_unit(used, register.row.unit, unit)
            quantity += -used if meter.use == "subtract" else used
            evidence += reads
    if quantity < 0:
        raise UnableToMeasure(
            "negative_usage", f"{name} comes to {quantity} {unit}", quantity=quantity, unit=unit
        )
    return Determinant(name, quantity, unit, DeterminantSource.REGISTER, tuple(evidence))


def _peak(name: str, placed: list[tuple[Meter, Period]], sources: Sources) -> Determinant:
    """The highest of what each meter showed when its days ended."""
    highest, unit, evidence = Decimal(0), "", list[ReadEvidence]()
    for meter, here in placed:
        for register in _registers(name, meter):
            row, day = register.row, here.closed_end
            read = sources.reads.get((row.id, day))
            if read is None:
                raise UnableToMeasure(
                    "missing_read", f"meter {meter.badge} has no read of {day}", badge=meter.badge, day=day
                )
            shown = Decimal(read.dial_count * row.units_per_count)
            demand, unit = same_unit(shown * meter.multiplier, row.unit, unit)
            highest = max(highest, demand)
            evidence.append(
                ReadEvidence(
                    read_at=read.local_day,
                    value=shown,
                    unit=row.unit,
                    kind=read.kind,
                    meter_number=meter.badge,
                    register=row.code,
                    multiplier=meter.multiplier,
                    reference=f"v{read.version}",
                )
            )
    return Determinant(name, highest, unit, DeterminantSource.REGISTER, tuple(evidence))
