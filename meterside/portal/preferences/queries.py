"""Reads of what customers set, and of what they were told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from meterside.contracts.cis import AccountRef
from meterside.engine.alert import AlertKind
from meterside.kit.ids import secret_digest
from meterside.kit.sql import from_json

from .choices import Choice, choices_from
from .models import (
    AlertSetting,
    HouseholdProfile,
    QuietHours,
    UsageAlert,
    UsageToken,
)


def choices_of(
    *, login_id: int, account: AccountRef, commodities: frozenset[str], is_owner: bool
) -> tuple[Choice, ...]:
    """Every kind of alert as it stands for a person and account; one query."""
    rows = AlertSetting.objects.filter(login_id=login_id, account_ref=account)
    return choices_from([choice(row) for row in rows], commodities=commodities, is_owner=is_owner)


def choice(row: AlertSetting) -> Choice:
    """A kept setting."""
    return Choice(AlertKind(row.kind), row.commodity, row.is_on, row.threshold, row.hours)


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as its page shows it. `facts` are numbers as text, by name."""

    public_id: UUID
    login_id: int
    account: AccountRef
    service: UUID
    commodity: str
    kind: AlertKind
    cause: str
    first_at: datetime
    last_at: datetime
    facts: dict[str, Any]
    found_at: datetime
    told_at: datetime | None
    cleared_at: datetime | None


def alerts_of(*, login_id: int, account: AccountRef, limit: int = 50) -> tuple[AlertView, ...]:
    """A person's alerts about an account, the newest first."""
    rows = UsageAlert.objects.filter(login_id=login_id, account_ref=account)
    return tuple(_view(row) for row in rows.order_by("-found_at", "-id")[:limit])


_ALERT = """
    a.public_id, a.service_ref, a.commodity, a.kind, a.cause, a.first_at, a.last_at, a.facts, a.found_at, a.told_at
"""


def open_alerts_of(*, login_id: int, account: AccountRef, limit: int) -> tuple[AlertView, ...]:
    """A person's open alerts about an account, the newest first. Plain SQL: home asks it each time."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {_ALERT} FROM portal_preferences_usagealert a
             WHERE a.login_id = %s AND a.account_ref = %s AND a.cleared_at IS NULL
             ORDER BY a.found_at DESC, a.id DESC LIMIT %s
            """,  # noqa: S608 - ours above
            [login_id, account, limit],
        )
        rows = cursor.fetchall()
    return tuple(_open_alert(row, login_id, account) for row in rows)


def _open_alert(row: Sequence[Any], login_id: int, account: AccountRef) -> AlertView:
    return AlertView(
        public_id=row[0],
        login_id=login_id,
        account=account,
        service=row[1],
        commodity=row[2],
        kind=AlertKind(row[3]),
        cause=row[4],
        first_at=row[5],
        last_at=row[6],
        facts=from_json(row[7]),
        found_at=row[8],
        told_at=row[9],
        cleared_at=None,
    )


def alert_of(*, login_id: int, account: AccountRef, public_id: UUID) -> AlertView | None:
    """One of a person's own alerts, or None."""
    row = UsageAlert.objects.filter(login_id=login_id, account_ref=account, public_id=public_id).first()
    return None if row is None else _view(row)


def open_alerts(accounts: Sequence[AccountRef]) -> tuple[AlertView, ...]:
    """What is open for anybody about any of these accounts."""
    rows = UsageAlert.objects.filter(account_ref__in=list(accounts), cleared_at=None).order_by("id")
    return tuple(_view(row) for row in rows)


@dataclass(frozen=True, slots=True)
class Household:
    """What is known of a household; None and empty stand for what nobody said."""

    people: int | None = None
    area_sqft: int | None = None
    heating: str = ""
    has_ev: bool | None = None
    has_pool: bool | None = None


@dataclass(frozen=True, slots=True)
class UsageNotes:
    """What a usage page says beside use: the day the commodity goes live, the household, open alerts."""

    live_on: date | None
    household: Household | None
    alerts: tuple[AlertView, ...]


