"""How the use on a bill spread over the hours of the day, from the intervals of the meters it was measured by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meterside.cis.metering.store.queries import interval_days
from meterside.contracts.cis import HoursOfUse
from meterside.engine.interval import DayIntervals, exact_sum
from meterside.engine.period import Period, service_day
from meterside.kit.sql import from_json

from ..inputs.source_rows import multiplied

_HOURS, _HOUR_S, _SECOND = 24, 3600, timedelta(seconds=1)

# Every device behind a segment's use, with its dates, its multipliers and its channels.
_DEVICES = """
    SELECT g.public_id, p.zone, lower(s.period), upper(s.period), l.use, lower(l.during), upper(l.during),
           lower(i.during), upper(i.during),
           (SELECT jsonb_agg(jsonb_build_array(lower(m.during), upper(m.during),
                                               CASE WHEN m.applied_by_source THEN 1 ELSE m.value END::text)
                             ORDER BY m.during)
              FROM cis_registry_multiplier m WHERE m.device_id = i.device_id),
           (SELECT jsonb_agg(jsonb_build_array(c.id, c.unit) ORDER BY c.id) FROM cis_registry_channel c
             WHERE c.device_id = i.device_id AND c.direction = 'delivered' AND c.unit NOT IN ('varh', 'kvarh'))
      FROM cis_billing_bill b
      JOIN cis_registry_account a ON a.id = b.account_id
      JOIN cis_billing_billsegment s ON s.bill_id = b.id
      JOIN cis_agreements_serviceagreement g ON g.id = s.agreement_id
      JOIN cis_registry_premise p ON p.id = g.premise_id
      JOIN cis_agreements_agreementservicepoint l
        ON l.agreement_id = g.id AND l.use IN ('add', 'subtract') AND l.during && s.period
      JOIN cis_registry_deviceinstallation i ON i.service_point_id = l.service_point_id
     WHERE a.public_id = %s AND b.public_id = %s
     ORDER BY s.id, i.id
"""


@dataclass(frozen=True, slots=True)
class _Device:
    """A device's days on a bill: `sign` is -1 where its use is taken off. Multipliers are dated."""

    agreement: UUID
    zone: ZoneInfo
    days: Period
    sign: int
    multipliers: tuple[tuple[Period, Decimal], ...]
    channels: tuple[tuple[int, str], ...]

    def worth(self, day: date) -> Decimal:
        """What a count of that day is in the use."""
        return self.sign * next(value for during, value in self.multipliers if during.contains(day))


def hours_of_bill(account_ref: UUID, bill_ref: UUID) -> tuple[HoursOfUse, ...]:
    """Each service's use by the hour of its local days; a service that lacks an interval of its period has none.

    In two queries. What was corrected since the bill was made counts as corrected.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DEVICES, [account_ref, bill_ref])
        devices = [device for device in map(_device, cursor.fetchall()) if device is not None]
    ids = sorted({key for device in devices for key, _ in device.channels})
    if not ids:
        return ()
    first, end = min(one.days.start for one in devices), max(one.days.closed_end for one in devices)
    known = interval_days(ids, first, end)
    found = []
    for agreement in dict.fromkeys(device.agreement for device in devices):
        own = [device for device in devices if device.agreement == agreement]
        by_hour = _by_hour(own, known)
        if by_hour is not None:
            found.append(HoursOfUse(str(agreement), own[0].channels[0][1], by_hour))
    return tuple(found)


def _device(row: tuple[Any, ...]) -> _Device | None:
    """None where the device was not there, or not linked, on any day of the segment."""
    zone = ZoneInfo(row[1])
    days = Period(row[2], row[3]).overlap(Period(row[5], row[6]))
    placed = Period(_local(row[7], zone), _local(row[8], zone) if row[8] else None)
    days = days.overlap(placed) if days else None
    if days is None:
        return None
    return _Device(
        agreement=row[0],
        zone=zone,
        days=days,
        sign=-1 if row[4] == "subtract" else 1,
        multipliers=tuple(multiplied(days, from_json(row[9]) or ())),
        channels=tuple((key, unit) for key, unit in from_json(row[10]) or ()),
    )


def _local(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


def _by_hour(
    devices: Sequence[_Device], known: Mapping[int, Sequence[DayIntervals]]
) -> tuple[Decimal, ...] | None:
    """The sums of the 24 hours; None where a device has no channel, a day lacks, or units differ."""
    if len({unit for device in devices for _, unit in device.channels}) != 1:
        return None
    sums = [Decimal(0)] * _HOURS
    for device in devices:
        if not device.channels:
            return None
        for key, _ in device.channels:
            days = [day for day in known.get(key, ()) if device.days.contains(day.day)]
            if len(days) != device.days.days or any(day.missing_count() for day in days):
                return None
            for worth, counts in _counts(device, days):
                for hour, count in counts:
                    sums[hour] += worth * count
    return tuple(sums)


def _counts(device: _Device, days: Iterable[DayIntervals]) -> Iterable[tuple[Decimal, list[tuple[int, int]]]]:
    for day in days:
        hours, values = _hours(day, device.zone), day.array()
        yield (
            device.worth(day.day),
            [(hour, exact_sum(values[hours == hour])) for hour in range(_HOURS)],
        )


def _hours(day: DayIntervals, zone: ZoneInfo) -> NDArray[np.int64]:
    """The hour of the clock each interval of a day begins in."""
    opens, closes = service_day(day.day, zone)
    first_s = (day.start_utc - opens) // _SECOND
    if closes - opens == timedelta(hours=_HOURS):
        hours: NDArray[np.int64] = (first_s + day.seconds * np.arange(day.count, dtype=np.int64)) // _HOUR_S
        return hours
    # The clock changes on this day.
    starts = (day.start_utc + timedelta(seconds=day.seconds * index) for index in range(day.count))
    return np.asarray([start.astimezone(zone).hour for start in starts], dtype=np.int64)
