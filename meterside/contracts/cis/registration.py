"""Finding the account of somebody who registers, and what proves that it is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .refs import AccountRef, PersonRef


@dataclass(frozen=True, slots=True)
class RegistrationQuery:
    """What a person typed to find an account. These find it; they never prove it.

    `address` is as typed, at most 300 characters; `zip5` five digits; `email` normalised.
    """

    email: str
    address: str
    zip5: str


@dataclass(frozen=True, slots=True)
class ContactOnFile:
    """A contact point on file of the account's holder. Never shown, not even masked, before proof."""

    kind: str
    value: str
    language: str


@dataclass(frozen=True, slots=True)
class LastBillFact:
    """The last issued bill's amount and date, and whether amounts vary enough to prove anything."""

    amount_cents: int
    bill_date: date
    varies: bool


@dataclass(frozen=True, slots=True)
class RegistrationCandidate:
    """The one account that was found, and what can prove that the person may have it."""

    account: AccountRef
    person: PersonRef
    holder_name: str
    email_is_on_file: bool
    contacts: tuple[ContactOnFile, ...]
    last_bill: LastBillFact | None
