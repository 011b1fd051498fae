"""The document form of a tariff: plain dicts and lists, the same for TOML, JSON and the database.

``tariff_from_dict(tariff_to_dict(t)) == t`` for every tariff: decimals are text, days ISO 8601,
and tables are lists (a database may reorder the keys of an object). In documents written by
people a table may also be an object under ``values``. Unknown keys are refused, never ignored.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from meterside.engine.components.registry import KINDS
from meterside.engine.holiday import Holiday, Observed, Weekday, Which
from meterside.engine.money import RoundingRule
from meterside.engine.quantity import DEFAULT_FACTORS, ConversionFactors
from meterside.engine.tariff.faults import Faults
from meterside.engine.tariff.model import (
    Component,
    Proration,
    ProrationMethod,
    Rounding,
    RoundingScope,
    Season,
    SeasonRange,
    Tariff,
    TariffVersion,
    VersionPick,
)
from meterside.engine.tariff.schedules import read_schedule, schedule_document
from meterside.engine.tariff.validate import check_tariff
from meterside.engine.terms.problems import InvalidTariff
from meterside.engine.terms.reader import Reader, invalid
from meterside.engine.terms.use import BilledUse, read_use
from meterside.engine.terms.writer import changed, month_day_text

T = TypeVar("T")

#: Written in every document; another number will mean another shape.
FORMAT = "meterside-tariff/1"


def tariff_from_toml(text: str) -> Tariff:
    """Read a TOML document. Raises ``InvalidTariff`` (places named) or ``tomllib.TOMLDecodeError``."""
    return tariff_from_dict(tomllib.loads(text, parse_float=Decimal))


def tariff_from_dict(data: Mapping[str, Any]) -> Tariff:
    """Build and check a tariff from its document form. Raises ``InvalidTariff`` with every place.

    What cannot be read is named, and what could be is checked all the same: all faults are told at once.
    """
    reader = Reader(data, "")
    if reader.text("format") != FORMAT:
        raise invalid("format", f"is {data.get('format')!r}; this version reads {FORMAT!r}")
    faults = Faults()
    tariff = Tariff(
        code=faults.of(lambda: reader.text("code"), "?"),
        name=faults.of(lambda: reader.text("name"), "?"),
        name_es=faults.of(lambda: reader.text("name_es", ""), ""),
        utility=faults.of(lambda: reader.text("utility"), "?"),
        commodity=faults.of(lambda: reader.text("commodity"), "?"),
        currency=faults.of(lambda: reader.text("currency", "USD"), "USD"),
        customer_class=faults.of(lambda: reader.text("customer_class", ""), ""),
        bill_months=faults.of(lambda: reader.integer("bill_months", 1), 1),
        source_url=faults.of(lambda: reader.text("source_url", ""), ""),
        notes=faults.of(lambda: tuple(reader.texts("notes")), ()),
        versions=tuple(
            faults.each(lambda: reader.children("versions"), lambda child: _version(child, faults))
        ),
    )
    faults.of(reader.done, None)
    faults.end(lambda: check_tariff(tariff))
    return tariff


def _version(reader: Reader, faults: Faults) -> TariffVersion:
    def some(name: str, read: Callable[[Reader], T], *, optional: bool = True) -> tuple[T, ...]:
        return tuple(faults.each(lambda: reader.children(name, optional=optional), read))

    def one(read: Callable[[], T], instead: T) -> T:
        return faults.of(read, instead)

    start = reader.day("effective_from")
    version = TariffVersion(
        effective_from=start,
        effective_to=one(lambda: reader.optional_day("effective_to"), None),
        components=some("components", lambda child: _component(child, faults), optional=False),
        seasons=some("seasons", _season),
        rounding=one(lambda: _rounding(reader.child("rounding")), None) or Rounding(),
        usage_rounding=one(lambda: reader.step("usage_rounding"), None),
        factors=one(lambda: _factors(reader.child("conversion")), DEFAULT_FACTORS),
        holidays=some("holidays", _holiday),
        uses=some("uses", _use),
        schedules=some("schedules", read_schedule),
    )
    one(reader.done, None)
    return version


def _season(reader: Reader) -> Season:
    season = Season(
        name=reader.text("name"),
        ranges=tuple(_season_range(child) for child in reader.children("ranges")),
        label=reader.text("label", ""),
        label_es=reader.text("label_es", ""),
    )
    reader.done()
    return season


def _season_range(reader: Reader) -> SeasonRange:
    span = SeasonRange(first=reader.month_day("from"), last=reader.month_day("to"))
    reader.done()
    return span


def _holiday(reader: Reader) -> Holiday:
    path = reader.path("name")
    try:
        holiday = Holiday(
            name=reader.text("name"),
            month_day=reader.month_day("month_day") if reader.has("month_day") else None,
            month=reader.optional_integer("month"),
            weekday=reader.optional_choice("weekday", Weekday),
            which=reader.optional_choice("which", Which),
            days_after=reader.integer("days_after", 0),
            observed=reader.choice("observed", Observed, Observed.NO),
        )
    except InvalidTariff:
        raise
    except ValueError as error:
        raise invalid(path.removesuffix(".name"), str(error)) from error
    reader.done()
    return holiday


def _rounding(reader: Reader | None) -> Rounding | None:
    if reader is None:
        return None
    rounding = Rounding(
        rule=reader.choice("rule", RoundingRule, RoundingRule.HALF_UP),
        scope=reader.choice("scope", RoundingScope, RoundingScope.LINE),
        group=reader.text("group", ""),
    )
    reader.done()
    if (rounding.scope is RoundingScope.GROUP) is not bool(rounding.group.strip()):
        raise invalid(reader.path("group"), "names the group where scope is group, and stands nowhere else")
    return rounding


def _factors(reader: Reader | None) -> ConversionFactors:
    if reader is None:
        return DEFAULT_FACTORS
    factors = ConversionFactors(
        gallons_per_cf=reader.number("gallons_per_cf", DEFAULT_FACTORS.gallons_per_cf),
        cf_per_m3=reader.number("cf_per_m3", DEFAULT_FACTORS.cf_per_m3),
        therms_per_ccf=reader.amount("therms_per_ccf"),
    )
    for name in ("gallons_per_cf", "cf_per_m3", "therms_per_ccf"):
        value = getattr(factors, name)
        if isinstance(value, Decimal) and value <= 0:
            raise invalid(reader.path(name), "must be more than zero", "zero")
    reader.done()
    return factors


def _use(reader: Reader) -> BilledUse:
    return read_use(reader, _proration(reader.child("proration")))


def _proration(reader: Reader | None) -> Proration:
    if reader is None:
        return Proration()
    proration = Proration(
        method=reader.choice("method", ProrationMethod, ProrationMethod.NONE),
        tolerance_days=reader.optional_pair("tolerance_days"),
    )
    reader.done()
    return proration


def _component(reader: Reader, faults: Faults) -> Component:
    kind = reader.text("kind")
    if kind not in KINDS:
        raise invalid(reader.path("kind"), f"is {kind!r}; use one of {', '.join(KINDS)}")
    common: dict[str, Any] = {
        "code": reader.text("code"),
        "label": reader.text("label"),
        "label_es": reader.text("label_es", ""),
        "season": reader.text("season", ""),
        "proration": _proration(reader.child("proration")),
        "version_pick": reader.choice("version_pick", VersionPick, VersionPick.DAY_OF_USE),
        "rounding": _rounding(reader.child("rounding")),
        "tax": reader.optional_flag("tax"),
    }
    component = KINDS[kind].read(reader, common)
    faults.of(reader.done, None)
    return component


def tariff_to_dict(tariff: Tariff) -> dict[str, Any]:
    """The document form: JSON-safe, fields at their defaults left out."""
    data: dict[str, Any] = {"format": FORMAT}
    data.update(changed(tariff, skip=("versions",)))
    data["versions"] = [_version_dict(version) for version in tariff.versions]
    return data


def _version_dict(version: TariffVersion) -> dict[str, Any]:
    data = changed(version, skip=("components", "seasons", "factors", "holidays", "uses", "schedules"))
    if version.factors != DEFAULT_FACTORS:
        data["conversion"] = changed(version.factors)
    if version.seasons:
        data["seasons"] = [_season_dict(season) for season in version.seasons]
    if version.holidays:
        data["holidays"] = [_holiday_dict(holiday) for holiday in version.holidays]
    if version.uses:
        data["uses"] = [changed(use) for use in version.uses]
    if version.schedules:
        data["schedules"] = [schedule_document(schedule) for schedule in version.schedules]
    data["components"] = [item.write() for item in version.components]
    return data


def _season_dict(season: Season) -> dict[str, Any]:
    data = changed(season, skip=("ranges",))
    data["ranges"] = [
        {"from": month_day_text(span.first), "to": month_day_text(span.last)} for span in season.ranges
    ]
    return data


def _holiday_dict(holiday: Holiday) -> dict[str, Any]:
    data = changed(holiday, skip=("month_day",))
    if holiday.month_day is not None:
        data["month_day"] = month_day_text(holiday.month_day)
    return data
