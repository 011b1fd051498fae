"""What a demand charge may say of the demand it bills: ratchet, power factor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from meterside.engine.pricing import Inputs
from meterside.engine.terms.reader import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratchet:
    """At least ``share`` (0.8 is 80 %) of the highest demand of the ``months`` before.

    ``of_months`` says which calendar months' peaks count; empty for all.
    """

    share: Decimal
    months: int = 11
    of_months: tuple[int, ...] = ()

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Its object of a document."""
        found = cls(
            share=reader.number("share"),
            months=reader.integer("months", 11),
            of_months=tuple(reader.integers("of_months")),
        )
        reader.done()
        return found

    def faults(self) -> list[str]:
        """What is wrong with it, in words."""
        found = []
        if not 0 < self.share <= 1:
            found.append("share must be more than 0 and at most 1")
        if not 1 <= self.months <= 11:
            found.append("months must be 1 to 11")
        if any(not 1 <= month <= 12 for month in self.of_months):
            found.append("of_months are numbers from 1 to 12")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerFactor:
    """Demand is billed times ``least`` over the power factor where that is lower than ``least``.

    The power factor is rounded half up to ``step`` where there is one (0.01: whole per cents).
    """

    least: Decimal
    step: Decimal | None = None

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Its object of a document."""
        found = cls(least=reader.number("least"), step=reader.optional_number("step"))
        reader.done()
        return found

    def faults(self) -> list[str]:
        """What is wrong with it, in words."""
        found = [] if 0 < self.least <= 1 else ["least must be more than 0 and at most 1"]
        if self.step is not None and not 0 < self.step < 1:
            found.append("step must be between 0 and 1")
        return found


class PeakMemory:
    """The highest demands of the months before, in the state: one number a calendar month, with its year.

    A month's number is written over a year later, so the state does not grow; two bills that close in
    one month leave the higher.
    """

    def __init__(self, inputs: Inputs, code: str) -> None:
        self._state = inputs.state
        self._code = code

    def _names(self, month: int) -> tuple[str, str]:
        return f"{self._code}.peak.{month:02d}", f"{self._code}.month.{month:02d}"

    def highest_before(self, day: date, ratchet: Ratchet) -> tuple[Decimal, date] | None:
        """The highest of the months before a day's month, with the first day of its month."""
        found: tuple[Decimal, date] | None = None
        for back in range(1, ratchet.months + 1):
            year, month = divmod(day.year * 12 + day.month - 1 - back, 12)
            peak_name, month_name = self._names(month + 1)
            peak, since = self._state.incoming(peak_name), self._state.incoming(month_name)
            counts = not ratchet.of_months or month + 1 in ratchet.of_months
            if peak is None or since != year * 100 + month + 1 or not counts:
                continue
            if found is None or peak > found[0]:
                found = peak, date(year, month + 1, 1)
        return found

    def keep(self, day: date, demand: Decimal) -> None:
        """Remember a demand for a day's month."""
        peak_name, month_name = self._names(day.month)
        stamp = Decimal(day.year * 100 + day.month)
        stored = self._state.get(peak_name) if self._state.get(month_name) == stamp else None
        self._state.put(peak_name, demand if stored is None else max(stored, demand))
        self._state.put(month_name, stamp)
