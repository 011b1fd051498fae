"""The curve of a day: a bar an interval, what was held above it, the same weekday a week before behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from markupsafe import Markup

from meterside.engine.interval import DayIntervals, Quality
from meterside.web.components.chart.geometry import HUNDREDTH, Box, slots

_ROOM = Decimal(94)  # percent of the height; the highest bar leaves some air
_SLIVER = Decimal("1.2")
_LABELS = 5
_CUT_AT = 2  # times what the rest of the day reaches


@dataclass(frozen=True, slots=True)
class Slot:
    """An interval: `label` is its wall clock time, once more marked where that comes twice; `value` None if missing."""

    label: str
    value: int | None
    quality: Quality
    held: int | None
    before: int | None


@dataclass(frozen=True, slots=True)
class Curve:
    """What the template draws: slots with the rectangles of each, and some labels under them at percents."""

    slots: tuple[Slot, ...]
    markup: Markup
    labels: tuple[tuple[Decimal, str], ...]
    zero_y: Decimal
    is_cut: bool

    @property
    def has_held(self) -> bool:
        return any(slot.held is not None for slot in self.slots)

    @property
    def has_before(self) -> bool:
        return any(slot.before is not None for slot in self.slots)

    @property
    def has_estimate(self) -> bool:
        return any(slot.quality is Quality.ESTIMATED for slot in self.slots)

    @property
    def has_missing(self) -> bool:
        return any(slot.value is None and slot.held is None for slot in self.slots)


def slots_of(
    day: DayIntervals, *, zone: ZoneInfo, held: Mapping[int, int], before: DayIntervals | None
) -> tuple[Slot, ...]:
    """A day's intervals in order; the week before only where its grid is the same."""
    is_like = before is not None and (before.count, before.seconds) == (day.count, day.seconds)
    olds = before.array().tolist() if before is not None and is_like else []
    codes = [Quality(code) for code in day.quality_array().tolist()]
    values, seen = day.array().tolist(), set[str]()
    found = []
    for place in range(day.count):
        label = _label(day.start_utc + timedelta(seconds=day.seconds * place), zone, seen)
        value = None if codes[place] is Quality.MISSING else int(values[place])
        old = int(olds[place]) if olds else None
        found.append(Slot(label, value, codes[place], held.get(place), old))
    return tuple(found)


def _label(instant: datetime, zone: ZoneInfo, seen: set[str]) -> str:
    label = f"{instant.astimezone(zone):%H:%M}"
    if label in seen:
        label += "*"
    seen.add(label)
    return label


def curve(day: tuple[Slot, ...]) -> Curve:
    """Lay out a day. Raises ValueError for one without intervals."""
    if not day:
        raise ValueError("a curve needs at least one interval")
    amounts = [amount for slot in day for amount in (slot.value, slot.before, 0) if amount is not None]
    helds = [slot.held for slot in day if slot.held is not None]
    # A spike drawn to scale would leave nothing to see of the rest: it is cut at the top.
    high = max(max(amounts), min(max(helds, default=0), _CUT_AT * max(amounts)) or max(helds, default=0))
    low = max(min([*amounts, *helds]), -_CUT_AT * max(high, 1))
    scale = _ROOM / Decimal(max(high - low, 1))
    zero_y = (Decimal(100) - Decimal(-low) * scale).quantize(HUNDREDTH)
    drawn = []
    for slot, (x, width) in zip(day, slots(len(day), Decimal("0.82")), strict=True):
        if slot.before is not None:
            drawn.append(f'<rect class="old" {_box(slot.before, x, width, scale, zero_y).svg} rx="1"/>')
        inner = (width * Decimal("0.7")).quantize(HUNDREDTH)
        left = (x + (width - inner) / 2).quantize(HUNDREDTH)
        if slot.held is not None:
            shown = max(low, min(high, slot.held))
            drawn.append(f'<rect class="pro" {_box(shown, left, inner, scale, zero_y).svg} rx="1"/>')
        elif slot.value is None:
            box = Box(x=left, y=zero_y - 3, width=inner, height=Decimal(3))
            drawn.append(f'<rect class="mis" {box.svg} rx="1"/>')
        else:
            look = (
                'class="est" fill="url(#curve-est)"'
                if slot.quality is Quality.ESTIMATED
                else 'fill="currentColor"'
            )
            drawn.append(f'<rect {look} {_box(slot.value, left, inner, scale, zero_y).svg} rx="1"/>')
    step = max(1, len(day) // (_LABELS - 1))
    room = Decimal(100) / len(day)
    labels = tuple(
        ((room * place).quantize(HUNDREDTH), day[place].label) for place in range(0, len(day), step)
    )
    is_cut = any(not low <= held <= high for held in helds)
    return Curve(day, Markup("".join(drawn)), labels, zero_y, is_cut)  # noqa: S704  (numbers and our own classes)


def _box(amount: int, x: Decimal, width: Decimal, scale: Decimal, zero_y: Decimal) -> Box:
    height = max(_SLIVER, (abs(Decimal(amount)) * scale).quantize(HUNDREDTH))
    return Box(x=x, y=zero_y if amount < 0 else zero_y - height, width=width, height=height)
