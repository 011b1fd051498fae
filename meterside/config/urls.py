"""Which page answers which address. A page is a folder with its own `urls.py`; this gathers them."""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

import meterside.api.v1
import meterside.web.customer
import meterside.web.hooks
import meterside.web.public
import meterside.web.staff
from meterside import wiring

_ALWAYS = (
    meterside.web.public,
    meterside.web.customer,
    meterside.web.staff,
    meterside.web.hooks,
    meterside.api.v1,
)


def _pages(package: str, search_path: list[str]) -> list[URLPattern | URLResolver]:
    names = sorted(f"{package}.{module.name}.urls" for module in iter_modules(search_path) if module.ispkg)
    return [path("", include(name)) for name in names if find_spec(name)]


urlpatterns: list[URLPattern | URLResolver] = [
    entry for package in _ALWAYS for entry in _pages(package.__name__, list(package.__path__))
]

urlpatterns += [path("", include("meterside.web.design.urls"))]

if not settings.IS_PRODUCTION:
    demo = import_module("meterside.web.demo")
    urlpatterns += _pages(demo.__name__, list(demo.__path__))

if settings.PAYMENTS.gateway != "none":
    # A gateway whose hosted page we serve ourselves (the sandbox) says so in its manifest.
    hosted = wiring.manifest("payments", settings.PAYMENTS.gateway).get("urls")
    if hosted:
        urlpatterns += [path("", include(str(hosted)))]

handler400 = "meterside.web.design.errors.bad_request"
handler404 = "meterside.web.design.errors.not_found"
handler403 = "meterside.web.design.errors.forbidden"
handler500 = "meterside.web.design.errors.server_error"
