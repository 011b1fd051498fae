"""How often typed addresses are found, refused and mistaken: a measurement on real addresses.

Premises are made from a file of real addresses; each is typed as people type. What is right is decided from
the file's own columns, not by the parser and matcher under trial. The same seed gives the same trial.
"""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from meterside.kit.addresses.match import Candidate, Match, match_address
from meterside.kit.addresses.parse import parse_address
from meterside.kit.addresses.reading import UnableToReadAddress
from meterside.kit.addresses.typing_habits import WAYS, RealAddress, typed_as


def read_real_addresses(path: Path) -> list[RealAddress]:
    """Addresses of a CSV with the columns number, predir, street, type, unit and zip; number 0 is left out."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{name: value.strip() for name, value in row.items()} for row in csv.DictReader(file)]
    return [
        RealAddress(
            number=row["number"],
            predirectional=row["predir"],
            street=row["street"],
            suffix=row["type"],
            unit=row["unit"],
            zip5=row["zip"],
        )
        for row in rows
        if row["number"] != "0"
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayResult:
    """Outcomes of one way of typing.

    ``wrong`` counts every match of another premise than the one meant, and every match of what is ambiguous by
    nature. ``spelled_another``: the typing error made, letter for letter, the address that was then found.
    """

    found: int
    refused: int
    wrong: int
    ambiguous_refused: int
    spelled_another: int

    @property
    def unambiguous(self) -> int:
        return self.found + self.refused + self.wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """What a trial gave; counts are of typed addresses except where named otherwise."""

    premises: int
    repeated_addresses: int
    by_way: Mapping[str, WayResult]
    examples: Sequence[str] = field(default=())

    @property
    def typed(self) -> int:
        return sum(w.unambiguous + w.ambiguous_refused + w.spelled_another for w in self.by_way.values())

    @property
    def wrong(self) -> int:
        return sum(way.wrong for way in self.by_way.values())

    @property
    def unambiguous(self) -> int:
        return sum(way.unambiguous for way in self.by_way.values())

    @property
    def found(self) -> int:
        return sum(way.found for way in self.by_way.values())

    @property
    def hit_percent(self) -> float:
        """Found, of the unambiguous."""
        return 100.0 * self.found / self.unambiguous if self.unambiguous else 0.0

    @property
    def found_percent(self) -> float:
        """Found, of all typed but the repeated addresses: here what is ambiguous by nature counts as a miss."""
        typed = self.typed - self.repeated_addresses * len(self.by_way)
        return 100.0 * self.found / typed if typed else 0.0

    @property
    def error_percent(self) -> float:
        """Matched wrongly, of all typed."""
        return 100.0 * self.wrong / self.typed if self.typed else 0.0


class Finder(Protocol):
    """Premises that were stored, found again by what somebody types."""

    def find(self, text: str, zip5: str) -> int | None:
        """The place in the stored sequence of the one premise that is named, or None."""


class _Utility:
    """Premises of the trial, stored and fetched as the database would."""

    def __init__(self, premises: Sequence[RealAddress]) -> None:
        self.by_number: dict[tuple[str, str], list[Candidate[int]]] = defaultdict(list)
        streets: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for premise_id, real in enumerate(premises):
            keys = parse_address(real.stored_text, zip_code=real.zip5).keys
            candidate = Candidate(
                id=premise_id,
                house_number=keys.house_number,
                unit=keys.unit,
                street_key=keys.street_key,
                street_core=keys.street_core,
                zip5=keys.zip5,
            )
            self.by_number[keys.zip5, keys.house_number].append(candidate)
            streets[keys.zip5].add((keys.street_key, keys.street_core))
        self.streets = {zip5: sorted(found) for zip5, found in streets.items()}

    def find(self, text: str, zip5: str) -> int | None:
        try:
            typed = parse_address(text, zip_code=zip5)
        except UnableToReadAddress:
            return None
        outcome = match_address(
            typed,
            self.by_number.get((typed.zip5, typed.house_number), []),
            streets_in_zip=self.streets.get(typed.zip5, []),
        )
        return outcome.id if isinstance(outcome, Match) else None


class _Truth:
    """What is ambiguous by nature: decided from the written columns only."""

    def __init__(self, premises: Sequence[RealAddress]) -> None:
        self.addresses = Counter(p.identity for p in premises)
        self.bare = {(*p.without_suffix, p.unit) for p in premises}
        self.units: dict[tuple[str, ...], set[str]] = defaultdict(set)
        self.suffixes: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for premise in premises:
            self.units[premise.building].add(premise.unit)
            self.suffixes[premise.without_suffix].add(premise.full_suffix)

    def nature(self, typed: RealAddress, meant: RealAddress) -> str:
        """'plain', or why no reader could tell from these words alone which premise is meant.

        'ambiguous': several premises have this very address, no unit in a building with several, or no suffix
        where that number exists on two streets of the name. 'another': a typing error spells, letter for
        letter, the address of another premise.
        """
        if self.addresses[meant.identity] > 1:
            return "ambiguous"
        if not typed.unit and len(self.units[meant.building]) > 1:
            return "ambiguous"
        if not typed.suffix and meant.suffix and len(self.suffixes[meant.without_suffix]) > 1:
            return "ambiguous"
        is_another = typed.identity != meant.identity and typed.identity in self.addresses
        # Without a suffix, the mistyped name may be another street's with any suffix.
        if typed.without_suffix != meant.without_suffix and not typed.suffix:
            is_another = (*typed.without_suffix, typed.unit) in self.bare
        return "another" if is_another else "plain"


def run_trial(
    addresses: Sequence[RealAddress],
    *,
    seed: int,
    premises: int | None = 2_000,
    repeated: int = 100,
    ways: Sequence[str] = WAYS,
    store: Callable[[Sequence[RealAddress]], Finder] = _Utility,
) -> TrialResult:
    """Type every one of ``premises`` distinct addresses (None: all) in each of ``ways``.

    ``repeated`` further addresses that the file holds several times without a unit become several premises
    each, and are typed too: they must all be refused. ``store`` keeps the premises; the default does so in memory.
    """
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice, not a secret
    copies = Counter(address.identity for address in addresses)
    distinct = list({address.identity: address for address in addresses}.values())
    repeats = [a for a in distinct if not a.unit and copies[a.identity] > 1]
    several = chance.sample(repeats, min(repeated, len(repeats)))
    left = [a for a in distinct if a not in set(several)]
    single = left if premises is None else chance.sample(left, min(premises, len(left)))
    stored = single + [a for a in several for _ in range(copies[a.identity])]
    utility, truth = store(stored), _Truth(stored)
    counts: dict[str, Counter[str]] = {way: Counter() for way in ways}
    examples: list[str] = []
    for premise_id, real in enumerate(single + several):
        for way in ways:
            text, typed = typed_as(way, real, chance)
            found = utility.find(text, real.zip5)
            outcome = _outcome(found, premise_id, truth.nature(typed, real), stored, typed)
            counts[way][outcome] += 1
            if outcome in {"refused", "wrong"}:
                examples.append(f"{outcome}: {way}: {text!r} for {real.stored_text!r} {real.zip5}")
    return TrialResult(
        premises=len(stored),
        repeated_addresses=len(several),
        by_way={way: WayResult(**{name: counts[way][name] for name in _OUTCOMES}) for way in ways},
        examples=examples,
    )


_OUTCOMES = ("found", "refused", "wrong", "ambiguous_refused", "spelled_another")


def _outcome(
    found: int | None, meant: int, nature: str, stored: Sequence[RealAddress], typed: RealAddress
) -> str:
    if found is None:
        return "refused" if nature == "plain" else "ambiguous_refused"
    if nature == "plain":
        return "found" if found == meant else "wrong"
    # A match of what is ambiguous was luck or harm; only words that are another's address may find that other.
    spelled = (*typed.without_suffix, typed.unit)
    is_at_its_word = nature == "another" and (*stored[found].without_suffix, stored[found].unit) == spelled
    return "spelled_another" if is_at_its_word else "wrong"
