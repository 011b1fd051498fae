"""What codes of billing read like to people: states, kinds of bills and entries, who did it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meterside.journeys.see_bill.words import service_name

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


def ledger_words(name: str) -> str:
    """A ledger account's name in the reader's language."""
    return str(_LEDGER.get(name, name))


def service_words(service: str) -> str:
    """A service's name; empty where there is none."""
    if service == "late_fee":
        return _("Late fee")
    return service_name(service) if service else ""
