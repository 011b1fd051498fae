"""What waits in the queue, by which tolerance; and what accepting, correcting and holding do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from meterside.cis.agreements.models import AgreementServicePoint
from meterside.cis.agreements.operations import end_agreement
from meterside.cis.billing.books import prove_books
from meterside.cis.billing.lifecycles import EXCEPTION, RUN
from meterside.cis.billing.models import Bill, BillException, BillRun, BillTolerance
from meterside.cis.billing.queries.work import open_exceptions
from meterside.cis.billing.runs.checks import ACCEPTABLE
from meterside.cis.billing.runs.exceptions import (
    CannotAccept,
    ReasonNeeded,
    accept_exception,
    correct_exception,
    hold_exception,
    set_tolerance,
)
from meterside.cis.billing.runs.operations import open_run, start_run
from meterside.cis.billing.runs.working import work_run
from meterside.cis.metering.store.operations import NewRead, record_register_reads
from meterside.cis.registry.models import DeviceInstallation, Register
from meterside.cis.registry.operations import NewRegister, add_service_point, install_meter
from meterside.engine.lifecycle import MoveNotAllowed
from meterside.engine.period import Period, service_day
from meterside.spine.actor import Actor, acting
from meterside.spine.models import AuditEntry
from tests.cast import SINCE, ZONE, Household, Riverside, read_dial, riverside
from tests.engine.tables import FOLDER, worked_table

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JAN, FEB, MAR = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)


@pytest.fixture
def utility() -> Riverside:
    return riverside()


def _read(home: Household, day: date, kwh: int, cf: int) -> None:
    read_dial(home.electric, day, kwh)
    read_dial(home.water, day, cf)


def _run(start: date, end: date) -> BillRun:
    """Bill cycle 01 as a run does, and again if it was billed before."""
    run = start_run(open_run(cycle="01", window=Period(start, end), bill_date=end))
    work_run(run.pk)
    return run


def _only_alice(utility: Riverside) -> Household:
    utility.charlie.account.__class__.objects.filter(pk=utility.charlie.account.pk).update(bill_cycle="02")
    return utility.alice


def _january(utility: Riverside) -> Household:
    """Alice alone, with a bill of 700 kWh and 1,000 cubic feet in January's 31 days."""
    home = _only_alice(utility)
    _read(home, JAN, 1000, 500)
    _read(home, FEB, 1700, 1500)
    _run(JAN, FEB)
    return home


@pytest.mark.parametrize("row", worked_table("algorithms/billing.md", "used before"), ids=" ".join)
def test_use_out_of_the_ordinary_waits(utility: Riverside, row: tuple[str, ...]) -> None:
    before, days_before, now, days_now, kind, percent, least, waits = row
    assert (before, days_before, days_now) == ("700", "31", "28")
    home = _january(utility)
    set_tolerance(
        kind=kind,
        service="electric",
        since=JAN,
        percent=int(percent) if percent else None,
        least_units=int(least) * 1000,
    )
    _read(home, MAR, 1700 + int(now), 2400)
    run = _run(FEB, MAR)
    assert BillException.objects.filter(run=run, kind=kind).exists() is (waits == "yes")
    assert Bill.objects.filter(run=run).exists() is (waits == "no")
    if waits == "yes":
        facts = BillException.objects.get(run=run).facts
        assert (facts["quantity"], facts["days"]) == (f"{int(now) * 1000}", "28")
        assert (facts["earlier_quantity"], facts["earlier_days"], facts["basis"]) == (
            "700000",
            "31",
            "last_bill",
        )


def test_the_page_says_which_kinds_may_be_accepted() -> None:
    rows = worked_table("algorithms/billing.md", "kind")
    yes = {kind for row in rows if row[2] == "yes" for kind in row[0].split(", ")}
    assert yes == ACCEPTABLE


def test_the_page_has_the_moves() -> None:
    tables = [
        {(row[0], row[1]) for row in rows} for rows in _tables("algorithms/billing.md", "| from | to |")
    ]
    assert tables == [set(RUN.pairs()), set(EXCEPTION.pairs())]


