"""Usage pages in a browser without script: this period, a bill's, a year, a day, two stretches beside each other."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.test import Client

from meterside import wiring
from meterside.cis.adapter import EmbeddedCis
from meterside.cis.agreements.models import AgreementServicePoint, ServiceAgreement
from meterside.cis.agreements.operations import end_agreement, start_agreement
from meterside.cis.metering.store.operations import store_days
from meterside.cis.registry.models import Channel, Multiplier, RegistryCharacteristic, ServicePoint
from meterside.cis.registry.operations import (
    NewChannel,
    add_person,
    add_premise,
    add_service_point,
    install_meter,
    open_account,
)
from meterside.cis.weather.operations import set_station, store_temperatures
from meterside.cis.weather.queries import STATION_FACT
from meterside.contracts.cis import AccountRef, Capability, CisUnavailable
from meterside.engine.interval import Quality, day_intervals
from meterside.engine.period import service_day
from meterside.engine.weather import DayTemperature, TemperatureUnit
from meterside.kit import clock
from tests.cast import ZONE, Household, household, read_hours
from tests.web.billed import TODAY, Town, asked, bill_more_months, browser, fixed_count, text_of, town

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Town:
    return town()


def service(home: Household, name: str = "electric") -> UUID:
    return ServiceAgreement.objects.get(account=home.account, service=name).public_id


def page(client: Client, path: str, **more: object) -> str:
    return html.unescape(text_of(client, path, **more))  # type: ignore[arg-type]


def main_of(text: str) -> str:
    """What a page says without its frame, as one line."""
    inside = text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", inside))


def test_this_period_says_what_was_used_how_it_compares_and_where_it_goes(place: Town) -> None:
    text = page(place.alice, "/usage/")
    said = main_of(text)
    assert "192 kWh" in said  # eight days of 24
    assert "24 kWh a day; 24 kWh on the bill before." in said
    assert "day 10 of 31" in said
    assert "1 day is not here yet." in said  # yesterday
    assert text.count('class="awa"') == 1
    assert text.count('class="pro"') == 22  # today and the days to come
    assert "Between 744 kWh and 744 kWh by March 31" in said
    assert "Reads are here until the end of Saturday, March 8." in said


def test_what_the_bill_is_likely_to_be_is_priced_by_the_rate_in_force(place: Town) -> None:
    # 744 kWh: $13.50 + 650 x $0.0934 + 94 x $0.1080 = $84.362, and 5 % tax: $88.58.
    said = main_of(page(place.alice, "/usage/"))
    assert "Likely on your next bill, for electric $89 – $89" in said
    # Of it $74.40 goes by use (70.86 and its tax): 24 kWh of 744 are $2.40.
    assert "$2.40" in said


def test_a_billed_period_has_its_cost_and_its_bill(place: Town) -> None:
    mine = service(place.riverside.alice)
    said = main_of(text := page(place.alice, f"/usage/{mine}/?on=2025-02-14"))
    assert "Feb 1 – 28" in said
    assert "672 kWh" in said
    assert re.search(r"\$\d\d\.\d\d on the bill\.", said)
    assert f'href="{place.bill_path()}"' in text
    assert "Where this is going" not in said
    assert f"/usage/{mine}/?on=2025-01-31" in text
    assert f"/usage/{mine}/?on=2025-03-01" in text


def test_a_bill_that_counts_by_the_dial_says_what_lies_between(place: Town) -> None:
    read_hours(place.riverside.charlie.electric, date(2025, 2, 1), date(2025, 3, 1), 990)
    said = main_of(page(place.charlie, f"/usage/{service(place.riverside.charlie)}/?on=2025-02-14"))
    # 28 days of 23.76 kWh are 665.28 kWh; the dial passed 672.
    assert "Your bill counts 672 kWh, by the meter’s dial; its days sum to 665 kWh, 6.72 kWh apart." in said


def test_estimated_missing_and_late_days_look_and_read_differently(place: Town) -> None:
    home = place.riverside.charlie
    for day, quality in (
        (1, Quality.MEASURED),
        (2, Quality.ESTIMATED),
        (3, Quality.MISSING),
        (5, Quality.MEASURED),
    ):
        store(home, date(2025, 3, day), quality, from_hour=20 if quality is Quality.MISSING else 0)
    text = page(place.charlie, "/usage/")
    said = main_of(text)
    assert (
        "1 day is estimated. Of 1 day a part is missing. 1 day is missing. 4 days are not here yet." in said
    )
    assert "92 kWh" in said  # 24, 24, 20 and 24
    assert [text.count(f'<rect class="{kind}"') for kind in ("est", "par", "mis", "awa")] == [1, 1, 1, 4]
    for word in ("estimated", "partly missing", "missing", "not here yet"):
        assert f"<td>{word}</td>" in text


def store(home: Household, day: date, quality: Quality, *, from_hour: int) -> None:
    """A day's hours again, of that quality from an hour on; a missing one holds nothing."""
    opens, closes = service_day(day, ZONE)
    hours = int((closes - opens) / timedelta(hours=1))
    codes = [quality if hour >= from_hour else Quality.MEASURED for hour in range(hours)]
    values = [0 if code is Quality.MISSING else 1000 for code in codes]
    row = day_intervals(day, opens.astimezone(UTC), 3600, values, codes)
    store_days([(home.electric.channels.get().pk, row)])


