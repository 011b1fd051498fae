"""Staff at cycles and routes: a year ahead, read windows, stops in another order, a stop on another route."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from meterside.cis.billing.models import BillCycle
from meterside.cis.metering.routes.stops import stops_of_route
from meterside.cis.registry.models import ServicePoint
from meterside.cis.registry.routes import add_stops, set_up_route
from meterside.kit.clock import clock_at
from meterside.spine.models import AuditEntry
from tests.cast import instant
from tests.web.billed import Town, staff_browser, town

pytestmark = pytest.mark.django_db
SINCE, APR = date(2025, 1, 1), date(2025, 4, 1)


@pytest.fixture
def place() -> Town:
    made = town()
    set_up_route(code="A1", name="Oak and Elm", bill_cycle="01")
    points = (
        ServicePoint.objects.filter(installations__isnull=False).order_by("pk").values_list("pk", flat=True)
    )
    add_stops(route_code="A1", service_point_ids=list(points), since=SINCE)
    return made


@pytest.fixture
def dana(place: Town) -> Client:
    return staff_browser()


def _plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\N{NO-BREAK SPACE}", " ").split())


def _get(client: Client, path: str) -> str:
    with clock_at(instant("2025-03-10T12:00")):
        answer = client.get(path)
    assert answer.status_code == 200
    return _plain(answer.content.decode())


def _badges(on: date, route: str = "A1") -> list[str]:
    return [stop.badge for stop in stops_of_route(route, on=on)]


def test_a_cycles_year_and_its_window(place: Town, dana: Client) -> None:
    text = _get(dana, "/staff/billing/cycles/01/")
    assert "Mar 1 – 31 Apr 1 Apr 1 Apr 2 Apr 23" in text
    assert "Oak and Elm" in text
    change = "/staff/billing/cycles/01/change/"
    days = {"read_day": "1", "window_before_days": "3", "window_after_days": "2", "bill_after_days": "1"}
    refused = dana.post(change, {**days, "read_day": "31", "reason": ""})
    assert refused.status_code == 422
    said = _plain(refused.content.decode())
    assert "Enter a whole number up to 28" in said
    assert "Say why it changes" in said
    assert dana.post(change, {**days, "name": "First", "reason": "two readers"}).status_code == 302
    cycle = BillCycle.objects.get()
    assert (cycle.window_before_days, cycle.window_after_days) == (3, 2)
    assert AuditEntry.objects.get(action="bill_cycle.changed").detail["reason"] == "two readers"
    assert "Mar 29 – Apr 3" in _get(dana, "/staff/billing/cycles/01/").replace("\N{THIN SPACE}", " ")
    assert dana.get("/staff/billing/cycles/none/").status_code == 404
    assert place.alice.get("/staff/billing/cycles/01/").status_code == 404


def test_stops_in_another_order_from_a_day_on(place: Town, dana: Client) -> None:
    text = _get(dana, "/staff/billing/routes/A1/")
    assert "418 Oak St" in text
    assert "02416 on Mar 1" in text
    ids = [stop.service_point_id for stop in stops_of_route("A1", on=APR)]
    before = _badges(APR)
    numbers = {f"place-{key}": str(99 - place) for place, key in enumerate(ids)}
    path = "/staff/billing/routes/A1/order/"
    refused = dana.post(path, {**numbers, f"place-{ids[0]}": numbers[f"place-{ids[1]}"], "since": "x"})
    assert refused.status_code == 422
    for said in ("Give each stop a whole number of its own", "Enter the day it begins", "Say why it changes"):
        assert said in _plain(refused.content.decode())
    assert (
        dana.post(path, {**numbers, "since": "2025-04-01", "reason": "a bridge is closed"}).status_code == 302
    )
    assert _badges(APR) == before[::-1]
    assert _badges(date(2025, 3, 31)) == before
    earlier = dana.post(path, {**numbers, "since": "2025-03-20", "reason": "too early"})
    assert earlier.status_code == 409
    assert "planned for a later day already" in _plain(earlier.content.decode())
    some = dict(list(numbers.items())[1:])
    assert dana.post(path, {**some, "since": "2025-05-01", "reason": "one left out"}).status_code == 409


def test_a_stop_moves_to_a_new_route(place: Town, dana: Client) -> None:
    refused = dana.post("/staff/billing/cycles/01/routes/", {"route": "", "route_name": ""})
    assert refused.status_code == 422
    made = dana.post("/staff/billing/cycles/01/routes/", {"route": "A2", "route_name": "The mill"})
    assert made.status_code == 302
    stop = stops_of_route("A1", on=APR)[1]
    path = "/staff/billing/routes/A1/move/"
    form = {"stop": str(stop.service_point_id), "to": "A2", "move_since": "2025-04-01"}
    assert dana.post(path, form).status_code == 422
    assert dana.post(path, {**form, "move_reason": "nearer to the mill"}).status_code == 302
    assert _badges(APR, "A2") == [stop.badge]
    assert stop.badge not in _badges(APR)
    assert stop.badge in _badges(date(2025, 3, 31))
    again = dana.post(path, {**form, "move_since": "2025-03-01", "move_reason": "earlier"})
    assert again.status_code == 409
