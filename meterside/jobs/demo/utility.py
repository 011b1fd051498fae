"""Riverbend's rates, bill cycles, accounts, places and meters, made by the operations of live work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from importlib import resources
from typing import Final

from meterside.cis.agreements.operations import start_agreement
from meterside.cis.billing.charges.policies import set_deposit_policy, set_late_fee_policy
from meterside.cis.billing.corrections.correcting import set_make_good_policy
from meterside.cis.billing.models import ChargePolicy
from meterside.cis.billing.runs.exceptions import set_tolerance
from meterside.cis.billing.runs.operations import set_up_cycle
from meterside.cis.metering.checks.rules import set_validation_rules
from meterside.cis.metering.estimates.registers import set_estimate_policy
from meterside.cis.registry.models import Account, Device, Person, Premise, ServicePoint
from meterside.cis.registry.operations import (
    NewChannel,
    NewContact,
    NewRegister,
    add_person,
    add_premise,
    add_service_point,
    install_meter,
    open_account,
)
from meterside.cis.tariffs.models import Tariff
from meterside.cis.tariffs.operations import store_tariff
from meterside.cis.weather.operations import set_station, store_temperatures
from meterside.engine.period import service_day
from meterside.engine.policy import Policy, policy_from_toml
from meterside.engine.tariff.document import tariff_from_toml
from meterside.engine.tariff.model import Tariff as EngineTariff
from meterside.engine.weather import DayTemperature, TemperatureUnit
from meterside.kit.clock import clock_at
from meterside.portal.preferences.operations import set_leak_rate

from .households import CITY, STATE, ZIP5, Household
from .plan import CYCLES, Plan, month_before
from .readings import DIALS, weather_of

_ALWAYS: Final = date(2000, 1, 1)
_LEAST_DAYS_SINCE_CHANGE: Final = 90
# Longer than any past that is made: each bill of it has a rate.
_LEAST_YEARS: Final = 6

#: Tariffs by service where the household does not say its own.
_TARIFFS: Final[Mapping[tuple[str, str], str]] = {
    ("commercial", "electric"): "E-C",
    ("commercial", "water"): "W-C",
    ("residential", "water"): "W-1",
    ("residential", "gas"): "G-1",
    ("residential", "refuse"): "R-1",
    ("residential", "sewer"): "S-1",
    ("commercial", "sewer"): "S-1",
}
_REGISTERS: Final = {
    "electric": NewRegister("kWh", "energy", "Wh", dials=DIALS, units_per_count=1000),
    "water": NewRegister("cf", "volume", "cf", dials=DIALS),
    "gas": NewRegister("cf", "volume", "cf", dials=DIALS),
}
_CHANNELS: Final = {"electric": NewChannel("1", "Wh", 3600), "water": NewChannel("1", "cf", 3600)}

_SHOP_LEAK_GALLONS: Final = Decimal(60)
_OWN_CHOICE: Final = "No utility publishes these: Riverbend's own choice"
_STATION: Final = "RB"
#: From a day's mean to its lowest and its highest, in tenths of a degree Fahrenheit.
_SWING_TENTHS: Final = 110


def rates() -> list[EngineTariff]:
    """The rates as their utilities published them."""
    folder = resources.files(__package__).joinpath("tariffs")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda f: f.name)
    return [tariff_from_toml(file.read_text("utf-8")) for file in files]


def adopted(tariff: EngineTariff, today: date) -> EngineTariff:
    """The rate as Riverbend has it: in force for years, each step on its published day of the year.

    The year of a later step is the latest that gives customers some months under it, and leaves most of the past
    under the one before.
    """
    versions = list(tariff.versions)
    for place in range(len(versions) - 1, 0, -1):
        since = versions[place].effective_from.replace(year=today.year)
        while (today - since).days < _LEAST_DAYS_SINCE_CHANGE:
            since = since.replace(year=since.year - 1)
        versions[place] = replace(versions[place], effective_from=since)
        versions[place - 1] = replace(versions[place - 1], effective_to=since)
    since = versions[0].effective_from
    first_year = min(since.year, today.year - _LEAST_YEARS)
    versions[0] = replace(versions[0], effective_from=since.replace(year=first_year))
    return replace(tariff, versions=tuple(versions))


def set_up(plan: Plan) -> None:
    """Rates and bill cycles. Safe to repeat."""
    with clock_at(plan.at(month_before(plan.first_day.replace(day=1)), 9)):
        for tariff in rates():
            store_tariff(adopted(tariff, plan.today))
        _set_rules(plan)
        _set_up_weather(plan)
        for cycle in CYCLES:
            set_up_cycle(code=cycle.code, name=f"Read on day {cycle.read_day}", read_day=cycle.read_day)
        # A roaster's machines drink all night.
        set_leak_rate(customer_class="commercial", gallons_an_hour=_SHOP_LEAK_GALLONS)


def rules() -> Policy:
    """The rules for late fees and deposits, as their utilities published them; those that look at reads are ours."""
    file = resources.files(__package__).joinpath("policies", "riverbend.toml")
    return policy_from_toml(file.read_text("utf-8"))


def _set_rules(plan: Plan) -> None:
    """Riverbend's rules since always; staff look at bills from today on. Safe to repeat."""
    if ChargePolicy.objects.exists():
        return
    found = rules()
    set_late_fee_policy(since=_ALWAYS, rule=found.late_fee, reason=found.source_url)
    set_deposit_policy(since=_ALWAYS, rule=found.deposit, reason=found.source_url)
    set_validation_rules(found.validation, since=_ALWAYS)
    set_estimate_policy(
        since=_ALWAYS, methods=["last_year_scaled", "last_year", "recent"], window_days=3, reason=_OWN_CHOICE
    )
    set_make_good_policy(
        since=_ALWAYS, rebill_above_cents=100_00, least_cents=1_00, back_bill_days=365, reason=_OWN_CHOICE
    )
    for kind, percent in (("high", 200), ("low", 25)):
        set_tolerance(kind=kind, since=plan.today, service="electric", percent=percent, reason=_OWN_CHOICE)


