"""Usage pages of a rate with other prices at other hours: its cost by day and hour, its peak, where it leads."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import cast
from uuid import UUID

import pytest
from django.test import Client
from pytest_django import Settings

from meterside import wiring
from meterside.config.environment import Utility
from meterside.contracts.cis import AccountRef
from meterside.contracts.usage import ServiceRef, UseToPrice
from meterside.engine.alert import AlertKind
from meterside.journeys.notify.saying import MessageSay
from meterside.journeys.watch_usage.alerts import alert_page, evaluate_accounts
from meterside.kit import clock
from meterside.portal.identity.models import Login
from meterside.portal.preferences.choices import Choice
from meterside.portal.preferences.operations import set_choice
from meterside.portal.preferences.queries import open_alerts
from tests.cast import Household, instant
from tests.cis.priced import TIME_OF_USE, Home, book, hours, meter
from tests.cis.test_hours_billed import HOURLY, ONE
from tests.web.billed import TODAY, asked, browser, fixed_count, text_of, town
from tests.web.test_usage import main_of
from tests.web.test_usage import service as usage_service

pytestmark = pytest.mark.django_db
JAN, FEB, MAR, KNOWN_TO = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1), date(2025, 3, 9)
_DEMAND = TIME_OF_USE[TIME_OF_USE.index('[[versions.components]]\nkind = "demand"') :].partition("\n\n")[0]
BY_HOURS = TIME_OF_USE.replace(_DEMAND, "")


def flat(_day: date, _hour: int) -> int:
    return 1000


def twice_at_peak(day: date, hour: int) -> int:
    return 2000 if day.weekday() < 5 and 16 <= hour < 21 else 1000


def home_on(
    toml: str, use: Callable[[date, int], int] = flat, *, but: frozenset[date] = frozenset()
) -> tuple[Home, Client]:
    """A home with hours from January to March 8, `but` some days, and two bills."""
    home = book(
        "electric", toml, devices=lambda point: meter(point, "H", channels=[HOURLY]), characteristics=ONE
    )
    hours("H", JAN, KNOWN_TO, use, but=but)
    for start, end in ((JAN, FEB), (FEB, MAR)):
        assert home.bill(start, end) is not None
    return home, browser(cast(Household, home), "ann")


def page(client: Client, path: str) -> str:
    return html.unescape(text_of(client, path))


def service(home: Home) -> UUID:
    return home.agreement.public_id


def test_the_likely_bill_takes_the_hours_to_come_like_those_before() -> None:
    _home, ann = home_on(BY_HOURS, twice_at_peak)
    text = page(ann, "/usage/")
    # 21 days of 29 kWh, ten of which at 0.30, and 10 days of 24: 210 x 0.30 + 639 x 0.10 + 10.00 and 5 %, about $144.
    assert "Likely on your next bill, for electric $144 – $144" in main_of(text)
    # 10 x 0.30 + 19 x 0.10 on a working day, 24 x 0.10 on a Sunday; 5 % tax.
    assert cost_of(text, "Mar 4") == "$5.15"
    assert cost_of(text, "Mar 2") == "$2.52"
    assert "each at what its time of day is likely to cost" in text


def cost_of(text: str, day: str) -> str:
    """What the table of days says a day cost."""
    row = next(row for row in text.split("<tr>") if f">{day}</th>" in row)
    return row.partition("$")[1] + row.partition("$")[2].partition("<")[0]


def test_a_billed_period_s_days_sum_to_what_use_cost_on_the_bill() -> None:
    home, ann = home_on(BY_HOURS, twice_at_peak)
    with clock.clock_at(TODAY):
        view = wiring.cis().use_by_period(account(home), None, today=TODAY.date()).periods[0]
        assert view.quantity is not None
        asks = [UseToPrice(view.quantity, None, view.unit)]
        priced = wiring.cis().price_use(
            account(home), ServiceRef(service(home)), start=JAN, end=FEB, uses=asks
        )
        assert priced is not None
    # 23 working days: 230 kWh x 0.30 + 629 x 0.10, and 5 % tax of them; the bill has 10.00 more, and its tax.
    assert (priced[0].use_cents, priced[0].total_cents) == (13850, view.cost_cents)
    days = {day: (29 if day.weekday() < 5 else 24) * 1000 for day in priced[0].by_day}
    assert round(sum(days[day] * cents for day, cents in priced[0].by_day.items())) == 13850
    text = page(ann, f"/usage/{service(home)}/?on=2025-01-15")
    assert (cost_of(text, "Jan 15"), cost_of(text, "Jan 18")) == ("$5.15", "$2.52")
    assert "its hours, at what each time of day cost on this bill" in text


def test_an_hour_costs_what_its_time_of_day_costs_and_peak_is_the_rate_s() -> None:
    home, ann = home_on(BY_HOURS, twice_at_peak)
    said = main_of(text := page(ann, f"/usage/{service(home)}/day/?on=2025-01-15"))
    assert "About $5.15. Each hour at what its time of day cost on that bill." in said
    assert "In the peak hours of your rate, from 4 PM to 9 PM: 10 kWh, 34% of the day." in said
    # 2 kWh at 0.30 and 1 kWh at 0.10, each with its tax.
    assert (text.count("$0.63<"), text.count("$0.11<")) == (5, 19)
    # A band behind five bars of 24, from the 16th on, and its name under the chart.
    assert text.count('<rect class="band" x="66.67%"') == 1
    assert "peak hours" in text.partition('class="legend"')[2].partition("</ul>")[0]
    weekend = page(ann, f"/usage/{service(home)}/day/?on=2025-01-18")
    assert 'class="band"' not in weekend
    assert "Your rate has no peak hours on this day." in weekend
    assert weekend.count("$0.11<") == 24


def test_a_day_that_is_not_billed_costs_what_its_times_cost_on_the_last_bill() -> None:
    home, ann = home_on(BY_HOURS, twice_at_peak)
    said = main_of(page(ann, f"/usage/{service(home)}/day/?on=2025-03-04"))
    assert "About $5.15. An estimate: each hour at what its time of day cost on your last bill." in said


def test_missing_hours_are_taken_to_be_like_the_same_hours_of_other_days() -> None:
    _home, ann = home_on(BY_HOURS, twice_at_peak, but=frozenset({date(2025, 3, 4)}))
    text = page(ann, "/usage/")
    assert "Likely on your next bill, for electric $144 – $144" in main_of(text)
    assert "<td>missing</td>" in text


def test_the_demand_of_hours_to_come_is_nobody_s_to_say() -> None:
    home, ann = home_on(TIME_OF_USE)
    now = page(ann, "/usage/")
    assert "Your rate has no price for a day alone" in now
    assert "Likely on your next bill" not in now
    assert "Between 744 kWh and 744 kWh by March 31" in now
    # Of a bill that was made the hours and their demand are known: 115 x 0.30 + 629 x 0.10 go by use.
    billed = page(ann, f"/usage/{service(home)}/?on=2025-01-15")
    assert (cost_of(billed, "Jan 15"), cost_of(billed, "Jan 18")) == ("$3.57", "$2.52")


def test_peak_hours_of_who_has_a_flat_rate_are_the_utility_s(settings: Settings) -> None:
    place = town()
    path = f"/usage/{usage_service(place.riverside.alice)}/day/?on=2025-01-15"
    said = page(place.alice, path)
    assert "In the busiest hours for everybody, from 4 PM to 9 PM: 5 kWh, 21% of the day." in said
    settings.UTILITY = Utility(UTILITY_PEAK_HOURS="17-20")
    assert "from 5 PM to 8 PM: 3 kWh, 13% of the day." in page(place.alice, path)
    settings.UTILITY = Utility(UTILITY_PEAK_HOURS="")
    assert "busiest hours for everybody" not in page(place.alice, path)


def test_the_peak_alert_counts_the_hours_of_the_rate(settings: Settings) -> None:
    home, _ann = home_on(BY_HOURS.replace('from = "16:00", to = "21:00"', 'from = "06:00", to = "08:00"'))
    settings.UTILITY = Utility(UTILITY_PEAK_HOURS="16-21")
    hours("H", date(2025, 3, 10), date(2025, 3, 11), lambda _day, hour: 3000 if hour in (6, 7) else 0)
    set_choice(
        login_id=Login.objects.get(email="ann@example.com").pk,
        account=account(home),
        choice=Choice(AlertKind.PEAK, "electric", True, Decimal(4)),
    )
    now = instant("2025-03-11T12:00")
    with clock.clock_at(now):
        (raised,) = evaluate_accounts(wiring.cis(), [account(home)], now=now).raised
        alert = alert_page(open_alerts([account(home)])[0], MessageSay())
    assert alert.alert.public_id == raised
    (said,) = alert.sentences
    assert said.replace("\N{NO-BREAK SPACE}", " ") == (
        "On Monday, March 10 you used 6 kWh from 6 AM to 8 AM; your limit is 4 kWh."
    )


def test_the_number_of_statements_stays_small() -> None:
    home, ann = home_on(BY_HOURS, twice_at_peak)
    # One more than a flat rate: the hours that are known of the open period.
    assert asked(ann, "/usage/") == fixed_count("usage") + 1
    assert asked(ann, f"/usage/{service(home)}/?on=2025-01-15") == fixed_count("usage_period")
    assert asked(ann, f"/usage/{service(home)}/day/?on=2025-01-15") == fixed_count("usage_day")


def account(home: Home) -> AccountRef:
    return AccountRef(home.account.public_id)
