"""Allauth's own views under our templates and addresses."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.core.internal.httpkit import authenticated_user
from allauth.mfa.webauthn import views as passkeys
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.urls import reverse

from meterside.web.customer import customer_view
from meterside.web.fields import status_of

_LIMITED = "too_many_login_attempts"  # allauth's code for it


class _Shown:
    """Adds what allauth kept to say, to the page's variables; a wrong form is told as such also by the status."""

    request: Any

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        context["said"] = [str(message) for message in get_messages(self.request)]
        context["next"] = context.get("redirect_field_value") or ""
        return context

    def form_invalid(self, form: forms.BaseForm) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        if response.status_code == 200:
            is_limited = any(form.has_error(name, _LIMITED) for name in form.errors)
            response.status_code = 429 if is_limited else status_of(form)
        return response


class SignIn(_Shown, account.LoginView):
    template_name = "public/sign_in/sign_in.html"


class RequestCode(_Shown, account.RequestLoginCodeView):
    template_name = "public/sign_in/request_code.html"


class ConfirmCode(_Shown, account.ConfirmLoginCodeView):
    template_name = "public/sign_in/confirm_code.html"


class SignOut(_Shown, account.LogoutView):
    template_name = "public/sign_in/sign_out.html"


class ResetPassword(_Shown, account.PasswordResetView):
    template_name = "public/sign_in/reset.html"


class ResetSent(account.PasswordResetDoneView):
    template_name = "public/sign_in/reset_sent.html"


class NewPassword(_Shown, account.PasswordResetFromKeyView):
    template_name = "public/sign_in/new_password.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"token_fail": False} | super().get_context_data(**kwargs)


class NewPasswordDone(account.PasswordResetFromKeyDoneView):
    template_name = "public/sign_in/new_password_done.html"


class Inactive(account.AccountInactiveView):
    template_name = "public/sign_in/inactive.html"


class _OfProfile(_Shown):
    """A page that the profile leads to."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"nav_current": "profile"}


class Again(_OfProfile, account.ReauthenticateView):
    template_name = "public/sign_in/again.html"


class ChangePassword(_OfProfile, account.PasswordChangeView):
    template_name = "public/sign_in/change_password.html"

    def get_default_success_url(self) -> str:
        return reverse("profile") + "?changed=password"


class AddPasskey(_OfProfile, passkeys.AddWebAuthnView):
    template_name = "public/sign_in/add_passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask for a key that the device keeps and that works without a password."""
        context = super().get_context_data(**kwargs)
        context["options"] = webauthn.begin_registration(authenticated_user(self.request), True)
        return dict(context)

    def get_success_url(self) -> str:
        return reverse("profile") + "?changed=passkey"


class RemovePasskey(_OfProfile, passkeys.RemoveWebAuthnView):
    template_name = "public/sign_in/remove_passkey.html"

    def get_success_url(self) -> str:
        return reverse("profile") + "?changed=passkey_removed"


sign_in = SignIn.as_view()
request_code = RequestCode.as_view()
confirm_code = ConfirmCode.as_view()
sign_out = SignOut.as_view()
reset_password = ResetPassword.as_view()
reset_sent = ResetSent.as_view()
new_password = NewPassword.as_view()
new_password_done = NewPasswordDone.as_view()
inactive = Inactive.as_view()
sign_in_again = customer_view(right=None)(Again.as_view())
change_password = customer_view(right=None)(ChangePassword.as_view())
add_passkey = customer_view(right=None)(AddPasskey.as_view())
remove_passkey = customer_view(right=None)(RemovePasskey.as_view())
