"""What a helper does: say yes to an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from meterside.journeys.notify.write import draft_for
from meterside.kit import clock
from meterside.portal.access import operations, queries
from meterside.portal.access.queries import InvitationView
from meterside.portal.access.roles import Right
from meterside.portal.identity import operations as identity
from meterside.portal.notices.operations import write
from meterside.spine import audit
from meterside.spine.actor import Actor, acting

from .words import rights_in_words, until_in_words

if TYPE_CHECKING:
    from meterside.portal.identity.models import Login


class InvitationForAnother(Exception):
    """The person is signed in with another e-mail than the invited one."""


def accept_invitation(*, secret: str, login: Login) -> None:
    """Give the invited person, who is signed in, their access, once; tell whoever invited them.

    Raises operations.NoSuchInvitation, operations.AccessAlreadyGranted, InvitationForAnother.
    """
    invitation = _open(secret)
    if invitation.email != login.email:
        raise InvitationForAnother
    with transaction.atomic():
        _accept(invitation, login)


def register_helper(*, secret: str, name: str, password: str, language: str) -> Login:
    """Make a login for an invited person without one, and accept. The link proves the e-mail address.

    The password has passed the validators. Raises operations.NoSuchInvitation, identity.EmailAlreadyHasLogin.
    """
    invitation = _open(secret)
    with transaction.atomic():
        login = identity.create_login(
            email=invitation.email, password=password, display_name=name, language=language, now=clock.now()
        )
        _accept(invitation, login)
    return login


def _open(secret: str) -> InvitationView:
    now = clock.now()
    invitation = queries.invitation_for(secret=secret, now=now)
    if invitation is None:
        raise operations.NoSuchInvitation
    inviter = queries.grant_of(login_id=invitation.invited_by_id, account=invitation.account, now=now)
    if inviter is None or not inviter.may(Right.SHARE):
        raise operations.NoSuchInvitation
    return invitation


def _accept(invitation: InvitationView, login: Login) -> None:
    with acting(Actor("person", str(login.public_id))):
        operations.accept(public_id=invitation.public_id, login_id=login.pk, now=clock.now())
        audit.record(
            action="access.granted",
            subject_type="account",
            subject_id=invitation.account,
            role=invitation.role.value,
            invitation=str(invitation.public_id),
        )
        write(
            draft_for(
                "helper_joined",
                to=invitation.invited_by_email,
                language=invitation.language,
                account=invitation.account,
                helper=login.display_name or login.email,
                rights=rights_in_words(invitation.role, invitation.language),
                until=until_in_words(invitation.until, invitation.language),
                profile_url=f"{settings.BASE_URL}/profile/",
            )
        )
