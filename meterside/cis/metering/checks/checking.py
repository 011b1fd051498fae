"""Arrays of day rows looked at by the rules of their days: what was found, and what is held back.

What is looked at is what a source says, before it is stored; so a day that comes in parts is looked at in parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meterside.engine import validation
from meterside.engine.interval import Quality
from meterside.engine.validation_rule import Action, RuleKind, ValidationRule
from meterside.kit.sql import among

from ..store.day_arrays import DayArrays
from .customers import customers_of
from .rules import RuleBook, rules_on

_Rows = NDArray[np.bool_]
_Rules = Mapping[RuleKind, ValidationRule]
#: How many months before a day say what is usual.
_USUAL_MONTHS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What a rule found of a channel's day. `values` and `slots` are the day and which of it were held, if any."""

    channel_id: int
    day: date
    rule: RuleKind
    facts: dict[str, Any]
    values: NDArray[np.int64] | None = None
    slots: _Rows | None = None


@dataclass(frozen=True, slots=True)
class Channels:
    """Of each row its channel's meter, commodity and direction, and what it uses on a usual day (0: unknown)."""

    device_ids: NDArray[np.int64]
    commodities: NDArray[np.str_]
    directions: NDArray[np.str_]
    usual: NDArray[np.float64]


_CHANNELS = """
    SELECT c.id, c.device_id, d.commodity, c.direction, coalesce(h.usual, 0)
      FROM cis_registry_channel c
      JOIN cis_registry_device d ON d.id = c.device_id
      LEFT JOIN (SELECT channel_id, sum(total)::float8 / sum(n_days) AS usual
                   FROM cis_metering_monthtotal
                  WHERE channel_id {among} AND n_days > 0
                    AND month >= %s::date - %s * interval '1 month' AND month < %s
                  GROUP BY channel_id) h ON h.channel_id = c.id
     WHERE c.id {among} ORDER BY c.id
"""


def _channels(channel_ids: NDArray[np.int64], day: date) -> Channels:
    keys = np.unique(channel_ids).tolist()
    month = day.replace(day=1)
    condition, asked = among(keys)
    with connection.cursor() as cursor:
        statement = _CHANNELS.replace("{among}", condition)
        cursor.execute(statement, [*asked, month, _USUAL_MONTHS, month, *asked])
        rows = cursor.fetchall()
    if not rows:
        raise ValueError("day rows of channels that do not exist")
    known = np.array([row[0] for row in rows], dtype=np.int64)
    at = np.searchsorted(known, channel_ids).clip(max=len(known) - 1)
    return Channels(
        device_ids=np.array([row[1] for row in rows], dtype=np.int64)[at],
        commodities=np.array([row[2] for row in rows])[at],
        directions=np.array([row[3] for row in rows])[at],
        usual=np.array([row[4] for row in rows], dtype=np.float64)[at],
    )


@dataclass(frozen=True, slots=True, eq=False)
class DayFacts:
    """What the rules of a day need beside its rows: which rows those are, their channels, and who has the service."""

    day: date
    rows: NDArray[np.int64]
    book: RuleBook
    channels: Channels
    classes: NDArray[np.str_]
    is_active: _Rows

    def within(self, start: int, end: int) -> Iterator[DayFacts]:
        """The facts of a block's rows from `start` to `end`, where it has any of this day there."""
        first, last = np.searchsorted(self.rows, [start, end]).tolist()
        if first < last:
            here, channels = slice(first, last), self.channels
            yield DayFacts(
                day=self.day,
                rows=self.rows[here] - start,
                book=self.book,
                channels=Channels(
                    channels.device_ids[here],
                    channels.commodities[here],
                    channels.directions[here],
                    channels.usual[here],
                ),
                classes=self.classes[here],
                is_active=self.is_active[here],
            )


