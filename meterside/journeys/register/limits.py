"""How often one may try. Counted in the database, so that every process counts the same.

The limits that a person is told depend on what they typed and where they are, never on what was found:
else the limit itself would tell whether an address has an account. The limits per account are silent on the
page; the account's holder is told by message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

WINDOW = timedelta(hours=1)
ATTEMPTS_PER_EMAIL = 5
ATTEMPTS_PER_ADDRESS = 5
# A library or a counter's computer serves many people; a script is still stopped.
ATTEMPTS_PER_IP = 30

ACCOUNT_WINDOW = timedelta(hours=24)
CODES_PER_ACCOUNT = 10
BILL_TRIES_PER_ACCOUNT = 10

CODE_LIFE = timedelta(minutes=15)
STEP_LIFE = timedelta(minutes=30)


class Limited(StrEnum):
    """What there was too much of."""

    EMAIL = "email"
    ADDRESS = "address"
    IP = "ip"


@dataclass(frozen=True, slots=True)
class Counts:
    """Attempts within WINDOW, this one not counted."""

    by_email: int
    by_address: int
    by_ip: int


def limit_reached(counts: Counts) -> Limited | None:
    """Which limit one more attempt would pass, or None."""
    if counts.by_ip >= ATTEMPTS_PER_IP:
        return Limited.IP
    if counts.by_email >= ATTEMPTS_PER_EMAIL:
        return Limited.EMAIL
    if counts.by_address >= ATTEMPTS_PER_ADDRESS:
        return Limited.ADDRESS
    return None
