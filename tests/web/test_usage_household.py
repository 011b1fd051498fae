"""The household a customer may tell of, and a commodity that is not live yet."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest
from click.testing import CliRunner

from meterside.cli.usage import usage_group
from meterside.kit import clock
from meterside.portal.access.roles import Role
from meterside.portal.preferences.models import HouseholdProfile
from meterside.portal.preferences.operations import set_live_on
from meterside.spine.models import AuditEntry
from tests.cast import instant, read_hours
from tests.web.billed import Town, browser, text_of, town
from tests.web.test_usage import keep_temperatures, main_of, page, service

pytestmark = pytest.mark.django_db
PATH = "/usage/household/"
FULL = {"people": "3", "area_sqft": "1450", "heating": "heat_pump", "has_ev": "yes", "has_pool": "no"}


@pytest.fixture
def place() -> Town:
    return town()


def test_given_it_says_what_each_person_uses(place: Town) -> None:
    assert "for each of" not in page(place.alice, "/usage/")
    assert place.alice.post(PATH, FULL).status_code == 302
    assert "That is 8 kWh a day for each of 3 people." in main_of(page(place.alice, "/usage/"))
    again = text_of(place.alice, PATH)
    assert 'value="1450"' in again


def test_all_of_it_may_stay_empty(place: Town) -> None:
    assert place.alice.post(PATH, {}).status_code == 302
    row = HouseholdProfile.objects.get()
    assert (row.people, row.area_sqft, row.heating, row.has_ev, row.has_pool) == (None, None, "", None, None)


def test_deleted_is_deleted_and_the_audit_keeps_nothing_of_it(place: Town) -> None:
    place.alice.post(PATH, FULL)
    assert place.alice.post("/usage/household/forget/").status_code == 302
    assert not HouseholdProfile.objects.exists()
    said = str(list(AuditEntry.objects.filter(action__startswith="household").values()))
    assert "household.deleted" in said
    assert "1450" not in said
    assert "Delete all of it" not in text_of(place.alice, PATH)


def test_who_only_looks_does_not_see_it(place: Town) -> None:
    place.alice.post(PATH, FULL)
    bob = browser(place.riverside.alice, "bob", Role.HELPER_VIEW)
    text_of(bob, PATH, status=403)
    assert "Your household" not in page(bob, "/usage/")


@pytest.mark.parametrize(
    "wrong", [{"people": "0"}, {"people": "51"}, {"people": "x"}, {"area_sqft": "99"}, {"heating": "lava"}]
)
def test_what_cannot_be(place: Town, wrong: dict[str, str]) -> None:
    assert place.alice.post(PATH, FULL | wrong).status_code == 422
    assert not HouseholdProfile.objects.exists()


def test_not_live_yet_says_the_day_and_shows_bills(place: Town) -> None:
    set_live_on(commodity="electric", day=date(2025, 4, 1))
    mine = service(place.riverside.alice)
    for path in (
        "/usage/",
        f"/usage/{mine}/",
        f"/usage/{mine}/day/",
        f"/usage/{mine}/compare/",
        f"/usage/{mine}/year/",
    ):
        text = page(place.alice, path)
        assert "Use by day starts on April 1, 2025" in text, path
        assert "The last 2 bill periods" in text
        assert "?on=2025" not in text
    assert "Use by day starts" not in page(place.alice, f"/usage/{service(place.riverside.alice, 'water')}/")


def test_from_its_day_on_it_is_live(place: Town) -> None:
    set_live_on(commodity="electric", day=date(2025, 3, 10))
    assert "This period so far" in html.unescape(page(place.alice, "/usage/"))


def test_the_utility_sets_it_from_the_terminal(place: Town) -> None:
    run = CliRunner().invoke(usage_group, ["live", "electric", "2025-04-01"])
    assert (run.exit_code, run.output) == (0, "use of electric by day is live from 2025-04-01\n")
    assert "Use by day starts on April 1, 2025" in page(place.alice, "/usage/")
    assert CliRunner().invoke(usage_group, ["live", "electric", "someday"]).exit_code == 2
    assert CliRunner().invoke(usage_group, ["leak-rate", "residential", "-1"]).exit_code == 2
    assert CliRunner().invoke(usage_group, ["leak-rate", "residential", "3.5"]).exit_code == 0


def test_what_heats_the_house_makes_the_days_ahead_as_cold_as_a_year_before(place: Town) -> None:
    """Ten and more days of March by turns 30 °F with a third more use, 50 °F with a third less; last year froze."""
    for day in range(1, 16):
        read_hours(
            place.riverside.alice.electric, date(2025, 3, day), date(2025, 3, day + 1), 1000 + 500 * (day % 2)
        )
    keep_temperatures(
        {date(2025, 3, day): ((300, 300) if day % 2 else (500, 500)) for day in range(1, 16)}
        | {date(2024, 3, day): (300, 300) for day in range(1, 32)}
    )
    with_today = instant("2025-03-16T12:00")

    def likely() -> str:
        with clock.clock_at(with_today):
            answer = place.alice.get("/usage/")
        return main_of(html.unescape(answer.content.decode()).replace("\N{NO-BREAK SPACE}", " "))

    before = likely()
    assert "As your heating runs on it" not in before
    assert place.alice.post(PATH, {"heating": "gas"}).status_code == 302
    assert likely() == before, "gas does not heat with electricity"
    assert place.alice.post(PATH, {"heating": "heat_pump"}).status_code == 302
    after = likely()
    assert "As your heating runs on it, the days ahead are taken to be as cold as a year before." in after
    assert _high(after) > _high(before)
    assert place.alice.post("/usage/household/forget/").status_code == 302
    assert likely() == before


def _high(said: str) -> int:
    found = re.search(r"Between ([\d,]+) kWh and ([\d,]+) kWh", said)
    assert found
    return int(found.group(2).replace(",", ""))


def test_a_car_is_said_to_count_to_who_manages_the_account_alone(place: Town) -> None:
    assert place.alice.post(PATH, {"people": "2", "has_ev": "yes"}).status_code == 302
    assert "As you charge a car, all days of the week are taken to be alike." in page(place.alice, "/usage/")
    helper = browser(place.riverside.alice, "bob", Role.HELPER_VIEW)
    said = main_of(page(helper, "/usage/"))
    assert "charge a car" not in said
    assert "for each of" not in said
