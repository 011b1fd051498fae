"""What an invited person without a sign-in gives."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from meterside.portal.identity.models import Login
from meterside.web.fields import NameField, NewPasswordField, check_new_password


class HelperSignUpForm(forms.Form):
    """Name and password; the e-mail is the invited one."""

    name = NameField(label=_("Your name"))
    password = NewPasswordField(label=_("Choose a password"))

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._person = Login(email=email)

    def clean_password(self) -> str:
        return check_new_password(self.cleaned_data["password"], self._person)
