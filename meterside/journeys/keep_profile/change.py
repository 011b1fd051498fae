"""Name and language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from meterside.portal.identity import operations
from meterside.spine import audit

if TYPE_CHECKING:
    from meterside.portal.identity.models import Login


def change_profile(*, login: Login, display_name: str, language: str) -> None:
    """Keep how the person wants to be called, and the language of their messages."""
    with transaction.atomic():
        operations.change_profile(login_id=login.pk, display_name=display_name, language=language)
        audit.record(action="profile.changed", subject_type="login", subject_id=login.public_id)
