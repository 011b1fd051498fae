"""Who may see which account now. Every list of a customer's things is scoped by these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from meterside.contracts.cis import AccountRef
from meterside.kit.ids import secret_digest

from .models import AccountAccess, Invitation
from .roles import RIGHTS, Right, Role


@dataclass(frozen=True, slots=True)
class Grant:
    """One login's access to one account, as it holds now. `until` is empty when it has no end."""

    public_id: UUID
    account: AccountRef
    role: Role
    until: datetime | None

    def may(self, right: Right) -> bool:
        """Whether this role includes the right."""
        return right in RIGHTS[self.role]


@dataclass(frozen=True, slots=True)
class PersonWithAccess:
    """A person who can see an account now."""

    public_id: UUID
    login_id: int
    name: str
    email: str
    language: str
    role: Role
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation that was neither accepted nor withdrawn; it may have expired."""

    public_id: UUID
    account: AccountRef
    email: str
    name: str
    role: Role
    until: datetime | None
    expires_at: datetime
    invited_by: str
    invited_by_id: int
    invited_by_email: str
    language: str


# A grant that holds: not ended, and before its planned end. When it began is not asked (see AccountAccess).
HOLDS = "ended_at IS NULL AND (upper_inf(during) OR upper(during) > %(now)s::timestamptz)"


def holding(now: datetime) -> QuerySet[AccountAccess]:
    """The same for the ORM."""
    is_before_its_end = Q(during__endswith=None) | Q(during__endswith__gt=now)
    return AccountAccess.objects.filter(is_before_its_end, ended_at=None)


def grants_of(*, login_id: int, now: datetime) -> tuple[Grant, ...]:
    """What a login may see now, oldest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT public_id, account_ref, role, upper(during) FROM portal_access_accountaccess
             WHERE login_id = %(login)s AND {HOLDS} ORDER BY granted_at, id
            """,  # noqa: S608 - ours above
            {"login": login_id, "now": now},
        )
        rows = cursor.fetchall()
    return tuple(
        Grant(public_id=public_id, account=AccountRef(account), role=Role(role), until=until)
        for public_id, account, role, until in rows
    )


def grant_of(*, login_id: int, account: AccountRef, now: datetime) -> Grant | None:
    """A login's access to one account now, or None."""
    return next((grant for grant in grants_of(login_id=login_id, now=now) if grant.account == account), None)


def people_of(*, account: AccountRef, now: datetime) -> tuple[PersonWithAccess, ...]:
    """Everybody who can see an account now: owners first, then helpers, oldest first."""
    return people_of_many(accounts=[account], now=now).get(account, ())


def people_of_many(
    *, accounts: Sequence[AccountRef], now: datetime
) -> Mapping[AccountRef, tuple[PersonWithAccess, ...]]:
    """The same of many accounts, in one query; accounts nobody can see are left out."""
    rows = holding(now).filter(account_ref__in=list(accounts)).select_related("login")
    found: dict[AccountRef, list[PersonWithAccess]] = {}
    for row in rows.order_by("granted_at", "id"):
        person = PersonWithAccess(
            public_id=row.public_id,
            login_id=row.login_id,
            name=row.login.display_name,
            email=row.login.email,
            language=row.login.language,
            role=Role(row.role),
            since=row.granted_at,
            until=row.during.upper,
        )
        found.setdefault(AccountRef(row.account_ref), []).append(person)
    return {
        account: tuple(sorted(people, key=lambda person: person.role is not Role.OWNER))
        for account, people in found.items()
    }


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom to tell about an account, and in which language."""

    account: AccountRef
    name: str
    email: str
    language: str


def owners_of(*, accounts: Sequence[AccountRef], now: datetime) -> tuple[Owner, ...]:
    """The owners of these accounts who can sign in, in one query."""
    rows = (
        holding(now)
        .filter(account_ref__in=list(accounts), role=Role.OWNER.value, login__is_active=True)
        .order_by("id")
        .values_list("account_ref", "login__display_name", "login__email", "login__language")
    )
    return tuple(Owner(AccountRef(account), name, email, language) for account, name, email, language in rows)


def accounts_with_owners(*, accounts: Sequence[AccountRef] | None, now: datetime) -> tuple[AccountRef, ...]:
    """Those of these accounts (of all, where None) that an owner with a sign-in has; one query."""
    rows = holding(now).filter(role=Role.OWNER.value, login__is_active=True)
    if accounts is not None:
        rows = rows.filter(account_ref__in=list(accounts))
    found = rows.order_by("account_ref").values_list("account_ref", flat=True).distinct()
    return tuple(AccountRef(account) for account in found)


def open_invitations_of(*, account: AccountRef, now: datetime) -> tuple[InvitationView, ...]:
    """Invitations to an account that still wait for an answer, newest first."""
    rows = _open_invitations().filter(account_ref=account, expires_at__gt=now).order_by("-created_at")
    return tuple(_view(row) for row in rows)


def invitation_for(*, secret: str, now: datetime) -> InvitationView | None:
    """The invitation that a link's secret opens now: not accepted, withdrawn or expired, or None."""
    row = _open_invitations().filter(secret_sha256=secret_digest(secret), expires_at__gt=now).first()
    return None if row is None or (row.until is not None and row.until <= now) else _view(row)


def _open_invitations() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None).select_related("invited_by")


def _view(row: Invitation) -> InvitationView:
    return InvitationView(
        public_id=row.public_id,
        account=AccountRef(row.account_ref),
        email=row.email,
        name=row.name,
        role=Role(row.role),
        until=row.until,
        expires_at=row.expires_at,
        invited_by=row.invited_by.display_name or row.invited_by.email,
        invited_by_id=row.invited_by_id,
        invited_by_email=row.invited_by.email,
        language=row.invited_by.language,
    )
