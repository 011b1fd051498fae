"""What is shown when a page cannot be: each says whether anything was lost and what to do now.

The root URL configuration names these as handler400, 403, 404 and 500, settings `csrf_failure`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _

_STATIC_PAGE = Path(__file__).with_name("500.html")
_RETRY_S = 120
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def _sorry(
    request: HttpRequest, status: int, heading: str, body: tuple[str, ...], drawing: str
) -> HttpResponse:
    words = {"heading": heading, "body": body, "drawing": drawing}
    return render(request, "design/error.html", words, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request made no sense."""
    body = (_("Something in the address or the form was not as it should be. Nothing was changed or paid."),)
    return _sorry(request, 400, _("We could not read that"), body, "circle-alert")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in or not, this is not theirs."""
    if request.path.startswith("/staff/"):
        words = (
            _("You may look at this, and not change it. Nothing was changed."),
            _("Rights of staff are given one by one; ask whoever gives them out at your utility."),
        )
        return _sorry(request, 403, _("You have no right to do that"), words, "lock")
    body = (
        _("This page belongs to an account you cannot see, or only look at."),
        _("If it is yours, sign in with the e-mail on your bill, or ask the account's owner to let you in."),
    )
    return _sorry(request, 403, _("You cannot open this page"), body, "lock")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token: mostly a page left open overnight, or cookies switched off."""
    body = (
        _(
            "This form was open for too long, or your browser does not keep cookies. Nothing was changed or paid."
        ),
        _("Go back, load the page again and send it once more."),
    )
    return _sorry(request, 403, _("Please send that again"), body, "clock")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    body = (_("The address may be mistyped, or the page has moved. Nothing was changed or paid."),)
    return _sorry(request, 404, _("We cannot find that page"), body, "search")


def not_allowed(request: HttpRequest) -> HttpResponse:
    """405: an address that only takes a form, opened by itself; `Allow` is for whoever answers to set."""
    body = (_("This address only takes a form that is sent to it. Nothing was changed or paid."),)
    return _sorry(request, 405, _("There is nothing to see here"), body, "circle-alert")


def page_where_not_allowed(get_response: GetResponse) -> GetResponse:
    """Middleware: an empty answer 405 becomes a page. Programs that call `/api/` keep the bare answer."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_bare = response.status_code == 405 and not getattr(response, "content", b"streamed")
        if not is_bare or request.path.startswith("/api/"):
            return response
        page = not_allowed(request)
        page.headers["Allow"] = response.headers["Allow"]
        return page

    return middleware


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: something this page cannot do without does not answer; said with when to try again."""
    body = (
        _("A system we need for this page does not answer right now. What you have paid is safe."),
        _("Try again in a few minutes."),
    )
    response = _sorry(request, 503, _("We cannot show this just now"), body, "clock")
    response.headers["Retry-After"] = str(_RETRY_S)
    return response


@cache
def _static_page() -> str:
    page = _STATIC_PAGE.read_text(encoding="utf-8")
    for name in ("app.css", "favicon.svg"):
        page = page.replace(f'href="{name}"', f'href="{static(f"meterside/{name}")}"')
    return page


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a fixed page in both languages, for whatever failed may fail again while rendering."""
    return HttpResponse(_static_page(), status=500)
