"""The trial on real addresses, and that the trial itself would see a wrong match."""

import os
import random
from pathlib import Path

import pytest

from meterside.kit.addresses import Match, trial
from meterside.kit.addresses.trial import read_real_addresses, run_trial
from meterside.kit.addresses.typing_habits import HARD_WAYS, WAYS, RealAddress, typed_as

needs_real_data = pytest.mark.skipif(
    "METERSIDE_REAL_DATA" not in os.environ, reason="METERSIDE_REAL_DATA is not set"
)


def real(number: str, street: str, suffix: str, unit: str = "", predirectional: str = "") -> RealAddress:
    return RealAddress(
        number=number, predirectional=predirectional, street=street, suffix=suffix, unit=unit, zip5="94612"
    )


@pytest.fixture(scope="module")
def addresses() -> list[RealAddress]:
    return read_real_addresses(
        Path(os.environ["METERSIDE_REAL_DATA"]) / "addresses" / "real_addresses_ca.csv"
    )


@pytest.mark.real_data
@needs_real_data
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_thousand_real_addresses_are_found_and_none_is_mistaken(
    addresses: list[RealAddress], seed: int
) -> None:
    result = run_trial(addresses, seed=seed)
    assert result.wrong == 0
    assert result.hit_percent >= 97
    assert result.found_percent >= 96
    assert result.repeated_addresses == 100
    assert result.typed == 5 * 2_100
    # The repeated ones, all five ways, and those without a unit in a building with several.
    assert 500 <= result.typed - result.unambiguous <= 800


@pytest.mark.real_data
@needs_real_data
def test_harder_ways_are_never_mistaken(addresses: list[RealAddress]) -> None:
    result = run_trial(addresses, seed=4, premises=1_000, ways=HARD_WAYS)
    assert result.wrong == 0
    assert result.found > 0


TOWN = [
    real("12", "OAK", "ST"),
    real("12", "OAK", "AVE"),
    real("14", "ELM", "ST", "1"),
    real("14", "ELM", "ST", "2"),
    real("16", "ELM", "ST"),
    real("16", "ELM", "ST"),
]


def test_what_is_ambiguous_by_nature_is_counted_apart() -> None:
    result = run_trial(TOWN, seed=1, premises=None, ways=["missing suffix", "case"])
    assert result.repeated_addresses == 1
    assert result.premises == 6
    suffix, case = result.by_way["missing suffix"], result.by_way["case"]
    assert (suffix.found, suffix.ambiguous_refused) == (2, 3)  # both Oaks, and the repeated Elm
    assert (case.found, case.ambiguous_refused) == (4, 1)
    assert (result.wrong, result.found, result.unambiguous) == (0, 6, 6)
    assert (result.hit_percent, result.found_percent, result.error_percent) == (100, 75, 0)


def test_a_matcher_that_picks_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking the first row, as a careless look-up would, must show as errors."""
    monkeypatch.setattr(
        trial, "match_address", lambda typed, rows, *, streets_in_zip: Match(rows[0].id) if rows else None
    )
    result = run_trial(TOWN, seed=1, premises=None, ways=["case", "missing suffix"])
    assert result.wrong >= 6
    assert result.error_percent > 50


def test_the_same_seed_types_the_same() -> None:
    assert run_trial(TOWN, seed=7, premises=None) == run_trial(TOWN, seed=7, premises=None)


@pytest.mark.parametrize("way", [*WAYS, *HARD_WAYS])
def test_every_way_types_something(way: str) -> None:
    chance = random.Random(1)
    for address in (
        *TOWN,
        real("7", "1ST", "AV", "2 A", "E"),
        real("9", "SOUTH VAN NESS", "AVE", "7"),
        real("5", "BROADWAY", ""),
    ):
        text, _ = typed_as(way, address, chance)
        assert address.number in text


def test_typing_errors_are_of_all_kinds_and_never_none() -> None:
    chance = random.Random(1)
    names = {typed_as("typing error", real("12", "OAK", "ST"), chance)[1].street for _ in range(500)}
    assert "OAK" not in names
    assert {"AOK", "OKA", "OK", "AK", "OA", "OOAK", "OAAK", "OAKK"} <= names
    assert any(len(name) == 3 and name[1:] == "AK" for name in names)
