"""Use by period, day and interval, as a customer information system answers it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from meterside.contracts.cis import (
    AccountRef,
    Capability,
    NoSuchAccount,
    NoSuchPeriod,
    NoSuchService,
)
from meterside.contracts.usage import DaysOfUse, MeteredService, ServiceRef, UseQuality, UseToPrice
from meterside.kit import clock
from tests.conformance.cis import UNKNOWN, CisSuite


@dataclass(frozen=True)
class Watched:
    """A customer whose meter sends whole hours from the first day of the tenure to `known_to`, that day left out."""

    account: AccountRef
    commodity: str
    since: date
    known_to: date
    quantity_a_day: Decimal


class CisUsageConformance(CisSuite):
    """Use by period, day and interval: within the tenure, whole, and nobody else's."""

    @abstractmethod
    def watched(self) -> Watched:
        """With two billed periods or more, and some days of the open one."""

    def first_service(self) -> MeteredService:
        watched = self.watched()
        view = self.cis().use_by_period(watched.account, None, today=self.today())
        return next(one for one in view.services if one.commodity == watched.commodity)

    def days(self, start: date, end: date) -> DaysOfUse:
        service = self.first_service().ref
        return self.cis().use_by_day(
            self.watched().account, service, start=start, end=end, today=self.today()
        )

    def test_accounts_and_services_nobody_has_are_named(self) -> None:
        cis, watched, today = self.cis(), self.watched(), self.today()
        nowhere = ServiceRef(uuid4())
        theirs = cis.use_by_period(self.neighbour().account, None, today=today).service.ref
        for account, service, error in (
            (UNKNOWN, None, NoSuchAccount),
            (watched.account, nowhere, NoSuchService),
            (watched.account, theirs, NoSuchService),
        ):
            asks: list[Callable[[], object]] = [
                partial(cis.use_by_period, account, service, today=today),
                partial(cis.use_of_period, account, service, on=None, today=today),
                partial(cis.use_by_day, account, service, start=watched.since, end=today, today=today),
            ]
            for ask in asks:
                with pytest.raises(error):
                    ask()
        priced = cis.price_use(
            watched.account, theirs, start=watched.since, end=today, uses=[UseToPrice(Decimal(1), None, "Wh")]
        )
        assert priced is None
        assert cis.clock_of_day(watched.account, theirs, day=today) is None

    def test_the_clock_of_a_rate_is_a_whole_day(self) -> None:
        watched = self.watched()
        clock_of = self.cis().clock_of_day(watched.account, self.first_service().ref, day=watched.since)
        if clock_of is None:
            return
        ends = [(one.first, one.until) for one in clock_of.times]
        assert (ends[0][0], ends[-1][1]) == (0, 24 * 60)
        assert all(one[1] == after[0] for one, after in pairwise(ends))

    def test_days_are_whole_in_order_and_of_the_tenure_alone(self) -> None:
        watched = self.watched()
        before = watched.since - timedelta(days=40)
        view = self.days(before, self.today() + timedelta(days=40))
        expected = [watched.since + timedelta(days=n) for n in range((self.today() - watched.since).days)]
        assert [day.day for day in view.days] == expected
        for day in view.days:
            known = day.day < watched.known_to
            assert day.quantity == (watched.quantity_a_day if known else None), day
            assert day.quality is (UseQuality.MEASURED if known else UseQuality.AWAITED), day
        assert self.days(before, watched.since).days == ()

    def test_intervals_sum_to_their_days(self) -> None:
        watched, service = self.watched(), self.first_service()
        start, end = watched.known_to - timedelta(days=9), watched.known_to
        view = self.cis().use_by_interval(watched.account, service.ref, start=start, end=end, now=clock.now())
        zone = ZoneInfo(service.zone)
        sums: dict[date, Decimal] = {}
        for item in view.intervals:
            assert item.starts_at.utcoffset() == timedelta(0)
            assert item.seconds == service.interval_s
            assert item.quantity is not None
            day = item.starts_at.astimezone(zone).date()
            sums[day] = sums.get(day, Decimal(0)) + item.quantity
        assert sums == {day.day: day.quantity for day in self.days(start, end).days}

    def test_periods_follow_each_other_and_the_open_one_the_last(self) -> None:
        watched = self.watched()
        view = self.cis().use_by_period(watched.account, self.first_service().ref, today=self.today())
        assert len(view.periods) >= 2
        for one, after in pairwise(view.periods):
            assert one.end == after.start
        assert view.periods[0].start == watched.since
        assert view.open_period is not None
        assert (view.open_period.start, view.open_period.bill) == (view.periods[-1].end, None)
        assert all(period.bill is not None and period.cost_cents is not None for period in view.periods)
        earlier = self.cis().use_by_period(
            watched.account, self.first_service().ref, today=self.today(), until=view.periods[-2].end, limit=1
        )
        assert (earlier.periods, earlier.open_period) == (view.periods[-2:-1], None)

    def test_a_period_is_found_by_any_of_its_days(self) -> None:
        watched, cis, service = self.watched(), self.cis(), self.first_service().ref
        view = cis.use_by_period(watched.account, service, today=self.today())
        for period in view.periods:
            for on in (period.start, period.end - timedelta(days=1)):
                one = cis.use_of_period(watched.account, service, on=on, today=self.today())
                assert one.period == period
                assert [day.day for day in one.days] == [
                    period.start + timedelta(days=n) for n in range((period.end - period.start).days)
                ]
        now = cis.use_of_period(watched.account, service, on=None, today=self.today())
        assert (now.period, now.is_open) == (view.open_period, True)
        with pytest.raises(NoSuchPeriod):
            cis.use_of_period(
                watched.account, service, on=watched.since - timedelta(days=1), today=self.today()
            )

    def test_a_use_is_priced_as_its_bill_was(self) -> None:
        watched, cis = self.watched(), self.cis()
        if Capability.PRICE_USAGE not in cis.capabilities():
            return
        service = self.first_service().ref
        for period in cis.use_by_period(watched.account, service, today=self.today()).periods:
            assert period.quantity is not None
            uses = [
                UseToPrice(quantity, period.received, period.unit)
                for quantity in (Decimal(0), period.quantity, period.quantity * 2)
            ]
            priced = cis.price_use(watched.account, service, start=period.start, end=period.end, uses=uses)
            assert priced is not None
            nothing, once, twice = priced
            assert once.total_cents == period.cost_cents
            assert nothing.use_cents == 0
            assert once.total_cents - once.use_cents == nothing.total_cents
            assert twice.total_cents > once.total_cents

    def test_what_many_used_lately_is_what_each_is_told_by_itself(self) -> None:
        cis, watched, now = self.cis(), self.watched(), clock.now()
        found = cis.recent_use(
            [watched.account, UNKNOWN, self.neighbour().account], now=now, n_days=40, n_interval_days=3
        )
        assert UNKNOWN not in found
        use = found[watched.account]
        assert use.customer_class == cis.home(watched.account, today=self.today()).account.customer_class
        assert watched.commodity in {one.service.commodity for one in use.services}
        for one in use.services:
            ref, today = one.service.ref, now.astimezone(ZoneInfo(one.service.zone)).date()
            start = today - timedelta(days=40)
            assert one.days == cis.use_by_day(watched.account, ref, start=start, end=today, today=today).days
            start, end = today - timedelta(days=3), today + timedelta(days=1)
            hours = cis.use_by_interval(watched.account, ref, start=start, end=end, now=now)
            assert (one.intervals, one.billed) == (hours.intervals, hours.billed)
            period = cis.use_of_period(watched.account, ref, on=None, today=today)
            assert one.open_period is not None
            for name in ("service", "period", "days", "days_last_year", "weather"):
                assert getattr(one.open_period, name) == getattr(period, name), name
        bill = cis.home(watched.account, today=self.today()).latest_bill
        assert bill is not None
        assert sum(use.last_bill_cents.values()) == sum(
            service["total_cents"] for service in bill.statement["services"]
        )
