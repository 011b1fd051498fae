"""Home: the answer first, then the way out, then the detail."""

from .page import Answer, HomePage, LastPayment, PeriodSoFar, State
from .see import see_home

__all__ = ["Answer", "HomePage", "LastPayment", "PeriodSoFar", "State", "see_home"]
