"""E-mail addresses as keys: one form for look-up, and a refusal for what only looks like another's address."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

#: RFC 5321 section 4.5.3.1: a path holds 256 octets with its angle brackets; a local part 64.
MAX_EMAIL_CHARACTERS: Final = 254
MAX_LOCAL_CHARACTERS: Final = 64
# Surrounding space is taken off first, and there is never a reason to have much of it.
_MAX_TYPED_CHARACTERS: Final = 2 * MAX_EMAIL_CHARACTERS

# RFC 5322 dot-atom. A quoted local part ("a b"@...) is legal and unused; it is refused.
_LOCAL: Final = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class UnusableEmailReason(StrEnum):
    """Why an e-mail address cannot be used; a page shows its own words for each."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_ASCII = "not_ascii"
    NOT_AN_ADDRESS = "not_an_address"


class UnableToUseEmail(ValueError):
    """The text is no e-mail address that can be looked up. The message never repeats it: it goes to logs."""

    def __init__(self, reason: UnusableEmailReason) -> None:
        super().__init__(f"e-mail address not usable: {reason.value}")
        self.reason = reason


def normalise_email(text: str) -> str:
    """The look-up key of an e-mail address: without surrounding space, in small letters.

    Case is folded in both parts (no provider in use tells Alice@ from alice@). Nothing else is: plus variants
    and dots (a.b+bills@, ab@) are different addresses, because only the provider knows whether they are one
    mailbox, and whoever reads one need not be who reads the other.

    Anything outside ASCII is refused rather than folded, in the local part and in the domain: a Cyrillic or
    full-width look-alike must neither find another's account nor become that address. An internationalised
    domain is written in its xn-- form, which is compared as it stands.

    Raises UnableToUseEmail, and nothing else, for any text.
    """
    if len(text) > _MAX_TYPED_CHARACTERS:
        raise UnableToUseEmail(UnusableEmailReason.TOO_LONG)
    stripped = text.strip(" \t\r\n\u00a0")
    if not stripped:
        raise UnableToUseEmail(UnusableEmailReason.EMPTY)
    if not stripped.isascii():
        raise UnableToUseEmail(UnusableEmailReason.NOT_ASCII)
    email = stripped.lower()
    local, at, domain = email.rpartition("@")
    if len(email) > MAX_EMAIL_CHARACTERS or len(local) > MAX_LOCAL_CHARACTERS:
        raise UnableToUseEmail(UnusableEmailReason.TOO_LONG)
    labels = domain.split(".")
    is_address = (
        at
        and _LOCAL.fullmatch(local)
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )
    if not is_address:
        raise UnableToUseEmail(UnusableEmailReason.NOT_AN_ADDRESS)
    return email
