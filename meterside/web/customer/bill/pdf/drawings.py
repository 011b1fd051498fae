"""The drawings of the PDF as SVG texts, from numbers and the utility's colours only: no text of anybody is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from meterside.web.components.chart import DayStrip, Quality
from meterside.web.components.chart.geometry import Box

#: Points, as wide as a column of the sheet.
WIDTH: Final = 247
STRIP_HEIGHT: Final = 26
PAIR_HEIGHT: Final = 9

Colours = Mapping[str, str]


def strip_svg(strip: DayStrip, *, colour: str, colours: Colours) -> str:
    """The days of a period; a year before in gray to the left of each. What was not measured is an outline."""
    old = [_bar(bar.old) for bar in strip.bars if bar.old is not None]
    measured, guessed, missing = (
        [_bar(bar.box) for bar in strip.bars if bar.use.quality in kinds]
        for kinds in ((Quality.MEASURED,), (Quality.ESTIMATED, Quality.PROJECTED), (Quality.MISSING,))
    )
    own, line = colours[colour], colours["line-strong"]
    base = f'<path d="M0 {STRIP_HEIGHT}H{WIDTH}" stroke="{line}" stroke-width="1"/>'
    return _svg(
        WIDTH,
        STRIP_HEIGHT,
        _paths(old, f'fill="{colours["ink-3"]}" fill-opacity="0.45"')
        + _paths(measured, f'fill="{own}"')
        + _paths(guessed, f'fill="{own}" fill-opacity="0.25" stroke="{own}" stroke-width="0.6"')
        + _paths(missing, f'fill="none" stroke="{colours["ink-3"]}" stroke-width="0.6"')
        + base,
    )


def pair_svg(shares: Sequence[Decimal], *, colour: str, colours: Colours) -> str:
    """This bill's use a day over that of a year before; shares in percent of the larger."""
    fills = (f'fill="{colours[colour]}"', f'fill="{colours["ink-3"]}" fill-opacity="0.45"')
    bars = [
        f'<rect y="{5 * place}" width="{_n(share * WIDTH / 100)}" height="4" rx="1.5" {fill}/>'
        for place, (share, fill) in enumerate(zip(shares, fills, strict=True))
    ]
    return _svg(WIDTH, PAIR_HEIGHT, "".join(bars))


def change_svg(box: Box, *, is_down: bool, colours: Colours) -> str:
    """One reason's part on the way from the last bill to this one."""
    fill = colours["good" if is_down else "brand"]
    x, width = _n(box.x * WIDTH / 100), _n(box.width * WIDTH / 100)
    return _svg(
        WIDTH,
        3,
        f'<rect width="{WIDTH}" height="3" rx="1.5" fill="{colours["sunken"]}"/>'
        f'<rect x="{x}" width="{width}" height="3" rx="1.5" fill="{fill}"/>',
    )


def _bar(box: Box) -> str:
    width, height = _n(box.width * WIDTH / 100), _n(box.height * STRIP_HEIGHT / 100)
    return f"M{_n(box.x * WIDTH / 100)} {STRIP_HEIGHT}v-{height}h{width}v{height}z"


def _paths(bars: Sequence[str], paint: str) -> str:
    return f'<path d="{"".join(bars)}" {paint}/>' if bars else ""


def _n(value: Decimal) -> str:
    return f"{value:.2f}"


def _svg(width: int, height: int, inside: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{inside}</svg>'
