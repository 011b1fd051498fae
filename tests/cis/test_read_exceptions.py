"""Rules look at what comes: exceptions, holds, edits that can be undone, estimates, gaps and registers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.cis.metering.checks.editing import (
    AlreadyDecided,
    AlreadyUndone,
    CannotEstimate,
    NoSuchInterval,
    ReasonNeeded,
    accept_reads,
    edit_reads,
    estimate_again,
    undo_edit,
)
from meterside.cis.metering.checks.intake import take_in, take_in_rows
from meterside.cis.metering.checks.looking import look_at_registers, look_for_gaps
from meterside.cis.metering.checks.rules import set_validation_rules
from meterside.cis.metering.estimates.days import DueDay, estimate_days
from meterside.cis.metering.models import DayEstimate, MonthTotal, ReadEdit, ReadException, ValidationPolicy
from meterside.cis.metering.store.day_arrays import of_block
from meterside.cis.metering.store.operations import NewRead, record_register_reads
from meterside.cis.metering.store.queries import day_totals, interval_days
from meterside.cis.registry.models import Channel, Multiplier
from meterside.cli.policy import policy_group
from meterside.connectors.metering.shared.columns import lay_out
from meterside.contracts.metering import FlowDirection, ReadColumns, ReadUnit
from meterside.engine.interval import DayIntervals, Quality, day_intervals
from meterside.engine.period import service_day
from meterside.engine.validation_rule import Action, RuleKind, ValidationRule
from meterside.kit import clock
from meterside.spine.models import AuditEntry
from tests.cast import SINCE, ZONE, Household, riverside

pytestmark = pytest.mark.django_db
DAY = date(2025, 4, 15)
_ONE_DAY = timedelta(days=1)
M, E, X = Quality.MEASURED, Quality.ESTIMATED, Quality.MISSING
SPIKE = ValidationRule(rule=RuleKind.SPIKE, action=Action.HOLD, above=50_000)


@pytest.fixture
def home() -> Household:
    return riverside().alice


@pytest.fixture
def channel(home: Household) -> Channel:
    return home.electric.channels.get()


def _row(day: date, values: list[int], codes: list[Quality] | None = None) -> DayIntervals:
    return day_intervals(day, service_day(day, ZONE)[0].astimezone(UTC), 3600, values, codes)


def _take_in(channel: Channel, *rows: DayIntervals) -> int:
    return take_in_rows([(channel.pk, row) for row in rows]).n_exceptions


def _stands(channel: Channel, day: date = DAY) -> list[tuple[int, Quality]]:
    (row,) = interval_days([channel.pk], day, day + _ONE_DAY)[channel.pk]
    return [(int(v), Quality(int(q))) for v, q in zip(row.array(), row.quality_array(), strict=True)]


def _hours(day: date) -> int:
    opens, closes = service_day(day, ZONE)
    return (closes - opens) // timedelta(hours=1)


def _weeks_before(channel: Channel, value: int, day: date = DAY) -> None:
    for week in range(1, 6):
        like = day - timedelta(days=7 * week)
        _take_in(channel, _row(like, [value] * _hours(like)))


def test_a_spike_is_held_until_somebody_accepts_it(channel: Channel) -> None:
    set_validation_rules([SPIKE], since=SINCE)
    day = [100] * 23 + [90_000]
    assert _take_in(channel, _row(DAY, day)) == 1
    assert _stands(channel)[22:] == [(100, M), (0, X)]
    found = ReadException.objects.get()
    assert (found.rule, found.facts["most"], found.facts["first"]) == ("spike", 90_000, 23)
    with pytest.raises(ReasonNeeded):
        accept_reads(found.pk)
    accept_reads(found.pk, reason="A kiln was fired")
    assert _stands(channel) == [(value, M) for value in day]
    assert MonthTotal.objects.get().total == sum(day)
    with pytest.raises(AlreadyDecided):
        accept_reads(found.pk, reason="Again")


def test_the_same_day_again_makes_no_second_exception(channel: Channel) -> None:
    set_validation_rules([SPIKE], since=SINCE)
    assert _take_in(channel, _row(DAY, [100] * 23 + [90_000])) == 1
    assert _take_in(channel, _row(DAY, [100] * 23 + [90_000])) == 0
    assert ReadException.objects.count() == 1


def test_an_edit_stands_over_reads_and_can_be_undone(channel: Channel) -> None:
    set_validation_rules([SPIKE], since=SINCE)
    _take_in(channel, _row(DAY, [100] * 23 + [90_000]))
    found = ReadException.objects.get()
    edit = edit_reads(
        channel_id=channel.pk, day=DAY, values={23: 120}, reason="Typed twice", exception_id=found.pk
    )
    assert _stands(channel)[23] == (120, Quality.EDITED)
    _take_in(channel, _row(DAY, [100] * 23 + [130]))
    assert _stands(channel)[23] == (120, Quality.EDITED)
    found.refresh_from_db()
    assert (found.status, found.edit_id) == ("edited", edit.pk)
    with pytest.raises(ReasonNeeded):
        undo_edit(edit.pk, reason=" ")
    undo_edit(edit.pk, reason="It was right")
    assert _stands(channel)[23] == (130, M)
    assert MonthTotal.objects.get().total == 2430
    with pytest.raises(AlreadyUndone):
        undo_edit(edit.pk, reason="Again")
    found.refresh_from_db()
    assert found.status == "open"
    assert list(
        AuditEntry.objects.filter(action__startswith="read_").order_by("id").values_list("action", flat=True)
    ) == ["read_edit.edit", "read_exception.edited", "read_edit.undone"]


def test_an_edit_needs_a_reason_and_an_interval(channel: Channel) -> None:
    _take_in(channel, _row(DAY, [100] * 24))
    with pytest.raises(ReasonNeeded), transaction.atomic():
        edit_reads(channel_id=channel.pk, day=DAY, values={0: 1}, reason="")
    with pytest.raises(NoSuchInterval), transaction.atomic():
        edit_reads(channel_id=channel.pk, day=DAY, values={24: 1}, reason="One too many")
    # A day that never came can be written by hand; the spring day has 23 hours.
    edit_reads(channel_id=channel.pk, day=date(2025, 3, 9), values={22: 7}, reason="Read off the display")
    assert _stands(channel, date(2025, 3, 9)) == [(0, X)] * 22 + [(7, Quality.EDITED)]
    assert ReadEdit.objects.count() == 1


def test_a_day_is_estimated_again_and_back(channel: Channel) -> None:
    _take_in(channel, _row(DAY, [5000] * 24))
    with pytest.raises(CannotEstimate), transaction.atomic():
        estimate_again(channel_id=channel.pk, day=DAY, zone=ZONE, reason="Looks wrong")
    _weeks_before(channel, 100)
    edit = estimate_again(channel_id=channel.pk, day=DAY, zone=ZONE, reason="Looks wrong")
    assert _stands(channel) == [(100, E)] * 24
    undo_edit(edit.pk, reason="It was right")
    assert _stands(channel) == [(5000, M)] * 24


def test_flags_leave_what_stands(channel: Channel) -> None:
    rules = [
        ValidationRule(rule=RuleKind.HIGH, times=Decimal(3), above=1000),
        ValidationRule(rule=RuleKind.ZERO_RUN, hours=12),
        ValidationRule(rule=RuleKind.NEGATIVE),
    ]
    set_validation_rules(rules, since=SINCE)
    for number in range(10):
        day = date(2025, 3, 10) + number * _ONE_DAY
        assert _take_in(channel, _row(day, [100] * 24)) == 0
    assert _take_in(channel, _row(DAY, [0] * 12 + [1000] * 11 + [-5])) == 3
    assert set(ReadException.objects.values_list("rule", flat=True)) == {"high", "zero_run", "negative"}
    assert ReadException.objects.get(rule="high").facts == {"total": 10_995, "usual": 2400}
    assert _stands(channel)[-1] == (-5, M)


def test_the_rule_that_names_more_counts_and_only_on_its_days(channel: Channel) -> None:
    wide = ValidationRule(rule=RuleKind.SPIKE, action=Action.HOLD, above=10)
    mine = ValidationRule(
        rule=RuleKind.SPIKE,
        action=Action.HOLD,
        commodity="electric",
        customer_class="residential",
        above=10_000,
    )
    set_validation_rules([wide, mine], since=DAY)
    assert _take_in(channel, _row(DAY - _ONE_DAY, [50_000] * 24)) == 0
    assert _take_in(channel, _row(DAY, [9_000] * 24)) == 0
    set_validation_rules([wide], since=DAY + _ONE_DAY)
    assert _take_in(channel, _row(DAY + _ONE_DAY, [11] * 24)) == 1
    assert ValidationPolicy.objects.count() == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        set_validation_rules([wide], since=DAY)


def test_use_where_nobody_has_the_service(home: Household, channel: Channel) -> None:
    set_validation_rules([ValidationRule(rule=RuleKind.INACTIVE, above=1000)], since=SINCE - 400 * _ONE_DAY)
    before = SINCE - 30 * _ONE_DAY
    assert _take_in(channel, _row(DAY, [100] * 24), _row(before, [100] * 24)) == 1
    assert ReadException.objects.get().local_day == before


def test_a_short_gap_is_a_line_and_a_long_one_is_scaled_to_the_register(channel: Channel) -> None:
    codes = [M] * 24
    codes[5] = X
    _take_in(channel, _row(DAY, [10] * 5 + [0] + [20] * 18, codes))
    assert estimate_days([DueDay(channel.pk, DAY, 3600, ZONE)]) == []
    assert _stands(channel)[5] == (15, E)
    assert DayEstimate.objects.get().method == "line"
    later = DAY + 14 * _ONE_DAY
    _weeks_before(channel, 100, later)
    register = channel.device.registers.get()
    for day, count in ((later - _ONE_DAY, 500), (later + 2 * _ONE_DAY, 509)):
        record_register_reads([NewRead(register.pk, service_day(day, ZONE)[0], day, count)])
    for day in (later - _ONE_DAY, later + _ONE_DAY):
        _take_in(channel, _row(day, [125] * 24))
    assert estimate_days([DueDay(channel.pk, later, 3600, ZONE)]) == []
    # 9 kWh of the register less twice 3 kWh that were measured.
    assert _stands(channel, later) == [(125, E)] * 24
    assert DayEstimate.objects.get(local_day=later).method == "like_days_scaled"
    _take_in(channel, _row(later, [130] * 24))
    assert _stands(channel, later) == [(130, M)] * 24


def test_days_that_do_not_come_are_asked_for_and_mend_themselves(home: Household, channel: Channel) -> None:
    set_validation_rules([ValidationRule(rule=RuleKind.GAP, grace_days=2)], since=DAY - _ONE_DAY)
    _take_in(channel, _row(DAY, [100] * 20 + [0] * 4, [M] * 20 + [X] * 4))
    _take_in(channel, _row(DAY + _ONE_DAY, [100] * 24))
    today = DAY + 4 * _ONE_DAY
    looked = look_for_gaps(today=today)
    mine = ReadException.objects.filter(channel=channel).order_by("local_day")
    assert [(e.local_day, e.facts["in_part"]) for e in mine] == [(DAY - _ONE_DAY, False), (DAY, True)]
    assert looked.found == ReadException.objects.count()
    assert look_for_gaps(today=today).found == 0
    _take_in(channel, _row(DAY, [100] * 24))
    assert look_for_gaps(today=today).mended == 1
    assert set(mine.values_list("status", flat=True)) == {"open", "mended"}


def test_a_register_is_held_against_its_intervals(channel: Channel) -> None:
    rules = [
        ValidationRule(rule=RuleKind.REGISTER_SUM, percent=Decimal(1), above=1000),
        ValidationRule(rule=RuleKind.MULTIPLIER, percent=Decimal(1), above=1000),
        ValidationRule(rule=RuleKind.ROLLOVER, above=500),
    ]
    set_validation_rules(rules, since=SINCE)
    register = channel.device.registers.get()
    for number in range(4):
        _take_in(channel, _row(DAY + number * _ONE_DAY, [1000] * 24))
    with clock.clock_at(datetime(2025, 5, 1, tzinfo=UTC)):
        for number, count in enumerate((500, 524, 560, 559, 583)):
            day = DAY + number * _ONE_DAY
            record_register_reads([NewRead(register.pk, service_day(day, ZONE)[0], day, count)])
    window = {"since": datetime(2025, 4, 30, tzinfo=UTC), "until": datetime(2025, 5, 2, tzinfo=UTC)}
    assert look_at_registers(**window) == 2
    sums = ReadException.objects.get(rule="register_sum")
    assert (sums.facts["register"], sums.facts["intervals"]) == (36_000, 24_000)
    assert ReadException.objects.get(rule="rollover").facts["move"] == "went_back"
    assert look_at_registers(**window) == 0


@pytest.mark.parametrize(("customer_class", "n_found"), [("residential", 0), ("commercial", 1)])
def test_the_rule_of_the_customers_own_class_looks_at_its_register(
    channel: Channel, customer_class: str, n_found: int
) -> None:
    of_all = ValidationRule(rule=RuleKind.REGISTER_SUM, percent=Decimal(1), above=1000)
    of_class = ValidationRule(
        rule=RuleKind.REGISTER_SUM, percent=Decimal(1), above=90_000, customer_class=customer_class
    )
    set_validation_rules([of_all, of_class], since=SINCE)
    register = channel.device.registers.get()
    _take_in(channel, _row(DAY, [1000] * 24))
    with clock.clock_at(datetime(2025, 5, 1, tzinfo=UTC)):
        for number, count in enumerate((500, 536)):
            day = DAY + number * _ONE_DAY
            record_register_reads([NewRead(register.pk, service_day(day, ZONE)[0], day, count)])
    since, until = datetime(2025, 4, 30, tzinfo=UTC), datetime(2025, 5, 2, tzinfo=UTC)
    assert look_at_registers(since=since, until=until) == n_found


def test_intervals_with_a_multiplier_too_much_are_known_by_the_multiplier_of_their_days(
    channel: Channel,
) -> None:
    set_validation_rules(
        [
            ValidationRule(rule=RuleKind.REGISTER_SUM, percent=Decimal(1), above=1000),
            ValidationRule(rule=RuleKind.MULTIPLIER, percent=Decimal(1), above=1000),
        ],
        since=SINCE,
    )
    changed = DAY + 5 * _ONE_DAY
    Multiplier.objects.filter(device=channel.device).delete()
    for value, first, end in ((40, SINCE, changed), (60, changed, None)):
        Multiplier.objects.create(
            device=channel.device, value=value, applied_by_source=True, during=DateRange(first, end)
        )
    register = channel.device.registers.get()
    _take_in(channel, _row(DAY, [40_000] * 24))
    with clock.clock_at(datetime(2025, 5, 1, tzinfo=UTC)):
        for number, count in enumerate((500, 524)):
            day = DAY + number * _ONE_DAY
            record_register_reads([NewRead(register.pk, service_day(day, ZONE)[0], day, count)])
    look_at_registers(since=datetime(2025, 4, 30, tzinfo=UTC), until=datetime(2025, 5, 2, tzinfo=UTC))
    assert ReadException.objects.get().rule == "multiplier"


def test_rules_are_set_from_a_document(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(
        'format = "meterside-policy/1"\ncode = "RB"\nname = "Riverbend"\n'
        '[[validation]]\nrule = "zero_run"\nhours = 20\ncommodity = "water"\n'
    )
    runner = CliRunner()
    done = runner.invoke(policy_group, ["validation", str(file), "--since", "2025-01-01"])
    assert done.exit_code == 0, done.output
    assert ValidationPolicy.objects.get().limits == {"hours": "20"}
    listed = runner.invoke(policy_group, ["list"])
    assert "look for zero_run" in listed.output
    file.write_text('format = "meterside-policy/1"\ncode = "RB"\nname = "Riverbend"\n')
    refused = runner.invoke(policy_group, ["validation", str(file), "--since", "2025-01-01"])
    assert (refused.exit_code, "has no validation rules" in refused.output) == (1, True)


def test_totals_by_day_follow_what_stands(channel: Channel) -> None:
    _take_in(channel, _row(DAY, [100] * 24))
    edit_reads(channel_id=channel.pk, day=DAY, values={0: 0}, reason="Nobody was there")
    (total,) = day_totals([channel.pk], DAY, DAY + _ONE_DAY)[channel.pk]
    assert (total.total, total.quality) == (2300, "edited")


def test_reads_that_came_twice_in_a_bulk_file_are_counted(channel: Channel) -> None:
    set_validation_rules([ValidationRule(rule=RuleKind.DUPLICATE, above=1)], since=SINCE)
    start_s = int(service_day(DAY, ZONE)[0].timestamp())
    places = np.array([0, 1, 2, 2, 3, 3], dtype=np.int64)
    columns = ReadColumns(
        names=("M1",), meters=("",), commodity=None, unit=ReadUnit("Wh"), direction=FlowDirection.DELIVERED,
        interval_s=3600, channel=np.zeros(6, dtype=np.int32), start_s=start_s + 3600 * places,
        value=places * 10, line=np.arange(6, dtype=np.int32),
    )  # fmt: skip
    laid = lay_out(columns, ZONE)
    blocks = [of_block(block, np.array([channel.pk])) for block in laid.blocks]
    assert take_in(blocks).n_exceptions == 1
    assert ReadException.objects.get().facts == {"total": 60, "reads": 2}
