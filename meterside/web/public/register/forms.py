"""What registration asks, with words for every way to get it wrong."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from meterside.engine.money import MoneyParseError, parse_typed_cents
from meterside.kit import clock
from meterside.kit.addresses import (
    AddressKind,
    UnableToReadAddress,
    UnreadableReason,
    normalise_zip,
    parse_address,
)
from meterside.portal.identity.models import Login
from meterside.web.fields import INVISIBLE, CodeField, EmailField, NewPasswordField, check_new_password

_MOST_ADDRESS_CHARACTERS = 200
_LIKE_THIS = _("Enter the address like this: 418 Oak Street, Apt 2.")
_ADDRESS_WORDS: dict[str, Any] = {
    UnreadableReason.EMPTY: _("Enter the address where you have service."),
    UnreadableReason.TOO_LONG: _("Use 200 characters or fewer for the address."),
    UnreadableReason.CONTROL_CHARACTER: INVISIBLE,
    UnreadableReason.INVISIBLE_CHARACTER: INVISIBLE,
    UnreadableReason.NOT_LATIN: _("Write the address in Latin letters, as it stands on your bill."),
    UnreadableReason.NO_STREET: _LIKE_THIS,
    UnreadableReason.TWO_ZIPS: _(
        "The address and the ZIP field name different ZIP codes. Correct one of them."
    ),
    UnreadableReason.TWO_UNITS: _("The address names two different units. Keep the right one."),
}


class FindForm(forms.Form):
    """E-mail, service address, ZIP: they find an account and prove nothing."""

    email = EmailField(label=_("Your e-mail address"))
    address = forms.CharField(
        label=_("Service address"),
        max_length=_MOST_ADDRESS_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
        error_messages={
            "required": _ADDRESS_WORDS[UnreadableReason.EMPTY],
            "max_length": _ADDRESS_WORDS[UnreadableReason.TOO_LONG],
            "null_characters_not_allowed": INVISIBLE,
        },
    )
    zip_code = forms.CharField(
        label=_("ZIP code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "numeric"}),
        error_messages={
            "required": _("Enter the ZIP code of that address."),
            "max_length": _("Enter a ZIP code of 5 digits, like 94612."),
            "null_characters_not_allowed": INVISIBLE,
        },
    )

    def clean_zip_code(self) -> str:
        try:
            return normalise_zip(self.cleaned_data["zip_code"])
        except UnableToReadAddress as error:
            raise ValidationError(_("Enter a ZIP code of 5 digits, like 94612.")) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "address" in cleaned and "zip_code" in cleaned:
            self._read_address(cleaned)
        return cleaned

    def _read_address(self, cleaned: dict[str, Any]) -> None:
        """Put the normalised line in place of what was typed; what it says about no account in the world."""
        try:
            parsed = parse_address(cleaned["address"], zip_code=cleaned["zip_code"])
        except UnableToReadAddress as error:
            self.add_error("address", _ADDRESS_WORDS.get(error.reason, _LIKE_THIS))
            return
        if parsed.kind is AddressKind.PO_BOX:
            self.add_error("address", _("Enter the place where you have service, not a post-office box."))
        elif not parsed.house_number:
            self.add_error("address", _("Begin with the house number: 418 Oak Street."))
        else:
            cleaned["line"] = parsed.line


class CodeForm(forms.Form):
    """The code from the message."""

    code = CodeField(label=_("Code"))


class DateInput(forms.DateInput):
    """The browser's own date field, which sends an ISO date."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class LastBillForm(forms.Form):
    """The last bill's amount and date."""

    amount = forms.CharField(
        label=_("Amount of your last bill"),
        max_length=20,
        error_messages={
            "required": _("Enter the amount of your last bill."),
            "max_length": _("Enter an amount like 142.87."),
            "null_characters_not_allowed": INVISIBLE,
        },
    )
    bill_date = forms.DateField(
        label=_("Date of that bill"),
        input_formats=["%Y-%m-%d", "%m/%d/%Y"],
        widget=DateInput(),
        error_messages={
            "required": _("Enter the date of that bill."),
            "invalid": _("Enter a date like 11/20/2026."),
        },
    )

    def clean_amount(self) -> int:
        try:
            return parse_typed_cents(self.cleaned_data["amount"])
        except MoneyParseError as error:
            raise ValidationError(_("Enter an amount like 142.87.")) from error

    def clean_bill_date(self) -> Any:
        day = self.cleaned_data["bill_date"]
        if day.year < 2000 or day > clock.today(settings.UTILITY.zone):
            raise ValidationError(_("Enter a date that is not ahead, like 11/20/2026."))
        return day


class PasswordForm(forms.Form):
    """The password of the new sign-in. `email` is who it is for, so that it is not like it."""

    password = NewPasswordField(label=_("Password"))

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._person = Login(email=email)

    def clean_password(self) -> str:
        return check_new_password(self.cleaned_data["password"], self._person)
