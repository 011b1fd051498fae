"""What a chart says to someone who does not see it, and the keys of its legend."""

from __future__ import annotations

from django.utils.translation import gettext, ngettext

from meterside.web.components.chart.bars import Bars
from meterside.web.components.chart.months import MonthBars
from meterside.web.components.chart.strip import DayStrip, Quality


def quality_word(quality: Quality) -> str:
    """`measured`, `estimated`, `partly missing`, `expected`, `missing`, `not here yet` in the person's language."""
    if quality is Quality.MEASURED:
        return gettext("measured")
    if quality is Quality.ESTIMATED:
        return gettext("estimated")
    if quality is Quality.PARTIAL:
        return gettext("partly missing")
    if quality is Quality.PROJECTED:
        return gettext("expected")
    if quality is Quality.AWAITED:
        return gettext("not here yet")
    return gettext("missing")


def strip_words(strip: DayStrip) -> str:
    """`19 days measured, 1 estimated, 11 expected.`"""
    measured = strip.count(Quality.MEASURED)
    parts = [ngettext("%(count)s day measured", "%(count)s days measured", measured) % {"count": measured}]
    if count := strip.count(Quality.ESTIMATED):
        parts.append(ngettext("%(count)s estimated", "%(count)s estimated", count) % {"count": count})
    if count := strip.count(Quality.PARTIAL):
        parts.append(
            ngettext("%(count)s partly missing", "%(count)s partly missing", count) % {"count": count}
        )
    if count := strip.count(Quality.AWAITED):
        parts.append(ngettext("%(count)s not here yet", "%(count)s not here yet", count) % {"count": count})
    if count := strip.count(Quality.MISSING):
        parts.append(ngettext("%(count)s missing", "%(count)s missing", count) % {"count": count})
    if count := strip.count(Quality.PROJECTED):
        parts.append(ngettext("%(count)s expected", "%(count)s expected", count) % {"count": count})
    return ", ".join(parts) + "."


def strip_legend(strip: DayStrip) -> list[tuple[str, str]]:
    """The kinds that are there; nothing where the mark of today alone tells measured from expected."""
    kinds = [quality for quality in Quality if strip.count(quality)]
    if strip.has_last_year:
        found = [(str(quality), quality_word(quality)) for quality in kinds]
        return [*found, ("old", gettext("a year before"))]
    if set(kinds) <= {Quality.MEASURED, Quality.PROJECTED}:
        return []
    return [(str(quality), quality_word(quality)) for quality in kinds]


def months_legend(bars: MonthBars) -> list[tuple[str, str]]:
    """This year's kinds, then last year."""
    kinds = [quality for quality in Quality if bars.has(quality)]
    found = [(str(quality), quality_word(quality)) for quality in kinds]
    if bars.has_last_year:
        found.append(("old", gettext("a year before")))
    elif kinds == [Quality.MEASURED]:
        return []
    return found


def bars_legend(bars: Bars, other: str, marked: str = "") -> list[tuple[str, str]]:
    """The kinds that are there, then what they are compared with, named `other`, and the band, named `marked`."""
    kinds = [quality for quality in Quality if bars.has(quality)]
    found = [(str(quality), quality_word(quality)) for quality in kinds]
    band = [("band", marked)] if bars.bands and marked else []
    if bars.has_other:
        return [*found, ("old", other), *band]
    return band if kinds == [Quality.MEASURED] else [*found, *band]


FILTERS = {
    "bars_legend": bars_legend,
    "quality_word": quality_word,
    "strip_words": strip_words,
    "strip_legend": strip_legend,
    "months_legend": months_legend,
}
