"""Bills: cycles and runs, bill segments with frozen inputs, and the bill that gathers them."""

from .bills import Bill, BillCancellation, BillSegment, RatingStateEntry
from .corrections import BillCorrection, MakeGoodPolicy
from .exceptions import TOLERANCE_KINDS, BillException, BillExceptionStep, BillTolerance
from .messages import BillMessage
from .runs import BillCycle, BillRun, BillRunChunk, BillRunPrice, BillRunStep
from .weather import WeatherResponse
from .winter import WinterAveragePolicy

__all__ = [
    "TOLERANCE_KINDS",
    "Bill",
    "BillCancellation",
    "BillCorrection",
    "BillCycle",
    "BillException",
    "BillExceptionStep",
    "BillMessage",
    "BillRun",
    "BillRunChunk",
    "BillRunPrice",
    "BillRunStep",
    "BillSegment",
    "BillTolerance",
    "MakeGoodPolicy",
    "RatingStateEntry",
    "WeatherResponse",
    "WinterAveragePolicy",
]
