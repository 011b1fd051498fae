"""Real bills priced again from their frozen inputs, under another version of a tariff.

Rules and worked tables: docs/algorithms/tariff-comparison.md. What a bill was priced from is enough for the version it
was priced by. Where another version asks for more (hours, a number of the agreement), that is an answer of its own: the
bill cannot be priced so, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from meterside.cis.billing.inputs.freezing import thaw_inputs
from meterside.engine.explain import price_segment
from meterside.engine.rated import RatedSegment, RatingState
from meterside.engine.rating import RatingError
from meterside.engine.series import DatedSeries
from meterside.engine.tariff.model import Tariff

#: From here on a version is taken to be in force when it is tried: before any bill there can be.
_ALWAYS: Final = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class PastSegment:
    """A segment as it was billed."""

    id: int
    account_id: int
    agreement_id: int
    bill_date: date
    total_cents: int
    inputs: Mapping[str, Any]
    state_out: Mapping[str, str]


class CannotReplay(Exception):
    """The bills' frozen inputs do not hold what the version asks for; `kind` and `detail` are rating's own."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


def timeless(tariff: Tariff) -> Tariff:
    """A tariff with one version, as if it had always been in force."""
    (version,) = tariff.versions
    return replace(tariff, versions=(replace(version, effective_from=_ALWAYS, effective_to=None),))


def replayed(
    segments: Sequence[PastSegment], tariff: Tariff, series: Mapping[str, DatedSeries]
) -> Iterator[RatedSegment]:
    """Each segment of one agreement, in order, priced by a timeless tariff; state goes from each to the next.

    `series` are values of today for the series no bill has frozen. Raises CannotReplay.
    """
    last: tuple[PastSegment, RatedSegment] | None = None
    for segment in segments:
        inputs = thaw_inputs(segment.inputs, tariff)
        known = {**series, **(inputs.series or {})}
        state = _state(segment.inputs.get("state") or {}, last)
        try:
            rated = price_segment(replace(inputs, series=known or None, state=state))
        except RatingError as error:
            raise CannotReplay(error.kind, error.detail) from error
        last = (segment, rated)
        yield rated


def _state(frozen: Mapping[str, str], last: tuple[PastSegment, RatedSegment] | None) -> RatingState | None:
    """The state a segment starts from: what the replayed one before left; what billing itself put in stays.

    Billing puts a new winter average into the state between two bills; everything else goes from bill to bill.
    """
    values = dict(frozen)
    if last is not None:
        segment, rated = last
        for name, value in rated.state_out.to_dict().items():
            if name not in values or values[name] == segment.state_out.get(name):
                values[name] = value
    return RatingState.from_dict(values) if values else None
