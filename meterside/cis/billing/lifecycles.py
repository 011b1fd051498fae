"""The tables of statuses: bill runs, exceptions, corrections, late fees, deposits. The database holds the same ones.

Worked examples: docs/algorithms/billing.md.
"""

from __future__ import annotations

from enum import StrEnum

from meterside.engine.lifecycle import status_table


class RunStatus(StrEnum):
    """Where a bill run stands."""

    OPEN = "open"  # made; nothing was done yet
    PRICING = "pricing"  # a dry run is under way
    PRICED = "priced"  # the dry run is done; nobody got a bill
    APPROVED = "approved"  # a second person said yes to what it was priced at
    RUNNING = "running"  # bills are being issued
    STOPPED = "stopped"  # somebody stopped it; it may go on
    DONE = "done"  # every chunk is done; it runs again for accounts that were held


RUN = status_table(
    "bill run",
    RunStatus.OPEN,
    {
        RunStatus.OPEN: (RunStatus.PRICING, RunStatus.RUNNING),
        RunStatus.PRICING: (RunStatus.PRICED, RunStatus.STOPPED),
        RunStatus.PRICED: (RunStatus.PRICING, RunStatus.APPROVED, RunStatus.RUNNING),
        RunStatus.APPROVED: (RunStatus.PRICING, RunStatus.RUNNING),
        RunStatus.RUNNING: (RunStatus.STOPPED, RunStatus.DONE),
        RunStatus.STOPPED: (RunStatus.PRICING, RunStatus.RUNNING),
        RunStatus.DONE: (RunStatus.RUNNING,),
    },
)

#: Statuses in which chunks are worked.
AT_WORK = frozenset({RunStatus.PRICING, RunStatus.RUNNING})
#: Which chunks are worked then.
KIND_OF = {RunStatus.PRICING: "price", RunStatus.RUNNING: "bill"}


class ExceptionStatus(StrEnum):
    """Where a bill exception stands."""

    OPEN = "open"  # nobody has looked at it
    HELD = "held"  # somebody looks into it; the account waits
    ACCEPTED = "accepted"  # it is right as it is: bill it
    CORRECTED = "corrected"  # the cause is mended: try again


EXCEPTION = status_table(
    "bill exception",
    ExceptionStatus.OPEN,
    {
        ExceptionStatus.OPEN: (ExceptionStatus.HELD, ExceptionStatus.ACCEPTED, ExceptionStatus.CORRECTED),
        ExceptionStatus.HELD: (ExceptionStatus.ACCEPTED, ExceptionStatus.CORRECTED),
        ExceptionStatus.ACCEPTED: (),
        ExceptionStatus.CORRECTED: (),
    },
)

#: Exceptions somebody still has to decide.
UNDECIDED = (ExceptionStatus.OPEN.value, ExceptionStatus.HELD.value)


class CorrectionStatus(StrEnum):
    """Where the correction of a bill whose reads have changed stands."""

    OPEN = "open"  # found; more may be gathered into it
    APPLIED = "applied"  # on a bill
    DISMISSED = "dismissed"  # somebody said that nothing is to be done
    UNDONE = "undone"  # taken back with the bill it corrected


CORRECTION = status_table(
    "bill correction",
    CorrectionStatus.OPEN,
    {
        CorrectionStatus.OPEN: (CorrectionStatus.APPLIED, CorrectionStatus.DISMISSED),
        CorrectionStatus.APPLIED: (CorrectionStatus.UNDONE,),
        CorrectionStatus.DISMISSED: (),
        CorrectionStatus.UNDONE: (),
    },
)


class LateFeeStatus(StrEnum):
    """Where a late fee stands."""

    CHARGED = "charged"  # in the books
    REVERSED = "reversed"  # taken back


LATE_FEE = status_table(
    "late fee",
    LateFeeStatus.CHARGED,
    {LateFeeStatus.CHARGED: (LateFeeStatus.REVERSED,), LateFeeStatus.REVERSED: ()},
)


class DepositStatus(StrEnum):
    """Where a deposit stands."""

    ASKED = "asked"  # on the account; not paid yet
    HELD = "held"  # paid; it bears interest
    RETURNED = "returned"  # back on the account
    CANCELLED = "cancelled"  # asked for no more


DEPOSIT = status_table(
    "deposit",
    DepositStatus.ASKED,
    {
        DepositStatus.ASKED: (DepositStatus.HELD, DepositStatus.CANCELLED),
        DepositStatus.HELD: (DepositStatus.RETURNED, DepositStatus.ASKED),
        DepositStatus.RETURNED: (),
        DepositStatus.CANCELLED: (),
    },
)
