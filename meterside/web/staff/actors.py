"""Who did something, for staff to read."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from meterside.portal.identity.models import Login


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Who stands behind actors such as `staff:12`: people by name, the rest in words; one query."""
    wanted = set(actors)
    found = {
        "system": _("the system"),
        "system:bill run": _("the billing job"),
        "system:charges": _("the nightly job"),
        "staff:terminal": _("the terminal"),
    }
    # Jobs and doors that have no words of their own: staff need not know how we call them.
    found |= {
        actor: _("the system") for actor in wanted if actor.startswith("system:") and actor not in found
    }
    keys = {actor: actor.partition(":")[2] for actor in wanted if actor.startswith("staff:")}
    people = {str(login.pk): login for login in Login.objects.filter(pk__in=_numbers(keys.values()))}
    for actor, key in keys.items():
        if key in people:
            found[actor] = people[key].display_name or people[key].email
    return found


def _numbers(keys: Iterable[str]) -> list[int]:
    return [int(key) for key in keys if key.isascii() and key.isdigit()]
