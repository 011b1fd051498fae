"""Meter data in the background: room for months to come, looks that need more than one file, what is let go."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from procrastinate.blueprints import Blueprint

from meterside.cis.metering.checks.looking import look_at_registers, look_for_gaps
from meterside.cis.metering.files.boundary_reads import forget_boundaries
from meterside.cis.metering.store.storing import prepare_months
from meterside.kit import clock
from meterside.spine.actor import Actor, acting

blueprint = Blueprint()
_ACTOR = Actor("system", "metering")
#: Room is made so far ahead; `meterside doctor` says when there is less than a month of it.
_DAYS_AHEAD = 75
#: As long as a file may come late, or be corrected.
_BOUNDARIES_KEPT = timedelta(days=70)


@blueprint.periodic(cron="7 2 * * *")
@blueprint.task(name="months", queueing_lock="metering:months")
def make_months(timestamp: int) -> None:
    """Every night: partitions of the months to come."""
    today = clock.today(settings.UTILITY.zone)
    prepare_months(today, today + timedelta(days=_DAYS_AHEAD))


@blueprint.periodic(cron="12 4 * * *")
@blueprint.task(name="look", queueing_lock="metering:look")
def look(timestamp: int) -> None:
    """Every night: days that did not come, and registers read since yesterday beside their intervals.

    Dial values that wait for a file beside theirs are let go when they have waited long enough.
    """
    forget_boundaries(before=clock.now() - _BOUNDARIES_KEPT)
    with acting(_ACTOR):
        look_for_gaps(today=clock.today(settings.UTILITY.zone))
        look_at_registers(since=clock.now() - timedelta(days=2), until=clock.now())
