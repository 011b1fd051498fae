"""Allauth's forms with our fields and words. Settings name them in ACCOUNT_FORMS and MFA_FORMS."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account_forms
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.utils.translation import gettext_lazy as _

from meterside.web.fields import (
    CodeField,
    EmailField,
    NameField,
    NewPasswordField,
    PasswordField,
    check_new_password,
)


class SignInForm(account_forms.LoginForm):
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = EmailField(
            label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username webauthn"})
        )
        self.fields["password"] = PasswordField(label=_("Password"))
        self.order_fields(["login", "password"])


class CodeRequestForm(account_forms.RequestLoginCodeForm):
    """Where to send a sign-in code."""

    email = EmailField(label=_("E-mail address"))  # type: ignore[assignment]


class CodeConfirmForm(account_forms.ConfirmLoginCodeForm):
    """The sign-in code."""

    code = CodeField(label=_("Code"))


class ResetRequestForm(account_forms.ResetPasswordForm):
    """Where to send the link for a new password."""

    email = EmailField(label=_("E-mail address"))  # type: ignore[assignment]


class ResetForm(account_forms.ResetPasswordKeyForm):
    """A new password, once: the page can show it."""

    password1 = NewPasswordField(label=_("New password"))  # type: ignore[assignment]
    password2 = None  # type: ignore[assignment]

    def clean_password1(self) -> str:
        return check_new_password(self.cleaned_data["password1"], self.user)


class ChangePasswordForm(account_forms.ChangePasswordForm):
    """The present password, and a new one."""

    oldpassword = PasswordField(label=_("Present password"))  # type: ignore[assignment]
    password1 = NewPasswordField(label=_("New password"))  # type: ignore[assignment]
    password2 = None  # type: ignore[assignment]

    def clean_password1(self) -> str:
        return check_new_password(self.cleaned_data["password1"], self.user)


class ReauthenticateForm(account_forms.ReauthenticateForm):
    """The password once more, before something that matters."""

    password = PasswordField(label=_("Password"))  # type: ignore[assignment]


class AddPasskeyForm(passkey_forms.AddWebAuthnForm):
    """A passkey and what to call it. It always works without a password."""

    name = NameField(
        label=_("What to call it"), required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    passwordless = forms.BooleanField(widget=forms.HiddenInput, initial=True)
