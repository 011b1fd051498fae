"""Telling people of their alerts by e-mail, once each, and not in their quiet hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation

from meterside.journeys.notify.write import draft_for
from meterside.journeys.see_bill import Say
from meterside.portal.access.queries import PersonWithAccess, people_of
from meterside.portal.notices.operations import write
from meterside.portal.preferences.operations import claim_told
from meterside.portal.preferences.queries import AlertView, quiet_minutes, untold_alerts

from .off import off_address
from .words import headline, sentences

_AT_ONCE = 500


def tell_waiting(*, now: datetime, say: Say, limit: int = _AT_ONCE) -> int:
    """Write the messages of open alerts whose people may be disturbed now; returns how many.

    The mark that an alert was told and its message commit together: killed in between, neither is there.
    """
    alerts = untold_alerts(limit=limit)
    quiet = quiet_minutes([alert.login_id for alert in alerts])
    minute = _minute(now)
    told = 0
    for alert in alerts:
        if not is_quiet(minute, *quiet[alert.login_id]):
            told += _tell(alert, now=now, say=say)
    return told


def _minute(now: datetime) -> int:
    local = now.astimezone(settings.UTILITY.zone)
    return local.hour * 60 + local.minute


def is_quiet(minute: int, start: int, end: int) -> bool:
    """Whether a minute of the day lies in [start, end), which may go over midnight."""
    if start <= end:
        return start <= minute < end
    return minute >= start or minute < end


def _tell(alert: AlertView, *, now: datetime, say: Say) -> bool:
    person = _person(people_of(account=alert.account, now=now), alert.login_id)
    with transaction.atomic():
        if not claim_told(public_id=alert.public_id):
            return False
        if person is None:
            return False  # access ended since: nobody to tell
        with translation.override(person.language):
            draft = draft_for(
                "usage_alert",
                to=person.email,
                language=person.language,
                account=alert.account,
                name=person.name,
                headline=headline(alert, say),
                sentences=" ".join(sentences(alert, say)),
                alert_url=f"{settings.BASE_URL}/usage/alerts/{alert.public_id}/?account={alert.account}",
                off_url=off_address(alert),
            )
        write(draft, cause=UUID(str(alert.public_id)))
    return True


def _person(people: Sequence[PersonWithAccess], login_id: int) -> PersonWithAccess | None:
    return next((person for person in people if person.login_id == login_id), None)
