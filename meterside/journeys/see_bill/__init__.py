"""A bill a customer understands: every charge in words, and why it changed."""

from .much import MuchOfService, MuchPart, WhyThisMuch
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
from .why_this_much import wants_hours, why_this_much

__all__ = [
    "BillPage",
    "ChargeGroup",
    "ChargeLine",
    "Compared",
    "LastYearUse",
    "LateAmount",
    "MeterFacts",
    "MuchOfService",
    "MuchPart",
    "Say",
    "ServiceCharges",
    "SumLine",
    "UseOfDay",
    "Why",
    "WhyPart",
    "WhyThisMuch",
    "see_bill",
    "wants_hours",
    "why_this_much",
]
