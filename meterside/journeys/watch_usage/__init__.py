"""Watching one's use: by year, bill period, day and hour; compared, projected, told of."""

from .compare import see_compared
from .day import see_day
from .page import ComparePage, DayPage, Hour, Likely, PeriodPage, YearPage
from .peak import PeakHours, peak_hours
from .period import see_period
from .units import Shown, shown_unit
from .year import MONTHS_ASKED, PERIODS_ASKED, see_year

__all__ = [
    "MONTHS_ASKED",
    "PERIODS_ASKED",
    "ComparePage",
    "DayPage",
    "Hour",
    "Likely",
    "PeakHours",
    "PeriodPage",
    "Shown",
    "YearPage",
    "peak_hours",
    "see_compared",
    "see_day",
    "see_period",
    "see_year",
    "shown_unit",
]
