"""The rows of all slabs as one feed: the hour that comes twice, dials turned into use, received apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from meterside.contracts.metering import (
    DIAL_WENT_BACK,
    BoundaryReads,
    DialRead,
    Feed,
    FileFacts,
    FlowDirection,
    ReadColumns,
    ReadKind,
    Reason,
    Refusal,
    RegisterReads,
    steps_s,
)
from meterside.engine.interval import Quality

from .mapping import CsvMapping, Kind, RepeatedHour, Sign

#: The other instant of a stamp that names only one.
NO_INSTANT: Final = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows that were understood. `second_s` is the other instant a stamp of the repeated hour may mean (None where
    no stamp is of one), `drift_s` how far behind its instant a stamp lay (None where none did).
    """

    channel: NDArray[np.int32]
    start_s: NDArray[np.int64]
    second_s: NDArray[np.int64] | None
    value: NDArray[np.int64]
    quality: NDArray[np.uint8] | None
    line: NDArray[np.int32]
    drift_s: NDArray[np.int16] | None = None

    def taken(self, at: NDArray[np.intp] | NDArray[np.bool_]) -> Rows:
        """Some of the rows."""
        quality = None if self.quality is None else self.quality[at]
        second_s = None if self.second_s is None else self.second_s[at]
        drift_s = None if self.drift_s is None else self.drift_s[at]
        return Rows(
            self.channel[at], self.start_s[at], second_s, self.value[at], quality, self.line[at], drift_s
        )


def feed_of(
    parts: list[Rows],
    *,
    names: tuple[str, ...],
    mapping: CsvMapping,
    file: FileFacts,
    rows: int,
    no_reads: int,
    refusals: Sequence[Refusal],
) -> Feed:
    """The feed of all rows of a file. `parts` is empty afterwards: a large file's rows are not held twice."""
    refused = list(refusals)
    table, boundaries = _settled(_joined(parts), mapping, names, refused), None
    feed = Feed(file, rows, (), (), no_reads=no_reads)
    if mapping.kind is Kind.REGISTER:
        feed = replace(feed, registers=_registers(table, mapping, names))
    else:
        if mapping.kind is Kind.CUMULATIVE:
            table, boundaries = _differences(table, mapping, names, refused)
        feed = replace(feed, columns=_columns(table, mapping, names, boundaries))
    if feed.is_empty and not refused:
        refused.append(Refusal(0, Reason.NO_READS, "The file has no reads: there is nothing to import."))
    return replace(feed, refusals=tuple(sorted(refused, key=lambda refusal: refusal.line)))


def _joined(parts: list[Rows]) -> Rows:
    """All parts as one. Parts are let go as soon as they are copied."""
    size = sum(len(part.start_s) for part in parts)
    has_quality = any(part.quality is not None for part in parts)
    table = Rows(
        channel=np.empty(size, np.int32),
        start_s=np.empty(size, np.int64),
        second_s=np.empty(size, np.int64) if any(part.second_s is not None for part in parts) else None,
        value=np.empty(size, np.int64),
        quality=np.empty(size, np.uint8) if has_quality else None,
        line=np.empty(size, np.int32),
        drift_s=np.zeros(size, np.int16) if any(part.drift_s is not None for part in parts) else None,
    )
    end = size
    while parts:
        part = parts.pop()
        at = slice(end - len(part.start_s), end)
        table.channel[at], table.start_s[at], table.value[at] = part.channel, part.start_s, part.value
        table.line[at] = part.line
        if table.quality is not None and part.quality is not None:
            table.quality[at] = part.quality
        if table.drift_s is not None and part.drift_s is not None:
            table.drift_s[at] = part.drift_s
        if table.second_s is not None:
            table.second_s[at] = NO_INSTANT if part.second_s is None else part.second_s
        end = at.start
    return table


def _settled(table: Rows, mapping: CsvMapping, names: tuple[str, ...], refused: list[Refusal]) -> Rows:
    """Every row at one instant: those of the hour that comes twice by the mapping's rule, or refused."""
    if table.second_s is None or mapping.repeated_hour is RepeatedHour.FIRST:
        return table
    twice = np.flatnonzero(table.second_s != NO_INSTANT)
    start_s = table.start_s.copy()
    if mapping.repeated_hour is RepeatedHour.SECOND:
        start_s[twice] = table.second_s[twice]
        return replace(table, start_s=start_s)
    unsure = np.ones(len(twice), dtype=np.bool_)
    if mapping.repeated_hour is RepeatedHour.IN_ORDER:
        order = np.lexsort((table.line[twice], table.start_s[twice], table.channel[twice]))
        keys = np.stack([table.channel[twice][order].astype(np.int64), table.start_s[twice][order]])
        begins = (
            np.append(True, (np.diff(keys, axis=1) != 0).any(axis=0)) if len(order) else np.zeros(0, bool)
        )
        group = np.cumsum(begins) - 1
        sizes = np.bincount(group)
        place = np.arange(len(order)) - np.flatnonzero(begins)[group]
        is_pair = sizes[group] == 2
        unsure[order] = ~is_pair
        later = twice[order[is_pair & (place == 1)]]
        start_s[later] = table.second_s[later]
    words = "The hour comes twice when the clocks go back, and the file does not say which one this is."
    for index in twice[unsure].tolist():
        name = names[int(table.channel[index])]
        raw = f"{name} value={int(table.value[index])}"[:200]
        refused.append(
            Refusal(int(table.line[index]), Reason.AMBIGUOUS_LOCAL_TIME, words, raw, name, mapping.stamp)
        )
    keep = np.ones(len(start_s), dtype=np.bool_)
    keep[twice[unsure]] = False
    return replace(table, start_s=start_s).taken(keep)


