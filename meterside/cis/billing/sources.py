"""What a chunk of accounts is billed from: agreements, meters, reads, tariffs, in a handful of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from meterside.cis.metering.queries import DayTotal, Read, day_totals, reads_on
from meterside.cis.tariffs.queries import engine_tariffs
from meterside.engine.period import Period
from meterside.engine.tariff.model import Tariff
from meterside.kit.sql import from_json


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A register that is billed: `unit` is its least unit, a dial count is `units_per_count` of them."""

    id: int
    code: str
    unit: str
    dials: int
    units_per_count: int


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """An interval channel that is billed where its device has no register."""

    id: int
    unit: str
    interval_s: int = 3600


@dataclass(frozen=True, slots=True)
class EarlierUse:
    """What an agreement used in an earlier period: `quantity` in `unit` over `days` days."""

    quantity: Decimal
    unit: str
    days: int


@dataclass(slots=True)
class Meter:
    """A device at a service point over local days [first, end); `use` is add, subtract or check.

    `received` are the registers and channels of energy that came from the customer.
    """

    device_id: int
    badge: str
    commodity: str
    use: str
    first: date
    end: date | None
    multiplier: Decimal
    registers: list[RegisterRow] = field(default_factory=list)
    channels: list[ChannelRow] = field(default_factory=list)
    received_registers: list[RegisterRow] = field(default_factory=list)
    received_channels: list[ChannelRow] = field(default_factory=list)


@dataclass(slots=True)
class Agreement:
    """An agreement with all that rating asks of it."""

    id: int
    public_id: UUID
    account_id: int
    service: str
    address_line: str
    zone: ZoneInfo
    during: Period
    billed_to: date | None
    last_inputs: Mapping[str, Any] | None
    last_total_cents: int
    last_year: EarlierUse | None
    state: Mapping[str, str] | None
    tariffs: list[tuple[Period, int]]
    attributes: list[tuple[Period, str, str]]
    meters: list[Meter] = field(default_factory=list)

    def unbilled(self, window: Period) -> Period | None:
        """The part of its life that this window bills: from the last segment's end to the window's."""
        start = self.billed_to or self.during.start
        end = window.closed_end if self.during.end is None else min(self.during.end, window.closed_end)
        return Period(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Sources:
    """All a chunk needs. `day_totals` is by channel, `reads` by register and day.

    `too_many_estimates` are missing reads that were not estimated any more.
    """

    agreements: Mapping[int, list[Agreement]]
    tariffs: Mapping[int, Tariff]
    reads: Mapping[tuple[int, date], Read]
    day_totals: Mapping[int, list[DayTotal]]
    too_many_estimates: frozenset[tuple[int, date]] = frozenset()


_AGREEMENTS = """
    SELECT a.id, a.public_id, a.account_id, a.service, p.address_line, p.zone,
           lower(a.during), upper(a.during), s.billed_to, s.inputs, coalesce(s.total_cents, 0),
           (SELECT jsonb_agg(jsonb_build_array(lower(t.during), upper(t.during), t.tariff_id) ORDER BY t.during)
              FROM cis_agreements_agreementtariff t WHERE t.agreement_id = a.id),
           (SELECT jsonb_agg(jsonb_build_array(lower(c.during), upper(c.during), c.code, c.value))
              FROM cis_agreements_agreementcharacteristic c WHERE c.agreement_id = a.id),
           (SELECT jsonb_build_array(y.inputs #>> '{determinants,0,quantity}', y.inputs #>> '{determinants,0,unit}',
                                     upper(y.period) - lower(y.period))
              FROM cis_billing_billsegment y
             WHERE y.agreement_id = a.id AND y.status = 'issued' AND y.period @> %s::date LIMIT 1),
           (SELECT e.state FROM cis_billing_ratingstateentry e JOIN cis_billing_billsegment v ON v.id = e.segment_id
             WHERE e.agreement_id = a.id AND v.status = 'issued' ORDER BY e.as_of DESC, e.id DESC LIMIT 1)
      FROM cis_agreements_serviceagreement a
      JOIN cis_registry_premise p ON p.id = a.premise_id
      LEFT JOIN LATERAL (
           SELECT upper(s.period) AS billed_to, s.inputs, s.total_cents FROM cis_billing_billsegment s
            WHERE s.agreement_id = a.id AND s.status = 'issued'
            ORDER BY upper(s.period) DESC LIMIT 1
      ) s ON true
     WHERE a.account_id = ANY(%s) AND lower(a.during) < %s
       AND (upper(a.during) IS NULL OR upper(a.during) > coalesce(s.billed_to, lower(a.during))
            OR a.id = ANY(%s))
     ORDER BY a.account_id, a.id
"""

_METERS = """
    SELECT l.agreement_id, l.use, d.id, d.badge, lower(i.during), upper(i.during), lower(l.during), upper(l.during),
           coalesce((SELECT CASE WHEN m.applied_by_source THEN 1 ELSE m.value END FROM cis_registry_multiplier m
              WHERE m.device_id = d.id ORDER BY m.during DESC LIMIT 1), 1),
           (SELECT jsonb_agg(jsonb_build_array(r.id, r.code, r.unit, r.dials, r.units_per_count) ORDER BY r.id)
              FROM cis_registry_register r
             WHERE r.device_id = d.id AND r.quantity IN ('energy', 'volume') AND r.direction = 'delivered'
               AND r.time_of_use = ''),
           (SELECT jsonb_agg(jsonb_build_array(c.id, c.unit, c.interval_s) ORDER BY c.id)
              FROM cis_registry_channel c WHERE c.device_id = d.id AND c.direction = 'delivered'),
           (SELECT jsonb_agg(jsonb_build_array(r.id, r.code, r.unit, r.dials, r.units_per_count) ORDER BY r.id)
              FROM cis_registry_register r
             WHERE r.device_id = d.id AND r.quantity = 'energy' AND r.direction = 'received' AND r.time_of_use = ''),
           (SELECT jsonb_agg(jsonb_build_array(c.id, c.unit, c.interval_s) ORDER BY c.id)
              FROM cis_registry_channel c WHERE c.device_id = d.id AND c.direction = 'received'),
           d.commodity
      FROM cis_agreements_agreementservicepoint l
      JOIN cis_registry_deviceinstallation i ON i.service_point_id = l.service_point_id
      JOIN cis_registry_device d ON d.id = i.device_id
     WHERE l.agreement_id = ANY(%s)
     ORDER BY l.agreement_id, i.during, d.id
"""


def load_sources(
    account_ids: Sequence[int],
    window: Period,
    *,
    again: Collection[int] = (),
    also_tariffs: Sequence[int] = (),
    also_days: Collection[date] = (),
) -> Sources:
    """Everything the accounts' agreements are billed from in this window.

    `again` names agreements whose days in the window are billed once more, ended or billed to their end as they
    may be. `also_tariffs` are known beside those the agreements are on, and reads of `also_days` beside those
    at the ends.
    """
    agreements = _agreements(account_ids, window, again)
    _attach_meters(agreements)
    days, registers, channels, first = _needed(agreements.values(), window, is_again=bool(again))
    by_account: dict[int, list[Agreement]] = {account_id: [] for account_id in account_ids}
    for agreement in agreements.values():
        by_account[agreement.account_id].append(agreement)
    tariffs = {tariff for a in agreements.values() for _, tariff in a.tariffs} | set(also_tariffs)
    return Sources(
        agreements=by_account,
        tariffs=engine_tariffs(sorted(tariffs)),
        reads=reads_on(registers, sorted({*days, *also_days})) if registers else {},
        day_totals=day_totals(channels, first, window.closed_end),
    )


def _agreements(account_ids: Sequence[int], window: Period, again: Collection[int]) -> dict[int, Agreement]:
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            _AGREEMENTS, [_a_year_before(window), list(account_ids), window.closed_end, list(again)]
        )
        for row in cursor.fetchall():
            found[row[0]] = Agreement(
                id=row[0],
                public_id=row[1],
                account_id=row[2],
                service=row[3],
                address_line=row[4],
                zone=ZoneInfo(row[5]),
                during=Period(row[6], row[7]),
                billed_to=row[8],
                last_inputs=from_json(row[9]),
                last_total_cents=row[10],
                last_year=_earlier(from_json(row[13])),
                state=from_json(row[14]),
                tariffs=[
                    (_period(start, end), tariff_id) for start, end, tariff_id in from_json(row[11]) or ()
                ],
                attributes=[
                    (_period(start, end), code, value) for start, end, code, value in from_json(row[12]) or ()
                ],
            )
    return found


