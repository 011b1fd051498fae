"""What an owner does: invite, take an invitation back, end an access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction

from meterside.contracts.cis import AccountRef
from meterside.journeys.notify.amounts import day
from meterside.journeys.notify.write import draft_for
from meterside.kit import clock
from meterside.kit.ids import new_secret
from meterside.portal.access import operations, queries
from meterside.portal.access.roles import HELPER_ROLES, Role
from meterside.portal.notices.operations import write
from meterside.spine import audit

from .words import rights_in_words, until_in_words

if TYPE_CHECKING:
    from meterside.portal.identity.models import Login

INVITATION_LIFE = timedelta(days=7)
MOST_OPEN_INVITATIONS = 10
_LONGEST = timedelta(days=366 * 5)


class CannotInvite(StrEnum):
    """Why an invitation was refused."""

    YOURSELF = "yourself"
    ALREADY_IN = "already_in"
    ALREADY_INVITED = "already_invited"
    TOO_MANY = "too_many"
    END_NOT_AHEAD = "end_not_ahead"
    END_TOO_FAR = "end_too_far"


class UnableToInvite(Exception):
    """The invitation was refused; nothing was sent."""

    def __init__(self, reason: CannotInvite) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Invite:
    """Whom, as what, until when. `email` is normalised; `until` empty for no end."""

    email: str
    name: str
    role: Role
    until: datetime | None


def invite_helper(*, owner: Login, account: AccountRef, invite: Invite) -> None:
    """Keep an invitation and send its link. The caller has checked that `owner` owns the account.

    Raises UnableToInvite; ValueError for a role that is no helper's.
    """
    if invite.role not in HELPER_ROLES:
        raise ValueError(invite.role)
    now = clock.now()
    with transaction.atomic():
        _check(owner, account, invite, now)
        secret = new_secret()
        expires_at = now + INVITATION_LIFE
        try:
            kept = operations.invite(
                account=account,
                email=invite.email,
                name=invite.name,
                role=invite.role,
                until=invite.until,
                secret=secret,
                invited_by_id=owner.pk,
                now=now,
                expires_at=expires_at,
            )
        except operations.InvitationAlreadyOpen as error:
            raise UnableToInvite(CannotInvite.ALREADY_INVITED) from error
        write(
            draft_for(
                "helper_invited",
                to=invite.email,
                language=owner.language,
                is_secret=True,
                owner=owner.display_name or owner.email,
                rights=rights_in_words(invite.role, owner.language),
                until=until_in_words(invite.until, owner.language),
                expires=day(expires_at, owner.language),
                link=f"{settings.BASE_URL}/invitation/{secret}/",
            )
        )
        audit.record(
            action="access.invited",
            subject_type="account",
            subject_id=account,
            role=invite.role.value,
            invitation=str(kept.public_id),
        )


def withdraw_invitation(*, account: AccountRef, invitation: UUID) -> None:
    """Take an invitation back. Raises operations.NoSuchInvitation."""
    with transaction.atomic():
        operations.withdraw(public_id=invitation, account=account, now=clock.now())
        audit.record(
            action="access.invitation_withdrawn",
            subject_type="account",
            subject_id=account,
            invitation=str(invitation),
        )


def end_access(*, owner: Login, account: AccountRef, access: UUID) -> None:
    """End a helper's access, from the next request on, and tell them. Owners are not ended here.

    Raises operations.NoSuchAccess, also for an owner's access.
    """
    now = clock.now()
    people = queries.people_of(account=account, now=now)
    person = next((one for one in people if one.public_id == access and one.role in HELPER_ROLES), None)
    if person is None:
        raise operations.NoSuchAccess(access)
    with transaction.atomic():
        operations.revoke(public_id=access, account=account, now=now)
        write(
            draft_for(
                "helper_removed",
                to=person.email,
                language=person.language,
                owner=owner.display_name or owner.email,
            )
        )
        audit.record(action="access.revoked", subject_type="account", subject_id=account, access=str(access))


def _check(owner: Login, account: AccountRef, invite: Invite, now: datetime) -> None:
    if invite.email == owner.email:
        raise UnableToInvite(CannotInvite.YOURSELF)
    if invite.until is not None and invite.until <= now:
        raise UnableToInvite(CannotInvite.END_NOT_AHEAD)
    if invite.until is not None and invite.until > now + _LONGEST:
        raise UnableToInvite(CannotInvite.END_TOO_FAR)
    if any(person.email == invite.email for person in queries.people_of(account=account, now=now)):
        raise UnableToInvite(CannotInvite.ALREADY_IN)
    if len(queries.open_invitations_of(account=account, now=now)) >= MOST_OPEN_INVITATIONS:
        raise UnableToInvite(CannotInvite.TOO_MANY)
