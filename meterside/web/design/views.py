"""The living page: every component in every state, from each component's own examples."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from meterside.web.design import samples

_WEB = Path(__file__).resolve().parent.parent
PAGES = ("home", "bill", "pay", "receipt", "usage")


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
    return render(request, "design/living.html", {"names": names, "pages": PAGES, "sample": samples.context()})


@require_GET
def sample_page(request: HttpRequest, name: str) -> HttpResponse:
    """A whole page made of components, as a pattern to follow."""
    _shown()
    if name not in PAGES:
        raise Http404
    filled = samples.context()
    frame = {"nav": filled["nav"], "accounts": filled["accounts"], "nav_current": name}
    return render(request, f"design/samples/{name}.html", {"sample": filled, **frame})


@require_GET
def sample_error(request: HttpRequest) -> HttpResponse:
    """The error page, which answers 200 here for it is only shown."""
    _shown()
    words = {
        "heading": _("We cannot find that page"),
        "body": _("The address may be mistyped, or the page has moved. Nothing was changed or paid."),
    }
    return render(request, "design/error.html", words)
