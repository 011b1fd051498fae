"""The rules for late fees and deposits: set from a day on, by customer class, as tables of a policy document."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final, Generic, TypeVar

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.engine.deposit import DepositPolicy
from meterside.engine.late_fee import LateFeePolicy
from meterside.engine.policy import deposit_rule, deposit_table, late_fee_rule, late_fee_table
from meterside.spine import audit

from ..models import ChargePolicy

R = TypeVar("R")

#: An account with this characteristic pays no late fee, and its bills print none.
NO_LATE_FEE: Final = "no_late_fee"
#: Of an account with this characteristic no deposit is asked by itself.
NO_DEPOSIT: Final = "no_deposit"


class RulesOnDay(Generic[R]):
    """The rules in force on a day; the one of a customer class counts before the one of all."""

    def __init__(self, rows: Mapping[str, R | None]) -> None:
        self._rows = rows

    def __bool__(self) -> bool:
        return any(rule is not None for rule in self._rows.values())

    def of(self, customer_class: str) -> R | None:
        """The rule that counts, or None: nothing is asked."""
        return self._rows[customer_class] if customer_class in self._rows else self._rows.get("")


def late_fee_rules_on(day: date) -> RulesOnDay[LateFeePolicy]:
    """The late-fee rules of bills of that date."""
    return RulesOnDay(
        {
            row.customer_class: late_fee_rule(row.rule) if row.rule is not None else None
            for row in _on("late_fee", day)
        }
    )


def deposit_rules_on(day: date) -> RulesOnDay[DepositPolicy]:
    """The deposit rules in force on a day."""
    return RulesOnDay(
        {
            row.customer_class: deposit_rule(row.rule) if row.rule is not None else None
            for row in _on("deposit", day)
        }
    )


def _on(kind: str, day: date) -> list[ChargePolicy]:
    return list(ChargePolicy.objects.filter(kind=kind, during__contains=day))


def set_late_fee_policy(
    *, since: date, rule: LateFeePolicy | None, customer_class: str = "", reason: str = ""
) -> ChargePolicy:
    """Bills from a day on charge late fees by this rule, or none; an earlier rule ends before it.

    Bills keep the rule they were issued with. Raises IntegrityError for a day not after the last change.
    """
    return _set("late_fee", since, None if rule is None else late_fee_table(rule), customer_class, reason)


def set_deposit_policy(
    *, since: date, rule: DepositPolicy | None, customer_class: str = "", reason: str = ""
) -> ChargePolicy:
    """From a day on ask for deposits by this rule, or for none; otherwise as `set_late_fee_policy`."""
    return _set("deposit", since, None if rule is None else deposit_table(rule), customer_class, reason)


@transaction.atomic
def _set(
    kind: str, since: date, rule: Mapping[str, Any] | None, customer_class: str, reason: str
) -> ChargePolicy:
    of_this = ChargePolicy.objects.select_for_update().filter(
        kind=kind, customer_class=customer_class, during__contains=since
    )
    for row in of_this.exclude(during__startswith=since):
        row.during = DateRange(row.during.lower, since)
        row.save(update_fields=["during"])
    policy = ChargePolicy.objects.create(
        kind=kind, customer_class=customer_class, during=DateRange(since, None), rule=rule
    )
    audit.record(
        action=f"{kind}_policy.set",
        subject_type="charge_policy",
        subject_id=policy.pk,
        customer_class=customer_class,
        since=since.isoformat(),
        rule=rule,
        reason=reason,
    )
    return policy


def exempt_accounts(account_ids: Collection[int], *, code: str, on: date) -> set[int]:
    """Those of these accounts that have this characteristic on a day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id FROM cis_registry_registrycharacteristic "
            "WHERE account_id = ANY(%s) AND code = %s AND during @> %s::date",
            [list(account_ids), code, on],
        )
        return {row[0] for row in cursor.fetchall()}