def test_a_meter_whose_dial_alone_is_read_shows_bill_periods(place: Town) -> None:
    water = service(place.riverside.alice, "water")
    said = main_of(text := page(place.alice, f"/usage/{water}/"))
    assert "The last 2 bill periods" in said
    # 900 and 1,000 cubic feet, 7.48052 gallons each.
    assert "14,213 gallons" in said
    assert "6,732 gallons" in said
    assert "dial is read once a bill period" in page(place.alice, f"/usage/{water}/")
    assert "/day/" not in text
    for view in ("day", "compare", "year"):
        assert "The last 2 bill periods" in page(place.alice, f"/usage/{water}/{view}/")


def test_a_year_has_each_bill_with_its_cost(place: Town) -> None:
    mine = service(place.riverside.alice)
    said = main_of(page(place.alice, f"/usage/{mine}/year/"))
    assert "1,416 kWh" in said
    assert "Jan 1 – 31" in said
    total = re.search(r"(\$[\d.]+) in all for these periods", page(place.alice, f"/usage/{mine}/year/"))
    assert total
    costs = re.findall(
        r"<td[^>]*data-label=\"Cost\"[^>]*>(\$[\d.]+)", page(place.alice, f"/usage/{mine}/year/")
    )
    assert sum(cents(cost) for cost in costs) == cents(total[1])


def cents(text: str) -> int:
    return int(text.replace("$", "").replace(".", ""))


def test_years_before_are_a_step_away(place: Town) -> None:
    bill_more_months(place.riverside, 14)
    mine = service(place.riverside.alice)
    text = page(place.alice, f"/usage/{mine}/year/")
    assert "The last 12 bill periods" in text
    older = re.search(rf"/usage/{mine}/year/\?until=(\d+-\d+-\d+)", text)
    assert older
    earlier = page(place.alice, older[0])
    assert "4 bill periods" in earlier
    assert f"/usage/{mine}/year/?until=2026-" in earlier


def test_a_day_by_hour_says_when_and_what_never_sleeps(place: Town) -> None:
    home = place.riverside.alice
    opens, _closes = service_day(date(2025, 3, 4), ZONE)
    values = [300] * 18 + [2000, 3000, 1000] + [300] * 3
    row = day_intervals(date(2025, 3, 4), opens.astimezone(UTC), 3600, values)
    store_days([(home.electric.channels.get().pk, row)])
    text = page(place.alice, f"/usage/{service(home)}/day/?on=2025-03-04")
    said = main_of(text)
    assert "12.3 kWh" in said
    assert "Most was used between 6:00 PM and 9:00 PM: 49% of the day." in said
    assert "About 0.3 kWh an hour was used all day long." in said
    assert text.count("<rect") >= 24
    assert '<th scope="row">6:00 PM</th>' in text


