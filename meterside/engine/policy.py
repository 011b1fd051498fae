"""Policies outside the rate as documents: late fees, charges for events, deposits, the winter average, validation.

TOML or JSON of the same shape, one utility's rules a document (docs/policy-format.md). Unknown keys are
refused with their place; nothing of a document with a fault is used.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from meterside.engine.deposit import DepositBasis, DepositPolicy
from meterside.engine.late_fee import EventFee, FeeBase, FeePick, LateFeePolicy
from meterside.engine.money import RoundingRule
from meterside.engine.quantity import UnknownUnit, unit_named
from meterside.engine.terms.problems import InvalidTariff, TariffProblem
from meterside.engine.terms.reader import Reader, invalid
from meterside.engine.terms.writer import changed, month_day_text
from meterside.engine.validation_rule import ValidationRule, read_rule
from meterside.engine.winter_average import MonthOf, WinterAverageRule

#: Written in every document; another number will mean another shape.
FORMAT = "meterside-policy/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One utility's rules; what it does not say is None or empty."""

    code: str
    name: str
    source_url: str = ""
    late_fee: LateFeePolicy | None = None
    event_fees: tuple[EventFee, ...] = ()
    deposit: DepositPolicy | None = None
    winter_average: WinterAverageRule | None = None
    validation: tuple[ValidationRule, ...] = ()


def policy_from_toml(text: str) -> Policy:
    """Read a TOML document. Raises ``InvalidTariff`` (places named) or ``tomllib.TOMLDecodeError``."""
    return policy_from_dict(tomllib.loads(text, parse_float=Decimal))


def policy_from_dict(data: Mapping[str, Any]) -> Policy:
    """Build and check a policy from its document form. Raises ``InvalidTariff`` with every place."""
    reader = Reader(data, "")
    if reader.text("format") != FORMAT:
        raise invalid("format", f"is {data.get('format')!r}; this version reads {FORMAT!r}")
    policy = Policy(
        code=reader.text("code"),
        name=reader.text("name"),
        source_url=reader.text("source_url", ""),
        late_fee=_late_fee(reader.child("late_fee")),
        event_fees=tuple(_event_fee(child) for child in reader.children("event_fees", optional=True)),
        deposit=_deposit(reader.child("deposit")),
        winter_average=_winter_average(reader.child("winter_average")),
        validation=tuple(read_rule(child) for child in reader.children("validation", optional=True)),
    )
    reader.done()
    problems = tuple(_problems(policy))
    if problems:
        raise InvalidTariff(problems)
    return policy


def policy_to_dict(policy: Policy) -> dict[str, Any]:
    """The document form: JSON-safe, fields at their defaults left out."""
    data: dict[str, Any] = {"format": FORMAT, **changed(policy, skip=("winter_average",))}
    if policy.winter_average is not None:
        data["winter_average"] = {
            **changed(policy.winter_average, skip=("renewed_on",)),
            "renewed_on": month_day_text(policy.winter_average.renewed_on),
        }
    return data


def late_fee_rule(table: Mapping[str, Any]) -> LateFeePolicy:
    """A late-fee rule from its table alone. Raises ``InvalidTariff`` with every place."""
    rule = policy_from_dict({**_ALONE, "late_fee": dict(table)}).late_fee
    if rule is None:
        raise AssertionError("a table was given")
    return rule


def deposit_rule(table: Mapping[str, Any]) -> DepositPolicy:
    """A deposit rule from its table alone. Raises ``InvalidTariff`` with every place."""
    rule = policy_from_dict({**_ALONE, "deposit": dict(table)}).deposit
    if rule is None:
        raise AssertionError("a table was given")
    return rule


def late_fee_table(rule: LateFeePolicy) -> dict[str, Any]:
    """The table of a late-fee rule, without what stands at its default."""
    return changed(rule)


def deposit_table(rule: DepositPolicy) -> dict[str, Any]:
    """The table of a deposit rule, without what stands at its default."""
    return changed(rule)


_ALONE = {"format": FORMAT, "code": "alone", "name": "alone"}


def _late_fee(reader: Reader | None) -> LateFeePolicy | None:
    if reader is None:
        return None
    policy = LateFeePolicy(
        percent=reader.number("percent", Decimal(0)),
        flat=reader.number("flat", Decimal(0)),
        pick=reader.choice("pick", FeePick, FeePick.GREATER),
        base=reader.choice("base", FeeBase, FeeBase.PAST_DUE),
        grace_days=reader.integer("grace_days", 0),
        balance_over=reader.number("balance_over", Decimal(0)),
        least=reader.number("least", Decimal(0)),
        most=reader.optional_number("most"),
        once_per_bill=reader.flag("once_per_bill", True),
        every_days=reader.integer("every_days", 30),
        notice=reader.flag("notice", True),
        rounding=reader.choice("rounding", RoundingRule, RoundingRule.HALF_UP),
    )
    reader.done()
    return policy


