"""The last days' hours of the cast, brought in as every day's are: by files of two head-ends and their mappings.

Two things are amiss, as they are in life: a meter that nobody has entered yet, and an hour that no house can use.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from meterside import wiring
from meterside.cis.metering.files.senders import save_sender
from meterside.cis.metering.models import MeterSource
from meterside.engine.interval import DayIntervals, day_intervals
from meterside.engine.period import Period
from meterside.kit import clock
from meterside.kit.clock import clock_at

from .history import Member
from .plan import Plan
from .readings import hourly_days, use_of
from .utility import badge, metered

#: So many days before today come by files.
_DAYS: Final = 3
#: A meter that was hung yesterday, and is in nobody's books yet.
_NEW_METER: Final = "E09417-1"
#: Whose meter once says what only a register full of ones can.
_ODD_HOUSEHOLD: Final = "lucia"
_ODD_WATT_HOURS: Final = 65_535
_ODD_HOUR: Final = 14
_MAPPING: Final[dict[str, Any]] = {
    "channel": "meter",
    "stamp": "hour_begins",
    "stamp_format": "%Y-%m-%d %H:%M",
    "stamp_at": "start",
    "clock": "local",
    "repeated_hour": "in_order",
    "interval_s": 3600,
    "quality": "flag",
    "qualities": {"A": "measured", "E": "estimated"},
}
#: By commodity: the column of values, their unit with its decimals, and how a whole number is written in it.
_VALUES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "electric": ("kwh", {"unit": "kWh", "decimals": 3}),
    "water": ("cubic_feet", {"unit": "cf", "decimals": 0}),
}


def days_by_file(plan: Plan) -> Period:
    """The days whose hours come by files."""
    return Period(plan.today - timedelta(days=_DAYS), plan.today)


def deliver(plan: Plan, group: Sequence[Member]) -> int:
    """Bring in the files of the last days, one a head-end and day, in the night after it; returns how many."""
    n_files = 0
    for commodity in _VALUES:
        sender = _sender(plan, commodity)
        for day in days_by_file(plan).each_day():
            content = _file(plan, group, commodity, day)
            with clock_at(min(plan.at(day + timedelta(days=1), 4, 20), clock.now())):
                wiring.receive_meter_file(
                    io.BytesIO(content), name=f"{commodity}-{day}.csv", reader=wiring.reader_of(sender)
                )
            n_files += 1
    return n_files


def _sender(plan: Plan, commodity: str) -> MeterSource:
    column, unit = _VALUES[commodity]
    with clock_at(plan.at(plan.first_day, 9, 30)):
        return save_sender(
            name=f"{commodity.title()} head-end",
            format="generic_csv",
            details={**_MAPPING, **unit, "value": column, "commodity": commodity},
        )


def _file(plan: Plan, group: Sequence[Member], commodity: str, day: date) -> bytes:
    """One day of one head-end, as its CSV: a row an hour and meter."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("meter", "hour_begins", _VALUES[commodity][0], "flag"))
    for number, hours in _meters(plan, group, commodity, day):
        rows.writerows(
            (number, f"{at:%Y-%m-%d %H:%M}", value, "A") for at, value in _hours(plan, hours, commodity)
        )
    return text.getvalue().encode()


def _meters(
    plan: Plan, group: Sequence[Member], commodity: str, day: date
) -> Iterator[tuple[str, DayIntervals]]:
    is_first, is_last = day == days_by_file(plan).start, day + timedelta(days=1) == plan.today
    for household in (member.household for member in group if member.household.has_intervals):
        for name, meter in metered(household):
            if name != commodity:
                continue
            use = use_of(plan, household, commodity, meter)
            (hours,) = hourly_days(plan, use, commodity, day, day + timedelta(days=1))
            if commodity == "electric" and is_first and household.key == _ODD_HOUSEHOLD:
                hours = _with_odd_hour(hours)
            yield badge(household, commodity, meter), hours
            if commodity == "electric" and is_last and household.key == _ODD_HOUSEHOLD:
                yield _NEW_METER, hours


def _with_odd_hour(hours: DayIntervals) -> DayIntervals:
    values = hours.array().copy()
    values[_ODD_HOUR] = _ODD_WATT_HOURS
    return day_intervals(hours.day, hours.start_utc, hours.seconds, values)


def _hours(plan: Plan, hours: DayIntervals, commodity: str) -> Iterator[tuple[datetime, Decimal]]:
    """When each hour begins by the clock on the wall, and its use in the file's unit."""
    decimals = _VALUES[commodity][1]["decimals"]
    for place, value in enumerate(hours.array().tolist()):
        at = hours.start_utc + timedelta(seconds=hours.seconds * place)
        yield at.astimezone(plan.zone), Decimal(value).scaleb(-decimals)
