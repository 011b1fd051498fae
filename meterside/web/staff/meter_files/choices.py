"""What a clerk can choose about a sender's files: formats, and the fields of a CSV's mapping, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from meterside.web.design.formats import unit_name

from .words import format_words

FORMATS = (
    "generic_csv",
    "cmep",
    "badger_beacon",
    "nem12",
    "green_button",
    "iec_61968",
    "route_file",
    "json_push",
)
_OF_FORMAT = {
    "generic_csv": (
        "channel", "stamp", "value", "quality", "unit_column", "unit", "decimals", "commodity", "interval_s",
        "stamp_format", "delimiter", "header_lines", "stamp_at", "clock", "repeated_hour", "kind", "sign",
        "decimal_comma", "multiplier", "tolerance_s", "missing", "qualities", "zone",
    ),
    "cmep": ("bare_prefix", "receiver"),
}  # fmt: skip
_UNITS = (
    "Wh", "kWh", "MWh", "varh", "kvarh", "gal", "kgal", "cf", "ccf", "mcf", "l", "m3", "therm", "dth",
)  # fmt: skip


def of_format(format_name: str) -> tuple[str, ...]:
    """The options of one format."""
    return _OF_FORMAT.get(format_name, ())


def choices() -> dict[str, list[tuple[str, str]]]:
    """The choices of every field that has some: code and words."""
    return {
        "format": [(name, format_words(name)) for name in FORMATS],
        "commodity": [
            ("electric", _("Electricity")),
            ("gas", _("Gas")),
            ("water", _("Water")),
            ("sewer", _("Sewer")),
        ],
        "unit": [(unit, unit_name(unit)) for unit in _UNITS],
        "decimals": [(str(count), str(count)) for count in range(7)],
        "interval_s": [
            ("300", _("5 minutes")),
            ("600", _("10 minutes")),
            ("900", _("15 minutes")),
            ("1800", _("30 minutes")),
            ("3600", _("an hour")),
            ("86400", _("a day")),
        ],
        "delimiter": [
            ("comma", _("a comma")),
            ("semicolon", _("a semicolon")),
            ("tab", _("a tab")),
            ("pipe", _("an upright bar")),
        ],
        "stamp_at": [("start", _("its beginning")), ("end", _("its end"))],
        "clock": [
            ("local", _("local time, with daylight saving")),
            ("standard", _("standard time all year")),
            ("utc", _("UTC")),
        ],
        "repeated_hour": [
            ("refuse", _("it cannot be told: put such rows aside")),
            ("in_order", _("the first row is the first hour")),
            ("first", _("always the first")),
            ("second", _("always the second")),
        ],
        "kind": [
            ("delta", _("the use of its interval")),
            ("cumulative", _("what the dial shows, to be turned into use")),
            ("register", _("what the dial shows, kept as dial reads")),
        ],
        "sign": [
            ("delivered", _("delivered to the customer; below nothing is refused")),
            ("received", _("received from the customer")),
            ("negative_is_received", _("delivered; below nothing is received")),
        ],
        "multiplier": [
            ("unsaid", _("not said")),
            ("applied", _("already in the values")),
            ("not_applied", _("not in the values")),
        ],
    }


def field_words(field: str) -> str:
    """What is wrong with a field that cannot be used."""
    return {
        "channel": _("Enter the column of the meter's number"),
        "stamp": _("Enter the column of the time"),
        "value": _("Enter the column of the value"),
        "unit": _("Choose the unit"),
        "commodity": _("Choose the service"),
        "stamp_format": _("Write how times look, such as %%Y-%%m-%%d %%H:%%M") % (),
        "sign": _("What a dial shows is never below zero: choose delivered or received"),
        "tolerance_s": _("Enter seconds up to a quarter of the interval, 300 at most; none for days"),
        "header_lines": _("Enter a number of lines from 0 to 20"),
        "missing": _("Enter up to 20 words"),
        "qualities": _("Write a code and what it means on each line, such as A = measured"),
        "zone": _("This time zone is not known"),
        "decimal_comma": _("A comma cannot part both columns and decimals"),
        "bare_prefix": _("Enter up to eight letters"),
    }.get(field, _("This cannot be used"))
