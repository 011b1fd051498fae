"""Writes of logins and registration attempts. Callers hold the transaction and write the audit line."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from meterside.contracts.cis import AccountRef
from meterside.spine import audit

from .models import EmailChange, Login, RegistrationAttempt
from .queries import MOST_TRIES, Attempt, attempt_view
from .rights import StaffRight


class EmailAlreadyHasLogin(Exception):
    """Another login has that e-mail address."""


class NotStaff(Exception):
    """No member of staff signs in with that e-mail address."""


class AttemptAlreadyUsed(Exception):
    """That attempt has made its login, or was proved, before."""


def lock_keys(keys: Sequence[str]) -> None:
    """Let one transaction at a time count and add under these keys, over all processes.

    Locks are taken in one order, so that two callers with keys in common cannot wait for each other.
    """
    with connection.cursor() as cursor:
        for key in sorted(keys):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [key])


def open_attempt(
    *,
    email: str,
    language: str,
    session_sha256: str,
    ip_hash: str,
    address_hash: str,
    now: datetime,
    expires_at: datetime,
) -> UUID:
    """Keep one attempt before anything is looked up, and end the session's earlier ones. Returns its id."""
    RegistrationAttempt.objects.filter(session_sha256=session_sha256, expires_at__gt=now).update(
        expires_at=now
    )
    row = RegistrationAttempt.objects.create(
        email=email,
        language=language,
        session_sha256=session_sha256,
        ip_hash=ip_hash,
        address_hash=address_hash,
        created_at=now,
        expires_at=expires_at,
    )
    return row.public_id


def keep_find(
    *, attempt_id: UUID, account: AccountRef | None, holder_name: str, email_is_on_file: bool, bill_hash: str
) -> None:
    """Write down what was found; the same statement when it was nothing."""
    RegistrationAttempt.objects.filter(public_id=attempt_id).update(
        account_ref=account, holder_name=holder_name, email_is_on_file=email_is_on_file, bill_hash=bill_hash
    )


def repeat_attempt(*, attempt_id: int, now: datetime, expires_at: datetime) -> UUID:
    """End an attempt and open another for the same find, with a code of its own to come."""
    row = RegistrationAttempt.objects.get(pk=attempt_id)
    new = open_attempt(
        email=row.email,
        language=row.language,
        session_sha256=row.session_sha256,
        ip_hash=row.ip_hash,
        address_hash=row.address_hash,
        now=now,
        expires_at=expires_at,
    )
    keep_find(
        attempt_id=new,
        account=None if row.account_ref is None else AccountRef(row.account_ref),
        holder_name=row.holder_name,
        email_is_on_file=row.email_is_on_file,
        bill_hash=row.bill_hash,
    )
    return new


def locked_attempt(*, session_sha256: str) -> Attempt | None:
    """The newest attempt of a session, locked until the transaction ends: guesses at once wait in line."""
    row = (
        RegistrationAttempt.objects.select_for_update()
        .filter(session_sha256=session_sha256)
        .order_by("-id")
        .first()
    )
    return None if row is None else attempt_view(row)


def set_code(*, attempt_id: int, code_hash: str, expires_at: datetime) -> bool:
    """Give an attempt its one code; False when it has one, so that a message said twice changes nothing."""
    return bool(
        RegistrationAttempt.objects.filter(pk=attempt_id, code_hash="", proved_at=None).update(
            code_hash=code_hash, expires_at=expires_at
        )
    )


def set_email_code(*, attempt_id: int, code_hash: str, expires_at: datetime) -> bool:
    """Give a proved attempt the code for its typed address; False when it has one."""
    return bool(
        RegistrationAttempt.objects.filter(
            pk=attempt_id,
            email_code_hash="",
            email_codes__lt=MOST_TRIES,
            proved_at__isnull=False,
            email_proved_at=None,
        ).update(email_code_hash=code_hash, email_codes=F("email_codes") + 1, expires_at=expires_at)
    )


def forget_email_code(*, attempt_id: int) -> bool:
    """Make room for another code for the typed address; False when it had its last. Tries stay counted."""
    return bool(
        RegistrationAttempt.objects.filter(
            pk=attempt_id, email_proved_at=None, email_codes__lt=MOST_TRIES
        ).update(email_code_hash="")
    )


def count_try(*, attempt_id: int) -> None:
    """Count one try of a code or a bill fact, before it is compared."""
    RegistrationAttempt.objects.filter(pk=attempt_id, tries__lt=MOST_TRIES).update(tries=F("tries") + 1)


def count_email_try(*, attempt_id: int) -> None:
    """Count one try of the code for the typed address, before it is compared."""
    RegistrationAttempt.objects.filter(pk=attempt_id, email_tries__lt=MOST_TRIES).update(
        email_tries=F("email_tries") + 1
    )


