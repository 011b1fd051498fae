"""Interval values as rating takes them: the channels of an agreement's meters summed exactly, hour by hour."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterside.cis.metering.store.runs import DayRun
from meterside.engine.interval import DayIntervals, Quality, merge_days, pack_values, unpack_values
from meterside.engine.interval_use import IntervalUse
from meterside.engine.period import Period, service_day
from meterside.engine.quantity import CannotConvert, UnknownUnit, convert

from .asking import Asked
from .source_rows import Agreement, ChannelRow, Meter
from .sources import Sources


@dataclass(frozen=True, slots=True)
class Lack:
    """Why there are no intervals of a period: the kind of exception it is, if rating cannot do without."""

    kind: str
    detail: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Hours:
    """Interval values by determinant, and what lacks; a determinant that lacks some hour is not there at all."""

    uses: dict[str, IntervalUse] = field(default_factory=dict)
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class _Stream:
    """The days of one channel; each count is worth `worth` of the determinant's unit, less than nothing to subtract."""

    meter: Meter
    period: Period
    days: list[DayIntervals]
    worth: Decimal


class _Lacking(Exception):
    def __init__(self, kind: str, detail: str, **facts: object) -> None:
        super().__init__(detail)
        self.lack = Lack(kind, detail, {name: str(value) for name, value in facts.items()})


def hours_of(agreement: Agreement, period: Period, asked: Asked, sources: Sources) -> Hours:
    """The interval values of a period that a tariff asks for; empty where it asks for none."""
    if not asked.hours:
        return Hours()
    # What components work out, such as the net of use and what was given, comes from the hours of use.
    names = ["usage"] if asked.hours - {"reactive", "received"} else []
    names += ["reactive"] if "reactive" in asked.hours else []
    names += ["received"] if asked.received else []
    uses: dict[str, IntervalUse] = {}
    lacks: list[Lack] = []
    for name in names:
        try:
            use = _use(agreement, period, name, sources)
        except _Lacking as error:
            lacks.append(error.lack)
            continue
        if use is not None:
            uses[name] = use
    return Hours(uses, tuple(lacks))


def _use(agreement: Agreement, period: Period, name: str, sources: Sources) -> IntervalUse | None:
    unit = ""
    streams: list[_Stream] = []
    channels = list(_channels(agreement, period, name))
    if len(channels) == 1:
        whole = _one_run(*channels[0], period, agreement.zone, sources)
        if whole is not None:
            return whole
    for meter, here, channel in channels:
        unit = unit or channel.unit
        sign = -1 if meter.use == "subtract" else 1
        worth = sign * meter.multiplier * _in_unit(channel.unit, unit)
        streams.append(_Stream(meter, here, _whole_days(meter, channel, here, sources), worth))
    if not streams:
        return None
    return _summed(streams, period, unit=unit, zone=agreement.zone)


