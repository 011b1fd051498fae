"""What a chunk of accounts is billed from: agreements, meters, reads, tariffs, in a handful of queries."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from meterside.cis.metering.store.queries import DayTotal, Read, day_totals, reads_on
from meterside.cis.metering.store.runs import channel_days
from meterside.cis.tariffs.queries import dated_series, engine_tariffs
from meterside.engine.interval import DayIntervals
from meterside.engine.period import Period
from meterside.engine.series import DatedSeries
from meterside.engine.tariff.model import Tariff
from meterside.engine.weather import WeatherResponse
from meterside.kit.sql import from_json

from .asking import NOTHING, Asked, asked_by
from .source_rows import (
    Agreement,
    ChannelRow,
    ClockRegister,
    EarlierUse,
    KnownResponse,
    Meter,
    RegisterRow,
    multiplied,
)
from .weather import NO_WEATHER, Weather, load_weather
from .winter import NO_WINTER, WinterAverages, load_winter

#: What a register of a period of the day, of demand or of reactive energy is a determinant of, by its direction.
_BASES = {
    ("energy", "delivered"): "usage",
    ("volume", "delivered"): "usage",
    ("energy", "received"): "received",
    ("demand", "delivered"): "demand",
    ("reactive", "delivered"): "reactive",
}


@dataclass(frozen=True, slots=True)
class Sources:
    """All a chunk needs. `day_totals` and `hours` are by channel, `reads` by register and day, `asked` by tariff code.

    `hours` has the channels of agreements on a tariff that asks for interval values, and no others.
    `too_many_estimates` are missing reads that were not estimated any more.
    """

    agreements: Mapping[int, list[Agreement]]
    tariffs: Mapping[int, Tariff]
    reads: Mapping[tuple[int, date], Read]
    day_totals: Mapping[int, list[DayTotal]]
    too_many_estimates: frozenset[tuple[int, date]] = frozenset()
    hours: Mapping[int, Sequence[DayIntervals]] = field(default_factory=dict)
    series: Mapping[str, DatedSeries] = field(default_factory=dict)
    asked: Mapping[str, Asked] = field(default_factory=dict)
    winter: WinterAverages = NO_WINTER
    weather: Weather = NO_WEATHER
    #: Priced segments of agreements that nothing tells apart, by what they were priced from (`segments`).
    alike: dict[Hashable, Any] = field(default_factory=dict)

    def asked_by(self, tariff: Tariff) -> Asked:
        """What a tariff cannot price without."""
        return self.asked.get(tariff.code, NOTHING)


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
             WHERE e.agreement_id = a.id AND v.status = 'issued' ORDER BY e.as_of DESC, e.id DESC LIMIT 1),
           (SELECT jsonb_agg(jsonb_build_array(coalesce(lower(f.during), date '0001-01-01'), upper(f.during),
                                               f.code, f.value))
              FROM cis_registry_registrycharacteristic f WHERE f.premise_id = a.premise_id),
           (SELECT jsonb_agg(jsonb_build_array(coalesce(lower(f.during), date '0001-01-01'), upper(f.during),
                                               f.code, f.value))
              FROM cis_registry_registrycharacteristic f WHERE f.account_id = a.account_id),
           (SELECT jsonb_build_array(w.station_id, t.code, w.fit)
              FROM cis_billing_weatherresponse w JOIN cis_weather_weatherstation t ON t.id = w.station_id
             WHERE w.agreement_id = a.id ORDER BY w.id DESC LIMIT 1)
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
           (SELECT jsonb_agg(jsonb_build_array(lower(m.during), upper(m.during),
                                               CASE WHEN m.applied_by_source THEN 1 ELSE m.value END::text)
                             ORDER BY m.during)
              FROM cis_registry_multiplier m WHERE m.device_id = d.id),
           (SELECT jsonb_agg(jsonb_build_array(r.id, r.code, r.unit, r.dials, r.units_per_count) ORDER BY r.id)
              FROM cis_registry_register r
             WHERE r.device_id = d.id AND r.quantity IN ('energy', 'volume') AND r.direction = 'delivered'
               AND r.time_of_use = ''),
           (SELECT jsonb_agg(jsonb_build_array(c.id, c.unit, c.interval_s) ORDER BY c.id)
              FROM cis_registry_channel c
             WHERE c.device_id = d.id AND c.direction = 'delivered' AND c.unit NOT IN ('varh', 'kvarh')),
           (SELECT jsonb_agg(jsonb_build_array(r.id, r.code, r.unit, r.dials, r.units_per_count) ORDER BY r.id)
              FROM cis_registry_register r
             WHERE r.device_id = d.id AND r.quantity = 'energy' AND r.direction = 'received' AND r.time_of_use = ''),
           (SELECT jsonb_agg(jsonb_build_array(c.id, c.unit, c.interval_s) ORDER BY c.id)
              FROM cis_registry_channel c
             WHERE c.device_id = d.id AND c.direction = 'received' AND c.unit NOT IN ('varh', 'kvarh')),
           d.commodity,
           (SELECT jsonb_agg(jsonb_build_array(r.id, r.code, r.unit, r.dials, r.units_per_count,
                                               r.quantity, r.direction, r.time_of_use) ORDER BY r.id)
              FROM cis_registry_register r
             WHERE r.device_id = d.id AND (r.time_of_use <> '' OR r.quantity IN ('demand', 'reactive'))),
           (SELECT jsonb_agg(jsonb_build_array(c.id, c.unit, c.interval_s) ORDER BY c.id)
              FROM cis_registry_channel c
             WHERE c.device_id = d.id AND c.direction = 'delivered' AND c.unit IN ('varh', 'kvarh'))
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
    by_account: dict[int, list[Agreement]] = {account_id: [] for account_id in account_ids}
    for agreement in agreements.values():
        by_account[agreement.account_id].append(agreement)
    keys = {tariff for a in agreements.values() for _, tariff in a.tariffs} | set(also_tariffs)
    tariffs = engine_tariffs(sorted(keys))
    asked = {key: asked_by(tariff) for key, tariff in tariffs.items()}
    needed = _needed(agreements.values(), window, asked, also_tariffs, is_again=bool(again))
    series = {name for each in asked.values() for name in each.series}
    hourly = channel_days(needed.hourly, needed.first, window.closed_end)
    others = sorted(needed.channels - hourly.keys())
    totals = {channel: days.totals for channel, days in hourly.items() if channel in needed.channels} | dict(
        day_totals(others, needed.first, window.closed_end)
    )
    return Sources(
        agreements=by_account,
        tariffs=tariffs,
        reads=reads_on(needed.registers, sorted({*needed.days, *also_days})) if needed.registers else {},
        day_totals=totals,
        hours={channel: days.intervals for channel, days in hourly.items()},
        series=dated_series(series) if series else {},
        asked={tariff.code: asked[key] for key, tariff in tariffs.items()},
        winter=load_winter(_on_averages(agreements.values(), asked), start=needed.first)
        if any(each.others for each in asked.values())
        else NO_WINTER,
        weather=load_weather(agreements.values(), window),
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
                attributes=_facts(row[12]),
                premise_facts=_facts(row[15]),
                account_facts=_facts(row[16]),
                weather=_response(from_json(row[17])),
            )
    return found


def _response(row: list[Any] | None) -> KnownResponse | None:
    if row is None or row[2] is None:
        return None
    return KnownResponse(row[0], row[1], WeatherResponse.from_dict(row[2]))


def _facts(rows: str | None) -> list[tuple[Period, str, str]]:
    return [(_period(start, end), code, value) for start, end, code, value in from_json(rows) or ()]


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
            agreement.meters += [
                Meter(
                    device_id=row[2],
                    badge=row[3],
                    commodity=row[13],
                    use=row[1],
                    first=days.start,
                    end=days.end,
                    multiplier=multiplier,
                    registers=[RegisterRow(*register) for register in from_json(row[9]) or ()],
                    channels=[ChannelRow(*channel) for channel in from_json(row[10]) or ()],
                    received_registers=[RegisterRow(*register) for register in from_json(row[11]) or ()],
                    received_channels=[ChannelRow(*channel) for channel in from_json(row[12]) or ()],
                    clock_registers=[_clock_register(*register) for register in from_json(row[14]) or ()],
                    reactive_channels=[ChannelRow(*channel) for channel in from_json(row[15]) or ()],
                )
                for days, multiplier in multiplied(linked, from_json(row[8]) or ())
            ]


def _clock_register(
    key: int,
    code: str,
    unit: str,
    dials: int,
    units_per_count: int,
    quantity: str,
    direction: str,
    time_of_use: str,
) -> ClockRegister:
    base = _BASES.get((quantity, direction), "")
    name = f"{base}.{time_of_use}" if base and time_of_use else base
    return ClockRegister(RegisterRow(key, code, unit, dials, units_per_count), name)


def _local(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


def _on_averages(agreements: Iterable[Agreement], asked: Mapping[int, Asked]) -> list[int]:
    """Agreements on a rate that prices what no meter says."""
    return [
        agreement.id
        for agreement in agreements
        if any(asked.get(key, NOTHING).others for _, key in agreement.tariffs)
    ]


@dataclass(frozen=True, slots=True)
class _Needed:
    """Which days' reads of which registers and channels, from which day on; `hourly` are channels hour by hour."""

    days: list[date]
    registers: list[int]
    channels: set[int]
    hourly: list[int]
    first: date


