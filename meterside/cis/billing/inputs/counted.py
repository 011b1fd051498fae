"""The channels behind an agreement's use, each over the days it counts for, with what a count of it is worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from meterside.engine.period import Period
from meterside.engine.quantity import CannotConvert, UnknownUnit, convert
from meterside.engine.rating import RECEIVED

from .source_rows import multiplied

__all__ = ["CHANNELS_OF_AGREEMENT", "RECEIVED", "MeterChannel", "counted_over", "unit_of"]


@dataclass(frozen=True, slots=True)
class MeterChannel:
    """A channel over the days [first, end) it counts for; a count is worth `worth` of the service's unit.

    `opens` and `closes` (UTC) bound its intervals more closely, where a meter came or went inside a day.
    """

    id: int
    direction: str
    first: date
    end: date | None
    opens: datetime
    closes: datetime | None
    worth: Decimal


#: A column of a query that calls the agreement `g`: its channels, each as `counted_over` takes it; NULL for none.
CHANNELS_OF_AGREEMENT = """(
    SELECT jsonb_agg(jsonb_build_array(c.id, c.unit, c.interval_s, c.direction, l.use,
                lower(i.during), upper(i.during), lower(l.during), upper(l.during),
                (SELECT jsonb_agg(jsonb_build_array(lower(m.during), upper(m.during),
                           (CASE WHEN m.applied_by_source THEN 1 ELSE m.value END)::text) ORDER BY m.during)
                   FROM cis_registry_multiplier m WHERE m.device_id = c.device_id))
              ORDER BY i.during, c.id)
       FROM cis_agreements_agreementservicepoint l
       JOIN cis_registry_deviceinstallation i ON i.service_point_id = l.service_point_id
       JOIN cis_registry_channel c ON c.device_id = i.device_id AND c.unit NOT IN ('varh', 'kvarh')
      WHERE l.agreement_id = g.id AND l.use IN ('add', 'subtract')
)"""


def unit_of(rows: Sequence[Sequence[Any]]) -> str:
    """The unit use is said in: the first channel's that counts any; empty where none does."""
    return next((item[1] for item in rows if item[3] != RECEIVED), "")


def counted_over(
    item: Sequence[Any], unit: str, since: date, until: date | None, zone: ZoneInfo
) -> Iterator[MeterChannel]:
    """The channel over the days of the tenure it counts for, cut where its meter's multiplier changes.

    Nothing where there are no such days, or it measures otherwise.
    """
    key, own_unit, _seconds, direction, use, opens, closes, linked, unlinked, multipliers = item
    opened = datetime.fromisoformat(opens)
    closed = datetime.fromisoformat(closes) if closes else None
    first = max(opened.astimezone(zone).date(), date.fromisoformat(linked), since)
    last = None if closed is None else _day_after(closed, zone)
    ends = [day for day in (last, date.fromisoformat(unlinked) if unlinked else None, until) if day]
    end = min(ends) if ends else None
    if end is not None and end <= first:
        return
    try:
        one = convert(Decimal(1), own_unit, unit)
    except (CannotConvert, UnknownUnit):
        if own_unit != unit:
            return
        one = Decimal(1)
    sign = -1 if use == "subtract" else 1
    for days, multiplier in multiplied(Period(first, end), multipliers or ()):
        yield MeterChannel(
            id=key,
            direction=direction,
            first=days.start,
            end=days.end,
            opens=opened,
            closes=closed,
            worth=sign * one * multiplier,
        )


def _day_after(closed: datetime, zone: ZoneInfo) -> date:
    """The first day of which a meter that went says nothing: one that went at midnight says nothing of that day."""
    local = closed.astimezone(zone)
    is_midnight = local.hour == local.minute == local.second == 0
    return local.date() if is_midnight else local.date() + timedelta(days=1)
