"""What a use would cost on the rate in force: for a period that is not over, from quantities somebody gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from meterside.cis.tariffs.queries import dated_series, tariff_of_documents
from meterside.engine.determinant import Determinant
from meterside.engine.interval_use import IntervalUse
from meterside.engine.period import Period
from meterside.engine.quantity import CannotConvert, UnknownUnit
from meterside.engine.rate_clock import ClockSpan, clock_of
from meterside.engine.rated import RatedSegment, RatingState
from meterside.engine.rating import RECEIVED, RatingError, rate
from meterside.engine.tariff.model import Tariff
from meterside.kit.sql import from_json

from .inputs.asking import Asked, asked_by
from .inputs.counted import CHANNELS_OF_AGREEMENT, counted_over, unit_of
from .inputs.facts import NoNumber, contract_demand, dated_facts, first_day_facts
from .inputs.freezing import series_for
from .inputs.hours import thaw_use
from .inputs.likely import likely_hours
from .inputs.source_rows import Agreement
from .inputs.winter import load_winter


@dataclass(frozen=True, slots=True)
class Quantity:
    """A use of the whole period, and what the customer gave; both in `unit`."""

    used: Decimal
    received: Decimal | None
    unit: str


@dataclass(frozen=True, slots=True)
class Prices:
    """Each quantity as it would be billed; `hours` is the shape it was priced by, None where the rate asks for none."""

    tariff: Tariff
    segments: tuple[RatedSegment, ...]
    hours: IntervalUse | None


@dataclass(frozen=True, slots=True)
class _OnRate:
    """`billed_hours` are those of the very period's own bill, frozen; `channels` are as `counted_over` takes them."""

    agreement: Agreement
    customer_class: str
    tariff: Tariff
    asked: Asked
    channels: Sequence[Sequence[Any]]
    billed_hours: Mapping[str, Any] | None


_AGREEMENT = f"""
    SELECT g.id, g.public_id, g.account_id, g.service, lower(g.during), upper(g.during), a.customer_class,
           (SELECT jsonb_agg(jsonb_build_array(v.document_sha256, lower(v.during), upper(v.during),
                                               v.document) ORDER BY v.during)
              FROM cis_agreements_agreementtariff t JOIN cis_tariffs_tariffversion v ON v.tariff_id = t.tariff_id
             WHERE v.status = 'published' AND t.agreement_id = g.id AND t.during @> %(start)s::date),
           (SELECT jsonb_agg(jsonb_build_array(lower(c.during), upper(c.during), c.code, c.value))
              FROM cis_agreements_agreementcharacteristic c WHERE c.agreement_id = g.id),
           (SELECT jsonb_agg(jsonb_build_array(coalesce(lower(f.during), date '0001-01-01'), upper(f.during),
                                               f.code, f.value))
              FROM cis_registry_registrycharacteristic f WHERE f.premise_id = g.premise_id),
           (SELECT jsonb_agg(jsonb_build_array(coalesce(lower(f.during), date '0001-01-01'), upper(f.during),
                                               f.code, f.value))
              FROM cis_registry_registrycharacteristic f WHERE f.account_id = g.account_id),
           (SELECT e.state FROM cis_billing_ratingstateentry e JOIN cis_billing_billsegment v ON v.id = e.segment_id
             WHERE e.agreement_id = g.id AND v.status = 'issued' ORDER BY e.as_of DESC, e.id DESC LIMIT 1),
           p.zone, {CHANNELS_OF_AGREEMENT},
           (SELECT s.inputs -> 'intervals' FROM cis_billing_billsegment s
             WHERE s.agreement_id = g.id AND s.status = 'issued' AND s.period = daterange(%(start)s, %(end)s))
      FROM cis_agreements_serviceagreement g
      JOIN cis_registry_account a ON a.id = g.account_id
      JOIN cis_registry_premise p ON p.id = g.premise_id
     WHERE g.public_id = %(ref)s AND a.public_id = %(account)s
"""  # noqa: S608 - ours above


def price_quantities(
    *, account: UUID, agreement: UUID, period: Period, uses: Sequence[Quantity]
) -> Prices | None:
    """What each of these uses of a period would cost, as a whole bill period; one query, few more where the rate
    goes by hours, by series or by a winter average.

    Hours are those of the period's own bill; of one without, those that are known and, for each other, what such
    hours were. None where there is no such agreement or tariff, or a quantity and its hours cannot price it: the rate
    asks for registers by the clock alone, for the demand of hours to come, or for a fact that is not there.
    """
    found = _on_rate(account, agreement, period)
    if found is None or (found.asked.by_clock and not found.asked.hours):
        return None
    try:
        hours = _hours(found, period)
        segments = tuple(_rated(found, period, use, hours) for use in uses)
    except (RatingError, NoNumber, CannotConvert, UnknownUnit, OverflowError):
        return None
    return Prices(found.tariff, segments, hours.get("usage"))