def _one_run(
    meter: Meter, here: Period, channel: ChannelRow, period: Period, zone: ZoneInfo, sources: Sources
) -> IntervalUse | None:
    """What ``_summed`` gives where one meter measured all days in one run; None where they have to be looked at."""
    run = sources.hours.get(channel.id)
    if not isinstance(run, DayRun) or here != period or meter.use == "subtract":
        return None
    found = run.values_of(period)
    if found is None:
        return None
    starts, values = found
    step = timedelta(seconds=run.seconds)
    opens, closes = service_day(period.start, zone)[0], service_day(period.closed_end, zone)[0]
    if not opens <= starts < opens + step or len(values) != -(-(closes - starts) // step):
        return None
    return IntervalUse(
        values=values,
        unit=channel.unit,
        seconds=run.seconds,
        start_utc=starts,
        zone=zone,
        scale=meter.multiplier,
    )


def _channels(agreement: Agreement, period: Period, name: str) -> Iterator[tuple[Meter, Period, ChannelRow]]:
    """The channels behind a determinant, each with the days it counts for."""
    for meter in agreement.meters:
        here = Period(meter.first, meter.end).overlap(period)
        if here is None or meter.use == "check" or not here.days:
            continue
        if name == "received":
            found = meter.received_channels if meter.use == "add" else []
        else:
            found = meter.channels if name == "usage" else meter.reactive_channels
        if not found and name == "usage" and meter.is_of_use:
            raise _no_hours(meter, here, 0)
        for channel in found:
            yield meter, here, channel


def _in_unit(unit: str, wanted: str) -> Decimal:
    if unit == wanted:
        return Decimal(1)
    try:
        return convert(Decimal(1), unit, wanted)
    except (CannotConvert, UnknownUnit) as error:
        raise _Lacking("wrong_unit", f"{unit} beside {wanted}: {error}", unit=unit, wanted=wanted) from error


def _no_hours(meter: Meter, here: Period, found: int) -> _Lacking:
    return _Lacking(
        "missing_intervals",
        f"meter {meter.badge} has whole interval data for {found} of {here.days} days from {here.start}",
        badge=meter.badge,
        found=found,
        days=here.days,
        start=here.start,
    )


def _whole_days(meter: Meter, channel: ChannelRow, here: Period, sources: Sources) -> list[DayIntervals]:
    days = [day for day in sources.hours.get(channel.id, ()) if here.contains(day.day)]
    n_whole = sum(day.missing_count() == 0 for day in days)
    if n_whole != here.days:
        raise _no_hours(meter, here, n_whole)
    return days


def _summed(streams: Sequence[_Stream], period: Period, *, unit: str, zone: ZoneInfo) -> IntervalUse:
    """The sum of some channels, each interval for itself. Raises _Lacking where intervals do not fit together."""
    first = streams[0].days[0]
    step = timedelta(seconds=first.seconds)
    opens, closes = service_day(period.start, zone)[0], service_day(period.closed_end, zone)[0]
    # An interval belongs to the day it starts in; off the grid the first starts a little after midnight.
    starts = opens + (first.start_utc - opens) % step
    count = -(-(closes - starts) // step)
    scale, factors = scale_of([stream.worth for stream in streams])
    values, quality = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.uint8)
    for stream, factor in zip(streams, factors, strict=True):
        own, codes = _run(stream, first.seconds)
        index, beside = divmod(stream.days[0].start_utc - starts, step)
        until = -(-(service_day(stream.period.closed_end, zone)[0] - starts) // step)
        if beside or index < 0 or index + len(own) != until:
            raise _no_hours(stream.meter, stream.period, len(stream.days) - 1)
        values[index:until] += times_exactly(own, factor)
        np.maximum(quality[index:until], codes, out=quality[index:until])
    return IntervalUse(
        values=values,
        unit=unit,
        seconds=first.seconds,
        start_utc=starts.astimezone(UTC),
        zone=zone,
        scale=scale,
        quality=quality if quality.any() else None,
    )


def _run(stream: _Stream, seconds: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """A channel's values and qualities; one that has a hole between days, or another length, lacks."""
    for day in stream.days:
        if day.seconds != seconds:
            raise _Lacking(
                "interval_length",
                f"meter {stream.meter.badge} has intervals of {day.seconds} s on {day.day}, others of {seconds} s",
                badge=stream.meter.badge,
                day=day.day,
                seconds=day.seconds,
                others=seconds,
            )
    try:
        return merge_days(stream.days)
    except ValueError as error:
        raise _no_hours(stream.meter, stream.period, len(stream.days) - 1) from error


def scale_of(worths: Sequence[Decimal]) -> tuple[Decimal, list[int]]:
    """One scale for all, and what each is times it: whole numbers, so that sums stay exact."""
    sizes = {abs(worth) for worth in worths}
    if len(sizes) == 1:
        (scale,) = sizes
    else:
        scale = Decimal(1).scaleb(min(_exponent(size) for size in sizes))
    return scale, [int(worth / scale) for worth in worths]


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"{value} is no finite number")
    return exponent


def times_exactly(values: NDArray[np.int64], factor: int) -> NDArray[np.int64]:
    """Values times a whole number. Raises OverflowError rather than come out wrong."""
    if values.size and max(int(values.max()), -int(values.min())) * abs(factor) >= 2**60:
        raise OverflowError(f"interval values times {factor} are beyond 60 bits")
    return values if factor == 1 else values * np.int64(factor)


def freeze_use(use: IntervalUse) -> dict[str, Any]:
    """JSON form of interval values, packed; `thaw_use` reads it back."""
    width, packed = pack_values(use.values)
    return {
        "unit": use.unit,
        "seconds": use.seconds,
        "start": use.start_utc.isoformat(),
        "zone": str(use.zone),
        "scale": str(use.scale),
        "width": width,
        "values": _packed(packed),
        **({} if use.quality is None else {"quality": _packed(use.quality.tobytes())}),
    }


def thaw_use(frozen: Mapping[str, Any]) -> IntervalUse:
    """What `freeze_use` wrote."""
    quality = frozen.get("quality")
    return IntervalUse(
        values=unpack_values(_unpacked(frozen["values"]), frozen["width"]),
        unit=frozen["unit"],
        seconds=frozen["seconds"],
        start_utc=datetime.fromisoformat(frozen["start"]),
        zone=ZoneInfo(frozen["zone"]),
        scale=Decimal(frozen["scale"]),
        quality=None if quality is None else np.frombuffer(_unpacked(quality), dtype=np.uint8),
    )


def _packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 9)).decode("ascii")


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


def not_measured(use: IntervalUse) -> int:
    """How many intervals are estimated, edited or derived."""
    return 0 if use.quality is None else int(np.count_nonzero(use.quality != Quality.MEASURED))
