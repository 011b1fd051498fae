"""Bills: cycles and runs, bill segments with frozen inputs, and the bill that gathers them."""

from .bills import Bill, BillCancellation, BillSegment, RatingStateEntry
from .charges import ChargePolicy, LateFee, LateFeeWaiver
from .corrections import BillCorrection, MakeGoodPolicy
from .deposits import Deposit, DepositInterest
from .exceptions import TOLERANCE_KINDS, BillException, BillExceptionStep, BillTolerance
from .inserts import BillInsert
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
    "BillInsert",
    "BillMessage",
    "BillRun",
    "BillRunChunk",
    "BillRunPrice",
    "BillRunStep",
    "BillSegment",
    "BillTolerance",
    "ChargePolicy",
    "Deposit",
    "DepositInterest",
    "LateFee",
    "LateFeeWaiver",
    "MakeGoodPolicy",
    "RatingStateEntry",
    "WeatherResponse",
    "WinterAveragePolicy",
]
