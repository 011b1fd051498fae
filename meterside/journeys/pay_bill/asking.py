"""What the pay page starts from: who, and what is owed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

from meterside.contracts.cis import AccountRef, AccountView, Balances, Cis, CisUnavailable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PayQuestion:
    """The account, and what it owes; None where the CIS does not answer: paying is possible still."""

    account: AccountView | None
    balances: Balances | None

    @property
    def due_now_cents(self) -> int | None:
        """What a payment today should cover; None when it is not known."""
        return self.balances.due_now_cents if self.balances else None


def ask(*, cis: Cis, account: AccountRef, today: date) -> PayQuestion:
    """Look up what an account owes. Raises NoSuchAccount."""
    try:
        found = cis.accounts([account])
        return PayQuestion(account=found[0] if found else None, balances=cis.balances(account, today=today))
    except CisUnavailable as error:
        log.warning("balances are not known: %s", error)
        return PayQuestion(account=None, balances=None)
