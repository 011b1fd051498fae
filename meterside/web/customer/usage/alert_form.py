"""The settings of alerts as a form: each kind with its box, its limit where it has one, and quiet hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meterside.engine.alert import AlertKind
from meterside.engine.typed_number import NotATypedNumber, typed_number
from meterside.portal.preferences.choices import LEAK_HOURS, OF_THE_BILL, WITH_LIMIT, Choice
from meterside.web.fields import not_a_number_words

_MOST = Decimal(10_000_000)
_LABELS: Mapping[AlertKind, str | Promise] = {
    AlertKind.BILL: gettext_lazy("My next bill is likely to be over an amount"),
    AlertKind.EARLY: gettext_lazy("My next bill is likely to be much higher than the last"),
    AlertKind.LEAK: gettext_lazy("Water never stops running: a possible leak"),
    AlertKind.SPIKE: gettext_lazy("A day of more than twice my usual"),
    AlertKind.STOP: gettext_lazy("Nothing is used for two days"),
    AlertKind.USE_DAY: gettext_lazy("A day goes over my limit"),
    AlertKind.USE_PERIOD: gettext_lazy("A bill period goes over my limit"),
    AlertKind.PEAK: gettext_lazy("The peak hours of a day go over my limit"),
}
HOURS = [
    (24, gettext_lazy("24 hours")),
    (16, gettext_lazy("16 hours")),
    (8, gettext_lazy("8 hours: sooner, and more often for nothing")),
]
_MINUTES_A_HOUR = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One kind on the page: its box, its limit (none where it has none), its hours (a leak's alone)."""

    name: str
    label: str
    is_on: bool
    limit_name: str
    limit: str
    unit: str
    is_money: bool
    error: str
    hours_name: str
    hours: int


class AlertsForm(forms.Form):
    """Every kind of alert of an account. `units` are what each commodity's limits are in."""

    def __init__(
        self,
        data: Any,
        *,
        choices: Sequence[Choice],
        units: Mapping[str, str],
        quiet: tuple[int, int],
    ) -> None:
        super().__init__(data)
        self._choices = choices
        self._units = units
        for choice in choices:
            name = _name(choice)
            self.fields[f"on-{name}"] = forms.BooleanField(required=False, initial=choice.is_on)
            if choice.kind in WITH_LIMIT:
                self.fields[f"limit-{name}"] = forms.CharField(
                    required=False, max_length=20, initial=_limit_text(choice)
                )
            if choice.kind is AlertKind.LEAK:
                self.fields[f"hours-{name}"] = forms.TypedChoiceField(
                    choices=HOURS, coerce=int, initial=choice.hours or LEAK_HOURS
                )
        hours = [(hour, hour) for hour in range(24)]
        for name, minute in zip(("quiet_from", "quiet_until"), quiet, strict=True):
            self.fields[name] = forms.TypedChoiceField(
                choices=hours, coerce=int, initial=minute // _MINUTES_A_HOUR
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for choice in self._choices:
            field = f"limit-{_name(choice)}"
            if field not in self.fields:
                continue
            try:
                cleaned[field] = _number(
                    str(cleaned.get(field) or ""), is_money=choice.kind is AlertKind.BILL
                )
            except ValidationError as error:
                self.add_error(field, error)
                continue
            if field in self.changed_data and cleaned[field] and not cleaned.get(f"on-{_name(choice)}"):
                said = _("Mark the box to switch this on, or leave its limit as it was.")
                self.add_error(field, ValidationError(said))
                continue
            if cleaned.get(f"on-{_name(choice)}") and cleaned[field] is None:
                self.add_error(field, ValidationError(_("Enter a limit, or take the mark out of the box.")))
        return cleaned

    def chosen(self) -> Iterator[Choice]:
        """Each kind as it was set."""
        for choice in self._choices:
            name = _name(choice)
            yield Choice(
                choice.kind,
                choice.commodity,
                is_on=bool(self.cleaned_data[f"on-{name}"]),
                threshold=self.cleaned_data.get(f"limit-{name}"),
                hours=self.cleaned_data.get(f"hours-{name}"),
            )

    def quiet(self) -> tuple[int, int]:
        """Quiet hours as minutes after midnight."""
        return (
            self.cleaned_data["quiet_from"] * _MINUTES_A_HOUR,
            self.cleaned_data["quiet_until"] * _MINUTES_A_HOUR,
        )

    def rows(self, commodity: str) -> list[Row]:
        """The kinds of a commodity, or with an empty one those of the bill, as the page draws them."""
        return [self._row(choice) for choice in self._choices if choice.commodity == commodity]

    def _row(self, choice: Choice) -> Row:
        name = _name(choice)
        limit, hours = f"limit-{name}", f"hours-{name}"
        errors = self[limit].errors if limit in self.fields else ()
        return Row(
            name=f"on-{name}",
            label=str(_LABELS[choice.kind]),
            is_on=bool(self[f"on-{name}"].value()),
            limit_name=limit if limit in self.fields else "",
            limit=str(self[limit].value() or "") if limit in self.fields else "",
            unit="" if choice.kind in OF_THE_BILL else self._units[choice.commodity],
            is_money=choice.kind is AlertKind.BILL,
            error=str(errors[0]) if errors else "",
            hours_name=hours if hours in self.fields else "",
            hours=int(self[hours].value() or LEAK_HOURS) if hours in self.fields else LEAK_HOURS,
        )


def _name(choice: Choice) -> str:
    return f"{choice.kind}-{choice.commodity}" if choice.commodity else str(choice.kind)


def _limit_text(choice: Choice) -> str:
    if choice.threshold is None:
        return ""
    value = choice.threshold.scaleb(-2) if choice.kind is AlertKind.BILL else choice.threshold
    return f"{value.normalize():f}"


def _number(text: str, *, is_money: bool) -> Decimal | None:
    """What a person typed: `150`, `$1,500.50`; None for nothing. Raises ValidationError. Money comes back in cents."""
    plain = text.strip().removeprefix("$").strip()
    if not plain:
        return None
    try:
        number = typed_number(plain)
    except NotATypedNumber as error:
        raise ValidationError(not_a_number_words(error)) from None
    value = number.scaleb(2) if is_money else number
    if value > _MOST:
        most = f"{_MOST.scaleb(-2) if is_money else _MOST:,.0f}"
        raise ValidationError(_("Enter a number up to %(most)s.") % {"most": most})
    if value <= 0:
        raise ValidationError(_("Enter a number above 0, like 150."))
    if value != round(value, 0 if is_money else 3):
        words = (
            _("Enter dollars and cents, like 150.50.")
            if is_money
            else _("Enter no more than three decimals.")
        )
        raise ValidationError(words)
    return value
