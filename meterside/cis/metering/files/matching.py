"""Which channel or register of the registry a name in a file means, and whether it is what the file says.

A channel is known by the name its source uses (`Channel.external_id`); else by the meter's badge, direction and
interval, where the meter has just one such channel. Units are compared, never converted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection

from meterside.cis.registry.models import Device
from meterside.contracts.metering import (
    ChannelReads,
    FlowDirection,
    ReadColumns,
    ReadUnit,
    Reason,
    Refusal,
    RegisterReads,
)


@dataclass(frozen=True, slots=True)
class KnownChannel:
    """A channel in the field."""

    id: int
    badge: str
    external_id: str
    unit: str
    direction: str
    interval_s: int
    commodity: str
    zone: str
    multiplier_applied: bool | None


@dataclass(frozen=True, slots=True)
class KnownRegister:
    """A register in the field."""

    id: int
    badge: str
    code: str
    unit: str
    units_per_count: int
    direction: str
    dials: int
    commodity: str
    zone: str


_CHANNELS = """
    SELECT DISTINCT ON (c.id) c.id, d.badge, c.external_id, c.unit, c.direction, c.interval_s, d.commodity, p.zone,
           (SELECT m.applied_by_source FROM cis_registry_multiplier m
             WHERE m.device_id = d.id AND m.value <> 1 ORDER BY lower(m.during) DESC LIMIT 1)
      FROM cis_registry_channel c
      JOIN cis_registry_device d ON d.id = c.device_id
      JOIN cis_registry_deviceinstallation i ON i.device_id = c.device_id
      JOIN cis_registry_servicepoint s ON s.id = i.service_point_id
      JOIN cis_registry_premise p ON p.id = s.premise_id
     WHERE {where} ORDER BY c.id, lower(i.during) DESC
"""
_REGISTERS = """
    SELECT DISTINCT ON (r.id) r.id, d.badge, r.code, r.unit, r.units_per_count, r.direction, r.dials, d.commodity,
           p.zone
      FROM cis_registry_register r
      JOIN cis_registry_device d ON d.id = r.device_id
      JOIN cis_registry_deviceinstallation i ON i.device_id = r.device_id
      JOIN cis_registry_servicepoint s ON s.id = i.service_point_id
      JOIN cis_registry_premise p ON p.id = s.premise_id
     WHERE d.badge = ANY(%s) AND r.quantity IN ('energy', 'volume', 'reactive') AND r.time_of_use = ''
     ORDER BY r.id, lower(i.during) DESC
"""


class ChannelBook:
    """The channels that the names of one file may mean, found in two statements."""

    def __init__(self, names: Iterable[str], meters: Iterable[str]) -> None:
        self._by_name: dict[str, KnownChannel] = {}
        self._by_badge: dict[str, list[KnownChannel]] = {}
        names = sorted({name for name in names if name})
        for found in _channels("c.external_id = ANY(%s)", names):
            self._by_name[found.external_id] = found
        badges = sorted({meter for meter in meters if meter})
        for found in _channels("d.badge = ANY(%s)", badges):
            self._by_badge.setdefault(found.badge, []).append(found)

    def find(self, channel: ChannelReads) -> KnownChannel | Refusal:
        """The channel that a file's channel is, or why it cannot be loaded."""
        line = channel.reads[0].line if channel.reads else 0
        return self.match(
            name=channel.external_id,
            meter=channel.usage_point_id,
            unit=channel.unit,
            direction=channel.direction,
            interval_s=channel.interval_s,
            commodity=channel.commodity or "",
            multiplier_applied=None,
            line=line,
            n_reads=len(channel.reads),
        )

    def match(
        self,
        *,
        name: str,
        meter: str,
        unit: ReadUnit,
        direction: FlowDirection,
        interval_s: int,
        commodity: str,
        multiplier_applied: bool | None,
        line: int,
        n_reads: int,
    ) -> KnownChannel | Refusal:
        """One channel of the file."""
        known = self._by_name.get(name) or self._of_meter(meter, direction, interval_s)
        if known is None:
            return self._unknown(name, meter, direction, interval_s, line, n_reads)
        refusal = self.judge(
            known,
            name=name,
            unit=unit,
            direction=direction,
            interval_s=interval_s,
            commodity=commodity,
            multiplier_applied=multiplier_applied,
            line=line,
        )
        return refusal or known

    def unknown(self, name: str, meter: str, columns: ReadColumns, line: int, n_reads: int) -> Refusal:
        """The refusal of a channel of a bulk file that nothing here is."""
        return self._unknown(name, meter, columns.direction, columns.interval_s, line, n_reads)

    def _unknown(
        self, name: str, meter: str, direction: FlowDirection, interval_s: int, line: int, n_reads: int
    ) -> Refusal:
        kept = f"what is kept: {n_reads:,} {'read' if n_reads == 1 else 'reads'}."
        words = f"No meter here has the channel {name}. Register it, then release {kept}"
        if meter in self._by_badge:
            words = (
                f"The meter {meter} has no channel here that is {direction} every {interval_s:,} s, or "
                f"several. Register the channel by the name its source uses, then release {kept}"
            )
        return Refusal(line, Reason.UNKNOWN_CHANNEL, words, channel_id=name)

    @staticmethod
    def judge(
        known: KnownChannel,
        *,
        name: str,
        unit: ReadUnit,
        direction: FlowDirection,
        interval_s: int,
        commodity: str,
        multiplier_applied: bool | None,
        line: int,
    ) -> Refusal | None:
        """Why a channel of the file is not what is registered, or None. Nothing is converted."""
        if (unit.code, direction) != (known.unit, known.direction):
            words = (
                f"The file says {unit.code} {direction}, this channel is registered as "
                f"{known.unit} {known.direction}. Nothing was converted."
            )
            return Refusal(line, Reason.UNIT_MISMATCH, words, channel_id=name)
        if commodity and commodity != known.commodity:
            words = f"The file says {commodity}, the meter is registered for {known.commodity}."
            return Refusal(line, Reason.COMMODITY_CONFLICT, words, channel_id=name)
        if interval_s <= 86_400 and interval_s != known.interval_s:
            words = (
                f"The reads last {interval_s:,} s, those of the registered channel {known.interval_s:,} s."
            )
            return Refusal(line, Reason.UNSUPPORTED_INTERVAL, words, channel_id=name)
        if None not in (multiplier_applied, known.multiplier_applied) and (
            multiplier_applied != known.multiplier_applied
        ):
            said = "is" if multiplier_applied else "is not"
            words = f"The file's mapping says that the multiplier {said} in the values, the registry the contrary."
            return Refusal(line, Reason.MULTIPLIER_DIFFERS, words, channel_id=name)
        return None

    def _of_meter(self, meter: str, direction: FlowDirection, interval_s: int) -> KnownChannel | None:
        found = [
            each
            for each in self._by_badge.get(meter, ())
            if each.direction == direction and each.interval_s == interval_s
        ]
        return found[0] if len(found) == 1 else None


