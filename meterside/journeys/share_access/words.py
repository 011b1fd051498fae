"""What a role lets a helper do, in words: pages and messages share them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meterside.journeys.notify.amounts import day
from meterside.portal.access.roles import Role

_RIGHTS = {
    Role.OWNER: gettext_lazy("do everything, and let others in"),
    Role.HELPER_VIEW: gettext_lazy("look at bills and use"),
    Role.HELPER_PAY: gettext_lazy("look at bills and use, and pay"),
    Role.HELPER_FULL: gettext_lazy("do everything except let others in"),
}


def rights_in_words(role: Role, language: str) -> str:
    """`look at bills and use, and pay`."""
    with translation.override(language):
        return str(_RIGHTS[role])


def until_in_words(until: datetime | None, language: str) -> str:
    """` until March 3, 2027` with its leading space, the last day included; empty without an end.

    `until` is the first instant after that day.
    """
    if until is None:
        return ""
    with translation.override(language):
        return " " + _("until %(day)s") % {"day": day(until - timedelta(microseconds=1), language)}
