"""Use at service points: by day, month and hour, within a tenure and over an exchange of meters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from meterside.cis.metering.operations import store_days
from meterside.cis.metering.use_queries import (
    Stream,
    Tenure,
    intervals_of_day,
    newest_data,
    use_by_day,
    use_by_month,
)
from meterside.cis.registry.models import Channel, DeviceInstallation, Multiplier, ServicePoint
from meterside.cis.registry.operations import NewChannel, install_meter
from meterside.engine.interval import Quality, day_intervals
from meterside.engine.period import Period, service_day
from tests.cast import ZONE, Household, riverside

pytestmark = pytest.mark.django_db
MAR, APR, MAY = date(2025, 3, 1), date(2025, 4, 1), date(2025, 5, 1)
_ONE_DAY = timedelta(days=1)


@pytest.fixture
def home() -> Household:
    return riverside().alice


def _point(home: Household) -> ServicePoint:
    return home.premise.service_points.get(commodity="electric")


def _store(channel: Channel, day: date, value: int, codes: Sequence[int] | None = None) -> None:
    first, last = service_day(day, ZONE)
    hours = (last - first) // timedelta(hours=1)
    store_days([(channel.pk, day_intervals(day, first.astimezone(UTC), 3600, [value] * hours, codes))])


def _days(home: Household, start: date, end: date, value: int) -> None:
    for number in range((end - start).days):
        _store(home.electric.channels.get(), start + number * _ONE_DAY, value)


def test_days_and_months_stay_within_the_tenure(home: Household) -> None:
    _days(home, MAR, MAY, 10)
    stream = Stream(_point(home).pk, "delivered", "Wh")
    tenure = [Tenure(_point(home).pk, Period(date(2025, 3, 8), date(2025, 4, 11)))]
    days = use_by_day(tenure, start=MAR, end=MAY)[stream]
    assert [days[0].day, days[-1].day, len(days)] == [date(2025, 3, 8), date(2025, 4, 10), 34]
    # The clock went forward on March 9: 23 hours.
    assert [day.quantity for day in days[:3]] == [240, 230, 240]
    months = use_by_month(tenure, start=MAR, end=MAY)[stream]
    assert [(month.month, month.quantity, month.n_days) for month in months] == [
        (MAR, Decimal(24 * 240 - 10), 24),
        (APR, Decimal(10 * 240), 10),
    ]
    assert use_by_day([Tenure(_point(home).pk, Period(MAY))], start=MAR, end=MAY) == {}


def test_a_multiplier_is_in_unless_the_source_applied_it(home: Household) -> None:
    _days(home, APR, APR + _ONE_DAY, 10)
    stream, tenure = Stream(_point(home).pk, "delivered", "Wh"), [Tenure(_point(home).pk, Period(MAR))]
    made = Multiplier.objects.create(
        device=home.electric, value=Decimal("40"), applied_by_source=False, during=(MAR, None)
    )
    assert use_by_day(tenure, start=APR, end=MAY)[stream][0].quantity == 9600
    Multiplier.objects.filter(pk=made.pk).update(applied_by_source=True)
    assert use_by_day(tenure, start=APR, end=MAY)[stream][0].quantity == 240


def test_an_exchange_inside_a_day_is_one_day_of_use(home: Household) -> None:
    point, day = _point(home), date(2025, 4, 10)
    first, _ = service_day(day, ZONE)
    noon = first + timedelta(hours=12)
    old = home.electric.channels.get()
    DeviceInstallation.objects.filter(device=home.electric).update(
        during=DateTimeTZRange(service_day(MAR, ZONE)[0], noon)
    )
    fresh = install_meter(
        service_point=point, badge="A-E2", installed_at=noon, channels=(NewChannel("1", "Wh", 3600),)
    )
    there, not_there = [Quality.MEASURED] * 12, [Quality.MISSING] * 12
    start = first.astimezone(UTC)
    rows = [
        (old.pk, day_intervals(day, start, 3600, [5] * 12 + [0] * 12, there + not_there)),
        (fresh.channels.get().pk, day_intervals(day, start, 3600, [0] * 12 + [7] * 12, not_there + there)),
    ]
    store_days(rows)
    stream, tenure = Stream(point.pk, "delivered", "Wh"), [Tenure(point.pk, Period(MAR))]
    (used,) = use_by_day(tenure, start=APR, end=MAY)[stream]
    assert (used.day, used.quantity, used.quality) == (day, Decimal(144), "measured")
    slots = intervals_of_day(tenure, day=day)[stream]
    assert [slot.quantity for slot in slots] == [5] * 12 + [7] * 12
    assert {slot.quality for slot in slots} == {"measured"}


def test_a_hole_is_said_and_the_newest_data_ends_before_it(home: Household) -> None:
    channel, day = home.electric.channels.get(), date(2025, 4, 10)
    _store(channel, day, 10, [Quality.MEASURED] * 20 + [Quality.MISSING] * 4)
    stream, tenure = Stream(_point(home).pk, "delivered", "Wh"), [Tenure(_point(home).pk, Period(MAR))]
    assert use_by_day(tenure, start=APR, end=MAY)[stream][0].quality == "missing"
    slots = intervals_of_day(tenure, day=day)[stream]
    assert [slots[19].quantity, slots[20].quantity, slots[20].quality] == [10, None, "missing"]
    until = newest_data(tenure, today=date(2025, 4, 12))[stream]
    assert until == service_day(day, ZONE)[0] + timedelta(hours=20)
    assert newest_data(tenure, today=date(2027, 4, 12)) == {}


def test_a_month_is_the_same_from_kept_totals_and_by_day(home: Household) -> None:
    _days(home, MAR, MAY, 10)
    channel = home.electric.channels.get()
    _store(channel, date(2025, 4, 10), 11)
    _store(channel, date(2025, 4, 11), 10, [Quality.MEASURED] * 20 + [Quality.MISSING] * 4)
    _store(channel, date(2025, 5, 2), 10, [Quality.ESTIMATED] * 24)
    stream, tenure = Stream(_point(home).pk, "delivered", "Wh"), [Tenure(_point(home).pk, Period(MAR))]
    kept = use_by_month(tenure, start=MAR, end=date(2025, 6, 1))[stream]
    days = use_by_day(tenure, start=MAR, end=date(2025, 6, 1))[stream]
    for month in kept:
        of_month = [day for day in days if day.day.replace(day=1) == month.month]
        assert month.quantity == sum(day.quantity for day in of_month)
        assert month.n_days == len(of_month)
        assert month.n_not_measured == sum(day.quality != "measured" for day in of_month)
    assert [(month.n_days, month.n_not_measured, month.n_incomplete) for month in kept] == [
        (31, 0, 0),
        (30, 0, 0),
        (1, 1, 0),
    ]


def test_who_moved_out_is_told_of_their_own_last_day(home: Household) -> None:
    _days(home, MAR, MAY, 10)
    stream, until = Stream(_point(home).pk, "delivered", "Wh"), date(2025, 4, 11)
    left = [Tenure(_point(home).pk, Period(MAR, until))]
    assert newest_data(left, today=MAY)[stream] == service_day(until, ZONE)[0]


def test_days_by_the_quarter_of_an_hour_are_as_long_as_their_zone_has_them(home: Household) -> None:
    """92, 96 and 100 quarter-hours where the clock changes, 96 all year where it does not."""
    expected = {
        "America/Los_Angeles": {date(2025, 3, 9): 92, date(2025, 7, 1): 96, date(2025, 11, 2): 100},
        "America/Phoenix": {date(2025, 3, 9): 96, date(2025, 7, 1): 96, date(2025, 11, 2): 96},
    }
    stream, tenure = Stream(_point(home).pk, "delivered", "Wh"), [Tenure(_point(home).pk, Period(MAR))]
    for name, days in expected.items():
        zone = ZoneInfo(name)
        type(home.premise).objects.filter(pk=home.premise.pk).update(zone=name)
        for day, count in days.items():
            first, last = (instant.astimezone(UTC) for instant in service_day(day, zone))
            values = [7] * ((last - first) // timedelta(minutes=15))
            store_days([(home.electric.channels.get().pk, day_intervals(day, first, 900, values))])
            slots = intervals_of_day(tenure, day=day)[stream]
            assert len(slots) == count
            assert (slots[0].start_utc, slots[-1].start_utc + timedelta(minutes=15)) == (first, last)
            assert use_by_day(tenure, start=day, end=day + _ONE_DAY)[stream][0].quantity == 7 * count
