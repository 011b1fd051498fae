"""A bill a customer understands: every charge in words, and why it changed."""

from .page import (
    BillPage,
    ChargeGroup,
    ChargeLine,
    Compared,
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
    "LastYearUse",
    "LateAmount",
    "MeterFacts",
    "Say",
    "ServiceCharges",
    "SumLine",
    "UseOfDay",
    "Why",
    "WhyPart",
    "see_bill",
]
