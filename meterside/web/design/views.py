"""The living page: every component in every state, from each component's own examples."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from meterside.web.design import errors, samples

_WEB = Path(__file__).resolve().parent.parent
PAGES = ("home", "bill", "pay", "receipt", "usage")
STATUSES = (400, 403, 404, 500, 503)


@cache
def component_names() -> tuple[str, ...]:
    """The folders of meterside/web/components."""
    found = (path.parent.name for path in (_WEB / "components").glob("*/examples.html"))
    return tuple(sorted(found))


def _shown() -> None:
    """The living page is for demo and tests. Raises Http404 in production."""
    if settings.IS_PRODUCTION:
        raise Http404


@require_GET
def living_page(request: HttpRequest) -> HttpResponse:
    """All components; language and theme follow the switches in the footer."""
    _shown()
    names = component_names()
    shown = {"names": names, "pages": PAGES, "statuses": STATUSES, "sample": samples.context()}
    return render(request, "design/living.html", shown)


@require_GET
def sample_page(request: HttpRequest, name: str) -> HttpResponse:
    """A whole page made of components, as a pattern to follow."""
    _shown()
    if name not in PAGES:
        raise Http404
    filled = samples.context()
    frame = {"nav": filled["nav"], "accounts": filled["accounts"], "nav_current": name}
    return render(request, f"design/sample_pages/{name}.html", {"sample": filled, **frame})


@require_GET
def sample_error(request: HttpRequest, status: int) -> HttpResponse:
    """What stands there instead of a page: 400, 403, 404, 500, 503, each answered with its own status."""
    _shown()
    if status == 500:
        return errors.server_error(request)
    if status == 503:
        return errors.unavailable(request)
    handlers = {400: errors.bad_request, 403: errors.forbidden, 404: errors.not_found}
    if status not in handlers:
        raise Http404
    return handlers[status](request, Http404())
