"""Third step: a way to sign in, and the account given to it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from meterside.contracts.cis import AccountRef
from meterside.kit import clock
from meterside.kit.ids import secret_digest
from meterside.portal.access import operations as access
from meterside.portal.access.queries import grant_of
from meterside.portal.access.roles import Role
from meterside.portal.identity import operations, queries
from meterside.portal.identity.queries import Attempt
from meterside.spine import audit, outbox
from meterside.spine.actor import Actor, acting

from . import topics

if TYPE_CHECKING:
    from meterside.portal.identity.models import Login


class FinishRefused(Exception):
    """The account could not be given."""


class NotProvedYet(FinishRefused):
    """There is no proof in this session, its time is up, or it was used."""


class HasLoginAlready(FinishRefused):
    """The e-mail has a login: the person signs in, then the account is added to it."""


class BelongsToAnotherSignIn(FinishRefused):
    """The person is signed in with another e-mail than the one this proof is for."""


def choose_password(*, session_secret: str, password: str) -> Login:
    """Make the login, give it the account as its owner, and welcome the person.

    The password has passed the validators. Raises NotProvedYet, HasLoginAlready.
    """
    now = clock.now()
    with transaction.atomic():
        attempt, account = _proved_attempt(session_secret, now)
        try:
            login = operations.create_login(
                email=attempt.email,
                password=password,
                display_name=attempt.holder_name,
                language=attempt.language,
                now=now,
            )
        except operations.EmailAlreadyHasLogin as error:
            raise HasLoginAlready from error
        _give(login, attempt, account, now)
    return login


def add_to_login(*, session_secret: str, login: Login) -> AccountRef:
    """Give the account to the login of a signed-in person, and return it; a helper becomes an owner.

    Raises NotProvedYet (also the second time it is said), BelongsToAnotherSignIn.
    """
    now = clock.now()
    with transaction.atomic():
        attempt, account = _proved_attempt(session_secret, now)
        if attempt.email != login.email:
            raise BelongsToAnotherSignIn
        _give(login, attempt, account, now)
    return account


def email_has_login(*, session_secret: str) -> bool:
    """Whether the proved e-mail of this session has a login; asked only after the e-mail is proved."""
    attempt = queries.latest_attempt(session_sha256=secret_digest(session_secret))
    if attempt is None or not attempt.is_email_proved:
        return False
    return queries.login_with_email(attempt.email) is not None


def _proved_attempt(session_secret: str, now: datetime) -> tuple[Attempt, AccountRef]:
    attempt = operations.locked_attempt(session_sha256=secret_digest(session_secret))
    if attempt is None or attempt.is_over(now) or not attempt.is_email_proved or attempt.account is None:
        raise NotProvedYet
    return attempt, attempt.account


def _give(login: Login, attempt: Attempt, account: AccountRef, now: datetime) -> None:
    operations.mark_used(attempt_id=attempt.id, now=now)
    with acting(Actor("person", str(login.public_id))):
        held = grant_of(login_id=login.pk, account=account, now=now)
        if held is not None and held.role is not Role.OWNER:
            access.revoke(public_id=held.public_id, account=account, now=now)
        if held is None or held.role is not Role.OWNER:
            access.grant(login_id=login.pk, account=account, role=Role.OWNER, now=now)
            audit.record(
                action="access.granted", subject_type="account", subject_id=account, role=Role.OWNER.value
            )
        outbox.put(
            topic=topics.FINISHED,
            payload={"attempt": str(attempt.public_id), "login": str(login.public_id)},
        )