def _a_year_before(window: Period) -> date:
    """The day a year before the middle of the window; that of February 29 is February 28."""
    middle = window.start + timedelta(days=window.days // 2)
    try:
        return middle.replace(year=middle.year - 1)
    except ValueError:
        return middle.replace(year=middle.year - 1, day=28)


def _earlier(row: list[Any] | None) -> EarlierUse | None:
    if row is None or row[0] is None:
        return None
    return EarlierUse(quantity=Decimal(row[0]), unit=row[1], days=row[2])


def _period(start: str, end: str | None) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end) if end else None)


def _attach_meters(agreements: Mapping[int, Agreement]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_METERS, [list(agreements)])
        for row in cursor.fetchall():
            agreement = agreements[row[0]]
            installed = _local(row[4], agreement.zone)
            removed = _local(row[5], agreement.zone) if row[5] else None
            linked = Period(row[6], row[7]).overlap(Period(installed, removed))
            if linked is None:
                continue
            agreement.meters.append(
                Meter(
                    device_id=row[2],
                    badge=row[3],
                    commodity=row[13],
                    use=row[1],
                    first=linked.start,
                    end=linked.end,
                    multiplier=Decimal(row[8]),
                    registers=[RegisterRow(*register) for register in from_json(row[9]) or ()],
                    channels=[ChannelRow(*channel) for channel in from_json(row[10]) or ()],
                    received_registers=[RegisterRow(*register) for register in from_json(row[11]) or ()],
                    received_channels=[ChannelRow(*channel) for channel in from_json(row[12]) or ()],
                )
            )


def _local(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


def _needed(
    agreements: Iterable[Agreement], window: Period, *, is_again: bool
) -> tuple[list[date], list[int], list[int], date]:
    """Which days' reads of which registers and channels, and from which day on."""
    days, registers, channels, first = set(), set(), set(), window.start
    for agreement in agreements:
        period = agreement.during.overlap(window) if is_again else agreement.unbilled(window)
        if period is None:
            continue
        first = min(first, period.start)
        days |= {period.start, period.closed_end}
        days |= {start.start for start, _ in agreement.tariffs if period.contains(start.start)}
        for meter in agreement.meters:
            days |= {day for day in (meter.first, meter.end) if day is not None and period.contains(day)}
            registers |= {register.id for register in (*meter.registers, *meter.received_registers)}
            channels |= {channel.id for channel in (*meter.channels, *meter.received_channels)}
    return sorted(days), sorted(registers), sorted(channels), first
