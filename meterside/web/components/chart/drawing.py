"""The repeated parts of a chart as ready markup: a page has a hundred bars, and a template loop over them
would cost more than the rest of the page. Every value here is a number or a word of ours, or is escaped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from markupsafe import Markup, escape

from meterside.web.components.chart.bars import Bars
from meterside.web.components.chart.geometry import percent
from meterside.web.components.chart.strip import DayStrip, Quality
from meterside.web.components.chart.words import quality_word

_NOTHING = "–"
_FEW_TICKS = 5


def strip_bars(strip: DayStrip, id: str, own_fill: str) -> Markup:
    """A `<rect>` a day, and to its left the year before's where that is known.

    `own_fill` where measured, hatched where estimated, outlined where expected or missing.
    """
    look = _looks(id, own_fill)
    placed, full = strip.columns, 100_00
    beside = f'width="{placed.old_width}%"'
    own = f'width="{placed.width}%"'
    drawn = []
    for use, height, old, x, old_x in zip(
        strip.uses, strip.heights, strip.old_heights, placed.xs, placed.old_xs, strict=True
    ):
        if old is not None:
            box = f'x="{old_x}%" y="{_said(full - old)}%" {beside} height="{_said(old)}%"'
            drawn.append(f'<rect class="old" {box} rx="1"/>')
        before, after = look[use.quality]
        box = f'x="{x}%" y="{_said(full - height)}%" {own} height="{_said(height)}%"'
        drawn.append(f'<rect{before} {box} rx="2"{after}/>')
    return Markup("".join(drawn))  # noqa: S704  (numbers, our own classes, escaped names)


@lru_cache(maxsize=10_001)
def _said(hundredths: int) -> str:
    return str(percent(hundredths))


def _looks(id: str, own_fill: str) -> dict[Quality, tuple[str, str]]:
    """Class and fill of each kind of bar."""
    return {
        Quality.MEASURED: ("", f' fill="{escape(own_fill)}"'),
        Quality.ESTIMATED: (' class="est"', f' fill="url(#{escape(id)}-est)"'),
        Quality.PARTIAL: (' class="par"', ""),
        Quality.PROJECTED: (' class="pro"', ""),
        Quality.MISSING: (' class="mis"', ""),
        Quality.AWAITED: (' class="awa"', ""),
    }


def bar_rects(bars: Bars, id: str, own_fill: str) -> Markup:
    """A `<rect>` a bar, to its left what it is compared with, behind marked ones their band."""
    look = _looks(id, own_fill)
    drawn = [f'<rect class="band" {band.svg}/>' for band in bars.bands]
    for bar in bars.bars:
        before, after = look[bar.use.quality]
        if bar.other is not None:
            drawn.append(f'<rect class="old" {bar.other.svg} rx="1"/>')
        drawn.append(f'<rect{before} {bar.box.svg} rx="2"{after}/>')
    return Markup("".join(drawn))  # noqa: S704  (numbers, our own classes, escaped names)


def bar_ticks(bars: Bars) -> Markup:
    """The labels under the axis; every second may be left out on a phone."""
    named = [bar for bar in bars.bars if bar.use.tick]
    drawn = []
    for index, bar in enumerate(named):
        quiet = ' class="odd"' if len(named) > _FEW_TICKS and (len(named) - index) % 2 == 0 else ""
        drawn.append(
            f'<text{quiet} x="{bar.middle}%" y="97%" text-anchor="middle">{escape(bar.use.tick)}</text>'
        )
    return Markup("".join(drawn))  # noqa: S704  (numbers, escaped words)


def bar_rows(bars: Bars, usage: Callable[[int | Decimal], str]) -> Markup:
    """The same as the rows of a table: label, use, what it is compared with, the cells it brings, how it is known."""
    words = {quality: escape(quality_word(quality)) for quality in Quality}
    rows = []
    for bar in bars.bars:
        use = bar.use
        amounts = (use.amount, use.other) if bars.has_other else (use.amount,)
        said = [_NOTHING if amount is None else escape(usage(amount)) for amount in amounts]
        cells = "".join(f'<td class="num">{text}</td>' for text in (*said, *map(escape, use.cells)))
        rows.append(f'<tr><th scope="row">{escape(use.label)}</th>{cells}<td>{words[use.quality]}</td></tr>')
    return Markup("".join(rows))  # noqa: S704  (every part is escaped)


def strip_rows(
    strip: DayStrip, amount_text: Callable[[int | Decimal], str], day_short: Callable[[date], str]
) -> Markup:
    """The same days as the rows of a table: day, use and last year's where known, as those two say them, and how it
    is known."""
    words = {quality: escape(quality_word(quality)) for quality in Quality}
    is_compared = strip.has_last_year
    rows = []
    for use in strip.uses:
        amounts = (use.amount, use.last_year) if is_compared else (use.amount,)
        said = [_NOTHING if amount is None else escape(amount_text(amount)) for amount in amounts]
        cells = "".join(f'<td class="num">{text}</td>' for text in (*said, *map(escape, use.cells)))
        rows.append(
            f'<tr><th scope="row">{escape(day_short(use.day))}</th>{cells}<td>{words[use.quality]}</td></tr>'
        )
    return Markup("".join(rows))  # noqa: S704  (every part is escaped)


FILTERS = {
    "strip_bars": strip_bars,
    "strip_rows": strip_rows,
    "bar_rects": bar_rects,
    "bar_ticks": bar_ticks,
    "bar_rows": bar_rows,
}
