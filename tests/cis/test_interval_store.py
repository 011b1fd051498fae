"""The store of interval days: any order, chunking, repetition and lateness of the same inputs gives the same store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterside.cis.metering.models import IntervalDay, MonthTotal, RestatedDay
from meterside.cis.metering.store.day_arrays import DayArrays
from meterside.cis.metering.store.operations import store_days
from meterside.cis.metering.store.queries import interval_days
from meterside.cis.metering.store.storing import DaysStored, store_blocks
from meterside.cis.registry.models import Channel, Device
from meterside.engine.interval import DayIntervals, Quality, day_intervals
from meterside.engine.period import service_day
from meterside.kit import clock
from tests.cast import ZONE

pytestmark = pytest.mark.django_db
_ONE_DAY = timedelta(days=1)
_STATED = datetime(2025, 5, 1, 12, tzinfo=UTC)
#: A leap day, the days at both clock changes, the last and the first of a month.
_DAYS = (date(2024, 2, 29), date(2025, 3, 9), date(2025, 3, 31), date(2025, 4, 1), date(2025, 11, 2))
_CODES = (Quality.MEASURED, Quality.ESTIMATED, Quality.DERIVED, Quality.MISSING)


@pytest.fixture
def channels() -> list[Channel]:
    device = Device.objects.create(badge="STORE", commodity="electric")
    return [
        Channel.objects.create(device=device, code=str(number), unit="Wh", interval_s=3600)
        for number in (1, 2)
    ]


@dataclass(frozen=True)
class _Said:
    """What a source says of some hours of a day of the first or second channel, at an instant."""

    channel: int
    day: date
    stated: int
    first: int
    slots: tuple[tuple[int, Quality], ...]

    def row(self) -> DayIntervals:
        opens, closes = service_day(self.day, ZONE)
        count = (closes - opens) // timedelta(hours=1)
        values, codes = [0] * count, [Quality.MISSING] * count
        for place, (value, code) in enumerate(self.slots, start=self.first):
            if place < count and code is not Quality.MISSING:
                values[place], codes[place] = value, code
        return day_intervals(self.day, opens.astimezone(UTC), 3600, values, codes)

    def halves(self) -> tuple[_Said, _Said]:
        cut = len(self.slots) // 2
        return (
            _Said(self.channel, self.day, self.stated, self.first, self.slots[:cut]),
            _Said(self.channel, self.day, self.stated, self.first + cut, self.slots[cut:]),
        )


_SAID = st.builds(
    _Said,
    channel=st.integers(0, 1),
    day=st.sampled_from(_DAYS),
    stated=st.integers(0, 2),
    first=st.sampled_from([0, 2, 22]),
    slots=st.lists(st.tuples(st.integers(-3, 300), st.sampled_from(_CODES)), min_size=1, max_size=25).map(
        tuple
    ),
)


class _Undo(Exception):
    pass


def _store_of(channels: Sequence[Channel], calls: Sequence[Sequence[_Said]]) -> Any:
    """The standing days and the month totals after these calls, which are then undone."""
    found: Any = None
    try:
        with transaction.atomic():
            for said in calls:
                by_time: dict[int, list[_Said]] = {}
                for one in said:
                    by_time.setdefault(one.stated, []).append(one)
                for stated, some in by_time.items():
                    rows = [(channels[one.channel].pk, one.row()) for one in some]
                    store_days(rows, stated_at=_STATED + timedelta(minutes=stated))
            found = (
                _standing(channels),
                list(
                    MonthTotal.objects.order_by("channel_id", "month").values_list(
                        "channel_id",
                        "month",
                        "total",
                        "n_days",
                        "n_not_measured",
                        "n_incomplete",
                    )
                ),
            )
            raise _Undo
    except _Undo:
        return found


def _standing(channels: Sequence[Channel]) -> dict[int, Sequence[DayIntervals]]:
    return dict(interval_days([one.pk for one in channels], _DAYS[0], _DAYS[-1] + _ONE_DAY))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(said=st.lists(_SAID, min_size=1, max_size=7), data=st.data())
def test_order_chunks_and_repetition_do_not_matter(
    channels: list[Channel], said: list[_Said], data: st.DataObject
) -> None:
    at_once = _store_of(channels, [said])
    one_by_one = _store_of(channels, [[one] for one in data.draw(st.permutations(said))])
    assert one_by_one == at_once
    parts = [half for one in said for half in (one, *one.halves())]
    in_parts = _store_of(channels, [[one] for one in data.draw(st.permutations(parts))])
    assert in_parts == at_once


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(said=st.lists(_SAID, min_size=1, max_size=6))
def test_month_totals_are_the_sums_of_the_standing_days(channels: list[Channel], said: list[_Said]) -> None:
    standing, totals = _store_of(channels, [[one] for one in said])
    expected: dict[tuple[int, date], list[int]] = {}
    for channel_id, days in standing.items():
        for day in days:
            of_month = expected.setdefault((channel_id, day.day.replace(day=1)), [0, 0, 0, 0])
            of_month[0] += day.total()
            of_month[1] += 1
            of_month[2] += day.quality is not None
            of_month[3] += day.missing_count() > 0
    assert {(row[0], row[1]): list(row[2:6]) for row in totals} == expected


def test_originals_stay_as_they_were_said(channels: list[Channel]) -> None:
    day = _DAYS[2]
    morning = _Said(0, day, 0, 0, ((5, Quality.MEASURED),) * 12).row()
    evening = _Said(0, day, 0, 12, ((7, Quality.MEASURED),) * 12).row()
    stored = [store_days([(channels[0].pk, row)]) for row in (morning, evening, evening)]
    assert stored == [DaysStored(1, 0, 0), DaysStored(0, 1, 0), DaysStored(0, 0, 1)]
    first, stands = IntervalDay.objects.order_by("version")
    assert (bytes(first.quality or b""), first.total) == (morning.quality, 60)
    assert (stands.quality, stands.total, stands.version) == (None, 144, 2)
    (said,) = RestatedDay.objects.all()
    assert (bytes(said.reads), bytes(said.quality or b"")) == (evening.values, evening.quality)


def test_what_was_stated_earlier_comes_late_and_changes_nothing_that_stands(channels: list[Channel]) -> None:
    later = _Said(0, _DAYS[2], 1, 0, ((9, Quality.MEASURED),) * 24).row()
    earlier = _Said(0, _DAYS[2], 0, 0, ((5, Quality.MEASURED),) * 24).row()
    store_days([(channels[0].pk, later)], stated_at=_STATED + _ONE_DAY)
    assert store_days([(channels[0].pk, earlier)], stated_at=_STATED) == DaysStored(0, 0, 1)
    assert _standing(channels)[channels[0].pk] == [later]
    # Without a time of its own it is a correction, stated when it came.
    assert store_days([(channels[0].pk, earlier)]) == DaysStored(0, 1, 0)
    assert _standing(channels)[channels[0].pk] == [earlier]


def test_an_estimate_yields_to_a_read_however_late_it_is_made(channels: list[Channel]) -> None:
    guess = _Said(0, _DAYS[2], 0, 0, ((9, Quality.ESTIMATED),) * 24).row()
    read = _Said(0, _DAYS[2], 0, 0, ((5, Quality.MEASURED),) * 24).row()
    store_days([(channels[0].pk, guess)], origin="estimate")
    store_days([(channels[0].pk, read)])
    assert store_days([(channels[0].pk, guess)], origin="estimate").corrected == 0
    assert _standing(channels)[channels[0].pk] == [read]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(said=st.lists(_SAID, min_size=1, max_size=6, unique_by=lambda one: (one.channel, one.day)))
def test_arrays_are_stored_as_rows_are(channels: list[Channel], said: list[_Said]) -> None:
    by_rows = _store_of(channels, [[_Said(o.channel, o.day, 0, o.first, o.slots) for o in said]])
    found: Any = None
    try:
        with transaction.atomic(), clock.clock_at(_STATED):
            blocks: dict[int, list[_Said]] = {}
            for one in said:
                blocks.setdefault(one.row().count, []).append(one)
            store_blocks([_block(channels, some) for some in blocks.values()], stated_at=_STATED)
            found = (
                _standing(channels),
                list(
                    MonthTotal.objects.order_by("channel_id", "month").values_list(
                        "channel_id",
                        "month",
                        "total",
                        "n_days",
                        "n_not_measured",
                        "n_incomplete",
                    )
                ),
            )
            raise _Undo
    except _Undo:
        assert found == by_rows


def _block(channels: Sequence[Channel], said: Sequence[_Said]) -> DayArrays:
    rows = [one.row() for one in said]
    return DayArrays(
        channel_ids=np.array([channels[one.channel].pk for one in said], dtype=np.int64),
        first_s=np.array([int(row.start_utc.timestamp()) for row in rows], dtype=np.int64),
        days=np.array([(one.day - date(1970, 1, 1)).days for one in said], dtype=np.int64),
        seconds=3600,
        values=np.stack([row.array() for row in rows]),
        quality=np.stack([row.quality_array() for row in rows]),
    )


def test_a_day_of_no_channel_or_no_file_is_refused(channels: list[Channel]) -> None:
    row = _Said(0, _DAYS[2], 0, 0, ((5, Quality.MEASURED),) * 24).row()
    with pytest.raises(IntegrityError, match="channel that does not exist"), transaction.atomic():
        store_days([(channels[-1].pk + 1, row)])
    store_days([(channels[0].pk, row)])
    with (
        pytest.raises(IntegrityError, match="cannot be deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM cis_registry_channel WHERE id = %s", [channels[0].pk])
