"""A route goes out with ranges and comes back as reads."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from meterside import wiring
from meterside.cis.metering.models import RegisterRead
from meterside.cis.metering.routes.files import stops_to_write
from meterside.cis.registry.routes import add_stops, set_up_route
from meterside.cli.meter import meter_group
from meterside.contracts.metering import FileStatus
from tests.cast import SINCE, Riverside, read_dial, riverside

pytestmark = pytest.mark.django_db
DAY = date(2025, 5, 1)


@pytest.fixture
def town() -> Riverside:
    made = riverside()
    for number, day in enumerate((date(2025, 3, 1), date(2025, 4, 1))):
        read_dial(made.alice.water, day, 3200 + 50 * number)
    set_up_route(code="R-7", name="Oak", bill_cycle="01")
    point = made.alice.water.installations.get().service_point_id
    add_stops(route_code="R-7", service_point_ids=[point], since=SINCE)
    return made


def test_a_route_goes_out_and_its_reads_come_in(town: Riverside, tmp_path: Path) -> None:
    (stop,) = stops_to_write("R-7", on=DAY)
    assert (stop.meter_id, stop.commodity, stop.dials[0].last_count) == ("A-W", "water", 3250)
    low, high = stop.dials[0].low_count, stop.dials[0].high_count
    assert low is not None
    assert high is not None
    assert low < 3300 < high
    for shape in ("csv", "fixed"):
        path = tmp_path / f"route.{shape}"
        result = CliRunner().invoke(
            meter_group, ["route", "R-7", "--on", "2025-05-01", "--shape", shape, "--out", str(path)]
        )
        assert result.exit_code == 0, result.output
        assert b"A-W" in path.read_bytes()
    back = (tmp_path / "route.csv").read_bytes().replace(b",,,\nend", b",003301,2025-05-01 09:30,\nend")
    report = wiring.receive_meter_file(io.BytesIO(back), name="route.csv")
    assert (report.status, report.dial_reads) == (FileStatus.ACCEPTED, 1)
    read = RegisterRead.objects.latest("read_at")
    assert (read.dial_count, read.local_day, read.kind) == (3301, DAY, "actual")


def test_a_route_without_stops_is_said(town: Riverside) -> None:
    result = CliRunner().invoke(meter_group, ["route", "R-8", "--on", "2025-05-01"])
    assert result.exit_code == 1
    assert "No route 'R-8'" in result.output
