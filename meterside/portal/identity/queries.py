"""Reads of logins and registration attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from meterside.contracts.cis import AccountRef

from .models import EmailChange, Login, RegistrationAttempt

MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Attempt:
    """A registration attempt as a journey needs it. `account` is None when nothing was found."""

    id: int
    public_id: UUID
    email: str
    language: str
    address_hash: str
    account: AccountRef | None
    holder_name: str
    email_is_on_file: bool
    code_hash: str
    bill_hash: str
    tries_left: int
    email_code_hash: str
    email_tries_left: int
    created_at: datetime
    expires_at: datetime
    is_proved: bool
    is_email_proved: bool
    is_used: bool

    def is_over(self, now: datetime) -> bool:
        """Whether nothing more can be done with it: its time is up or it was used."""
        return self.is_used or self.expires_at <= now


@dataclass(frozen=True, slots=True)
class RecentAttempts:
    """How many attempts there were lately, by what was typed and by where they came from."""

    by_email: int
    by_address: int
    by_ip: int


def attempt_view(row: RegistrationAttempt) -> Attempt:
    """The frozen form of a row."""
    return Attempt(
        id=row.pk,
        public_id=row.public_id,
        email=row.email,
        language=row.language,
        address_hash=row.address_hash,
        account=None if row.account_ref is None else AccountRef(row.account_ref),
        holder_name=row.holder_name,
        email_is_on_file=row.email_is_on_file,
        code_hash=row.code_hash,
        bill_hash=row.bill_hash,
        tries_left=MOST_TRIES - row.tries,
        email_code_hash=row.email_code_hash,
        email_tries_left=MOST_TRIES - row.email_tries,
        created_at=row.created_at,
        expires_at=row.expires_at,
        is_proved=row.proved_at is not None,
        is_email_proved=row.email_proved_at is not None,
        is_used=row.used_at is not None,
    )


def latest_attempt(*, session_sha256: str) -> Attempt | None:
    """The newest attempt of a browser session, or None."""
    row = RegistrationAttempt.objects.filter(session_sha256=session_sha256).order_by("-id").first()
    return None if row is None else attempt_view(row)


def attempt(*, public_id: UUID) -> Attempt | None:
    """One attempt by its id, or None when it was forgotten."""
    row = RegistrationAttempt.objects.filter(public_id=public_id).first()
    return None if row is None else attempt_view(row)


def recent_attempts(*, email: str, address_hash: str, ip_hash: str, since: datetime) -> RecentAttempts:
    """Counts for the limits, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM portal_identity_registrationattempt
                     WHERE email = %(email)s AND created_at > %(since)s),
                   (SELECT count(*) FROM portal_identity_registrationattempt
                     WHERE address_hash = %(address)s AND created_at > %(since)s),
                   (SELECT count(*) FROM portal_identity_registrationattempt
                     WHERE ip_hash = %(ip)s AND created_at > %(since)s)
            """,
            {"email": email, "address": address_hash, "ip": ip_hash, "since": since},
        )
        row = cursor.fetchone()
    return RecentAttempts(*row)


def codes_made(*, account: AccountRef, since: datetime) -> int:
    """How many attempts for an account have had a code made since then."""
    return (
        RegistrationAttempt.objects.filter(account_ref=account, created_at__gt=since)
        .exclude(code_hash="")
        .count()
    )


def tries_for(*, account: AccountRef | None, since: datetime) -> int:
    """How often codes and bill facts were tried for an account since then; the same statement for None."""
    total = RegistrationAttempt.objects.filter(
        account_ref=account or UUID(int=0), created_at__gt=since
    ).aggregate(tries=Sum("tries", default=0))
    return int(total["tries"])


def login_with_email(email: str) -> Login | None:
    """The login of a normalised address, or None."""
    return Login.objects.filter(email=email).first()


@dataclass(frozen=True, slots=True)
class WishedEmail:
    """A login's open wish for another address."""

    id: int
    email: str
    salt: UUID
    code_hash: str
    tries_left: int


def wished_email(*, login_id: int, now: datetime) -> WishedEmail | None:
    """The login's newest wish that is neither confirmed nor over, or None."""
    row = (
        EmailChange.objects.filter(login_id=login_id, confirmed_at=None, expires_at__gt=now)
        .order_by("-id")
        .first()
    )
    if row is None:
        return None
    return WishedEmail(row.pk, row.email, row.salt, row.code_hash, MOST_TRIES - row.tries)


def wishes_since(*, login_id: int, since: datetime) -> int:
    """How often a login asked for another address since then."""
    return EmailChange.objects.filter(login_id=login_id, created_at__gt=since).count()
