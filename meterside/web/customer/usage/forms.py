"""What usage pages ask of a person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .asking import FIRST_YEAR

_ONE_DAY = timedelta(days=1)
_USUAL_DAYS = 30
MOST_DAYS = 400

Span = tuple[date, date]


def day_field(label: Any) -> forms.DateField:
    """A day to pick; typed as people type it where the browser has no calendar."""
    return forms.DateField(
        label=label,
        input_formats=["%Y-%m-%d", "%m/%d/%Y"],
        widget=forms.DateInput(format="%Y-%m-%d"),
        error_messages={
            "required": _("Choose a day."),
            "invalid": _("Enter a date like 11/20/2026."),
        },
    )


class DaysForm(forms.Form):
    """A form of days, whose calendar controls take nothing but a day."""

    def day_value(self, name: str) -> str:
        """What a day's control shows: a day, or nothing for what was typed and is none."""
        field, value = self.fields[name], self[name].value()
        try:
            day = field.to_python(value)
        except ValidationError:
            return ""
        return day.isoformat() if isinstance(day, date) else ""


class CompareForm(DaysForm):
    """Two stretches of days."""

    first = day_field(_("First day"))
    last = day_field(_("Last day"))
    other_first = day_field(_("First day"))
    other_last = day_field(_("Last day"))

    def __init__(self, data: Any, *, today: date) -> None:
        (first, last), (other_first, other_last) = self._usual(today)
        super().__init__(
            data,
            initial={"first": first, "last": last, "other_first": other_first, "other_last": other_last},
        )
        self._today = today

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for first_name, last_name in (("first", "last"), ("other_first", "other_last")):
            first, last = cleaned.get(first_name), cleaned.get(last_name)
            if first is None or last is None:
                continue
            if last < first:
                self.add_error(last_name, ValidationError(_("The last day comes before the first.")))
            elif (last - first).days >= MOST_DAYS:
                self.add_error(last_name, ValidationError(_("Choose at most 400 days.")))
            elif first.year < FIRST_YEAR or last.year > self._today.year + 1:
                self.add_error(first_name, ValidationError(_("Choose days in the past.")))
        return cleaned

    def spans(self) -> tuple[Span, Span]:
        """The stretches that were asked for."""
        data = self.cleaned_data
        return (data["first"], data["last"]), (data["other_first"], data["other_last"])

    def usual_spans(self) -> tuple[Span, Span]:
        """The last thirty whole days, and the thirty before them."""
        return self._usual(self._today)

    @staticmethod
    def _usual(today: date) -> tuple[Span, Span]:
        last = today - _ONE_DAY
        first = today - _ONE_DAY * _USUAL_DAYS
        return (first, last), (first - _ONE_DAY * _USUAL_DAYS, first - _ONE_DAY)


CSV, XLSX, GREEN_BUTTON = "csv", "xlsx", "xml"
MOST_DOWNLOAD_DAYS = 800
_A_YEAR_DAYS = 396


class DownloadForm(DaysForm):
    """Which days, and as which file."""

    first = day_field(_("First day"))
    last = day_field(_("Last day"))
    kind = forms.ChoiceField(
        label=_("File"),
        choices=[
            (CSV, _("CSV, for any spreadsheet or program")),
            (XLSX, _("Excel workbook")),
            (GREEN_BUTTON, _("Green Button, for energy apps")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a file."), "invalid_choice": _("Choose a file.")},
    )

    def __init__(self, data: Any, *, today: date) -> None:
        last = today - _ONE_DAY
        usual = {"first": last - _ONE_DAY * _A_YEAR_DAYS, "last": last, "kind": CSV}
        super().__init__(data, initial=usual)
        self._today = today

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first is not None and last is not None:
            if last < first:
                self.add_error("last", ValidationError(_("The last day comes before the first.")))
            elif (last - first).days >= MOST_DOWNLOAD_DAYS:
                self.add_error(
                    "last", ValidationError(_("Choose at most 800 days. Older ones fit into a second file."))
                )
            elif first.year < FIRST_YEAR or last.year > self._today.year + 1:
                self.add_error("first", ValidationError(_("Choose days in the past.")))
        return cleaned
