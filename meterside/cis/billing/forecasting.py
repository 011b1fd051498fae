"""What a use would cost on the rate in force: for a period that is not over, from quantities somebody gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from meterside.cis.tariffs.queries import dated_series, tariff_of_documents
from meterside.engine.determinant import Determinant
from meterside.engine.period import Period
from meterside.engine.quantity import CannotConvert, UnknownUnit
from meterside.engine.rated import RatingState
from meterside.engine.rating import RECEIVED, RatingError, rate
from meterside.engine.tariff.model import Tariff
from meterside.kit.sql import from_json

from .inputs.asking import Asked, asked_by
from .inputs.facts import NoNumber, contract_demand, dated_facts, first_day_facts
from .inputs.freezing import series_for
from .inputs.source_rows import Agreement
from .inputs.winter import load_winter


@dataclass(frozen=True, slots=True)
class Quantity:
    """A use of the whole period, and what the customer gave; both in `unit`."""

    used: Decimal
    received: Decimal | None
    unit: str


@dataclass(frozen=True, slots=True)
class _OnRate:
    agreement: Agreement
    customer_class: str
    tariff: Tariff
    asked: Asked


_AGREEMENT = """
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
             WHERE e.agreement_id = g.id AND v.status = 'issued' ORDER BY e.as_of DESC, e.id DESC LIMIT 1)
      FROM cis_agreements_serviceagreement g JOIN cis_registry_account a ON a.id = g.account_id
     WHERE g.public_id = %(ref)s AND a.public_id = %(account)s
"""


def price_quantities(
    *, account: UUID, agreement: UUID, period: Period, uses: Sequence[Quantity]
) -> list[int] | None:
    """The cents each of these uses of a period would cost, as a whole bill period; one query, few more
    where the rate goes by series or a winter average.

    None where there is no such agreement or tariff, or the rate cannot price a quantity alone: it asks for hours, for
    registers by the clock, or for a fact that is not there.
    """
    found = _on_rate(account, agreement, period)
    if found is None or found.asked.hours or found.asked.by_clock:
        return None
    try:
        return [_cents(found, period, use) for use in uses]
    except (RatingError, NoNumber, CannotConvert, UnknownUnit):
        return None


def _on_rate(account: UUID, agreement: UUID, period: Period) -> _OnRate | None:
    with connection.cursor() as cursor:
        cursor.execute(_AGREEMENT, {"start": period.start, "ref": agreement, "account": account})
        row = cursor.fetchone()
    if row is None or row[7] is None:
        return None
    tariff = tariff_of_documents(
        [
            (digest, date.fromisoformat(start), date.fromisoformat(end) if end else None, document)
            for digest, start, end, document in from_json(row[7])
        ]
    )
    return _OnRate(_agreement(row), row[6], tariff, asked_by(tariff))


def _agreement(row: Sequence[Any]) -> Agreement:
    return Agreement(
        id=row[0],
        public_id=row[1],
        account_id=row[2],
        service=row[3],
        address_line="",
        zone=ZoneInfo("UTC"),  # no instant is looked at here
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


def _cents(found: _OnRate, period: Period, use: Quantity) -> int:
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
    ).total_cents
