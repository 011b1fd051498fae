"""The pretended bank: test methods a customer can choose, and what becomes of a charge on each."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Outcome:
    """A state a charge will reach, `delays` lengths of the sandbox's delay after it was submitted."""

    state: str
    delays: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class TestMethod:
    """One button of the hosted page. `label` is what a receipt may show; the numbers belong to nobody."""

    key: str
    tender: str
    title: str | Promise
    detail: str | Promise
    label: str
    outcomes: tuple[Outcome, ...]

    __test__ = False  # pytest: not a test


METHODS: tuple[TestMethod, ...] = (
    TestMethod(
        "bank_works",
        "bank",
        _("Test bank account that works"),
        _("Accepted at once, settled a little later"),
        "Bank account ending 6789",
        (Outcome("accepted", 0), Outcome("settled", 1)),
    ),
    TestMethod(
        "card_works",
        "card",
        _("Test card that works"),
        _("Accepted at once, settled a little later"),
        "Card ending 4242",
        (Outcome("accepted", 0), Outcome("settled", 1)),
    ),
    TestMethod(
        "bank_slow",
        "bank",
        _("Slow bank account"),
        _("No answer at first; accepted a little later"),
        "Bank account ending 3033",
        (Outcome("processing", 0), Outcome("accepted", 1), Outcome("settled", 2)),
    ),
    TestMethod(
        "card_declined",
        "card",
        _("Card that is declined"),
        _("Refused at once; no money moves"),
        "Card ending 0002",
        (Outcome("declined", 0, "card_declined"),),
    ),
    TestMethod(
        "bank_closed",
        "bank",
        _("Bank account that is refused"),
        _("Refused at once: the account does not exist (R03)"),
        "Bank account ending 0003",
        (Outcome("declined", 0, "R03"),),
    ),
    TestMethod(
        "bank_short",
        "bank",
        _("Accepted, then fails (R01)"),
        _("Accepted at once, returned later: not enough money"),
        "Bank account ending 0001",
        (Outcome("accepted", 0), Outcome("returned", 1, "R01")),
    ),
    TestMethod(
        "bank_disputed",
        "bank",
        _("Settled, then taken back (R10)"),
        _("Settled, and returned later: not authorized by its owner"),
        "Bank account ending 0010",
        (Outcome("accepted", 0), Outcome("settled", 1), Outcome("returned", 2, "R10")),
    ),
    TestMethod(
        "bank_mystery",
        "bank",
        _("Accepted, then fails for an unknown reason (R99)"),
        _("Accepted at once, returned later with a code nobody knows"),
        "Bank account ending 0099",
        (Outcome("accepted", 0), Outcome("returned", 1, "R99")),
    ),
)
_BETWEEN_DIGITS = " -.\u00a0\u2010\u2011\u2012\u2013"
_BY_KEY = {method.key: method for method in METHODS}


def method(key: str) -> TestMethod | None:
    """The test method of that key, or None."""
    return _BY_KEY.get(key)


def holds_card_number(text: str) -> bool:
    """Whether a row of digits, spaces and hyphens between them ignored, is or holds what may be a card number.

    ISO/IEC 7812-1: 13 to 19 digits, the last a Luhn check (annex B); the cards of today begin with 2 to 6.
    Such a text is refused before anything of it is kept: now and then it is an innocent number.
    """
    run: list[int] = []
    for letter in [*text, "x"]:
        if letter.isdecimal():
            run.append(int(letter))
        elif letter not in _BETWEEN_DIGITS:
            if _may_be_card(run):
                return True
            run = []
    return False


def _may_be_card(digits: list[int]) -> bool:
    if 13 <= len(digits) <= 19 and _passes_luhn(digits):
        return True
    # Something typed before or after it: "ref 99 5555 5555 5555 4444".
    return any(
        2 <= digits[start] <= 6 and _passes_luhn(digits[start : start + length])
        for length in (15, 16)
        for start in range(len(digits) - length + 1)
    )


def _passes_luhn(digits: list[int]) -> bool:
    doubled = (digit * 2 if place % 2 else digit for place, digit in enumerate(reversed(digits)))
    return any(digits) and sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0
