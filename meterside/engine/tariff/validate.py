"""Checks of a tariff as a whole: what the shape alone cannot promise.

A tariff that cannot be priced is refused with the name of the field and what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from meterside.engine.money import RoundingRule
from meterside.engine.tariff.model import (
    SEASON,
    Component,
    RoundingScope,
    Tariff,
    TariffVersion,
    VersionPick,
)
from meterside.engine.terms.problems import InvalidTariff, TariffProblem, UnsupportedTariff
from meterside.engine.terms.schedule import schedule_problems
from meterside.engine.terms.use import use_problems

__all__ = ["InvalidTariff", "TariffProblem", "UnsupportedTariff", "check_tariff"]

#: A year with a 29 February, to walk all days a season can hold.
_LEAP_YEAR_START = date(2024, 1, 1)


def check_tariff(tariff: Tariff) -> None:
    """Raise ``InvalidTariff`` with every fault of a tariff that rating could not honour."""
    problems = tuple(_problems(tariff))
    if problems:
        raise InvalidTariff(problems)


def _problems(tariff: Tariff) -> Iterator[TariffProblem]:
    for name in ("code", "name", "utility", "commodity", "currency"):
        if not getattr(tariff, name).strip():
            yield TariffProblem(name, "is empty; give it a text")
    if not 1 <= tariff.bill_months <= 12:
        yield TariffProblem("bill_months", f"is {tariff.bill_months}; a normal bill is 1 to 12 months")
    if not tariff.versions:
        yield TariffProblem("versions", "is empty; a tariff has at least one version")
    yield from _version_dates(tariff.versions)
    yield from _picks(tariff.versions)
    yield from _order(tariff)
    yield from _groups(tariff.versions)
    for index, version in enumerate(tariff.versions):
        yield from _version(version, f"versions[{index}]")


def _version_dates(versions: tuple[TariffVersion, ...]) -> Iterator[TariffProblem]:
    for index, version in enumerate(versions):
        path = f"versions[{index}].effective_to"
        if version.effective_to is not None and version.effective_to <= version.effective_from:
            yield TariffProblem(
                path,
                f"is {version.effective_to}; it must come after effective_from",
                "ends_early",
                (("day", version.effective_to.isoformat()),),
            )
        if index + 1 == len(versions):
            continue
        following = versions[index + 1].effective_from
        if version.effective_to is None or version.effective_to > following:
            yield TariffProblem(
                path,
                f"overlaps the next version; end it on {following}",
                "overlap",
                (("day", str(following)),),
            )
        elif version.effective_to < following:
            yield TariffProblem(
                path,
                f"leaves a gap up to {following}; end it on {following}",
                "gap",
                (("day", str(following)),),
            )


def _picks(versions: tuple[TariffVersion, ...]) -> Iterator[TariffProblem]:
    """One component keeps its version pick through all versions, else days would count twice."""
    seen: dict[str, VersionPick] = {}
    for v_index, version in enumerate(versions):
        for c_index, component in enumerate(version.components):
            if seen.setdefault(component.code, component.version_pick) is not component.version_pick:
                path = f"versions[{v_index}].components[{c_index}].version_pick"
                yield TariffProblem(path, f"differs from an earlier version of {component.code}; keep one")


def _order(tariff: Tariff) -> Iterator[TariffProblem]:
    """What a percentage or minimum is taken of must come first in the merged order of all versions."""
    place = {code: index for index, code in enumerate(tariff.component_order)}
    for v_index, version in enumerate(tariff.versions):
        for c_index, component in enumerate(version.components):
            for code in component.refers_to():
                if code in place and place[code] > place[component.code]:
                    path = f"versions[{v_index}].components[{c_index}].of"
                    message = f"{code!r} comes after {component.code!r} in another version; keep one order"
                    yield TariffProblem(path, message)


def _groups(versions: tuple[TariffVersion, ...]) -> Iterator[TariffProblem]:
    """Lines that are rounded together are rounded by one rule."""
    rules: dict[str, RoundingRule] = {}
    for v_index, version in enumerate(versions):
        for c_index, component in enumerate(version.components):
            rounding = component.rounding or version.rounding
            if rounding.scope is not RoundingScope.GROUP:
                continue
            if rules.setdefault(rounding.group, rounding.rule) is not rounding.rule:
                path = f"versions[{v_index}].components[{c_index}].rounding.rule"
                yield TariffProblem(
                    path, f"differs from that of another component of group {rounding.group!r}"
                )


def _version(version: TariffVersion, path: str) -> Iterator[TariffProblem]:
    if not version.components:
        yield TariffProblem(f"{path}.components", "is empty; a version prices something")
    yield from _seasons(version, path)
    yield from schedule_problems(version, path)
    if version.usage_rounding is not None and version.usage_rounding.step <= 0:
        yield TariffProblem(f"{path}.usage_rounding.step", "must be more than zero", "zero")
    yield from use_problems(version.uses, path)
    before: dict[str, Component] = {}
    for index, component in enumerate(version.components):
        here = f"{path}.components[{index}]"
        if not component.code.strip():
            yield TariffProblem(f"{here}.code", "is empty; give it a short name of its own")
        if component.code in before:
            yield TariffProblem(f"{here}.code", f"{component.code!r} is used twice in this version")
        yield from _component(component, version, here)
        yield from _references(component, before, here)
        before[component.code] = component


def _seasons(version: TariffVersion, path: str) -> Iterator[TariffProblem]:
    names = [season.name for season in version.seasons]
    if len(set(names)) != len(names):
        yield TariffProblem(f"{path}.seasons", "names a season twice")
    if not version.seasons:
        return
    for offset in range(366):
        day = _LEAP_YEAR_START + timedelta(days=offset)
        holders = [season.name for season in version.seasons if season.contains(day)]
        if len(holders) > 1:
            yield TariffProblem(f"{path}.seasons", f"{day:%m-%d} lies in both {' and '.join(holders)}")
            return


def _component(component: Component, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
    names = {season.name for season in version.seasons}
    if component.season and component.season not in names:
        yield TariffProblem(
            f"{path}.season",
            f"{component.season!r} is no season of this version",
            "reference",
            (("code", component.season),),
        )
    window = component.proration.tolerance_days
    if window is not None and not 0 < window[0] <= window[1]:
        yield TariffProblem(f"{path}.proration.tolerance_days", "must be two days, the smaller first")
    if names:
        yield from _season_tables(component, version, path)
    yield from component.problems(version, path)


def _season_tables(component: Component, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
    """A price by season needs every season, and seasons that fill the year."""
    names = [season.name for season in version.seasons]
    for table in version.tables_of(component):
        if SEASON not in table.by:
            continue
        for option in table.options(SEASON):
            if option not in names:
                yield TariffProblem(path, f"prices season {option!r}, which the version does not define")
        missing = [name for name in names if name not in table.options(SEASON)]
        if missing:
            yield TariffProblem(path, f"has no price for season {', '.join(missing)}")
        for offset in range(366):
            day = _LEAP_YEAR_START + timedelta(days=offset)
            if version.season_of(day) is None:
                yield TariffProblem(path, f"prices by season, but {day:%m-%d} lies in none")
                break


def _references(component: Component, before: dict[str, Component], path: str) -> Iterator[TariffProblem]:
    for code in component.refers_to():
        if code not in before:
            yield TariffProblem(
                f"{path}.of",
                f"{code!r} must be a component listed before this one",
                "reference",
                (("code", code),),
            )
