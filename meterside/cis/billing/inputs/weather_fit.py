"""Working out how agreements' use answers to the weather, from their own bills (docs/algorithms/weather.md)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from meterside.cis.weather.queries import STATION_FACT, Station, Stations, stations, temperatures
from meterside.engine.period import Period
from meterside.engine.quantity import CannotConvert, UnknownUnit, convert
from meterside.engine.weather import (
    BilledWeather,
    DayTemperature,
    NoResponse,
    degree_days,
    fit_response,
)
from meterside.kit import clock
from meterside.kit.sql import from_json

from ..models import WeatherResponse

#: Services whose use heats and cools.
SERVICES = ("electric", "gas")
#: A bill over fewer or more days than these says little of the weather: too few, or too much of it.
_FEWEST_DAYS, _MOST_DAYS = 20, 45
_CHUNK = 1000

# An agreement whose latest bill is later than what its response was worked out from.
_DUE = """
    SELECT a.id
      FROM cis_agreements_serviceagreement a
      JOIN LATERAL (SELECT max(upper(s.period)) AS billed_to FROM cis_billing_billsegment s
                     WHERE s.agreement_id = a.id AND s.status = 'issued') b ON b.billed_to IS NOT NULL
      LEFT JOIN LATERAL (SELECT w.as_of FROM cis_billing_weatherresponse w
                          WHERE w.agreement_id = a.id ORDER BY w.id DESC LIMIT 1) r ON true
     WHERE a.service = ANY(%s) AND a.id > %s AND (r.as_of IS NULL OR r.as_of < b.billed_to)
     ORDER BY a.id LIMIT %s
"""

# Two years of bills, each with its use, whether a read behind it was estimated, and the premise's station.
_USES = """
    SELECT s.agreement_id, s.bill_id, lower(s.period), upper(s.period), d.item ->> 'quantity', d.item ->> 'unit',
           d.item @? '$.evidence[*] ? (@.kind == "estimated")',
           (SELECT f.value FROM cis_registry_registrycharacteristic f
             WHERE f.premise_id = a.premise_id AND f.code = %s AND f.during @> lower(s.period)),
           l.latest
      FROM cis_billing_billsegment s
      JOIN cis_agreements_serviceagreement a ON a.id = s.agreement_id
      JOIN LATERAL (SELECT max(upper(y.period)) AS billed_to FROM cis_billing_billsegment y
                     WHERE y.agreement_id = a.id AND y.status = 'issued') b ON true
      LEFT JOIN LATERAL (SELECT jsonb_build_array(w.station_id, w.as_of, w.fit, w.why_not) AS latest
                           FROM cis_billing_weatherresponse w
                          WHERE w.agreement_id = a.id ORDER BY w.id DESC LIMIT 1) l ON true,
           jsonb_array_elements(s.inputs -> 'determinants') d(item)
     WHERE s.agreement_id = ANY(%s) AND s.status = 'issued' AND d.item ->> 'name' = 'usage'
       AND upper(s.period) > b.billed_to - interval '2 years'
     ORDER BY s.agreement_id, lower(s.period), s.id
"""


@dataclass(frozen=True, slots=True)
class FitCounts:
    """How many agreements were looked at, how many of them answer to the weather, and how many that is news of."""

    n_looked_at: int = 0
    n_fitted: int = 0
    n_new: int = 0

    def __add__(self, other: FitCounts) -> FitCounts:
        return FitCounts(
            self.n_looked_at + other.n_looked_at,
            self.n_fitted + other.n_fitted,
            self.n_new + other.n_new,
        )


@dataclass(slots=True)
class _Use:
    """One bill's use; a bill with several rates is one use."""

    period: Period
    quantity: Decimal
    unit: str
    is_estimated: bool


@dataclass(slots=True)
class _History:
    station: Station
    uses: dict[int, _Use]
    latest: list[Any] | None


def fit_due_responses() -> FitCounts:
    """Work out the response of every agreement that has a newer bill than its last one; a thousand at a time."""
    known = stations()
    counts, last = FitCounts(), 0
    while known:
        with connection.cursor() as cursor:
            cursor.execute(_DUE, [list(SERVICES), last, _CHUNK])
            due = [row[0] for row in cursor.fetchall()]
        if not due:
            break
        counts, last = counts + fit_responses(due, known=known), due[-1]
    return counts


@transaction.atomic
def fit_responses(agreement_ids: Collection[int], *, known: Stations) -> FitCounts:
    """Work out these agreements' responses; one that comes out as before is not written again."""
    histories = _histories(agreement_ids, known)
    if not histories:
        return FitCounts()
    first = min(use.period.start for one in histories.values() for use in one.uses.values())
    end = max(use.period.closed_end for one in histories.values() for use in one.uses.values())
    weather = temperatures({one.station.id for one in histories.values()}, first, end)
    now = clock.now()
    rows = [
        _response(agreement_id, history, weather[history.station.id], now)
        for agreement_id, history in histories.items()
    ]
    new = [row for row in rows if _is_news(row, histories[row.agreement_id].latest)]
    WeatherResponse.objects.bulk_create(new)
    return FitCounts(len(rows), sum(row.fit is not None for row in rows), len(new))


def _histories(agreement_ids: Collection[int], known: Stations) -> dict[int, _History]:
    found: dict[int, _History] = {}
    with connection.cursor() as cursor:
        cursor.execute(_USES, [STATION_FACT, list(agreement_ids)])
        for agreement_id, bill_id, start, end, quantity, unit, estimated, named, latest in cursor.fetchall():
            station = known.of(named)
            if station is None:
                continue
            history = found.setdefault(agreement_id, _History(station, {}, from_json(latest)))
            if history.station.id != station.id:  # the premise's station changed: the later one counts
                history.station, history.uses = station, {}
            before = history.uses.get(bill_id)
            use = _Use(Period(start, end), Decimal(quantity), unit, estimated)
            history.uses[bill_id] = use if before is None else _together(before, use)
    return found


def _together(one: _Use, other: _Use) -> _Use:
    try:
        more = convert(other.quantity, other.unit, one.unit)
    except (CannotConvert, UnknownUnit):
        return other
    period = Period(one.period.start, other.period.closed_end)
    return _Use(period, one.quantity + more, one.unit, one.is_estimated or other.is_estimated)


def _response(
    agreement_id: int, history: _History, days: Mapping[date, DayTemperature], now: datetime
) -> WeatherResponse:
    uses = list(history.uses.values())
    row = WeatherResponse(
        agreement_id=agreement_id,
        station_id=history.station.id,
        as_of=max(use.period.closed_end for use in uses),
        made_at=now,
    )
    unit = uses[-1].unit
    try:
        fit = fit_response(
            _bills(uses, unit, history.station, days), unit=unit, degrees=history.station.degrees
        )
    except NoResponse as error:
        row.why_not = error.why
    else:
        row.fit = fit.to_dict()
    return row


def _bills(
    uses: Sequence[_Use], unit: str, station: Station, days: Mapping[date, DayTemperature]
) -> list[BilledWeather]:
    """The bills that say something of the weather: measured, of a usual length, every temperature known."""
    found = []
    for use in uses:
        if use.is_estimated or use.unit != unit or not _FEWEST_DAYS <= use.period.days <= _MOST_DAYS:
            continue
        weather = degree_days(days, use.period, station.degrees)
        if weather is not None:
            found.append(BilledWeather(use.quantity, weather))
    return found


def _is_news(row: WeatherResponse, latest: list[Any] | None) -> bool:
    said = [row.station_id, row.as_of.isoformat(), row.fit, row.why_not]
    return latest is None or latest != said
