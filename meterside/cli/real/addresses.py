"""Real addresses as premises in the database, typed as people type: found uniquely or refused, never wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from meterside.cis.registry.operations import add_premises
from meterside.cis.registry.queries import find_premise
from meterside.kit.addresses import UnableToReadAddress, parse_address
from meterside.kit.addresses.trial import read_real_addresses, run_trial
from meterside.kit.addresses.typing_habits import RealAddress

from . import Figures

_SEED: Final = 20_261_123
_LEAST_HIT_PERCENT: Final = 97


class _Stored:
    """The trial's premises in the registry."""

    def __init__(self, premises: Sequence[RealAddress]) -> None:
        rows = add_premises(
            [(real.stored_text, "Real", "CA", real.zip5, "America/Los_Angeles") for real in premises]
        )
        self._places = {row.pk: place for place, row in enumerate(rows)}

    def find(self, text: str, zip5: str) -> int | None:
        try:
            typed = parse_address(text, zip_code=zip5)
        except UnableToReadAddress:
            return None
        found = find_premise(typed)
        return None if found is None else self._places[found]


def run(data: Path, result: Figures) -> None:
    """2,000 distinct addresses and 100 that repeat, each typed in five ways."""
    result.head("Real addresses, through the database")
    trial = run_trial(
        read_real_addresses(data / "addresses" / "real_addresses_ca.csv"), seed=_SEED, store=_Stored
    )
    for way, each in trial.by_way.items():
        result.say(
            f"typed: {way}",
            {"found": each.found, "refused": each.refused, "wrong": each.wrong},
            f"{way:<22} found {each.found:>5} of {each.unambiguous:>5}, wrong {each.wrong}, "
            f"ambiguous and refused {each.ambiguous_refused}, spelling another real address {each.spelled_another}",
        )
    result.say(
        "addresses",
        {"premises": trial.premises, "hit_percent": round(trial.hit_percent, 2), "wrong": trial.wrong},
        f"{trial.premises:,} premises, {trial.typed:,} typed: hits {trial.hit_percent:.2f} % of the unambiguous "
        f"({trial.found_percent:.2f} % of all but the repeated), errors {trial.error_percent:.2f} %",
    )
    result.must(trial.wrong == 0, f"{trial.wrong} addresses were matched wrongly")
    result.must(trial.hit_percent >= _LEAST_HIT_PERCENT, f"hits are {trial.hit_percent:.2f} %")
