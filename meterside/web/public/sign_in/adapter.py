"""How allauth behaves here: sign-up is closed (registration is a journey of ours), mail goes through the outbox."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Allauth's hooks, where they differ from what it does by itself."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: a login is made by registering for an account, see journeys/register."""
        return False