def _differences(
    table: Rows, mapping: CsvMapping, names: tuple[str, ...], refused: list[Refusal]
) -> tuple[Rows, BoundaryReads | None]:
    """The use between two dial values an interval apart, and the values that lack a neighbour in this file.

    A dial that went back is refused, never guessed at.
    """
    order = np.lexsort((table.line, table.start_s, table.channel))
    table = table.taken(order)
    same = (np.diff(table.channel) == 0) & (np.diff(table.start_s) == 0) & (np.diff(table.value) == 0)
    if same.any():
        table = table.taken(np.append(True, ~same))
    is_same_channel, step = np.diff(table.channel) == 0, np.diff(table.start_s)
    follows = is_same_channel & np.isin(step, steps_s(mapping.interval_s))
    use = np.diff(table.value)
    words = DIAL_WENT_BACK
    for index in np.flatnonzero(follows & (use < 0)).tolist():
        name = names[int(table.channel[index])]
        raw = f"{name} {int(table.value[index])} then {int(table.value[index + 1])}"[:200]
        line = int(table.line[index + 1])
        refused.append(Refusal(line, Reason.DIAL_WENT_BACK, words, raw, name, mapping.value))
    good = np.flatnonzero(follows & (use >= 0))
    quality = None
    if table.quality is not None:
        # A difference is as good as the worse of its two ends.
        before, after = table.quality[good], table.quality[good + 1]
        is_measured = (before == Quality.MEASURED) & (after == Quality.MEASURED)
        quality = np.where(is_measured, np.uint8(Quality.MEASURED), np.uint8(Quality.ESTIMATED))
    reads = Rows(
        channel=table.channel[good],
        start_s=table.start_s[good],
        second_s=None,
        value=use[good],
        quality=quality,
        line=table.line[good + 1],
        drift_s=None if table.drift_s is None else table.drift_s[good + 1],
    )
    return reads, _boundaries(table, follows, is_same_channel & (step == 0))


def _boundaries(
    table: Rows, follows: NDArray[np.bool_], contradicts: NDArray[np.bool_]
) -> BoundaryReads | None:
    """Rows without a neighbour an interval before or after; not those that say two things of one instant."""
    if not len(table.start_s):
        return None
    opens, closes = ~np.append(False, follows), ~np.append(follows, False)
    is_doubted = np.append(False, contradicts) | np.append(contradicts, False)
    at = np.flatnonzero((opens | closes) & ~is_doubted)
    kept = table.taken(at)
    return BoundaryReads(
        kept.channel, kept.start_s, kept.value, kept.line, kept.quality, opens[at], closes[at]
    )


def _columns(
    table: Rows, mapping: CsvMapping, names: tuple[str, ...], boundaries: BoundaryReads | None
) -> tuple[ReadColumns, ...]:
    if not len(table.start_s) and not boundaries:
        return ()
    if mapping.sign is not Sign.NEGATIVE_IS_RECEIVED:
        columns = _of_one(table, mapping, names, mapping.direction, table.value)
        return (replace(columns, boundaries=boundaries),)
    returns = np.zeros(len(names), dtype=np.bool_)
    returns[table.channel[table.value < 0]] = True
    delivered = _of_one(table, mapping, names, FlowDirection.DELIVERED, np.maximum(table.value, 0))
    # A meter that gives back told that it gave nothing in the hours of a file without any: the zeros are reads, too.
    received = _of_one(table, mapping, names, FlowDirection.RECEIVED, np.maximum(-table.value, 0))
    return delivered, replace(received, may_be_unknown=~returns)


def _of_one(
    table: Rows,
    mapping: CsvMapping,
    names: tuple[str, ...],
    direction: FlowDirection,
    value: NDArray[np.int64],
) -> ReadColumns:
    return ReadColumns(
        names=names,
        meters=names,
        commodity=mapping.commodity,
        unit=mapping.read_unit,
        direction=direction,
        interval_s=mapping.interval_s,
        channel=table.channel,
        start_s=table.start_s,
        value=value,
        line=table.line,
        quality=table.quality,
        multiplier_applied=mapping.multiplier_applied,
        drift_s=table.drift_s,
    )


def _registers(table: Rows, mapping: CsvMapping, names: tuple[str, ...]) -> tuple[RegisterReads, ...]:
    """Dial reads, by meter. `stamp_at` does not matter: a dial is read at an instant."""
    order = np.lexsort((table.line, table.start_s, table.channel))
    table = table.taken(order)
    starts = np.searchsorted(table.channel, np.arange(len(names) + 1))
    made = []
    for index, name in enumerate(names):
        rows = range(int(starts[index]), int(starts[index + 1]))
        if rows:
            reads = tuple(_dial_read(table, row) for row in rows)
            made.append(
                RegisterReads(name, "", mapping.commodity, mapping.read_unit, mapping.direction, reads)
            )
    return tuple(made)


def _dial_read(table: Rows, row: int) -> DialRead:
    quality = Quality.MEASURED if table.quality is None else Quality(int(table.quality[row]))
    kind = ReadKind.ESTIMATED if quality is Quality.ESTIMATED else ReadKind.ACTUAL
    return DialRead(int(table.start_s[row]), int(table.value[row]), kind, int(table.line[row]))
