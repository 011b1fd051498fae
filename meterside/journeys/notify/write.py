"""Writing one message to one person, in their language."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from meterside.contracts.cis import AccountRef, ContactOnFile
from meterside.portal.notices.operations import Draft, write

from .texts import compose

_CHANNELS = {"email": "email", "phone": "sms"}


def draft_for(
    kind: str,
    *,
    to: str,
    language: str,
    channel: str = "email",
    account: AccountRef | None = None,
    is_secret: bool = False,
    **values: object,
) -> Draft:
    """The message's words, filled in; nothing is kept yet."""
    subject, body = compose(kind, language, **values)
    return Draft(
        kind=kind,
        to=to,
        subject=subject,
        body=body,
        language=language,
        channel=channel,
        account=account,
        is_secret=is_secret,
    )


def write_to(
    contacts: Iterable[ContactOnFile],
    kind: str,
    *,
    account: AccountRef | None,
    cause: UUID,
    is_secret: bool = False,
    **values: object,
) -> list[UUID]:
    """Write the message to each contact, in the caller's transaction, once for the event `cause`.

    Post is not written by us: left out.
    """
    return [
        write(
            draft_for(
                kind,
                to=contact.value,
                language=contact.language,
                channel=_CHANNELS[contact.kind],
                account=account,
                is_secret=is_secret,
                **values,
            ),
            cause=cause,
        )
        for contact in contacts
        if contact.kind in _CHANNELS
    ]


def reachable(contacts: Iterable[ContactOnFile]) -> tuple[ContactOnFile, ...]:
    """The e-mail addresses on file; the telephones where there are none."""
    known = tuple(contacts)
    return tuple(c for c in known if c.kind == "email") or tuple(c for c in known if c.kind == "phone")
