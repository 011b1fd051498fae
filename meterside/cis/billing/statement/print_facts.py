"""What a statement says beside its sums: where it is mailed, the use a year before, what is past due or late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from meterside.cis.registry.queries import AccountRow
from meterside.engine.late_fee import LateFeePolicy

from ..charges.late import Late, late_amount
from ..charges.not_charged import not_charged_cents
from ..charges.policies import NO_LATE_FEE, exempt_accounts, late_fee_rules_on
from ..segments import Draft
from .last_year import LastYear, last_years
from .mail_to import MailTo, mail_addresses


@dataclass(frozen=True, slots=True)
class PrintFacts:
    """Facts of one account's bill, frozen when it is issued. `last_years` go with its drafts, one by one.

    `late_fee` is the rule for a late fee on it; `not_charged_cents` of what is owed bear none.
    """

    mail_to: MailTo | None
    last_years: tuple[LastYear | None, ...]
    late_fee: LateFeePolicy | None = None
    not_charged_cents: int = 0

    def add_to(self, statement: dict[str, Any], *, previous: Mapping[str, Any] | None) -> Late | None:
        """Write them into a new statement whose services are in the order of the drafts; what it is when late."""
        totals = statement["totals"]
        late = late_amount(
            self.late_fee,
            total_due_cents=totals["total_due_cents"],
            due_date=date.fromisoformat(statement["due_date"]),
            not_charged_cents=self.not_charged_cents,
        )
        statement["mail_to"] = self.mail_to.to_dict() if self.mail_to else None
        statement["past_due_cents"] = _past_due_cents(statement, previous)
        statement["late"] = late.to_dict() if late else None
        for service, last_year in zip(statement["services"], self.last_years, strict=True):
            if service["usage"] is not None:
                service["last_year"] = last_year.to_dict() if last_year else None
        return late


def load_print_facts(
    drafts: Mapping[int, Sequence[Draft]], accounts: Mapping[int, AccountRow], *, on: date
) -> Mapping[int, PrintFacts]:
    """The facts of these accounts' new bills, in four queries for all of them, six where late fees are charged."""
    addresses = mail_addresses(list(drafts), on=on)
    every = [draft for found in drafts.values() for draft in found]
    years = iter(last_years(every))
    rules, exempt = late_fee_rules_on(on), set[int]()
    free: Mapping[int, int] = {}
    if rules:
        exempt = exempt_accounts(list(drafts), code=NO_LATE_FEE, on=on)
        free = not_charged_cents(list(drafts), on=on)
    return {
        account_id: PrintFacts(
            mail_to=addresses.get(account_id),
            last_years=tuple(next(years) for _ in found),
            late_fee=None if account_id in exempt else rules.of(accounts[account_id].customer_class),
            not_charged_cents=free.get(account_id, 0),
        )
        for account_id, found in drafts.items()
    }


def _past_due_cents(statement: Mapping[str, Any], previous: Mapping[str, Any] | None) -> int:
    """What is still owed of earlier bills whose due date had gone by on this bill's day."""
    totals = statement["totals"]
    left = totals["previous_balance_cents"] + totals["payments_cents"] + totals["adjustments_cents"]
    is_past = previous is not None and previous.get("due_date", "9999") < statement["bill_date"]
    return max(left, 0) if is_past else 0
