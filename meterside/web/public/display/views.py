"""Language and theme of the pages, kept in two cookies; and the utility's own colours and logo."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from meterside.web.design.brand import load_brand
from meterside.web.design.shell import THEME_COOKIE, THEMES

_YEAR_S = 60 * 60 * 24 * 365
_FOREVER = f"public, max-age={_YEAR_S}, immutable"


@require_POST
def display(request: HttpRequest) -> HttpResponse:
    """Set `language` and/or `theme` (light, dark, system) and go back to `next`, if it is one of our pages.

    An unknown language or theme changes nothing: the page comes back as it was.
    """
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        back = "/"
    response = redirect(back)
    language, theme = request.POST.get("language", ""), request.POST.get("theme", "")
    if language in dict(settings.LANGUAGES):
        _remember(response, settings.LANGUAGE_COOKIE_NAME, language)
    if theme in THEMES:
        _remember(response, THEME_COOKIE, theme)
    elif theme == "system":
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response


def _remember(response: HttpResponse, name: str, value: str) -> None:
    secure = bool(settings.SESSION_COOKIE_SECURE)
    response.set_cookie(name, value, max_age=_YEAR_S, httponly=True, samesite="Lax", secure=secure)


def _brand_file(version: str, content: str | bytes, content_type: str) -> HttpResponseBase:
    brand = load_brand(getattr(settings, "BRAND_FILE", None))
    if not content or version != brand.version:
        raise Http404
    return HttpResponse(content, content_type=content_type, headers={"Cache-Control": _FOREVER})


@require_GET
def brand_style(request: HttpRequest, version: str) -> HttpResponseBase:
    """The brand's colours as a style sheet; its address changes with its content."""
    return _brand_file(version, load_brand(getattr(settings, "BRAND_FILE", None)).css, "text/css")


@require_GET
def brand_logo(request: HttpRequest, version: str) -> HttpResponseBase:
    """The brand's logo."""
    return _brand_file(version, load_brand(getattr(settings, "BRAND_FILE", None)).logo, "image/svg+xml")
