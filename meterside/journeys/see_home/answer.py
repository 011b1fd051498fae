"""The answer first: what is due, until when, and the one thing to do next."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meterside.contracts.cis import BillView, HomeView
from meterside.journeys.see_bill import Say, late_fee_how

from .page import Answer, State

_SOON_DAYS = 3


def answer(view: HomeView, *, today: date, say: Say) -> Answer:
    """What home says first."""
    state = _state(view)
    when, tag, tag_kind = _when(view, state, today, say)
    return Answer(
        state=state,
        amount_cents=view.balances.balance_cents if state is State.CREDIT else view.balances.due_now_cents,
        when=when,
        tag=tag,
        tag_kind=tag_kind,
        sentences=_sentences(view, state, say),
        pay_cents=view.balances.due_now_cents,
        change=_change(view, say) if state in (State.DUE, State.PAST_DUE) else "",
        bill=view.latest_bill.summary.ref if view.latest_bill else None,
    )


def _state(view: HomeView) -> State:
    balances = view.balances
    if balances.past_due_cents:
        return State.PAST_DUE
    if balances.due_now_cents:
        return State.DUE
    if balances.balance_cents < 0:
        return State.CREDIT
    return State.PAID if view.latest_bill else State.NO_BILL


def _when(view: HomeView, state: State, today: date, say: Say) -> tuple[str, str, str]:
    """The line above the amount, and the tag beside it with its kind."""
    if state is State.PAST_DUE:
        return _past_due_when(view, say), _("Past due"), "bad"
    if state is State.CREDIT:
        return _("You have credit"), _("Nothing due"), "good"
    if state is State.PAID:
        return _("Nothing is due"), _("Paid"), "good"
    if state is State.NO_BILL:
        return _("Nothing is due"), "", ""
    due_on = view.balances.next_due_on
    if due_on is None:
        return _("Due now"), "", ""
    left = (due_on - today).days
    if left == 0:
        tag = _("Today")
    elif left == 1:
        tag = _("Tomorrow")
    else:
        tag = ngettext("%(count)s day left", "%(count)s days left", left) % {"count": left}
    kind = "warn" if left <= _SOON_DAYS else "info"
    return _("Due %(day)s") % {"day": say.day_long(due_on)}, tag, kind


def _past_due_when(view: HomeView, say: Say) -> str:
    bill = view.latest_bill
    if bill is not None and view.balances.next_due_on is None:
        return _("Was due %(day)s") % {"day": say.day_long(bill.summary.due_date)}
    return _("Due now")


def _sentences(view: HomeView, state: State, say: Say) -> tuple[str, ...]:
    balances = view.balances
    if state is State.PAST_DUE:
        return (*_past_due_sentences(view, say), *_late_fee_sentences(view, say))
    if state is State.CREDIT:
        if not view.account.is_active:
            return (_("This account is closed, and this is what is left in your favor."),)
        return (_("Your next bill uses it first."),)
    if state is State.PAID:
        if balances.unsettled_cents:
            return (_("Your last bill is paid; the money is on its way to us."),)
        return (_("Your last bill is paid. Thank you."),)
    if state is State.NO_BILL:
        return (_("Your first bill is not made yet. You will see it here as soon as it is."),)
    return ()


def _past_due_sentences(view: HomeView, say: Say) -> tuple[str, ...]:
    balances = view.balances
    if balances.next_due_on is None or balances.past_due_cents == balances.due_now_cents:
        return (_("Pay what you can now: a part of it helps too."),)
    rest = balances.due_now_cents - balances.past_due_cents
    facts = {
        "past": say.money(balances.past_due_cents),
        "rest": say.money(rest),
        "day": say.day(balances.next_due_on),
    }
    return (_("%(past)s of it is past due; %(rest)s is due %(day)s.") % facts,)


def _late_fee_sentences(view: HomeView, say: Say) -> tuple[str, ...]:
    """A late fee that no bill has told of yet, with how it came about."""
    fee = view.late_fee
    if fee is None:
        return ()
    facts = {
        "amount": say.money(fee.amount_cents),
        "day": say.day(fee.charged_on),
        "how": late_fee_how(fee, say),
    }
    return (_("It includes a late fee of %(amount)s, added on %(day)s: %(how)s.") % facts,)


def _change(view: HomeView, say: Say) -> str:
    """`$18.40 more than last month`; nothing on a first bill."""
    bill = view.latest_bill
    if bill is None:
        return ""
    before = _charges_before(bill, view)
    if before is None:
        return ""
    after = bill.summary.current_charges_cents
    if after == before:
        return _("The same as the last bill.")
    facts = {"amount": say.money(abs(after - before))}
    if view.balances.due_now_cents == after:
        more, less = _("%(amount)s more than the last bill."), _("%(amount)s less than the last bill.")
    else:
        more = _("This bill’s charges are %(amount)s more than the last one’s.")
        less = _("This bill’s charges are %(amount)s less than the last one’s.")
    return (more if after > before else less) % facts


def _charges_before(bill: BillView, view: HomeView) -> int | None:
    change = bill.statement.get("change")
    if change:
        return int(change["previous_cents"])
    return view.previous_bill.current_charges_cents if view.previous_bill else None
