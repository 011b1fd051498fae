"""A metered service as its rows say it: the account's tenure, the meters within it, the bill period that is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from meterside.cis.billing.inputs.counted import (
    CHANNELS_OF_AGREEMENT,
    RECEIVED,
    MeterChannel,
    counted_over,
    unit_of,
)
from meterside.cis.weather.queries import STATION_FACT
from meterside.contracts.cis import AccountRef, NoSuchAccount, NoSuchService
from meterside.contracts.usage import MeteredService, ServiceRef, UseOfPeriod, UseQuality
from meterside.kit.sql import from_json


@dataclass(frozen=True, slots=True)
class NearStation:
    """The weather station of a service's place; `degrees` is F or C."""

    id: int
    name: str
    degrees: str


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service with its channels, the first day that no bill has, and the billed periods asked for, latest first."""

    view: MeteredService
    channels: tuple[MeterChannel, ...]
    unbilled_from: date
    read_day: int
    periods: tuple[UseOfPeriod, ...]
    station: NearStation | None

    def channels_in(self, start: date, end: date) -> list[MeterChannel]:
        """The channels that count for some day of [start, end)."""
        return [one for one in self.channels if one.first < end and (one.end is None or one.end > start)]

    def within(self, start: date, end: date) -> tuple[date, date]:
        """[start, end) cut to the account's tenure; an empty stretch where they do not meet."""
        first = max(start, self.view.since)
        return first, max(first, min(end, self.view.until or end))

    def days_within(self, start: date, end: date) -> tuple[date, date]:
        """The same; empty too where the meter keeps no intervals."""
        return self.within(start, end) if self.view.has_days else (start, start)


_SERVICES = f"""
    SELECT a.public_id, g.public_id, g.service, p.address_line, p.zone, lower(g.during), upper(g.during),
           coalesce((SELECT max(upper(s.period)) FROM cis_billing_billsegment s
                      WHERE s.agreement_id = g.id AND s.status = 'issued'), lower(g.during)),
           coalesce((SELECT c.read_day FROM cis_billing_billcycle c WHERE c.code = a.bill_cycle), 1),
           {CHANNELS_OF_AGREEMENT},
           (SELECT r.unit FROM cis_agreements_agreementservicepoint l
              JOIN cis_registry_deviceinstallation i ON i.service_point_id = l.service_point_id
              JOIN cis_registry_register r ON r.device_id = i.device_id AND r.quantity IN ('energy', 'volume')
             WHERE l.agreement_id = g.id AND l.use = 'add' ORDER BY i.during DESC, r.id LIMIT 1),
           (SELECT jsonb_agg(jsonb_build_array(lower(y.period), upper(y.period), y.total_cents, y.public_id, y.named)
                             ORDER BY y.period DESC)
              FROM (SELECT s.period, s.total_cents, b.public_id, s.inputs -> 'determinants' AS named
                      FROM cis_billing_billsegment s JOIN cis_billing_bill b ON b.id = s.bill_id
                     WHERE s.agreement_id = g.id AND s.status = 'issued' AND %(limit)s > 0
                       AND (%(service)s::uuid IS NULL OR g.public_id = %(service)s::uuid)
                       AND (%(until)s::date IS NULL OR upper(s.period) <= %(until)s::date)
                     ORDER BY upper(s.period) DESC LIMIT %(limit)s) y),
           (SELECT jsonb_build_array(w.id, w.name, w.degrees)
              FROM (SELECT (SELECT f.value FROM cis_registry_registrycharacteristic f
                             WHERE f.premise_id = p.id AND f.code = %(station_fact)s
                             ORDER BY f.during DESC LIMIT 1) AS code) named
              JOIN cis_weather_weatherstation w
                   ON CASE WHEN named.code IS NULL THEN w.is_default ELSE w.code = named.code END)
      FROM cis_registry_account a
      LEFT JOIN cis_agreements_serviceagreement g
             ON g.account_id = a.id AND g.service IN ('electric', 'water', 'gas')
      LEFT JOIN cis_registry_premise p ON p.id = g.premise_id
"""  # noqa: S608 - ours above
_IN_ORDER = "ORDER BY upper(g.during) IS NOT NULL, g.service, upper(g.during) DESC, g.id"
# With an equality PostgreSQL keeps its plan; with a list it makes one each time.
_OF_ONE = f"{_SERVICES} WHERE a.public_id = %(account)s {_IN_ORDER}"
_OF_MANY = f"{_SERVICES} WHERE a.public_id = ANY(%(accounts)s) {_IN_ORDER}"


