"""What a component may choose: how it follows days, which day picks its version, where it is rounded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from meterside.engine.money import RoundingRule


class ProrationMethod(StrEnum):
    """How a charge per bill or month, or a tier's width, follows the days of the period."""

    NONE = "none"  #: whole, however many days
    DAYS_30 = "days/30"  #: days over 30 (times the months of a normal bill)
    DAYS_OF_PERIOD = "days_of_period"  #: days over the days of the cycle's full period
    DAYS_365 = "365"  #: a year's charge over 365, times days


class VersionPick(StrEnum):
    """Which day decides the version (and the season) a component is priced by."""

    DAY_OF_USE = "day_of_use"
    READ_DATE = "read_date"
    BILL_DATE = "bill_date"


class RoundingScope(StrEnum):
    """Where exact amounts become cents."""

    LINE = "line"  #: every line by itself
    COMPONENT = "component"  #: the sum of a component's lines
    GROUP = "group"  #: the sum of all lines of a named group of components
    BILL = "bill"  #: only the sum of all lines of the segment


class ChargePer(StrEnum):
    """What one amount of a fixed charge, or one set of tier widths, stands for."""

    BILL = "bill"
    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Rounding:
    """Rounding of money. With another scope than ``line`` the cents are shared by largest remainder.

    ``group`` names the group of scope ``group``.
    """

    rule: RoundingRule = RoundingRule.HALF_UP
    scope: RoundingScope = RoundingScope.LINE
    group: str = ""


@dataclass(frozen=True, slots=True)
class Proration:
    """A method, and the window of days (both ends in) inside which a period counts as whole."""

    method: ProrationMethod = ProrationMethod.NONE
    tolerance_days: tuple[int, int] | None = None


#: Each line by itself, half a cent away from zero.
DEFAULT_ROUNDING = Rounding()
#: Whole, however many days.
NO_PRORATION = Proration()
