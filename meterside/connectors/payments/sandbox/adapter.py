"""The sandbox behind `contracts/payments.py`: only mapping; the company's books are behind its protocol."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from meterside.connectors.payments import check_signature
from meterside.contracts.payments import (
    Charge,
    ChargeState,
    EventKind,
    FailureReason,
    ForgedWebhook,
    GatewayEvent,
    HostedSession,
    MalformedWebhook,
    SessionConflict,
    SessionRequest,
    Tender,
    WebhookEnvelope,
    WrongMode,
    ach_return_reason,
)

from . import company
from .telling import SIGNATURE_HEADER, TIMESTAMP_HEADER

_CHARGE_EVENTS = frozenset(
    {"charge.accepted", "charge.settled", "charge.declined", "charge.returned", "session.closed"}
)
_ID_MAX_CHARS = 100


class SandboxGateway:
    """A gateway that moves no money: for demos and tests, refused in production by the settings.

    The company's API is called in this process and not over HTTP, for a demo's only web server would else
    wait for itself. Its hosted page, its delays and its signed messages are as any gateway's.
    """

    name = "sandbox"

    def __init__(self, *, webhook_secret: str, merchant: str = "meterside", is_live: bool = False) -> None:
        self._secret = webhook_secret
        self._merchant = merchant
        self._is_live = is_live

    def tenders(self) -> frozenset[Tender]:
        return frozenset(Tender)

    def create_session(self, request: SessionRequest) -> HostedSession:
        try:
            session = company.open_session(
                {
                    "merchant": self._merchant,
                    "reference": str(request.attempt_id),
                    "amount_cents": request.amount_cents,
                    "description": request.description,
                    "payer_name": request.payer_name,
                    "return_url": request.return_url,
                    "language": request.language,
                }
            )
        except company.Refused as refusal:
            raise SessionConflict(str(refusal)) from refusal
        return HostedSession(
            reference=session["session"],
            url=session["url"],
            expires_at=datetime.fromisoformat(session["expires_at"]),
        )

    def find(self, attempt_id: UUID) -> Charge:
        return _charge_or_none(attempt_id, company.find(self._merchant, attempt_id))

    def cancel(self, attempt_id: UUID) -> Charge:
        return _charge_or_none(attempt_id, company.cancel(self._merchant, attempt_id))

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> WebhookEnvelope:
        check_signature(
            secret=self._secret,
            timestamp=headers.get(TIMESTAMP_HEADER, ""),
            given=headers.get(SIGNATURE_HEADER, ""),
            body=body,
            now=now,
        )
        event = _event(body.decode("utf-8", "replace"))
        if event["live"] is not self._is_live:
            raise WrongMode("a live message in test mode" if event["live"] else "a test message in live mode")
        if event["merchant"] != self._merchant:
            raise ForgedWebhook("a message for another merchant")
        return WebhookEnvelope(event_id=event["id"], kind=event["type"])

    def read_event(self, body: str) -> GatewayEvent:
        event = _event(body)
        is_known = event["type"] in _CHARGE_EVENTS
        try:
            return GatewayEvent(
                event_id=event["id"],
                kind=EventKind.CHARGE if is_known else EventKind.UNKNOWN,
                occurred_at=datetime.fromisoformat(event["created"]),
                charge=charge_of(event["data"]) if is_known else None,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedWebhook(f"{type(error).__name__}: {error}") from error


def charge_of(told: Mapping[str, Any]) -> Charge:
    """The company's words for a charge as ours. Raises KeyError, TypeError or ValueError for other words."""
    method = told.get("method") or {}
    code = str(told.get("code") or "")
    state = ChargeState.ABANDONED if told["state"] == "closed" else ChargeState(told["state"])
    amount_cents = told["amount_cents"]
    if type(amount_cents) is not int:
        raise TypeError("amount_cents is no whole number")
    return Charge(
        attempt_id=UUID(told["reference"]),
        state=state,
        amount_cents=amount_cents,
        reference=str(told.get("charge") or ""),
        tender=Tender(method["type"]) if method else None,
        tender_label=str(method.get("label", "")),
        submitted_at=_instant(told.get("submitted_at")),
        accepted_at=_instant(told.get("accepted_at")),
        settled_at=_instant(told.get("settled_at")),
        ended_at=_instant(told.get("ended_at")),
        code=code,
        reason=_reason(code) if state in {ChargeState.DECLINED, ChargeState.RETURNED} else None,
    )


def _charge_or_none(attempt_id: UUID, told: Mapping[str, Any] | None) -> Charge:
    if told is None:
        return Charge(attempt_id=attempt_id, state=ChargeState.NONE, amount_cents=0)
    return charge_of(told)


def _reason(code: str) -> FailureReason:
    return FailureReason.DECLINED_BY_BANK if code == "card_declined" else ach_return_reason(code)


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant without a zone")
    return instant


def _event(body: str) -> dict[str, Any]:
    """The outer shape of a message; raises MalformedWebhook."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedWebhook(f"not JSON: {hashlib.sha256(body.encode()).hexdigest()[:12]}") from error
    shape = {"id": str, "type": str, "created": str, "live": bool, "merchant": str, "data": dict}
    if not isinstance(event, dict):
        raise MalformedWebhook("not an object")
    for name, kind in shape.items():
        if not isinstance(event.get(name), kind):
            raise MalformedWebhook(f"no {name}")
    for word in (event["id"], event["type"]):
        if not (0 < len(word) <= _ID_MAX_CHARS and word.isascii() and word.isprintable()):
            raise MalformedWebhook("an id or type that is no word")
    return event


def connect() -> SandboxGateway:
    """The gateway as the settings have it; named in the manifest."""
    return SandboxGateway(
        webhook_secret=settings.PAYMENTS.webhook_secret.get_secret_value(), is_live=settings.IS_PRODUCTION
    )
