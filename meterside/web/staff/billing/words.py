"""What codes of billing read like to people: kinds of exceptions, states, who did it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meterside.cis.billing.bill_events import BillEvent
from meterside.journeys.see_bill.words import service_name
from meterside.portal.identity.models import Login
from meterside.web.design.formats import day_short, money, usage

_DAY_FACTS = ("day", "start", "end")
# The ledger keeps its accounts' names in English; one that a utility has added keeps its own.
_LEDGER = {
    "Customers' receivable": gettext_lazy("Customers' receivable"),
    "Payments on the way": gettext_lazy("Payments on the way"),
    "Bank": gettext_lazy("Bank"),
    "Electric revenue": gettext_lazy("Electric revenue"),
    "Water revenue": gettext_lazy("Water revenue"),
    "Gas revenue": gettext_lazy("Gas revenue"),
    "Sewer revenue": gettext_lazy("Sewer revenue"),
    "Refuse revenue": gettext_lazy("Refuse revenue"),
    "Stormwater revenue": gettext_lazy("Stormwater revenue"),
    "Lighting revenue": gettext_lazy("Lighting revenue"),
    "Taxes collected for others": gettext_lazy("Taxes collected for others"),
    "Adjustments granted": gettext_lazy("Adjustments granted"),
    "Late fees": gettext_lazy("Late fees"),
    "Customers' deposits": gettext_lazy("Customers' deposits"),
    "Deposits asked for, not paid yet": gettext_lazy("Deposits asked for, not paid yet"),
    "Interest on deposits": gettext_lazy("Interest on deposits"),
    "Balances brought in": gettext_lazy("Balances brought in"),
}


def kind_words(kind: str) -> str:
    """A kind of exception in a few words; an unknown one as it is."""
    return {
        "daily_usage": _("Use by day cannot be right"),
        "failed": _("The program failed"),
        "first_bill": _("First bill"),
        "high": _("High use"),
        "inactive_use": _("Use without service"),
        "interval_length": _("Intervals too long for the rate"),
        "low": _("Low use"),
        "missing_attribute": _("A fact the rate asks for is missing"),
        "missing_intervals": _("Interval data is missing"),
        "missing_determinant": _("A quantity the rate asks for is missing"),
        "missing_read": _("A read is missing"),
        "missing_series": _("A price that changes by month is missing"),
        "negative": _("Charges below nothing"),
        "negative_usage": _("Use below nothing"),
        "no_meter": _("No meter in place"),
        "no_rate": _("No rate for these days"),
        "read_went_back": _("The meter reads less than before"),
        "received_energy": _("Energy received, no price for it"),
        "received_without_tariff": _("Energy received, no price for it"),
        "too_many_estimates": _("Estimated too often"),
        "unknown_attribute": _("A fact the rate does not know"),
        "wrong_unit": _("Wrong unit"),
        "zero": _("No use"),
    }.get(kind, kind)


def exception_sentence(kind: str, facts: Mapping[str, str]) -> str:
    """What was found, with its numbers; empty where nothing more is known."""
    told = {name: day_short(date.fromisoformat(facts[name])) for name in _DAY_FACTS if name in facts}
    told = {**facts, **told}
    try:
        return _sentence(kind, told, facts)
    except KeyError:  # a hold of an older version kept no numbers
        return ""


def _sentence(kind: str, told: Mapping[str, str], facts: Mapping[str, str]) -> str:
    if kind in ("high", "low", "zero"):
        return _compared(facts)
    if kind in ("missing_read", "too_many_estimates"):
        return _("Meter %(badge)s has no read of %(day)s.") % told
    if kind == "interval_length" and "badge" in facts:
        return (
            _("Meter %(badge)s has intervals of %(seconds)s seconds on %(day)s, others have %(others)s.")
            % told
        )
    if kind == "missing_intervals" and "badge" in facts:
        return _("Meter %(badge)s told %(found)s of %(days)s days from %(start)s on.") % told
    if kind == "read_went_back":
        return _("Meter %(badge)s reads less on %(end)s than on %(start)s.") % told
    if kind == "no_meter":
        return _("No meter is in place from %(start)s to %(end)s.") % told
    if kind == "no_rate":
        return _("No rate is known on %(start)s.") % told if "start" in told else _said(facts)
    if kind == "negative":
        return _("The charges come to %(amount)s.") % {"amount": money(int(facts["amount_cents"]))}
    if kind == "negative_usage" and "quantity" in facts:
        return _("The meters come to %(use)s.") % {"use": _used(facts["quantity"], facts["unit"])}
    if kind == "received_without_tariff":
        values = {"use": _used(facts["quantity"], facts["unit"]), "tariff": facts["tariff"]}
        return _("%(use)s came from the customer; rate %(tariff)s has no price for it.") % values
    if kind == "inactive_use":
        values = {**told, "use": _used(facts["quantity"], facts["unit"])}
        return _("Meter %(badge)s counted %(use)s from %(start)s to %(end)s without an agreement.") % values
    if kind == "wrong_unit" and "wanted" in facts:
        return _("One meter counts in %(unit)s, another in %(wanted)s.") % facts
    if kind == "first_bill":
        return _("This agreement has no earlier bill.")
    return _said(facts)


def _said(facts: Mapping[str, str]) -> str:
    """What the program itself said; it says it in English."""
    return facts.get("said", "")


def _compared(facts: Mapping[str, str]) -> str:
    values = {
        "now": _used(facts["quantity"], facts["unit"]),
        "days": facts["days"],
        "before": _used(facts["earlier_quantity"], facts["earlier_unit"]),
        "days_before": facts["earlier_days"],
    }
    if facts["basis"] == "last_year":
        return _("%(now)s in %(days)s days; a year ago it was %(before)s in %(days_before)s days.") % values
    return _("%(now)s in %(days)s days; the last bill had %(before)s in %(days_before)s days.") % values


_SHOWN = {"Wh": ("kWh", 1000), "cf": ("ccf", 100)}


def _used(quantity: str, unit: str) -> str:
    """A meter's least units as people say them."""
    shown, divisor = _SHOWN.get(unit, (unit, 1))
    value = Decimal(quantity) / divisor
    return usage(value, shown, 0 if value == value.to_integral_value() else 2)


