"""Read routes: stops in order, dated; and what a reader is told to expect on each dial."""

from __future__ import annotations

from datetime import date

import pytest

from meterside.cis.metering.routes.stops import stops_of_route
from meterside.cis.registry.models import Device, RegistryCharacteristic, RouteStop, ServicePoint
from meterside.cis.registry.routes import (
    NotAllStops,
    PlannedAlready,
    RouteError,
    add_stops,
    end_stop,
    move_stop,
    resequence,
    set_up_route,
)
from meterside.kit import clock
from tests.cast import read_dial, riverside

pytestmark = pytest.mark.django_db

SINCE = date(2025, 1, 1)
LATER = date(2025, 6, 1)


def _points() -> list[int]:
    """Alice's electric and water, Charlie's electric and water."""
    street = riverside()
    devices = [device for home in street.households for device in (home.electric, home.water)]
    return [
        ServicePoint.objects.get(installations__device=device, commodity=device.commodity).pk
        for device in devices
    ]


def _badges(route: str, on: date) -> list[str]:
    return [stop.badge for stop in stops_of_route(route, on=on)]


@pytest.fixture
def points(db: None) -> list[int]:
    found = _points()
    set_up_route(code="A1", name="Oak and Elm", bill_cycle="01")
    set_up_route(code="A2", name="The mill", bill_cycle="01")
    add_stops(route_code="A1", service_point_ids=found, since=SINCE)
    return found


def test_a_route_lists_its_meters_in_walking_order(points: list[int]) -> None:
    stops = stops_of_route("A1", on=LATER)
    assert [(stop.sequence, stop.badge, stop.address_line) for stop in stops] == [
        (10, "A-E", "418 Oak St"),
        (20, "A-W", "418 Oak St"),
        (30, "C-E", "12 Elm Ave"),
        (40, "C-W", "12 Elm Ave"),
    ]
    (power,) = stops[0].registers
    assert (power.code, power.unit, power.dials, power.units_per_count) == ("kWh", "Wh", 5, 1000)
    assert power.expected is None, "nothing is known of its use"
    assert stops_of_route("A1", on=date(2024, 12, 31)) == ()
    assert stops_of_route("none", on=LATER) == ()


def test_walked_the_other_way_round_from_a_day_on(points: list[int]) -> None:
    resequence(route_code="A1", service_point_ids=points[::-1], since=LATER, reason="a bridge is closed")
    assert _badges("A1", date(2025, 5, 31)) == ["A-E", "A-W", "C-E", "C-W"]
    assert _badges("A1", LATER) == ["C-W", "C-E", "A-W", "A-E"]
    resequence(route_code="A1", service_point_ids=points, since=LATER)
    assert _badges("A1", LATER) == ["A-E", "A-W", "C-E", "C-W"], "changed again on the same day"
    with pytest.raises(PlannedAlready):
        resequence(route_code="A1", service_point_ids=points[::-1], since=date(2025, 5, 1))
    with pytest.raises(NotAllStops):
        resequence(route_code="A1", service_point_ids=points[1:], since=LATER)
    with pytest.raises(NotAllStops):
        resequence(route_code="A1", service_point_ids=[*points, points[0]], since=LATER)


def test_a_stop_moves_to_another_route_and_stands_on_one_at_a_time(points: list[int]) -> None:
    move_stop(service_point_id=points[2], to_route="A2", since=LATER, reason="the mill's walk passes it")
    assert _badges("A1", LATER) == ["A-E", "A-W", "C-W"]
    assert _badges("A2", LATER) == ["C-E"]
    assert _badges("A1", date(2025, 5, 31))[2] == "C-E"
    with pytest.raises(RouteError, match="stands on route"):
        add_stops(route_code="A1", service_point_ids=[points[2]], since=SINCE)


def test_between_two_stops_even_where_no_number_is_left(points: list[int]) -> None:
    for day in range(1, 8):  # always to the second place: the numbers between 10 and 20 run out
        move_stop(service_point_id=points[3], to_route="A1", since=date(2025, 7, day), after=points[0])
        assert _badges("A1", date(2025, 7, day))[:2] == ["A-E", "C-W"]
        move_stop(service_point_id=points[2], to_route="A1", since=date(2025, 7, day), after=points[0])
        assert _badges("A1", date(2025, 7, day)) == ["A-E", "C-E", "C-W", "A-W"]
    assert _badges("A1", date(2025, 6, 30)) == ["A-E", "A-W", "C-E", "C-W"]


def test_a_stop_that_ends(points: list[int]) -> None:
    end_stop(service_point_id=points[0], since=LATER, reason="meter sends its reads now")
    assert _badges("A1", LATER) == ["A-W", "C-E", "C-W"]
    end_stop(service_point_id=points[1], since=SINCE, reason="never was there")
    assert not RouteStop.objects.filter(service_point_id=points[1]).exists()


def test_what_the_dial_should_show(points: list[int]) -> None:
    """200 kWh in thirty days of late: the next thirty should bring 100 to 400 more, past the turn of the dial."""
    device = riverside_device("A-E")
    read_dial(device, date(2025, 5, 2), 99_600)
    read_dial(device, LATER, 99_800)
    (stop, *_) = stops_of_route("A1", on=date(2025, 7, 1))
    expected = stop.registers[0].expected
    assert expected is not None
    assert (expected.last_count, expected.last_day, expected.method) == (99_800, LATER, "recent")
    assert (expected.low_count, expected.expected_count, expected.high_count) == (99_900, 0, 200)


def test_hazards_are_told(points: list[int]) -> None:
    RegistryCharacteristic.objects.create(
        service_point_id=points[0], code="hazard", value="dog", evidence="reader", recorded_at=clock.now(),
        during=(SINCE, None),
    )  # fmt: skip
    assert [stop.hazard for stop in stops_of_route("A1", on=LATER)] == ["dog", "", "", ""]


def riverside_device(badge: str) -> Device:
    return Device.objects.get(badge=badge)
