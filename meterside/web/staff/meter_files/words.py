"""What codes of meter files read like to people: states, formats, reasons, one row of a preview."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from meterside.contracts.metering import ReadUnit
from meterside.engine.interval import Quality
from meterside.web.design.formats import clock, day_short, number

from .preview import PreviewRow

_MB = 1_000_000
# Units that people know with the power of ten they stand for: whole Wh are shown as kWh.
_SHOWN = {"Wh": ("kWh", 3), "varh": ("kvarh", 3), "cf": ("cf", 0), "gal": ("gal", 0), "therm": ("therm", 0)}


def file_state(status: str) -> tuple[str, str]:
    """A file's state in words, and how it is marked."""
    return {
        "accepted": (_("accepted"), "good"),
        "partly_quarantined": (_("rows wait"), "warn"),
        "held": (_("held"), "bad"),
        "waits": (_("not brought in yet"), "info"),
    }[status]


def format_words(name: str) -> str:
    """A kind of file by the name people use."""
    return {
        "badger_beacon": "Badger Beacon",
        "cmep": "CMEP",
        "generic_csv": _("CSV by a mapping"),
        "green_button": "Green Button",
        "iec_61968": "IEC 61968-9",
        "json_push": _("Pushed reads"),
        "nem12": "NEM12, NEM13",
        "route_file": _("Reading route"),
        "": _("No kind that is known here"),
    }.get(name, name)


def size_words(size_bytes: int) -> str:
    """How large a file is."""
    if size_bytes < _MB:
        return _("%(count)s kB") % {"count": number(max(1, size_bytes // 1000))}
    return _("%(count)s MB") % {"count": number(Decimal(size_bytes) / _MB, 1)}


def event_words(name: str) -> str:
    """One number of a report."""
    return {
        "rows": _("Readings in the file"),
        "reads": _("Interval reads"),
        "dial_reads": _("Dial reads"),
        "events": _("Messages of meters"),
        "days": _("Days"),
        "duplicates": _("Twice the same"),
        "corrections": _("Corrected"),
        "gaps": _("Gaps"),
        "no_reads": _("Places without a read"),
    }[name]


def reason_words(reason: str) -> str:
    """Why something was not loaded, in a few words; an unknown reason as it is."""
    return {**_of_files(), **_of_channels(), **_of_reads()}.get(reason, reason)


def _of_files() -> dict[str, str]:
    return {
        "file_unreadable": _("The file cannot be read"),
        "file_too_large": _("The file is too large"),
        "file_compressed": _("The file is compressed"),
        "file_cut_off": _("The file was cut off"),
        "not_well_formed": _("The file is damaged"),
        "forbidden_markup": _("The file holds what no meter file may"),
        "not_this_format": _("Another kind of file"),
        "no_reads": _("The file has no reads"),
        "wrong_encoding": _("The text's encoding is not known"),
        "missing_column": _("A column is missing"),
        "another_utility": _("Another utility's file"),
        "not_understood": _("Rows are not understood"),
        "unit_suspect": _("The unit seems wrong"),
    }


def _of_channels() -> dict[str, str]:
    return {
        "no_reading_type": _("The file does not say what is measured"),
        "reading_type_conflict": _("The file contradicts itself on what is measured"),
        "unsupported_unit": _("Unknown unit"),
        "unsupported_multiplier": _("Unknown multiplier"),
        "unsupported_direction": _("Neither delivered nor received"),
        "unsupported_commodity": _("Unknown service"),
        "commodity_conflict": _("Another service than registered"),
        "not_interval_use": _("Not use over an interval"),
        "unsupported_interval": _("Another interval than registered"),
        "unit_mismatch": _("Another unit than registered"),
        "unknown_channel": _("Unknown meter or channel"),
        "multiplier_differs": _("File and registry differ on the multiplier"),
        "unknown_register": _("Unknown register"),
        "register_differs": _("Intervals and dial do not agree"),
    }


def _of_reads() -> dict[str, str]:
    return {
        "longer_than_a_day": _("A read longer than a day"),
        "not_a_whole_number": _("No number, or too many decimals"),
        "malformed_read": _("A damaged read"),
        "no_time": _("No time"),
        "zero_duration": _("A read of no time"),
        "stamp_too_old": _("The clock was never set"),
        "stamp_in_future": _("A read of the future"),
        "negative_use": _("Use below nothing"),
        "backflow": _("Water flowing back"),
        "forecast": _("A forecast"),
        "questionable": _("Its source doubts it"),
        "unknown_quality": _("Unknown quality code"),
        "conflicting_value": _("Two values for one interval"),
        "overlap": _("Overlaps another read"),
        "off_the_grid": _("Does not fit the day"),
        "count_differs": _("Another number of values than said"),
        "no_such_local_time": _("A time that the clocks left out"),
        "ambiguous_local_time": _("An hour that came twice"),
        "value_too_large": _("Too large"),
        "spike": _("Far above the usual"),
        "dial_went_back": _("The meter reads less than before"),
        "no_read_taken": _("Not read"),
        "out_of_range": _("Out of the range expected, or of the dial"),
        "month_archived": _("In a month that is archived"),
    }


def quality_words(quality: Quality | None) -> str:
    """How a value came to be."""
    return {
        Quality.MEASURED: _("measured"),
        Quality.ESTIMATED: _("estimated"),
        Quality.EDITED: _("edited"),
        Quality.DERIVED: _("derived"),
        Quality.MISSING: _("missing"),
        None: _("dial"),
    }[quality]


def value_words(value: int, unit: ReadUnit) -> str:
    """A value in the unit people know, with every digit it has."""
    shown, power = _SHOWN.get(unit.symbol, (unit.symbol, 0))
    decimals = max(0, power - unit.power_of_ten)
    amount = Decimal(value).scaleb(unit.power_of_ten - power)
    return f"{number(amount, decimals)} {shown}"


def preview_cells(row: PreviewRow) -> tuple[str, str, str, str, str, bool]:
    """A row of a preview: line, meter, when, value, how, and whether it is refused."""
    line = number(row.line)
    if row.reason is not None:
        return line, row.meter, "", "", reason_words(row.reason), True
    assert row.start is not None
    assert row.value is not None
    assert row.unit is not None
    when = f"{day_short(row.start)} {clock(row.start)}"
    if row.end is not None:
        is_same_day = row.end.date() == row.start.date()
        when += f" – {clock(row.end)}" if is_same_day else f" – {day_short(row.end)} {clock(row.end)}"
    how = quality_words(row.quality)
    if row.direction == "received":
        how = _("%(quality)s, received") % {"quality": how}
    return line, row.meter, when, value_words(row.value, row.unit), how, False
