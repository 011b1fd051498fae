"""Values of dated series that a person asks for and another allows; then the series has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction

from meterside.engine.lifecycle import check_move
from meterside.kit import clock
from meterside.spine import actor, audit

from .life import ReasonNeeded, SamePerson
from .lifecycles import PROPOSAL, ProposalStatus
from .models import FactorProposal, FactorSeries
from .series import check_value, set_series_value


class WaitsAlready(Exception):
    """Another value for that day waits to be approved."""


@transaction.atomic
def propose_value(
    *, code: str, since: date, value: Decimal, note: str = "", name: str = "", unit: str = ""
) -> FactorProposal:
    """Ask for a value of a series from a day on. A series that is not there is made, still without values.

    Raises InexactValue, WaitsAlready.
    """
    check_value(value)
    series, _ = FactorSeries.objects.get_or_create(code=code, defaults={"name": name or code, "unit": unit})
    FactorSeries.objects.select_for_update().get(pk=series.pk)
    if series.proposals.filter(since=since, status=ProposalStatus.PROPOSED).exists():
        raise WaitsAlready(f"{code} from {since}")
    made = FactorProposal.objects.create(
        series=series,
        since=since,
        value=value,
        note=note,
        proposed_at=clock.now(),
        proposed_by=str(actor.current()),
    )
    _record(made)
    return made


@transaction.atomic
def approve_value(proposal: FactorProposal) -> FactorProposal:
    """Say yes, as somebody else than who asked; the series has the value then. What was billed stays as it was.

    Raises SamePerson, MoveNotAllowed.
    """
    locked = _locked(proposal)
    check_move(PROPOSAL, locked.status, ProposalStatus.APPROVED)
    if locked.proposed_by == str(actor.current()):
        raise SamePerson(locked.proposed_by)
    set_series_value(code=locked.series.code, since=locked.since, value=locked.value)
    return _decide(locked, ProposalStatus.APPROVED, "")


@transaction.atomic
def decline_value(proposal: FactorProposal, *, reason: str) -> FactorProposal:
    """Say no, and why; who asked may do so too. Raises ReasonNeeded, MoveNotAllowed."""
    if not reason.strip():
        raise ReasonNeeded
    locked = _locked(proposal)
    check_move(PROPOSAL, locked.status, ProposalStatus.DECLINED)
    return _decide(locked, ProposalStatus.DECLINED, reason.strip())


def _locked(proposal: FactorProposal) -> FactorProposal:
    rows = FactorProposal.objects.select_for_update(of=("self",)).select_related("series")
    return rows.get(pk=proposal.pk)


def _decide(proposal: FactorProposal, status: ProposalStatus, reason: str) -> FactorProposal:
    proposal.status, proposal.reason = status.value, reason
    proposal.decided_at, proposal.decided_by = clock.now(), str(actor.current())
    fields: Sequence[str] = ("status", "reason", "decided_at", "decided_by")
    proposal.save(update_fields=fields)
    _record(proposal)
    return proposal


def _record(proposal: FactorProposal) -> None:
    audit.record(
        action=f"series_proposal.{proposal.status}",
        subject_type="series",
        subject_id=proposal.series.code,
        since=proposal.since.isoformat(),
        value=str(proposal.value),
        proposed_by=proposal.proposed_by,
        reason=proposal.reason,
    )
