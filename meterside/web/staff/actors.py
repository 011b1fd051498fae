"""Who did something, for staff to read."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from django.utils.translation import gettext as _

from meterside.portal.identity.models import Login


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Who stands behind actors such as `staff:12` and `person:<reference>`: people by name, the rest in words."""
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
            found[actor] = _name(people[key])
    refs = {actor: actor.partition(":")[2] for actor in wanted if actor.startswith("person:")}
    customers = {
        str(login.public_id): login for login in Login.objects.filter(public_id__in=_uuids(refs.values()))
    }
    for actor, ref in refs.items():
        found[actor] = _name(customers[ref]) if ref in customers else _("a customer")
    return found


def _name(login: Login) -> str:
    return login.display_name or login.email


def _uuids(refs: Iterable[str]) -> list[UUID]:
    found = []
    for ref in refs:
        with suppress(ValueError):
            found.append(UUID(ref))
    return found


def _numbers(keys: Iterable[str]) -> list[int]:
    return [int(key) for key in keys if key.isascii() and key.isdigit()]
