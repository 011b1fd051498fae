"""Bills: cycles and runs, bill segments with frozen inputs, and the bill that gathers them."""

from .bills import Bill, BillCancellation, BillSegment, RatingStateEntry
from .corrections import BillCorrection, MakeGoodPolicy
from .exceptions import TOLERANCE_KINDS, BillException, BillExceptionStep, BillTolerance
from .runs import BillCycle, BillRun, BillRunChunk, BillRunStep

__all__ = [
    "TOLERANCE_KINDS",
    "Bill",
    "BillCancellation",
    "BillCorrection",
    "BillCycle",
    "BillException",
    "BillExceptionStep",
    "BillRun",
    "BillRunChunk",
    "BillRunStep",
    "BillSegment",
    "BillTolerance",
    "MakeGoodPolicy",
    "RatingStateEntry",
]
