"""One month of one group of accounts: their meters are read, they are billed, they pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final
from uuid import UUID
from zlib import crc32

from meterside.cis.agreements.models import ServiceAgreement
from meterside.cis.billing.charges.late_fees import charge_late_fees
from meterside.cis.billing.inputs.weather_fit import SERVICES as WEATHER_SERVICES
from meterside.cis.billing.inputs.weather_fit import fit_responses
from meterside.cis.billing.models import Bill, BillRun
from meterside.cis.billing.runs.operations import bill_chunk, finish_run, open_run
from meterside.cis.metering.store.operations import NewRead, record_register_reads, store_days
from meterside.cis.registry.models import Account, Channel, Register
from meterside.cis.weather.queries import stations
from meterside.contracts.cis import AccountRef
from meterside.engine.interval import DayIntervals
from meterside.engine.period import Period, service_day
from meterside.kit import clock
from meterside.kit.clock import clock_at

from .households import Household
from .payments import BillOwed, pay
from .plan import CYCLES, Cycle, Plan
from .readings import hourly_days, use_of
from .utility import badge, metered

_DAYS_AT_A_TIME: Final = 4000
#: One read in so many was estimated, as where a gate was locked.
_ESTIMATED_ONE_IN: Final = 170
#: Messages about what is younger than two days are sent, not just kept.
_NIGHTS_LEFT: Final = 4
#: Of the past so many bills say what the weather did: older ones had too few bills before them, or nobody asks.
_BILLS_WITH_WEATHER: Final = 3


@dataclass(frozen=True, slots=True)
class Member:
    """A household with its account."""

    household: Household
    account_id: int
    account: AccountRef


def members(households: Sequence[Household], account_ids: Sequence[int]) -> list[Member]:
    """Households with the accounts they were opened as, in the same order."""
    refs: dict[int, UUID] = dict(Account.objects.filter(pk__in=account_ids).values_list("pk", "public_id"))
    return [
        Member(household, key, AccountRef(refs[key]))
        for household, key in zip(households, account_ids, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Month:
    """What a month came to."""

    n_bills: int
    n_payments: int


def live_a_month(
    plan: Plan, cycle: Cycle, month: int, group: Sequence[Member], *, hours_until: date | None = None
) -> Month:
    """Read, bill and be paid for one period of the cycle (0 is the oldest). All accounts are of that cycle.

    With the last period come the hours since, up to `hours_until` (default: today).
    """
    windows = plan.windows(cycle)
    window, is_last = windows[month], month == len(windows) - 1
    bill_date = plan.bill_date(window)
    served = [member for member in group if _is_served(member.household, window)]
    with clock_at(plan.at(window.closed_end, 19)):
        read_meters(plan, window, served, with_first=month == 0)
        store_intervals(plan, window, served)
    if is_last:
        store_intervals(plan, Period(window.closed_end, hours_until or plan.today), served)
    if month >= plan.n_months - _BILLS_WITH_WEATHER:
        with clock_at(plan.at(bill_date, 4, 10)):
            _work_out_responses(served)
    with clock_at(plan.at(bill_date, 5, 30)):
        run = open_run(cycle=cycle.code, window=window, bill_date=bill_date)
        bill_chunk(run, [member.account_id for member in served])
    next_bill_date = plan.today if is_last else plan.bill_date(windows[month + 1])
    bills = _bills(plan, run, served, month, next_bill_date)
    n_payments = pay(plan, [(member.household, bill) for member, bill in bills])
    charge_late(plan, run, served)
    return Month(len(bills), n_payments)


def _work_out_responses(group: Sequence[Member]) -> None:
    """As each night: how the group's use answers to the weather, for what the next bills say of it."""
    agreements = ServiceAgreement.objects.filter(
        account_id__in=[member.account_id for member in group], service__in=WEATHER_SERVICES
    )
    fit_responses(list(agreements.values_list("pk", flat=True)), known=stations())


def charge_late(plan: Plan, run: BillRun, group: Sequence[Member]) -> None:
    """The night behind the bills' late date: fees on what was not paid by then.

    Those of the last nights are left to the night's own work, for people are told of them.
    """
    late_date = run.bills.filter(late_date__isnull=False).values_list("late_date", flat=True).first()
    if late_date is None or late_date > plan.today - timedelta(days=_NIGHTS_LEFT):
        return
    day = late_date + timedelta(days=1)
    with clock_at(plan.at(day, 2, 40)):
        charge_late_fees(today=day, account_ids=[member.account_id for member in group])


