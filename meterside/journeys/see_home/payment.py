"""The last payment and what became of it: on its way, arrived, or came back with what helps."""

from __future__ import annotations

from django.utils.translation import gettext as _

from meterside.contracts.cis import HomeView, PaymentView
from meterside.journeys.pay_bill.words import return_kind, what_helps, why_it_failed
from meterside.journeys.see_bill import Say

from .page import LastPayment


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
    reason = return_kind(payment.status_reason)
    sentences = [str(why_it_failed(reason))]
    if view.balances.due_now_cents:
        sentences += [_("The amount is owed again."), str(what_helps(reason))]
    return tuple(sentences)
