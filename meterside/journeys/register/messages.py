"""What registration tells people. Run by the job that delivers the outbox, never in a request."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import transaction

from meterside.contracts.cis import Cis, ContactOnFile
from meterside.journeys.notify.write import draft_for, reachable, write_to
from meterside.kit import clock
from meterside.kit.emails import UnableToUseEmail, normalise_email
from meterside.kit.ids import new_code
from meterside.portal.identity import operations, queries
from meterside.portal.identity.queries import Attempt
from meterside.portal.notices.operations import write
from meterside.spine import audit

from . import limits
from .secrets import code_hash

_MINUTES = int(limits.CODE_LIFE.total_seconds() // 60)


def send_code(attempt_id: UUID, *, cause: UUID, cis: Cis) -> None:
    """Make the attempt's code and send it to a contact on file; nothing for an attempt that found nobody.

    Code and messages commit together, and an attempt takes one code, so that a second delivery sends nothing.
    Where the typed address is on file the code goes there, else to every e-mail address on file. An account
    that had many codes today gets none; its holder is told once.
    """
    attempt = queries.attempt(public_id=attempt_id)
    now = clock.now()
    if attempt is None or attempt.account is None or attempt.is_proved or attempt.is_over(now):
        return
    contacts = reachable(cis.contacts_on_file(attempt.account))
    made = queries.codes_made(account=attempt.account, since=now - limits.ACCOUNT_WINDOW)
    with transaction.atomic():
        if made >= limits.CODES_PER_ACCOUNT:
            _stop_codes(attempt, contacts, made, cause)
            return
        code = new_code()
        digest = code_hash(attempt.public_id, code)
        if not operations.set_code(
            attempt_id=attempt.id, code_hash=digest, expires_at=now + limits.CODE_LIFE
        ):
            return
        write_to(
            _where_to(attempt, contacts),
            "registration_code",
            account=attempt.account,
            cause=cause,
            is_secret=True,
            code=code,
            holder=attempt.holder_name,
            minutes=_MINUTES,
        )


def send_email_code(attempt_id: UUID, *, cause: UUID) -> None:
    """Send the code that confirms the typed address, once the account is proved."""
    attempt = queries.attempt(public_id=attempt_id)
    now = clock.now()
    if attempt is None or not attempt.is_proved or attempt.is_email_proved or attempt.is_over(now):
        return
    code = new_code()
    with transaction.atomic():
        digest = code_hash(attempt.public_id, code)
        if not operations.set_email_code(
            attempt_id=attempt.id, code_hash=digest, expires_at=now + limits.STEP_LIFE
        ):
            return
        write(
            draft_for(
                "registration_email_code",
                to=attempt.email,
                language=attempt.language,
                is_secret=True,
                code=code,
                minutes=int(limits.STEP_LIFE.total_seconds() // 60),
            ),
            cause=cause,
        )


def tell_proved_by_bill(attempt_id: UUID, *, cause: UUID, cis: Cis) -> None:
    """Tell the contacts on file that somebody knew the last bill."""
    _tell(attempt_id, "registration_proved_by_bill", cause, cis)


def tell_exhausted(attempt_id: UUID, *, cause: UUID, cis: Cis) -> None:
    """Tell the contacts on file that somebody tried, and did not get in."""
    _tell(attempt_id, "registration_exhausted", cause, cis)


def tell_finished(attempt_id: UUID, *, cause: UUID, cis: Cis) -> None:
    """Welcome the person, and tell the account's other contacts that online access was opened."""
    attempt = queries.attempt(public_id=attempt_id)
    if attempt is None or attempt.account is None:
        return
    contacts = reachable(cis.contacts_on_file(attempt.account))
    others = [contact for contact in contacts if not _is(contact, attempt.email)]
    with transaction.atomic():
        write(
            draft_for(
                "welcome",
                to=attempt.email,
                language=attempt.language,
                account=attempt.account,
                name=attempt.holder_name,
                home_url=f"{settings.BASE_URL}/home/",
                reset_url=f"{settings.BASE_URL}/password/reset/",
            ),
            cause=cause,
        )
        write_to(
            others,
            "access_opened",
            account=attempt.account,
            cause=cause,
            holder=attempt.holder_name,
            email=attempt.email,
        )


def _tell(attempt_id: UUID, kind: str, cause: UUID, cis: Cis) -> None:
    attempt = queries.attempt(public_id=attempt_id)
    if attempt is None or attempt.account is None:
        return
    contacts = reachable(cis.contacts_on_file(attempt.account))
    with transaction.atomic():
        write_to(
            contacts,
            kind,
            account=attempt.account,
            cause=cause,
            holder=attempt.holder_name,
            register_url=f"{settings.BASE_URL}/register/",
        )


def _stop_codes(attempt: Attempt, contacts: tuple[ContactOnFile, ...], made: int, cause: UUID) -> None:
    """Tell the holder once a day: the attempts after the first beyond the limit say nothing more."""
    audit.record(action="registration.codes_stopped", subject_type="account", subject_id=attempt.account)
    if made == limits.CODES_PER_ACCOUNT and operations.set_code(
        attempt_id=attempt.id, code_hash="stopped", expires_at=attempt.expires_at
    ):
        write_to(
            contacts,
            "registration_too_many",
            account=attempt.account,
            cause=cause,
            holder=attempt.holder_name,
        )


def _where_to(attempt: Attempt, contacts: tuple[ContactOnFile, ...]) -> tuple[ContactOnFile, ...]:
    """The typed address where it is on file, and only there: the code then proves it too."""
    if not attempt.email_is_on_file:
        return contacts
    known = [contact.language for contact in contacts if _is(contact, attempt.email)]
    return (ContactOnFile("email", attempt.email, known[0] if known else attempt.language),)


def _is(contact: ContactOnFile, email: str) -> bool:
    if contact.kind != "email":
        return False
    try:
        return normalise_email(contact.value) == email
    except UnableToUseEmail:
        return False
