"""Times of day in words: `from 4 PM to 9 PM on weekdays`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .say import Say

_DAY_MINUTES = 24 * 60
#: Parts of the day where a rate names none, as first and last hour.
DAY_PARTS = ((0, 6), (6, 12), (12, 18), (18, 24))
#: More blocks of a kind of day than this no sentence tells well.
_MOST_BLOCKS = 2


@dataclass(frozen=True, slots=True)
class PeriodHours:
    """The blocks of a period by kind of day (every, weekday, weekend), each first and last minute."""

    blocks: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]

    @classmethod
    def of(cls, times: Iterable[Sequence[Any]]) -> Self:
        """As a statement writes them."""
        found: dict[str, list[tuple[int, int]]] = {}
        for word, first, last in times:
            found.setdefault(word, []).append((first, last))
        return cls(tuple((word, tuple(own)) for word, own in found.items()))


def hours_words(hours: PeriodHours, say: Say) -> str:
    """`from 4 PM to 9 PM on weekdays, all day on weekends`; nothing where that would be too long."""
    if any(len(blocks) > _MOST_BLOCKS for _word, blocks in hours.blocks):
        return ""
    return pgettext("times", ", and ").join(_on_days(word, blocks, say) for word, blocks in hours.blocks)


def _on_days(word: str, blocks: Sequence[tuple[int, int]], say: Say) -> str:
    facts = {"hours": blocks_words(blocks, say)}
    if word == "weekday":
        return _("%(hours)s on weekdays") % facts
    if word == "weekend":
        return _("%(hours)s on weekends") % facts
    return facts["hours"]


def blocks_words(blocks: Iterable[tuple[int, int]], say: Say) -> str:
    """`from 6 AM to 9 AM and from 4 PM to 9 PM`; blocks are first and last minutes of a day."""
    return pgettext("hours", " and ").join(_block(first, last, say) for first, last in blocks)


def _block(first: int, last: int, say: Say) -> str:
    if (first, last) == (0, _DAY_MINUTES):
        return _("all day")
    return _("from %(start)s to %(end)s") % {"start": _time(first, say), "end": _time(last, say)}


def _time(minute: int, say: Say) -> str:
    if minute % _DAY_MINUTES == 0:
        return _("midnight")
    return _("noon") if minute == _DAY_MINUTES // 2 else say.minute(minute)


def day_part(first: int) -> str:
    """`Morning`, by its first hour."""
    return {
        0: pgettext("part of the day", "Night"),
        6: pgettext("part of the day", "Morning"),
        12: pgettext("part of the day", "Afternoon"),
        18: pgettext("part of the day", "Evening"),
    }[first]