class Asker:
    """Asks the database what the rules need to know of blocks; knows the rules of each day it has met."""

    def __init__(self) -> None:
        self._books: dict[date, RuleBook] = {}

    def facts(self, block: DayArrays) -> list[DayFacts]:
        """The facts of each of a block's days that any rule looks at."""
        found = []
        for number in np.unique(block.days):
            rows = np.flatnonzero(block.days == number)
            day = block.day(int(rows[0]))
            if day not in self._books:
                self._books[day] = rules_on(day)
            if self._books[day]:
                found.append(_day_facts(block.channel_ids[rows], rows, day, self._books[day]))
        return found


def _day_facts(keys: NDArray[np.int64], rows: NDArray[np.int64], day: date, book: RuleBook) -> DayFacts:
    classes, is_active = np.full(len(rows), ""), np.ones(len(rows), dtype=np.bool_)
    if book.minds_classes:
        customers = customers_of(keys.tolist(), day)
        classes, is_active = customers.classes, customers.is_active
    return DayFacts(day, rows, book, _channels(keys, day), classes, is_active)


def check_block(block: DayArrays, facts: Sequence[DayFacts]) -> tuple[DayArrays, list[Finding]]:
    """The block without what is held back, and what was found. Asks nobody anything."""
    held = np.zeros(block.values.shape, dtype=np.bool_)
    found = [finding for of_day in facts for finding in _check_day(block, of_day, held)]
    return _without(block, held), found


def _without(block: DayArrays, held: _Rows) -> DayArrays:
    if not held.any():
        return block
    quality = np.zeros(block.values.shape, dtype=np.uint8) if block.quality is None else block.quality.copy()
    quality[held] = Quality.MISSING
    return replace(block, values=np.where(held, 0, block.values), quality=quality)


def _check_day(block: DayArrays, facts: DayFacts, held: _Rows) -> Iterator[Finding]:
    names = np.char.add(np.char.add(facts.channels.commodities, "/"), facts.classes)
    groups, group_of = np.unique(names, return_inverse=True)
    for number, name in enumerate(groups):
        commodity, _, customer_class = str(name).partition("/")
        here = np.flatnonzero(group_of == number)
        usual, is_active = facts.channels.usual[here], facts.is_active[here]
        seen = _Seen(block, facts.rows[here], facts.day, usual, is_active)
        yield from seen.findings(facts.book.of(commodity, customer_class), held)
    if facts.book.minds(RuleKind.BOTH_WAYS):
        yield from _both_ways(block, facts)


