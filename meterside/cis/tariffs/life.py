"""The life of a tariff version: drafted, proposed with its day, approved by a second person, perhaps withdrawn.

Only published versions price bills. A version that is published begins on a later day than today, so what was billed
stays as it was; the version before it ends on that day. Rules and why: docs/adr/0010-tariff-versions.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction

from meterside.engine.lifecycle import check_move
from meterside.engine.tariff.document import tariff_from_dict
from meterside.engine.tariff.model import Tariff as EngineTariff
from meterside.engine.tariff.validate import check_tariff
from meterside.engine.terms.problems import InvalidTariff
from meterside.kit import clock
from meterside.spine import actor, audit

from .lifecycles import VERSION, VersionStatus
from .models import Tariff, TariffVersion, TariffVersionStep
from .operations import date_range, tariff_row, version_document
from .queries import engine_version


@dataclass(frozen=True, slots=True)
class LifeProblem:
    """Why a version cannot have that day: a kind with its facts, for people to be told in their language.

    Kinds: `not_later` (today), `taken` (day), `gap` (first, until), `differs` (field, has, wants), `engine` (path,
    said: the engine's own words on the tariff as it would be with this version).
    """

    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class UnableToPublish(Exception):
    """The version cannot be in force from that day; `problems` are all that is against it."""

    def __init__(self, problems: Sequence[LifeProblem]) -> None:
        super().__init__("; ".join(f"{one.kind} {dict(one.facts)}" for one in problems))
        self.problems = tuple(problems)


class SamePerson(Exception):
    """Who proposed something cannot approve it too."""


class ReasonNeeded(Exception):
    """A version is not sent back or withdrawn without saying why."""


class BegunAlready(Exception):
    """The version is in force, or was: it is not withdrawn, a new one follows it."""


@transaction.atomic
def draft_versions(tariff: EngineTariff, *, source: str, source_format: str) -> list[TariffVersion]:
    """Keep the versions of a read file as drafts; those that are in force with the same content are left out.

    A file with the whole history of a tariff gives a draft of what is new in it alone.
    """
    row = tariff_row(tariff)
    known = [engine_version(one) for one in _published(row)]
    drafts = []
    for version in tariff.versions:
        undated = replace(version, effective_from=date.min, effective_to=None)
        if any(
            one.effective_from == version.effective_from
            and replace(one, effective_from=date.min, effective_to=None) == undated
            for one in known
        ):
            continue
        document, digest = version_document(tariff, version)
        draft = TariffVersion.objects.create(
            tariff=row,
            during=date_range(version.effective_from, version.effective_to),
            document=document,
            document_sha256=digest,
            source=source,
            source_format=source_format,
            created_at=clock.now(),
            created_by=str(actor.current()),
        )
        _step(draft, "", VersionStatus.DRAFT, "")
        drafts.append(draft)
    return drafts


@transaction.atomic
def propose_version(version: TariffVersion, *, since: date) -> TariffVersion:
    """Ask for a draft to be in force from a day on. Raises UnableToPublish, MoveNotAllowed."""
    locked = _locked(version)
    check_move(VERSION, locked.status, VersionStatus.PROPOSED)
    locked.during = _range_from(locked, since)
    locked.proposed_at, locked.proposed_by = clock.now(), str(actor.current())
    locked.save(update_fields=["during", "proposed_at", "proposed_by"])
    return _move(locked, VersionStatus.PROPOSED, since=since.isoformat())


@transaction.atomic
def publish_version(version: TariffVersion) -> TariffVersion:
    """Say yes to a proposed version, as somebody else than who proposed it; the version before ends on its day.

    Raises SamePerson, UnableToPublish (the day has come, or other versions have moved since), MoveNotAllowed.
    """
    locked = _locked(version)
    check_move(VERSION, locked.status, VersionStatus.PUBLISHED)
    who = str(actor.current())
    if locked.status != VersionStatus.PROPOSED or locked.proposed_by == who:
        raise SamePerson(who)
    since = locked.during.lower
    during = _range_from(locked, since)
    before = _published(locked.tariff).filter(during__contains=since).first()
    if before is not None:
        before.during = date_range(before.during.lower, since)
        before.save(update_fields=["during"])
    locked.during = during
    locked.published_at, locked.published_by = clock.now(), who
    locked.published_on = clock.today(settings.UTILITY.zone)
    locked.save(update_fields=["during"])
    return _move(
        locked,
        VersionStatus.PUBLISHED,
        also=("published_at", "published_by", "published_on"),
        since=since.isoformat(),
        proposed_by=locked.proposed_by,
    )


@transaction.atomic
def send_back(version: TariffVersion, *, reason: str) -> TariffVersion:
    """Make a proposed version a draft again. Raises ReasonNeeded, MoveNotAllowed."""
    if not reason.strip():
        raise ReasonNeeded
    locked = _locked(version)
    check_move(VERSION, locked.status, VersionStatus.DRAFT)
    locked.proposed_at, locked.proposed_by = None, ""
    return _move(locked, VersionStatus.DRAFT, also=("proposed_at", "proposed_by"), reason=reason.strip())


@transaction.atomic
def withdraw_version(version: TariffVersion, *, reason: str) -> TariffVersion:
    """Take a version back before its day; the version it would have ended goes on.

    Raises ReasonNeeded, BegunAlready (its day has come), MoveNotAllowed.
    """
    if not reason.strip():
        raise ReasonNeeded
    locked = _locked(version)
    check_move(VERSION, locked.status, VersionStatus.WITHDRAWN)
    today, was_published = clock.today(settings.UTILITY.zone), locked.status == VersionStatus.PUBLISHED
    if was_published and locked.during.lower <= today:
        raise BegunAlready(locked.during.lower)
    locked.withdrawn_on = today
    _move(locked, VersionStatus.WITHDRAWN, also=("withdrawn_on",), reason=reason.strip())
    if was_published:
        _go_on_before(locked)
    return locked


def _go_on_before(gone: TariffVersion) -> None:
    """Let the version that ended where `gone` began go on as far as its own document says."""
    before = _published(gone.tariff).filter(during__endswith=gone.during.lower).first()
    if before is None:
        return
    own = tariff_from_dict(before.document).versions[0].effective_to
    follower = _published(gone.tariff).filter(during__startswith__gt=gone.during.lower).first()
    ends = [
        end
        for end in (own, None if follower is None else follower.during.lower)
        if end is not None and end > before.during.lower
    ]
    before.during = date_range(before.during.lower, min(ends, default=None))
    before.save(update_fields=["during"])


def problems_of(version: TariffVersion, *, since: date) -> tuple[LifeProblem, ...]:
    """All that keeps a version from being in force from that day; nothing where it can."""
    return _ways(version, since)[1]


def _range_from(version: TariffVersion, since: date) -> Any:
    until, problems = _ways(version, since)
    if problems:
        raise UnableToPublish(problems)
    return date_range(since, until)


def _ways(version: TariffVersion, since: date) -> tuple[date | None, tuple[LifeProblem, ...]]:
    """Until when the version would hold from that day on, and what is against it."""
    published = list(_published(version.tariff))
    own = tariff_from_dict(version.document)
    problems: list[LifeProblem] = []
    today = clock.today(settings.UTILITY.zone)
    if since <= today:
        problems.append(LifeProblem("not_later", {"today": today}))
    if any(one.during.lower == since for one in published):
        problems.append(LifeProblem("taken", {"day": since}))
    ends = [one.during.upper for one in published if one.during.lower < since]
    last = max((end for end in ends if end is not None), default=None)
    if ends and None not in ends and last is not None and last < since:
        problems.append(LifeProblem("gap", {"first": last, "until": since}))
    until = own.versions[0].effective_to
    if until is not None and until <= since:
        until = None
    follower = next((one.during.lower for one in published if one.during.lower > since), None)
    if follower is not None:
        if until is not None and until < follower:
            problems.append(LifeProblem("gap", {"first": until, "until": follower}))
        until = follower
    problems += _differences(own, published)
    problems += _as_a_whole(own, published, since, until)
    return until, tuple(problems)


def _differences(own: EngineTariff, published: Sequence[TariffVersion]) -> list[LifeProblem]:
    """What a tariff says once, for all its versions, cannot change with one of them."""
    if not published:
        return []
    first = tariff_from_dict(published[0].document)
    return [
        LifeProblem(
            "differs", {"field": name, "has": str(getattr(first, name)), "wants": str(getattr(own, name))}
        )
        for name in ("commodity", "currency", "bill_months", "customer_class")
        if getattr(first, name) != getattr(own, name)
    ]


def _as_a_whole(
    own: EngineTariff, published: Sequence[TariffVersion], since: date, until: date | None
) -> list[LifeProblem]:
    """What the engine has against the tariff with this version in it."""
    added = replace(own.versions[0], effective_from=since, effective_to=until)
    versions = []
    for row in published:
        one = engine_version(row)
        if one.effective_from < since and (one.effective_to is None or one.effective_to > since):
            one = replace(one, effective_to=since)
        if one.effective_from != since:
            versions.append(one)
    ordered = tuple(sorted([*versions, added], key=lambda one: one.effective_from))
    try:
        check_tariff(replace(own, versions=ordered))
    except InvalidTariff as error:
        return [
            LifeProblem("engine", {"path": one.path, "said": one.message})
            for one in error.problems
            if not one.path.endswith(".effective_to")  # gaps are told above, in words
        ]
    return []


def _published(tariff: Tariff) -> Any:
    return tariff.versions.filter(status=VersionStatus.PUBLISHED).order_by("during")


def _locked(version: TariffVersion) -> TariffVersion:
    """The version's row, with its tariff's row held: two who publish at once come one after the other."""
    Tariff.objects.select_for_update().get(pk=version.tariff_id)
    return TariffVersion.objects.select_for_update(of=("self",)).select_related("tariff").get(pk=version.pk)


def _move(
    version: TariffVersion,
    status: VersionStatus,
    *,
    also: Sequence[str] = (),
    reason: str = "",
    **detail: str,
) -> TariffVersion:
    before, version.status = version.status, status.value
    version.save(update_fields=["status", *also])
    _step(version, before, status, reason)
    audit.record(
        action=f"tariff_version.{status}",
        subject_type="tariff_version",
        subject_id=version.pk,
        code=version.tariff.code,
        was=before,
        reason=reason,
        **detail,
    )
    return version


def _step(version: TariffVersion, before: str, status: VersionStatus, reason: str) -> None:
    TariffVersionStep.objects.create(
        version=version,
        status_from=before,
        status_to=status,
        at=clock.now(),
        by=str(actor.current()),
        reason=reason,
    )
