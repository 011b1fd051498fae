"""First step: what a person typed finds an account, or nothing; the page and the work are the same."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from meterside.contracts.cis import Cis, RegistrationCandidate, RegistrationQuery
from meterside.kit import clock
from meterside.kit.ids import secret_digest
from meterside.portal.identity import operations, queries
from meterside.spine import audit, outbox

from . import limits, topics
from .secrets import bill_hash, keyed_hash


class TooManyAttempts(Exception):
    """A limit is reached; `limited` says which. Nothing was looked up and nothing was sent."""

    def __init__(self, limited: limits.Limited) -> None:
        super().__init__(limited.value)
        self.limited = limited


@dataclass(frozen=True, slots=True)
class Search:
    """What was typed, read: a normalised e-mail, the address as its normalised line, five digits of ZIP."""

    email: str
    address: str
    zip5: str
    language: str
    ip: str


@dataclass(frozen=True, slots=True)
class Found:
    """What the page gets, match or no match: nothing that would tell."""

    attempt: UUID


def find(search: Search, *, session_secret: str, cis: Cis) -> Found:
    """Look for the one account, keep the attempt, and let a code be sent to contacts on file.

    A match and no match run the same statements and give the same answer: the attempt is kept either way, and
    an outbox row is written either way; only the job that delivers it knows whether there is anybody to send
    to. The CIS is asked outside any transaction, after the attempt is counted. Raises TooManyAttempts,
    CisUnavailable.
    """
    now = clock.now()
    ip_hash = keyed_hash("registration ip", search.ip)
    address_hash = keyed_hash("registration address", search.address, search.zip5)
    with transaction.atomic():
        operations.lock_keys([f"registration {key}" for key in (search.email, address_hash, ip_hash)])
        _check_limits(search.email, address_hash=address_hash, ip_hash=ip_hash)
        attempt = operations.open_attempt(
            email=search.email,
            language=search.language,
            session_sha256=secret_digest(session_secret),
            ip_hash=ip_hash,
            address_hash=address_hash,
            now=now,
            expires_at=now + limits.CODE_LIFE,
        )
    candidate = cis.find_for_registration(
        RegistrationQuery(email=search.email, address=search.address, zip5=search.zip5)
    )
    with transaction.atomic():
        operations.keep_find(
            attempt_id=attempt,
            account=candidate.account if candidate else None,
            holder_name=candidate.holder_name if candidate else "",
            email_is_on_file=candidate.email_is_on_file if candidate else False,
            bill_hash=_bill_hash(candidate),
        )
        outbox.put(topic=topics.CODE, payload={"attempt": str(attempt)})
        audit.record(action="registration.started", subject_type="registration", subject_id=attempt)
    return Found(attempt=attempt)


def ask_again(*, session_secret: str, ip: str) -> bool:
    """Send a new code for the find of this session; the old one stops working.

    Counts like a new attempt. False when there is nothing to send again. Raises TooManyAttempts.
    """
    now = clock.now()
    ip_hash = keyed_hash("registration ip", ip)
    with transaction.atomic():
        old = operations.locked_attempt(session_sha256=secret_digest(session_secret))
        if old is None or old.is_used or old.is_proved:
            return False
        operations.lock_keys([f"registration {key}" for key in (old.email, old.address_hash, ip_hash)])
        _check_limits(old.email, address_hash=old.address_hash, ip_hash=ip_hash)
        attempt = operations.repeat_attempt(attempt_id=old.id, now=now, expires_at=now + limits.CODE_LIFE)
        outbox.put(topic=topics.CODE, payload={"attempt": str(attempt)})
        audit.record(action="registration.asked_again", subject_type="registration", subject_id=attempt)
    return True


def _check_limits(email: str, *, address_hash: str, ip_hash: str) -> None:
    recent = queries.recent_attempts(
        email=email, address_hash=address_hash, ip_hash=ip_hash, since=clock.now() - limits.WINDOW
    )
    limited = limits.limit_reached(
        limits.Counts(by_email=recent.by_email, by_address=recent.by_address, by_ip=recent.by_ip)
    )
    if limited is not None:
        raise TooManyAttempts(limited)


def _bill_hash(candidate: RegistrationCandidate | None) -> str:
    """The last bill's fact where it proves something: empty without a bill, or when amounts hardly vary."""
    if candidate is None or candidate.last_bill is None or not candidate.last_bill.varies:
        return ""
    fact = candidate.last_bill
    return bill_hash(candidate.account, fact.amount_cents, fact.bill_date)