def run_state(status: str) -> tuple[str, str]:
    """A run's status in words, and the kind of its tag."""
    return {
        "open": (_("opened"), "neutral"),
        "pricing": (_("being priced"), "info"),
        "priced": (_("priced"), "info"),
        "approved": (_("approved"), "good"),
        "running": (_("going on"), "info"),
        "stopped": (_("stopped"), "warn"),
        "done": (_("done"), "good"),
    }.get(status, (status, "neutral"))


def exception_state(status: str) -> tuple[str, str]:
    """An exception's status in words, and the kind of its tag."""
    return {
        "open": (_("new"), "warn"),
        "held": (_("held back"), "neutral"),
        "accepted": (_("accepted"), "good"),
        "corrected": (_("corrected"), "good"),
    }.get(status, (status, "neutral"))


def correction_state(status: str) -> tuple[str, str]:
    """A correction's status in words, and the kind of its tag."""
    return {
        "open": (_("waits for the next bill"), "warn"),
        "applied": (_("applied"), "good"),
        "dismissed": (_("left as it is"), "neutral"),
        "undone": (_("taken back"), "neutral"),
    }.get(status, (status, "neutral"))


def bill_kind(kind: str) -> str:
    """Why a bill was made, in a word or two."""
    return {
        "cycle": _("with its cycle"),
        "off_cycle": _("off the cycle"),
        "final": _("final"),
        "rebill": _("in place of another"),
    }.get(kind, kind)


def entry_kind(kind: str) -> str:
    """A kind of entry in the books."""
    return {
        "bill": _("Bill"),
        "bill_cancel": _("Bill taken back"),
        "correction": _("Correction"),
        "late_fee": _("Late fee"),
        "late_fee_reversal": _("Late fee taken back"),
    }.get(kind, kind)


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


def ledger_words(name: str) -> str:
    """A ledger account's name in the reader's language."""
    return str(_LEDGER.get(name, name))


def service_words(service: str) -> str:
    """A service's name; empty where there is none."""
    if service == "late_fee":
        return _("Late fee")
    return service_name(service) if service else ""


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Who stands behind actors such as `staff:12`: people by name, the rest in words."""
    found = {
        "system": _("the system"),
        "system:bill run": _("the billing job"),
        "system:charges": _("the nightly job"),
        "staff:terminal": _("the terminal"),
    }
    keys = {actor: actor.partition(":")[2] for actor in actors if actor.startswith("staff:")}
    people = {str(login.pk): login for login in Login.objects.filter(pk__in=_numbers(keys.values()))}
    for actor, key in keys.items():
        if key in people:
            found[actor] = people[key].display_name or people[key].email
    return found


def _numbers(keys: Iterable[str]) -> list[int]:
    return [int(key) for key in keys if key.isascii() and key.isdigit()]