@pytest.mark.parametrize(
    ("day", "hours", "words"), [("2025-03-09", 23, "went forward"), ("2025-11-02", 25, "went back")]
)
def test_days_of_the_clock_changes_are_whole(place: Town, day: str, hours: int, words: str) -> None:
    home = place.riverside.alice
    read_hours(home.electric, date.fromisoformat(day), date.fromisoformat(day) + timedelta(days=1), 1000)
    with clock.clock_at(datetime(2025, 12, 1, tzinfo=ZONE)):
        text = html.unescape(place.alice.get(f"/usage/{service(home)}/day/?on={day}").content.decode())
    assert words in text
    assert text.replace("\N{NO-BREAK SPACE}", " ").count('<tr><th scope="row">') == hours
    assert f"{hours} kWh" in text.replace("\N{NO-BREAK SPACE}", " ")
    if hours == 25:
        assert "1:00 AM, second time" in text.replace("\N{NO-BREAK SPACE}", " ")


def test_quarter_hours_are_one_tap_away(place: Town) -> None:
    home, day = place.riverside.alice, date(2025, 3, 4)
    channel = home.electric.channels.get()
    channel.interval_s = 900
    channel.save()
    opens, _closes = service_day(day, ZONE)
    store_days([(channel.pk, day_intervals(day, opens.astimezone(UTC), 900, [250] * 96))])
    address = f"/usage/{service(home)}/day/?on={day}"
    assert page(place.alice, address).count('<tr><th scope="row">') == 24
    assert "Show every 15 minutes" in page(place.alice, address)
    text = page(place.alice, f"{address}&every=reading")
    assert text.count('<tr><th scope="row">') == 96
    assert "24 kWh" in main_of(text)


def test_two_stretches_beside_each_other(place: Town) -> None:
    home = place.riverside.alice
    read_hours(home.electric, date(2025, 3, 1), date(2025, 3, 8), 1500)
    ask = "first=2025-03-01&last=2025-03-07&other_first=2025-02-01&other_last=2025-02-07"
    said = main_of(page(place.alice, f"/usage/{service(home)}/compare/?{ask}"))
    assert "50% more a day: 36 kWh against 24 kWh." in said
    assert "Mar 1 – 7" in said
    wrong = ask.replace("last=2025-03-07", "last=2025-02-01")
    assert "The last day comes before the first." in page(
        place.alice, f"/usage/{service(home)}/compare/?{wrong}", status=422
    )


def test_history_follows_the_tenure_and_never_the_location(place: Town) -> None:
    """Priya moves in where Alice lived: not one day of Alice's is hers."""
    moved = date(2025, 3, 5)
    mine = ServiceAgreement.objects.get(account=place.riverside.alice.account, service="electric")
    point = ServicePoint.objects.get(agreement_links__agreement=mine)
    end_agreement(agreement=mine, ends_on=moved)
    person = add_person(given_name="Priya", family_name="Nair", since=moved)
    account = open_account(owner=person, customer_class="residential", bill_cycle="01", opened_on=moved)
    hers = start_agreement(
        account=account, premise=place.riverside.alice.premise, service="electric",
        tariff=place.riverside.tariffs["electric"], starts_on=moved, service_points=(point,),
    )  # fmt: skip
    home = Household(person, account, place.riverside.alice.premise, None, None, {})  # type: ignore[arg-type]
    priya = browser(home, "priya")
    text = main_of(page(priya, "/usage/"))
    assert "96 kWh" in text  # March 5 to 8
    with clock.clock_at(TODAY):
        assert priya.get(f"/usage/{hers.public_id}/?on=2025-03-04").status_code == 404
        before = priya.get(f"/usage/{hers.public_id}/day/?on=2025-03-04").content.decode()
        assert "Nothing of this day is here." in before
        assert priya.get(f"/usage/{mine.public_id}/").status_code == 404
    his = main_of(page(place.alice, f"/usage/{mine.public_id}/"))
    assert "96 kWh" in his  # March 1 to 4, and not a day more


def test_another_accounts_service_is_not_there(place: Town) -> None:
    theirs = service(place.riverside.charlie)
    for path in ("", "year/", "day/", "compare/", "download/", "download/file/"):
        for ref in (theirs, uuid4()):
            text_of(place.alice, f"/usage/{ref}/{path}", status=404)


