"""Matching: likeness on the street only, and refusal wherever two places could be meant."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterside.kit.addresses import (
    Ambiguous,
    AmbiguousReason,
    Candidate,
    Match,
    NoMatch,
    Outcome,
    match,
    match_address,
    parse_address,
)

ZIP = "94612"


def stored(*lines: str, zip5: str = ZIP) -> list[Candidate[str]]:
    """Premises whose id is the line they were stored from."""
    found = []
    for line in lines:
        keys = parse_address(line, zip_code=zip5).keys
        found.append(
            Candidate(
                id=line,
                house_number=keys.house_number,
                unit=keys.unit,
                street_key=keys.street_key,
                street_core=keys.street_core,
                zip5=keys.zip5,
            )
        )
    return found


def find(
    typed: str, premises: Sequence[Candidate[str]], *, streets: Iterable[str] = (), zip5: str = ZIP
) -> Outcome[str]:
    """Match as a caller would: all premises' streets are known, and ``streets`` besides."""
    known = {(c.street_key, c.street_core) for c in premises}
    known |= {(c.street_key, c.street_core) for c in stored(*(f"1 {street}" for street in streets))}
    return match_address(parse_address(typed, zip_code=zip5), premises, streets_in_zip=sorted(known))


SEVERAL_STREETS = Ambiguous(AmbiguousReason.SEVERAL_STREETS)
SEVERAL_UNITS = Ambiguous(AmbiguousReason.SEVERAL_UNITS)
SEVERAL_PREMISES = Ambiguous(AmbiguousReason.SEVERAL_PREMISES)
NEAR = Ambiguous(AmbiguousReason.NEAR_ANOTHER_STREET)
OAK = Match("12 Oak St")

# The table of docs/algorithms/address-matching.md: typed, stored premises, other streets in the ZIP, outcome.
CASES: list[tuple[str, list[str], list[str], Outcome[str]]] = [
    ("12 oak street", ["12 Oak St"], [], OAK),
    ("12 Oak Ct", ["12 Oak St"], [], NoMatch()),
    ("12 Oak St", ["12 Oak St", "12 Oak Ct"], [], OAK),
    ("12 Oak", ["12 Oak St"], ["Oak Ct"], OAK),
    ("12 Oak", ["12 Oak St", "12 Oak Ct"], [], SEVERAL_STREETS),
    ("12 Oak", ["12 Oak", "12 Oak St"], [], SEVERAL_STREETS),
    ("12 Oak", ["12 Oak St"], ["Oak"], NoMatch()),
    ("12 Oak St", ["12 Oak"], [], NoMatch()),
    ("12 Oka St", ["12 Oak St"], ["Elm St"], OAK),
    ("12 Ok St", ["12 Oak St"], ["Elm St"], OAK),
    ("12 Oac St", ["12 Oak St"], ["Oat St"], NEAR),
    ("12 Oac St", ["12 Oak St", "12 Oat St"], [], NEAR),
    ("12 Oat St", ["12 Oak St"], ["Oat St"], NoMatch()),
    ("12 Oat St", ["12 Oak St"], ["Oat Ave"], NEAR),
    ("12 Oat St", ["12 Oak St", "12 Oat St"], [], Match("12 Oat St")),
    ("12 Oxx St", ["12 Oak St"], [], NoMatch()),
    ("12 Oac Ct", ["12 Oak St"], [], NoMatch()),
    ("12 Oac", ["12 Oak St"], ["Oak Ct"], NEAR),
    ("12 Oak Stt", ["12 Oak St"], ["Elm St"], OAK),
    ("12 Oak Sr", ["12 Oak St", "12 Oak Dr"], [], NEAR),
    ("12 A St", ["12 B St"], [], NoMatch()),
    ("12 5th St", ["12 6th St"], [], NoMatch()),
    ("12 5ht St", ["12 5th St"], [], Match("12 5th St")),
    ("12 5ht St", ["12 5th St", "12 6th St"], [], NEAR),
    ("12 Moutnan View Ave", ["12 Mountain View Ave"], [], Match("12 Mountain View Ave")),
    ("12 Mtn View", ["12 Mountain View Ave"], [], Match("12 Mountain View Ave")),
    ("12 Park View", ["12 Park View Ter", "12 Park Vw"], [], SEVERAL_STREETS),
    ("12 Park View Terrace", ["12 Park View TR"], [], Match("12 Park View TR")),
    ("12 Park View Trl", ["12 Park View TR", "12 Park View Ter"], [], Match("12 Park View TR")),
    ("12 Park View Ter", ["12 Park View TR", "12 Park View Ter"], [], SEVERAL_STREETS),
    ("12 Main St", ["12 E Main St"], [], Match("12 E Main St")),
    ("12 Main St", ["12 E Main St"], ["W Main St"], SEVERAL_STREETS),
    ("12 Main St", ["12 E Main St"], ["Main St"], NoMatch()),
    ("12 Main St", ["12 E Main St", "12 Main St"], [], Match("12 Main St")),
    ("12 W Main St", ["12 E Main St"], [], NoMatch()),
    ("12 E Main St", ["12 Main St"], [], NoMatch()),
    ("12 Main St E", ["12 Main St W"], [], NoMatch()),
    ("12 Mian St", ["12 E Main St"], [], NoMatch()),
    ("140 Souht Van Ness Ave", ["140 S Van Ness Ave"], ["Van Ness Ave"], Match("140 S Van Ness Ave")),
    ("12 Oak St Apt 5", ["12 Oak St #4", "12 Oak St #5"], [], Match("12 Oak St #5")),
    ("12 Oak St #05", ["12 Oak St Unit 5"], [], Match("12 Oak St Unit 5")),
    ("12 Oak St #6", ["12 Oak St #4", "12 Oak St #5"], [], NoMatch()),
    ("12 Oak St", ["12 Oak St #4", "12 Oak St #5"], [], SEVERAL_UNITS),
    ("12 Oak St", ["12 Oak St", "12 Oak St #5"], [], SEVERAL_UNITS),
    ("12 Oak St", ["12 Oak St #5"], [], NoMatch()),
    ("12 Oak St #5", ["12 Oak St"], [], NoMatch()),
    ("12 Oak B", ["12 Oak St"], [], NoMatch()),
    ("12 Montecito B", ["12 Montecito Ave"], [], NoMatch()),
    ("12 Oak St", ["12 Oak St", "12 Oak St"], [], SEVERAL_PREMISES),
    ("12 Oak St #5", ["12 Oak St #5", "12 Oak St Apt 5"], [], SEVERAL_PREMISES),
    ("13 Oak St", ["12 Oak St"], [], NoMatch()),
    ("12 1/2 Oak St", ["12 Oak St"], [], NoMatch()),
    ("12-14 Oak St", ["12 Oak St", "14 Oak St"], [], NoMatch()),
    ("12B Oak St", ["12 Oak St", "12 Oak St #B"], [], NoMatch()),
    ("0 Oak St", ["0 Oak St"], [], NoMatch()),
    ("Oak St", ["Oak St"], [], NoMatch()),
    ("PO Box 12", ["PO Box 12"], [], Match("PO Box 12")),
    ("RR 2 Box 12", ["RR 2 Box 12", "RR 3 Box 12"], [], Match("RR 2 Box 12")),
    ("RR 2 Box 12", ["RR 3 Box 12"], [], NoMatch()),
    ("12 O'Brien-Nuñez Way", ["12 OBRIEN NUNEZ WAY"], [], Match("12 OBRIEN NUNEZ WAY")),
    ("12 O'Brian Nunez Way", ["12 O'Brien-Nuñez Way"], [], Match("12 O'Brien-Nuñez Way")),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "premises", "streets", "outcome"), CASES)
