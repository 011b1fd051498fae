"""The lives of tariff versions and of values of series. The database holds the same tables (docs/adr/0010)."""

from __future__ import annotations

from enum import StrEnum

from meterside.engine.lifecycle import status_table


class VersionStatus(StrEnum):
    """Where a version of a tariff stands."""

    DRAFT = "draft"  # read from a file; nobody asks for it yet
    PROPOSED = "proposed"  # somebody asks for it, from a day on
    PUBLISHED = "published"  # a second person said yes: it prices bills from its day on
    WITHDRAWN = "withdrawn"  # taken back before its day; it never priced a bill


VERSION = status_table(
    "tariff version",
    VersionStatus.DRAFT,
    {
        # Straight from draft to published goes only what is put in as it stood (`is_installed`).
        VersionStatus.DRAFT: (VersionStatus.PROPOSED, VersionStatus.PUBLISHED, VersionStatus.WITHDRAWN),
        VersionStatus.PROPOSED: (VersionStatus.DRAFT, VersionStatus.PUBLISHED, VersionStatus.WITHDRAWN),
        VersionStatus.PUBLISHED: (VersionStatus.WITHDRAWN,),
        VersionStatus.WITHDRAWN: (),
    },
)


class ProposalStatus(StrEnum):
    """Where a proposed value of a series stands."""

    PROPOSED = "proposed"  # somebody asks for it
    APPROVED = "approved"  # a second person said yes: the series has it
    DECLINED = "declined"  # somebody said no


PROPOSAL = status_table(
    "series proposal",
    ProposalStatus.PROPOSED,
    {
        ProposalStatus.PROPOSED: (ProposalStatus.APPROVED, ProposalStatus.DECLINED),
        ProposalStatus.APPROVED: (),
        ProposalStatus.DECLINED: (),
    },
)
