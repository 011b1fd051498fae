"""Keeping one's own profile: name, language, and the address one signs in with."""

from .change import change_profile
from .email import (
    Confirmation,
    EmailChange,
    EmailTaken,
    TooManyCodes,
    ask_for_email,
    confirm_new_email,
)

__all__ = [
    "Confirmation",
    "EmailChange",
    "EmailTaken",
    "TooManyCodes",
    "ask_for_email",
    "change_profile",
    "confirm_new_email",
]