def test_outcomes(typed: str, premises: list[str], streets: list[str], outcome: Outcome[str]) -> None:
    assert find(typed, stored(*premises), streets=streets) == outcome


def test_zip_is_exact_and_needed() -> None:
    premises = stored("12 Oak St")
    assert find("12 Oak St", premises, zip5="94613") == NoMatch()
    assert find("12 Oak St", premises, zip5="") == NoMatch()


def test_rows_of_another_number_are_not_trusted() -> None:
    assert find("12 Oak St", stored("13 Oak St", "12 Elm St", "12 Oak St")) == OAK


def test_keys_that_do_not_belong_together_are_like_themselves_only() -> None:
    odd = Candidate(id=1, house_number="12", unit="", street_key="OAK ST", street_core="ELM", zip5=ZIP)
    typed = parse_address("12 Elm St", zip_code=ZIP)
    assert match_address(typed, [odd], streets_in_zip=[("OAK ST", "ELM")]) == NoMatch()


STREETS = [
    "Oak St",
    "Oak Ct",
    "Oat St",
    "Elm St",
    "5th St",
    "6th St",
    "E 5th St",
    "Park View Ter",
    "Park Ave",
    "Broadway",
]
LINES = st.builds(
    lambda number, street, unit: f"{number} {street}{unit}",
    st.sampled_from(["12", "13"]),
    st.sampled_from(STREETS),
    st.sampled_from(["", "", " #1", " #2"]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=12), LINES)
def test_order_and_the_fewest_rows_give_the_same_outcome(lines: list[str], typed: str) -> None:
    """The query may hand over two rows a street with the typed unit and two without, in any order."""
    premises = stored(*lines)
    whole = find(typed, premises)
    wanted = parse_address(typed).unit
    seen: dict[tuple[str, str, bool], int] = {}
    fewest = []
    for row in premises:
        group = (row.house_number, row.street_key, row.unit == wanted)
        seen[group] = seen.get(group, 0) + 1
        if seen[group] <= 2:
            fewest.append(row)
    known = sorted({(c.street_key, c.street_core) for c in premises})
    reduced = match_address(parse_address(typed, zip_code=ZIP), fewest[::-1], streets_in_zip=known[::-1])
    assert reduced == whole


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=12, unique=True), st.data())
def test_an_address_typed_as_stored_finds_itself_or_nothing(lines: list[str], data: st.DataObject) -> None:
    typed = data.draw(st.sampled_from(lines))
    outcome = find(typed, stored(*lines))
    assert outcome == Match(typed) or isinstance(outcome, Ambiguous)


def test_the_work_does_not_depend_on_the_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    premises = stored("12 Oak St", "12 Elm St", "12 Pine St #1", "12 Pine St #2")
    compared: list[tuple[str, str]] = []
    counted = match._edits

    def count(typed: str, kept: str) -> int:
        compared.append((typed, kept))
        return counted(typed, kept)

    monkeypatch.setattr(match, "_edits", count)
    work = set()
    outcomes = set()
    for typed in ("12 Oak St", "12 Oka St", "12 Fig St", "12 Pine St", "12 Pine St #3"):
        compared.clear()
        outcomes.add(type(find(typed, premises, streets=["Ash St"])))
        work.add(len(compared))
    assert outcomes == {Match, NoMatch, Ambiguous}
    assert len(work) == 1
