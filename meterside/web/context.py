"""What every page gets beside its own answer: the person's accounts, and where the demo's inbox is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from meterside import wiring
from meterside.contracts.cis import AccountRef, AccountView, CisError
from meterside.web.design.shell import AccountChoice
from meterside.web.places import place
from meterside.web.staff import staff_nav

_LABELS = "account_places"


def page_context(request: HttpRequest) -> dict[str, Any]:
    """The base template's variables (see design/base.html); the rest are globals of web/jinja.py."""
    context: dict[str, Any] = {}
    choices = account_choices(request)
    if choices:
        context["accounts"] = choices
        context["account_action"] = place("switch_account")
    if getattr(getattr(request, "user", None), "is_staff", False) and not choices:
        # A page of everybody's (profile, errors, the demo's inbox) that a member of staff looks at.
        context["nav"] = staff_nav()
    if settings.IS_DEMO:
        context["demo_inbox_url"] = place("demo_inbox")
    return context


def account_choices(request: HttpRequest) -> tuple[AccountChoice, ...]:
    """The accounts of a signed-in person for the switcher; empty on pages that are not a customer's.

    With the switcher's POST, `AccountChoice.url` is the account's reference.
    """
    portal = getattr(request, "portal", None)
    if portal is None or not portal.grants:
        return ()
    labels = _labels(request, portal.accounts)
    current = portal.current.account if portal.current else None
    return tuple(
        AccountChoice(
            label=labels[str(account)][0],
            detail=_detail(labels[str(account)]),
            url=str(account),
            is_current=account == current,
        )
        for account in portal.accounts
        if str(account) in labels
    )


def _labels(request: HttpRequest, accounts: tuple[AccountRef, ...]) -> dict[str, list[str]]:
    """Label, number and whether it is closed by account, kept in the session so that a page need not ask the CIS again.

    A CIS that does not answer leaves the switcher without labels for this page, never without the page.
    """
    kept: dict[str, list[str]] = request.session.get(_LABELS, {})
    if set(kept) == {str(account) for account in accounts}:
        return kept
    try:
        views = wiring.cis().accounts(accounts)
    except CisError:
        return kept
    fresh = {str(view.ref): [_label(view), view.number, "" if view.is_active else "closed"] for view in views}
    request.session[_LABELS] = fresh
    return fresh


def _detail(kept: list[str]) -> str:
    """The number of the account, and that it is closed."""
    _place, number, closed = kept
    return _("%(number)s, closed") % {"number": number} if closed else number


def _label(view: AccountView) -> str:
    """The place, as people know their account; the holder's name where there are several places."""
    return view.premises[0].address_line if len(view.premises) == 1 else view.holder_name