_NOTES = f"""
    SELECT (SELECT live_on FROM portal_preferences_usagelaunch WHERE commodity = %(commodity)s),
           h.id, h.people, h.area_sqft, h.heating, h.has_ev, h.has_pool, {_ALERT}
      FROM (SELECT 1) always
      LEFT JOIN portal_preferences_householdprofile h ON h.account_ref = %(account)s
      LEFT JOIN portal_preferences_usagealert a
             ON a.login_id = %(login)s AND a.account_ref = %(account)s AND a.cleared_at IS NULL
     ORDER BY a.found_at DESC
"""  # noqa: S608 - ours above


def usage_notes(*, login_id: int, account: AccountRef, commodity: str) -> UsageNotes:
    """Both in one query, for every usage page asks them."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTES, {"login": login_id, "account": account, "commodity": commodity})
        rows = cursor.fetchall()
    live_on, key, *said = rows[0][:7]
    alerts = tuple(_open_alert(row[7:], login_id, account) for row in rows if row[7] is not None)
    return UsageNotes(live_on, None if key is None else Household(*said), alerts)


def untold_alerts(*, limit: int) -> tuple[AlertView, ...]:
    """Open alerts whose message has not gone, the oldest first."""
    rows = UsageAlert.objects.filter(told_at=None, cleared_at=None).order_by("found_at", "id")
    return tuple(_view(row) for row in rows[:limit])


def _view(row: UsageAlert) -> AlertView:
    return AlertView(
        public_id=row.public_id,
        login_id=row.login_id,
        account=AccountRef(row.account_ref),
        service=row.service_ref,
        commodity=row.commodity,
        kind=AlertKind(row.kind),
        cause=row.cause,
        first_at=row.first_at,
        last_at=row.last_at,
        facts=row.facts,
        found_at=row.found_at,
        told_at=row.told_at,
        cleared_at=row.cleared_at,
    )


#: Nobody is written to at night who did not ask for it: from nine in the evening until eight.
USUAL_QUIET = (21 * 60, 8 * 60)


def quiet_minutes(login_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """When each of these people is not to be disturbed, as minutes after midnight (from, until)."""
    kept = QuietHours.objects.filter(login_id__in=login_ids)
    found = dict.fromkeys(login_ids, USUAL_QUIET)
    return found | {row.login_id: (row.from_minute, row.until_minute) for row in kept}


def household_of(account: AccountRef) -> Household | None:
    """The household profile of an account, or None where none was given."""
    return households_of([account]).get(account)


def households_of(accounts: Sequence[AccountRef]) -> dict[AccountRef, Household]:
    """The household profiles of those accounts that gave one; one query."""
    rows = HouseholdProfile.objects.filter(account_ref__in=list(accounts))
    return {
        AccountRef(row.account_ref): Household(
            row.people, row.area_sqft, row.heating, row.has_ev, row.has_pool
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class TokenView:
    """A key as its list shows it: never its secret."""

    public_id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None


def tokens_of(*, login_id: int, account: AccountRef) -> tuple[TokenView, ...]:
    """A person's keys to an account's use that still open, the newest first."""
    rows = UsageToken.objects.filter(login_id=login_id, account_ref=account, revoked_at=None)
    return tuple(
        TokenView(row.public_id, row.name, row.created_at, row.last_used_at)
        for row in rows.order_by("-created_at", "-id")
    )


@dataclass(frozen=True, slots=True)
class OpenToken:
    """Whose key it is, and to which account."""

    id: int
    login_id: int
    account: AccountRef
    last_used_at: datetime | None


def token_for(secret: str) -> OpenToken | None:
    """The key that a secret is, if it was not revoked and its owner may still sign in."""
    row = (
        UsageToken.objects.filter(secret_sha256=secret_digest(secret), revoked_at=None, login__is_active=True)
        .only("id", "login_id", "account_ref", "last_used_at")
        .first()
    )
    if row is None:
        return None
    return OpenToken(row.pk, row.login_id, AccountRef(row.account_ref), row.last_used_at)
