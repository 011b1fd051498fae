"""What customers' pages show of an account, in few queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from meterside.cis.billing.charges.queries import LATE_FEE_SQL, late_fee_views
from meterside.cis.billing.queries.bills import bill_beside, latest_bills
from meterside.cis.ledger.queries import LAST_PAYMENT
from meterside.cis.metering.store.queries import DayTotal, day_totals
from meterside.cis.registry.models import Account
from meterside.contracts.cis import (
    AccountRef,
    AccountView,
    Balances,
    BillRef,
    BillView,
    DayUse,
    HomeView,
    NoSuchAccount,
    PaymentView,
    PeriodUse,
    PremiseView,
)
from meterside.contracts.usage import ServiceRef
from meterside.kit import clock
from meterside.kit.sql import from_json


@dataclass(frozen=True, slots=True)
class OpenChannel:
    """An interval channel of a service whose period is open since `since`."""

    channel_id: int
    ref: ServiceRef
    service: str
    unit: str
    since: date


@dataclass(frozen=True, slots=True)
class Owed:
    """An account's receivable in cents, and what its issued bills say of when it is due.

    `not_yet_due_cents` sums the charges of issued bills whose due date has not gone by, and a deposit that is asked
    for until a bill that told of it is due.
    """

    balance_cents: int
    unsettled_cents: int
    not_yet_due_cents: int
    latest_due_on: date | None


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account's row with what its pages ask beside it."""

    id: int
    view: AccountView
    owed: Owed
    cycle_read_day: int


_OWED = """
           (SELECT coalesce(sum(t.amount_cents), 0)::bigint FROM cis_ledger_posting t
             WHERE t.account_id = a.id AND t.ledger_account_id = 'receivable'),
           (SELECT coalesce(sum(y.amount_cents), 0)::bigint FROM cis_ledger_payment y
             WHERE y.account_id = a.id AND NOT EXISTS (
                   SELECT FROM cis_ledger_paymentstatus s
                    WHERE s.payment_id = y.id AND s.status IN ('settled', 'returned'))),
           (SELECT coalesce(sum(b.current_charges_cents), 0)::bigint FROM cis_billing_bill b
             WHERE b.account_id = a.id AND b.status = 'issued' AND b.due_date >= %(today)s)
         + (SELECT coalesce(sum(d.amount_cents), 0)::bigint FROM cis_billing_deposit d
             WHERE d.account_id = a.id AND d.status = 'asked' AND NOT EXISTS (
                   SELECT FROM cis_billing_bill b
                    WHERE b.account_id = a.id AND b.status = 'issued' AND b.due_date < %(today)s
                      AND (b.statement ->> 'last_transaction')::bigint >= d.transaction_id)),
           (SELECT b.due_date FROM cis_billing_bill b WHERE b.account_id = a.id AND b.status = 'issued'
             ORDER BY b.bill_date DESC, b.id DESC LIMIT 1)
"""

_FACTS = f"""
    SELECT a.id, a.public_id, a.number,
           coalesce(nullif(p.organisation_name, ''), trim(p.given_name || ' ' || p.family_name), ''),
           a.customer_class, a.during @> %(today)s::date, a.paperless,
           (SELECT jsonb_agg(DISTINCT jsonb_build_array(m.address_line, m.city, m.state, m.zip5))
              FROM cis_agreements_serviceagreement g JOIN cis_registry_premise m ON m.id = g.premise_id
             WHERE g.account_id = a.id AND (upper(g.during) IS NULL OR upper(g.during) = upper(a.during))),
           (SELECT array_agg(DISTINCT g.service ORDER BY g.service) FROM cis_agreements_serviceagreement g
             WHERE g.account_id = a.id AND (upper(g.during) IS NULL OR upper(g.during) = upper(a.during))),
           (SELECT read_day FROM cis_billing_billcycle c WHERE c.code = a.bill_cycle),
           {_OWED}
"""  # noqa: S608  (put together from our own constants)

_ACCOUNTS = """
      FROM cis_registry_account a
      LEFT JOIN LATERAL (
           SELECT person.* FROM cis_registry_personaccountrole r
             JOIN cis_registry_person person ON person.id = r.person_id
            WHERE r.account_id = a.id AND r.role = 'owner'
            ORDER BY upper(r.during) DESC NULLS FIRST, r.id LIMIT 1
      ) p ON true
"""

# Interval channels of the services whose period is open: id, the service's reference and name, unit, and since when.
_OPEN_CHANNELS = """
           (SELECT jsonb_agg(jsonb_build_array(c.id, g.public_id, g.service, c.unit,
                       coalesce((SELECT max(upper(s.period)) FROM cis_billing_billsegment s
                                  WHERE s.agreement_id = g.id AND s.status = 'issued'), lower(g.during)))
                     ORDER BY g.service, c.id)
              FROM cis_agreements_serviceagreement g
              JOIN cis_agreements_agreementservicepoint l ON l.agreement_id = g.id AND l.use = 'add'
              JOIN cis_registry_deviceinstallation i
                ON i.service_point_id = l.service_point_id AND upper(i.during) IS NULL
              JOIN cis_registry_channel c ON c.device_id = i.device_id AND c.direction = 'delivered'
             WHERE g.account_id = a.id AND upper(g.during) IS NULL
               AND g.service IN ('electric', 'water', 'gas'))
"""


# The latest late fee that stands and came after the last bill: no bill has told of it yet.
_UNTOLD_FEE = f"""
           (SELECT jsonb_build_array({LATE_FEE_SQL})
              FROM cis_billing_latefee f JOIN cis_billing_bill b ON b.id = f.bill_id
             WHERE b.account_id = a.id AND f.status = 'charged'
               AND f.charged_at >= coalesce((SELECT max(n.issued_at) FROM cis_billing_bill n
                                              WHERE n.account_id = a.id AND n.status = 'issued'), f.charged_at)
             ORDER BY f.id DESC LIMIT 1)
"""  # noqa: S608  (put together from our own constants)


