"""Staff pages. They may operate the embedded customer information system."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from meterside.spine.actor import Actor, acting
from meterside.web.design.shell import NavItem, existing

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def staff_view(view: View[P]) -> View[P]:
    """Only staff see the page; to anybody else who is signed in it is not there."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not getattr(request.user, "is_staff", False):
            raise Http404
        with acting(Actor("staff", str(request.user.pk))):
            return view(request, *args, **kwargs)

    return guarded


# key, name of the page's address, label, icon.
_PLACES: tuple[tuple[str, str, str | Promise, str], ...] = (
    ("today", "staff_today", gettext_lazy("Today"), "calendar"),
    ("runs", "staff_runs", gettext_lazy("Bill runs"), "receipt-text"),
    ("exceptions", "staff_exceptions", gettext_lazy("Exceptions"), "triangle-alert"),
    ("bills", "staff_bills", gettext_lazy("Bills"), "file-text"),
    ("policies", "staff_policies", gettext_lazy("Rules"), "pencil"),
    ("tariffs", "staff_tariffs", gettext_lazy("Tariffs"), "scale"),
    ("reads", "staff_read_exceptions", gettext_lazy("Meter exceptions"), "chart-column"),
    ("meter_files", "staff_meter_files", gettext_lazy("Meter files"), "inbox"),
)


def staff_nav() -> tuple[NavItem, ...]:
    """The places of staff."""
    return existing(_PLACES)
