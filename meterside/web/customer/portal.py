"""Who is asking, for which account, and whether they may: settled before a customer's page runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme

from meterside.contracts.cis import AccountRef
from meterside.kit import clock
from meterside.portal.access.queries import Grant
from meterside.portal.access.roles import Right, Role
from meterside.portal.access.wall import behind_wall
from meterside.spine.actor import Actor, acting

if TYPE_CHECKING:
    from meterside.portal.identity.models import Login

P = ParamSpec("P")
_SESSION_KEY = "account"
_NEVER_KEPT = "max-age=0, no-cache, no-store, must-revalidate, private"


@dataclass(frozen=True, slots=True)
class Portal:
    """A signed-in person's accounts, and the one this request is about."""

    grants: tuple[Grant, ...]
    current: Grant | None

    @property
    def grant(self) -> Grant:
        """The access this request uses; only pages that asked for a right may read it."""
        if self.current is None:
            raise LookupError("this page runs without an account")
        return self.current

    @property
    def account_ref(self) -> AccountRef:
        """The account this request is about."""
        return self.grant.account

    @property
    def role(self) -> Role:
        """The person's role for it."""
        return self.grant.role

    @property
    def accounts(self) -> tuple[AccountRef, ...]:
        """All accounts the person may see now, oldest access first."""
        return tuple(grant.account for grant in self.grants)

    def may(self, right: Right) -> bool:
        """Whether the person has the right for the current account."""
        return self.current is not None and self.current.may(right)


class CustomerRequest(HttpRequest):
    """A request of a signed-in person that has passed `customer_view`."""

    user: Login
    portal: Portal


View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
CustomerView = Callable[Concatenate[CustomerRequest, P], HttpResponseBase]


def customer_view(*, right: Right | None = Right.VIEW) -> Callable[[CustomerView[P]], View[P]]:
    """Let a signed-in person with `right` for the current account through, and set `request.portal`.

    Anonymous people are sent to sign in; another's account answers 404 as if it did not exist; a role
    without the right gets a page that says so, 403. With `right=None` the page is about the person
    and needs no account. Access is read once, in one query, on every request: revoked is revoked at once;
    and while the page runs, the database itself shows it no other account.
    """

    def decorate(view: CustomerView[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            customer = cast(CustomerRequest, request)
            with (
                acting(Actor("person", str(customer.user.public_id))),
                behind_wall(login_id=customer.user.pk, now=clock.now()) as grants,
            ):
                customer.portal = Portal(grants=grants, current=_current(customer, grants))
                response = _refusal(customer, right) or view(customer, *args, **kwargs)
            if response.has_header("Cache-Control"):
                add_never_cache_headers(response)
            else:  # what Django would work out anew for each page
                response.headers["Cache-Control"] = _NEVER_KEPT
            return response

        guarded.customer_right = right  # type: ignore[attr-defined]  # read by the test of all pages
        return guarded

    return decorate


def remember_account(request: HttpRequest, account: AccountRef) -> None:
    """Keep the account the person switched to for the rest of the session."""
    request.session[_SESSION_KEY] = str(account)


def has_chosen_account(request: HttpRequest) -> bool:
    """Whether an account was switched to or asked for in this session; else the oldest is shown."""
    return _SESSION_KEY in request.session


def _current(request: CustomerRequest, grants: tuple[Grant, ...]) -> Grant | None:
    """The account asked for in the address, else the one switched to, else the oldest.

    Raises Http404 when the address asks for an account the person cannot see.
    """
    asked = request.GET.get("account")
    if asked is not None:
        grant = _find(grants, asked)
        if grant is None:
            raise Http404
        remember_account(request, grant.account)
        return grant
    kept = request.session.get(_SESSION_KEY)
    return (_find(grants, kept) if kept else None) or (grants[0] if grants else None)


def _find(grants: tuple[Grant, ...], text: str) -> Grant | None:
    try:
        wanted = UUID(text)
    except ValueError:
        return None
    return next((grant for grant in grants if grant.account == wanted), None)


def _refusal(request: CustomerRequest, right: Right | None) -> HttpResponse | None:
    if right is None:
        return None
    if request.portal.current is None:
        return render(request, "customer/no_account.html", status=404)
    if not request.portal.may(right):
        return render(request, "customer/no_right.html", {"right": right.value}, status=403)
    return None


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return redirect_to_login(request.get_full_path())
    # A form sent after the session had ended: what was typed is gone, so it is said, and leads back to its page.
    facts = {"ended": "1"} | ({"next": page} if (page := _came_from(request)) else {})
    return redirect(f"{reverse('account_login')}?{urlencode(facts)}")


def _came_from(request: HttpRequest) -> str:
    """The page of ours whose form was sent; empty where the browser does not say, or names another site."""
    said = request.headers.get("Referer", "")
    hosts = {request.get_host()}
    if not url_has_allowed_host_and_scheme(said, allowed_hosts=hosts, require_https=request.is_secure()):
        return ""
    page = urlsplit(said)
    return f"{page.path}?{page.query}" if page.query else page.path
