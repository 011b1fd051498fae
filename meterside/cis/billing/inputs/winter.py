"""The winter average of agreements: worked out from their own bills by the policy of their service and class."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.engine.determinant import Determinant
from meterside.engine.period import Period
from meterside.engine.policy import FORMAT, Policy, policy_from_dict, policy_to_dict
from meterside.engine.quantity import convert
from meterside.engine.state import NO_STATE, RatingState
from meterside.engine.winter_average import NoWinterAverage, PriorUse, WinterAverageRule, winter_average
from meterside.spine import audit

from ..models import WinterAveragePolicy
from .asking import Asked


@dataclass(frozen=True, slots=True)
class _Rule:
    during: Period
    rule: WinterAverageRule


@dataclass(frozen=True, slots=True)
class WinterAverages:
    """The rules by service and class, and by agreement what its bills of the last two years were priced on."""

    rules: Mapping[tuple[str, str], list[_Rule]] = field(default_factory=dict)
    uses: dict[int, list[PriorUse]] = field(default_factory=dict)

    def average(
        self,
        agreement_id: int,
        service: str,
        customer_class: str,
        asked: Asked,
        *,
        period: Period,
        state: RatingState | None,
    ) -> tuple[Determinant | None, RatingState | None]:
        """The average in force on a bill's closing day, and the state that keeps it; None where there is none.

        It comes from the bills before this one, also when this one is made again later.
        Raises CannotConvert for use in another measure than the rule's.
        """
        rule = self._rule(service, customer_class, period.closed_end)
        if rule is None or not asked.others & {rule.name, rule.default_name}:
            return None, state
        known = self.uses.get(agreement_id, ())
        uses = [use for use in known if use.period.closed_end <= period.start]
        try:
            found, kept = winter_average(rule, uses, state=state or NO_STATE, on=period.closed_end)
        except NoWinterAverage:
            return None, state
        return found.determinant(), kept if kept.values else state

    def _rule(self, service: str, customer_class: str, on: date) -> WinterAverageRule | None:
        for key in ((service, customer_class), (service, "")):
            for each in self.rules.get(key, ()):
                if each.during.contains(on):
                    return each.rule
        return None

    def bill_instead(self, agreement_id: int, uses: Iterable[PriorUse]) -> None:
        """Let these stand for what was billed on their days."""
        if not self.rules:
            return
        new = list(uses)
        kept = [
            use
            for use in self.uses.get(agreement_id, ())
            if not any(use.period.overlap(one.period) for one in new)
        ]
        self.uses[agreement_id] = kept + new


#: Where no tariff asks.
NO_WINTER = WinterAverages()

# Two years back: the twelve months before a renewal that was up to a year ago. A bill with several rates is one use.
_USES = """
    SELECT s.agreement_id, s.bill_id, lower(s.period), upper(s.period), d.item ->> 'quantity', d.item ->> 'unit'
      FROM cis_billing_billsegment s, jsonb_array_elements(s.inputs -> 'determinants') d(item)
     WHERE s.agreement_id = ANY(%s) AND s.status = 'issued' AND d.item ->> 'name' = 'usage'
       AND upper(s.period) > %s::date - interval '2 years'
     ORDER BY s.agreement_id, s.bill_id, lower(s.period)
"""


def load_winter(agreement_ids: Collection[int], *, start: date) -> WinterAverages:
    """The rules, and what the agreements' bills up to two years before a day were priced on; two queries."""
    rules: dict[tuple[str, str], list[_Rule]] = {}
    for row in WinterAveragePolicy.objects.order_by("id"):
        during = Period(row.during.lower, row.during.upper)
        rules.setdefault((row.service, row.customer_class), []).append(_Rule(during, rule_of(row.rule)))
    if not rules:
        return NO_WINTER
    by_bill: dict[tuple[int, int], PriorUse] = {}
    with connection.cursor() as cursor:
        cursor.execute(_USES, [list(agreement_ids), start])
        for agreement_id, bill_id, first, end, quantity, unit in cursor.fetchall():
            use = PriorUse(Period(first, end), Decimal(quantity), unit)
            before = by_bill.get((agreement_id, bill_id))
            by_bill[agreement_id, bill_id] = use if before is None else _together(before, use)
    uses: dict[int, list[PriorUse]] = {}
    for (agreement_id, _), use in by_bill.items():
        uses.setdefault(agreement_id, []).append(use)
    return WinterAverages(rules, uses)


def _together(one: PriorUse, other: PriorUse) -> PriorUse:
    quantity = one.quantity + convert(other.quantity, other.unit, one.unit)
    return PriorUse(Period(one.period.start, other.period.closed_end), quantity, one.unit)


def rule_of(document: Mapping[str, object]) -> WinterAverageRule:
    """The rule of a policy document's `winter_average`. Raises InvalidTariff."""
    said = {"format": FORMAT, "code": "winter", "name": "winter", "winter_average": document}
    rule = policy_from_dict(said).winter_average
    if rule is None:
        raise AssertionError("a policy with a winter average has none")
    return rule


@transaction.atomic
def set_winter_average_policy(
    *, since: date, service: str, rule: WinterAverageRule, customer_class: str = ""
) -> WinterAveragePolicy:
    """From a day on, work the winter average out by this rule; an earlier one ends before it.

    The same again changes nothing. Raises IntegrityError where a later change is there already.
    """
    document = policy_to_dict(Policy(code="winter", name="winter", winter_average=rule))["winter_average"]
    of_this = WinterAveragePolicy.objects.select_for_update().filter(
        service=service, customer_class=customer_class, during__contains=since
    )
    for row in of_this:
        if row.rule == document:
            return row
        row.during = DateRange(row.during.lower, since)
        row.save(update_fields=["during"])
    policy = WinterAveragePolicy.objects.create(
        service=service, customer_class=customer_class, during=DateRange(since, None), rule=document
    )
    audit.record(
        action="winter_average_policy.set", subject_type="winter_average_policy", subject_id=policy.pk,
        service=service, customer_class=customer_class, since=since.isoformat(), rule=document,
    )  # fmt: skip
    return policy