def _event_fee(reader: Reader) -> EventFee:
    fee = EventFee(
        event=reader.text("event"),
        amount=reader.number("amount"),
        after_hours=reader.optional_number("after_hours"),
        from_count=reader.integer("from_count", 1),
        within_months=reader.integer("within_months", 12),
        cash_only_months=reader.integer("cash_only_months", 0),
    )
    reader.done()
    return fee


def _deposit(reader: Reader | None) -> DepositPolicy | None:
    if reader is None:
        return None
    policy = DepositPolicy(
        months=reader.number("months", Decimal(2)),
        basis=reader.choice("basis", DepositBasis, DepositBasis.HIGHEST),
        flat=reader.optional_number("flat"),
        least=reader.number("least", Decimal(0)),
        most=reader.optional_number("most"),
        amount_rounding=reader.step("amount_rounding"),
        year_days=reader.integer("year_days", 365),
        rounding=reader.choice("rounding", RoundingRule, RoundingRule.HALF_UP),
        refund_after_months=reader.integer("refund_after_months", 0),
        late_allowed=reader.integer("late_allowed", 0),
        at_start=reader.flag("at_start", False),
    )
    reader.done()
    return policy


def _winter_average(reader: Reader | None) -> WinterAverageRule | None:
    if reader is None:
        return None
    rule = WinterAverageRule(
        unit=reader.text("unit"),
        months=reader.integers("months", required=True),
        renewed_on=reader.month_day("renewed_on"),
        fewest=reader.integer("fewest", 1),
        month_of=reader.choice("month_of", MonthOf, MonthOf.LAST_DAY),
        leave_out_greatest=reader.integer("leave_out_greatest", 0),
        days=reader.optional_number("days"),
        share=reader.number("share", Decimal(1)),
        rounding=reader.step("rounding"),
        name=reader.text("name", "winter_average"),
        default=reader.optional_number("default"),
        default_name=reader.text("default_name", "winter_average"),
    )
    reader.done()
    return rule


def _problems(policy: Policy) -> Iterator[TariffProblem]:
    for name in ("code", "name"):
        if not getattr(policy, name).strip():
            yield TariffProblem(name, "is empty; give it a text")
    if policy.late_fee is not None:
        yield from _late_fee_problems(policy.late_fee)
    for index, fee in enumerate(policy.event_fees):
        yield from _negatives(fee, f"event_fees[{index}]", ("amount", "after_hours", "cash_only_months"))
        if fee.from_count < 1 or fee.within_months < 1:
            yield TariffProblem(f"event_fees[{index}]", "from_count and within_months must be 1 or more")
    if policy.deposit is not None:
        names = ("months", "flat", "least", "most", "refund_after_months", "late_allowed")
        yield from _negatives(policy.deposit, "deposit", names)
        if policy.deposit.at_start and policy.deposit.flat is None:
            yield TariffProblem(
                "deposit.at_start", "asks accounts without history; give flat, the amount for those"
            )
        if policy.deposit.year_days not in (360, 365, 366):
            yield TariffProblem("deposit.year_days", "divides a year's interest; write 360, 365 or 366")
    if policy.winter_average is not None:
        yield from _winter_problems(policy.winter_average)
    yield from _validation_problems(policy.validation)


def _validation_problems(rules: tuple[ValidationRule, ...]) -> Iterator[TariffProblem]:
    seen = set()
    for index, rule in enumerate(rules):
        yield from rule.problems(f"validation[{index}]")
        key = (rule.rule, rule.commodity, rule.customer_class)
        if key in seen:
            yield TariffProblem(f"validation[{index}]", "is there twice for the same commodity and class")
        seen.add(key)


def _late_fee_problems(policy: LateFeePolicy) -> Iterator[TariffProblem]:
    names = ("percent", "flat", "grace_days", "balance_over", "least", "most")
    yield from _negatives(policy, "late_fee", names)
    if not (policy.percent or policy.flat or policy.least):
        yield TariffProblem("late_fee", "charges nothing; give percent, flat or least")
    if policy.most is not None and policy.most < max(policy.least, policy.flat):
        yield TariffProblem("late_fee.most", "is less than the least or the flat amount")
    if policy.every_days < 1:
        yield TariffProblem("late_fee.every_days", "must be 1 or more")


def _winter_problems(rule: WinterAverageRule) -> Iterator[TariffProblem]:
    try:
        unit_named(rule.unit)
    except UnknownUnit as error:
        yield TariffProblem("winter_average.unit", str(error))
    if not rule.months or any(not 1 <= month <= 12 for month in rule.months):
        yield TariffProblem("winter_average.months", "must name months, 1 to 12")
    if rule.fewest < 1:
        yield TariffProblem("winter_average.fewest", "must be 1 or more: the mean of no bill is none")
    if rule.days is not None and rule.days <= 0:
        yield TariffProblem("winter_average.days", "must be more than zero")
    yield from _negatives(rule, "winter_average", ("share", "default", "leave_out_greatest"))


def _negatives(item: object, path: str, names: tuple[str, ...]) -> Iterator[TariffProblem]:
    for name in names:
        value = getattr(item, name)
        if value is not None and value < 0:
            yield TariffProblem(f"{path}.{name}", f"is {value}; it cannot be negative")
