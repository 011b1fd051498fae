"""Riverbend: the cast's past adds up, can be stopped and gone on with, and is made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.db.models import Count, Max, Sum
from pytest_django import DjangoDbBlocker

from meterside.cis.billing.books import prove_books
from meterside.cis.billing.models import Bill, BillException, BillRun, BillSegment, WeatherResponse
from meterside.cis.ledger.models import Payment, PaymentStatus
from meterside.cis.ledger.queries import balances_cents
from meterside.cis.metering.checks.intake import take_in_rows
from meterside.cis.metering.checks.looking import look_at_registers
from meterside.cis.metering.models import IntervalDay, MeterFile, QuarantinedRow, ReadException, RegisterRead
from meterside.cis.registry.models import Account, Channel
from meterside.cis.weather.models import DayTemperature
from meterside.config.migrating import connect_as
from meterside.engine.habits import Habit
from meterside.engine.interval import DayIntervals, day_intervals
from meterside.engine.period import service_day
from meterside.jobs import deliver, messages
from meterside.jobs.demo import history, payments, seeding
from meterside.jobs.demo.cast import DemoSignIn, sign_ins
from meterside.journeys.watch_usage.alerts.gather import gather, likely_cents
from meterside.journeys.watch_usage.household import habit_words
from meterside.journeys.watch_usage.period import see_period
from meterside.kit.clock import clock_at
from meterside.kit.postgres import Cluster, DatabaseUrls
from meterside.portal.access.models import AccountAccess
from meterside.portal.identity.models import Login
from meterside.portal.notices.models import Notice
from meterside.portal.preferences.models import UsageAlert
from meterside.portal.preferences.operations import keep_household
from meterside.portal.preferences.queries import Household, household_of
from meterside.spine import outbox, steps
from meterside.spine.models import AuditEntry
from meterside.web.customer.usage.asking import pricer
from meterside.web.design import formats
from meterside.wiring import cis
from tests import databases

N_ACCOUNTS, N_MONTHS = 24, 5
# Long before anything else in the database, and with a change to summer time (March 9) in its days.
NOW = datetime(2025, 4, 20, 17, tzinfo=UTC)


@pytest.fixture(scope="module")
def seeded(
    cluster: Cluster, template: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[DatabaseUrls]:
    """A database with all of a small Riverbend, for tests that change nothing of it."""
    before = databases.current_entry()
    with databases.cloned(cluster, template) as urls, django_db_blocker.unblock():
        databases.use(urls)
        with clock_at(NOW):
            _seed_all()
        connections.close_all()
        connect_as(before)
        yield urls


@pytest.fixture
def riverbend(seeded: DatabaseUrls, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    before = databases.current_entry()
    with django_db_blocker.unblock(), clock_at(NOW):
        databases.use(seeded)
        yield
        connections.close_all()
        connect_as(before)


@pytest.fixture
def empty(fresh_database: DatabaseUrls) -> Iterator[None]:
    with clock_at(NOW):
        yield


def _seed_all() -> list[DemoSignIn]:
    found = seeding.seed_cast(N_ACCOUNTS, N_MONTHS)
    while seeding.seed_rest_chunk(60):
        pass
    return found


def _totals() -> dict[str, Any]:
    bills = Bill.objects.aggregate(n=Count("pk"), cents=Sum("current_charges_cents"))
    payments = Payment.objects.aggregate(n=Count("pk"), cents=Sum("amount_cents"))
    return {
        "bills": bills,
        "payments": payments,
        "reads": RegisterRead.objects.count(),
        "days": IntervalDay.objects.count(),
        "accounts": Account.objects.count(),
        "logins": Login.objects.count(),
        "balances": sorted(balances_cents(list(Account.objects.values_list("pk", flat=True))).values()),
    }


def _account_of(email: str) -> Account:
    access = AccountAccess.objects.filter(login__email=email).order_by("pk").last()
    assert access is not None
    return Account.objects.get(public_id=access.account_ref)


def test_the_cast_is_whole(riverbend: None) -> None:
    proof = prove_books()
    assert proof.holds, [finding for finding in proof.findings if finding.n_broken]
    assert proof.n_bills > 17 * 3
    assert not BillException.objects.exists()
    for account in Account.objects.all():
        bills = list(account.bills.order_by("bill_date"))
        since = sum(
            entry.amount_cents * (-1 if entry.statuses.filter(status="returned").count() == 0 else 0)
            for entry in account.payments.filter(paid_at__gte=bills[-1].issued_at)
        )
        assert balances_cents([account.pk])[account.pk] == bills[-1].total_due_cents + since
        for bill in bills:
            assert sum(bill.segments.values_list("total_cents", flat=True)) == bill.current_charges_cents
            services = bill.statement["services"]
            assert sum(item["total_cents"] for item in services) == bill.current_charges_cents
            for item in services:
                assert sum(line["amount_cents"] for line in item["lines"]) == item["total_cents"]


def test_everybody_is_as_the_terminal_says(riverbend: None) -> None:
    printed = {person.email: person for person in sign_ins()}
    for email, person in printed.items():
        login = Login.objects.filter(email=email).first()
        assert (login is not None and login.check_password(person.password)) == bool(person.password)
        assert not person.password or len(person.password) >= 10
    today = NOW.astimezone(settings.UTILITY.zone).date()

    def owed(email: str) -> Any:
        account = _account_of(email)
        return cis().balances(_ref(account), today=today)

    alice, charlie, grace = owed("alice@example.com"), owed("charlie@example.com"), owed("grace@example.com")
    assert alice.due_now_cents > 0
    assert alice.past_due_cents == 0
    assert alice.next_due_on is not None
    assert charlie.past_due_cents > 0
    assert grace.balance_cents < 0
    assert PaymentStatus.objects.filter(
        payment__account=_account_of("charlie@example.com"), status="returned"
    ).exists()
    assert AccountAccess.objects.filter(login__email="landlord@example.com").count() == 8
    frank = [
        account.during.upper for account in Account.objects.filter(public_id__in=_refs("frank@example.com"))
    ]
    assert sorted(end is None for end in frank) == [False, True]
    (bob,) = AccountAccess.objects.filter(login__email="bob@example.com")
    assert (bob.role, bob.during.upper) == ("helper_view", NOW + timedelta(days=90))
    business = Bill.objects.filter(account=_account_of("millrace@example.com")).latest("bill_date")
    assert sorted(len(item["meters"]) for item in business.statement["services"]) == [1, 1, 2]
    assert Login.objects.get(email="lucia@example.com").language == "es"
    staff = Login.objects.filter(is_staff=True).order_by("email").values_list("email", "staff_rights")
    assert list(staff) == [("dana@example.com", ["propose-rates"]), ("eli@example.com", ["approve-rates"])]


def _ref(account: Account) -> Any:
    return account.public_id


def _refs(email: str) -> list[Any]:
    return list(AccountAccess.objects.filter(login__email=email).values_list("account_ref", flat=True))


def test_one_household_has_electricity_by_time_of_use(riverbend: None) -> None:
    bill = _account_of("theo@example.com").bills.latest("bill_date")
    (electric,) = (item for item in bill.statement["services"] if item["service"] == "electric")
    energy = [line for line in electric["lines"] if line["component"] == "energy"]
    assert len(energy) == 2
    by_period = sum(Decimal(line["quantity"]) for line in energy)
    used = electric["usage"]
    assert (by_period * 1000, used["unit"]) == (Decimal(used["quantity"]), "Wh")


def test_temperatures_are_kept_up_to_yesterday_and_asked_about(riverbend: None) -> None:
    today = NOW.astimezone(settings.UTILITY.zone).date()
    days = DayTemperature.objects.filter(station__is_default=True)
    assert days.latest("day").day == today - timedelta(days=1)
    # A response takes a year of bills; this past is shorter, and says so.
    looked_at = WeatherResponse.objects.filter(agreement__account=_account_of("alice@example.com"))
    assert set(looked_at.values_list("agreement__service", "why_not")) == {
        ("electric", "few_bills"),
        ("gas", "few_bills"),
    }


def test_home_has_days_up_to_yesterday(riverbend: None) -> None:
    today = NOW.astimezone(settings.UTILITY.zone).date()
    home = cis().home(_ref(_account_of("alice@example.com")), today=today)
    assert [use.service for use in home.use] == ["electric", "water"]
    for use in home.use:
        assert use.days[-1].day == today - timedelta(days=1)
        assert [day.day for day in use.days] == [
            use.period_start + timedelta(days=n) for n in range(len(use.days))
        ]


def test_dials_and_hours_agree_also_on_the_short_day(riverbend: None) -> None:
    account = _account_of("alice@example.com")
    for bill in account.bills.order_by("bill_date"):
        by_service = {item["service"]: item for item in bill.statement["services"]}
        water, electric = by_service["water"], by_service["electric"]
        assert sum(day[1] for day in water["daily"]) == int(Decimal(water["usage"]["quantity"]))
        # The dial shows whole kilowatt-hours.
        difference = sum(day[1] for day in electric["daily"]) - Decimal(electric["usage"]["quantity"])
        assert abs(difference) < 1000
    short = IntervalDay.objects.filter(local_day="2025-03-09", channel__unit="Wh")
    assert {len(day.reads) // day.width for day in short} == {23}


def test_its_rules_find_nothing_in_the_past_and_what_cannot_be_when_it_comes(riverbend: None) -> None:
    channel = Channel.objects.filter(
        unit="Wh",
        device__installations__service_point__agreement_links__agreement__account=_account_of(
            "alice@example.com"
        ),
    ).distinct()[0]
    last = RegisterRead.objects.filter(register__device=channel.device, register__unit="Wh").latest(
        "local_day"
    )
    inside, after = last.local_day - timedelta(days=3), last.local_day + timedelta(days=3)
    always = {"since": datetime(2000, 1, 1, tzinfo=UTC), "until": datetime(2100, 1, 1, tzinfo=UTC)}
    with transaction.atomic():
        assert look_at_registers(**always) == 0
        take_in_rows([(channel.pk, _hours(inside, [30_000] * 24))])
        assert look_at_registers(**always) == 1
        take_in_rows([(channel.pk, _hours(after, [500] * 23 + [90_000]))])
        found = set(
            ReadException.objects.exclude(file__name__startswith="electric-").values_list("rule", "channel")
        )
        assert found == {(rule, channel.pk) for rule in ("register_sum", "high", "spike")}
        transaction.set_rollback(True)


def test_the_last_days_came_by_files_and_two_things_wait_for_staff(riverbend: None) -> None:
    today = NOW.astimezone(settings.UTILITY.zone).date()
    days = [today - timedelta(days=n) for n in (3, 2, 1)]
    files = MeterFile.objects.order_by("source__name", "name").values_list("source__name", "name", "status")
    assert list(files) == [
        ("Electric head-end", f"electric-{days[0]}.csv", "accepted"),
        ("Electric head-end", f"electric-{days[1]}.csv", "accepted"),
        ("Electric head-end", f"electric-{days[2]}.csv", "partly_quarantined"),
        *(("Water head-end", f"water-{day}.csv", "accepted") for day in days),
    ]
    rows = QuarantinedRow.objects.values_list("file__name", "channel_name", "reason").distinct()
    assert list(rows) == [(f"electric-{days[-1]}.csv", "E09417-1", "unknown_channel")]
    waiting = ReadException.objects.values_list("rule", "channel__device__badge", "local_day", "status")
    assert sorted(waiting) == [(rule, "Elucia-1", days[0], "open") for rule in ("high", "spike")]


def _hours(day: date, values: list[int]) -> DayIntervals:
    opens, _ = service_day(day, settings.UTILITY.zone)
    return day_intervals(day, opens.astimezone(UTC), 3600, values)


def test_a_rate_changes_in_the_middle_and_the_bill_says_so(empty: None) -> None:
    # Seeded in autumn of another year, the spring's step of water and last autumn's of electric lie inside.
    with clock_at(datetime(2025, 9, 20, 17, tzinfo=UTC)):
        seeding.seed_cast(17, 13)
    versions: dict[str, set[str]] = {}
    for segment in BillSegment.objects.filter(bill__account=_account_of("alice@example.com")):
        for line in segment.rated["lines"]:
            versions.setdefault(segment.tariff_code, set()).add(line["version_from"])
    assert len(versions["E-1"]) == 2
    assert len(versions["W-1"]) == 2
    assert len(versions["S-1"]) == 1


def test_seeding_twice_changes_nothing(riverbend: None) -> None:
    before = _totals()
    assert before["accounts"] == N_ACCOUNTS
    progress = steps.progress(steps.DEMO_PAST)
    assert (progress.done, progress.is_done) == (before["bills"]["n"], True)
    assert not BillRun.objects.filter(finished_at=None).exists()
    with clock_at(NOW + timedelta(days=3)):
        assert _seed_all() == sign_ins()
    assert _totals() == before
    assert prove_books().holds


class Stopped(Exception):
    """The making of the past was stopped."""


def test_stopped_again_and_again_it_comes_to_the_same_end(
    riverbend: None, cluster: Cluster, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _totals()
    undisturbed = databases.current_entry()
    n_paid, real_pay, real_close = 0, payments.pay, history.close_runs

    def stopping(*args: Any) -> int:
        nonlocal n_paid
        n_paid += 1
        done = real_pay(*args)
        if n_paid in (2, 5, 9):
            raise Stopped
        return done

    def stopping_once(*args: Any) -> int:
        monkeypatch.setattr(seeding, "close_runs", real_close)
        raise Stopped

    monkeypatch.setattr(history, "pay", stopping)
    monkeypatch.setattr(seeding, "close_runs", stopping_once)
    with databases.cloned(cluster, template) as urls:
        databases.use(urls)
        for _ in range(4):
            with pytest.raises(Stopped):
                _seed_all()
            halfway = steps.progress(steps.DEMO_PAST)
            assert Bill.objects.count() == halfway.done <= halfway.planned
        _seed_all()
        assert _totals() == whole
        assert prove_books().holds
        connections.close_all()
    connect_as(undisturbed)


def test_everything_is_recorded_in_the_past_by_the_demo(riverbend: None) -> None:
    latest = Bill.objects.aggregate(at=Max("issued_at"))["at"]
    assert latest < NOW
    assert not AuditEntry.objects.filter(at__gt=NOW).exists()
    assert set(AuditEntry.objects.values_list("actor_id", flat=True)) == {"demo"}
    assert set(Payment.objects.values_list("channel", flat=True)) == {"autopay", "lockbox", "portal"}


def test_nobody_is_written_to_about_the_past(
    riverbend: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.IS_DEMO = True
    sent: list[Any] = []
    monkeypatch.setattr(messages, "send_notice", lambda *args, **kwargs: sent.append(args))
    assert _deliver(deliver.hand_over) > 0
    of_now = {row.message_id for row in Notice.objects.filter(kind="usage_alert")}
    assert {message for (message,) in sent} <= of_now, "alerts are of today"
    past = Notice.objects.exclude(kind="usage_alert")
    assert set(past.values_list("status", flat=True)) == {"recorded"}
    told = past.filter(to="alice@example.com")
    assert told.count() == Bill.objects.filter(account=_account_of("alice@example.com")).count()


def test_graces_water_never_stops_and_she_has_an_alert(riverbend: None) -> None:
    kinds = [(a.login.email, a.kind, a.cause, a.facts) for a in UsageAlert.objects.all()]
    leaks = list(UsageAlert.objects.filter(kind="leak", cleared_at=None))
    assert [leak.login.email for leak in leaks] == ["grace@example.com"], kinds
    assert 5 < float(leaks[0].facts["an_hour"]) < 10
    assert leaks[0].facts["month_cents"] > 0


def test_an_alert_speaks_of_the_same_bill_as_the_usage_page(riverbend: None) -> None:
    account, today = _ref(_account_of("theo@example.com")), NOW.astimezone(settings.UTILITY.zone).date()
    with transaction.atomic():
        keep_household(account=account, household=Household(heating="electric", has_ev=True))
        (gathered,) = gather(cis(), [account], now=NOW, household=household_of)
        for found in gathered.services:
            view = cis().use_of_period(account, found.service.ref, on=None, today=today)
            price = pricer(account, found.service.ref, view.period.start, view.period.end)
            page = see_period(view, today=today, price=price, say=formats, household=household_of(account))
            assert page.likely is not None
            assert found.projection is not None
            likely = likely_cents(cis(), account, found)
            cents = (None, None) if likely is None else (likely[0], likely[2])
            assert (page.likely.low_cents, page.likely.high_cents) == cents
            assert page.likely.habit_words == habit_words(found.projection.habits)
            assert (Habit.CAR in found.projection.habits) == (found.service.commodity == "electric")
        transaction.set_rollback(True)


def _deliver(handle: Callable[[outbox.Envelope], None]) -> int:
    return outbox.deliver_waiting(handle, limit=5000)
