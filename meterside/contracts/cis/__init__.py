"""What the product asks of a customer information system, whichever it is.

All money is whole cents of the utility's one currency, signed from the customer's side of the bill: positive
is owed, negative is credit. All days are local days of the utility, all instants are zoned. References
(`AccountRef`, `BillRef`) are random ids that may stand in addresses of pages.

Every command carries our own `command_id` and may be said twice: the second is answered like the first.
"""

from .accounts import AccountView, Balances, PremiseView
from .asking import Capability, Cis
from .bills import BillFollowing, BillSummary, BillView, DepositView, HoursOfUse, LateFeeView
from .commands import Command, CommandState, CommandStatus, PostPayment, ReturnPayment, SettlePayment
from .errors import (
    CisError,
    CisUnavailable,
    CommandConflict,
    NoSuchAccount,
    NoSuchBill,
    NoSuchPeriod,
    NoSuchService,
)
from .home import DayUse, HomeView, PeriodUse
from .payments import PaymentView
from .refs import AccountRef, BillRef, PersonRef
from .registration import ContactOnFile, LastBillFact, RegistrationCandidate, RegistrationQuery
from .rows import Page, Rows

__all__ = [
    "AccountRef",
    "AccountView",
    "Balances",
    "BillFollowing",
    "BillRef",
    "BillSummary",
    "BillView",
    "Capability",
    "Cis",
    "CisError",
    "CisUnavailable",
    "Command",
    "CommandConflict",
    "CommandState",
    "CommandStatus",
    "ContactOnFile",
    "DayUse",
    "DepositView",
    "HomeView",
    "HoursOfUse",
    "LastBillFact",
    "LateFeeView",
    "NoSuchAccount",
    "NoSuchBill",
    "NoSuchPeriod",
    "NoSuchService",
    "Page",
    "PaymentView",
    "PeriodUse",
    "PersonRef",
    "PostPayment",
    "PremiseView",
    "RegistrationCandidate",
    "RegistrationQuery",
    "ReturnPayment",
    "Rows",
    "SettlePayment",
]
