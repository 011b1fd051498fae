"""A bill a customer understands: every charge in words, and why it changed."""

from .every_line import LineFacts, MeasuredFacts, ServiceLines, every_line
from .much import MuchOfService, MuchPart, WhyThisMuch
from .outside_rate import deposit_sentences, late_fee_how
from .page import (
    BillPage,
    ChargeGroup,
    ChargeLine,
    Compared,
    FeeOnBill,
    Insert,
    LastYearUse,
    LateAmount,
    MeterFacts,
    ServiceCharges,
    SumLine,
    UseOfDay,
    Why,
    WhyPart,
)
from .say import Say
from .see import see_bill
from .why_this_much import wants_hours, why_this_much

__all__ = [
    "BillPage",
    "ChargeGroup",
    "ChargeLine",
    "Compared",
    "FeeOnBill",
    "Insert",
    "LastYearUse",
    "LateAmount",
    "LineFacts",
    "MeasuredFacts",
    "MeterFacts",
    "MuchOfService",
    "MuchPart",
    "Say",
    "ServiceCharges",
    "ServiceLines",
    "SumLine",
    "UseOfDay",
    "Why",
    "WhyPart",
    "WhyThisMuch",
    "deposit_sentences",
    "every_line",
    "late_fee_how",
    "see_bill",
    "wants_hours",
    "why_this_much",
]
