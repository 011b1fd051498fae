"""Bills: cycles and runs, bill segments with frozen inputs, and the bill that gathers them."""

from .bills import Bill, BillCancellation, BillSegment, RatingStateEntry
from .exceptions import TOLERANCE_KINDS, BillException, BillExceptionStep, BillTolerance
from .runs import BillCycle, BillRun, BillRunChunk, BillRunStep

__all__ = [
    "TOLERANCE_KINDS",
    "Bill",
    "BillCancellation",
    "BillCycle",
    "BillException",
    "BillExceptionStep",
    "BillRun",
    "BillRunChunk",
    "BillRunStep",
    "BillSegment",
    "BillTolerance",
    "RatingStateEntry",
]
