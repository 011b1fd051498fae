"""What members of staff may do beyond looking. Everybody at staff pages may look; these are given one by one."""

from __future__ import annotations

from enum import StrEnum


class StaffRight(StrEnum):
    """One right. Proposing and approving are two, and the same person never does both to one thing."""

    PROPOSE_RATES = "propose-rates"  # upload, propose and withdraw versions of tariffs and values of series
    APPROVE_RATES = "approve-rates"  # say yes or no to what somebody else has proposed
