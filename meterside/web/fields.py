"""Form fields that several pages ask for, each with its own words for what is wrong."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meterside.engine.typed_number import NotATypedNumber
from meterside.kit.emails import UnableToUseEmail, UnusableEmailReason, normalise_email
from meterside.kit.names import UnableToUseName, UnusableNameReason, clean_name

MAX_PASSWORD_CHARACTERS = 128

INVISIBLE = _("Leave out characters that cannot be seen.")

_EMAIL_WORDS = {
    UnusableEmailReason.EMPTY: _("Enter your e-mail address."),
    UnusableEmailReason.TOO_LONG: _("That is too long for an e-mail address."),
    UnusableEmailReason.NOT_ASCII: _("Use plain letters without accents in the e-mail address."),
    UnusableEmailReason.NOT_AN_ADDRESS: _("Enter an e-mail address like name@example.com."),
}
_NAME_WORDS = {
    UnusableNameReason.EMPTY: _("Enter a name."),
    UnusableNameReason.TOO_LONG: _("Use 100 characters or fewer for the name."),
    UnusableNameReason.INVISIBLE: INVISIBLE,
    UnusableNameReason.NO_LETTER: _("Enter a name with at least one letter."),
}


class EmailField(forms.CharField):
    """An e-mail address; its cleaned value is the normalised look-up key."""

    widget = forms.EmailInput(attrs={"autocomplete": "email"})
    default_error_messages = {
        "required": _EMAIL_WORDS[UnusableEmailReason.EMPTY],
        "null_characters_not_allowed": INVISIBLE,
    }

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return normalise_email(text)
        except UnableToUseEmail as error:
            raise ValidationError(_EMAIL_WORDS[error.reason], code=error.reason) from error


class NameField(forms.CharField):
    """A person's name, as they want to be called."""

    widget = forms.TextInput(attrs={"autocomplete": "name"})
    default_error_messages = {
        "required": _NAME_WORDS[UnusableNameReason.EMPTY],
        "null_characters_not_allowed": INVISIBLE,
    }

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text and not self.required:
            return ""
        try:
            return clean_name(text)
        except UnableToUseName as error:
            raise ValidationError(_NAME_WORDS[error.reason], code=error.reason) from error


class CodeField(forms.CharField):
    """A six-digit code; spaces and dashes that people put between the digits are taken out."""

    widget = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    default_error_messages = {
        "required": _("Enter the code from the message."),
        "null_characters_not_allowed": INVISIBLE,
        "digits": _("The code is 6 digits, like 048213."),
    }

    def clean(self, value: Any) -> str:
        text = str(super().clean(value)).replace(" ", "").replace("-", "").replace("\u2011", "")
        if not (text.isascii() and text.isdigit() and len(text) == 6):
            raise ValidationError(self.error_messages["digits"], code="digits")
        return text


class PasswordField(forms.CharField):
    """A password as typed: nothing is trimmed, and one that is too long is refused before it is hashed."""

    widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
    default_error_messages = {
        "required": _("Enter your password."),
        "null_characters_not_allowed": INVISIBLE,
        "max_length": _("Use 128 characters or fewer for the password."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, max_length=MAX_PASSWORD_CHARACTERS, **kwargs)


class NewPasswordField(PasswordField):
    """A password to be; the form checks it with `check_new_password`."""

    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    default_error_messages = {"required": _("Choose a password.")}


def check_new_password(password: str, user: Any = None) -> str:
    """Run the site's rules over a new password. Raises ValidationError with the first rule it breaks."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError(_password_words(error)) from error
    return password


_PASSWORD_WORDS = {
    "password_too_short": _("Use at least 10 characters. A few words in a row are easy to remember."),
    "password_too_similar": _("Choose a password that is not like your name or e-mail address."),
    "password_too_common": _("Many people use that password. Choose one that is only yours."),
}


def _password_words(error: ValidationError) -> Any:
    first = error.error_list[0]
    return _PASSWORD_WORDS.get(str(first.code), first.message)


def status_of(form: forms.BaseForm) -> int:
    """The status a page with this form answers with: 422 when what was sent cannot be taken, else 200."""
    return 422 if form.is_bound and form.errors else 200


def not_a_number_words(error: NotATypedNumber) -> str:
    """What to do about a number that cannot be read."""
    if error.has_comma:
        return gettext(
            "Write decimals with a point, such as 1.5; a comma only groups thousands, as in 1,500."
        )
    return gettext("Enter a number, such as 1.5.")
