"""Registration's pages. Each change is one call into journeys/register."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth import login as sign_in
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from meterside import wiring
from meterside.contracts.cis import CisUnavailable
from meterside.journeys import register as journey
from meterside.journeys.register import Answer, Outcome, Stage
from meterside.journeys.register.finish import email_has_login
from meterside.journeys.register.limits import Limited
from meterside.kit.ids import new_secret
from meterside.portal.identity.models import Login
from meterside.web.fields import status_of

from .forms import CodeForm, FindForm, LastBillForm, PasswordForm

_SESSION_KEY = "registration"
_PAGES = {
    Stage.START: "register",
    Stage.PROVE: "register_prove",
    Stage.CONFIRM_EMAIL: "register_confirm",
    Stage.FINISH: "register_finish",
    Stage.DONE: settings.LOGIN_REDIRECT_URL,
}
_BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Ask what finds an account. Known and unknown get the same answer."""
    known = _known_email(request)
    form = FindForm(_with_email(request, known) if request.method == "POST" else None)
    context = {"form": form, "known_email": known, "is_late": request.GET.get("why") == "expired"}
    if not form.is_valid():
        return render(request, "public/register/find.html", context, status=status_of(form))
    search = journey.Search(
        email=form.cleaned_data["email"],
        address=form.cleaned_data["line"],
        zip5=form.cleaned_data["zip_code"],
        language=(get_language() or "en")[:2],
        ip=_ip(request),
    )
    try:
        journey.find(search, session_secret=_new_secret(request), cis=wiring.cis())
    except journey.TooManyAttempts as error:
        form.add_error(None, _limited_words(error.limited))
        return render(request, "public/register/find.html", context, status=429)
    except CisUnavailable:
        form.add_error(None, _("We cannot look that up right now. Please try again in a few minutes."))
        return render(request, "public/register/find.html", context, status=503)
    return redirect("register_prove")