@pytest.mark.parametrize("on", ["nonsense", "2025-02-30", "0001-01-01", "9999-12-31", "2025-13-01", "\x00"])
def test_days_that_are_none_are_not_found(place: Town, on: str) -> None:
    mine = service(place.riverside.alice)
    with clock.clock_at(TODAY):
        for path in ("", "day/"):
            assert place.alice.get(f"/usage/{mine}/{path}", {"on": on}).status_code == 404
        assert place.alice.get(f"/usage/{mine}/year/", {"until": on}).status_code == 404


def test_an_account_without_a_meter_says_so(place: Town) -> None:
    from tests.people import flatmate, give, make_login, signed_in

    login = make_login("ana@example.com")
    give(login, flatmate(place.riverside))
    assert "No meter on this account" in page(signed_in(login), "/usage/")


def test_a_new_account_has_its_first_period(place: Town) -> None:
    new = household(
        place.riverside.tariffs, given="New", family="Comer", email="new@example.com", line="9 Elm Ave",
        badge="N", since=date(2025, 3, 8),
    )  # fmt: skip
    said = main_of(page(browser(new, "new"), "/usage/"))
    assert "No day of this period is here yet." in said


def test_downloads(place: Town) -> None:
    mine = service(place.riverside.alice)
    address = f"/usage/{mine}/download/"
    assert "Download your use" in page(place.alice, address)
    ask = {"first": "2025-02-01", "last": "2025-03-08"}
    kinds = {"csv": b"\xef\xbb\xbfFrom", "xlsx": b"PK", "xml": b"<?xml"}
    for kind, start in kinds.items():
        with clock.clock_at(TODAY):
            answer = place.alice.get(f"{address}file/", ask | {"kind": kind})
        assert answer.status_code == 200
        assert answer.content.startswith(start)
        assert (
            answer["Content-Disposition"] == f'attachment; filename="electric-2025-02-01-2025-03-08.{kind}"'
        )
        assert "no-store" in answer["Cache-Control"]
    with clock.clock_at(TODAY):
        lines = place.alice.get(f"{address}file/", ask | {"kind": "csv"}).content.decode().splitlines()
    assert len(lines) == 1 + 36 * 24
    assert lines[1] == "2025-02-01T00:00:00-08:00,2025-02-01T01:00:00-08:00,1000,measured"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ({"last": "2025-01-01"}, "The last day comes before the first."),
        ({"first": "2020-01-01"}, "Choose at most 800 days."),
        ({"first": "1970-01-01", "last": "1970-01-02"}, "Choose days in the past."),
        ({"kind": "exe"}, "Choose a file."),
        ({"first": "soon"}, "Enter a date like 11/20/2026."),
    ],
)
def test_what_cannot_be_downloaded_says_why(place: Town, ask: dict[str, str], words: str) -> None:
    path = f"/usage/{service(place.riverside.alice)}/download/file/"
    with clock.clock_at(TODAY):
        answer = place.alice.get(path, {"first": "2025-02-01", "last": "2025-03-08", "kind": "csv"} | ask)
    assert answer.status_code == 422
    assert words in html.unescape(answer.content.decode())


