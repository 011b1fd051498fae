"""Alerts from the reads to the message: found as data arrives, once a cause, out of quiet hours, easy to end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from meterside import wiring
from meterside.cis.agreements.models import ServiceAgreement
from meterside.cis.metering.models import DeviceEvent
from meterside.cis.metering.store.operations import store_days
from meterside.cis.registry.models import Channel
from meterside.engine.alert import AlertKind
from meterside.engine.interval import day_intervals
from meterside.engine.period import service_day
from meterside.jobs import usage as usage_jobs
from meterside.journeys.notify.saying import MessageSay
from meterside.journeys.watch_usage.alerts import evaluate_accounts, read_off_link, tell_waiting
from meterside.journeys.watch_usage.alerts.off import BadLink
from meterside.journeys.watch_usage.alerts.tell import is_quiet
from meterside.kit import clock
from meterside.portal.access.roles import Role
from meterside.portal.identity.models import Login
from meterside.portal.notices.models import Notice
from meterside.portal.preferences.choices import Choice
from meterside.portal.preferences.models import AlertSetting, UsageAlert
from meterside.portal.preferences.operations import (
    NewAlert,
    UnableToSet,
    exempt_from_leaks,
    raise_alert,
    set_choice,
    set_leak_rate,
    set_quiet_hours,
)
from tests import people
from tests.cast import ZONE, Household, instant, read_hours
from tests.web.billed import TODAY, Town, town

pytestmark = pytest.mark.django_db
NOON = TODAY
YESTERDAY = date(2025, 3, 9)


@pytest.fixture
def place() -> Iterator[Town]:
    made = town()
    home = made.riverside.alice
    Channel.objects.create(device=home.water, code="1", unit="gal", interval_s=3600)
    with clock.clock_at(NOON):
        yield made


def owner(place: Town) -> Login:
    return Login.objects.get(email="alice@example.com")


def flow(home: Household, days: dict[date, list[int]]) -> None:
    """Hours of water in gallons."""
    channel = home.water.channels.get()
    rows = []
    for day, values in days.items():
        opens, closes = service_day(day, ZONE)
        hours = int((closes - opens) / timedelta(hours=1))
        rows.append((channel.pk, day_intervals(day, opens.astimezone(UTC), 3600, (values * 25)[:hours])))
    store_days(rows)


def leak(home: Household, days: int = 3) -> None:
    """Water that never stops, eight gallons an hour and more, up to last night."""
    flow(home, {YESTERDAY - timedelta(days=back): [8, 30, 12] for back in range(days)})


def evaluate(place: Town, now: datetime = NOON) -> list[UsageAlert]:
    """What an evaluation raised."""
    with clock.clock_at(now):
        done = evaluate_accounts(wiring.cis(), [people.ref(place.riverside.alice)], now=now)
    return list(UsageAlert.objects.filter(public_id__in=done.raised))


def tell(now: datetime = NOON) -> int:
    with clock.clock_at(now):
        return tell_waiting(now=now, say=MessageSay())


def test_a_leak_is_found_with_its_rate_and_what_it_costs_a_month(place: Town) -> None:
    leak(place.riverside.alice)
    (found,) = evaluate(place)
    assert (found.kind, found.commodity, found.login_id) == ("leak", "water", owner(place).pk)
    assert found.facts["an_hour"] == "8"
    assert found.facts["unit"] == "gal"
    # Eight gallons an hour are 5,840 a month, 7.81 ccf at $3.10: $24.20.
    assert abs(found.facts["month_cents"] - 24_20) <= 5
    assert found.last_at == service_day(YESTERDAY, ZONE)[1]


def test_it_is_told_by_mail_with_a_way_to_its_hours_and_a_way_out(place: Town) -> None:
    leak(place.riverside.alice)
    (found,) = evaluate(place)
    assert tell() == 1
    mail = Notice.objects.get(kind="usage_alert")
    assert mail.subject == "You may have a water leak"
    assert mail.to == "alice@example.com"
    assert "at least 8 gallons an hour" in mail.body.replace("\N{NO-BREAK SPACE}", " ")
    assert "about $24." in mail.body
    assert f"/usage/alerts/{found.public_id}/" in mail.body
    assert "/alerts/off/" in mail.body


def test_one_alert_a_cause_until_it_clears(place: Town) -> None:
    home = place.riverside.alice
    leak(home)
    assert len(evaluate(place)) == 1
    assert evaluate(place) == []
    later = NOON + timedelta(days=1)
    flow(home, {date(2025, 3, 10): [8]})
    assert evaluate(place, later) == []
    kept = UsageAlert.objects.get()
    assert kept.cleared_at is None
    assert kept.last_at == service_day(date(2025, 3, 10), ZONE)[1], "its hours go on"
    flow(home, {date(2025, 3, 11): [0] * 6 + [10] * 18})
    evaluate(place, NOON + timedelta(days=2))
    assert UsageAlert.objects.get().cleared_at is not None
    flow(home, {date(2025, 3, day): [9] for day in (12, 13, 14)})
    (again,) = evaluate(place, NOON + timedelta(days=5))
    assert again.cleared_at is None
    assert UsageAlert.objects.count() == 2
    assert tell(NOON + timedelta(days=5)) == 1, "the first one was over before anybody was told"
    assert tell(NOON + timedelta(days=5)) == 0


def test_the_database_holds_one_open_alert_a_kind_and_service(place: Town) -> None:
    leak(place.riverside.alice)
    (found,) = evaluate(place)
    new = NewAlert(
        login_id=found.login_id, account=people.ref(place.riverside.alice), service=found.service_ref,
        commodity="water", kind=AlertKind.LEAK, cause="another",
        first_at=found.first_at, last_at=found.last_at, facts={},
    )  # fmt: skip
    assert raise_alert(new) is None
    UsageAlert.objects.update(cleared_at=NOON)
    assert raise_alert(new) is not None
    UsageAlert.objects.update(cleared_at=NOON)
    assert raise_alert(new) is None, "the same cause never twice"
    row = UsageAlert.objects.first()
    assert row is not None
    row.pk, row.public_id = None, UUID(int=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_killed_between_the_mark_and_the_message_neither_is_there(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    leak(place.riverside.alice)
    evaluate(place)

    def killed(*args: object, **kwargs: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("meterside.journeys.watch_usage.alerts.tell.write", killed)
        with pytest.raises(RuntimeError, match="killed"):
            tell()
    assert UsageAlert.objects.get().told_at is None
    assert not Notice.objects.filter(kind="usage_alert").exists()
    assert tell() == 1
    assert Notice.objects.filter(kind="usage_alert").count() == 1


def test_reads_that_arrive_are_judged_by_the_worker(place: Town) -> None:
    leak(place.riverside.alice)
    people.worker()
    assert UsageAlert.objects.get().kind == "leak"
    assert [notice.subject for notice in Notice.objects.filter(kind="usage_alert")] == [
        "You may have a water leak"
    ]


def test_history_that_is_loaded_wakes_nobody(place: Town) -> None:
    from meterside.spine.models import OutboxMessage

    OutboxMessage.objects.all().delete()
    flow(place.riverside.alice, {date(2025, 2, 20): [8], date(2025, 2, 21): [8]})
    assert not OutboxMessage.objects.filter(topic="reads.stored").exists()


def test_who_only_looks_is_not_told_and_nobody_elses_reads_are_judged(place: Town) -> None:
    bob = people.make_login("bob@example.com")
    people.give(bob, people.ref(place.riverside.alice), Role.HELPER_VIEW)
    leak(place.riverside.alice)
    people.worker()
    assert {alert.login_id for alert in UsageAlert.objects.all()} == {owner(place).pk}


def test_a_helper_who_does_everything_asks_for_alerts(place: Town) -> None:
    bob = people.make_login("bob@example.com")
    account = people.ref(place.riverside.alice)
    people.give(bob, account, Role.HELPER_FULL)
    leak(place.riverside.alice)
    evaluate(place)
    assert not UsageAlert.objects.filter(login=bob).exists()
    set_choice(login_id=bob.pk, account=account, choice=Choice(AlertKind.LEAK, "water", True, hours=24))
    evaluate(place)
    assert UsageAlert.objects.filter(login=bob).count() == 1


def test_quiet_hours_hold_the_message_and_not_the_alert(place: Town) -> None:
    leak(place.riverside.alice)
    night, morning = instant("2025-03-10T23:30"), instant("2025-03-11T08:00")
    assert len(evaluate(place, night)) == 1
    assert tell(night) == 0
    assert tell(instant("2025-03-11T07:59")) == 0
    assert tell(morning) == 1


def test_who_wants_no_quiet_hours_is_told_at_night(place: Town) -> None:
    leak(place.riverside.alice)
    set_quiet_hours(login_id=owner(place).pk, from_minute=0, until_minute=0)
    night = instant("2025-03-10T23:30")
    evaluate(place, night)
    assert tell(night) == 1


@pytest.mark.parametrize(
    ("minute", "start", "end", "quiet"),
    [
        (1380, 1260, 480, True), (0, 1260, 480, True), (479, 1260, 480, True), (480, 1260, 480, False),
        (1259, 1260, 480, False), (600, 540, 660, True), (660, 540, 660, False), (600, 600, 600, False),
    ],
)  # fmt: skip
def test_quiet_minutes_over_midnight(minute: int, start: int, end: int, quiet: bool) -> None:
    assert is_quiet(minute, start, end) is quiet


def test_rates_by_class_and_places_where_water_runs_all_day(place: Town) -> None:
    leak(place.riverside.alice)
    set_leak_rate(customer_class="residential", gallons_an_hour=Decimal(9))
    assert evaluate(place) == []
    set_leak_rate(customer_class="residential", gallons_an_hour=Decimal(8))
    service = ServiceAgreement.objects.get(account=place.riverside.alice.account, service="water").public_id
    exempt_from_leaks(service=service, reason="a pond with a fountain")
    assert evaluate(place) == []


def test_eight_hours_where_somebody_asked_for_it(place: Town) -> None:
    flow(place.riverside.alice, {YESTERDAY: [0] * 14 + [6] * 9})  # a day of 23 hours
    assert evaluate(place) == []
    choice = Choice(AlertKind.LEAK, "water", True, hours=8)
    set_choice(login_id=owner(place).pk, account=people.ref(place.riverside.alice), choice=choice)
    assert [alert.kind for alert in evaluate(place)] == ["leak"]


def test_what_the_meter_itself_tells_counts_where_the_reads_say_nothing(place: Town) -> None:
    home = place.riverside.alice
    flow(home, {YESTERDAY: [0, 5]})
    assert evaluate(place) == []
    DeviceEvent.objects.create(
        device=home.water, at=instant("2025-03-09T14:00"), kind="leak", code="LK", recorded_at=NOON
    )
    (found,) = evaluate(place)
    assert found.facts["is_told_by_meter"] is True
    assert tell() == 1
    assert "Your meter tells of water that does not stop." in Notice.objects.get(kind="usage_alert").body


def test_what_a_meter_told_before_the_tenure_is_not_ours(place: Town) -> None:
    home = place.riverside.alice
    flow(home, {YESTERDAY: [0, 5]})
    DeviceEvent.objects.create(
        device=home.water, at=instant("2024-12-31T14:00"), kind="leak", code="LK", recorded_at=NOON
    )
    (use,) = wiring.cis().recent_use([people.ref(home)], now=NOON, n_days=100, n_interval_days=100).values()
    assert [
        (one.service.commodity, one.leak_told) for one in use.services if one.service.commodity == "water"
    ] == [("water", None)]


def test_a_day_over_a_limit_and_a_spike(place: Town) -> None:
    home = place.riverside.alice
    read_hours(home.electric, date(2025, 3, 8), date(2025, 3, 9), 2500)  # 60 kWh after weeks of 24
    set_choice(
        login_id=owner(place).pk, account=people.ref(home),
        choice=Choice(AlertKind.USE_DAY, "electric", True, Decimal(50)),
    )  # fmt: skip
    found = {alert.kind: alert for alert in evaluate(place, instant("2025-03-09T12:00"))}
    assert set(found) == {"use_day", "spike"}
    assert (found["spike"].facts["amount"], found["spike"].facts["against"]) == ("60.000", "24.000")
    assert found["spike"].cause == "2025-03-08"
    read_hours(home.electric, YESTERDAY, date(2025, 3, 10), 1000)
    evaluate(place)
    assert not UsageAlert.objects.filter(cleared_at=None).exists(), "the day after they are over"


def test_a_bill_on_its_way_over_an_amount(place: Town) -> None:
    home = place.riverside.alice
    account = people.ref(home)
    set_choice(
        login_id=owner(place).pk, account=account, choice=Choice(AlertKind.BILL, "", True, Decimal(100_00))
    )
    (found,) = evaluate(place)
    assert found.kind == "bill"
    assert found.facts["low_cents"] > 100_00
    assert found.cause == "2025-03-01"
    assert evaluate(place) == []


def test_high_bill_warning_at_mid_cycle(place: Town) -> None:
    home = place.riverside.alice
    read_hours(home.electric, date(2025, 3, 1), date(2025, 3, 14), 3000)
    assert "early" not in {alert.kind for alert in evaluate(place, instant("2025-03-09T12:00"))}, (
        "too early to say"
    )
    assert "early" in {alert.kind for alert in evaluate(place, instant("2025-03-14T12:00"))}


def test_a_kind_that_needs_a_limit_is_not_on_without_one(place: Town) -> None:
    with pytest.raises(UnableToSet):
        set_choice(
            login_id=owner(place).pk,
            account=people.ref(place.riverside.alice),
            choice=Choice(AlertKind.BILL, "", True),
        )


# --- the way out ------------------------------------------------------------------------------------


def off_path(place: Town) -> str:
    leak(place.riverside.alice)
    evaluate(place)
    tell()
    found = re.search(r"https?://[^/]+(/alerts/off/\S+)", Notice.objects.get(kind="usage_alert").body)
    assert found
    return found.group(1)


def test_the_link_in_the_mail_switches_one_kind_off_without_signing_in(place: Town) -> None:
    path = off_path(place)
    stranger = Client()
    page = stranger.get(path).content.decode()
    assert "possible leaks" in page
    assert "418 Oak" not in page
    assert "Alice" not in page
    assert not AlertSetting.objects.exists(), "opening it changes nothing"
    assert "That is switched off" in stranger.post(path).content.decode()
    assert stranger.post(path).status_code == 200
    setting = AlertSetting.objects.get()
    assert (setting.kind, setting.commodity, setting.is_on) == ("leak", "water", False)
    UsageAlert.objects.all().delete()
    assert evaluate(place) == []


def test_a_link_that_was_changed_is_none(place: Town) -> None:
    token = off_path(place).split("/")[3]
    assert read_off_link(token).kind is AlertKind.LEAK
    for wrong in (token[:-1], token + "x", "x", token.replace(":", ";")):
        with pytest.raises(BadLink):
            read_off_link(wrong)
        assert Client().get(f"/alerts/off/{wrong}/").status_code == 404
    with clock.clock_at(NOON):
        from django.core import signing

        other = signing.dumps([1, "x", "leak", ""], salt="another purpose")
    with pytest.raises(BadLink):
        read_off_link(other)


# --- the pages --------------------------------------------------------------------------------------


def test_the_alerts_page_shows_the_hours_that_caused_it(place: Town) -> None:
    leak(place.riverside.alice)
    (found,) = evaluate(place)
    assert "You may have a water leak" in place.alice.get("/usage/alerts/").content.decode()
    page = place.alice.get(f"/usage/alerts/{found.public_id}/").content.decode()
    assert "Going on" in page
    assert "Listen at each toilet" in page
    assert page.count('<tr><th scope="row"') == 71  # three days, one of them of 23 hours
    assert place.charlie.get(f"/usage/alerts/{found.public_id}/").status_code == 404
    assert place.charlie.get(f"/usage/alerts/{UUID(int=5)}/").status_code == 404


def test_home_and_the_usage_page_say_it_until_it_is_over(place: Town) -> None:
    leak(place.riverside.alice)
    (found,) = evaluate(place)
    for path in ("/home/", "/usage/"):
        page = place.alice.get(path).content.decode()
        assert "You may have a water leak" in page
        assert f"/usage/alerts/{found.public_id}/" in page
        assert "water leak" not in place.charlie.get(path).content.decode()
    UsageAlert.objects.update(cleared_at=NOON)
    for path in ("/home/", "/usage/"):
        assert "water leak" not in place.alice.get(path).content.decode()


def test_the_morning_sweep_starts_jobs_for_watched_accounts(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(usage_jobs, "defer", lambda name, accounts: started.append(accounts))
    usage_jobs.sweep(0)
    expected = sorted(str(people.ref(home)) for home in place.riverside.households)
    assert [sorted(part) for part in started] == [expected]
