"""How a payment was made, why it did not work and what helps, in words for whoever paid.

Pages and messages share them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from meterside.contracts.payments import FailureReason, ach_return_reason

_WHY: Mapping[str, Promise] = {
    FailureReason.INSUFFICIENT_FUNDS: _("There was not enough money in the account."),
    FailureReason.ACCOUNT_CLOSED: _("The bank says that the account is closed."),
    FailureReason.NO_SUCH_ACCOUNT: _("The bank could not find the account."),
    FailureReason.NOT_AUTHORIZED: _("The account’s owner told the bank that this payment was not allowed."),
    FailureReason.DECLINED_BY_BANK: _("The bank said no. It does not tell us why."),
}
_WHY_UNKNOWN = _("The bank gave a reason we do not know.")
_WHAT_HELPS: Mapping[str, Promise] = {
    FailureReason.INSUFFICIENT_FUNDS: _("You can pay a smaller amount, or from another account."),
    FailureReason.ACCOUNT_CLOSED: _("Please pay from another account."),
    FailureReason.NO_SUCH_ACCOUNT: _("Please check the routing and account numbers, or pay another way."),
    FailureReason.NOT_AUTHORIZED: _("If that was a mistake, talk to your bank. You can pay another way now."),
    FailureReason.DECLINED_BY_BANK: _("Your bank can tell you more. You can pay another way now."),
}
_HELPS_ALWAYS = _("You can try again, or pay another way.")


def return_kind(reason: str) -> FailureReason:
    """The kind of a return as a CIS gives it: one of our kinds, or the bank's own ACH code."""
    try:
        return FailureReason(reason)
    except ValueError:
        return ach_return_reason(reason)


def why_it_failed(failure: str) -> Promise:
    """The reason in a sentence; `failure` is a kind of FailureReason, or empty."""
    return _WHY.get(failure, _WHY_UNKNOWN)


def what_helps(failure: str) -> Promise:
    """What the person can do about it."""
    return _WHAT_HELPS.get(failure, _HELPS_ALWAYS)


_METHODS: Final[Mapping[str, Promise]] = {
    "Bank account": _("Bank account"),
    "Checking": _("Checking account"),
    "Savings": _("Savings account"),
    "Card": _("Card"),
    "Check": pgettext_lazy("payment", "Check"),
}
_ENDING: Final = re.compile(r"(?P<kind>.+?) ending (?:in )?(?P<digits>[0-9]{2,4})")


def method_in_words(label: str) -> str:
    """A gateway's label (`Bank account ending 6789`) in the person's language; a brand's name stays."""
    ending = _ENDING.fullmatch(label)
    if ending is None:
        return str(_METHODS.get(label, label))
    kind = str(_METHODS.get(ending["kind"], ending["kind"]))
    return gettext("%(kind)s ending %(digits)s") % {"kind": kind, "digits": ending["digits"]}
