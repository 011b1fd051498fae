"""No binary fraction in money or use: the rooms that count them are looked through, NumPy's types included.

The one container that is allowed holds whole numbers below 2^53, and refuses to be used beyond.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from meterside.config.environment import PROJECT
from meterside.engine.interval_use import _EXACT_IN_CONTAINER
from meterside.engine.period import Period
from tests.engine.electric import run_of

ROOMS = ("engine", "cis", "journeys/see_bill", "journeys/pay_bill", "portal/payments", "contracts")
#: Types of binary fractions, by any name; and what makes one of whole numbers.
_NAMES = {"float", "complex"}
_ATTRIBUTES = {
    "double",
    "longdouble",
    "half",
    "single",
    "floating",
    "inexact",
    "float_",
    "FloatField",
    "linalg",
}
#: Functions of NumPy, and methods without arguments, that give fractions of whole numbers.
_FUNCTIONS = {"mean", "average", "std", "var", "median", "sqrt", "true_divide", "divide"}
_METHODS = {"mean", "std", "var"}
#: Where one stands that is neither money nor use, or is a container of whole numbers; each with its reason.
ALLOWED = {
    (
        "engine/interval_use.py",
        "counts_by_class",
        "bincount(weights=)",
    ): "whole numbers below 2^53, asserted here",
    ("cis/billing/runs/progress.py", "RunProgress", "float"): "accounts a second, for the eye",
    ("cis/billing/runs/progress.py", "run_progress", "float"): "accounts a second, for the eye",
}
#: Where a use is compared with what is usual: it decides what somebody looks at, and no amount is kept of it.
COMPARED = {
    "engine/validation.py", "cis/metering/checks/checking.py", "cis/metering/files/plausible.py",
    "cis/studies/queries.py",
}  # fmt: skip


def offences(source: str) -> Iterator[tuple[str, str, int]]:
    """(function or class, what, line) of each binary fraction in a module's text."""
    tree = ast.parse(source)
    inside: dict[ast.AST, str] = {}
    for node in ast.walk(tree):  # from the outside in: the innermost name stays
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside.update(dict.fromkeys(ast.walk(node), node.name))
    for node in ast.walk(tree):
        what = _what(node)
        if what:
            yield inside.get(node, ""), what, getattr(node, "lineno", 0)


def _what(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
        return f"the fraction {node.value}"
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.lstrip("<>=") in ("f2", "f4", "f8")
    ):
        return f"the type {node.value}"
    if isinstance(node, ast.Name) and node.id in _NAMES:
        return node.id
    if isinstance(node, ast.Attribute) and (node.attr in _ATTRIBUTES or node.attr.startswith("float")):
        return f".{node.attr}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _made(node, node.func)
    return ""


def _made(call: ast.Call, function: ast.Attribute) -> str:
    if function.attr == "bincount":
        return "bincount(weights=)" if any(item.arg == "weights" for item in call.keywords) else ""
    of_numpy = isinstance(function.value, ast.Name) and function.value.id == "np"
    if function.attr in (_FUNCTIONS if of_numpy else _METHODS) and (of_numpy or not call.args):
        return f".{function.attr}()"
    return ""


def _modules() -> list[Path]:
    folder = PROJECT / "meterside"
    return sorted(path for room in ROOMS for path in (folder / room).rglob("*.py"))


def test_money_and_use_are_never_binary_fractions() -> None:
    found, used = [], set()
    for path in _modules():
        name = path.relative_to(PROJECT / "meterside").as_posix()
        for where, what, line in offences(path.read_text(encoding="utf-8")):
            key = (name, where, what)
            if key in ALLOWED:
                used.add(key)
            elif name not in COMPARED:
                found.append(f"{name}:{line}: {what} in {where or 'the module'}")
    assert found == []
    assert used == set(ALLOWED), "an exception nobody needs any more"


@pytest.mark.parametrize(
    ("planted", "what"),
    [
        ("price = 0.1", "the fraction 0.1"),
        ("def f(x: float) -> None: ...", "float"),
        ("a = float('1')", "float"),
        ("a = np.zeros(3, dtype=np.float64)", ".float64"),
        ("a = values.astype('<f8')", "the type <f8"),
        ("a = np.bincount(c, weights=v)", "bincount(weights=)"),
        ("a = values.mean()", ".mean()"),
        ("a = np.average(v)", ".average()"),
        ("class M:\n    x = models.FloatField()", ".FloatField"),
    ],
)
def test_a_planted_fraction_is_found(planted: str, what: str) -> None:
    assert what in {said for _, said, _ in offences(planted)}


def test_the_rooms_are_all_there() -> None:
    names = {path.relative_to(PROJECT / "meterside").as_posix() for path in _modules()}
    assert {"engine/rating.py", "cis/ledger/operations.py", "cis/billing/inputs/measuring.py"} <= names
    assert len(names) > 150


@pytest.mark.parametrize("beyond", [-1, 0, 1, 2**60])
def test_sums_of_hours_are_exact_on_both_sides_of_what_a_container_holds(beyond: int) -> None:
    """A day of 24 hours whose largest value times 24 lies just below, at and beyond 2^53."""
    day = run_of(Period(date(2025, 6, 1), date(2025, 6, 2)))
    largest = _EXACT_IN_CONTAINER // len(day.values) + beyond
    values = np.full(len(day.values), 1, dtype=np.int64)
    values[0], values[5] = min(largest, 2**62), min(largest, 2**62) - 1
    classes = np.arange(len(values), dtype=np.int64) % 2
    sums = replace(day, values=values).counts_by_class(classes, 2)
    expected = tuple(sum(int(one) for one in values[classes == number]) for number in (0, 1))
    assert sums == expected
    assert all(isinstance(one, int) for one in sums)
