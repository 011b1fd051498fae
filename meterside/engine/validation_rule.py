"""Rules that look at meter data, as data: one commodity's and class's rule with its limits and what follows.

A rule that judges a read by its own value alone may hold it back (`hold`): it does not stand until somebody accepts
it. One that compares, with other reads, history or other data, only asks for a look (`flag`): what stands must not
depend on what came first, or on how reads were cut into files. Prose and worked tables: docs/algorithms/validation.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Final

from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader, invalid


class RuleKind(StrEnum):
    """What is looked for."""

    GAP = "gap"
    DUPLICATE = "duplicate"
    SPIKE = "spike"
    HIGH = "high"
    LOW = "low"
    ZERO_RUN = "zero_run"
    CONSTANT = "constant"
    NEGATIVE = "negative"
    BOTH_WAYS = "both_ways"
    INACTIVE = "inactive"
    CLOCK_DRIFT = "clock_drift"
    REGISTER_SUM = "register_sum"
    MULTIPLIER = "multiplier"
    ROLLOVER = "rollover"


class Action(StrEnum):
    """What follows: somebody is asked to look, or the values do not stand until somebody has."""

    FLAG = "flag"
    HOLD = "hold"


#: Which limits each rule knows; others are refused by name.
LIMITS: Final[Mapping[RuleKind, tuple[str, ...]]] = {
    RuleKind.GAP: ("grace_days",),
    RuleKind.DUPLICATE: ("above",),
    RuleKind.SPIKE: ("times", "above"),
    RuleKind.HIGH: ("times", "above"),
    RuleKind.LOW: ("share", "above"),
    RuleKind.ZERO_RUN: ("hours",),
    RuleKind.CONSTANT: ("hours", "above"),
    RuleKind.NEGATIVE: (),
    RuleKind.BOTH_WAYS: ("above",),
    RuleKind.INACTIVE: ("above",),
    RuleKind.CLOCK_DRIFT: ("seconds",),
    RuleKind.REGISTER_SUM: ("percent", "above"),
    RuleKind.MULTIPLIER: ("percent", "above"),
    RuleKind.ROLLOVER: ("above",),
}
#: These can judge a read by its own value.
MAY_HOLD: Final = frozenset({RuleKind.SPIKE, RuleKind.NEGATIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRule:
    """One rule. An empty `commodity` or `customer_class` stands for all; the rule that names more counts.

    `above` is in the channel's own least unit (for `duplicate` a count of reads): what is not above it is never
    looked at. `times` is how often what is usual, `share` what part of it, `percent` a difference in percent,
    `hours` how long a run lasts, `seconds` how far a clock may be off, `grace_days` how long data may still come.
    """

    rule: RuleKind
    action: Action = Action.FLAG
    commodity: str = ""
    customer_class: str = ""
    above: int = 0
    times: Decimal = Decimal(0)
    share: Decimal = Decimal(0)
    percent: Decimal = Decimal(0)
    hours: int = 0
    seconds: int = 0
    grace_days: int = 0

    def problems(self, place: str) -> Iterator[TariffProblem]:
        """What is wrong with it, each with its place in the document."""
        if self.action is Action.HOLD and self.rule not in MAY_HOLD:
            words = f"{self.rule} looks beyond the read itself, so it can only flag"
            yield TariffProblem(f"{place}.action", words)
        if self.action is Action.HOLD and self.times:
            words = "compares with the other reads of a file, so it can only flag; to hold, say above alone"
            yield TariffProblem(f"{place}.times", words)
        for name in ("above", "times", "share", "percent", "hours", "seconds", "grace_days"):
            value = getattr(self, name)
            if value < 0:
                yield TariffProblem(f"{place}.{name}", "is less than nothing")
            if value and name not in LIMITS[self.rule]:
                yield TariffProblem(f"{place}.{name}", f"is no limit of {self.rule}")
        for name in ("times", "share", "percent", "hours", "seconds"):
            if name in LIMITS[self.rule] and not getattr(self, name) and self.rule is not RuleKind.SPIKE:
                yield TariffProblem(f"{place}.{name}", "has to be said")
        if self.rule is RuleKind.SPIKE and not self.times and not self.above:
            yield TariffProblem(f"{place}.times", "or above has to be said")


def read_rule(reader: Reader) -> ValidationRule:
    """A rule of a document. Raises ``InvalidTariff`` with the place."""
    rule = ValidationRule(
        rule=_kind(reader),
        action=reader.choice("action", Action, Action.FLAG),
        commodity=reader.text("commodity", ""),
        customer_class=reader.text("customer_class", ""),
        above=reader.integer("above", 0),
        times=reader.number("times", Decimal(0)),
        share=reader.number("share", Decimal(0)),
        percent=reader.number("percent", Decimal(0)),
        hours=reader.integer("hours", 0),
        seconds=reader.integer("seconds", 0),
        grace_days=reader.integer("grace_days", 0),
    )
    reader.done()
    return rule


def _kind(reader: Reader) -> RuleKind:
    if not reader.has("rule"):
        raise invalid(reader.path("rule"), "is missing")
    return reader.choice("rule", RuleKind, RuleKind.GAP)


def limits_of(rule: ValidationRule) -> dict[str, str]:
    """The limits a rule has, as they are kept; ``rule_of`` reads them back."""
    return {name: str(getattr(rule, name)) for name in LIMITS[rule.rule]}


def rule_of(
    kind: str, action: str, commodity: str, customer_class: str, limits: Mapping[str, str]
) -> ValidationRule:
    """A rule as it was kept."""
    whole = {each.name for each in fields(ValidationRule) if each.type == "int"}
    return ValidationRule(
        rule=RuleKind(kind),
        action=Action(action),
        commodity=commodity,
        customer_class=customer_class,
        **{name: int(value) if name in whole else Decimal(value) for name, value in limits.items()},  # type: ignore[arg-type]
    )
