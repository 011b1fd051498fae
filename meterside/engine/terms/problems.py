"""What is wrong with a tariff, and where."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class TariffProblem:
    """What is wrong, where: ``path`` such as ``versions[0].components[2].unit``.

    The faults rate analysts make most have a ``kind`` with its ``facts``, so that pages can tell them in the
    reader's language: ``gap``, ``overlap``, ``ends_early``, ``tier_count``, ``tier_width``, ``tier_order``, ``hour``,
    ``negative``, ``zero``, ``unknown_key``, ``missing``, ``reference``. The others only have their English words.
    """

    path: str
    message: str
    kind: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class InvalidTariff(ValueError):
    """A tariff document that is not right; ``problems`` lists every fault found."""

    def __init__(self, problems: tuple[TariffProblem, ...]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class UnsupportedTariff(ValueError):
    """A tariff that may be right but uses what this engine cannot price yet.

    ``path`` names the field in the source, such as
    ``rate_structure.RESIDENTIAL_SINGLE.commodity_charge: Budget``.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


#: Digits before or behind the point beyond which a number is a slip of the pen, and costly to write out.
_MOST_DIGITS = 40


def check_decimal(value: Decimal, path: str) -> Decimal:
    """The number itself when it is finite and of a size a tariff can have; ``InvalidTariff`` otherwise."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise InvalidTariff((TariffProblem(path, f"is {value}; give a plain number"),))
    if abs(exponent) > _MOST_DIGITS or value.adjusted() > _MOST_DIGITS:
        raise InvalidTariff((TariffProblem(path, "has more digits than any price; give a plain number"),))
    return value
