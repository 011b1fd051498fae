"""Exceptions in meter data for staff's pages: a spike that was held, a day that was written by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from meterside.cis.metering.checks.editing import edit_reads
from meterside.cis.metering.checks.intake import take_in_rows
from meterside.cis.metering.checks.rules import set_validation_rules
from meterside.cis.metering.models import ReadException
from meterside.engine.interval import day_intervals
from meterside.engine.period import service_day
from meterside.engine.validation_rule import Action, RuleKind, ValidationRule
from meterside.spine.actor import Actor, acting
from tests.cast import ZONE, Household

_ZERO = [0] * 14
_USE = [
    310,
    290,
    280,
    280,
    300,
    420,
    690,
    940,
    760,
    520,
    480,
    470,
    500,
    490,
    510,
    560,
    680,
    960,
    1240,
    1310,
    1150,
]


def exceptions_for_staff(homes: tuple[Household, Household], today: date, *, dana: int) -> None:
    """Two meters with something to look at some days ago; the one was decided and can be undone."""
    rules = (
        ValidationRule(rule=RuleKind.SPIKE, action=Action.HOLD, above=20_000),
        ValidationRule(rule=RuleKind.ZERO_RUN, hours=12),
    )
    set_validation_rules(rules, since=today - timedelta(days=60))
    day = today - timedelta(days=6)
    waiting, decided = homes
    for home in homes:
        _take_in(home, day - timedelta(days=7), [value + 40 for value in _USE] + [820, 610, 420])
        _take_in(home, day, [*_USE[:17], 24_900, *_USE[18:], 800, 590, 400])
    _take_in(waiting, day + timedelta(days=1), [*_ZERO, *_USE[14:], 790, 600, 410])
    found = ReadException.objects.get(channel__device=decided.electric)
    with acting(Actor("staff", str(dana))):
        edit_reads(
            channel_id=found.channel_id, day=day, values={17: 940}, exception_id=found.pk,
            reason="The reader's battery was changed at five in the evening.",
        )  # fmt: skip


def _take_in(home: Household, day: date, values: list[int]) -> None:
    opens, closes = service_day(day, ZONE)
    hours = int((closes - opens) / timedelta(hours=1))
    day_values = [*values, values[-1]][:hours]
    first: datetime = opens.astimezone(UTC)
    take_in_rows([(home.electric.channels.get().pk, day_intervals(day, first, 3600, day_values))])
