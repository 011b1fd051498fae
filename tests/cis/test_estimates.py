"""Missing reads: estimated by policy, as documented, never too often; and bills made from them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from meterside.cis.billing.books import prove_books
from meterside.cis.billing.models import Bill, BillException
from meterside.cis.metering.estimates.curve import DialCurve, DialRead
from meterside.cis.metering.estimates.days import DueDay, estimate_days
from meterside.cis.metering.estimates.registers import (
    DueRead,
    estimate_reads,
    policies_on,
    restate_estimates,
    set_estimate_policy,
)
from meterside.cis.metering.models import DayEstimate, IntervalDay, ReadEstimate, RegisterRead
from meterside.cis.metering.store.operations import store_days
from meterside.cis.metering.store.queries import day_totals
from meterside.engine.interval import Quality, day_intervals, unpack_values
from meterside.engine.period import service_day
from meterside.kit.clock import clock_at
from tests.cast import ZONE, Household, Riverside, bill_month, instant, read_dial, read_hours, riverside
from tests.engine.tables import worked_table

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JAN, FEB, MAR, APR, MAY = (date(2025, month, 1) for month in range(1, 6))
LAST_YEAR = {
    date(2024, 1, 1): 10_000, date(2024, 2, 1): 10_620, date(2024, 3, 1): 11_200, JAN: 17_000, FEB: 17_496,
}  # fmt: skip


@pytest.fixture
def home() -> Household:
    utility: Riverside = riverside()
    return utility.alice


def _due(home: Household, day: date) -> DueRead:
    register = home.electric.registers.get()
    return DueRead(register.pk, day, service_day(day, ZONE)[0], register.dials, "electric", "residential")


def _read_of(home: Household, day: date) -> RegisterRead:
    rows = RegisterRead.objects.filter(register__device=home.electric, local_day=day)
    return rows.order_by("-version")[0]


@pytest.mark.parametrize("row", worked_table("algorithms/billing.md", "method"), ids=lambda row: row[0])
def test_each_method_works_as_documented(home: Household, row: tuple[str, ...]) -> None:
    method, use = row[0], int(row[3])
    for day, count in LAST_YEAR.items():
        read_dial(home.electric, day, count)
    if method == "near_read":
        read_dial(home.electric, date(2025, 3, 4), 18_008)
    set_estimate_policy(since=JAN, methods=[method], window_days=5)
    assert estimate_reads([_due(home, MAR)], policies=policies_on(MAR), today=APR) == []
    read = _read_of(home, MAR)
    assert (read.kind, read.dial_count) == ("estimated", 17_496 + use)
    note = ReadEstimate.objects.get()
    assert (note.method, note.local_day, note.version) == (method, MAR, 1)


def test_the_first_method_with_a_basis_is_used(home: Household) -> None:
    for day in (JAN, FEB):
        read_dial(home.electric, day, LAST_YEAR[day])
    set_estimate_policy(since=JAN, methods=["near_read", "last_year_scaled", "last_year", "recent"])
    estimate_reads([_due(home, MAR)], policies=policies_on(MAR), today=APR)
    assert ReadEstimate.objects.get().method == "recent"


@pytest.mark.parametrize(
    ("reads", "today", "why"),
    [
        ({JAN: 17_000, FEB: 17_496}, MAR + timedelta(days=4), "window_open"),
        ({FEB: 17_496}, APR, "no_basis"),
        ({}, APR, "no_basis"),
    ],
)
def test_what_is_not_estimated_says_why(
    home: Household, reads: dict[date, int], today: date, why: str
) -> None:
    for day, count in reads.items():
        read_dial(home.electric, day, count)
    set_estimate_policy(since=JAN, methods=["recent"], window_days=5)
    (refused,) = estimate_reads([_due(home, MAR)], policies=policies_on(MAR), today=today)
    assert refused.why == why
    assert not ReadEstimate.objects.exists()


def test_the_policy_that_names_more_counts_and_is_dated(home: Household) -> None:
    set_estimate_policy(since=JAN, methods=["recent"])
    set_estimate_policy(since=JAN, commodity="electric", methods=["last_year"])
    set_estimate_policy(since=MAR, commodity="electric", methods=["near_read"])
    found = [policies_on(day).of("electric", "residential") for day in (FEB, MAR)]
    assert [policy.methods for policy in found if policy] == [["last_year"], ["near_read"]]
    water = policies_on(MAR).of("water", "residential")
    assert water is not None
    assert water.methods == ["recent"]
    with pytest.raises(IntegrityError), transaction.atomic():
        set_estimate_policy(since=APR, methods=["a crystal ball"])


def test_a_dial_that_turns_is_one_line() -> None:
    curve = DialCurve([DialRead(JAN, 99_900, "actual"), DialRead(FEB, 60, "actual")], dials=5)
    assert curve.at(date(2025, 1, 16)) == 99_900 + Fraction(160 * 15, 31)
    assert curve.at(MAR) is None


def test_estimates_between_two_reads_are_worked_out_anew(home: Household) -> None:
    read_dial(home.electric, JAN, 1000)
    read_dial(home.electric, FEB, 1762, kind="estimated")
    read_dial(home.electric, MAR, 2300, kind="estimated")
    read_dial(home.electric, APR, 2800)
    register = home.electric.registers.get().pk
    assert restate_estimates([register], until=APR) == {register}
    # 1,800 in 90 days.
    assert [_read_of(home, day).dial_count for day in (FEB, MAR)] == [1620, 2180]
    assert restate_estimates([register], until=APR) == set()
    assert RegisterRead.objects.filter(register=register, local_day=FEB).count() == 2


def test_a_read_that_says_what_was_estimated_is_kept_as_taken(home: Household) -> None:
    read_dial(home.electric, JAN, 1000, kind="estimated")
    read_dial(home.electric, JAN, 1000)
    read_dial(home.electric, JAN, 1000)
    assert (_read_of(home, JAN).kind, _read_of(home, JAN).version) == ("actual", 2)


def _billed(home: Household, start: date, end: date, *, at: str = "2025-06-01T09:00") -> Bill | None:
    with clock_at(instant(at).astimezone(UTC)):
        bill_month(start, end, [home.account])
    return Bill.objects.filter(account=home.account, bill_date=end).first()


def test_a_run_bills_estimates_until_somebody_has_to_go_there(
    home: Household, commit_checks: Callable[[], None]
) -> None:
    for day, count in ((date(2024, 12, 1), 400), (JAN, 1000), (FEB, 1620)):
        read_dial(home.electric, day, count)
    for day, count in ((JAN, 500), (FEB, 1500), (MAR, 2400), (APR, 3300), (MAY, 4200)):
        read_dial(home.water, day, count)
    set_estimate_policy(since=JAN, commodity="electric", methods=["recent"], window_days=3, most_in_a_row=2)
    assert _billed(home, JAN, FEB) is not None
    # On the third day the read may still come.
    assert _billed(home, FEB, MAR, at="2025-03-03T09:00") is None
    assert BillException.objects.get(status="open").kind == "missing_read"
    february = _billed(home, FEB, MAR, at="2025-03-04T09:00")
    assert february is not None
    meter = next(item for item in february.statement["services"] if item["service"] == "electric")["meters"][
        0
    ]
    assert (meter["present"], meter["difference"]) == (
        {"day": "2025-03-01", "count": 2180, "kind": "estimated"},
        560,
    )
    assert _billed(home, MAR, APR) is not None
    assert _billed(home, APR, MAY) is None
    assert BillException.objects.get(status="open").kind == "too_many_estimates"
    commit_checks()
    assert prove_books().holds


def test_a_dial_that_was_estimated_too_high_does_not_go_back(home: Household) -> None:
    for day, count in ((JAN, 1000), (FEB, 1900)):
        read_dial(home.electric, day, count)
    for day, count in ((JAN, 500), (FEB, 1500), (MAR, 2400), (APR, 3300)):
        read_dial(home.water, day, count)
    set_estimate_policy(since=JAN, methods=["recent"])
    _billed(home, JAN, FEB)
    _billed(home, FEB, MAR)
    assert _read_of(home, MAR).dial_count == 2713
    read_dial(home.electric, APR, 2490)
    march = _billed(home, MAR, APR)
    assert march is not None
    # 590 in 59 days, of which March has 31.
    assert (
        march.segments.get(agreement=home.agreements["electric"]).inputs["determinants"][0]["quantity"]
        == "310000"
    )


def test_a_missing_day_is_the_mean_of_like_days(home: Household) -> None:
    channel = home.electric.channels.get()
    monday = date(2025, 3, 31)
    read_hours(home.electric, date(2025, 2, 24), date(2025, 3, 4), 1000)
    read_hours(home.electric, date(2025, 3, 4), monday, 1001)
    first, last = service_day(monday, ZONE)
    hours = (last - first) // timedelta(hours=1)
    codes = [Quality.MEASURED] * 10 + [Quality.MISSING] * (hours - 10)
    store_days([(channel.pk, day_intervals(monday, first, 3600, [7] * 10 + [0] * (hours - 10), codes))])
    due = DueDay(channel.pk, monday, 3600, ZONE)
    assert estimate_days([due]) == []
    # Mondays: twice 1,000 and three times 1,001, so 1,000.6.
    row = IntervalDay.objects.filter(channel=channel, local_day=monday).order_by("-version")[0]
    assert list(unpack_values(bytes(row.reads), row.width)) == [7] * 10 + [1001] * 14
    assert day_totals([channel.pk], monday, APR)[channel.pk][0].quality == "estimated"
    note = DayEstimate.objects.get()
    assert note.basis["intervals"] == 14
    assert len(note.basis["like_days"]) == 5
    assert estimate_days([DueDay(channel.pk, date(2025, 6, 2), 3600, ZONE)]) != []


def test_a_meter_billed_by_its_intervals_is_billed_with_like_days(home: Household) -> None:
    home.electric.registers.all().delete()
    for day, count in ((JAN, 500), (FEB, 1500)):
        read_dial(home.water, day, count)
    read_hours(home.electric, JAN, date(2025, 1, 30), 1000)
    read_hours(home.electric, date(2025, 1, 31), FEB, 1000)
    assert _billed(home, JAN, FEB) is None
    set_estimate_policy(since=JAN, commodity="electric", methods=["like_days"])
    january = _billed(home, JAN, FEB)
    assert january is not None
    meter = next(item for item in january.statement["services"] if item["service"] == "electric")["meters"][0]
    assert (meter["quantity"], meter["not_measured_days"]) == (str(31 * 24_000), 1)
