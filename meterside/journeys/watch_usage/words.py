"""Sentences that several usage pages say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meterside.contracts.usage import MeteredService, ServiceRef, UseQuality
from meterside.journeys.see_bill import Say
from meterside.journeys.see_bill.words import service_name

from .page import ServiceTab

#: Percent; what differs by less is the same to a person.
_THE_SAME = 3


def tabs_of(services: Sequence[MeteredService], current: ServiceRef) -> tuple[ServiceTab, ...]:
    """The account's services to choose from, told apart by their place where a name comes twice."""
    names = [service.commodity for service in services]
    return tuple(
        ServiceTab(
            ref=service.ref,
            name=service_name(service.commodity),
            place=service.address_line if names.count(service.commodity) > 1 else "",
            commodity=service.commodity,
            is_current=service.ref == current,
        )
        for service in services
    )


def percent_more(now: Decimal, before: Decimal) -> int | None:
    """By how many percent more (negative: less); None where there was nothing before."""
    if before <= 0:
        return None
    return int(((now - before) * 100 / before).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def than_last_year(now: Decimal, before: Decimal, say: Say) -> str:
    """`You used 12% less than on the same days last year.`; empty where there is nothing to compare."""
    percent = percent_more(now, before)
    if percent is None:
        return ""
    if abs(percent) < _THE_SAME:
        return _("You used about as much as on the same days last year.")
    facts = {"percent": say.percent(abs(percent))}
    if percent > 0:
        return _("You used %(percent)s more than on the same days last year.") % facts
    return _("You used %(percent)s less than on the same days last year.") % facts


def how_known(qualities: Iterable[UseQuality]) -> str:
    """`2 days are estimated. 1 day is missing. 1 day is not here yet.`; empty where all is measured."""
    found = list(qualities)
    parts = []
    if n := found.count(UseQuality.ESTIMATED):
        parts.append(
            ngettext("%(count)s day is estimated.", "%(count)s days are estimated.", n) % {"count": n}
        )
    if n := found.count(UseQuality.PARTIAL):
        parts.append(
            ngettext("Of %(count)s day a part is missing.", "Of %(count)s days a part is missing.", n)
            % {"count": n}
        )
    if n := found.count(UseQuality.MISSING):
        parts.append(ngettext("%(count)s day is missing.", "%(count)s days are missing.", n) % {"count": n})
    if n := found.count(UseQuality.AWAITED):
        parts.append(
            ngettext("%(count)s day is not here yet.", "%(count)s days are not here yet.", n) % {"count": n}
        )
    return " ".join(parts)


def hours_known(qualities: Iterable[UseQuality]) -> str:
    """The same for the hours of a day."""
    found = list(qualities)
    parts = []
    if n := found.count(UseQuality.ESTIMATED):
        parts.append(
            ngettext("%(count)s hour is estimated.", "%(count)s hours are estimated.", n) % {"count": n}
        )
    if n := found.count(UseQuality.PARTIAL) + found.count(UseQuality.MISSING):
        parts.append(ngettext("%(count)s hour is missing.", "%(count)s hours are missing.", n) % {"count": n})
    if n := found.count(UseQuality.AWAITED):
        parts.append(
            ngettext("%(count)s hour is not here yet.", "%(count)s hours are not here yet.", n) % {"count": n}
        )
    return " ".join(parts)
