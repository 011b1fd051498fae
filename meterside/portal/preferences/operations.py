"""Writes of what customers set, and of what they are told. Each leaves its audit line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from meterside.contracts.cis import AccountRef
from meterside.engine.alert import AlertKind
from meterside.kit import clock
from meterside.kit.ids import new_secret, secret_digest
from meterside.spine import audit

from .choices import WITH_LIMIT, Choice
from .models import (
    AlertSetting,
    HouseholdProfile,
    LeakExemption,
    LeakRate,
    QuietHours,
    UsageAlert,
    UsageLaunch,
    UsageToken,
)
from .queries import Household

_MOST_TOKENS = 10
_TOKEN_PREFIX = "ms_use_"  # noqa: S105 - what keys begin with, so that a leaked one is known for what it is


class UnableToSet(ValueError):
    """The setting cannot stand: a kind with a limit is on without one."""


class TooManyTokens(ValueError):
    """Ten keys are open already."""


@transaction.atomic
def set_choice(*, login_id: int, account: AccountRef, choice: Choice) -> None:
    """Keep how one kind of alert stands for a person and account. Raises UnableToSet."""
    if choice.is_on and choice.kind in WITH_LIMIT and choice.threshold is None:
        raise UnableToSet(choice.kind)
    AlertSetting.objects.update_or_create(
        login_id=login_id,
        account_ref=account,
        kind=str(choice.kind),
        commodity=choice.commodity,
        defaults={
            "is_on": choice.is_on,
            "threshold": choice.threshold,
            "hours": choice.hours,
            "changed_at": clock.now(),
        },
    )
    audit.record(
        action="alert.set",
        subject_type="account",
        subject_id=str(account),
        kind=str(choice.kind),
        commodity=choice.commodity,
        is_on=choice.is_on,
    )


@transaction.atomic
def set_quiet_hours(*, login_id: int, from_minute: int, until_minute: int) -> None:
    """Keep when a person is not to be disturbed; the same minute twice is never."""
    QuietHours.objects.update_or_create(
        login_id=login_id, defaults={"from_minute": from_minute, "until_minute": until_minute}
    )


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert to be. `facts` are numbers as text."""

    login_id: int
    account: AccountRef
    service: UUID
    commodity: str
    kind: AlertKind
    cause: str
    first_at: datetime
    last_at: datetime
    facts: Mapping[str, Any]


def raise_alert(new: NewAlert) -> UUID | None:
    """Keep an alert; None where the same cause, or another of its kind that is still open, was told already.

    The database decides, so that two workers at once make one.
    """
    try:
        with transaction.atomic():
            row = UsageAlert.objects.create(
                login_id=new.login_id,
                account_ref=new.account,
                service_ref=new.service,
                commodity=new.commodity,
                kind=str(new.kind),
                cause=new.cause,
                first_at=new.first_at,
                last_at=new.last_at,
                facts=dict(new.facts),
                found_at=clock.now(),
            )
    except IntegrityError:
        return None
    return row.public_id


def extend_alert(*, public_id: UUID, last_at: datetime, facts: Mapping[str, Any]) -> None:
    """What goes on is brought up to date; nobody is told again."""
    UsageAlert.objects.filter(public_id=public_id, cleared_at=None, last_at__lte=last_at).update(
        last_at=last_at, facts=dict(facts)
    )


def clear_alert(*, public_id: UUID) -> bool:
    """Close an open alert: its cause is over. Returns whether this call did."""
    return bool(
        UsageAlert.objects.filter(public_id=public_id, cleared_at=None).update(cleared_at=clock.now())
    )


def claim_told(*, public_id: UUID) -> bool:
    """Take it on oneself to tell of an alert, in the transaction that writes the message; whether nobody else did."""
    return bool(UsageAlert.objects.filter(public_id=public_id, told_at=None).update(told_at=clock.now()))


@transaction.atomic
def keep_household(*, account: AccountRef, household: Household) -> None:
    """Keep what a customer said of their household. What it says stays out of the audit line."""
    HouseholdProfile.objects.update_or_create(
        account_ref=account,
        defaults={
            "people": household.people,
            "area_sqft": household.area_sqft,
            "heating": household.heating,
            "has_ev": household.has_ev,
            "has_pool": household.has_pool,
            "changed_at": clock.now(),
        },
    )
    audit.record(action="household.kept", subject_type="account", subject_id=str(account))


@transaction.atomic
def delete_household(*, account: AccountRef) -> bool:
    """Delete it, whole and at once; returns whether there was one."""
    deleted, _ = HouseholdProfile.objects.filter(account_ref=account).delete()
    if deleted:
        audit.record(action="household.deleted", subject_type="account", subject_id=str(account))
    return bool(deleted)


@transaction.atomic
def make_token(*, login_id: int, account: AccountRef, name: str) -> str:
    """Make a key to an account's use; returns its secret, which is shown once and never kept. Raises TooManyTokens."""
    list(
        UsageToken.objects.select_for_update()
        .filter(login_id=login_id, account_ref=account)
        .values_list("pk")
    )
    if (
        UsageToken.objects.filter(login_id=login_id, account_ref=account, revoked_at=None).count()
        >= _MOST_TOKENS
    ):
        raise TooManyTokens
    secret = _TOKEN_PREFIX + new_secret()
    row = UsageToken.objects.create(
        login_id=login_id,
        account_ref=account,
        name=name,
        secret_sha256=secret_digest(secret),
        created_at=clock.now(),
    )
    audit.record(action="usage_token.made", subject_type="usage_token", subject_id=str(row.public_id))
    return secret


@transaction.atomic
def revoke_token(*, login_id: int, account: AccountRef, public_id: UUID) -> bool:
    """Close a key; returns whether it was one of theirs and open."""
    done = UsageToken.objects.filter(
        login_id=login_id, account_ref=account, public_id=public_id, revoked_at=None
    ).update(revoked_at=clock.now())
    if done:
        audit.record(action="usage_token.revoked", subject_type="usage_token", subject_id=str(public_id))
    return bool(done)


def note_token_used(token_id: int) -> None:
    """Keep when a key was last used."""
    UsageToken.objects.filter(pk=token_id).update(last_used_at=clock.now())


@transaction.atomic
def set_live_on(*, commodity: str, day: date) -> None:
    """Set from which day use of a commodity is shown by day."""
    UsageLaunch.objects.update_or_create(
        commodity=commodity, defaults={"live_on": day, "set_at": clock.now()}
    )
    audit.record(action="usage.live_on", subject_type="commodity", subject_id=commodity, day=day.isoformat())


@transaction.atomic
def set_leak_rate(*, customer_class: str, gallons_an_hour: Decimal) -> None:
    """Set from which flow water that never stops is a leak, for a class of customers."""
    LeakRate.objects.update_or_create(
        customer_class=customer_class, defaults={"gallons_an_hour": gallons_an_hour}
    )
    audit.record(action="leak_rate.set", subject_type="customer_class", subject_id=customer_class)


@transaction.atomic
def exempt_from_leaks(*, service: UUID, reason: str) -> None:
    """Tell nobody of water that never stops at this service."""
    LeakExemption.objects.update_or_create(
        service_ref=service, defaults={"reason": reason, "set_at": clock.now()}
    )
    audit.record(action="leak.exempted", subject_type="service", subject_id=str(service), reason=reason)
