"""A town of many accounts for the bench: hourly electric on time of use, tiered water, refuse; made by the system's
own bulk operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterside.cis.agreements.bulk import NewAgreement, start_agreements
from meterside.cis.billing.runs.operations import set_up_cycle
from meterside.cis.metering.store.operations import NewRead, record_register_reads, store_days
from meterside.cis.registry.bulk import (
    InstalledMeter,
    NewAccount,
    NewMeter,
    NewPerson,
    NewServicePoint,
    add_persons,
    add_service_points,
    install_meters,
    open_accounts,
)
from meterside.cis.registry.operations import NewChannel, NewRegister, add_premises
from meterside.cis.tariffs.operations import store_tariff
from meterside.engine.interval import DayIntervals, day_intervals
from meterside.engine.period import service_day
from meterside.engine.tariff.document import tariff_from_toml

from .electric import HOURLY
from .engine import TARIFF

ZONE: Final = ZoneInfo("America/Los_Angeles")
#: Two bills: the second follows on the first, and its month has a day of 23 hours.
MONTHS: Final = (date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1))
_TOGETHER: Final = 2_000
_HOUR_S: Final = 3600
_REFUSE: Final = """
format = "meterside-tariff/1"
code = "H-3"
name = "Bench, refuse"
utility = "Bench"
commodity = "refuse"
[[versions]]
effective_from = 2020-01-01
[[versions.components]]
kind = "fixed"
code = "cart"
label = "Cart"
amount = "11.50"
"""
_WATER_HOURS: Final = (NewChannel("gal", "gal", _HOUR_S),)
_WATER: Final = (
    TARIFF.replace("B-1", "H-2").replace('"electric"', '"water"').replace("kWh", "ccf")
    .replace('"650", "350"', '"6", "10"')
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Homes:
    """Keys of a part of the town, in one order."""

    accounts: list[int]
    premises: list[int]
    electric: list[InstalledMeter]
    water: list[InstalledMeter]


def make_town(cycle: str, n_accounts: int, *, has_hourly_water: bool = False) -> list[int]:
    """Accounts of one cycle with two months of hours and reads; no two use alike. Returns the accounts' keys.

    With `has_hourly_water` their water is measured by the hour too, beside the dial that is billed.
    """
    accounts: list[int] = []
    set_up_cycle(code=cycle, name=f"Bench of {n_accounts:,}", read_day=1)
    tariffs = {
        service: store_tariff(tariff_from_toml(text)).pk
        for service, text in (
            ("electric", HOURLY.replace("B-2", "H-1")),
            ("water", _WATER),
            ("refuse", _REFUSE),
        )
    }
    for first in range(0, n_accounts, _TOGETHER):
        count = min(_TOGETHER, n_accounts - first)
        homes = _homes(cycle, first, count, tariffs, _WATER_HOURS if has_hourly_water else ())
        _read_water(homes.water)
        for meters, hourly in ((homes.electric, _electric_hours), (homes.water, _water_hours)):
            store_days(list(_days([key for meter in meters for key in meter.channel_ids], hourly)))
        accounts += homes.accounts
    return accounts


def _homes(
    cycle: str, first: int, count: int, tariffs: dict[str, int], water: tuple[NewChannel, ...]
) -> _Homes:
    since, numbers = MONTHS[0], range(first, first + count)
    installed = service_day(since, ZONE)[0]
    persons = add_persons(
        [NewPerson(since=since, given_name="Bench", family_name=f"{cycle} {number}") for number in numbers]
    )
    accounts = open_accounts(
        [
            NewAccount(owner_id=key, customer_class="residential", bill_cycle=cycle, opened_on=since)
            for key in persons
        ]
    )
    premises = [
        premise.pk
        for premise in add_premises(
            [(f"{number + 1} Bench St", "Bench", "CA", "90000", ZONE.key) for number in numbers]
        )
    ]
    meters: dict[str, list[InstalledMeter]] = {}
    points: dict[str, list[int]] = {}
    for commodity, registers, channels in (
        ("electric", (), (NewChannel("kWh", "Wh", _HOUR_S),)),
        ("water", (NewRegister("cf", "volume", "cf", 6),), water),
    ):
        points[commodity] = add_service_points(
            [NewServicePoint(premise_id=key, commodity=commodity, since=since) for key in premises]
        )
        meters[commodity] = install_meters(
            [
                NewMeter(
                    service_point_id=key, commodity=commodity, badge=f"{cycle}-{number}-{commodity}",
                    installed_at=installed, registers=registers, channels=channels,
                )
                for key, number in zip(points[commodity], numbers, strict=True)
            ]
        )  # fmt: skip
    for service, tariff in tariffs.items():
        own = [(key,) for key in points[service]] if service in points else [()] * count
        start_agreements(
            [
                NewAgreement(
                    account_id=account, premise_id=premise, service=service, tariff_id=tariff,
                    starts_on=since, service_point_ids=metered,
                )
                for account, premise, metered in zip(accounts, premises, own, strict=True)
            ]
        )  # fmt: skip
    return _Homes(accounts, premises, meters["electric"], meters["water"])


def _read_water(meters: Sequence[InstalledMeter]) -> None:
    for month, day in enumerate(MONTHS):
        at, _ = service_day(day, ZONE)
        record_register_reads(
            [
                NewRead(key, at, day, 1000 + month * 900 + key % 97 * month)
                for meter in meters
                for key in meter.register_ids
            ]
        )


def _electric_hours(draw: np.random.Generator, n_hours: int, _channel: int) -> NDArray[np.int64]:
    return draw.integers(0, 3000, n_hours)


def _water_hours(draw: np.random.Generator, n_hours: int, channel: int) -> NDArray[np.int64]:
    """Gallons, none at night; in one house of fifty water never stops."""
    values = draw.integers(0, 40, n_hours)
    values[np.arange(n_hours) % 24 < 5] = 0
    return values + (4 if channel % 50 == 0 else 0)


def _days(
    channels: Sequence[int], hourly: Callable[[np.random.Generator, int, int], NDArray[np.int64]]
) -> Iterator[tuple[int, DayIntervals]]:
    """Hours of some channels from the first day to the last, made up from each channel's key."""
    starts, day = [service_day(MONTHS[0], ZONE)[0]], MONTHS[0]
    days: list[date] = []
    while day < MONTHS[-1]:
        days.append(day)
        starts.append(service_day(day, ZONE)[1])
        day += timedelta(days=1)
    bounds = [int((start - starts[0]) / timedelta(seconds=_HOUR_S)) for start in starts]
    for channel in channels:
        values = hourly(np.random.default_rng(channel), bounds[-1], channel)
        for day, start, (begin, end) in zip(days, starts[:-1], pairwise(bounds), strict=True):
            yield channel, day_intervals(day, start, _HOUR_S, values[begin:end])
