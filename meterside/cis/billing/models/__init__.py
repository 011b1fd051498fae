"""Bills: cycles and runs, bill segments with frozen inputs, and the bill that gathers them."""

from .bills import Bill, BillSegment, RatingStateEntry
from .runs import BillCycle, BillHold, BillRun, BillRunChunk, BillRunStep

__all__ = [
    "Bill",
    "BillCycle",
    "BillHold",
    "BillRun",
    "BillRunChunk",
    "BillRunStep",
    "BillSegment",
    "RatingStateEntry",
]
