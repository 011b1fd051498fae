"""A bill a customer understands: every charge in words, and why it changed."""

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

__all__ = [
    "BillPage",
    "ChargeGroup",
    "ChargeLine",
    "Compared",
    "FeeOnBill",
    "Insert",
    "LastYearUse",
    "LateAmount",
    "MeterFacts",
    "Say",
    "ServiceCharges",
    "SumLine",
    "UseOfDay",
    "Why",
    "WhyPart",
    "deposit_sentences",
    "late_fee_how",
    "see_bill",
]
