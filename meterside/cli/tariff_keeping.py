"""Tariffs kept from the terminal: by whose word, and what became of them. Needs Django to be ready."""

from __future__ import annotations

from django.db import transaction

from meterside.cis.tariffs.life import (
    SamePerson,
    UnableToPublish,
    draft_versions,
    propose_version,
    publish_version,
)
from meterside.cis.tariffs.models import TariffVersion
from meterside.cis.tariffs.operations import VersionConflict, store_tariff
from meterside.cli.console import FoundWrong
from meterside.engine.tariff import Tariff
from meterside.portal.identity.models import Login
from meterside.portal.identity.rights import StaffRight
from meterside.spine.actor import Actor, acting

_SAY_WHO = (
    "nothing was kept: a version that prices bills needs two people. Say --proposed-by and --approved-by (members of "
    "staff, by e-mail), or use the staff pages; for a tariff that is not there yet, --first-installation"
)


def keep_tariff(
    tariff: Tariff,
    *,
    source: str,
    first_installation: bool = False,
    proposed_by: str = "",
    approved_by: str = "",
) -> str:
    """Keep a tariff; returns "new", "new version" or "unchanged". Raises FoundWrong with what to do."""
    published = TariffVersion.objects.filter(tariff__code=tariff.code, status="published")
    n_before = published.count()
    with acting(Actor("staff", "terminal")), transaction.atomic():
        if not n_before:
            if not (first_installation or proposed_by):
                raise FoundWrong(f"{source}: {tariff.code}: {_SAY_WHO}")
            if first_installation:
                _install(tariff, source)
                return "new"
        drafts = draft_versions(tariff, source=source, source_format="")
        if not drafts:
            return "unchanged"
        if not proposed_by:
            raise FoundWrong(f"{source}: {tariff.code} has a new version: {_SAY_WHO}")
        for draft in drafts:
            _publish(draft, source, proposed_by, approved_by)
    return "new version" if n_before else "new"


def _install(tariff: Tariff, source: str) -> None:
    try:
        store_tariff(tariff)
    except VersionConflict as error:
        raise FoundWrong(f"{source}: {error}: another version is in force then; nothing was kept") from error


def _publish(draft: TariffVersion, source: str, proposed_by: str, approved_by: str) -> None:
    try:
        with acting(_staff(proposed_by, StaffRight.PROPOSE_RATES)):
            asked = propose_version(draft, since=draft.during.lower)
        with acting(_staff(approved_by, StaffRight.APPROVE_RATES)):
            publish_version(asked)
    except SamePerson as error:
        raise FoundWrong("nothing was kept: who proposes a version cannot approve it too") from error
    except UnableToPublish as error:
        raise FoundWrong(f"{source}: nothing was kept: {error}") from error


def _staff(email: str, right: StaffRight) -> Actor:
    """The member of staff of that e-mail address, who must have the right."""
    login = Login.objects.filter(email=email.strip().lower(), is_staff=True, is_active=True).first()
    if login is None or right not in login.staff_rights:
        raise FoundWrong(f"nothing was kept: {email} is nobody who may {right} (see: meterside staff)")
    return Actor("staff", str(login.pk))