def account_facts(refs: Sequence[AccountRef], *, today: date) -> Mapping[AccountRef, AccountFacts]:
    """The facts of these accounts, in one query; unknown references are left out."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_FACTS} {_ACCOUNTS} WHERE a.public_id = ANY(%(refs)s)",
            {"refs": [UUID(str(ref)) for ref in refs], "today": today},
        )
        return {AccountRef(row[1]): _facts(row, now) for row in cursor.fetchall()}


def _facts(row: tuple[Any, ...], now: datetime) -> AccountFacts:
    return AccountFacts(
        id=row[0],
        view=AccountView(
            ref=AccountRef(row[1]),
            number=row[2],
            holder_name=row[3],
            customer_class=row[4],
            premises=tuple(PremiseView(*premise) for premise in from_json(row[7]) or ()),
            services=tuple(row[8] or ()),
            is_active=row[5],
            is_paperless=row[6],
            as_of=now,
        ),
        cycle_read_day=row[9] or 1,
        owed=Owed(*row[10:14]),
    )


def account_id(ref: AccountRef) -> int:
    """The account's key. Raises NoSuchAccount."""
    key = Account.objects.filter(public_id=ref).values_list("pk", flat=True).first()
    if key is None:
        raise NoSuchAccount(str(ref))
    return key


def balances(ref: AccountRef, *, today: date) -> Balances:
    """What is owed, now and in all, in one query. Raises NoSuchAccount."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_OWED} FROM cis_registry_account a WHERE a.public_id = %(ref)s",  # noqa: S608 - ours above
            {"ref": ref, "today": today},
        )
        row = cursor.fetchone()
    if row is None:
        raise NoSuchAccount(str(ref))
    return _balances(Owed(*row), today)


def bill_and_balances(ref: AccountRef, bill: BillRef, *, today: date) -> BillView | None:
    """One bill with what the account owes, in one query; None where it is not the account's."""
    found = bill_beside(ref, bill, _OWED, {"today": today})
    if found is None:
        return None
    view, owed = found
    return replace(view, balances=_balances(Owed(*owed), today))


def _balances(owed: Owed, today: date) -> Balances:
    due_now_cents = max(owed.balance_cents, 0)
    due_on = owed.latest_due_on if due_now_cents else None
    return Balances(
        balance_cents=owed.balance_cents,
        due_now_cents=due_now_cents,
        past_due_cents=max(due_now_cents - owed.not_yet_due_cents, 0),
        unsettled_cents=owed.unsettled_cents,
        next_due_on=due_on if due_on and due_on >= today else None,
    )


def home(ref: AccountRef, *, today: date) -> HomeView:
    """All that home shows, in three queries. Raises NoSuchAccount."""
    with connection.cursor() as cursor:
        # With an equality PostgreSQL keeps its plan; with a list it makes one each time.
        cursor.execute(
            f"{_FACTS}, {_OPEN_CHANNELS}, {_UNTOLD_FEE}, paid.* {_ACCOUNTS} {LAST_PAYMENT} "
            "WHERE a.public_id = %(ref)s",
            {"ref": ref, "today": today},
        )
        row = cursor.fetchone()
    if row is None:
        raise NoSuchAccount(str(ref))
    facts = _facts(row, clock.now())
    bills = latest_bills(facts.id, ref, facts.view.number)
    return HomeView(
        account=facts.view,
        balances=_balances(facts.owed, today),
        latest_bill=bills.latest,
        previous_bill=bills.previous,
        last_payment=PaymentView(*row[16:]) if row[16] is not None else None,
        use=_open_use(facts, from_json(row[14]) or (), today),
        late_fee=next(iter(late_fee_views(row[15])), None),
    )


def _open_use(facts: AccountFacts, rows: Sequence[Sequence[Any]], today: date) -> tuple[PeriodUse, ...]:
    if not rows:
        return ()
    channels = [
        OpenChannel(channel_id, ServiceRef(UUID(ref)), service, unit, date.fromisoformat(since))
        for channel_id, ref, service, unit, since in rows
    ]
    since = min(channel.since for channel in channels)
    totals = day_totals([channel.channel_id for channel in channels], since, today)
    by_service: dict[str, list[OpenChannel]] = {}
    for channel in channels:
        by_service.setdefault(channel.service, []).append(channel)
    return tuple(_period_use(facts, service, of, totals) for service, of in by_service.items())


def _period_use(
    facts: AccountFacts, service: str, channels: Sequence[OpenChannel], totals: Mapping[int, list[DayTotal]]
) -> PeriodUse:
    since = min(channel.since for channel in channels)
    days: dict[date, DayUse] = {}
    for channel in channels:
        for row in totals[channel.channel_id]:
            if row.day >= since and row.quality != "missing":
                before = days.get(row.day)
                quality = row.quality if before is None or before.quality == "measured" else before.quality
                days[row.day] = DayUse(row.day, row.total + (before.quantity if before else 0), quality)
    return PeriodUse(
        ref=channels[0].ref,
        service=service,
        unit=channels[0].unit,
        period_start=since,
        period_end=next_read_day(since, facts.cycle_read_day),
        days=tuple(days[day] for day in sorted(days)),
        as_of=None,
    )


def next_read_day(since: date, read_day: int) -> date:
    """The usual day of the next reading, at least half a month after the period began."""
    year, month = since.year, since.month
    while True:
        candidate = date(year, month, read_day)
        if (candidate - since).days >= 15:
            return candidate
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
