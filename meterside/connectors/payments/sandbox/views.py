"""The hosted page: where a customer of the merchant chooses what to pay with. It says that it is a sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_http_methods
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from . import company
from .bank import METHODS, TestMethod, holds_card_number
from .models import HostedSession

_MEMO_MAX_CHARS = 140


def _environment() -> Environment:
    # The company's own: it shares neither templates nor style with its merchants.
    env = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(static=static, language=get_language)
    return env


_ENVIRONMENT = _environment()


@require_http_methods(["GET", "POST"])
def hosted_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the session's page; take the payment or the way back when the form is sent."""
    session = company.page(token)
    if session is None:
        return _render(request, "gone.html", {"return_url": None}, status=404)
    with translation.override(session.language):
        response = _answer(request, session)
    add_never_cache_headers(response)
    return response


def _answer(request: HttpRequest, session: HostedSession) -> HttpResponse:
    if session.close_reason == "paid":
        return redirect(session.return_url)
    if not company.is_payable(session):
        return _render(request, "gone.html", {"return_url": session.return_url}, status=410)
    if request.method == "GET":
        return _form(request, session)
    try:
        if "cancel" in request.POST:
            return redirect(company.leave(session.token))
        errors = _errors(request)
        if errors:
            return _form(request, session, errors=errors)
        method_key, memo = request.POST["method"], request.POST.get("memo", "").strip()
        return redirect(company.submit(session.token, method_key=method_key, memo=memo))
    except company.SessionIsClosed:
        return _render(request, "gone.html", {"return_url": session.return_url}, status=410)


def _errors(request: HttpRequest) -> dict[str, str]:
    errors = {}
    if request.POST.get("method") not in {method.key for method in METHODS}:
        errors["method"] = gettext("Choose what to pay with")
    memo = request.POST.get("memo", "")
    if holds_card_number(memo):
        errors["memo"] = gettext("Do not type a card number here. Nothing was kept.")
    elif len(memo) > _MEMO_MAX_CHARS or "\x00" in memo:
        errors["memo"] = gettext("A note can be at most %(count)s letters long") % {"count": _MEMO_MAX_CHARS}
    return errors


def _form(
    request: HttpRequest, session: HostedSession, *, errors: dict[str, str] | None = None
) -> HttpResponse:
    errors = errors or {}
    chosen = request.POST.get("method") or METHODS[0].key
    context = {
        "session": session,
        "amount": f"${session.amount_cents // 100:,}.{session.amount_cents % 100:02d}",
        "groups": _groups(),
        "chosen": chosen,
        "memo": "" if "memo" in errors else request.POST.get("memo", ""),
        "memo_max": _MEMO_MAX_CHARS,
        "errors": {"method": "", "memo": ""} | errors,
        "has_errors": bool(errors),
    }
    return _render(request, "pay.html", context, status=422 if errors else 200)


def _groups() -> list[tuple[str, list[TestMethod]]]:
    groups: dict[str, list[TestMethod]] = {"works": [], "refused": [], "returned": []}
    for method in METHODS:
        last = method.outcomes[-1].state
        groups[{"declined": "refused", "returned": "returned"}.get(last, "works")].append(method)
    titles = {
        "works": gettext("It works"),
        "refused": gettext("It is refused"),
        "returned": gettext("It fails later"),
    }
    return [(titles[key], methods) for key, methods in groups.items()]


def _render(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    text = _ENVIRONMENT.get_template(template).render(
        context, csrf_token=get_token(request), merchant=settings.UTILITY.name
    )
    return HttpResponse(text, status=status)
