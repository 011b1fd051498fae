"""A channel's days in one row say what they say day by day: holes, corrections, qualities, widths, clock changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from meterside.cis.billing.inputs.asking import NOTHING
from meterside.cis.billing.inputs.hours import hours_of
from meterside.cis.billing.inputs.source_rows import Agreement, ChannelRow, Meter
from meterside.cis.billing.inputs.sources import Sources
from meterside.cis.metering.store.operations import store_days
from meterside.cis.metering.store.queries import day_totals, interval_days
from meterside.cis.metering.store.runs import DayRun, channel_days
from meterside.cis.registry.models import Channel, Device
from meterside.engine.interval import day_intervals
from meterside.engine.period import Period, service_day
from tests.cast import ZONE

pytestmark = pytest.mark.django_db
START, END = date(2025, 2, 20), date(2025, 3, 20)  # the clock goes forward on March 9
KINDS = ("whole", "hole", "corrected", "estimated", "missing", "wide", "quarters", "mixed", "none", "late")


def _channels() -> dict[str, int]:
    device = Device.objects.create(badge="E", commodity="electric")
    made = Channel.objects.bulk_create(
        Channel(device=device, code=kind, unit="Wh", interval_s=3600) for kind in KINDS
    )
    return {channel.code: channel.pk for channel in made}


def _store(kind: str, channel: int) -> None:
    for number, day in enumerate(Period(START, END).each_day()):
        if kind == "none" or (kind == "hole" and number == 7) or (kind == "late" and number < 3):
            continue
        seconds = 900 if kind == "quarters" or (kind == "mixed" and number > 9) else 3600
        opens, closes = service_day(day, ZONE)
        count = int((closes - opens) / timedelta(seconds=seconds))
        values = [(number * 31 + hour * 7) % 120 for hour in range(count)]
        if kind == "wide" and number == 5:
            values[3] = 70_000
        quality = None
        if kind in ("estimated", "missing") and number == 4:
            quality = [4 if kind == "missing" else 1] + [0] * (count - 1)
        store_days([(channel, day_intervals(day, opens, seconds, values, quality))])
        if kind == "corrected" and number == 6:
            store_days([(channel, day_intervals(day, opens, seconds, [*values[:-1], 99]))])


def _agreement(channel: int, during: Period) -> Agreement:
    meter = Meter(1, "E", "electric", "add", during.start, during.end, Decimal("40.5"))
    meter.channels.append(ChannelRow(channel, "Wh"))
    return Agreement(
        id=1, public_id=uuid4(), account_id=1, service="electric", address_line="", zone=ZONE, during=during,
        billed_to=None, last_inputs=None, last_total_cents=0, last_year=None, state=None, tariffs=[],
        attributes=[], meters=[meter],
    )  # fmt: skip


def test_days_put_together_are_the_days() -> None:
    channels = _channels()
    for kind, channel in channels.items():
        _store(kind, channel)
    keys = list(channels.values())
    found = channel_days(keys, START, END)
    totals, intervals = day_totals(keys, START, END), interval_days(keys, START, END)
    assert {key: days.totals for key, days in found.items()} == totals
    assert {key: list(days.intervals) for key, days in found.items()} == intervals
    runs = {kind for kind, key in channels.items() if isinstance(found[key].intervals, DayRun)}
    assert runs == {"whole", "corrected", "quarters", "late"}
    corrected = found[channels["corrected"]]
    assert (corrected.totals[6].version, corrected.intervals[6].array()[-1]) == (2, 99)
    assert corrected.intervals[-1] == intervals[channels["corrected"]][-1]
    assert corrected.intervals[2:4] == intervals[channels["corrected"]][2:4]


@pytest.mark.parametrize("period", [Period(START, END), Period(date(2025, 3, 1), date(2025, 3, 12))])
def test_hours_of_a_run_are_the_hours_day_by_day(period: Period) -> None:
    channels = _channels()
    for kind, channel in channels.items():
        _store(kind, channel)
    days = channel_days(list(channels.values()), START, END)
    asked = replace(NOTHING, hours=frozenset({"usage"}))
    for kind, channel in channels.items():
        agreement = _agreement(channel, period)
        as_run, by_day = (
            hours_of(agreement, period, asked, Sources({}, {}, {}, {}, hours={channel: own}))
            for own in (days[channel].intervals, list(days[channel].intervals))
        )
        assert as_run.lacks == by_day.lacks, kind
        assert as_run.uses.keys() == by_day.uses.keys()
        for name, use in as_run.uses.items():
            other = by_day.uses[name]
            assert use.values.tolist() == other.values.tolist()
            assert (use.start_utc, use.seconds, use.scale, use.unit, use.zone) == (
                other.start_utc, other.seconds, other.scale, other.unit, other.zone,
            )  # fmt: skip
            assert (use.quality is None) == (other.quality is None)
