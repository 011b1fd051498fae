"""What happened to a bill, in words."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from meterside.cis.billing.queries.events import BillEvent
from meterside.web.design.formats import day_short, money

from .exception_words import kind_words


def event_words(event: BillEvent) -> tuple[str, str]:
    """What happened to a bill, and the amount where there is one."""
    amount = "" if event.amount_cents is None else money(event.amount_cents)
    kind, _dot, status = event.kind.partition(".")
    if kind == "exception":
        what = kind_words(event.detail)
        return {
            "": _("Found: %(what)s") % {"what": what},
            "accepted": _("Accepted as it is: %(what)s") % {"what": what},
            "corrected": _("Put right: %(what)s") % {"what": what},
            "held": _("Held: %(what)s") % {"what": what},
        }.get(status, what), ""
    if kind == "run":
        return {
            "priced": _("Run priced, nothing issued"),
            "approved": _("Run approved"),
            "running": _("Run begun"),
        }.get(status, status), ""
    if kind == "corrected":
        return {
            "open": _("Reads have changed: it would differ by"),
            "applied": _("Correction applied"),
            "dismissed": _("Correction left"),
            "undone": _("Correction undone"),
        }.get(status, status), amount
    if kind in ("payment", "return", "adjustment"):
        day = {"day": day_short(date.fromisoformat(event.detail))}
        return {
            "payment": _("Payment, effective %(day)s") % day,
            "return": _("Payment came back, effective %(day)s") % day,
            "adjustment": _("Adjustment, effective %(day)s") % day,
        }[kind], amount
    return _plain_event(kind, event.detail), amount


def _plain_event(kind: str, detail: str) -> str:
    if kind == "counted":
        return _("A read of the read window counts: %(what)s") % {"what": detail}
    if kind == "estimated":
        return _("Read estimated: %(what)s") % {"what": detail}
    if kind == "late_fee":
        day = {"day": day_short(date.fromisoformat(detail))}
        return _("Late fee, for what was left after %(day)s") % day
    if kind == "cancelled" and detail:
        return _("Taken back; bill %(number)s stands in its place") % {"number": detail}
    return {
        "issued": _("Bill issued"),
        "told": _("Message of it went out"),
        "late_fee_back": _("Late fee taken back"),
        "waived": _("Late fee waived"),
        "cancelled": _("Taken back"),
    }.get(kind, kind)