class Silent(EmbeddedCis):
    def use_of_period(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
        raise CisUnavailable("time-out")


class CannotTell(EmbeddedCis):
    def capabilities(self) -> frozenset[Capability]:
        return super().capabilities() - {Capability.USAGE}


class CannotPrice(EmbeddedCis):
    def capabilities(self) -> frozenset[Capability]:
        return super().capabilities() - {Capability.PRICE_USAGE}


def test_a_cis_that_is_silent_or_cannot(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "cis", Silent)
    text_of(place.alice, "/usage/", status=503)
    monkeypatch.setattr(wiring, "cis", CannotTell)
    assert "Use cannot be shown here" in page(place.alice, "/usage/")
    monkeypatch.setattr(wiring, "cis", CannotPrice)
    said = main_of(page(place.alice, "/usage/"))
    assert "192 kWh" in said
    assert "Likely on your next bill" not in said
    assert "744 kWh – 744 kWh" in said


def test_the_number_of_statements_is_fixed_and_does_not_grow(place: Town) -> None:
    mine = service(place.riverside.alice)
    paths = {
        "usage": "/usage/",
        "usage_period": f"/usage/{mine}/?on=2025-02-14",
        "usage_year": f"/usage/{mine}/year/",
        "usage_day": f"/usage/{mine}/day/?on=2025-03-04",
        "usage_compare": f"/usage/{mine}/compare/",
    }
    before = {name: asked(place.alice, path) for name, path in paths.items()}
    assert before == {name: fixed_count(name) for name in paths}
    assert max(before.values()) <= 8
    bill_more_months(place.riverside, 6)
    del paths["usage"]  # today lies in a billed period now
    assert {name: asked(place.alice, path) for name, path in paths.items()}.items() <= before.items()


def test_home_leads_here_and_the_navigation_has_it(place: Town) -> None:
    text = page(place.alice, "/home/")
    assert 'href="/usage/"' in text
    assert "See it day by day" in text


def test_spanish(place: Town) -> None:
    mine = service(place.riverside.alice)
    for path in (
        "/usage/",
        f"/usage/{mine}/year/",
        f"/usage/{mine}/day/?on=2025-03-04",
        f"/usage/{mine}/compare/",
    ):
        text = page(place.alice, path, headers={"accept-language": "es"})
        assert 'lang="es"' in text
        for english in ("This period", "Bill period", "About these", "Compare any", "Show this"):
            assert english not in main_of(text), (path, english)


def test_solar_is_shown_in_and_out_and_never_netted(place: Town) -> None:
    home = place.riverside.alice
    given = Channel.objects.create(
        device=home.electric, code="2", unit="Wh", direction="received", interval_s=3600
    )
    rows = []
    for day in (date(2025, 3, 6), date(2025, 3, 7), date(2025, 3, 8)):
        opens, _closes = service_day(day, ZONE)
        values = [0] * 10 + [1500] * 6 + [0] * 8
        rows.append((given.pk, day_intervals(day, opens.astimezone(UTC), 3600, values)))
    store_days(rows)
    text = page(place.alice, "/usage/")
    said = main_of(text)
    assert "192 kWh" in said, "what was used is not lessened by what was given"
    assert "Given back by your panels 27 kWh" in said
    one_day = main_of(page(place.alice, f"/usage/{service(home)}/day/?on=2025-03-07"))
    assert "24 kWh" in one_day
    assert "Given back by your panels 9 kWh" in one_day
    with clock.clock_at(TODAY):
        ask = {"first": "2025-03-07", "last": "2025-03-07", "kind": "csv"}
        lines = place.alice.get(f"/usage/{service(home)}/download/file/", ask).content.decode().splitlines()
    assert lines[0].endswith("Use (Wh),Given back (Wh),How we know")
    assert lines[12].endswith(",1000,1500,measured")


def test_a_deduct_meter_is_taken_off(place: Town) -> None:
    """A garden's own meter hangs behind the house's, and what it counts is another's bill."""
    home = place.riverside.charlie
    read_hours(home.electric, date(2025, 3, 1), date(2025, 3, 9), 1000)
    agreement = ServiceAgreement.objects.get(account=home.account, service="electric")
    point = add_service_point(premise=home.premise, commodity="electric", since=date(2025, 1, 1))
    opens, _closes = service_day(date(2025, 1, 1), ZONE)
    meter = install_meter(
        service_point=point, badge="C-D", installed_at=opens, channels=(NewChannel("1", "kWh", 3600),),
    )  # fmt: skip
    AgreementServicePoint.objects.create(
        agreement=agreement, service_point=point, service="electric", use="subtract",
        during=DateRange(date(2025, 1, 1), None),
    )  # fmt: skip
    first, _last = service_day(date(2025, 3, 8), ZONE)
    row = day_intervals(date(2025, 3, 8), first.astimezone(UTC), 3600, [0] * 20 + [1] * 4)
    store_days([(meter.channels.get().pk, row)])
    assert "188 kWh" in main_of(page(place.charlie, "/usage/"))  # eight days of 24, less 4


def test_a_meter_exchanged_inside_a_day_is_one_day(place: Town) -> None:
    home = place.riverside.alice
    swapped = datetime(2025, 3, 9, 12, tzinfo=ZONE)
    old = home.electric.installations.get()
    point = old.service_point
    old.during = DateTimeTZRange(old.during.lower, swapped)
    old.save()
    new = install_meter(
        service_point=point, badge="A-E2", installed_at=swapped, channels=(NewChannel("1", "Wh", 3600),),
    )  # fmt: skip
    opens, _closes = service_day(date(2025, 3, 9), ZONE)  # 23 hours
    store_days(
        [
            (
                home.electric.channels.get().pk,
                day_intervals(date(2025, 3, 9), opens.astimezone(UTC), 3600, [1000] * 11),
            )
        ]
    )
    store_days(
        [(new.channels.get().pk, day_intervals(date(2025, 3, 9), swapped.astimezone(UTC), 3600, [2000] * 12))]
    )
    said = main_of(text := page(place.alice, f"/usage/{service(home)}/day/?on=2025-03-09"))
    assert "35 kWh" in said
    assert text.count('<tr><th scope="row">') == 23
    assert "227 kWh" in main_of(page(place.alice, "/usage/"))


def test_temperatures_stand_beside_use_where_the_utility_keeps_them(place: Town) -> None:
    without = page(place.alice, "/usage/")
    assert "temperature" not in without
    keep_temperatures({date(2025, 3, 3): (400, 621), date(2025, 3, 4): (405, 700)})
    keep_temperatures({date(2024, 3, 3): (380, 600), date(2024, 3, 4): (390, 610)})
    text = page(place.alice, "/usage/")
    said = main_of(text)
    # (40.0 + 62.1) / 2 = 51.05 and (40.5 + 70.0) / 2 = 55.25; a year before 49 and 50.
    assert "The days’ mean temperature lay between 51 and 55 °F (Riverside Airport)." in said
    assert "On average they were 4 degrees warmer than a year before." in said
    assert text.count("<polyline") == 1
    rows = dict(re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', text))
    cells = re.findall(r"<td[^>]*>(.*?)</td>", rows["Mar 3"])
    assert cells[-2:] == ["51", "measured"]
    assert "–" in re.findall(r"<td[^>]*>(.*?)</td>", rows["Mar 5"])
    mine = service(place.riverside.alice)
    assert "It was 41 to 70 °F that day." in main_of(page(place.alice, f"/usage/{mine}/day/?on=2025-03-04"))
    assert asked(place.alice, "/usage/") == fixed_count("usage") + 1


def test_a_premise_has_the_weather_of_its_own_station(place: Town) -> None:
    keep_temperatures({date(2025, 3, 4): (405, 700)})
    set_station(code="HILL", name="Hill Top", degrees=TemperatureUnit.CELSIUS)
    store_temperatures(code="HILL", days={date(2025, 3, 4): DayTemperature(-52, 31)})
    home = place.riverside.alice
    RegistryCharacteristic.objects.create(
        premise=home.premise,
        code=STATION_FACT,
        value="HILL",
        during=DateRange(date(2024, 1, 1), None),
        recorded_at=TODAY,
    )
    day = main_of(page(place.alice, f"/usage/{service(home)}/day/?on=2025-03-04"))
    assert "It was −5 to 3 °C that day." in day


def keep_temperatures(days: dict[date, tuple[int, int]]) -> None:
    """Of the default station, in tenths of a degree Fahrenheit."""
    set_station(code="AIRPORT", name="Riverside Airport", degrees=TemperatureUnit.FAHRENHEIT, is_default=True)
    store_temperatures(code="AIRPORT", days={day: DayTemperature(*tenths) for day, tenths in days.items()})


def test_each_day_counts_by_the_multiplier_of_its_day(place: Town) -> None:
    """The transformers were exchanged on March 5: 24 kWh a day before it are 48, and 72 from then on."""
    device = place.riverside.alice.electric
    for factor, start, end in ((2, date(2025, 1, 1), date(2025, 3, 5)), (3, date(2025, 3, 5), None)):
        Multiplier.objects.create(
            device=device, value=factor, applied_by_source=False, during=DateRange(start, end)
        )
    said = main_of(page(place.alice, "/usage/"))
    assert "480 kWh" in said  # four days of 48 and four of 72
    mine = service(place.riverside.alice)
    assert "48 kWh" in main_of(page(place.alice, f"/usage/{mine}/day/?on=2025-03-04"))
    assert "72 kWh" in main_of(page(place.alice, f"/usage/{mine}/day/?on=2025-03-05"))


def test_two_services_of_a_kind_are_told_apart_by_their_place(place: Town) -> None:
    account = place.riverside.alice.account
    shed = add_premise(
        address_line="420 Oak St", unit="", city="Riverside", state="CA", zip5="95000", zone=ZONE.key
    )
    point = add_service_point(premise=shed, commodity="electric", since=date(2025, 3, 1))
    opens, _closes = service_day(date(2025, 3, 1), ZONE)
    install_meter(
        service_point=point, badge="A-S", installed_at=opens, channels=(NewChannel("1", "Wh", 3600),)
    )
    start_agreement(
        account=account, premise=shed, service="electric", tariff=place.riverside.tariffs["electric"],
        starts_on=date(2025, 3, 1), service_points=(point,),
    )  # fmt: skip
    said = main_of(page(place.alice, "/usage/"))
    assert "Electric, 418 Oak St" in said
    assert "Electric, 420 Oak St" in said


def test_a_year_has_its_calendar_months_by_the_meter_with_their_temperature(place: Town) -> None:
    mine = service(place.riverside.alice)
    keep_temperatures({date(2025, 1, day): (400, 600) for day in range(1, 32)})
    text = page(place.alice, f"/usage/{mine}/year/")
    months = text.partition('id="months-caption"')[2].partition("</table>")[0]
    rows = [re.sub(r"<[^>]+>", "|", row) for row in months.split("<tr")[2:]]
    said = [[part.strip() for part in row.partition(">")[2].split("|") if part.strip()] for row in rows]
    assert said == [["February 2025", "–", "672 kWh"], ["January 2025", "50 °F", "744 kWh"]]


def test_month_totals_are_the_days_sums_whatever_began_or_ended_inside(place: Town) -> None:
    """A multiplier from February 11 on: the month is summed by days, January is the store's own total."""
    device = place.riverside.alice.electric
    for factor, start, end in ((2, date(2025, 1, 1), date(2025, 2, 11)), (3, date(2025, 2, 11), None)):
        Multiplier.objects.create(
            device=device, value=factor, applied_by_source=False, during=DateRange(start, end)
        )
    account, cis = AccountRef(place.riverside.alice.account.public_id), EmbeddedCis()
    today = date(2025, 3, 10)
    found = cis.use_by_period(account, None, today=today, n_months=24).by_month
    assert found is not None
    days = cis.use_by_day(account, None, start=date(2025, 1, 1), end=date(2025, 3, 1), today=today).days
    sums = {
        month: sum(day.quantity or 0 for day in days if day.day.month == month.month)
        for month in (date(2025, 1, 1), date(2025, 2, 1))
    }
    assert {one.month: one.quantity for one in found.months} == sums
    assert [one.n_days for one in found.months] == [31, 28]
    assert sums[date(2025, 2, 1)] == (10 * 2 + 18 * 3) * 24_000


def test_a_month_with_a_gap_says_its_days(place: Town) -> None:
    charlie = place.riverside.charlie
    read_hours(charlie.electric, date(2025, 2, 3), date(2025, 3, 1), 1000)
    said = main_of(page(place.charlie, f"/usage/{service(charlie)}/year/"))
    assert "624 kWh (26 of 28 days)" in said


def test_a_month_is_said_against_the_same_one_a_year_before(place: Town) -> None:
    home = place.riverside.alice
    device = home.electric
    read_hours(device, date(2025, 3, 1), date(2026, 3, 1), 900)
    with clock.clock_at(TODAY.replace(year=2026)):
        text = home_page(place.alice, f"/usage/{service(home)}/year/")
    months = main_of(text.partition('id="months-caption"')[2].partition("</table>")[0].join(("<main>", "")))
    assert "February 2026 10% less 605 kWh" in months
    assert "December 2025 – 670 kWh" in months


def home_page(client: Client, path: str) -> str:
    """A page at the time the clock stands at."""
    return html.unescape(client.get(path).content.decode()).replace("\N{NO-BREAK SPACE}", " ")
