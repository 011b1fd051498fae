"""How allauth behaves here: sign-up is closed (registration is a journey), mail goes through the outbox."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from meterside.journeys.notify.write import draft_for
from meterside.portal.notices.operations import write, write_to_nobody

# allauth's name of a mail -> our kind, and whether its text opens a door.
_KINDS = {
    "account/email/login_code": ("sign_in_code", True),
    "account/email/password_reset_key": ("password_reset", True),
    "account/email/password_reset": ("password_changed", False),
    "account/email/password_changed": ("password_changed", False),
    "account/email/password_set": ("password_changed", False),
    "mfa/email/webauthn_added": ("passkey_added", False),
    "mfa/email/webauthn_removed": ("passkey_removed", False),
}
_TO_NOBODY = "account/email/unknown_account"


class AccountAdapter(DefaultAccountAdapter):
    """Allauth's hooks, where they differ from what it does by itself."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail address and the password do not belong together."),
        "too_many_login_attempts": _("There were many attempts. Please wait a few minutes, then try again."),
        "incorrect_code": _("That is not the code we sent. Check the digits and type them again."),
        "incorrect_password": _("That is not your password."),
        "enter_current_password": _("That is not your present password."),
        "rate_limited": _("There were many attempts. Please wait a few minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: a login is made by registering for an account, see journeys/register."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff come to work; they need have no account of their own, and home would only say so."""
        if getattr(request.user, "is_staff", False):
            return reverse("staff_today")
        return settings.LOGIN_REDIRECT_URL

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write one of our messages instead of allauth's. To an unknown address nothing goes, at the same work."""
        with transaction.atomic():
            if template_prefix == _TO_NOBODY:
                write_to_nobody()
                return
            kind, is_secret = _KINDS[template_prefix]
            write(
                draft_for(
                    kind,
                    to=email,
                    language=(get_language() or "en")[:2],
                    is_secret=is_secret,
                    code=context.get("code", ""),
                    link=context.get("password_reset_url", ""),
                    reset_url=f"{settings.BASE_URL}/password/reset/",
                    profile_url=f"{settings.BASE_URL}/profile/",
                )
            )

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Keep errors for the next page; what went well, the page itself says."""
        message = kwargs.get("message")
        if level == messages.ERROR and message:
            messages.error(request, str(message))


class PasskeyAdapter(DefaultMFAAdapter):
    """A passkey is a way in of its own here, not a second lock on the password."""

    def is_mfa_enabled(self, user: AbstractBaseUser, types: Any = None) -> bool:
        """Never: a lost telephone must not shut a customer out; the e-mail code remains a way in."""
        return False

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        """What a new passkey is called until its owner says otherwise."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Passkey %(number)s") % {"number": count + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site that a passkey belongs to, under the utility's name."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": settings.UTILITY.name}