def _tables(page: str, head: str) -> list[list[tuple[str, ...]]]:
    found: list[list[tuple[str, ...]]] = []
    is_inside = False
    for line in (FOLDER / page).read_text().splitlines():
        if line.startswith(head):
            found.append([])
            is_inside = True
        elif is_inside and line.startswith("|") and not line.startswith("|---"):
            found[-1].append(tuple(cell.strip() for cell in line.strip("|").split("|")))
        elif not line.startswith("|"):
            is_inside = False
    return found


def test_the_same_period_a_year_ago_is_compared_where_it_is_known(utility: Riverside) -> None:
    home = _january(utility)
    reads = {MAR: 2300}
    for month in range(4, 13):
        reads[date(2025, month, 1)] = 2300 + 300 * (month - 3)
    reads |= {date(2026, 1, 1): 5400, date(2026, 2, 1): 6200}
    days = sorted(reads)
    for day in days:
        _read(home, day, reads[day], 1500)
    for start, end in zip([FEB, *days], days, strict=False):
        if start < end <= date(2026, 1, 1):
            _run(start, end)
    # 800 kWh after December's 400: twice the last bill, but little more than last January's 700.
    set_tolerance(kind="high", since=JAN, percent=150)
    run = _run(date(2026, 1, 1), date(2026, 2, 1))
    assert Bill.objects.filter(run=run).count() == 1


def test_accepting_lets_the_account_bill_in_the_same_run(
    utility: Riverside, commit_checks: Callable[[], None]
) -> None:
    home = _january(utility)
    set_tolerance(kind="high", since=JAN, percent=150)
    _read(home, MAR, 3000, 2400)
    run = _run(FEB, MAR)
    assert run.bills.count() == 0
    (waiting,) = BillException.objects.filter(run=run)
    with acting(Actor("staff", "dana")):
        accept_exception(waiting.pk, reason="a new heat pump")
    run.refresh_from_db()
    assert run.status == "running"
    work_run(run.pk)
    run.refresh_from_db()
    assert (run.status, run.bills.count()) == ("done", 1)
    step = waiting.steps.get(status_to="accepted")
    assert (step.by, step.reason) == ("staff:dana", "a new heat pump")
    assert AuditEntry.objects.filter(action="bill_exception.accepted", actor_id="dana").count() == 1
    commit_checks()
    assert prove_books().holds


def test_what_was_accepted_is_asked_again_when_the_use_has_changed(utility: Riverside) -> None:
    home = _january(utility)
    set_tolerance(kind="high", since=JAN, percent=150)
    _read(home, MAR, 3000, 2400)
    run = _run(FEB, MAR)
    accept_exception(BillException.objects.get(run=run).pk)
    _read(home, MAR, 4000, 2400)
    work_run(run.pk)
    assert run.bills.count() == 0
    assert list(BillException.objects.filter(run=run).order_by("id").values_list("status", flat=True)) == [
        "accepted", "open",
    ]  # fmt: skip


def test_what_cannot_be_billed_cannot_be_accepted(utility: Riverside) -> None:
    home = _january(utility)
    run = _run(FEB, MAR)
    waiting = BillException.objects.get(run=run)
    assert waiting.kind == "missing_read"
    assert waiting.facts == {"badge": "A-E", "day": "2025-03-01"}
    with pytest.raises(CannotAccept):
        accept_exception(waiting.pk)
    with pytest.raises(ReasonNeeded):
        correct_exception(waiting.pk, reason=" ")
    _read(home, MAR, 2400, 2400)
    correct_exception(waiting.pk, reason="read by hand")
    work_run(run.pk)
    assert run.bills.count() == 1
    with pytest.raises(MoveNotAllowed):
        hold_exception(waiting.pk, reason="too late")


def test_correcting_what_is_not_mended_asks_again(utility: Riverside) -> None:
    _january(utility)
    run = _run(FEB, MAR)
    correct_exception(BillException.objects.get(run=run).pk, reason="I thought so")
    work_run(run.pk)
    assert [one.status for one in BillException.objects.filter(run=run).order_by("id")] == [
        "corrected",
        "open",
    ]


