"""Facts that decide prices, by day: of the agreement, the premise and the account, in that order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation

from meterside.engine.characteristic import DatedCharacteristic
from meterside.engine.components.demand import CONTRACT
from meterside.engine.determinant import Determinant, DeterminantSource
from meterside.engine.period import Period

from .asking import Asked
from .source_rows import Agreement

_Rows = list[tuple[Period, str]]


def first_day_facts(agreement: Agreement, period: Period, asked: Asked) -> dict[str, str]:
    """The value of each fact on the first day of a period."""
    return {
        code: value
        for code, rows in _by_code(agreement, asked).items()
        for during, value in rows
        if during.contains(period.start)
    }


def dated_facts(agreement: Agreement, period: Period, asked: Asked) -> dict[str, DatedCharacteristic]:
    """The facts that the tariff asks for and that change inside a period, each with its values by day.

    The last value of the period stands for the days behind it: who moves out is billed as he was.
    """
    found = {}
    for code, rows in _by_code(agreement, asked).items():
        if code not in asked.attributes:
            continue
        values = list(_values(code, rows, period))
        if len(values) > 1 or (values and values[0][0] > period.start):
            found[code] = DatedCharacteristic(code, tuple(values))
    return found


def _values(code: str, rows: _Rows, period: Period) -> Iterable[tuple[date, str | int]]:
    """Each value with its first day in the period; empty from the day nobody says one."""
    known_to: date | None = None
    for during, value in rows:
        here = during.overlap(period)
        if here is None or not here.days:
            continue
        if known_to is not None and known_to < here.start:
            yield known_to, ""
        yield here.start, value
        known_to = here.closed_end
    if known_to is not None and known_to < period.closed_end:
        yield known_to, ""


class NoNumber(ValueError):
    """A fact that should be a number is none; `facts` name it."""

    def __init__(self, detail: str, *, attribute: str, value: str) -> None:
        super().__init__(detail)
        self.facts = {"why": "no_number", "attribute": attribute, "value": value}


def contract_demand(agreement: Agreement, period: Period, asked: Asked) -> Determinant | None:
    """What the agreement says its demand is, in the charge's unit, where the tariff prices it: the highest of the days.

    None where nobody said one. Raises NoNumber.
    """
    if not asked.contract_unit:
        return None
    said = [
        value
        for during, code, value in agreement.attributes
        if code == CONTRACT and during.overlap(period) is not None
    ]
    if not said:
        return None
    return Determinant(CONTRACT, max(map(_number, said)), asked.contract_unit, DeterminantSource.ATTRIBUTE)


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise NoNumber(
            f"{CONTRACT} is {text!r}, which is no number", attribute=CONTRACT, value=text
        ) from error
    if not number.is_finite() or number < 0:
        raise NoNumber(
            f"{CONTRACT} is {text!r}; it must be a number that is not negative",
            attribute=CONTRACT,
            value=text,
        )
    return number


def _by_code(agreement: Agreement, asked: Asked) -> dict[str, _Rows]:
    """All dated values by code. What is said of the agreement stands before what is said of premise or account."""
    found: dict[str, _Rows] = {}
    for during, code, value in agreement.attributes:
        found.setdefault(code, []).append((during, value))
    own = set(found)
    for rows in (agreement.premise_facts, agreement.account_facts):
        taken: dict[str, _Rows] = {}
        for during, code, value in rows:
            if code in asked.attributes and code not in own:
                taken.setdefault(code, []).append((during, value))
        found |= taken
        own |= taken.keys()
    for values in found.values():
        values.sort(key=lambda row: row[0].start)
    return found
