"""The link in a message that switches one kind of alert off: signed, for one purpose, without signing in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing

from meterside.contracts.cis import AccountRef
from meterside.engine.alert import AlertKind
from meterside.portal.preferences.choices import LEAK_HOURS, Choice
from meterside.portal.preferences.operations import set_choice
from meterside.portal.preferences.queries import AlertView

_SALT = "meterside.alert.off"
_LASTS = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class OffLink:
    """What a link switches off: one kind of one commodity, for one person and account."""

    login_id: int
    account: AccountRef
    kind: AlertKind
    commodity: str


class BadLink(ValueError):
    """The link is none of ours, was changed, or is older than a year."""


def off_address(alert: AlertView) -> str:
    """The address of the page that switches this kind of alert off."""
    told = [alert.login_id, str(alert.account), str(alert.kind), alert.commodity]
    return f"{settings.BASE_URL}/alerts/off/{signing.dumps(told, salt=_SALT)}/"


def read_off_link(token: str) -> OffLink:
    """What a link says. Raises BadLink."""
    try:
        login_id, account, kind, commodity = signing.loads(token, salt=_SALT, max_age=_LASTS)
        return OffLink(int(login_id), AccountRef(UUID(account)), AlertKind(kind), str(commodity))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadLink(token[:20]) from error


def switch_off(link: OffLink) -> None:
    """Switch the kind off for the person and account; doing it twice changes nothing."""
    hours = LEAK_HOURS if link.kind is AlertKind.LEAK else None
    set_choice(
        login_id=link.login_id,
        account=link.account,
        choice=Choice(link.kind, link.commodity, is_on=False, hours=hours),
    )
