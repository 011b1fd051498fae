"""What a statement says beside its sums: where it is mailed, the use a year before, what is past due or late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from .last_year import LastYear, last_years
from .late import Late, LatePolicy, late_amount
from .mail_to import MailTo, mail_addresses
from .segments import Draft


@dataclass(frozen=True, slots=True)
class PrintFacts:
    """Facts of one account's bill, frozen when it is issued. `last_years` go with its drafts, one by one."""

    mail_to: MailTo | None
    last_years: tuple[LastYear | None, ...]

    def add_to(self, statement: dict[str, Any], *, previous: Mapping[str, Any] | None) -> Late | None:
        """Write them into a new statement whose services are in the order of the drafts; what it is when late."""
        totals = statement["totals"]
        late = late_amount(
            late_policy(),
            total_due_cents=totals["total_due_cents"],
            due_date=date.fromisoformat(statement["due_date"]),
        )
        statement["mail_to"] = self.mail_to.to_dict() if self.mail_to else None
        statement["past_due_cents"] = _past_due_cents(statement, previous)
        statement["late"] = (
            {"after": late.after.isoformat(), "amount_cents": late.amount_cents, "fee_cents": late.fee_cents}
            if late
            else None
        )
        for service, last_year in zip(statement["services"], self.last_years, strict=True):
            if service["usage"] is not None:
                service["last_year"] = last_year.to_dict() if last_year else None
        return late


def load_print_facts(drafts: Mapping[int, Sequence[Draft]], *, on: date) -> Mapping[int, PrintFacts]:
    """The facts of these accounts' new bills, in three queries for all of them."""
    addresses = mail_addresses(list(drafts), on=on)
    every = [draft for found in drafts.values() for draft in found]
    years = iter(last_years(every))
    return {
        account_id: PrintFacts(addresses.get(account_id), tuple(next(years) for _ in found))
        for account_id, found in drafts.items()
    }


def late_policy() -> LatePolicy | None:
    """The utility's policy; None where it charges no late fee."""
    own = settings.LATE_FEE
    if not own.percent and not own.least_cents:
        return None
    return LatePolicy(own.percent, own.least_cents, own.from_cents, own.grace_days)


def _past_due_cents(statement: Mapping[str, Any], previous: Mapping[str, Any] | None) -> int:
    """What is still owed of earlier bills whose due date had gone by on this bill's day."""
    totals = statement["totals"]
    left = totals["previous_balance_cents"] + totals["payments_cents"] + totals["adjustments_cents"]
    is_past = previous is not None and previous.get("due_date", "9999") < statement["bill_date"]
    return max(left, 0) if is_past else 0
