"""How the list of payments says where a payment was made and how it stands."""

from __future__ import annotations

from django.utils.translation import gettext as _

from meterside.engine.payment import AttemptStatus


def channel_word(channel: str) -> str:
    """Where it was made; a channel of another system that we do not know is shown as it is."""
    words = {
        "portal": _("Online"),
        "autopay": _("Autopay"),
        "lockbox": _("By mail"),
        "counter": _("At our office"),
        "phone": _("By phone"),
    }
    return words.get(channel, channel)


def status_word(status: str) -> tuple[str, str]:
    """A word or two for a status, and the kind of tag it is shown in."""
    words = {
        AttemptStatus.CREATED: (_("Not finished"), "neutral"),
        AttemptStatus.PENDING: (_("No answer yet"), "info"),
        AttemptStatus.ACCEPTED: (_("Paid, on its way"), "good"),
        AttemptStatus.SETTLED: (_("Paid"), "good"),
        AttemptStatus.FAILED: (_("Not taken"), "bad"),
        AttemptStatus.ABANDONED: (_("Not finished"), "neutral"),
        AttemptStatus.RETURNED: (_("Returned"), "bad"),
    }
    return words[AttemptStatus(status)]
