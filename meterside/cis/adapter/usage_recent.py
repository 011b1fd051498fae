"""What many accounts used lately, in a few queries for all of them: what alerts are judged by as data arrives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from meterside.cis.metering.store.queries import DayTotal, day_totals_within, interval_days
from meterside.cis.weather.queries import temperatures_within
from meterside.contracts.cis import AccountRef
from meterside.contracts.usage import (
    DaysOfPeriod,
    RecentService,
    RecentUse,
    ServiceRef,
    UseOfPeriod,
    WeatherOfDays,
)
from meterside.engine.interval import DayIntervals
from meterside.engine.weather import DayTemperature
from meterside.kit.sql import from_json

from .usage import days_from, intervals_from, open_period_of, stretches_of, weather_of
from .usage_rows import BilledPeriods, NearStation, ServiceRow, services_of_many

_ONE_DAY = timedelta(days=1)
#: The latest bill's period, and the one before it where the intervals begin before the latest.
_BILLED = BilledPeriods(2)

_Stretch = tuple[date, date]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A service with the days [start, end) that are asked of it: by day, by interval, and of its open period."""

    account: AccountRef
    row: ServiceRow
    days: _Stretch
    intervals: _Stretch
    open_period: UseOfPeriod | None
    own: _Stretch
    year_ago: _Stretch

    @property
    def of_period(self) -> tuple[_Stretch, _Stretch]:
        return self.row.days_within(*self.own), self.row.days_within(*self.year_ago)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was found for all services together."""

    totals: Mapping[int, Sequence[DayTotal]]
    intervals: Mapping[int, Sequence[DayIntervals]]
    temperatures: Mapping[int, Mapping[date, DayTemperature]]
    leaks: Mapping[UUID, datetime]


def recent_use(
    accounts: Sequence[AccountRef], *, now: datetime, n_days: int, n_interval_days: int
) -> dict[AccountRef, RecentUse]:
    """See the contract. Five queries, and one more a weather station."""
    facts = _facts(accounts, now)
    asked = [
        _asked(account, row, now, n_days, n_interval_days)
        for account, rows in services_of_many(list(facts), billed=_BILLED).items()
        for row in rows
        if row.view.has_days and row.view.until is None
    ]
    known = _look_up(asked, now=now, n_interval_days=n_interval_days)
    services: dict[AccountRef, list[RecentService]] = {}
    for one in asked:
        services.setdefault(one.account, []).append(_service(one, known, now))
    return {
        account: RecentUse(facts[account][0], tuple(found), facts[account][1])
        for account, found in services.items()
    }


def _asked(account: AccountRef, row: ServiceRow, now: datetime, n_days: int, n_interval_days: int) -> _Asked:
    today = now.astimezone(ZoneInfo(row.view.zone)).date()
    open_period = open_period_of(row, today)
    nothing = (today, today)
    own, year_ago = (nothing, nothing) if open_period is None else stretches_of(open_period, today)
    return _Asked(
        account=account,
        row=row,
        days=row.within(today - _ONE_DAY * n_days, today),
        intervals=row.within(today - _ONE_DAY * n_interval_days, today + _ONE_DAY),
        open_period=open_period,
        own=own,
        year_ago=year_ago,
    )


def _look_up(asked: Sequence[_Asked], *, now: datetime, n_interval_days: int) -> _Known:
    by_day = [(one, stretch) for one in asked for stretch in (one.days, *one.of_period)]
    first = min((one.intervals[0] for one in asked), default=date.max)
    last = max((one.intervals[1] for one in asked), default=date.min)
    by_station: dict[int, list[_Stretch]] = {}
    for one in asked:
        if one.row.station is not None:
            by_station.setdefault(one.row.station.id, []).extend((one.own, one.year_ago))
    return _Known(
        totals=day_totals_within(
            sorted({key for one, stretch in by_day for key in _channels(one.row, stretch)}),
            _joined(stretch for _one, stretch in by_day),
        ),
        intervals=interval_days(
            sorted({key for one in asked for key in _channels(one.row, one.intervals)}), first, last
        ),
        temperatures={
            station: temperatures_within(station, joined) if (joined := _joined(stretches)) else {}
            for station, stretches in by_station.items()
        },
        leaks=_leaks_told(
            [one.row.view.ref for one in asked if one.row.view.commodity == "water"],
            since=now - _ONE_DAY * n_interval_days,
        ),
    )


def _channels(row: ServiceRow, stretch: _Stretch) -> list[int]:
    return [channel.id for channel in row.channels_in(*stretch)] if stretch[0] < stretch[1] else []


def _joined(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    """The same days in as few [start, end) as there can be: many accounts ask for nearly the same ones."""
    joined: list[_Stretch] = []
    for start, end in sorted({stretch for stretch in stretches if stretch[0] < stretch[1]}):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _service(one: _Asked, known: _Known, now: datetime) -> RecentService:
    row = one.row
    first = one.intervals[0]
    return RecentService(
        service=row.view,
        days=days_from(row, known.totals, *one.days),
        intervals=intervals_from(row, known.intervals, *one.intervals, now),
        open_period=_open_period(one, known),
        billed=next((period for period in row.periods if period.start <= first), None),
        leak_told=known.leaks.get(row.view.ref),
    )


def _open_period(one: _Asked, known: _Known) -> DaysOfPeriod | None:
    if one.open_period is None:
        return None
    days, days_last_year = (days_from(one.row, known.totals, *stretch) for stretch in one.of_period)
    return DaysOfPeriod(
        service=one.row.view,
        period=one.open_period,
        days=days,
        days_last_year=days_last_year,
        weather=_weather(one, one.row.station, known) if days else None,
    )


def _weather(one: _Asked, station: NearStation | None, known: _Known) -> WeatherOfDays | None:
    if station is None:
        return None
    spans = (one.own, one.year_ago)
    temperatures = known.temperatures.get(station.id, {})
    return weather_of(
        station,
        {day: of for day, of in temperatures.items() if any(start <= day < end for start, end in spans)},
    )


_FACTS = """
    SELECT a.public_id, a.customer_class,
           (SELECT jsonb_object_agg(y.public_id, y.cents)
              FROM (SELECT g.public_id, sum(s.total_cents)::bigint AS cents
                      FROM cis_billing_billsegment s JOIN cis_agreements_serviceagreement g ON g.id = s.agreement_id
                     WHERE s.status = 'issued'
                       AND s.bill_id = (SELECT b.id FROM cis_billing_bill b
                                         WHERE b.account_id = a.id AND b.status = 'issued'
                                         ORDER BY b.bill_date DESC, b.id DESC LIMIT 1)
                     GROUP BY g.public_id) y)
      FROM cis_registry_account a
     WHERE a.public_id = ANY(%(accounts)s) AND a.during @> %(today)s::date
