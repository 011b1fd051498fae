"""Reads of intervals as files have them: one by one, as columns, laid out by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from meterside.engine.interval import Quality

from .refusals import Commodity, FlowDirection, Reason, Refusal

_ENGINE_CODES = {
    ("Wh", 3): "kWh",
    ("Wh", 6): "MWh",
    ("varh", 3): "kvarh",
    ("gal", 3): "kgal",
    ("cf", 2): "ccf",
    ("cf", 3): "mcf",
    ("therm", 1): "dth",
}


@dataclass(frozen=True, slots=True)
class ReadUnit:
    """A unit of measure times a power of ten: values are whole numbers of it. 10^3 Wh is not 1 Wh, ever."""

    symbol: str
    power_of_ten: int = 0

    @property
    def code(self) -> str:
        """The engine's code where it has one (`Wh`, `kWh`, `kgal`), else spelt out (`10^-3 therm`)."""
        if self.power_of_ten == 0:
            return self.symbol
        spelt = f"10^{self.power_of_ten} {self.symbol}"
        return _ENGINE_CODES.get((self.symbol, self.power_of_ten), spelt)


class IntervalRead(NamedTuple):
    """One value over [start, start + duration). `updated_ms`: when its source last stated it (0: unsaid)."""

    start_s: int
    duration_s: int
    value: int
    quality: Quality = Quality.MEASURED
    updated_ms: int = 0
    line: int = 0

    @property
    def start_utc(self) -> datetime:
        """The first instant of the interval, zoned UTC."""
        return datetime.fromtimestamp(self.start_s, UTC)


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """What the file says about local time. Stamps are UTC all the same; these only serve as a cross-check."""

    standard_offset_s: int
    dst_offset_s: int
    dst_start_rule: str
    dst_end_rule: str


@dataclass(frozen=True, slots=True)
class SummaryFact:
    """A total the source states for a period, [start, end): a fact to check reads against, never a read."""

    kind: str
    start_s: int
    end_s: int
    value: int
    unit: ReadUnit
    line: int


@dataclass(frozen=True, slots=True)
class ChannelReads:
    """Interval reads of one channel as the file has them, refused rows left out.

    `interval_s` is the channel's nominal interval: 86,400 means a local day (23 to 25 hours long), more than
    that a billing period. `reads` are sorted by content, so two orders of one file give equal objects but for
    line numbers.
    """

    external_id: str
    usage_point_id: str
    commodity: Commodity | None
    unit: ReadUnit
    direction: FlowDirection
    interval_s: int
    reads: tuple[IntervalRead, ...]

    def refuse_unless(self, *, unit_code: str, direction: FlowDirection) -> Refusal | None:
        """A refusal of the whole channel when the registry expects another unit or direction, else None.

        kWh where Wh is registered would bill a thousandth: such a channel is held, never converted.
        """
        if (self.unit.code, self.direction) == (unit_code, direction):
            return None
        words = (
            f"The file says {self.unit.code} {self.direction}, this channel is registered as "
            f"{unit_code} {direction}. Nothing was converted."
        )
        line = self.reads[0].line if self.reads else 0
        return Refusal(line, Reason.UNIT_MISMATCH, words, channel_id=self.external_id)


def steps_s(interval_s: int) -> tuple[int, ...]:
    """From one dial value to the next an interval later, in seconds: a local day has 23 to 25 hours."""
    return tuple(range(82_800, 90_001, 1_800)) if interval_s == 86_400 else (interval_s,)


@dataclass(frozen=True, slots=True, eq=False)
class BoundaryReads:
    """What dials showed where a file's run of values begins or ends: the use beyond it can be counted when the file
    before or behind is here.

    Value k is of channel `names[channel[k]]` of the columns it belongs to, at `at_s` (UTC seconds), a whole count of
    their unit. `opens` says that the value an interval before is not in the file, `closes` the same of the one after.
    """

    channel: NDArray[np.int32]
    at_s: NDArray[np.int64]
    value: NDArray[np.int64]
    line: NDArray[np.int32]
    quality: NDArray[np.uint8] | None
    opens: NDArray[np.bool_]
    closes: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at_s)


