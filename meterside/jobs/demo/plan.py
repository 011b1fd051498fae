"""What Riverbend's past is made of: its days, its bill cycles, and the lanes its accounts are worked in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from meterside.engine.period import Period

N_ACCOUNTS: Final = 500
N_MONTHS: Final = 25
#: The portal opened this many days ago: payments before came by autopay and by mail, in batches.
PORTAL_OPEN_DAYS: Final = 61
#: Bills are dated the day after the meters are read.
BILLING_DAYS: Final = 1
_ACCOUNTS_IN_A_LANE: Final = 125
_LEAST_BILL_AGE_DAYS: Final = 4


class Cycle(NamedTuple):
    """A bill cycle and the day of the month on which its meters are read."""

    code: str
    read_day: int


CYCLES: Final = (Cycle("01", 3), Cycle("02", 10), Cycle("03", 17), Cycle("04", 24))


@dataclass(frozen=True, slots=True)
class Plan:
    """The one past that is made: it ends on `today`, whenever its steps are done."""

    today: date
    zone_name: str
    n_accounts: int = N_ACCOUNTS
    n_months: int = N_MONTHS
    seed: int = 418

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)

    def to_dict(self) -> dict[str, Any]:
        return {
            "today": self.today.isoformat(),
            "zone": self.zone_name,
            "n_accounts": self.n_accounts,
            "n_months": self.n_months,
            "seed": self.seed,
        }

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Plan:
        return cls(
            today=date.fromisoformat(kept["today"]),
            zone_name=kept["zone"],
            n_accounts=kept["n_accounts"],
            n_months=kept["n_months"],
            seed=kept["seed"],
        )

    def windows(self, cycle: Cycle) -> list[Period]:
        """The cycle's bill periods, oldest first; the last was billed by `today`."""
        end = (self.today - timedelta(days=BILLING_DAYS)).replace(day=cycle.read_day)
        if end + timedelta(days=BILLING_DAYS) > self.today:
            end = month_before(end)
        days = [end]
        for _ in range(self.n_months):
            days.append(month_before(days[-1]))
        days.reverse()
        return [Period(start, end) for start, end in pairwise(days)]

    def bill_date(self, window: Period) -> date:
        return window.closed_end + timedelta(days=BILLING_DAYS)

    @property
    def first_day(self) -> date:
        """The first day of the oldest period of any cycle."""
        return min(self.windows(cycle)[0].start for cycle in CYCLES)

    @property
    def cast_cycle(self) -> Cycle:
        """The cycle with the youngest bills that people have had some days to pay."""
        ages = {cycle: (self.today - self.bill_date(self.windows(cycle)[-1])).days for cycle in CYCLES}
        return min((age, cycle) for cycle, age in ages.items() if age >= _LEAST_BILL_AGE_DAYS)[1]

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A local moment of a day."""
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)


def month_before(day: date) -> date:
    """The same day of the month before; days are at most 28."""
    return day.replace(year=day.year - 1, month=12) if day.month == 1 else day.replace(month=day.month - 1)


def lanes(n_others: int) -> list[range]:
    """The accounts beside the cast, cut into lanes of one cycle each: `range` of their indices from 0.

    Lanes are worked apart from one another; within a lane the months follow on one another.
    """
    n_lanes = max(1, -(-n_others // _ACCOUNTS_IN_A_LANE))
    if n_lanes > 1:
        n_lanes = -(-n_lanes // len(CYCLES)) * len(CYCLES)
    cuts = [n_others * place // n_lanes for place in range(n_lanes + 1)]
    return [range(start, end) for start, end in pairwise(cuts) if start < end]


def lane_cycle(lane: int) -> Cycle:
    """The bill cycle of a lane's accounts."""
    return CYCLES[lane % len(CYCLES)]
