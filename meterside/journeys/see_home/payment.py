"""The last payment and what became of it: on its way, arrived, or came back with what helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from meterside.contracts.cis import HomeView, PaymentView
from meterside.contracts.payments import FailureReason
from meterside.journeys.pay_bill.words import what_helps, why_it_failed
from meterside.journeys.see_bill import Say

from .page import LastPayment

# Return codes of the ACH network (Nacha operating rules), as a bank gives them.
_ACH: Final[Mapping[str, FailureReason]] = {
    "R01": FailureReason.INSUFFICIENT_FUNDS,
    "R02": FailureReason.ACCOUNT_CLOSED,
    "R03": FailureReason.NO_SUCH_ACCOUNT,
    "R04": FailureReason.NO_SUCH_ACCOUNT,
    "R05": FailureReason.NOT_AUTHORIZED,
    "R07": FailureReason.NOT_AUTHORIZED,
    "R08": FailureReason.DECLINED_BY_BANK,
    "R09": FailureReason.INSUFFICIENT_FUNDS,
    "R10": FailureReason.NOT_AUTHORIZED,
    "R16": FailureReason.DECLINED_BY_BANK,
    "R29": FailureReason.NOT_AUTHORIZED,
}


def last_payment(view: HomeView, say: Say) -> LastPayment | None:
    """None where nothing was ever paid."""
    payment = view.last_payment
    if payment is None:
        return None
    facts = {"amount": say.money(payment.amount_cents), "day": say.day(payment.paid_at)}
    if payment.status == "returned":
        return LastPayment(
            payment_id=payment.payment_id,
            kind="bad",
            title=_("Your payment of %(amount)s came back") % facts,
            status=_("%(amount)s came back") % facts,
            detail=_("You paid on %(day)s, and the bank took the money back.") % facts,
            help=_help(payment, view),
        )
    if payment.status == "settled":
        title, kind = _("%(amount)s arrived") % facts, "good"
    else:
        title, kind = _("%(amount)s is on its way") % facts, "info"
    return LastPayment(
        payment_id=payment.payment_id,
        kind=kind,
        title=title,
        status=title,
        detail=_paid_with(payment, say),
        help=(),
    )


def _paid_with(payment: PaymentView, say: Say) -> str:
    day = {"day": say.day(payment.paid_at)}
    if payment.status == "settled":
        return _("Paid %(day)s.") % day
    return _("Paid %(day)s. It counts as paid already; the bank needs a day or two.") % day


def _help(payment: PaymentView, view: HomeView) -> tuple[str, ...]:
    reason = _ACH.get(payment.status_reason, payment.status_reason)
    sentences = [str(why_it_failed(reason))]
    if view.balances.due_now_cents:
        sentences += [_("The amount is owed again."), str(what_helps(reason))]
    return tuple(sentences)
