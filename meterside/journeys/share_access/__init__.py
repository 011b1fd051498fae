"""Letting others into an account: an owner invites a helper, sees who is in, and ends it at once."""

from .accept import InvitationForAnother, accept_invitation, register_helper
from .invite import CannotInvite, Invite, UnableToInvite, end_access, invite_helper, withdraw_invitation

__all__ = [
    "CannotInvite",
    "InvitationForAnother",
    "Invite",
    "UnableToInvite",
    "accept_invitation",
    "end_access",
    "invite_helper",
    "register_helper",
    "withdraw_invitation",
]
