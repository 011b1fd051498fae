"""Letting people in and out of accounts. Callers hold the transaction and write the audit line."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F

from meterside.contracts.cis import AccountRef
from meterside.kit.ids import secret_digest

from .models import AccountAccess, Invitation
from .queries import holding
from .roles import Role


class AccessAlreadyGranted(Exception):
    """That login has access to that account already."""


class NoSuchAccess(Exception):
    """No access of that account has that id now."""


class NoSuchInvitation(Exception):
    """No open invitation of that account has that id."""


class InvitationAlreadyOpen(Exception):
    """That address was invited to that account and has not answered yet."""


def grant(
    *,
    login_id: int,
    account: AccountRef,
    role: Role,
    now: datetime,
    until: datetime | None = None,
    granted_by_id: int | None = None,
) -> AccountAccess:
    """Give a login a role for an account from `now` to `until` (half-open; no end when None).

    Raises AccessAlreadyGranted; ValueError when `until` is not after `now`.
    """
    if until is not None and until <= now:
        raise ValueError("access must end after it begins")
    try:
        with transaction.atomic():
            _end_what_ran_out(login_id, account, now)
            return AccountAccess.objects.create(
                login_id=login_id,
                account_ref=account,
                role=role.value,
                during=DateTimeTZRange(now, until, "[)"),
                granted_by_id=granted_by_id,
                granted_at=now,
            )
    except IntegrityError as error:
        if "access_once" in str(error):
            raise AccessAlreadyGranted(account) from error
        raise


def _end_what_ran_out(login_id: int, account: AccountRef, now: datetime) -> None:
    """Once another takes its place, a planned end that went by is an end for good."""
    AccountAccess.objects.filter(
        login_id=login_id, account_ref=account, ended_at=None, during__endswith__lte=now
    ).update(ended_at=F("during__endswith"))


def revoke(*, public_id: UUID, account: AccountRef, now: datetime) -> None:
    """End an access for good. The row stays: who could see what, and when, is kept. Raises NoSuchAccess."""
    changed = holding(now).filter(public_id=public_id, account_ref=account).update(ended_at=now)
    if changed == 0:
        raise NoSuchAccess(public_id)


def invite(
    *,
    account: AccountRef,
    email: str,
    name: str,
    role: Role,
    until: datetime | None,
    secret: str,
    invited_by_id: int,
    now: datetime,
    expires_at: datetime,
) -> Invitation:
    """Keep an invitation; an expired one to the same address is withdrawn. Raises InvitationAlreadyOpen."""
    Invitation.objects.filter(
        account_ref=account, email=email, accepted_at=None, withdrawn_at=None, expires_at__lte=now
    ).update(withdrawn_at=now)
    try:
        with transaction.atomic():
            return Invitation.objects.create(
                account_ref=account,
                email=email,
                name=name,
                role=role.value,
                until=until,
                secret_sha256=secret_digest(secret),
                invited_by_id=invited_by_id,
                created_at=now,
                expires_at=expires_at,
            )
    except IntegrityError as error:
        if "access_invitation_open_once" in str(error):
            raise InvitationAlreadyOpen(email) from error
        raise


def withdraw(*, public_id: UUID, account: AccountRef, now: datetime) -> None:
    """Take an invitation back; its link stops working at once. Raises NoSuchInvitation."""
    changed = Invitation.objects.filter(
        public_id=public_id, account_ref=account, accepted_at=None, withdrawn_at=None
    ).update(withdrawn_at=now)
    if changed == 0:
        raise NoSuchInvitation(public_id)


def accept(*, public_id: UUID, login_id: int, now: datetime) -> AccountAccess:
    """Turn an open invitation into access, once: of two callers, one wins.

    Raises NoSuchInvitation, AccessAlreadyGranted. Needs the caller's transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("accept needs a transaction")
    row = (
        Invitation.objects.select_for_update()
        .filter(public_id=public_id, accepted_at=None, withdrawn_at=None, expires_at__gt=now)
        .first()
    )
    if row is None:
        raise NoSuchInvitation(public_id)
    access = grant(
        login_id=login_id,
        account=AccountRef(row.account_ref),
        role=Role(row.role),
        now=now,
        until=row.until,
        granted_by_id=row.invited_by_id,
    )
    row.accepted_at = now
    row.access = access
    row.save(update_fields=["accepted_at", "access"])
    return access
