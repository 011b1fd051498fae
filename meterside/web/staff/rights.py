"""What a member of staff may do beyond looking: asked before anything is changed, and said where it is not theirs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from meterside.portal.identity.rights import StaffRight

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def may(request: HttpRequest, right: StaffRight) -> bool:
    """Whether who is signed in has the right."""
    return right in getattr(request.user, "staff_rights", ())


def need(request: HttpRequest, *rights: StaffRight) -> None:
    """Raise PermissionDenied (a page of its own, 403) unless who is signed in has one of the rights."""
    if not any(may(request, right) for right in rights):
        raise PermissionDenied


def needs(*rights: StaffRight) -> Callable[[View[P]], View[P]]:
    """A view for those alone who have one of the rights; stands under `staff_view`."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            need(request, *rights)
            return view(request, *args, **kwargs)

        return guarded

    return guard
