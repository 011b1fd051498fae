"""Who acts in a request, before a page says better."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from meterside.spine.actor import ANONYMOUS, acting

Respond = Callable[[HttpRequest], HttpResponseBase]


def visitor_middleware(get_response: Respond) -> Respond:
    """A request is nobody's until `customer_view`, or a hook, names the person or the system behind it."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        with acting(ANONYMOUS):
            return get_response(request)

    return respond