@dataclass(eq=False)
class _Seen:
    """Rows of one day, commodity and class as the rules see them."""

    block: DayArrays
    rows: NDArray[np.int64]
    day: date
    usual: NDArray[np.float64]
    is_active: _Rows

    @cached_property
    def values(self) -> NDArray[np.int64]:
        is_all = len(self.rows) == len(self.block)
        found: NDArray[np.int64] = self.block.values if is_all else self.block.values[self.rows]
        return found

    @cached_property
    def quality(self) -> NDArray[np.uint8] | None:
        return None if self.block.quality is None else self.block.quality[self.rows]

    @cached_property
    def totals(self) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self.values.sum(axis=1)
        return found

    @cached_property
    def is_whole(self) -> _Rows:
        whole: _Rows = validation.n_missing(self.values, self.quality) == 0
        return whole

    def findings(self, rules: _Rules, held: _Rows) -> Iterator[Finding]:
        """What these rules find; slots that are held back are marked in `held`."""
        for kind, rule in rules.items():
            slots = self._slots(kind, rule)
            if slots is not None:
                yield from self._of_slots(rule, slots, held)
                continue
            found = self._found(kind, rule)
            for at in () if found is None else np.flatnonzero(found).tolist():
                yield self._finding(kind, at, self._facts(kind, at))

    def _slots(self, kind: RuleKind, rule: ValidationRule) -> _Rows | None:
        if kind is RuleKind.SPIKE:
            return validation.spikes(self.values, self.quality, times=rule.times, above=rule.above)
        return validation.negatives(self.values, self.quality) if kind is RuleKind.NEGATIVE else None

    def _of_slots(self, rule: ValidationRule, slots: _Rows, held: _Rows) -> Iterator[Finding]:
        for at in np.flatnonzero(slots.any(axis=1)).tolist():
            places, values = np.flatnonzero(slots[at]), self.values[at]
            facts = {
                "intervals": len(places),
                "first": int(places[0]),
                "least": int(values[slots[at]].min()),
                "most": int(values[slots[at]].max()),
                "seconds": self.block.seconds,
            }
            if rule.action is Action.HOLD:
                held[self.rows[at]] |= slots[at]
                yield self._finding(rule.rule, at, {**facts, "held": True}, values.copy(), slots[at])
            else:
                yield self._finding(rule.rule, at, facts)

    def _found(self, kind: RuleKind, rule: ValidationRule) -> _Rows | None:
        block, seconds = self.block, self.block.seconds
        match kind:
            case RuleKind.HIGH:
                return validation.over_usual(self.totals, self.usual, times=rule.times, above=rule.above)
            case RuleKind.LOW:
                low = validation.under_usual(self.totals, self.usual, share=rule.share, above=rule.above)
                return np.logical_and(low, self.is_whole)
            case RuleKind.ZERO_RUN:
                return validation.zero_runs(self.values, self.quality, seconds=seconds, hours=rule.hours)
            case RuleKind.CONSTANT:
                return validation.constant_runs(
                    self.values, self.quality, seconds=seconds, hours=rule.hours, above=rule.above
                )
            case RuleKind.INACTIVE:
                return validation.inactive_use(self.totals, self.is_active, above=rule.above)
            case RuleKind.DUPLICATE if block.n_duplicates is not None:
                found: _Rows = block.n_duplicates[self.rows] > rule.above
                return found
            case RuleKind.CLOCK_DRIFT if block.drift_s is not None:
                return validation.clock_drift(block.drift_s[self.rows], seconds=rule.seconds)
        return None

    def _facts(self, kind: RuleKind, at: int) -> dict[str, Any]:
        facts: dict[str, Any] = {"total": int(self.totals[at])}
        if kind in (RuleKind.HIGH, RuleKind.LOW):
            facts["usual"] = round(float(self.usual[at]))
        if kind is RuleKind.CONSTANT:
            values, counts = np.unique(self.values[at][self.values[at] > 0], return_counts=True)
            facts["value"] = int(values[counts.argmax()])
        if kind is RuleKind.DUPLICATE and self.block.n_duplicates is not None:
            facts["reads"] = int(self.block.n_duplicates[self.rows[at]])
        if kind is RuleKind.CLOCK_DRIFT and self.block.drift_s is not None:
            facts["seconds"] = int(self.block.drift_s[self.rows[at]])
        return facts

    def _finding(
        self,
        kind: RuleKind,
        at: int,
        facts: dict[str, Any],
        values: NDArray[np.int64] | None = None,
        slots: _Rows | None = None,
    ) -> Finding:
        key = int(self.block.channel_ids[self.rows[at]])
        return Finding(key, self.day, kind, facts, values, slots)


def _both_ways(block: DayArrays, facts: DayFacts) -> Iterator[Finding]:
    """Meters whose delivered and received channels ran in the same intervals."""
    channels = facts.channels
    delivered = {
        int(device): int(row)
        for device, way, row in zip(channels.device_ids, channels.directions, facts.rows, strict=True)
        if way == "delivered"
    }
    for place in np.flatnonzero(channels.directions == "received").tolist():
        commodity, customer_class = str(channels.commodities[place]), str(facts.classes[place])
        rule = facts.book.of(commodity, customer_class).get(RuleKind.BOTH_WAYS)
        other, row = delivered.get(int(channels.device_ids[place])), int(facts.rows[place])
        if rule is None or other is None:
            continue
        slots = validation.both_ways(block.values[other], block.values[row], above=rule.above)
        if slots.any():
            said = {"intervals": int(slots.sum()), "first": int(slots.argmax()), "seconds": block.seconds}
            yield Finding(int(block.channel_ids[row]), facts.day, RuleKind.BOTH_WAYS, said)