@dataclass(frozen=True, slots=True)
class BilledPeriods:
    """Which billed periods to bring: the latest `limit` that end by `until`, the latest first."""

    limit: int
    until: date | None = None


NO_PERIODS = BilledPeriods(0)


def services_of(
    account: AccountRef, *, service: ServiceRef | None = None, billed: BilledPeriods = NO_PERIODS
) -> tuple[ServiceRow, ...]:
    """The account's metered services, the open ones first; one query. Raises NoSuchAccount.

    Billed periods come of `service` alone, of all where it is None.
    """
    with connection.cursor() as cursor:
        asked = {"account": account, "service": service, "until": billed.until, "limit": billed.limit}
        cursor.execute(_OF_ONE, asked | {"station_fact": STATION_FACT})
        rows = cursor.fetchall()
    if not rows:
        raise NoSuchAccount(str(account))
    made = (_service(row[1:]) for row in rows if row[1] is not None)
    return tuple(row for row in made if row.view.unit)


def services_of_many(
    accounts: Sequence[AccountRef], *, billed: BilledPeriods
) -> Mapping[AccountRef, tuple[ServiceRow, ...]]:
    """The same of many accounts, with the billed periods of all their services; one query. Unknown ones have none."""
    with connection.cursor() as cursor:
        asked = {"accounts": list(accounts), "service": None, "until": billed.until, "limit": billed.limit}
        cursor.execute(_OF_MANY, asked | {"station_fact": STATION_FACT})
        rows = cursor.fetchall()
    found: dict[AccountRef, list[ServiceRow]] = {}
    for row in rows:
        if row[1] is not None and (made := _service(row[1:])).view.unit:
            found.setdefault(AccountRef(row[0]), []).append(made)
    return {account: tuple(services) for account, services in found.items()}


def one_of(rows: Sequence[ServiceRow], service: ServiceRef | None) -> ServiceRow:
    """The service asked for, or the first. Raises NoSuchService."""
    for row in rows:
        if service is None or row.view.ref == service:
            return row
    raise NoSuchService(str(service))


def _service(row: tuple[Any, ...]) -> ServiceRow:
    ref, commodity, address_line, zone, since, until, unbilled_from, read_day = row[:8]
    raw = from_json(row[8]) or ()
    unit = unit_of(raw) or row[9] or ""
    channels = tuple(part for item in raw for part in counted_over(item, unit, since, until, ZoneInfo(zone)))
    delivered = [item for item in raw if item[3] != RECEIVED]
    view = MeteredService(
        ref=ServiceRef(ref),
        commodity=commodity,
        address_line=address_line,
        zone=zone,
        unit=unit,
        since=since,
        until=until,
        interval_s=delivered[-1][2] if delivered else None,
        gives_back=any(channel.direction == RECEIVED for channel in channels),
        step=max((abs(channel.worth) for channel in channels), default=Decimal(1)),
    )
    periods = tuple(_billed(item, unit) for item in from_json(row[10]) or ())
    station = from_json(row[11])
    return ServiceRow(view, channels, unbilled_from, read_day, periods, station and NearStation(*station))


def _billed(item: Sequence[Any], unit: str) -> UseOfPeriod:
    start, end, cents, bill, determinants = item
    named = {one["name"]: one for one in determinants or ()}
    usage, received = named.get("usage"), named.get(RECEIVED)
    kinds = {read["kind"] for one in (usage, received) if one for read in one["evidence"]}
    known = UseQuality.ESTIMATED if "estimated" in kinds else UseQuality.MEASURED
    return UseOfPeriod(
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
        unit=usage["unit"] if usage else unit,
        quantity=Decimal(usage["quantity"]) if usage else None,
        received=Decimal(received["quantity"]) if received else None,
        quality=known if usage else UseQuality.MISSING,
        cost_cents=cents,
        bill=UUID(bill),
    )


_ACCOUNTS = """
    SELECT DISTINCT a.public_id
      FROM cis_registry_channel c
      JOIN cis_registry_deviceinstallation i ON i.device_id = c.device_id AND upper(i.during) IS NULL
      JOIN cis_agreements_agreementservicepoint l ON l.service_point_id = i.service_point_id
      JOIN cis_agreements_serviceagreement g ON g.id = l.agreement_id
      JOIN cis_registry_account a ON a.id = g.account_id
     WHERE c.id = ANY(%s) AND upper(g.during) IS NULL AND g.service IN ('electric', 'water', 'gas')
"""


def accounts_of_channels(channel_ids: Sequence[int]) -> tuple[AccountRef, ...]:
    """The open accounts whose use these channels count; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, [list(channel_ids)])
        return tuple(AccountRef(row[0]) for row in cursor.fetchall())
