"""Another address to sign in with: confirmed by a code sent there, told to the old one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import transaction

from meterside.journeys.notify.write import draft_for
from meterside.journeys.register.secrets import keyed_hash, same
from meterside.kit import clock
from meterside.kit.ids import new_code
from meterside.portal.identity import operations, queries
from meterside.portal.notices.operations import write
from meterside.spine import audit

if TYPE_CHECKING:
    from meterside.portal.identity.models import Login

CODE_LIFE = timedelta(minutes=30)
CODES_AN_HOUR = 5


class TooManyCodes(Exception):
    """The login asked for many codes within an hour; nothing was sent."""


class EmailTaken(Exception):
    """Another login signs in with that address. Only told to somebody who reads its mail."""


class EmailChange(StrEnum):
    """What became of a code."""

    CHANGED = "changed"
    WRONG = "wrong"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The outcome, and how many tries are left after it."""

    outcome: EmailChange
    tries_left: int = 0


def ask_for_email(*, login: Login, email: str) -> None:
    """Send a code to the new, normalised address. The old one stays until it is confirmed.

    Whether another login has the address is not said here. Raises TooManyCodes.
    """
    now = clock.now()
    with transaction.atomic():
        operations.lock_keys([f"email change {login.pk}"])
        if queries.wishes_since(login_id=login.pk, since=now - timedelta(hours=1)) >= CODES_AN_HOUR:
            raise TooManyCodes
        code, salt = new_code(), uuid4()
        operations.open_email_change(
            login_id=login.pk,
            email=email,
            salt=salt,
            code_hash=keyed_hash("email change", salt, code),
            now=now,
            expires_at=now + CODE_LIFE,
        )
        minutes = int(CODE_LIFE.total_seconds() // 60)
        write(
            draft_for(
                "email_change_code",
                to=email,
                language=login.language,
                is_secret=True,
                code=code,
                minutes=minutes,
            )
        )


def confirm_new_email(*, login: Login, code: str) -> Confirmation:
    """Try the code; when it is right the login has the new address and the old one is told.

    Raises EmailTaken.
    """
    now = clock.now()
    wish = queries.wished_email(login_id=login.pk, now=now)
    if wish is None or not operations.count_email_change_try(change_id=wish.id):
        return Confirmation(EmailChange.OVER)
    if not same(wish.code_hash, keyed_hash("email change", wish.salt, code)):
        left = wish.tries_left - 1
        return Confirmation(EmailChange.WRONG if left > 0 else EmailChange.OVER, left)
    old = login.email
    try:
        with transaction.atomic():
            operations.mark_email_change_confirmed(change_id=wish.id, now=now)
            operations.change_email(login_id=login.pk, email=wish.email)
            write(draft_for("email_changed", to=old, language=login.language, email=wish.email))
            audit.record(action="login.email_changed", subject_type="login", subject_id=login.public_id)
    except operations.EmailAlreadyHasLogin as error:
        raise EmailTaken from error
    return Confirmation(EmailChange.CHANGED)