@dataclass(frozen=True, slots=True, eq=False)
class ReadColumns:
    """Interval reads of many channels of one kind as columns: what a head-end's daily file becomes.

    `names` are channels as the source calls them, `meters` the meter of each ("" where the channel's name is
    all there is); read k is of channel `names[channel[k]]`, over [start_s, start_s + interval_s). Stamps are
    UTC seconds, values whole counts of `unit`, never negative; quality is one code a read, or None where
    every read is measured. What a source calls missing is no read. Rows that could not be read are refusals
    of the feed and not here. Two reads of one interval may both be here. `multiplier_applied` says whether
    the meter's multiplier is in the values already (None: the source does not say). `drift_s` says how far behind
    `start_s` a read's stamp lay, below zero before it (None where none lay off). Reads that are differences of
    what dials showed have `boundaries`. Names in the mask `may_be_unknown` bring nothing but zeros of a direction that
    their meter need not have: where it has none, that is no fault.
    """

    names: tuple[str, ...]
    meters: tuple[str, ...]
    commodity: Commodity | None
    unit: ReadUnit
    direction: FlowDirection
    interval_s: int
    channel: NDArray[np.int32]
    start_s: NDArray[np.int64]
    value: NDArray[np.int64]
    line: NDArray[np.int32]
    quality: NDArray[np.uint8] | None = None
    multiplier_applied: bool | None = None
    drift_s: NDArray[np.int16] | None = None
    boundaries: BoundaryReads | None = None
    may_be_unknown: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.start_s)

    def of_channel(self, index: int) -> ChannelReads:
        """One channel's reads as single reads, sorted by content."""
        return self._single(index, np.flatnonzero(self.channel == index))

    def single_channels(self, only: NDArray[np.bool_] | None = None) -> tuple[ChannelReads, ...]:
        """Every channel that has reads (or those of a mask over `names`) as single reads, by place."""
        order = np.argsort(self.channel, kind="stable")
        starts = np.searchsorted(self.channel[order], np.arange(len(self.names) + 1))
        return tuple(
            self._single(index, order[starts[index] : starts[index + 1]])
            for index in range(len(self.names))
            if starts[index] < starts[index + 1] and (only is None or only[index])
        )

    def _single(self, index: int, at: NDArray[np.intp]) -> ChannelReads:
        quality = np.zeros(len(at), np.uint8) if self.quality is None else self.quality[at]
        reads = (
            IntervalRead(start, self.interval_s, value, Quality(code), 0, line)
            for start, value, code, line in zip(
                self.start_s[at].tolist(),
                self.value[at].tolist(),
                quality.tolist(),
                self.line[at].tolist(),
                strict=True,
            )
        )
        return ChannelReads(
            external_id=self.names[index],
            usage_point_id=self.meters[index],
            commodity=self.commodity,
            unit=self.unit,
            direction=self.direction,
            interval_s=self.interval_s,
            reads=tuple(sorted(reads)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class DayBlock:
    """One local day of many channels on one grid: a row a channel, a column an interval.

    `channel` are places in `ReadColumns.names`; `quality` is None where every value of the block is measured.
    A slot that no read fills holds 0 with quality MISSING. `n_duplicates` says how many reads of each row came
    twice or more, saying the same; None where none did. `drift_s` says how far off their grid the stamps of each
    row lay at most.
    """

    local_day: date
    start_utc: datetime
    interval_s: int
    channel: NDArray[np.int32]
    values: NDArray[np.int64]
    quality: NDArray[np.uint8] | None
    n_duplicates: NDArray[np.int64] | None = None
    drift_s: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Slots between a channel's first and last read with no value: for metering to estimate, [start, end)."""

    channel_id: str
    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True, eq=False)
class LaidOut:
    """Columns laid into days. `troubled` is a mask over the columns' names: channels with anything out of the
    plain, which have to be laid out read by read; nothing of them is in `blocks`, `reads` or `total`.
    """

    blocks: tuple[DayBlock, ...]
    troubled: NDArray[np.bool_]
    reads: int = 0
    duplicates: int = 0
    gaps: tuple[Gap, ...] = ()
    total: int = 0
