"""What rules find: the worked tables of docs/algorithms/validation.md."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.engine import validation
from meterside.engine.interval import Quality
from meterside.engine.policy import policy_from_toml, policy_to_dict
from meterside.engine.terms.problems import InvalidTariff
from meterside.engine.validation import DialMove, SumCheck
from meterside.engine.validation_rule import Action, RuleKind, ValidationRule, limits_of, rule_of

M, X = Quality.MEASURED, Quality.MISSING
HOUR_S = 3600


def rows(*values: list[int]) -> validation.Counts:
    return np.array(values, dtype=np.int64)


def codes(*quality: list[Quality]) -> validation.Codes:
    return np.array(quality, dtype=np.uint8)


def test_a_spike_is_far_above_the_mean_of_the_others() -> None:
    day = rows([100, 120, 90, 5000, 110, 100], [100, 120, 90, 2000, 110, 100], [5000] * 6)
    found = validation.spikes(day, None, times=Decimal(20), above=1000)
    # 5,000 beside a mean of 104; 2,000 is just under twenty times it; a day all high is no spike.
    assert found.tolist() == [[False, False, False, True, False, False], [False] * 6, [False] * 6]


def test_a_bare_limit_is_a_limit() -> None:
    found = validation.spikes(rows([100, 1001, 1000]), codes([M, M, M]), times=Decimal(0), above=1000)
    assert found.tolist() == [[False, True, False]]


def test_high_and_low_are_beside_what_is_usual() -> None:
    totals, usual = np.array([900, 900, 900, 10, 10]), np.array([200.0, 300.0, 0.0, 500.0, 90.0])
    assert validation.over_usual(totals, usual, times=Decimal(4), above=500).tolist() == [
        True, False, False, False, False,
    ]  # fmt: skip
    assert validation.under_usual(totals, usual, share=Decimal("0.1"), above=100).tolist() == [
        False, False, False, True, False,
    ]  # fmt: skip


def test_runs_of_nothing_and_of_one_value() -> None:
    day = rows([0, 0, 0, 5, 0, 0], [0, 0, 0, 0, 3, 3], [7, 7, 7, 7, 1, 2])
    zero = validation.zero_runs(day, None, seconds=HOUR_S, hours=4)
    assert zero.tolist() == [False, True, False]
    stuck = validation.constant_runs(day, None, seconds=HOUR_S, hours=4, above=5)
    assert stuck.tolist() == [False, False, True]
    hole = codes([M] * 6, [M, X, M, M, M, M], [M, M, X, M, M, M])
    assert not validation.zero_runs(day, hole, seconds=HOUR_S, hours=4).any()
    assert not validation.constant_runs(day, hole, seconds=HOUR_S, hours=4, above=5).any()


@given(st.lists(st.lists(st.booleans(), min_size=7, max_size=7), min_size=1, max_size=5))
def test_the_longest_run_is_the_longest(mask: list[list[bool]]) -> None:
    expected = [max(len(run) for run in "".join("1" if x else "0" for x in row).split("0")) for row in mask]
    assert validation.longest_run(np.array(mask)).tolist() == expected


def test_what_is_missing_is_not_negative() -> None:
    found = validation.negatives(rows([-5, 3, -1]), codes([M, M, X]))
    assert found.tolist() == [[True, False, False]]


def test_both_ways_at_once_and_use_without_a_customer() -> None:
    assert validation.both_ways(rows([50, 5]), rows([40, 400]), above=10).tolist() == [[True, False]]
    active = np.array([True, False, False])
    assert validation.inactive_use(np.array([500, 500, 5]), active, above=10).tolist() == [
        False, True, False,
    ]  # fmt: skip
    assert validation.clock_drift(np.array([0, -45, 30]), seconds=30).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("register", "intervals", "said"),
    [
        (479_000, 479_000, SumCheck.AGREES),
        (479_000, 478_400, SumCheck.AGREES),  # a dial of kWh turns by 1,000 Wh
        (479_000, 470_000, SumCheck.DIFFERS),
        (479_000, 479_000 * 40, SumCheck.MULTIPLIER),
        (479_000 * 40, 479_000, SumCheck.MULTIPLIER),
        (479_000, 479, SumCheck.MULTIPLIER),  # kWh for Wh
        (0, 479_000, SumCheck.DIFFERS),
    ],
)
def test_a_register_beside_its_intervals(register: int, intervals: int, said: SumCheck) -> None:
    found = validation.register_against_sum(
        Decimal(register), intervals, multiplier=Decimal(40), percent=Decimal("0.5"), above=1000
    )
    assert found is said


@pytest.mark.parametrize(
    ("previous", "present", "move"),
    [
        (99_900, 100, DialMove.ROLLED_OVER),
        (50_000, 49_000, DialMove.WENT_BACK),
        (5, 5, DialMove.FORWARD),
    ],
)
def test_a_dial_that_is_lower_went_round_or_back(previous: int, present: int, move: DialMove) -> None:
    assert validation.dial_move(previous, present, dials=5, most=2_000) is move


DOCUMENT = """
format = "meterside-policy/1"
code = "RB"
name = "Riverbend"

[[validation]]
rule = "spike"
commodity = "electric"
action = "hold"
above = 100_000

[[validation]]
rule = "high"
customer_class = "residential"
times = 4
above = 20_000
"""


def test_rules_are_a_document() -> None:
    policy = policy_from_toml(DOCUMENT)
    spike, high = policy.validation
    assert (spike.rule, spike.action, spike.above) == (RuleKind.SPIKE, Action.HOLD, 100_000)
    assert (high.times, high.customer_class) == (Decimal(4), "residential")
    assert [rule["rule"] for rule in policy_to_dict(policy)["validation"]] == ["spike", "high"]
    for rule in policy.validation:
        kept = rule_of(rule.rule, rule.action, rule.commodity, rule.customer_class, limits_of(rule))
        assert kept == rule


@pytest.mark.parametrize(
    ("was", "becomes", "place"),
    [
        ('rule = "high"', 'rule = "high"\naction = "hold"', "validation[1].action"),
        ("times = 4", "times = -4", "validation[1].times"),
        ("times = 4\n", "", "validation[1].times"),
        ("times = 4", "times = 4\nhours = 3", "validation[1].hours"),
        ("above = 100_000", "above = 100_000\ntimes = 3", "validation[0].times"),
        ('rule = "high"', 'rule = "tall"', "validation[1].rule"),
        (
            'rule = "high"\ncustomer_class = "residential"',
            'rule = "spike"\ncommodity = "electric"',
            "validation[1]",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_place(was: str, becomes: str, place: str) -> None:
    assert was in DOCUMENT
    with pytest.raises(InvalidTariff) as refused:
        policy_from_toml(DOCUMENT.replace(was, becomes))
    assert place in [problem.path for problem in refused.value.problems]


def test_only_what_needs_no_comparison_may_hold() -> None:
    bare = ValidationRule(rule=RuleKind.SPIKE, action=Action.HOLD, above=5)
    assert not list(bare.problems("x"))