@never_cache
@require_http_methods(["GET", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Ask for the code; the page is the same whether one was sent or not."""
    if away := _elsewhere(request, Stage.PROVE):
        return away
    form = CodeForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "again": request.GET.get("again", "")}
    if form.is_valid():
        answer = journey.prove_by_code(session_secret=_secret(request), code=form.cleaned_data["code"])
        if done := _after(request, answer):
            return done
        form.add_error("code", _wrong_code(answer))
    return render(request, "public/register/prove.html", context, status=status_of(form))


@never_cache
@require_POST
def prove_again(request: HttpRequest) -> HttpResponse:
    """Send a new code, if there is anybody to send it to."""
    try:
        is_sent = journey.ask_again(session_secret=_secret(request), ip=_ip(request))
    except journey.TooManyAttempts as error:
        form = CodeForm({"code": ""})
        form.errors.clear()
        form.add_error(None, _limited_words(error.limited))
        return render(request, "public/register/prove.html", {"form": form, "again": ""}, status=429)
    if not is_sent:
        return redirect(_PAGES[_progress(request).stage])
    return redirect(_address("register_prove", "again=1"))


@never_cache
@require_http_methods(["GET", "POST"])
def last_bill(request: HttpRequest) -> HttpResponse:
    """Ask for the last bill's amount and date: offered to everybody alike."""
    if away := _elsewhere(request, Stage.PROVE):
        return away
    form = LastBillForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        answer = journey.prove_by_bill(
            session_secret=_secret(request),
            amount_cents=form.cleaned_data["amount"],
            bill_date=form.cleaned_data["bill_date"],
        )
        if done := _after(request, answer):
            return done
        form.add_error(None, _wrong_bill(answer))
    return render(request, "public/register/last_bill.html", {"form": form}, status=status_of(form))


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the code that went to the typed address, where it was not on file."""
    if away := _elsewhere(request, Stage.CONFIRM_EMAIL):
        return away
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        answer = journey.confirm_email(session_secret=_secret(request), code=form.cleaned_data["code"])
        if done := _after(request, answer):
            return done
        form.add_error("code", _wrong_code(answer))
    context = {"form": form, "email": _progress(request).email, "again": request.GET.get("again", "")}
    return render(request, "public/register/confirm.html", context, status=status_of(form))


@never_cache
@require_POST
def confirm_again(request: HttpRequest) -> HttpResponse:
    """Send the second code once more."""
    if away := _elsewhere(request, Stage.CONFIRM_EMAIL):
        return away
    if not journey.confirm_again(session_secret=_secret(request)):
        return redirect(_address("register_confirm", "again=0"))
    return redirect(_address("register_confirm", "again=1"))


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def finish(request: HttpRequest) -> HttpResponse:
    """Choose a password, or add the account to the sign-in the e-mail has already."""
    if away := _elsewhere(request, Stage.FINISH):
        return away
    email = _progress(request).email
    if request.user.is_authenticated:
        return _finish_signed_in(request, request.user, email)
    if email_has_login(session_secret=_secret(request)):
        return render(request, "public/register/has_login.html", {"email": email})
    form = PasswordForm(request.POST if request.method == "POST" else None, email=email)
    if not form.is_valid():
        context = {"form": form, "email": email}
        return render(request, "public/register/finish.html", context, status=status_of(form))
    try:
        login = journey.choose_password(
            session_secret=_secret(request), password=form.cleaned_data["password"]
        )
    except journey.HasLoginAlready:
        return render(request, "public/register/has_login.html", {"email": email})
    except journey.NotProvedYet:
        return redirect(_address("register", "why=expired"))
    request.session.pop(_SESSION_KEY, None)
    sign_in(request, login, backend=_BACKEND)
    return redirect(f"{settings.LOGIN_REDIRECT_URL}?done=opened")


def _finish_signed_in(request: HttpRequest, login: Login, email: str) -> HttpResponse:
    if login.email != email:
        return render(request, "public/register/other_login.html", {"email": email}, status=409)
    if request.method != "POST":
        return render(request, "public/register/add.html", {"email": email})
    try:
        account = journey.add_to_login(session_secret=_secret(request), login=login)
    except journey.NotProvedYet:
        return redirect(_address("register", "why=expired"))
    request.session.pop(_SESSION_KEY, None)
    return redirect(f"{settings.LOGIN_REDIRECT_URL}?account={account}&done=added")


def _after(request: HttpRequest, answer: Answer) -> HttpResponse | None:
    """Where an answer leads; None when the page asks again."""
    if answer.outcome is Outcome.PROVED:
        return redirect(_PAGES[_progress(request).stage])
    if answer.outcome is Outcome.EXPIRED:
        return redirect(_address("register", "why=expired"))
    if answer.outcome is Outcome.NO_TRIES_LEFT:
        return render(request, "public/register/no_tries.html", status=429)
    return None


def _elsewhere(request: HttpRequest, wanted: Stage) -> HttpResponse | None:
    """The page of the stage this session is at, unless it is the wanted one."""
    stage = _progress(request).stage
    if stage is wanted:
        return None
    if stage is Stage.START:
        return redirect(_address("register", "why=expired"))
    return redirect(_PAGES[stage])


def _progress(request: HttpRequest) -> journey.Progress:
    return journey.progress(_secret(request))


def _new_secret(request: HttpRequest) -> str:
    """A fresh secret for this browser session; an attempt belongs to it alone."""
    secret = new_secret()
    request.session[_SESSION_KEY] = secret
    return secret


def _secret(request: HttpRequest) -> str:
    return str(request.session.get(_SESSION_KEY, ""))


def _known_email(request: HttpRequest) -> str:
    return request.user.email if request.user.is_authenticated else ""


def _with_email(request: HttpRequest, known: str) -> Any:
    if not known:
        return request.POST
    data = request.POST.copy()
    data["email"] = known
    return data


def _ip(request: HttpRequest) -> str:
    return str(get_adapter(request).get_client_ip(request))


def _address(name: str, query: str) -> str:
    return f"{reverse(name)}?{query}"


def _limited_words(limited: Limited) -> str:
    if limited is Limited.EMAIL:
        return _("There were many attempts with this e-mail address. Please wait an hour, then try again.")
    if limited is Limited.ADDRESS:
        return _("There were many attempts for this service address. Please wait an hour, then try again.")
    return _("There were many attempts from your connection. Please wait an hour, then try again.")


def _tries_left(answer: Answer) -> str:
    return ngettext("You have %(count)s try left.", "You have %(count)s tries left.", answer.tries_left) % {
        "count": answer.tries_left
    }


def _wrong_code(answer: Answer) -> str:
    return (
        _("That is not the code we sent. Check the digits and type them again.") + " " + _tries_left(answer)
    )


def _wrong_bill(answer: Answer) -> str:
    return _("That does not match, or this way does not work for your account.") + " " + _tries_left(answer)
