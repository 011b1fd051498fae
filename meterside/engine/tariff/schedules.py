"""Schedules in document form, and what the published schema says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from meterside.engine.components.schema_terms import FILLED, defined
from meterside.engine.terms.reader import Reader, invalid
from meterside.engine.terms.schedule import DAY_MINUTES, DAY_WORDS, Schedule, SchedulePeriod, Times
from meterside.engine.terms.writer import changed

_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")


def read_schedule(reader: Reader) -> Schedule:
    """A schedule of a version. Raises ``InvalidTariff``."""
    schedule = Schedule(
        name=reader.text("name"), periods=tuple(_period(child) for child in reader.children("periods"))
    )
    reader.done()
    return schedule


def _period(reader: Reader) -> SchedulePeriod:
    period = SchedulePeriod(
        name=reader.text("name"),
        times=tuple(_times(child) for child in reader.children("times", optional=True)),
        label=reader.text("label", ""),
        label_es=reader.text("label_es", ""),
    )
    reader.done()
    return period


def _times(reader: Reader) -> Times:
    times = Times(
        months=tuple(reader.integers("months")),
        seasons=tuple(reader.texts("seasons")),
        days=tuple(reader.texts("days")),
        from_minute=_minute(reader, "from", 0),
        to_minute=_minute(reader, "to", DAY_MINUTES),
    )
    reader.done()
    return times


def _minute(reader: Reader, name: str, default: int) -> int:
    if not reader.has(name):
        reader.text(name, "")
        return default
    text = reader.text(name)
    match = _CLOCK.fullmatch(text)
    minute = int(match.group(1)) * 60 + int(match.group(2)) if match else DAY_MINUTES + 1
    if minute > DAY_MINUTES:
        raise invalid(reader.path(name), f"is {text!r}; write a time of day such as 08:00, or 24:00")
    return minute


def schedule_document(schedule: Schedule) -> dict[str, Any]:
    """The document form, which ``read_schedule`` reads back."""
    return {"name": schedule.name, "periods": [_period_document(each) for each in schedule.periods]}


def _period_document(period: SchedulePeriod) -> dict[str, Any]:
    data = changed(period, skip=("times",))
    if period.times:
        data["times"] = [_times_document(times) for times in period.times]
    return data


def _times_document(times: Times) -> dict[str, Any]:
    data = changed(times, skip=("from_minute", "to_minute"))
    for name, minute, default in (("from", times.from_minute, 0), ("to", times.to_minute, DAY_MINUTES)):
        if minute != default:
            data[name] = f"{minute // 60:02d}:{minute % 60:02d}"
    return data


def schedule_definitions() -> Mapping[str, Any]:
    """The schema's definitions of a schedule and its parts."""
    text: Mapping[str, Any] = {"type": "string"}
    clock = {"type": "string", "pattern": f"^{_CLOCK.pattern}$"}
    month = {"type": "integer", "minimum": 1, "maximum": 12}
    return {
        "times": _closed(
            (),
            {
                "months": {"type": "array", "items": month},
                "seasons": {"type": "array", "items": FILLED},
                "days": {"type": "array", "items": {"enum": list(DAY_WORDS)}},
                "from": {**clock, "default": "00:00"},
                "to": {**clock, "default": "24:00", "description": "The first time no longer inside."},
            },
        ),
        "schedule_period": {
            **_closed(
                ("name",),
                {
                    "name": FILLED,
                    "label": text,
                    "label_es": text,
                    "times": {"type": "array", "items": defined("times")},
                },
            ),
            "description": "Without times it has every time that no other period has.",
        },
        "schedule": _closed(
            ("name", "periods"),
            {
                "name": FILLED,
                "periods": {"type": "array", "minItems": 1, "items": defined("schedule_period")},
            },
        ),
    }


def _closed(required: tuple[str, ...], properties: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "additionalProperties": False}
    if required:
        found["required"] = list(required)
    return {**found, "properties": dict(properties)}
