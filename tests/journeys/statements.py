"""Statements and views made by hand, for tests of what a customer reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from meterside.contracts.cis import (
    AccountRef,
    AccountView,
    Balances,
    BillRef,
    BillSummary,
    BillView,
    HomeView,
    PaymentView,
    PeriodUse,
    PremiseView,
)

ZONE = ZoneInfo("America/Los_Angeles")
ACCOUNT = AccountRef(UUID("11111111-1111-4111-8111-111111111111"))
BILL = BillRef(UUID("22222222-2222-4222-8222-222222222222"))
NOW = datetime(2026, 11, 23, 10, 42, tzinfo=ZONE)
START, END = "2026-10-01", "2026-11-01"


def line(component: str, kind: str, cents: int, **more: Any) -> dict[str, Any]:
    """A rated line as the engine writes it; `label`, `quantity`, `unit`, `price` and so on may be given."""
    return {
        "component": component,
        "kind": kind,
        "label": component.capitalize(),
        "label_es": "",
        "quantity": "1",
        "unit": "month",
        "price": "13.50",
        "price_unit": "month",
        "version_from": "2026-01-01",
        "span": [START, END],
        "unrounded": str(cents / 100),
        "amount_cents": cents,
        **more,
    }


def tier(quantity: str, price: str, cents: int, *, low: str, high: str | None, **more: Any) -> dict[str, Any]:
    """A line of one block of energy, in kWh."""
    bounds = {"tier_from": low} | ({"tier_to": high} if high else {})
    numbers = {"quantity": quantity, "unit": "kWh", "price": price, "price_unit": "kWh", "tier": 1}
    return line("energy", "tiered", cents, determinant="usage", **(numbers | bounds | more))


def meter(
    *, previous: int = 1000, present: int = 1762, kinds: tuple[str, str] = ("actual", "actual"), **more: Any
) -> dict[str, Any]:
    """An electric meter that counts kWh, read on both ends of October."""
    return {
        "badge": "A-E",
        "register": "kWh",
        "previous": {"day": START, "count": previous, "kind": kinds[0]},
        "present": {"day": END, "count": present, "kind": kinds[1]},
        "difference": present - previous,
        "units_per_count": 1000,
        "multiplier": "1",
        "unit": "Wh",
        "days": 31,
        "quantity": str((present - previous) * 1000),
        "use": "add",
        **more,
    }


def service(name: str = "electric", **more: Any) -> dict[str, Any]:
    """October's electric service: 762 kWh in two tiers, a customer charge and a city tax, $90.63."""
    return {
        "service": name,
        "agreement": f"agreement-{name}",
        "address": "418 Oak St",
        "tariff": {"code": "R-1", "name": "Residential", "name_es": "Residencial", "source_url": ""},
        "period": [START, END],
        "days": 31,
        "total_cents": 9063,
        "usage": {"quantity": "762000", "unit": "Wh", "source": "register", "priced_unit": "kWh"},
        "meters": [meter()],
        "lines": [
            line("customer", "fixed", 1350, label="Customer charge", label_es="Cargo por cliente"),
            tier("650", "0.0934", 6071, low="0", high="650"),
            tier("112", "0.1080", 1210, low="650", high=None),
            line("tax", "percent", 432, label="City tax", price="0.05", price_unit="share", base="86.31"),
        ],
        "daily": None,
        "change": None,
        **more,
    }


def statement(services: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    """A whole statement of these services; last bill $100.00, paid on October 12."""
    current = sum(item["total_cents"] for item in services)
    return {
        "version": 1,
        "number": 2600164,
        "account_number": "01004170",
        "holder_name": "Alice Moreno",
        "addresses": ["418 Oak St"],
        "bill_date": END,
        "due_date": "2026-11-23",
        "period": [START, END],
        "totals": {
            "previous_balance_cents": 10000,
            "payments_cents": -10000,
            "adjustments_cents": 0,
            "current_charges_cents": current,
            "total_due_cents": current,
        },
        "activity": [{"kind": "payment", "on": "2026-10-12", "amount_cents": -10000, "note": ""}],
        "services": list(services),
        "change": None,
        **more,
    }


def bill_view(content: Mapping[str, Any], **more: Any) -> BillView:
    """The contract's view of a statement; `more` replaces fields of its summary."""
    totals = content.get("totals") or {"current_charges_cents": 9063, "total_due_cents": 9063}
    fields: dict[str, Any] = {
        "ref": BILL,
        "number": 2600164,
        "bill_date": date(2026, 11, 1),
        "due_date": date(2026, 11, 23),
        "period_start": date(2026, 10, 1),
        "period_end": date(2026, 11, 1),
        "current_charges_cents": totals["current_charges_cents"],
        "total_due_cents": totals["total_due_cents"],
        "is_cancelled": False,
        "origin": "ours",
    }
    summary = BillSummary(**(fields | more))
    return BillView(summary=summary, account=ACCOUNT, account_number="01004170", statement=content)


def balances(
    owed: int = 9063, *, past_due: int = 0, unsettled: int = 0, due_on: date | None = date(2026, 11, 23)
) -> Balances:
    """What is owed; below nothing is credit."""
    return Balances(
        balance_cents=owed,
        due_now_cents=max(owed, 0),
        past_due_cents=past_due,
        unsettled_cents=unsettled,
        next_due_on=due_on if owed > 0 else None,
    )


def payment(status: str, reason: str = "") -> PaymentView:
    """A payment of $100.00, made on November 19."""
    at = datetime(2026, 11, 19, 9, 0, tzinfo=ZONE)
    return PaymentView(
        payment_id=UUID("33333333-3333-4333-8333-333333333333"),
        amount_cents=10000,
        paid_at=at,
        channel="portal",
        tender="bank",
        tender_label="Checking ending 4417",
        reference="",
        status=status,
        status_at=at,
        status_reason=reason,
    )


def home_view(
    *,
    bill: BillView | None = None,
    owed: Balances | None = None,
    last_payment: PaymentView | None = None,
    use: tuple[PeriodUse, ...] = (),
    is_active: bool = True,
    as_of: datetime = NOW,
    services: tuple[str, ...] = ("electric",),
) -> HomeView:
    """Home of Alice's account."""
    account = AccountView(
        ref=ACCOUNT,
        number="01004170",
        holder_name="Alice Moreno",
        customer_class="residential",
        premises=(PremiseView("418 Oak St", "Riverside", "CA", "95000"),),
        services=services,
        is_active=is_active,
        is_paperless=False,
        as_of=as_of,
    )
    return HomeView(
        account=account,
        balances=owed or balances(0),
        latest_bill=bill,
        previous_bill=None,
        last_payment=last_payment,
        use=use,
    )
