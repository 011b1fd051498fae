"""From sources to priced segments, with their inputs frozen and the change since the last one explained."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from meterside.engine.explain import ChangeExplanation, SegmentInputs, explain_change
from meterside.engine.kept import kept_in
from meterside.engine.period import Period
from meterside.engine.quantity import CannotConvert, UnknownUnit
from meterside.engine.rated import RatedSegment, RatingState
from meterside.engine.rating import RatingError, rate
from meterside.engine.tariff.model import Tariff
from meterside.kit.sql import to_json

from .inputs.facts import NoNumber, contract_demand, dated_facts, first_day_facts
from .inputs.freezing import freeze_inputs, series_for, thaw_inputs
from .inputs.hours import Lack
from .inputs.measuring import Measured, UnableToMeasure
from .inputs.quantities import quantities_of
from .inputs.source_rows import Agreement
from .inputs.sources import Sources


class UnableToBill(Exception):
    """An agreement cannot be billed; the account waits among the run's exceptions, as of this kind."""

    def __init__(
        self, agreement_id: int | None, kind: str, detail: str, facts: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.agreement_id = agreement_id
        self.kind = kind
        self.facts = dict(facts or {})


#: What the engine calls the same thing as we do, by another word.
RATING_KINDS = {"unit": "wrong_unit"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A priced segment that is not a row yet. `state_in` is what the bill before left, before a new winter average."""

    agreement: Agreement
    tariff: Tariff
    inputs: SegmentInputs
    measured: Measured
    rated: RatedSegment
    change: ChangeExplanation | None
    state_in: RatingState | None = None
    #: Its written forms, made when first asked for; segments that are alike share them.
    written: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def tax_cents(self) -> int:
        return sum(line.amount_cents for line in self.rated.lines if line.is_tax)

    @property
    def income_cents(self) -> int:
        return self.rated.total_cents - self.tax_cents

    @property
    def rated_dict(self) -> dict[str, Any]:
        """JSON-safe form of what it was priced at: the row and the statement hold the same lines."""
        found: dict[str, Any] = kept_in(self.written, "rated", self.rated.to_dict)
        return found

    @property
    def rated_json(self) -> str:
        """The same as text."""
        return kept_in(self.written, "rated json", lambda: to_json(self.rated_dict))

    @property
    def inputs_json(self) -> str:
        """JSON text of all that priced it; `thaw_inputs` reads it back."""
        return kept_in(self.written, "inputs json", lambda: to_json(self._frozen()))

    def _frozen(self) -> dict[str, Any]:
        frozen = freeze_inputs(self.inputs)
        if self.state_in != self.inputs.state:
            frozen["state_in"] = self.state_in.to_dict() if self.state_in else {}
        return frozen


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides prices beside the agreement itself. `cycle` is the full period of the account's bill cycle."""

    cycle: Period
    bill_date: date
    customer_class: str


def draft_segments(agreement: Agreement, unbilled: Period, terms: Terms, sources: Sources) -> list[Draft]:
    """Price these days of the agreement: one segment for each tariff it was on, each with the state of the one before.

    Raises UnableToBill.
    """
    drafts: list[Draft] = []
    covered = 0
    state = RatingState.from_dict(dict(agreement.state)) if agreement.state else None
    for during, tariff_id in agreement.tariffs:
        period = during.overlap(unbilled)
        if period is None or not period.days:
            continue
        covered += period.days
        tariff = sources.tariffs.get(tariff_id)
        if tariff is None:
            raise UnableToBill(
                agreement.id,
                "no_rate",
                f"its tariff has no version on {period.start}",
                {"start": period.start.isoformat()},
            )
        draft = _alike(agreement, tariff, period, terms, state, sources)
        drafts.append(draft)
        state = draft.rated.state_out if draft.rated.state_out.values else state
    if covered != unbilled.days:
        raise UnableToBill(
            agreement.id,
            "no_rate",
            f"no tariff on every day from {unbilled.start}",
            {"start": unbilled.start.isoformat()},
        )
    return drafts


def _alike(
    agreement: Agreement,
    tariff: Tariff,
    period: Period,
    terms: Terms,
    state: RatingState | None,
    sources: Sources,
) -> Draft:
    """A draft; one without meters, facts and state is that of all who are on the rate for the same days.

    Provided the bill before was the same too: the difference is told with the rest. Raises UnableToBill.
    """
    asked = sources.asked_by(tariff)
    facts = agreement.attributes or agreement.premise_facts or agreement.account_facts
    if agreement.meters or facts or state or asked.series or asked.others or asked.contract_unit:
        return _draft(agreement, tariff, period, terms, state, sources)
    last = None if agreement.last_inputs is None else to_json(agreement.last_inputs)
    key = (tariff.code, period, terms, last, agreement.last_total_cents)
    known: Draft | None = sources.alike.get(key)
    if known is None:
        found = sources.alike[key] = _draft(agreement, tariff, period, terms, state, sources)
        return found
    return replace(known, agreement=agreement)


def _draft(
    agreement: Agreement,
    tariff: Tariff,
    period: Period,
    terms: Terms,
    state: RatingState | None,
    sources: Sources,
) -> Draft:
    try:
        found = quantities_of(agreement, tariff, period, sources)
    except UnableToMeasure as error:
        raise UnableToBill(agreement.id, error.kind, str(error), error.facts) from error
    _refuse_received(agreement, tariff, found.measured)
    asked = sources.asked_by(tariff)
    try:
        average, state_now = sources.winter.average(
            agreement.id,
            agreement.service,
            terms.customer_class,
            asked,
            period=period,
            state=state,
        )
    except (CannotConvert, UnknownUnit) as error:
        raise UnableToBill(
            agreement.id, "wrong_unit", str(error), {"why": "winter_average", "said": str(error)}
        ) from error
    try:
        agreed = contract_demand(agreement, period, asked)
    except NoNumber as error:
        raise UnableToBill(
            agreement.id, "unknown_attribute", str(error), {**error.facts, "said": str(error)}
        ) from error
    inputs = SegmentInputs(
        tariff=tariff,
        period=period,
        determinants={
            **found.determinants,
            **{item.name: item for item in (average, agreed) if item is not None},
        },
        attributes={
            "customer_class": terms.customer_class,
            **first_day_facts(agreement, period, asked),
        },
        daily_usage=found.daily,
        bill_date=terms.bill_date,
        # Days longer than a cycle (the first bill after a late start) are a whole cycle by themselves.
        cycle=terms.cycle if period.days <= terms.cycle.days else period,
        state=state_now,
        intervals=found.intervals,
        series=series_for(asked.series, sources.series, period, terms.bill_date) or None,
        characteristics=dated_facts(agreement, period, asked) or None,
    )
    rated = price(agreement.id, inputs, lacks=found.hours.lacks)
    change = _change(agreement, inputs, sources, rated.total_cents)
    return Draft(agreement, tariff, inputs, found.measured, rated, change, state)


def price(agreement_id: int, inputs: SegmentInputs, *, lacks: Sequence[Lack] = ()) -> RatedSegment:
    """Price a segment from all that it is priced from. Raises UnableToBill.

    Where rating cannot do without intervals, the first of `lacks` says why there are none.
    """
    try:
        return rate(
            inputs.tariff,
            period=inputs.period,
            determinants=inputs.determinants,
            attributes=inputs.attributes,
            state=inputs.state,
            daily_usage=inputs.daily_usage,
            bill_date=inputs.bill_date,
            cycle=inputs.cycle,
            intervals=inputs.intervals,
            series=inputs.series,
            characteristics=inputs.characteristics,
        )
    except RatingError as error:
        if error.kind == "missing_intervals" and lacks:
            raise UnableToBill(agreement_id, lacks[0].kind, lacks[0].detail, lacks[0].facts) from error
        kind = RATING_KINDS.get(error.kind, error.kind)
        raise UnableToBill(agreement_id, kind, error.detail, {**error.facts, "said": error.detail}) from error


def _refuse_received(agreement: Agreement, tariff: Tariff, measured: Measured) -> None:
    """Energy came from the customer, and the tariff says nothing of it: never netted, never given away unseen."""
    received = measured.received
    if received is None or not received.quantity or received.name in tariff.determinant_units():
        return
    raise UnableToBill(
        agreement.id,
        "received_without_tariff",
        f"{received.quantity} {received.unit} received, and {tariff.code} has no price for it",
        {"quantity": str(received.quantity), "unit": received.unit, "tariff": tariff.code},
    )


def _change(
    agreement: Agreement, inputs: SegmentInputs, sources: Sources, total_cents: int
) -> ChangeExplanation | None:
    if agreement.last_inputs is None:
        return None
    code = agreement.last_inputs["tariff"]
    tariff = inputs.tariff
    if code != tariff.code:
        tariff = next((known for known in sources.tariffs.values() if known.code == code), tariff)
    before = thaw_inputs(agreement.last_inputs, tariff)
    try:
        return explain_change(
            before,
            inputs,
            before_cents=agreement.last_total_cents,
            after_cents=total_cents,
            weather=sources.weather.step(agreement, before.period, inputs.period),
        )
    except RatingError:
        return None  # one of them cannot be priced with the other's use: told as a difference in one
