"""The person: name, e-mail, language, ways in; and who else can see the account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from meterside import wiring
from meterside.contracts.cis import CisError
from meterside.journeys import keep_profile, share_access
from meterside.journeys.see_bill import deposit_sentences
from meterside.journeys.share_access import CannotInvite, Invite, UnableToInvite
from meterside.journeys.share_access.words import rights_in_words, until_in_words
from meterside.kit import clock
from meterside.portal.access.operations import NoSuchAccess, NoSuchInvitation
from meterside.portal.access.queries import open_invitations_of, people_of
from meterside.portal.access.roles import Right, Role
from meterside.portal.identity.queries import wished_email
from meterside.web.customer import CustomerRequest, customer_view
from meterside.web.design import formats
from meterside.web.fields import status_of

from .forms import EmailCodeForm, EmailForm, HelperForm, ProfileForm

_LANGUAGE_COOKIE_AGE_S = 60 * 60 * 24 * 365
_CHANGED = ("name", "email", "password", "passkey", "passkey_removed", "invited", "withdrawn", "ended")


@customer_view(right=None)
@require_http_methods(["GET"])
def profile(request: CustomerRequest) -> HttpResponse:
    """Everything at a glance, each with its way to change it."""
    changed = request.GET.get("changed", "")
    context: dict[str, Any] = {
        "nav_current": "profile",
        "login": request.user,
        "language_name": dict(settings.LANGUAGES).get(request.user.language, request.user.language),
        "passkeys": _passkeys(request),
        "changed": changed if changed in _CHANGED else "",
        "may_share": request.portal.may(Right.SHARE),
        "deposit": (),
    }
    if request.portal.may(Right.VIEW):
        context["deposit"] = _deposit(request)
    if request.portal.may(Right.SHARE):
        context |= _people(request)
    return render(request, "customer/profile/profile.html", context)


@customer_view(right=None)
@require_http_methods(["GET", "POST"])
def name(request: CustomerRequest) -> HttpResponse:
    """Change how one is called, and the language of messages and pages."""
    login = request.user
    form = ProfileForm(
        request.POST if request.method == "POST" else None,
        initial={"display_name": login.display_name, "language": login.language},
    )
    if not form.is_valid():
        context = {"nav_current": "profile", "form": form}
        return render(request, "customer/profile/name.html", context, status=status_of(form))
    keep_profile.change_profile(login=login, **form.cleaned_data)
    response = redirect(_profile("name"))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        form.cleaned_data["language"],
        max_age=_LANGUAGE_COOKIE_AGE_S,
        httponly=True,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )
    return response


@customer_view(right=None)
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def email(request: CustomerRequest) -> HttpResponse:
    """Ask for another address to sign in with."""
    form = EmailForm(request.POST if request.method == "POST" else None, login=request.user)
    status = 429 if form.is_limited else status_of(form)
    if form.is_valid():
        try:
            keep_profile.ask_for_email(login=request.user, email=form.cleaned_data["email"])
        except keep_profile.TooManyCodes:
            form.add_error(None, _("We sent many codes. Please wait an hour, then try again."))
            status = 429
        else:
            return redirect("profile_email_confirm")
    context = {"nav_current": "profile", "form": form, "email": request.user.email}
    return render(request, "customer/profile/email.html", context, status=status)


@customer_view(right=None)
@require_http_methods(["GET", "POST"])
def confirm_email(request: CustomerRequest) -> HttpResponse:
    """Ask for the code from the new address."""
    wish = wished_email(login_id=request.user.pk, now=clock.now())
    if wish is None or wish.tries_left <= 0:
        return redirect("profile_email")
    form = EmailCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            done = keep_profile.confirm_new_email(login=request.user, code=form.cleaned_data["code"])
        except keep_profile.EmailTaken:
            form.add_error(None, _("Another sign-in uses that address already. Your address stays as it is."))
        else:
            if done.outcome is keep_profile.EmailChange.CHANGED:
                return redirect(_profile("email"))
            if done.outcome is keep_profile.EmailChange.OVER:
                return redirect("profile_email")
            form.add_error("code", _wrong_code(done.tries_left))
    context = {"nav_current": "profile", "form": form, "email": wish.email}
    return render(request, "customer/profile/confirm_email.html", context, status=status_of(form))


@customer_view(right=Right.SHARE)
@require_http_methods(["GET", "POST"])
def invite(request: CustomerRequest) -> HttpResponse:
    """Let somebody in, to look, to pay or for everything, with an end."""
    form = HelperForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        wanted = Invite(
            email=form.cleaned_data["email"],
            name=form.cleaned_data["name"],
            role=Role(form.cleaned_data["role"]),
            until=form.until,
        )
        try:
            share_access.invite_helper(owner=request.user, account=request.portal.account_ref, invite=wanted)
        except UnableToInvite as error:
            field, words = _refused_words(error.reason)
            form.add_error(field, words)
        else:
            return redirect(_profile("invited"))
    context = {"nav_current": "profile", "form": form, "choices": _role_choices()}
    return render(request, "customer/profile/invite.html", context, status=status_of(form))


@customer_view(right=Right.SHARE)
@require_POST
def withdraw(request: CustomerRequest, invitation: UUID) -> HttpResponse:
    """Take an invitation back."""
    try:
        share_access.withdraw_invitation(account=request.portal.account_ref, invitation=invitation)
    except NoSuchInvitation:
        raise Http404 from None
    return redirect(_profile("withdrawn"))


@customer_view(right=Right.SHARE)
@require_http_methods(["GET", "POST"])
def end(request: CustomerRequest, access: UUID) -> HttpResponse:
    """End a helper's access, after asking once."""
    account = request.portal.account_ref
    people = people_of(account=account, now=clock.now())
    person = next((one for one in people if one.public_id == access and one.role is not Role.OWNER), None)
    if person is None:
        raise Http404
    if request.method != "POST":
        context = {"nav_current": "profile", "person": person}
        return render(request, "customer/profile/end.html", context)
    try:
        share_access.end_access(owner=request.user, account=account, access=access)
    except NoSuchAccess:
        raise Http404 from None
    return redirect(_profile("ended"))


