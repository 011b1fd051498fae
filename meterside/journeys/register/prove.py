"""Second step: a code sent to a contact on file, or the last bill's amount and date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction

from meterside.kit import clock
from meterside.kit.ids import secret_digest
from meterside.portal.identity import operations, queries
from meterside.portal.identity.queries import Attempt
from meterside.spine import audit, outbox

from . import limits, topics
from .secrets import bill_hash, code_hash, same


class Outcome(StrEnum):
    """What became of an answer. EXPIRED also stands for: no such attempt, another session, used before."""

    PROVED = "proved"
    WRONG = "wrong"
    NO_TRIES_LEFT = "no_tries_left"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome, and how many tries are left after it."""

    outcome: Outcome
    tries_left: int = 0


_EXPIRED = Answer(Outcome.EXPIRED)


def prove_by_code(*, session_secret: str, code: str) -> Answer:
    """Try a code. Each try is counted before it is compared; guesses at once wait in line."""
    now = clock.now()
    with transaction.atomic():
        attempt = operations.locked_attempt(session_sha256=secret_digest(session_secret))
        refusal = _refusal(attempt, now)
        if attempt is None or refusal is not None:
            return refusal or _EXPIRED
        operations.count_try(attempt_id=attempt.id)
        typed = code_hash(attempt.public_id, code)
        if not same(attempt.code_hash, typed) or attempt.account is None:
            return _wrong(attempt)
        # A code that went to the typed address, which is on file, proves the address too.
        return _proved(attempt, method="code", is_email_proved=attempt.email_is_on_file, now=now)


def prove_by_bill(*, session_secret: str, amount_cents: int, bill_date: date) -> Answer:
    """Try the last bill's amount and date. The contacts on file are told when it is right, or used up.

    Over all attempts of a day an account takes few such tries; beyond them even the right answer is wrong.
    """
    now = clock.now()
    with transaction.atomic():
        attempt = operations.locked_attempt(session_sha256=secret_digest(session_secret))
        refusal = _refusal(attempt, now)
        if attempt is None or refusal is not None:
            return refusal or _EXPIRED
        tried = queries.tries_for(account=attempt.account, since=now - limits.ACCOUNT_WINDOW)
        operations.count_try(attempt_id=attempt.id)
        typed = bill_hash(attempt.account, amount_cents, bill_date)
        is_right = same(attempt.bill_hash, typed) and tried < limits.BILL_TRIES_PER_ACCOUNT
        if not is_right or attempt.account is None:
            return _wrong(attempt)
        outbox.put(topic=topics.PROVED_BY_BILL, payload={"attempt": str(attempt.public_id)})
        return _proved(attempt, method="last_bill", is_email_proved=False, now=now)


def confirm_email(*, session_secret: str, code: str) -> Answer:
    """Try the code that went to the typed address, which was not on file."""
    now = clock.now()
    with transaction.atomic():
        attempt = operations.locked_attempt(session_sha256=secret_digest(session_secret))
        if attempt is None or attempt.is_over(now) or not attempt.is_proved or attempt.is_email_proved:
            return _EXPIRED
        if attempt.email_tries_left <= 0:
            return Answer(Outcome.NO_TRIES_LEFT)
        operations.count_email_try(attempt_id=attempt.id)
        left = attempt.email_tries_left - 1
        if not same(attempt.email_code_hash, code_hash(attempt.public_id, code)):
            return Answer(Outcome.WRONG if left else Outcome.NO_TRIES_LEFT, left)
        operations.mark_email_proved(attempt_id=attempt.id, now=now, expires_at=now + limits.STEP_LIFE)
        return Answer(Outcome.PROVED)


def confirm_again(*, session_secret: str) -> bool:
    """Send another code to the typed address; False when the last was sent. Used tries stay used."""
    with transaction.atomic():
        attempt = operations.locked_attempt(session_sha256=secret_digest(session_secret))
        if (
            attempt is None
            or attempt.is_over(clock.now())
            or not attempt.is_proved
            or attempt.is_email_proved
        ):
            return False
        if not operations.forget_email_code(attempt_id=attempt.id):
            return False
        outbox.put(topic=topics.EMAIL_CODE, payload={"attempt": str(attempt.public_id)})
    return True


def _refusal(attempt: Attempt | None, now: datetime) -> Answer | None:
    if attempt is None or attempt.is_over(now) or attempt.is_proved:
        return _EXPIRED
    if attempt.tries_left <= 0:
        return Answer(Outcome.NO_TRIES_LEFT)
    return None


def _wrong(attempt: Attempt) -> Answer:
    """One try fewer. The last one tells the contacts on file; where there are none the row tells nobody."""
    left = attempt.tries_left - 1
    if left > 0:
        return Answer(Outcome.WRONG, left)
    outbox.put(topic=topics.EXHAUSTED, payload={"attempt": str(attempt.public_id)})
    audit.record(action="registration.exhausted", subject_type="registration", subject_id=attempt.public_id)
    return Answer(Outcome.NO_TRIES_LEFT)


def _proved(attempt: Attempt, *, method: str, is_email_proved: bool, now: datetime) -> Answer:
    operations.mark_proved(
        attempt_id=attempt.id,
        method=method,
        is_email_proved=is_email_proved,
        now=now,
        expires_at=now + limits.STEP_LIFE,
    )
    if not is_email_proved:
        outbox.put(topic=topics.EMAIL_CODE, payload={"attempt": str(attempt.public_id)})
    audit.record(
        action="registration.proved", subject_type="registration", subject_id=attempt.public_id, method=method
    )
    return Answer(Outcome.PROVED)