def test_what_is_held_waits_even_when_its_cause_is_gone(utility: Riverside) -> None:
    home = _january(utility)
    run = _run(FEB, MAR)
    waiting = BillException.objects.get(run=run)
    with pytest.raises(ReasonNeeded):
        hold_exception(waiting.pk, reason="")
    hold_exception(waiting.pk, reason="a technician goes there on Monday")
    _read(home, MAR, 2400, 2400)
    run = _run(FEB, MAR)
    assert run.bills.count() == 0
    (row,), total = open_exceptions(run_id=run.pk)
    assert (row.status, row.reason, total) == ("held", "a technician goes there on Monday", 1)
    correct_exception(waiting.pk, reason="he was there")
    work_run(run.pk)
    assert run.bills.count() == 1


def test_a_cause_that_went_by_itself_closes_its_exception(utility: Riverside) -> None:
    home = _january(utility)
    _run(FEB, MAR)
    _read(home, MAR, 2400, 2400)
    run = _run(FEB, MAR)
    waiting = BillException.objects.get(run=run)
    assert waiting.status == "corrected"
    assert waiting.steps.get(status_to="corrected").reason == "found no more"


def test_first_bills_wait_where_that_is_asked_for(utility: Riverside) -> None:
    home = _only_alice(utility)
    set_tolerance(kind="first_bill", service="water", since=SINCE)
    _read(home, JAN, 1000, 500)
    _read(home, FEB, 1700, 1500)
    run = _run(JAN, FEB)
    assert [(one.kind, one.agreement) for one in run.exceptions.all()] == [
        ("first_bill", home.agreements["water"])
    ]


def test_use_where_nobody_takes_service_is_told_and_holds_nobodys_bill(utility: Riverside) -> None:
    home = _january(utility)
    set_tolerance(kind="inactive_use", service="water", since=JAN, least_units=20)
    end_agreement(agreement=home.agreements["water"], ends_on=FEB)
    _read(home, MAR, 2400, 1521)
    run = _run(FEB, MAR)
    assert run.bills.count() == 1
    found = BillException.objects.get(run=run)
    assert (found.kind, found.facts["quantity"], found.facts["unit"]) == ("inactive_use", "21", "cf")
    accept_exception(found.pk, reason="a fire crew trained there")
    work_run(run.pk)
    assert BillException.objects.filter(run=run).count() == 1


def test_energy_from_the_customer_is_never_billed_without_a_price_for_it(utility: Riverside) -> None:
    home = _january(utility)
    back = Register.objects.create(
        device=home.electric, code="back", unit="Wh", direction="received", dials=5, units_per_count=1000
    )
    for day, count in ((FEB, 10), (MAR, 45)):
        record_register_reads([NewRead(back.pk, service_day(day, ZONE)[0], day, count)])
    at, _ = service_day(MAR, ZONE)
    delivered = home.electric.registers.get(direction="delivered")
    record_register_reads([NewRead(delivered.pk, at, MAR, 2400)])
    read_dial(home.water, MAR, 2400)
    run = _run(FEB, MAR)
    found = BillException.objects.get(run=run)
    assert (found.kind, found.facts["quantity"], found.facts["tariff"]) == (
        "received_without_tariff", "35000", "E-1",
    )  # fmt: skip
    assert run.bills.count() == 0


def test_a_wrong_unit_waits(utility: Riverside) -> None:
    home = _january(utility)
    home.electric.registers.update(unit="cf")
    _read(home, MAR, 2400, 2400)
    run = _run(FEB, MAR)
    assert [one.kind for one in BillException.objects.filter(run=run)] == ["wrong_unit"]


