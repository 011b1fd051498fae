"""Rules that look at interval data, kept as data with the days they count; which of them count for a channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.engine.validation_rule import RuleKind, ValidationRule, limits_of, rule_of
from meterside.spine import audit

from ..models import ValidationPolicy


class RuleBook:
    """The rules of a day. Of a kind the rule that names more of commodity and class counts, commodity first."""

    def __init__(self, rules: Iterable[ValidationRule]) -> None:
        self._rules = {(rule.rule, rule.commodity, rule.customer_class): rule for rule in rules}

    def __bool__(self) -> bool:
        return bool(self._rules)

    @property
    def minds_classes(self) -> bool:
        """Whether anybody has to be asked who has the service."""
        return any(rule.customer_class or rule.rule is RuleKind.INACTIVE for rule in self._rules.values())

    def minds(self, *kinds: RuleKind) -> bool:
        """Whether there is any rule of these kinds."""
        return any(rule.rule in kinds for rule in self._rules.values())

    def of(self, commodity: str, customer_class: str) -> Mapping[RuleKind, ValidationRule]:
        """The rules that count for a commodity and class, one a kind."""
        found = {}
        for kind in RuleKind:
            for key in ((commodity, customer_class), (commodity, ""), ("", customer_class), ("", "")):
                if (kind, *key) in self._rules:
                    found[kind] = self._rules[(kind, *key)]
                    break
        return found


def rules_between(first: date, last: date) -> list[tuple[DateRange, ValidationRule]]:
    """The rules of any of these days, both included, with the days each counts."""
    rows = ValidationPolicy.objects.filter(during__overlap=DateRange(first, last, "[]"))
    return [
        (row.during, rule_of(row.rule, row.action, row.commodity, row.customer_class, row.limits))
        for row in rows
    ]


def rules_on(day: date) -> RuleBook:
    """The rules of a day."""
    return RuleBook(rule for _, rule in rules_between(day, day))


@transaction.atomic
def set_validation_rules(rules: Sequence[ValidationRule], *, since: date) -> list[ValidationPolicy]:
    """From a day on these rules count and no others; what counted before ends there.

    Raises ``ValueError`` for a rule that makes no sense, IntegrityError for a day before the last change.
    """
    for rule in rules:
        for problem in rule.problems(rule.rule):
            raise ValueError(str(problem))
    standing = ValidationPolicy.objects.select_for_update().filter(during__contains=since)
    standing.filter(during__startswith=since).delete()
    for row in standing.exclude(during__startswith=since):
        row.during = DateRange(row.during.lower, since)
        row.save(update_fields=["during"])
    kept = ValidationPolicy.objects.bulk_create(
        ValidationPolicy(
            rule=rule.rule,
            commodity=rule.commodity,
            customer_class=rule.customer_class,
            during=DateRange(since, None),
            action=rule.action,
            limits=limits_of(rule),
        )
        for rule in rules
    )
    audit.record(
        action="validation_rules.set",
        subject_type="validation_policy",
        subject_id=since.isoformat(),
        rules=len(kept),
    )
    return kept