def _profile(changed: str) -> str:
    return f"{reverse('profile')}?changed={changed}"


def _language() -> str:
    return (get_language() or "en")[:2]


def _passkeys(request: CustomerRequest) -> list[dict[str, Any]]:
    rows = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.WEBAUTHN).order_by("id")
    return [{"pk": row.pk, "name": row.wrap().name, "added_at": row.created_at} for row in rows]


def _deposit(request: CustomerRequest) -> Sequence[str]:
    """The current account's deposit in sentences; nothing where there is none, or where the CIS does not answer."""
    try:
        found = wiring.cis().deposits(request.portal.account_ref, today=clock.today(settings.UTILITY.zone))
    except CisError:
        return ()
    return deposit_sentences(found, formats)


def _people(request: CustomerRequest) -> dict[str, Any]:
    account, now, language = request.portal.account_ref, clock.now(), _language()
    people = [
        {
            "id": person.public_id,
            "name": person.name or person.email,
            "email": person.email,
            "is_you": person.login_id == request.user.pk,
            "is_owner": person.role is Role.OWNER,
            "rights": rights_in_words(person.role, language) + until_in_words(person.until, language),
        }
        for person in people_of(account=account, now=now)
    ]
    invitations = [
        {
            "id": one.public_id,
            "name": one.name or one.email,
            "email": one.email,
            "rights": rights_in_words(one.role, language) + until_in_words(one.until, language),
            "expires_at": one.expires_at,
        }
        for one in open_invitations_of(account=account, now=now)
    ]
    return {"people": people, "invitations": invitations}


def _role_choices() -> list[dict[str, str]]:
    return [
        {
            "value": Role.HELPER_VIEW.value,
            "title": _("Look"),
            "detail": _("See bills, payments and use."),
            "icon": "eye",
        },
        {
            "value": Role.HELPER_PAY.value,
            "title": _("Look and pay"),
            "detail": _("Also pay bills, with their own bank account or card."),
            "icon": "credit-card",
        },
        {
            "value": Role.HELPER_FULL.value,
            "title": _("Everything"),
            "detail": _("All that you can do, except letting others in."),
            "icon": "users",
        },
    ]


def _refused_words(reason: CannotInvite) -> tuple[str | None, str]:
    """The field a refusal belongs to, and its words."""
    return {
        CannotInvite.YOURSELF: ("email", _("That is your own address. You can do everything already.")),
        CannotInvite.ALREADY_IN: ("email", _("That person can see the account already.")),
        CannotInvite.ALREADY_INVITED: (
            "email",
            _("You invited that person already. Take the invitation back to send another."),
        ),
        CannotInvite.TOO_MANY: (None, _("Ten invitations wait for an answer. Take one back first.")),
        CannotInvite.END_NOT_AHEAD: ("last_day", _("Choose today or a later day, or leave it empty.")),
        CannotInvite.END_TOO_FAR: ("last_day", _("Choose a day within the next five years.")),
    }[reason]


def _wrong_code(tries_left: int) -> str:
    left = ngettext("You have %(count)s try left.", "You have %(count)s tries left.", tries_left)
    return (
        _("That is not the code we sent. Check the digits and type them again.")
        + " "
        + left % {"count": tries_left}
    )