def _set_up_weather(plan: Plan) -> None:
    """The temperatures that the use was made from. Safe to repeat."""
    set_station(code=_STATION, name="Riverbend", degrees=TemperatureUnit.FAHRENHEIT, is_default=True)
    weather, days = weather_of(plan), {}
    for place, celsius in enumerate(weather.celsius[:-1].tolist()):  # today's are not known yet
        mean = round((celsius * 9 / 5 + 32) * 10)
        days[weather.first + timedelta(days=place)] = DayTemperature(
            mean - _SWING_TENTHS, mean + _SWING_TENTHS
        )
    store_temperatures(code=_STATION, days=days)


def tariffs_by_code() -> dict[str, Tariff]:
    """The stored rates."""
    return {tariff.code: tariff for tariff in Tariff.objects.all()}


def open_household(
    plan: Plan, household: Household, since: date, tariffs: Mapping[str, Tariff], owner_id: int | None = None
) -> Account:
    """An account with its holder, place, meters and agreements since a day.

    With `owner_id` the holder is a person known already. A household that took over another's meters finds
    the place and its points as they are.
    """
    with clock_at(plan.at(since - timedelta(days=3), 10, 20)):
        person = add_person(
            given_name=household.given_name,
            family_name=household.family_name,
            organisation_name=household.organisation,
            language=household.language,
            since=since,
            contacts=_contacts(household),
        ) if owner_id is None else Person.objects.get(pk=owner_id)  # fmt: skip
        account = open_account(
            owner=person,
            customer_class=household.customer_class,
            bill_cycle=household.cycle,
            opened_on=since,
        )
        premise, points = (
            _known_place(household) if household.previous else _new_place(plan, household, since)
        )
        for service in household.services:
            _take(household, service, account, premise, points, tariffs, since)
    return account


def _contacts(household: Household) -> tuple[NewContact, ...]:
    digits = "".join(digit for digit in household.phone if digit.isdigit())
    return (
        NewContact("email", household.email, household.email),
        NewContact("phone", household.phone, f"+1{digits}"),
    )


def badge(household: Household, commodity: str, meter: int = 1) -> str:
    """The number on a meter."""
    return f"{commodity[0].upper()}{household.meter_key}-{meter}"


def metered(household: Household) -> list[tuple[str, int]]:
    """The household's meters, as commodity and number."""
    found = [("electric", meter + 1) for meter in range(household.electric_meters)]
    found += [(name, 1) for name in ("water", "gas") if name in household.services]
    return found


def _new_place(
    plan: Plan, household: Household, since: date
) -> tuple[Premise, dict[str, tuple[ServicePoint, ...]]]:
    premise = add_premise(
        address_line=household.address_line,
        unit=household.unit,
        city=CITY,
        state=STATE,
        zip5=ZIP5,
        zone=plan.zone_name,
    )
    points: dict[str, tuple[ServicePoint, ...]] = {}
    for commodity, meter in metered(household):
        point = add_service_point(premise=premise, commodity=commodity, since=since)
        _install(plan, household, commodity, meter, point, since)
        points[commodity] = (*points.get(commodity, ()), point)
    return premise, points


def _install(
    plan: Plan, household: Household, commodity: str, meter: int, point: ServicePoint, since: date
) -> Device:
    channels = (_CHANNELS[commodity],) if household.has_intervals and commodity in _CHANNELS else ()
    return install_meter(
        service_point=point,
        badge=badge(household, commodity, meter),
        installed_at=service_day(since, plan.zone)[0],
        registers=(_REGISTERS[commodity],),
        channels=channels,
    )


def _known_place(household: Household) -> tuple[Premise, dict[str, tuple[ServicePoint, ...]]]:
    badges = [badge(household, commodity, meter) for commodity, meter in metered(household)]
    found = ServicePoint.objects.filter(installations__device__badge__in=badges).select_related("premise")
    points: dict[str, tuple[ServicePoint, ...]] = {}
    for point in found.order_by("pk"):
        points[point.commodity] = (*points.get(point.commodity, ()), point)
    return next(iter(points.values()))[0].premise, points


def _take(
    household: Household,
    service: str,
    account: Account,
    premise: Premise,
    points: Mapping[str, tuple[ServicePoint, ...]],
    tariffs: Mapping[str, Tariff],
    since: date,
) -> None:
    code = _TARIFFS.get((household.customer_class, service), household.electric_tariff)
    characteristics = {
        "water": {"meter_size": household.meter_size},
        "sewer": {"meter_size": household.meter_size},
        "refuse": {"cart_gallons": household.cart_gallons},
    }
    start_agreement(
        account=account,
        premise=premise,
        service=service,
        tariff=tariffs[code],
        starts_on=since,
        # Sewer hangs on the water meter; refuse has no meter at all.
        service_points=points.get("water" if service == "sewer" else service, ()),
        characteristics=characteristics.get(service),
    )
