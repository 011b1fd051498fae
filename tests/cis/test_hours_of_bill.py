"""The use on a bill by the hour of the day, as the CIS answers it."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.cis.billing.models import Bill
from meterside.cis.billing.queries.hours import hours_of_bill
from meterside.cis.metering.store.operations import store_days
from meterside.cis.registry.models import Device, Multiplier
from meterside.engine.interval import day_intervals
from meterside.engine.period import service_day
from tests.cast import ZONE, Household, Riverside, bill_month, read_dial, riverside

pytestmark = pytest.mark.django_db
JAN, MAR, APR = date(2025, 1, 1), date(2025, 3, 1), date(2025, 4, 1)


def quarter_hours(device: Device, start: date, end: date) -> None:
    """Each quarter-hour as many Wh as the clock's hour it begins in, and one more."""
    channel, rows, day = device.channels.get(), [], start
    while day < end:
        first, last = (instant.astimezone(UTC) for instant in service_day(day, ZONE))
        starts = [
            first + timedelta(minutes=15) * index for index in range((last - first) // timedelta(minutes=15))
        ]
        values = [start.astimezone(ZONE).hour + 1 for start in starts]
        rows.append((channel.pk, day_intervals(day, first, 900, values)))
        day += timedelta(days=1)
    store_days(rows)


def billed(made: Riverside) -> UUID:
    home = made.alice
    for day, kwh, cf in ((JAN, 100, 50), (MAR, 1000, 500), (APR, 1744, 1500)):
        read_dial(home.electric, day, kwh)
        read_dial(home.water, day, cf)
    bill_month(JAN, MAR, [home.account])
    bill_month(MAR, APR, [home.account])
    return Bill.objects.filter(account=home.account).latest("bill_date").public_id


def of_electric(home: Household, bill: UUID) -> tuple[Decimal, ...] | None:
    (electric,) = [one for one in home.account.agreements.all() if one.service == "electric"]
    found = {one.agreement: one for one in hours_of_bill(home.account.public_id, bill)}
    own = found.get(str(electric.public_id))
    assert own is None or own.unit == "Wh"
    return own.by_hour if own else None


def test_each_hour_of_the_clock_is_summed_for_itself() -> None:
    """31 days of four quarter-hours; on March 9 the clock has no hour from 2 to 3."""
    made = riverside()
    quarter_hours(made.alice.electric, MAR, APR)
    by_hour = of_electric(made.alice, billed(made))
    assert by_hour == tuple(Decimal((hour + 1) * 4 * (30 if hour == 2 else 31)) for hour in range(24))


def test_a_multiplier_counts_from_its_day() -> None:
    made = riverside()
    quarter_hours(made.alice.electric, MAR, APR)
    Multiplier.objects.create(
        device=made.alice.electric,
        value=10,
        applied_by_source=False,
        during=DateRange(date(2025, 3, 22), None),
    )
    Multiplier.objects.create(
        device=made.alice.electric, value=7, applied_by_source=True, during=DateRange(None, date(2025, 3, 22))
    )
    read_dial(made.alice.electric, date(2025, 3, 22), 1200)
    by_hour = of_electric(made.alice, billed(made))
    assert by_hour is not None
    assert by_hour[5] == 6 * 4 * (21 + 10 * 10)


def test_a_day_that_lacks_takes_all_hours_away() -> None:
    made = riverside()
    quarter_hours(made.alice.electric, MAR, date(2025, 3, 31))
    assert of_electric(made.alice, billed(made)) is None


def test_another_accounts_bill_has_no_hours() -> None:
    made = riverside()
    quarter_hours(made.alice.electric, MAR, APR)
    bill = billed(made)
    assert hours_of_bill(made.charlie.account.public_id, bill) == ()
