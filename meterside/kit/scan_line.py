"""The scan line of a remittance stub: what a lockbox reads of a payment (docs/algorithms/scan-line.md).

Three fields of fixed width, each with a mod-10 check digit of its own, and one check digit over all of them.
The fields' digits weigh 2 and 1 with the sum of a product's digits (Luhn); the overall one weighs 3 and 1. What
the first cannot find (0 and 9 changing places) the second does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ACCOUNT_WIDTH: Final = 12
BILL_WIDTH: Final = 10
AMOUNT_WIDTH: Final = 10

#: All digits of a line, check digits and all; printed in four groups with a space between.
LINE_WIDTH: Final = ACCOUNT_WIDTH + BILL_WIDTH + AMOUNT_WIDTH + 4


class ScanLineWrong(ValueError):
    """The line cannot be right; the message says which part: `length`, `account`, `bill`, `amount`, `line`."""


@dataclass(frozen=True, slots=True)
class ScanLine:
    """What a stub asks for. `account_number` is all digits, at most 12; `amount_cents` is what is due."""

    account_number: str
    bill_number: int
    amount_cents: int


def make_scan_line(line: ScanLine) -> str:
    """`0000010041709 00026001647 00000090630 2`: account, bill and amount with their check digits, and the last.

    Raises ValueError where a field is negative, no number, or wider than its place.
    """
    fields = (
        _field(line.account_number, ACCOUNT_WIDTH),
        _field(str(line.bill_number), BILL_WIDTH),
        _field(str(line.amount_cents), AMOUNT_WIDTH),
    )
    checked = [digits + field_check_digit(digits) for digits in fields]
    return " ".join((*checked, overall_check_digit("".join(checked))))


def read_scan_line(text: str) -> ScanLine:
    """What a line says, however it is spaced. The account number comes without the noughts that fill its place.

    Raises ScanLineWrong.
    """
    digits = "".join(text.split())
    if len(digits) != LINE_WIDTH or not (digits.isascii() and digits.isdigit()):
        raise ScanLineWrong("length")
    values = []
    place = 0
    for name, width in (("account", ACCOUNT_WIDTH), ("bill", BILL_WIDTH), ("amount", AMOUNT_WIDTH)):
        field = digits[place : place + width]
        place += width + 1
        if field_check_digit(field) != digits[place - 1]:
            raise ScanLineWrong(name)
        values.append(field)
    if overall_check_digit(digits[:-1]) != digits[-1]:
        raise ScanLineWrong("line")
    account, bill, amount = values
    return ScanLine(account.lstrip("0") or "0", int(bill), int(amount))


def field_check_digit(digits: str) -> str:
    """Luhn's check digit (ISO/IEC 7812-1, annex B): from the right, every second digit counts double."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)


def overall_check_digit(digits: str) -> str:
    """The check digit of article numbers (GS1 General Specifications, 7.9): from the right, weights 3 and 1."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _field(text: str, width: int) -> str:
    if not (text.isascii() and text.isdigit()) or len(text) > width:
        raise ValueError(f"not a number of at most {width} digits: {text!r}")
    return text.zfill(width)
