"""What staff see at billing: runs in several states, a queue, a bill that was made again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

from meterside.cis.billing.corrections.correcting import find_corrections, make_good_on, set_make_good_policy
from meterside.cis.billing.corrections.rebilling import rebill
from meterside.cis.billing.models import Bill, BillCycle, BillException, BillRun
from meterside.cis.billing.runs.exceptions import hold_exception, set_tolerance
from meterside.cis.billing.runs.operations import change_cycle, open_run, price_run, set_up_cycle, start_run
from meterside.cis.billing.runs.working import work_chunk, work_run
from meterside.cis.registry.models import Account
from meterside.cis.registry.routes import add_stops, set_up_route
from meterside.engine.period import Period
from meterside.kit.clock import clock_at
from meterside.spine.actor import Actor, acting
from tests.cast import ZONE, Household, read_dial

# Cycle, its name, and who belongs to it.
CYCLES = (
    ("02", "North side", ("olga", "pablo", "quentin", "ursula")),
    ("03", "Harbor", ("rosa", "sam")),
    ("04", "Hills", ("tess", "vera")),
)
OF_STAFF = tuple(key for _, _, keys in CYCLES for key in keys)


def bill_by_staff(households: Mapping[str, Household], start: date, end: date, *, dana: int) -> None:
    """Three cycles from `start` to `end`: one billed with exceptions, one priced, one under way."""
    for code, name, keys in CYCLES:
        set_up_cycle(code=code, name=name, read_day=end.day if end.day <= 28 else 28)
        ids = [households[key].account.pk for key in keys]
        Account.objects.filter(pk__in=ids).update(bill_cycle=code)
    set_tolerance(kind="high", since=start, service="electric", percent=200)
    set_make_good_policy(since=start, rebill_above_cents=100_00)
    with clock_at(datetime.combine(end, time(7), ZONE).astimezone(UTC)), acting(Actor("staff", str(dana))):
        for number, key in enumerate(OF_STAFF):
            if key != "pablo":
                _read(households[key], end, more_kwh=2900 if key == "olga" else 150 + 11 * number)
        runs = [
            open_run(cycle=code, window=Period(start, end), bill_date=end) for code, _name, _keys in CYCLES
        ]
        _price(runs[0])
        start_run(runs[0])
        work_run(runs[0].pk)
        _price(runs[1])
        start_run(runs[2], chunk_accounts=1)
        work_chunk(runs[2].pk)
        _route(households, start)
        missing = BillException.objects.get(kind="missing_read")
        hold_exception(missing.pk, reason="A technician goes there")
        _change_what_was_billed(households)


def _route(households: Mapping[str, Household], since: date) -> None:
    """The North side is walked, and read three days early to two days late."""
    change_cycle(
        code="02", name="North side", read_day=BillCycle.objects.get(pk="02").read_day, window_before_days=3,
        window_after_days=2, bill_after_days=1, reason="two readers",
    )  # fmt: skip
    set_up_route(code="N1", name="Cedar Court", bill_cycle="02")
    set_up_route(code="N2", name="Heron Way", bill_cycle="02")
    devices = [device for key in CYCLES[0][2] for device in (households[key].electric, households[key].water)]
    points = [device.installations.get().service_point_id for device in devices]
    add_stops(route_code="N1", service_point_ids=points, since=since)


def _price(run: BillRun) -> None:
    price_run(run)
    work_run(run.pk)


def _read(home: Household, day: date, *, more_kwh: int) -> None:
    for device, more in ((home.electric, more_kwh), (home.water, 400)):
        last = device.registers.get().reads.latest("local_day", "version")
        read_dial(device, day, last.dial_count + more)


def _change_what_was_billed(households: Mapping[str, Household]) -> None:
    """Quentin's last bill is made again with a lower read; of Ursula's a read has changed since."""
    for key, less in (("quentin", 30), ("ursula", 20)):
        home = households[key]
        last = home.electric.registers.get().reads.latest("local_day", "version")
        read_dial(home.electric, last.local_day, last.dial_count - less)
    quentin = Bill.objects.filter(account=households["quentin"].account).latest("id")
    rebill(bill_ids=[quentin.pk], reason="A digit was read wrongly", bill_date=quentin.bill_date)
    ursula = Bill.objects.filter(account=households["ursula"].account).latest("id")
    find_corrections([ursula.account_id], policies=make_good_on(ursula.bill_date), today=ursula.bill_date)
