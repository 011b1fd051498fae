"""What the profile asks."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from meterside.kit import clock
from meterside.portal.access.roles import Role
from meterside.web.fields import CodeField, EmailField, NameField, PasswordField


class ProfileForm(forms.Form):
    """How the person is called, and the language of messages."""

    display_name = NameField(label=_("Name"))
    language = forms.ChoiceField(
        label=_("Language of messages"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a language."), "invalid_choice": _("Choose a language.")},
    )


class EmailForm(forms.Form):
    """Another address to sign in with; the password shows that it is the person who asks."""

    email = EmailField(label=_("New e-mail address"))
    password = PasswordField(label=_("Your password"))

    def __init__(self, *args: Any, login: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._login = login

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email == self._login.email:
            raise ValidationError(_("That is the address you sign in with already."))
        return email

    def clean_password(self) -> str:
        """By the way of signing in again, so that guesses here and there count as one."""
        password: str = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self._login, password):
            raise ValidationError(_("That is not your password."))
        return password

    @property
    def is_limited(self) -> bool:
        """Whether the password was not even looked at, for there were too many wrong ones."""
        return self.has_error("password", "too_many_login_attempts")


class EmailCodeForm(forms.Form):
    """The code from the new address."""

    code = CodeField(label=_("Code"))


class HelperForm(forms.Form):
    """Whom to let in, to do what, until when."""

    name = NameField(label=_("Their name"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = EmailField(
        label=_("Their e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(
        label=_("What may they do?"),
        choices=[(role.value, role.value) for role in (Role.HELPER_VIEW, Role.HELPER_PAY, Role.HELPER_FULL)],
        error_messages={
            "required": _("Choose what they may do."),
            "invalid_choice": _("Choose what they may do."),
        },
    )
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        input_formats=["%Y-%m-%d", "%m/%d/%Y"],
        widget=forms.DateInput(format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter a date like 11/20/2026, or leave it empty.")},
    )

    def clean_last_day(self) -> date | None:
        day: date | None = self.cleaned_data["last_day"]
        if day is not None and day < clock.today(settings.UTILITY.zone):
            raise ValidationError(_("Choose today or a later day, or leave it empty."))
        if day == date.max:  # no day comes after it, and `until` needs one
            raise ValidationError(_("Choose a day within the next five years."))
        return day

    @property
    def until(self) -> datetime | None:
        """The first instant after the last day, in the utility's zone; None for no end."""
        day: date | None = self.cleaned_data["last_day"]
        if day is None:
            return None
        return datetime.combine(day + timedelta(days=1), time(), settings.UTILITY.zone)
