"""From what the CIS says of a service's use to what its files say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from meterside.contracts.cis import AccountRef, Cis
from meterside.contracts.usage import (
    IntervalsOfUse,
    MeteredService,
    ServiceRef,
    UseOfInterval,
    UseOfPeriod,
    UseQuality,
)
from meterside.engine.period import service_day
from meterside.kit import clock

from .feed import ChannelOut, PointOut, ReadingOut, SummaryOut

_ONE_DAY = timedelta(days=1)
#: ESPI's unit and power of ten for the engine's units.
_UNITS = {
    "Wh": (72, 0), "kWh": (72, 3), "MWh": (72, 6), "varh": (73, 0), "kvarh": (73, 3),
    "gal": (128, 0), "kgal": (128, 3), "cf": (119, 0), "ccf": (119, 2), "mcf": (119, 3),
    "l": (134, 0), "m3": (42, 0), "therm": (169, 0), "dth": (169, 1),
}  # fmt: skip
_SERVICE_KINDS = {"electric": 0, "gas": 1, "water": 2}
_COMMODITIES = {"electric": 1, "gas": 7, "water": 9}
_VALID, _ESTIMATED = 17, 8
#: Powers of ten that ESPI knows (UnitMultiplierKind), from the coarsest to the finest.
_POWERS = (12, 9, 6, 3, 2, 1, 0, -1, -2, -3, -6, -9, -12)
_MOST_PERIODS = 40


class CannotExport(ValueError):
    """The meter counts in a unit that Green Button has no word for."""


@dataclass(frozen=True, slots=True)
class UseToExport:
    """A service's intervals and bill periods within the days [start, end)."""

    service: MeteredService
    start: date
    end: date
    intervals: tuple[UseOfInterval, ...]
    periods: tuple[UseOfPeriod, ...]

    def point(self) -> PointOut:
        """The usage point of a Green Button feed. Raises CannotExport."""
        return point_of(self)


def gather(cis: Cis, account: AccountRef, service: ServiceRef, *, start: date, end: date) -> UseToExport:
    """Ask for everything a file needs. Raises what the contract's reads raise."""
    now = clock.now()
    view: IntervalsOfUse = cis.use_by_interval(account, service, start=start, end=end, now=now)
    today = now.astimezone(ZoneInfo(view.service.zone)).date()
    billed = cis.use_by_period(account, service, today=today, until=end + _ONE_DAY * 35, limit=_MOST_PERIODS)
    periods = tuple(period for period in billed.periods if period.end > start and period.start < end)
    return UseToExport(view.service, start, end, view.intervals, periods)


def point_of(use: UseToExport) -> PointOut:
    """The usage point of a Green Button feed: a channel for what was used, one for what was given back."""
    service = use.service
    zone = ZoneInfo(service.zone)
    uom, power = unit_codes(service.unit)
    channels = [_channel(use, "Use", uom, power, is_received=False)]
    if service.gives_back:
        channels.append(_channel(use, "Given back", uom, power, is_received=True))
    return PointOut(
        id=service.ref,
        title=service.commodity,
        service_kind=_SERVICE_KINDS[service.commodity],
        zone=zone,
        channels=tuple(channel for channel in channels if channel.readings),
        summaries=tuple(_summary(period, zone) for period in use.periods),
    )


def unit_codes(unit: str) -> tuple[int, int]:
    """ESPI's unit and power of ten. Raises CannotExport."""
    try:
        return _UNITS[unit]
    except KeyError:
        raise CannotExport(unit) from None


def _channel(use: UseToExport, name: str, uom: int, power: int, *, is_received: bool) -> ChannelOut:
    amounts = [
        (item, amount)
        for item in use.intervals
        if (amount := item.received if is_received else item.quantity) is not None
    ]
    finer = _finer([amount for _item, amount in amounts], power)
    scale = Decimal(1).scaleb(power - finer)
    return ChannelOut(
        name=name,
        commodity=_COMMODITIES[use.service.commodity],
        is_received=is_received,
        uom=uom,
        power_of_ten=finer,
        interval_s=use.service.interval_s or 0,
        readings=tuple(
            ReadingOut(
                int(item.starts_at.timestamp()),
                item.seconds,
                int(amount * scale),
                _ESTIMATED if item.quality is not UseQuality.MEASURED else _VALID,
            )
            for item, amount in amounts
        ),
    )


def _finer(amounts: Sequence[Decimal], power: int) -> int:
    """The coarsest power of ten, no coarser than the unit's own, in which every amount is a whole number."""
    places = max((-_exponent(amount) for amount in amounts), default=0)
    return next((known for known in _POWERS if known <= power - max(0, places)), _POWERS[-1])


def _exponent(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _summary(period: UseOfPeriod, zone: ZoneInfo) -> SummaryOut:
    uom, power = unit_codes(period.unit)
    finer = power if period.quantity is None else _finer([period.quantity], power)
    value = None if period.quantity is None else int(period.quantity * Decimal(1).scaleb(power - finer))
    return SummaryOut(
        start=service_day(period.start, zone)[0],
        end=service_day(period.end, zone)[0],
        cents=period.cost_cents,
        value=value,
        uom=uom,
        power_of_ten=finer,
        is_estimated=period.quality is not UseQuality.MEASURED,
    )