"""


def _facts(
    accounts: Sequence[AccountRef], now: datetime
) -> dict[AccountRef, tuple[str, dict[ServiceRef, int]]]:
    """Each open account's class, and what its services came to on its last bill."""
    with connection.cursor() as cursor:
        cursor.execute(
            _FACTS, {"accounts": list(accounts), "today": now.astimezone(settings.UTILITY.zone).date()}
        )
        rows = cursor.fetchall()
    return {
        AccountRef(ref): (
            customer_class,
            {ServiceRef(UUID(one)): cents for one, cents in (from_json(of_bill) or {}).items()},
        )
        for ref, customer_class, of_bill in rows
    }


_LEAKS_TOLD = """
    SELECT g.public_id, min(e.at)
      FROM cis_agreements_serviceagreement g
      JOIN cis_registry_premise p ON p.id = g.premise_id
      JOIN cis_agreements_agreementservicepoint l ON l.agreement_id = g.id
      JOIN cis_registry_deviceinstallation i ON i.service_point_id = l.service_point_id
      JOIN cis_metering_deviceevent e ON e.device_id = i.device_id AND i.during @> e.at
     WHERE g.public_id = ANY(%(services)s) AND e.kind = 'leak' AND e.at >= %(since)s
       AND g.during @> (e.at AT TIME ZONE p.zone)::date
     GROUP BY g.public_id
"""


def _leaks_told(services: Sequence[ServiceRef], *, since: datetime) -> dict[UUID, datetime]:
    """When each service's meter first told of a leak since an instant, within the tenure."""
    with connection.cursor() as cursor:
        cursor.execute(_LEAKS_TOLD, {"services": list(services), "since": since})
        return dict(cursor.fetchall())
