"""Who lives and works in Riverbend, and what they are served with. All names and streets are invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from mimesis import Locale, Person

from .plan import Plan, lane_cycle, lanes

CITY: Final = "Riverbend"
STATE: Final = "CA"
ZIP5: Final = "95099"

STREETS: Final = (
    "Alder Street", "Bluebird Lane", "Boatyard Road", "Cannery Row", "Cedar Street", "Chestnut Avenue",
    "Cottonwood Drive", "Dogwood Court", "Eagle Ridge Road", "Ferry Street", "Foundry Street", "Hawthorn Avenue",
    "Heron Way", "Juniper Street", "Kingfisher Drive", "Laurel Avenue", "Levee Road", "Lockkeeper Lane",
    "Magnolia Avenue", "Maple Avenue", "Meadow Lane", "Mill Street", "Oak Street", "Orchard Road",
    "Otter Creek Road", "Poplar Street", "Quarry Road", "River Road", "Rosewood Drive", "Sandbar Lane",
    "Sawmill Road", "Sycamore Avenue", "Tamarack Street", "Terrace Drive", "Valley View Drive", "Walnut Street",
    "Weir Street", "Willow Street",
)  # fmt: skip
_AREA_CODES: Final = ("209", "408", "530", "707", "831", "916")
ALL_SERVICES: Final = ("electric", "water", "gas", "sewer", "refuse")


@dataclass(frozen=True, slots=True)
class Household:
    """One account: its holder, its place, what it takes, how it uses and how it pays.

    `key` names its meters, random draws and payments, so that making it again makes the same. `habit` is one
    of those in `payments`. `previous` is the household whose premise and meters it took over.
    `moved_in` and `moved_out` bound its agreements; None is the whole history.
    """

    key: str
    cycle: str
    given_name: str
    family_name: str
    organisation: str
    email: str
    phone: str
    address_line: str
    unit: str = ""
    language: str = "en"
    customer_class: str = "residential"
    services: tuple[str, ...] = ALL_SERVICES
    electric_tariff: str = "E-1"
    meter_size: str = '5/8"'
    cart_gallons: str = "32"
    people: int = 2
    #: Thousandths of an ordinary household's use.
    size: int = 1000
    electric_meters: int = 1
    has_intervals: bool = False
    #: For so many days before today a toilet has been running.
    leak_days: int = 0
    habit: str = "autopay"
    moved_in: date | None = None
    moved_out: date | None = None
    previous: Household | None = None

    @property
    def meter_key(self) -> str:
        """The key under which its meters are known."""
        return self.previous.meter_key if self.previous else self.key


_HABITS: Final = (
    ("autopay", 0.34), ("mail", 0.24), ("online", 0.30), ("late", 0.05), ("behind", 0.04), ("ahead", 0.03),
)  # fmt: skip


def others(plan: Plan, n_others: int) -> list[list[Household]]:
    """Riverbend's accounts beside the cast, by lane."""
    draw = np.random.default_rng([plan.seed, 1])
    names = Person(Locale.EN, seed=plan.seed)
    places = _places(draw, n_others)
    return [
        [_ordinary(index, lane, places[index], names, draw) for index in lane_indices]
        for lane, lane_indices in enumerate(lanes(n_others))
    ]


def _places(draw: np.random.Generator, count: int) -> list[str]:
    """Distinct addresses on the streets; the cast lives at numbers below 1000 only."""
    a_street = -(-count // len(STREETS))
    numbers = [1000 + 4 * int(place) for place in draw.permutation(max(a_street, 1))]
    lines = [f"{number} {street}" for number in numbers for street in STREETS]
    return lines[:count]


def _ordinary(
    index: int, lane: int, address_line: str, names: Person, draw: np.random.Generator
) -> Household:
    given, family = names.first_name(), names.last_name()
    # Numbers 555-0100 to 555-0199 are kept for stories.
    phone = f"({_AREA_CODES[index // 100 % len(_AREA_CODES)]}) 555-01{index % 100:02d}"
    people = int(draw.choice([1, 2, 3, 4, 5], p=[0.24, 0.34, 0.18, 0.16, 0.08]))
    has_gas = bool(draw.random() < 0.7)
    return Household(
        key=f"{index:05d}",
        cycle=lane_cycle(lane).code,
        given_name=given,
        family_name=family,
        organisation="",
        email=f"{_ascii(given)}.{_ascii(family)}.{index}@example.net",
        phone=phone,
        address_line=address_line,
        language="es" if draw.random() < 0.15 else "en",
        services=ALL_SERVICES if has_gas else ("electric", "water", "sewer", "refuse"),
        electric_tariff="E-2" if draw.random() < 0.25 else "E-1",
        meter_size=str(draw.choice(['5/8"', '3/4"', '1"'], p=[0.6, 0.3, 0.1])),
        cart_gallons=str(draw.choice(["20", "32", "64", "96"], p=[0.15, 0.5, 0.28, 0.07])),
        people=people,
        size=int(draw.integers(650, 1500)),
        has_intervals=index % 10 == 0,
        habit=str(draw.choice([name for name, _ in _HABITS], p=[share for _, share in _HABITS])),
    )


def _ascii(name: str) -> str:
    kept = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalpha())
    return kept or "resident"