def test_days_without_a_meter_are_not_days_without_use(utility: Riverside) -> None:
    home = _january(utility)
    _read(home, MAR, 2400, 2400)
    ended = service_day(date(2025, 2, 10), ZONE)[0]
    old = home.electric.installations.get()
    old.during = DateTimeTZRange(old.during.lower, ended)
    old.save()
    read_dial(home.electric, date(2025, 2, 10), 1900, kind="final")
    since = date(2025, 2, 20)
    new = install_meter(
        service_point=old.service_point,
        badge="A-E2",
        installed_at=service_day(since, ZONE)[0],
        registers=(NewRegister("kWh", "energy", "Wh", dials=5, units_per_count=1000),),
    )
    read_dial(new, since, 0, kind="initial")
    read_dial(new, MAR, 200)
    run = _run(FEB, MAR)
    found = BillException.objects.get(run=run)
    assert (found.kind, found.facts) == ("no_meter", {"start": "2025-02-10", "end": "2025-02-20"})
    # The new meter hung there all the time, as it turns out.
    DeviceInstallation.objects.filter(device=new).update(during=DateTimeTZRange(ended, None))
    read_dial(new, date(2025, 2, 10), 0, kind="initial")
    correct_exception(found.pk, reason="the day was typed wrongly")
    work_run(run.pk)
    assert run.bills.count() == 1


def test_a_subtracting_meter_that_takes_more_than_there_is_waits(utility: Riverside) -> None:
    home = _january(utility)
    tap = home.agreements["water"].points.get()
    garden = add_service_point(premise=home.premise, commodity="water", since=JAN)
    meter = install_meter(
        service_point=garden,
        badge="A-G",
        installed_at=service_day(JAN, ZONE)[0],
        registers=(NewRegister("cf", "volume", "cf", dials=6),),
    )
    AgreementServicePoint.objects.create(
        agreement=tap.agreement, service_point=garden, service="water", use="subtract", during=tap.during
    )
    read_dial(meter, FEB, 0)
    read_dial(meter, MAR, 901)
    _read(home, MAR, 2400, 2400)
    run = _run(FEB, MAR)
    found = BillException.objects.get(run=run)
    assert (found.kind, found.facts) == ("negative_usage", {"quantity": "-1", "unit": "cf"})


def test_the_tolerance_that_names_more_counts(utility: Riverside) -> None:
    home = _january(utility)
    set_tolerance(kind="high", since=JAN, percent=150)
    set_tolerance(kind="high", since=JAN, service="electric", customer_class="residential", percent=1000)
    _read(home, MAR, 3000, 2400)
    assert _run(FEB, MAR).bills.count() == 1


def test_a_tolerance_is_dated(utility: Riverside) -> None:
    home = _january(utility)
    set_tolerance(kind="high", since=JAN, percent=150)
    set_tolerance(kind="high", since=MAR, percent=1000)
    _read(home, MAR, 3000, 2400)
    assert _run(FEB, MAR).bills.count() == 1
    first, second = BillTolerance.objects.order_by("during")
    assert (first.during.upper, second.during.upper) == (MAR, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        set_tolerance(kind="high", since=MAR, percent=50)


def test_the_database_knows_the_same_moves(utility: Riverside) -> None:
    _january(utility)
    run = _run(FEB, MAR)
    waiting = BillException.objects.filter(run=run)
    for before in sorted(EXCEPTION.statuses):
        for after in sorted(EXCEPTION.statuses - {before}):
            sid = transaction.savepoint()
            if before != "open":
                waiting.update(status=before, resolved_at=_resolved(before))
            if (before, after) in EXCEPTION.pairs():
                waiting.update(status=after, resolved_at=_resolved(after))
            else:
                with pytest.raises(IntegrityError, match="cannot go from"), transaction.atomic():
                    waiting.update(status=after, resolved_at=_resolved(after))
            transaction.savepoint_rollback(sid)


def _resolved(status: str) -> str | None:
    return None if status in ("open", "held") else "2025-03-02T12:00Z"


def test_holding_without_a_reason_does_not_commit(
    utility: Riverside, commit_checks: Callable[[], None]
) -> None:
    _january(utility)
    run = _run(FEB, MAR)
    commit_checks()
    BillException.objects.filter(run=run).update(status="held")
    with pytest.raises(IntegrityError, match="without a step"):
        commit_checks()
