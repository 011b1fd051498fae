"""A CSV of reads to a feed, by a mapping: millions of rows as columns, rows in trouble kept apart with reasons."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meterside.connectors.metering.shared.stamps import (
    EARLIEST_S,
    Instant,
    NoInstant,
    instant_of,
    newest_end_s,
)
from meterside.connectors.metering.shared.text import excerpt, slabs
from meterside.contracts.metering import Feed, FileFacts, Reason, Refusal, UnableToReadFile
from meterside.engine.interval import Quality

from .frames import Frame, Layout, frame_of, layout_of, split_line
from .mapping import CsvMapping, Sign, StampAt
from .tables import NO_INSTANT, Rows, feed_of

MAX_REFUSALS = 20_000
"""A file with more rows in trouble is held whole: it is not what its mapping says."""
_EXACT_BELOW = 2.0**53
_NO_QUALITY = 255
_UNKNOWN_QUALITY = 254


@dataclass(slots=True)
class _Stamp:
    start_s: int = NO_INSTANT
    second_s: int = NO_INSTANT
    drift_s: int = 0
    reason: Reason | None = None
    words: str = ""


@dataclass(slots=True)
class _Reader:
    """Gathers the rows of every slab; texts are understood once each, however often they come."""

    mapping: CsvMapping
    file: FileFacts
    layout: Layout
    now: datetime
    names: dict[str, int] = field(default_factory=dict)
    stamps: dict[str, _Stamp] = field(default_factory=dict)
    parts: list[Rows] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    rows: int = 0
    no_reads: int = 0

    def take(self, frame: Frame) -> None:
        """One slab's rows."""
        channel, is_padded = self._channels_of(frame.channel)
        start_s, second_s, drift_s = self._instants_of(frame.stamp)
        odd = frame.odd | is_padded | (start_s == NO_INSTANT)
        value, is_whole = self._whole_numbers(frame.value)
        odd |= ~is_whole | (value < 0) & (not self.mapping.sign.value.startswith("negative"))
        quality, is_known = self._qualities(frame)
        odd |= ~is_known
        if frame.unit is not None:
            odd |= (frame.unit != self.mapping.unit).fill_null(True).to_numpy()
        if odd.any():
            for index in np.flatnonzero(odd).tolist():
                self._look_again(frame, index)
        good = np.flatnonzero(~odd) if odd.any() else slice(None)
        part = Rows(
            channel=channel[good],
            start_s=start_s[good],
            second_s=None if second_s is None else second_s[good],
            value=value[good],
            quality=None if quality is None else quality[good],
            line=frame.line[good],
            drift_s=None if drift_s is None else drift_s[good],
        )
        self.rows += len(part.start_s)
        self.parts.append(part)

    def _channels_of(self, texts: pl.Series) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Each row's channel, and whether its name has blanks around it."""
        places, known = _codes(texts)
        channels = np.array([self._channel(text) for text in known] or [0], dtype=np.int32)
        is_padded = np.array([text != text.strip() for text in known] or [False])
        return channels[places], is_padded[places]

    def _instants_of(
        self, texts: pl.Series
    ) -> tuple[NDArray[np.int64], NDArray[np.int64] | None, NDArray[np.int16] | None]:
        """The start of each row's interval, the other one where any stamp names two, and how far off stamps lay."""
        places, known = _codes(texts)
        found = [self._stamp(text) for text in known] or [_Stamp()]
        starts = np.array([stamp.start_s for stamp in found], dtype=np.int64)
        seconds = np.array([stamp.second_s for stamp in found], dtype=np.int64)
        drifts = np.array([stamp.drift_s for stamp in found], dtype=np.int16)
        return (
            starts[places],
            seconds[places] if (seconds != NO_INSTANT).any() else None,
            drifts[places] if drifts.any() else None,
        )

    def _channel(self, text: str) -> int:
        return self.names.setdefault(text, len(self.names))

    def _stamp(self, text: str) -> _Stamp:
        known = self.stamps.get(text)
        if known is None:
            known = self.stamps[text] = self._understood(text)
        return known

    def _understood(self, text: str) -> _Stamp:
        """The start of the interval that a stamp names."""
        mapping = self.mapping
        try:
            instant = _instant(text.strip(), mapping)
        except NoInstant as error:
            return _Stamp(reason=error.reason, words=error.words)
        is_end = mapping.stamp_at is StampAt.END and mapping.kind.value == "delta"
        at_s = [at for at in instant if at is not None]
        old = _Stamp(
            reason=Reason.STAMP_TOO_OLD, words="The read is from before 2000: a clock that was never set."
        )
        ahead = _Stamp(
            reason=Reason.STAMP_IN_FUTURE,
            words=f"The read ends after this file came ({self.now.astimezone(UTC):%Y-%m-%d %H:%M} UTC).",
        )
        # Far from here no calendar reaches: nothing is computed with such a stamp.
        if min(at_s) < EARLIEST_S:
            return old
        if max(at_s) > newest_end_s(self.now) + mapping.tolerance_s:
            return ahead
        drift_s = 0
        if mapping.tolerance_s:
            drift_s = _off_grid_s(at_s[0], mapping)
            drift_s = drift_s if abs(drift_s) <= mapping.tolerance_s else 0
            at_s = [at - drift_s for at in at_s]
        starts = [_start_of(at, mapping) if is_end else at for at in at_s]
        ends = at_s if is_end or mapping.kind.value != "delta" else [at + mapping.interval_s for at in at_s]
        if min(starts) < EARLIEST_S:
            return old
        if max(ends) > newest_end_s(self.now):
            return ahead
        return _Stamp(starts[0], starts[1] if len(starts) > 1 else NO_INSTANT, drift_s)

    def _whole_numbers(self, value: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        with np.errstate(invalid="ignore", over="ignore"):
            scaled = value * 10.0**self.mapping.decimals if self.mapping.decimals else value
            rounded = np.rint(scaled)
            is_whole = np.abs(scaled - rounded) <= 1e-6 + np.abs(rounded) * 1e-15
            is_whole &= np.abs(rounded) < _EXACT_BELOW
            return np.where(is_whole, rounded, 0.0).astype(np.int64), is_whole

    def _qualities(self, frame: Frame) -> tuple[NDArray[np.uint8] | None, NDArray[np.bool_]]:
        every = np.ones(len(frame.line), dtype=np.bool_)
        if frame.quality is None:
            return None, every
        codes = {
            code: _NO_QUALITY if quality is None else int(quality) for code, quality in self.mapping.qualities
        }
        codes.setdefault("", int(Quality.MEASURED))
        places, known = _codes(frame.quality.fill_null(""))
        meanings = [codes.get(text.strip(), _UNKNOWN_QUALITY) for text in known]
        quality = np.array(meanings or [0], dtype=np.uint8)[places]
        return quality, quality < _UNKNOWN_QUALITY

    def _look_again(self, frame: Frame, index: int) -> None:
        """A row that could not be taken: blank, without a read, or refused with the reason."""
        line = int(frame.line[index])
        raw = _line_at(frame, index)
        if not raw.strip():
            return
        self.rows += 1
        fields = split_line(raw, self.mapping)
        if len(fields) != self.layout.width:
            words = f"The row has {len(fields)} columns, the table {self.layout.width}."
            self._refuse(line, Reason.COUNT_DIFFERS, words, raw, "", "")
            return
        name, value = fields[self.layout.channel], fields[self.layout.value]
        if not name:
            self._refuse(
                line, Reason.UNKNOWN_CHANNEL, "The row names no meter.", raw, "", self.mapping.channel
            )
            return
        if value in self.mapping.missing or self._is_no_read(fields):
            self.no_reads += 1
            return
        reason, words, column = self._trouble(fields, value)
        self._refuse(line, reason, words, raw, name, column)

    def _is_no_read(self, fields: list[str]) -> bool:
        place = self.layout.quality
        return place is not None and dict(self.mapping.qualities).get(fields[place], 0) is None

    def _trouble(self, fields: list[str], value: str) -> tuple[Reason, str, str]:
        mapping, layout = self.mapping, self.layout
        stamp = self._stamp(fields[layout.stamp])
        if stamp.reason is not None:
            return stamp.reason, stamp.words, mapping.stamp
        if layout.unit is not None and fields[layout.unit] != mapping.unit:
            words = f"The row is in {excerpt(fields[layout.unit], 20) or 'no unit'}, this source in {mapping.unit}."
            return Reason.UNSUPPORTED_UNIT, words, mapping.unit_column
        if layout.quality is not None:
            code = fields[layout.quality]
            if code and code not in dict(mapping.qualities):
                words = f"The quality code {excerpt(code, 20)} is not in this source's mapping."
                return Reason.UNKNOWN_QUALITY, words, mapping.quality
        try:
            number = float(value.replace(",", ".") if mapping.is_decimal_comma else value)
        except ValueError:
            number = math.nan
        if math.isnan(number):
            return Reason.NOT_A_WHOLE_NUMBER, "The value is no number.", mapping.value
        if number < 0 and mapping.sign is not Sign.NEGATIVE_IS_RECEIVED:
            is_water = mapping.commodity.value == "water"
            words = (
                "The value is below zero: water that flows back." if is_water else "The value is below zero."
            )
            return (Reason.BACKFLOW if is_water else Reason.NEGATIVE_USE), words, mapping.value
        if not abs(number) < _EXACT_BELOW / 10**mapping.decimals:
            return Reason.VALUE_TOO_LARGE, "The value is larger than any meter counts.", mapping.value
        words = f"The value has more than {mapping.decimals} decimals, or is not written as the others are."
        return Reason.NOT_A_WHOLE_NUMBER, words, mapping.value

    def _refuse(self, line: int, reason: Reason, words: str, raw: str, name: str, column: str) -> None:
        if len(self.refusals) >= MAX_REFUSALS:
            words = f"More than {MAX_REFUSALS:,} rows are in trouble; the last one: {words}"
            raise UnableToReadFile(line=line, reason=Reason.NOT_UNDERSTOOD, words=words, file=self.file)
        self.refusals.append(Refusal(line, reason, words, excerpt(raw), excerpt(name, 60), column))


def _codes(texts: pl.Series) -> tuple[NDArray[np.uint32], list[str]]:
    """Places of a column's texts in the list of its distinct ones; a null has the first place."""
    distinct = texts.unique(maintain_order=True).drop_nulls()
    places = texts.cast(pl.Enum(distinct)).to_physical().fill_null(0).to_numpy()
    return places, distinct.to_list()


def _line_at(frame: Frame, index: int) -> str:
    """The text of one line of a slab."""
    return frame.raw_lines()[index].decode("utf-8").removesuffix("\r")


def _instant(text: str, mapping: CsvMapping) -> Instant:
    if mapping.stamp_format == "unix":
        if not (text.isascii() and text.isdigit() and len(text) <= 11):
            raise NoInstant(Reason.NO_TIME, "The stamp is no number of seconds since 1970.")
        return Instant(int(text))
    try:
        moment = datetime.strptime(text, mapping.stamp_format)  # noqa: DTZ007  (the mapping's clock follows)
    except ValueError:
        words = f"The stamp is not written as {mapping.stamp_format}."
        raise NoInstant(Reason.NO_TIME, words) from None
    try:
        return instant_of(moment, zone=mapping.zone, clock=mapping.clock)
    except OverflowError:
        raise NoInstant(Reason.STAMP_TOO_OLD, "The stamp is outside of any calendar.") from None


def _off_grid_s(at_s: int, mapping: CsvMapping) -> int:
    """How many seconds behind the nearest interval's edge an instant lies, below zero before it."""
    offset = datetime.fromtimestamp(at_s, mapping.zone).utcoffset()
    local_s = at_s + (int(offset.total_seconds()) if offset else 0)
    off_s = local_s % mapping.interval_s
    return off_s if off_s * 2 <= mapping.interval_s else off_s - mapping.interval_s


def _start_of(end_s: int, mapping: CsvMapping) -> int:
    """The start of the interval that ends then; a day is a local one, of 23 to 25 hours."""
    if mapping.interval_s < 86_400:
        return end_s - mapping.interval_s
    local = datetime.fromtimestamp(end_s, mapping.zone)
    day_before = local.date().fromordinal(max(1, local.date().toordinal() - 1))
    return int(local.replace(year=day_before.year, month=day_before.month, day=day_before.day).timestamp())


def read_csv(stream: BinaryIO, *, file: FileFacts, mapping: CsvMapping, now: datetime) -> Feed:
    """The feed of a measured file. Raises UnableToReadFile.

    Slabs are split into columns one ahead, in a thread, while the rows of the one before are understood.
    """
    reader: _Reader | None = None
    ahead: Future[Frame] | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="split") as beside:
        for slab in slabs(stream, file):
            if reader is None:
                layout, slab = layout_of(slab, mapping, file)
                reader = _Reader(mapping, file, layout, now)
            following = beside.submit(frame_of, slab, reader.layout, mapping, file) if slab.data else None
            if ahead is not None:
                reader.take(ahead.result())
            ahead = following
        if reader is not None and ahead is not None:
            reader.take(ahead.result())
    if reader is None:
        raise UnableToReadFile(line=0, reason=Reason.NO_READS, words="The file is empty.", file=file)
    return feed_of(
        reader.parts,
        names=tuple(reader.names),
        mapping=mapping,
        file=file,
        rows=reader.rows,
        no_reads=reader.no_reads,
        refusals=reader.refusals,
    )
