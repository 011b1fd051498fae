"""Files of what dials show: no use is lost where one file ends and the next begins, whichever comes first."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterside.cis.metering.files.boundary_reads import forget_boundaries
from meterside.cis.metering.files.operations import bring_in
from meterside.cis.metering.models import BoundaryRead, IntervalDay
from meterside.connectors.metering.generic_csv.adapter import GenericCsv
from meterside.contracts.metering import FileReport, FileStatus, Reason, SourceOptions, UnusableOptions
from meterside.engine.interval import Quality
from meterside.engine.period import service_day
from tests.cast import Riverside, riverside
from tests.connectors.text_documents import LOS_ANGELES, MAPPING, Hours, csv_table, hours_of

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 1, tzinfo=UTC)
MAY_1 = datetime(2025, 5, 1, tzinfo=LOS_ANGELES)
USE = [3 + k % 11 for k in range(60)]
#: The dial at the start of each of the sixty hours, and at the end of the last.
DIAL = hours_of(MAY_1, list(accumulate(USE, initial=48_210)))


@pytest.fixture
def town() -> Riverside:
    return riverside()


def bring(dials: Hours, **changes: Any) -> FileReport:
    source = GenericCsv(SourceOptions(LOS_ANGELES, {**MAPPING, "kind": "cumulative", **changes}))
    stream = io.BytesIO(csv_table("A-E", dials))
    return bring_in(source, source.parse(stream, name="dials.csv", now=NOW), original=stream)


def stored(town: Riverside) -> list[int]:
    """The use of each hour that is there, in order."""
    newest = IntervalDay.objects.filter(channel=town.alice.electric.channels.get()).order_by(
        "local_day", "-version"
    )
    found = {row.local_day: row for row in reversed(newest)}
    values: list[int] = []
    for day in sorted(found):
        row = found[day]
        first, last = service_day(day, LOS_ANGELES)
        size = int((last - first).total_seconds()) // row.interval_s
        codes = bytes(size) if row.quality is None else bytes(row.quality)
        reads = [
            int.from_bytes(bytes(row.reads)[at * row.width : (at + 1) * row.width], "little", signed=True)
            for at in range(size)
        ]
        values += [value for value, code in zip(reads, codes, strict=True) if code != Quality.MISSING]
    return values


def test_a_file_a_day_loses_no_hour_at_midnight(town: Riverside) -> None:
    first = bring(DIAL[:24])
    assert (first.status, first.reads) == (FileStatus.ACCEPTED, 23)
    assert first.notes[-1].startswith("2 values of dials begin or end what this file says.")
    second = bring(DIAL[24:48])
    assert (second.status, second.reads, second.duplicates) == (FileStatus.ACCEPTED, 24, 0)
    assert stored(town) == USE[:47]


def test_a_single_value_a_file_is_enough(town: Riverside) -> None:
    assert (bring(DIAL[:1]).status, stored(town)) == (FileStatus.ACCEPTED, [])
    for hour in (2, 1, 3):
        bring(DIAL[hour : hour + 1])
    assert stored(town) == USE[:3]


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_cutting_order_and_repetition_give_the_same_store(town: Riverside, data: st.DataObject) -> None:
    """Each value in one file or several, neighbours together or apart: every hour between two values is there."""
    owners = data.draw(
        st.lists(st.integers(0, 3), min_size=len(DIAL), max_size=len(DIAL)), "file of each value"
    )
    files = [[dial for dial, owner in zip(DIAL, owners, strict=True) if owner == one] for one in range(4)]
    files = [file for file in files if file]
    files += data.draw(st.lists(st.sampled_from(files), max_size=2), "repeated")
    with transaction.atomic():
        for file in data.draw(st.permutations(files), "order"):
            bring(file)
        assert stored(town) == USE
        transaction.set_rollback(True)


def test_a_correction_beside_another_file_corrects_the_use_between(town: Riverside) -> None:
    bring(DIAL[:24])
    bring(DIAL[24:48])
    at, count = DIAL[23]
    bring([*DIAL[22:23], (at, count + 2)])
    assert stored(town)[22:24] == [USE[22] + 2, USE[23] - 2]
    assert sum(stored(town)) == sum(USE[:47])


def test_a_dial_that_went_back_between_two_files_is_refused(town: Riverside) -> None:
    bring(DIAL[:24])
    report = bring([(at, count - 40_000) for at, count in DIAL[24:30]])
    assert report.status is FileStatus.PARTLY_QUARANTINED
    (refusal,) = report.quarantined
    assert (refusal.reason, refusal.line) == (Reason.DIAL_WENT_BACK, 2)
    assert refusal.words.endswith("The value it is held against is in another file.")
    assert stored(town) == [*USE[:23], *USE[24:29]]


def test_an_estimated_end_makes_an_estimated_hour(town: Riverside) -> None:
    bring(DIAL[:24])
    source = GenericCsv(SourceOptions(LOS_ANGELES, {**MAPPING, "kind": "cumulative"}))
    stream = io.BytesIO(csv_table("A-E", DIAL[24:25]).replace(b",A\n", b",E\n"))
    bring_in(source, source.parse(stream, name="e.csv", now=NOW), original=stream)
    day = IntervalDay.objects.filter(local_day=date(2025, 5, 1)).order_by("-version")[0]
    assert list(bytes(day.quality or b"")) == [Quality.MEASURED] * 23 + [Quality.ESTIMATED]


def test_a_day_of_25_hours_lies_between_two_daily_values(town: Riverside) -> None:
    channel = town.alice.electric.channels.get()
    channel.interval_s = 86_400
    channel.save()
    noon = [datetime(2025, 11, day, tzinfo=LOS_ANGELES) for day in (1, 2, 3, 4)]
    values: Sequence[int] = (100, 130, 190, 195)
    source = GenericCsv(SourceOptions(LOS_ANGELES, {**MAPPING, "kind": "cumulative", "interval_s": 86_400}))
    for number, pair in enumerate(zip(noon, values, strict=True)):
        stream = io.BytesIO(csv_table("A-E", [pair]))
        feed = source.parse(stream, name=f"{number}.csv", now=datetime(2025, 12, 1, tzinfo=UTC))
        assert bring_in(source, feed, original=stream).status is FileStatus.ACCEPTED
    assert stored(town) == [30, 60, 5]


def test_boundaries_are_let_go_after_a_while(town: Riverside) -> None:
    bring(DIAL[:24])
    assert BoundaryRead.objects.count() == 2
    assert forget_boundaries(before=MAY_1 + timedelta(hours=1)) == 1
    bring(DIAL[24:26])
    assert stored(town) == USE[:25]


def test_a_dial_never_shows_energy_received() -> None:
    with pytest.raises(UnusableOptions, match="never below zero") as error:
        GenericCsv(
            SourceOptions(LOS_ANGELES, {**MAPPING, "kind": "cumulative", "sign": "negative_is_received"})
        )
    assert error.value.field == "sign"
