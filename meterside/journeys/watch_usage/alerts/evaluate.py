"""Judging the use of accounts for each of their people, as data arrives and now and then: once told, not told again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from uuid import UUID

from meterside.contracts.cis import AccountRef, Cis
from meterside.engine.alert import AlertKind
from meterside.journeys.watch_usage.peak import peak_hours
from meterside.portal.access.queries import PersonWithAccess, people_of_many
from meterside.portal.access.roles import Role
from meterside.portal.preferences.choices import OF_THE_BILL, Choice
from meterside.portal.preferences.operations import NewAlert, clear_alert, extend_alert, raise_alert
from meterside.portal.preferences.queries import AlertView
from meterside.portal.preferences.watched import Watched

from .find import Found, Verdict, cost_of_flow, forecast, judge_bill, judge_service, leak_rule
from .gather import AccountUse, ServiceUse, gather


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


def evaluate_accounts(cis: Cis, accounts: Sequence[AccountRef], *, now: datetime) -> Evaluated:
    """Judge everything of some accounts for their people; may be said twice. Raises what the CIS's reads raise."""
    people = {
        account: told
        for account, every in people_of_many(accounts=accounts, now=now).items()
        if (told := [person for person in every if _is_told(person)])
    }
    if not people:
        return Evaluated()
    watched = Watched(list(people))
    raised: list[UUID] = []
    cleared = 0
    for use in gather(cis, list(people), now=now, household=watched.household):
        done = _evaluate(cis, use, people[use.account], watched)
        raised += done.raised
        cleared += done.cleared
    return Evaluated(tuple(raised), cleared)


def _evaluate(cis: Cis, use: AccountUse, people: Sequence[PersonWithAccess], watched: Watched) -> Evaluated:
    known = {(alert.login_id, alert.service, alert.kind): alert for alert in watched.open_alerts(use.account)}
    raised, cleared = [], 0
    for case in _cases(cis, use, people, watched):
        alert = known.get((case.login_id, case.service, case.kind))
        if alert is not None and _ends(alert, case.verdict):
            cleared += clear_alert(public_id=alert.public_id)
            alert = None
        found = case.verdict.found
        if found is None:
            continue
        if alert is None:
            new = _raise(use.account, case, found)
            raised += [] if new is None else [new]
        elif (alert.last_at, alert.facts) != (found.last_at, found.facts):
            extend_alert(public_id=alert.public_id, last_at=found.last_at, facts=found.facts)
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
    cis: Cis, use: AccountUse, people: Sequence[PersonWithAccess], watched: Watched
) -> Iterable[_Case]:
    commodities = frozenset(one.service.commodity for one in use.services)
    look_ahead = cache(lambda: forecast(cis, use))
    for person in people:
        choices = watched.choices(
            login_id=person.login_id,
            account=use.account,
            commodities=commodities,
            is_owner=person.role is Role.OWNER,
        )
        for choice in choices:
            if not choice.is_on:
                continue
            if choice.kind in OF_THE_BILL:
                verdict = judge_bill(use, choice, look_ahead)
                yield _Case(person.login_id, use.account, "", choice.kind, verdict)
                continue
            for one in use.services:
                if one.service.commodity != choice.commodity:
                    continue
                if choice.kind is AlertKind.LEAK and watched.is_exempt_from_leaks(one.service.ref):
                    continue
                verdict = _of_service(cis, use, one, choice, watched)
                yield _Case(person.login_id, one.service.ref, choice.commodity, choice.kind, verdict)


def _of_service(cis: Cis, use: AccountUse, one: ServiceUse, choice: Choice, watched: Watched) -> Verdict:
    """Asks beside the use what the kind needs, and no other does: what a leak costs, the peak of a day."""
    if choice.kind is AlertKind.LEAK:
        rule = leak_rule(one, choice, least_gallons=watched.leak_gallons(use.customer_class))
        return _with_cost(cis, use.account, one, judge_service(one, choice, leak=rule))
    if choice.kind is AlertKind.PEAK and one.latest is not None:
        peak = peak_hours(cis, use.account, one.service, day=one.latest)
        return judge_service(one, choice, leak=None, peak=peak)
    return judge_service(one, choice, leak=None)


def _with_cost(cis: Cis, account: AccountRef, use: ServiceUse, verdict: Verdict) -> Verdict:
    """A leak says what it costs a month, where the rate can be priced."""
    found = verdict.found
    if found is None or found.facts["is_told_by_meter"]:
        return verdict
    cents = cost_of_flow(cis, account, use, Decimal(found.facts["an_hour"]))
    if cents is None:
        return verdict
    facts = dict(found.facts) | {"month_cents": cents}
    return Verdict(Found(found.cause, found.first_at, found.last_at, facts))