def mark_proved(
    *, attempt_id: int, method: str, is_email_proved: bool, now: datetime, expires_at: datetime
) -> None:
    """The person may have the account. Its code works no more. Raises AttemptAlreadyUsed."""
    changed = RegistrationAttempt.objects.filter(pk=attempt_id, proved_at=None, expires_at__gt=now).update(
        proved_at=now,
        method=method,
        email_proved_at=now if is_email_proved else None,
        code_hash="",
        bill_hash="",
        expires_at=expires_at,
    )
    if changed == 0:
        raise AttemptAlreadyUsed(attempt_id)


def mark_email_proved(*, attempt_id: int, now: datetime, expires_at: datetime) -> None:
    """The typed address is the person's own. Raises AttemptAlreadyUsed."""
    changed = RegistrationAttempt.objects.filter(
        pk=attempt_id, proved_at__isnull=False, email_proved_at=None, expires_at__gt=now
    ).update(email_proved_at=now, email_code_hash="", expires_at=expires_at)
    if changed == 0:
        raise AttemptAlreadyUsed(attempt_id)


def mark_used(*, attempt_id: int, now: datetime) -> None:
    """The attempt has given its account to a login. Raises AttemptAlreadyUsed."""
    changed = RegistrationAttempt.objects.filter(
        pk=attempt_id, email_proved_at__isnull=False, used_at=None, expires_at__gt=now
    ).update(used_at=now)
    if changed == 0:
        raise AttemptAlreadyUsed(attempt_id)


def create_login(
    *,
    email: str,
    password: str | None,
    display_name: str,
    language: str,
    now: datetime,
    is_staff: bool = False,
    staff_rights: Collection[StaffRight] = (),
) -> Login:
    """Make a login; `email` is normalised. Raises EmailAlreadyHasLogin."""
    try:
        with transaction.atomic():
            login = Login.objects.create_user(
                email,
                password,
                display_name=display_name,
                language=language,
                created_at=now,
                is_staff=is_staff,
                staff_rights=sorted(map(str, staff_rights)),
            )
            # allauth keeps addresses in a table of its own and prefers it when it looks for a login.
            EmailAddress.objects.create(user=login, email=email, verified=True, primary=True)
            return login
    except IntegrityError as error:
        if "email" in str(error):
            raise EmailAlreadyHasLogin(email) from error
        raise


@transaction.atomic
def set_staff_right(*, email: str, right: StaffRight, is_given: bool) -> Login:
    """Give a member of staff a right, or take it; the same again changes nothing. Raises NotStaff."""
    login = Login.objects.select_for_update().filter(email=email, is_staff=True).first()
    if login is None:
        raise NotStaff(email)
    rights = set(login.staff_rights) - {str(right)} | ({str(right)} if is_given else set())
    if rights != set(login.staff_rights):
        login.staff_rights = sorted(rights)
        login.save(update_fields=["staff_rights"])
        audit.record(
            action="staff.right_given" if is_given else "staff.right_taken",
            subject_type="login",
            subject_id=login.pk,
            right=str(right),
        )
    return login


def change_email(*, login_id: int, email: str) -> None:
    """Give a login another normalised address. Raises EmailAlreadyHasLogin."""
    try:
        with transaction.atomic():
            Login.objects.filter(pk=login_id).update(email=email)
            EmailAddress.objects.filter(user_id=login_id).delete()
            EmailAddress.objects.create(user_id=login_id, email=email, verified=True, primary=True)
    except IntegrityError as error:
        raise EmailAlreadyHasLogin(email) from error


def change_profile(*, login_id: int, display_name: str, language: str) -> None:
    """Change how a person is called, and the language of their messages."""
    Login.objects.filter(pk=login_id).update(display_name=display_name, language=language)


def forget_attempts(*, before: datetime) -> int:
    """Delete attempts older than that; returns how many. They only serve the limits and the proof."""
    deleted, _ = RegistrationAttempt.objects.filter(created_at__lt=before).delete()
    return deleted


def open_email_change(
    *, login_id: int, email: str, salt: UUID, code_hash: str, now: datetime, expires_at: datetime
) -> None:
    """Keep a wish for another address; it ends the login's earlier ones."""
    EmailChange.objects.filter(login_id=login_id, confirmed_at=None, expires_at__gt=now).update(
        expires_at=now
    )
    EmailChange.objects.create(
        login_id=login_id, email=email, salt=salt, code_hash=code_hash, created_at=now, expires_at=expires_at
    )


def count_email_change_try(*, change_id: int) -> bool:
    """Count one try before it is compared; False when none is left. Guesses at once wait in line."""
    return bool(
        EmailChange.objects.filter(pk=change_id, tries__lt=MOST_TRIES, confirmed_at=None).update(
            tries=F("tries") + 1
        )
    )


def mark_email_change_confirmed(*, change_id: int, now: datetime) -> None:
    """The new address is the person's own. Raises AttemptAlreadyUsed."""
    if not EmailChange.objects.filter(pk=change_id, confirmed_at=None).update(confirmed_at=now):
        raise AttemptAlreadyUsed(change_id)