def _channels(where: str, values: list[str]) -> list[KnownChannel]:
    if not values:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_CHANNELS.format(where=where), [values])
        return [KnownChannel(*row) for row in cursor.fetchall()]


def devices_by_badge(badges: Iterable[str]) -> Mapping[str, int]:
    """The keys of meters by their badge numbers."""
    wanted = {badge for badge in badges if badge}
    return dict(Device.objects.filter(badge__in=wanted).values_list("badge", "id")) if wanted else {}


def registers_of(badges: Iterable[str]) -> Mapping[str, list[KnownRegister]]:
    """The registers of use that meters in the field have, by badge."""
    found: dict[str, list[KnownRegister]] = {}
    wanted = sorted({badge for badge in badges if badge})
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(_REGISTERS, [wanted])
            for row in cursor.fetchall():
                found.setdefault(row[1], []).append(KnownRegister(*row))
    return found


def register_for(reads: RegisterReads, known: Mapping[str, list[KnownRegister]]) -> KnownRegister | Refusal:
    """The register that a file's dial reads are of, or why they cannot be loaded."""
    line, name = (reads.reads[0].line if reads.reads else 0), f"{reads.meter_id} {reads.register}".strip()
    candidates = known.get(reads.meter_id, [])
    by_code = [each for each in candidates if each.code == reads.register]
    fitting = by_code or [each for each in candidates if each.direction == reads.direction]
    if not candidates:
        words = f"No meter here has the number {reads.meter_id}. Register it, then release what is kept."
        return Refusal(line, Reason.UNKNOWN_REGISTER, words, channel_id=name)
    if len(fitting) != 1:
        words = (
            f"The meter {reads.meter_id} has {len(fitting)} registers this read may be of; it must be one."
        )
        return Refusal(line, Reason.UNKNOWN_REGISTER, words, channel_id=name)
    (register,) = fitting
    if (reads.unit.symbol, reads.direction) != (register.unit, register.direction):
        words = (
            f"The file says {reads.unit.code} {reads.direction}, the register is one of {register.unit} "
            f"{register.direction}. Nothing was converted."
        )
        return Refusal(line, Reason.UNIT_MISMATCH, words, channel_id=name)
    return register


def dial_count(value: int, unit: ReadUnit, register: KnownRegister) -> int | None:
    """What the dial shows for a value of the file's unit, whole; None where no whole count does."""
    if unit.power_of_ten < 0:
        count, rest = divmod(value, 10**-unit.power_of_ten * register.units_per_count)
    else:
        count, rest = divmod(value * 10**unit.power_of_ten, register.units_per_count)
    return None if rest else count
