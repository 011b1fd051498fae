"""Judging an account's use for each of its people, as data arrives and now and then: once told, not told again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings

from meterside.contracts.cis import AccountRef, Cis
from meterside.engine.alert import AlertKind
from meterside.portal.access.queries import PersonWithAccess, people_of
from meterside.portal.access.roles import Role
from meterside.portal.preferences.choices import OF_THE_BILL, Choice
from meterside.portal.preferences.operations import NewAlert, clear_alert, extend_alert, raise_alert
from meterside.portal.preferences.queries import (
    AlertView,
    choices_of,
    is_exempt_from_leaks,
    leak_gallons,
    open_alerts,
)

from .find import Forecast, Found, Verdict, cost_of_flow, forecast, judge_bill, judge_service, leak_rule
from .gather import AccountUse, ServiceUse, gather_account


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an evaluation did."""

    raised: tuple[UUID, ...] = ()
    cleared: int = 0


@dataclass(frozen=True, slots=True)
class _Case:
    """One kind of alert of one person about one thing, with what was found of it."""

    login_id: int
    service: UUID
    commodity: str
    kind: AlertKind
    verdict: Verdict


def evaluate_account(cis: Cis, account: AccountRef, *, now: datetime) -> Evaluated:
    """Judge everything of an account for its people; may be said twice. Raises what the CIS's reads raise."""
    people = [person for person in people_of(account=account, now=now) if _is_told(person)]
    if not people:
        return Evaluated()
    use = gather_account(cis, account, now=now, today=now.astimezone(settings.UTILITY.zone).date())
    if use is None:
        return Evaluated()
    known = {(alert.login_id, alert.service, alert.kind): alert for alert in open_alerts(account)}
    raised, cleared = [], 0
    for case in _cases(cis, account, use, people):
        alert = known.get((case.login_id, case.service, case.kind))
        if alert is not None and _ends(alert, case.verdict):
            cleared += clear_alert(public_id=alert.public_id)
            alert = None
        found = case.verdict.found
        if found is None:
            continue
        if alert is not None:
            extend_alert(public_id=alert.public_id, last_at=found.last_at, facts=found.facts)
        elif (new := _raise(account, case, found)) is not None:
            raised.append(new)
    return Evaluated(tuple(raised), cleared)


def _is_told(person: PersonWithAccess) -> bool:
    """Owners, and helpers who do everything; who only looks or pays is not woken by a leak that is not theirs."""
    return person.role in (Role.OWNER, Role.HELPER_FULL)


def _ends(alert: AlertView, verdict: Verdict) -> bool:
    """Whether what was told of is over: it says so, or a later day or period is the cause now."""
    if verdict.found is None:
        return verdict.is_over
    return verdict.found.cause != alert.cause and alert.kind is not AlertKind.LEAK


def _raise(account: AccountRef, case: _Case, found: Found) -> UUID | None:
    return raise_alert(
        NewAlert(
            login_id=case.login_id,
            account=account,
            service=case.service,
            commodity=case.commodity,
            kind=case.kind,
            cause=found.cause,
            first_at=found.first_at,
            last_at=found.last_at,
            facts=found.facts,
        )
    )


def _cases(
    cis: Cis, account: AccountRef, use: AccountUse, people: Sequence[PersonWithAccess]
) -> Iterable[_Case]:
    commodities = frozenset(one.service.commodity for one in use.services)
    ahead = forecast(use)
    least_gallons = leak_gallons(use.customer_class)
    for person in people:
        choices = choices_of(
            login_id=person.login_id,
            account=account,
            commodities=commodities,
            is_owner=person.role is Role.OWNER,
        )
        for choice in choices:
            if not choice.is_on:
                continue
            if choice.kind in OF_THE_BILL:
                yield _of_bill(person, account, use, choice, ahead)
                continue
            for one in use.services:
                if one.service.commodity != choice.commodity:
                    continue
                rule = leak_rule(one, choice, least_gallons=least_gallons)
                if choice.kind is AlertKind.LEAK and is_exempt_from_leaks(one.service.ref):
                    continue
                verdict = judge_service(one, choice, leak=rule)
                yield _Case(
                    person.login_id,
                    one.service.ref,
                    choice.commodity,
                    choice.kind,
                    _with_cost(cis, account, one, choice, verdict),
                )


def _of_bill(
    person: PersonWithAccess,
    account: AccountRef,
    use: AccountUse,
    choice: Choice,
    ahead: Forecast | None,
) -> _Case:
    verdict = judge_bill(use, choice, ahead)
    return _Case(person.login_id, account, "", choice.kind, verdict)


def _with_cost(cis: Cis, account: AccountRef, use: ServiceUse, choice: Choice, verdict: Verdict) -> Verdict:
    """A leak says what it costs a month, where the rate can be priced."""
    found = verdict.found
    if found is None or choice.kind is not AlertKind.LEAK or found.facts["is_told_by_meter"]:
        return verdict
    cents = cost_of_flow(cis, account, use, Decimal(found.facts["an_hour"]))
    if cents is None:
        return verdict
    facts = dict(found.facts) | {"month_cents": cents}
    return Verdict(Found(found.cause, found.first_at, found.last_at, facts))
