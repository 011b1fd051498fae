"""Numbers that people read over a telephone, and random ids for addresses of pages."""

from __future__ import annotations

import hashlib
import secrets

# Damm's quasigroup (M. Damm, 2004): finds every single wrong digit and every swap of neighbours.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def check_digit(digits: str) -> str:
    """The Damm check digit of a string of decimal digits."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return str(interim)


def with_check_digit(number: int, *, width: int) -> str:
    """`number` padded to `width` digits, its check digit behind."""
    body = str(number).zfill(width)
    return body + check_digit(body)


def has_valid_check_digit(text: str) -> bool:
    """Whether `text` is all digits and ends in its own check digit."""
    return text.isascii() and text.isdigit() and len(text) > 1 and check_digit(text) == "0"


def new_secret(n_bytes: int = 32) -> str:
    """A random URL-safe secret of `n_bytes` bytes of entropy."""
    return secrets.token_urlsafe(n_bytes)


def secret_digest(secret: str) -> str:
    """How a secret of ours is kept: it has 256 random bits, so a plain hash is enough, and finding one by it tells
    nothing by its time. Takes any text, for it is asked with what strangers send.
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def new_code(n_digits: int = 6) -> str:
    """A random code of decimal digits, for a person to type."""
    return "".join(secrets.choice("0123456789") for _ in range(n_digits))
