"""Dated rates of one file that are one rate's history, put together as a tariff's versions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

from meterside.connectors.tariffs import Refusal, slug
from meterside.engine.tariff import InvalidTariff, Tariff, TariffVersion, check_tariff

_IN_BRACKETS = re.compile(r"\([^)]*\)")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dated:
    """A tariff of one version, with the place in the file it came from."""

    place: str
    tariff: Tariff

    @property
    def version(self) -> TariffVersion:
        """Its only version."""
        return self.tariff.versions[0]


def merged(rates: Sequence[Dated]) -> tuple[list[Tariff], list[Refusal]]:
    """Rates of one utility and name whose days do not overlap become one tariff.

    Names are compared without what stands in brackets; where two rates of such a name hold on the same
    days they are different rates, if their full names differ, and refused if not.
    """
    tariffs: list[Tariff] = []
    refused: list[Refusal] = []
    for group in _grouped(rates, by_full_name=False):
        parts = [group] if _follow_on_one_another(group) else _grouped(group, by_full_name=True)
        for part in parts:
            if not _follow_on_one_another(part):
                refused.append(Refusal(f"{part[-1].place}startdate", _overlap(part)))
                continue
            try:
                tariffs.append(_joined(part))
            except InvalidTariff as error:
                refused += [Refusal(f"{part[0].place}{each.path}", each.message) for each in error.problems]
    return tariffs, refused


def _grouped(rates: Sequence[Dated], *, by_full_name: bool) -> list[list[Dated]]:
    groups: dict[tuple[str, str], list[Dated]] = {}
    for rate in rates:
        name = rate.tariff.name if by_full_name else _IN_BRACKETS.sub(" ", rate.tariff.name)
        key = (rate.tariff.utility, slug(name) or slug(rate.tariff.name))
        groups.setdefault(key, []).append(rate)
    return [sorted(group, key=lambda each: each.version.effective_from) for group in groups.values()]


def _follow_on_one_another(group: Sequence[Dated]) -> bool:
    """Whether each begins after the one before, and none runs past the start of the next by more than a day."""
    for before, after in pairwise(group):
        end, start = before.version.effective_to, after.version.effective_from
        if start <= before.version.effective_from or (end is not None and end > start + _ONE_DAY):
            return False
    return True


def _joined(group: Sequence[Dated]) -> Tariff:
    """The latest rate's tariff with the versions of all.

    A rate without an end, or with the next one's first day as its last, ends where the next begins.
    """
    versions = [rate.version for rate in group]
    for index, (before, after) in enumerate(pairwise(group)):
        end, start = before.version.effective_to, after.version.effective_from
        if end is None or end > start:
            versions[index] = replace(versions[index], effective_to=start)
    notes = tuple(dict.fromkeys(note for rate in group for note in rate.tariff.notes))
    tariff = replace(group[-1].tariff, versions=tuple(versions), notes=notes)
    check_tariff(tariff)
    return tariff


def _overlap(group: Sequence[Dated]) -> str:
    name = group[0].tariff.name
    return f"{len(group)} rates named {name!r} hold on the same days"
