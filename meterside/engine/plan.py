"""How a tariff prices a period: which component of which version for which days. The same for every account."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from meterside.engine.kept import kept_in
from meterside.engine.period import Period
from meterside.engine.pricing import Part
from meterside.engine.proration import UsageShare, season_runs
from meterside.engine.rating_error import RatingError
from meterside.engine.tariff.model import Component, Tariff, TariffVersion, VersionPick


@dataclass(frozen=True, slots=True)
class Step:
    """One component code: what is priced, part by part, and the rounding groups that are complete with it."""

    pieces: tuple[tuple[Component, Part], ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps in the tariff's order. ``is_by_day`` says whether anything is priced by day of use."""

    spans: tuple[tuple[TariffVersion, Period], ...]
    versions: tuple[Period, ...]
    steps: tuple[Step, ...]
    covered_days: int
    is_by_day: bool
    even_share: UsageShare


def plan_of(tariff: Tariff, period: Period, bill_date: date) -> Plan:
    """The plan of a period whose bill is dated so; worked out once and kept with the tariff.

    Raises ``RatingError`` no_rate where no version is in force on a read or bill date that picks one.
    """
    key: Hashable = ("plan", period, bill_date)
    return kept_in(tariff.kept, key, lambda: _plan(tariff, period, bill_date))


def _plan(tariff: Tariff, period: Period, bill_date: date) -> Plan:
    spans = version_spans(tariff, period)
    picked = {VersionPick.READ_DATE: period.closed_end, VersionPick.BILL_DATE: bill_date}
    steps, is_by_day = [], False
    concerned = _concerned(tariff, spans, picked)
    for code in concerned.component_order:
        pieces = []
        for component, part in parts_of(tariff, code, period, spans, picked):
            is_by_day = is_by_day or component.version_pick is VersionPick.DAY_OF_USE
            if not component.season or component.season == part.season:
                pieces.append((component, part))
        steps.append(Step(tuple(pieces), tuple(concerned.group_ends.get(code, ()))))
    return Plan(
        spans=tuple(spans),
        versions=tuple(span for _, span in spans),
        steps=tuple(steps),
        covered_days=sum(span.days for _, span in spans),
        is_by_day=is_by_day,
        even_share=UsageShare(period, None),
    )


def version_spans(tariff: Tariff, period: Period) -> list[tuple[TariffVersion, Period]]:
    """The versions in force by day of use, each with its part of the period."""
    found = []
    for version in tariff.versions:
        span = version.period.overlap(period)
        if span is not None:
            found.append((version, span))
    return found


def _concerned(
    tariff: Tariff, spans: list[tuple[TariffVersion, Period]], picked: Mapping[VersionPick, date]
) -> Tariff:
    """The tariff with the versions that price this bill: a version of another time changes nothing, no order either."""
    if len(tariff.versions) == 1:
        return tariff
    used = [version for version, _ in spans]
    for pick, day in picked.items():
        chosen = tariff.version_on(day)
        if chosen is not None and any(item.version_pick is pick for item in chosen.components):
            used.append(chosen)
    keys = {id(version) for version in used}
    return tariff.narrowed(tuple(n for n, version in enumerate(tariff.versions) if id(version) in keys))


def parts_of(
    tariff: Tariff,
    code: str,
    period: Period,
    spans: list[tuple[TariffVersion, Period]],
    picked: Mapping[VersionPick, date],
) -> Iterable[tuple[Component, Part]]:
    """The parts of the period a component is priced in: by version, then by season where it matters."""
    for version, span in spans:
        component = version.component(code)
        if component is None or component.version_pick is not VersionPick.DAY_OF_USE:
            continue
        if version.seasons and code in version.seasonal_codes:
            for run, season in season_runs(version.seasons, span):
                yield component, Part(version, run, season, run.start)
        else:
            yield component, Part(version, span, None, span.start)
    for pick, day in picked.items():
        chosen = tariff.version_on(day)
        if chosen is None:
            if any(item.version_pick is pick for version, _ in spans for item in version.components):
                raise RatingError(
                    "no_rate",
                    f"{tariff.code} has no version on {day}, the {pick.value}",
                    tariff=tariff.code,
                    start=day,
                )
            continue
        component = chosen.component(code)
        if component is not None and component.version_pick is pick:
            season = chosen.season_of(day) if code in chosen.seasonal_codes else None
            yield component, Part(chosen, period, season, day)