def _is_served(household: Household, window: Period) -> bool:
    starts = household.moved_in is None or household.moved_in < window.closed_end
    return starts and (household.moved_out is None or household.moved_out > window.start)


def read_days(household: Household, window: Period, *, with_first: bool) -> list[date]:
    """On which days a household's meters are read: at the period's end, and where it moved in or out."""
    days = {window.start} if with_first else set()
    days.add(window.closed_end)
    for moved in (household.moved_in, household.moved_out):
        if moved is not None and window.contains(moved):
            days.add(moved)
    return sorted(
        day
        for day in days
        if (household.moved_in is None or day >= household.moved_in)
        and (household.moved_out is None or day <= household.moved_out)
    )


def read_meters(plan: Plan, window: Period, group: Sequence[Member], *, with_first: bool) -> int:
    """Record the dials of a group's meters for one period."""
    registers = _registers(group)
    reads = []
    for member in group:
        household = member.household
        for day in read_days(household, window, with_first=with_first):
            for commodity, meter in metered(household):
                reads.append(
                    NewRead(
                        register_id=registers[badge(household, commodity, meter)],
                        read_at=service_day(day, plan.zone)[0],
                        local_day=day,
                        dial_count=use_of(plan, household, commodity, meter).dial(day),
                        kind=_kind(household, commodity, day, is_last=day > plan.today - timedelta(days=45)),
                    )
                )
    return record_register_reads(reads)


def _kind(household: Household, commodity: str, day: date, *, is_last: bool) -> str:
    if day == household.moved_out:
        return "final"
    if day == household.moved_in:
        return "initial"
    roll = crc32(f"{household.key} {commodity} {day} kind".encode())
    return "estimated" if roll % _ESTIMATED_ONE_IN == 0 and not is_last else "actual"


def _registers(group: Sequence[Member]) -> dict[str, int]:
    badges = [badge(m.household, *meter) for m in group for meter in metered(m.household)]
    return dict(Register.objects.filter(device__badge__in=badges).values_list("device__badge", "pk"))


def store_intervals(plan: Plan, window: Period, group: Sequence[Member]) -> int:
    """Store the hourly days of a group's meters that keep them; returns how many days."""
    keepers = [member for member in group if member.household.has_intervals]
    badges = {
        badge(member.household, commodity, meter): (member.household, commodity, meter)
        for member in keepers
        for commodity, meter in metered(member.household)
    }
    channels = Channel.objects.filter(device__badge__in=badges).values_list("pk", "device__badge")
    rows: list[tuple[int, DayIntervals]] = []
    for channel_id, number in channels:
        household, commodity, meter = badges[number]
        start = max(window.start, household.moved_in or window.start)
        end = min(window.closed_end, household.moved_out or window.closed_end)
        use = use_of(plan, household, commodity, meter)
        rows += [(channel_id, day) for day in hourly_days(plan, use, commodity, start, end)]
    waiting = iter(rows)
    while chunk := list(islice(waiting, _DAYS_AT_A_TIME)):
        store_days(chunk)
    return len(rows)


def _bills(
    plan: Plan, run: BillRun, group: Sequence[Member], month: int, next_bill_date: date
) -> list[tuple[Member, BillOwed]]:
    """The bills the run made for the group, as their payers see them."""
    of_account = {member.account_id: member for member in group}
    rows = Bill.objects.filter(run=run, account_id__in=of_account, status="issued")
    found = []
    for account_id, total_cents in rows.order_by("pk").values_list("account_id", "total_due_cents"):
        member = of_account[account_id]
        owed = BillOwed(
            account_id=account_id,
            account=member.account,
            month=month,
            bill_date=run.bill_date,
            due_date=run.due_date,
            next_bill_date=next_bill_date,
            total_due_cents=total_cents,
            n_later=plan.n_months - 1 - month,
        )
        found.append((member, owed))
    return found


def open_runs(plan: Plan) -> None:
    """Open every run of the past ahead of those who bill in it at once."""
    for cycle in CYCLES:
        for window in plan.windows(cycle):
            bill_date = plan.bill_date(window)
            with clock_at(plan.at(bill_date, 5, 30)):
                open_run(cycle=cycle.code, window=window, bill_date=bill_date)


def close_runs(plan: Plan) -> int:
    """Mark every run of the past as done with; returns how many there are."""
    runs = list(BillRun.objects.filter(cycle_id__in=[cycle.code for cycle in CYCLES]))
    for run in runs:
        with clock_at(min(plan.at(run.bill_date, 7), clock.now())):
            finish_run(run)
    return len(runs)
