"""The days a URDB rate holds for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from meterside.engine.tariff import UnsupportedTariff

_ONE_DAY = timedelta(days=1)
_NOON = time(12)


def start_of(item: Mapping[str, Any], *, nearest_day: bool) -> date:
    """The first day. Raises ``UnsupportedTariff`` as ``day_of``."""
    if item.get("startdate") in (None, ""):
        raise UnsupportedTariff("startdate", "is missing; give a day with --effective-from")
    return day_of(item["startdate"], "startdate", nearest_day=nearest_day)


def end_of(item: Mapping[str, Any], *, nearest_day: bool) -> date | None:
    """The first day after the rate: URDB's end is the last day. None while it runs on."""
    if item.get("enddate") in (None, ""):
        return None
    return day_of(item["enddate"], "enddate", nearest_day=nearest_day) + _ONE_DAY


def day_of(value: Any, name: str, *, nearest_day: bool) -> date:
    """A day from seconds since 1970 or from text.

    An instant inside a day is the midnight of an unknown zone: refused, or, where the caller says so, the
    day whose midnight UTC is nearest.
    """
    try:
        if isinstance(value, int):
            instant = datetime.fromtimestamp(value, UTC)
        else:
            instant = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except (ValueError, OverflowError, OSError) as error:
        raise UnsupportedTariff(f"{name}: {value}", "is no day") from error
    if instant.time() == time(0):
        return instant.date()
    if nearest_day:
        return instant.date() + (_ONE_DAY if instant.time() >= _NOON else timedelta(0))
    reason = (
        "is an instant inside a day, of an unknown zone; give the day with --effective-from, "
        "or take the nearest one with --nearest-day"
    )
    raise UnsupportedTariff(f"{name}: {value}", reason)
