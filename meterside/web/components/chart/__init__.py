"""Charts drawn on the server: pure functions from amounts to shares of a box, and the templates' input.

All geometry is in percent of the drawing's width and height, so that a chart fills whatever room it has
while its text keeps its size. Amounts stay int or Decimal; only the drawing is rounded.
"""

from meterside.web.components.chart.bars import Bars, BarUse, bar_chart
from meterside.web.components.chart.changes import ChangePart, Changes, PartsDoNotSum, changes
from meterside.web.components.chart.line import DayLine, day_line
from meterside.web.components.chart.months import MonthBars, MonthUse, month_bars
from meterside.web.components.chart.spread import Spread, SpreadBin, spread_bars
from meterside.web.components.chart.strip import DayStrip, DayUse, Quality, day_strip

__all__ = [
    "BarUse",
    "Bars",
    "ChangePart",
    "Changes",
    "DayLine",
    "DayStrip",
    "DayUse",
    "MonthBars",
    "MonthUse",
    "PartsDoNotSum",
    "Quality",
    "Spread",
    "SpreadBin",
    "bar_chart",
    "changes",
    "day_line",
    "day_strip",
    "month_bars",
    "spread_bars",
]
