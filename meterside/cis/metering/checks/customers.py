"""Who has the service a channel measures: asked of a floor above, which says at start how it is answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Customers:
    """Of each channel asked about, in that order: the class of who has the service that day, "" where nobody has."""

    classes: NDArray[np.str_]

    @property
    def is_active(self) -> NDArray[np.bool_]:
        """Whether anybody has the service."""
        found: NDArray[np.bool_] = self.classes != ""
        return found


CustomerSource = Callable[[Sequence[int], date], Customers]
_sources: list[CustomerSource] = []


def answer_with(source: CustomerSource) -> None:
    """Say, once at start, who answers."""
    _sources[:] = [source]


def customers_of(channel_ids: Sequence[int], day: date) -> Customers:
    """The customers of these channels on a day; without anybody who answers all have one of no class."""
    if _sources:
        return _sources[0](channel_ids, day)
    return Customers(np.full(len(channel_ids), "unknown"))