def _needed(
    agreements: Iterable[Agreement],
    window: Period,
    asked: Mapping[int, Asked],
    also_tariffs: Sequence[int],
    *,
    is_again: bool,
) -> _Needed:
    days, registers, hourly, first = set(), set(), set(), window.start
    channels: set[int] = set()
    for agreement in agreements:
        period = agreement.during.overlap(window) if is_again else agreement.unbilled(window)
        if period is None:
            continue
        first = min(first, period.start)
        days |= {period.start, period.closed_end}
        days |= {start.start for start, _ in agreement.tariffs if period.contains(start.start)}
        on = [key for during, key in agreement.tariffs if during.overlap(period)]
        wants = [asked.get(key, NOTHING) for key in (*on, *also_tariffs)]
        is_hourly, is_by_clock = any(one.hours for one in wants), any(one.by_clock for one in wants)
        for meter in agreement.meters:
            days |= {day for day in (meter.first, meter.end) if day is not None and period.contains(day)}
            registers |= {register.id for register in (*meter.total_registers, *meter.total_received)}
            channels |= {channel.id for channel in (*meter.channels, *meter.received_channels)}
            if is_by_clock:
                registers |= {register.row.id for register in meter.clock_registers}
            if is_hourly:
                every = (*meter.channels, *meter.received_channels, *meter.reactive_channels)
                hourly |= {channel.id for channel in every}
    return _Needed(sorted(days), sorted(registers), channels, sorted(hourly), first)
