"""A payment as the books have it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PaymentView:
    """One payment of the account, whoever took it."""

    payment_id: UUID
    amount_cents: int
    paid_at: datetime
    channel: str
    tender: str
    tender_label: str
    reference: str
    status: str
    status_at: datetime
    status_reason: str