def clock_on(*, account: UUID, agreement: UUID, day: date) -> tuple[ClockSpan, ...] | None:
    """The periods of a day by the clock of the agreement's rate; None where it has none; one query."""
    period = Period(day, day + timedelta(days=1))
    found = _on_rate(account, agreement, period)
    version = found.tariff.version_on(day) if found else None
    if found is None or version is None:
        return None
    facts = first_day_facts(found.agreement, period, found.asked)
    return clock_of(version, day, {"customer_class": found.customer_class, **facts})


def _hours(found: _OnRate, period: Period) -> dict[str, IntervalUse]:
    """The shape of a period that the rate asks for; empty where it asks for none. Raises RatingError."""
    if not found.asked.hours:
        return {}
    if found.billed_hours:
        return {name: thaw_use(use) for name, use in found.billed_hours.items()}
    agreement, unit = found.agreement, unit_of(found.channels)
    if found.asked.has_demand:
        raise RatingError("missing_intervals", "what the highest hour will be, nobody knows")
    since, until = agreement.during.start, agreement.during.end
    channels = [
        part for row in found.channels for part in counted_over(row, unit, since, until, agreement.zone)
    ]
    return likely_hours(channels, period, unit=unit, zone=agreement.zone)


def _on_rate(account: UUID, agreement: UUID, period: Period) -> _OnRate | None:
    with connection.cursor() as cursor:
        cursor.execute(
            _AGREEMENT,
            {"start": period.start, "end": period.closed_end, "ref": agreement, "account": account},
        )
        row = cursor.fetchone()
    if row is None or row[7] is None:
        return None
    tariff = tariff_of_documents(
        [
            (digest, date.fromisoformat(start), date.fromisoformat(end) if end else None, document)
            for digest, start, end, document in from_json(row[7])
        ]
    )
    return _OnRate(
        _agreement(row), row[6], tariff, asked_by(tariff), from_json(row[13]) or (), from_json(row[14])
    )


def _agreement(row: Sequence[Any]) -> Agreement:
    return Agreement(
        id=row[0],
        public_id=row[1],
        account_id=row[2],
        service=row[3],
        address_line="",
        zone=ZoneInfo(row[12]),
        during=Period(row[4], row[5]),
        billed_to=None,
        last_inputs=None,
        last_total_cents=0,
        last_year=None,
        state=from_json(row[11]),
        tariffs=[],
        attributes=_facts(row[8]),
        premise_facts=_facts(row[9]),
        account_facts=_facts(row[10]),
    )


def _facts(rows: str | None) -> list[tuple[Period, str, str]]:
    return [
        (Period(date.fromisoformat(start), date.fromisoformat(end) if end else None), code, value)
        for start, end, code, value in from_json(rows) or ()
    ]


def _rated(found: _OnRate, period: Period, use: Quantity, hours: Mapping[str, IntervalUse]) -> RatedSegment:
    agreement, asked = found.agreement, found.asked
    state = RatingState.from_dict(dict(agreement.state)) if agreement.state else None
    determinants = {"usage": Determinant("usage", max(use.used, Decimal(0)), use.unit)}
    if use.received is not None and asked.received:
        determinants[RECEIVED] = Determinant(RECEIVED, use.received, use.unit)
    if asked.others:
        winter = load_winter([agreement.id], start=period.start)
        average, state = winter.average(
            agreement.id, agreement.service, found.customer_class, asked, period=period, state=state
        )
        if average is not None:
            determinants[average.name] = average
    agreed = contract_demand(agreement, period, asked)
    if agreed is not None:
        determinants[agreed.name] = agreed
    series = dated_series(asked.series) if asked.series else {}
    return rate(
        found.tariff,
        period=period,
        determinants=determinants,
        attributes={
            "customer_class": found.customer_class,
            **first_day_facts(agreement, period, asked),
        },
        state=state,
        bill_date=period.closed_end,
        cycle=period,
        series=series_for(asked.series, series, period, period.closed_end) or None,
        characteristics=dated_facts(agreement, period, asked) or None,
        intervals={name: one for name, one in hours.items() if name in determinants} or None,
    )
