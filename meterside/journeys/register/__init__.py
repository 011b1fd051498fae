"""Registering: find an account, prove that one may have it, choose a way to sign in.

What is typed first finds an account and proves nothing. The rules: docs/algorithms/registration.md.
"""

from .find import Found, Search, TooManyAttempts, ask_again, find
from .finish import (
    BelongsToAnotherSignIn,
    FinishRefused,
    HasLoginAlready,
    NotProvedYet,
    add_to_login,
    choose_password,
)
from .prove import Answer, Outcome, confirm_again, confirm_email, prove_by_bill, prove_by_code
from .state import Progress, Stage, progress

__all__ = [
    "Answer",
    "BelongsToAnotherSignIn",
    "FinishRefused",
    "Found",
    "HasLoginAlready",
    "NotProvedYet",
    "Outcome",
    "Progress",
    "Search",
    "Stage",
    "TooManyAttempts",
    "add_to_login",
    "ask_again",
    "choose_password",
    "confirm_again",
    "confirm_email",
    "find",
    "progress",
    "prove_by_bill",
    "prove_by_code",
]
