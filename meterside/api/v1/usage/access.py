"""Who asks the API: the owner of a key, for the key's one account, for as long as their access to it holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from meterside import wiring
from meterside.contracts.cis import (
    AccountRef,
    Capability,
    CisUnavailable,
    NoSuchAccount,
    NoSuchPeriod,
    NoSuchService,
)
from meterside.kit import clock
from meterside.portal.access.roles import Right
from meterside.portal.access.wall import behind_wall
from meterside.portal.preferences.operations import note_token_used
from meterside.portal.preferences.queries import OpenToken, token_for
from meterside.spine.actor import Actor, acting
from meterside.spine.pace import wait_s

P = ParamSpec("P")
_View = Callable[Concatenate[HttpRequest, AccountRef, P], HttpResponse]
_SCHEME = "bearer "
_RETRY_S = 120
MOST_A_MINUTE = 60
#: How closely it is kept when a key was last used.
_USED_EVERY = timedelta(minutes=1)


class BadRequest(ValueError):
    """What was asked makes no sense; the message says why and is shown."""


def problem(status: int, code: str, detail: str) -> JsonResponse:
    """An error as JSON: a word for programs and a sentence for people."""
    return JsonResponse({"error": code, "detail": detail}, status=status)


def with_token(view: _View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let whoever has a key through, behind the wall of its one account.

    A key that is none, was revoked, or whose owner lost the access reads the same: 401. One that asks too often: 429.
    """

    @wraps(view)
    @require_safe
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        token = _token(request)
        if token is None:
            response: HttpResponse = _refused()
        elif wait := wait_s(f"usage token {token.id}", most_a_minute=MOST_A_MINUTE):
            response = problem(
                429, "too_fast", f"A key may ask {MOST_A_MINUTE} times a minute. Ask again in {wait} s."
            )
            response["Retry-After"] = str(wait)
        else:
            response = _answer(view, request, token, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return guarded


def _answer(
    view: _View[P], request: HttpRequest, token: OpenToken, *args: P.args, **kwargs: P.kwargs
) -> HttpResponse:
    now = clock.now()
    with (
        acting(Actor("person", f"token {token.id}")),
        behind_wall(login_id=token.login_id, now=now) as grants,
    ):
        grant = next((one for one in grants if one.account == token.account), None)
        if grant is None or not grant.may(Right.VIEW):
            return _refused()
        if token.last_used_at is None or now - token.last_used_at >= _USED_EVERY:
            note_token_used(token.id)
        if Capability.USAGE not in wiring.cis().capabilities():
            return problem(501, "cannot", "This billing system does not hand out what meters say.")
        try:
            return view(request, token.account, *args, **kwargs)
        except BadRequest as error:
            return problem(400, "bad_request", str(error))
        except (NoSuchAccount, NoSuchService, NoSuchPeriod):
            return problem(404, "not_found", "This account has no such service.")
        except CisUnavailable:
            response = problem(
                503, "unavailable", "The billing system does not answer. Try again in two minutes."
            )
            response["Retry-After"] = str(_RETRY_S)
            return response


def _token(request: HttpRequest) -> OpenToken | None:
    said = request.headers.get("Authorization", "")
    if not said.lower().startswith(_SCHEME) or len(said) > 200:
        return None
    secret = said[len(_SCHEME) :].strip()
    return token_for(secret) if secret and secret.isascii() else None


def _refused() -> JsonResponse:
    response = problem(401, "no_access", "Send a key that opens: Authorization: Bearer ms_use_...")
    response["WWW-Authenticate"] = 'Bearer realm="usage"'
    return response
