"""From what the CIS says of an account to what home shows."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from meterside.contracts.cis import HomeView
from meterside.journeys.see_bill import Say

from .answer import answer
from .page import HomePage
from .payment import last_payment
from .use import period_so_far

_METERED = frozenset({"electric", "water", "gas"})
_DATA_AFTER_DAYS = 7  # interval data takes some days to arrive; after that none is coming
_STALE_AFTER = timedelta(hours=1)


def see_home(view: HomeView, *, today: date, now: datetime, say: Say) -> HomePage:
    """Home in sentences and amounts, in the language of the request."""
    account = view.account
    open_use = view.use if account.is_active else ()
    use = (period_so_far(item, view.latest_bill, today=today, say=say) for item in open_use)
    shown = tuple(item for item in use if item is not None)
    return HomePage(
        holder_name=account.holder_name,
        account_number=account.number,
        addresses=tuple(premise.address_line for premise in account.premises),
        answer=answer(view, today=today, say=say),
        is_closed=not account.is_active,
        payment=last_payment(view, say),
        balances=_balances(view, say),
        use=shown,
        use_note="" if shown else _use_note(view, today, say),
        as_of=account.as_of,
        is_stale=now - account.as_of > _STALE_AFTER,
    )


def _balances(view: HomeView, say: Say) -> tuple[tuple[str, str], ...]:
    """Owed, past due, on its way and credit, each in words; only those there are."""
    balances = view.balances
    rows = [(_("Account balance"), _in_words(balances.balance_cents, say))]
    if balances.past_due_cents:
        rows.append((_("Past due"), say.money(balances.past_due_cents)))
    if balances.unsettled_cents:
        rows.append((_("Payments on their way"), say.money(balances.unsettled_cents)))
    return tuple(rows)


def _in_words(cents: int, say: Say) -> str:
    if cents > 0:
        return _("%(amount)s owed") % {"amount": say.money(cents)}
    if cents < 0:
        return _("%(amount)s credit") % {"amount": say.money(-cents)}
    return _("nothing owed")


def _use_note(view: HomeView, today: date, say: Say) -> str:
    """Why no day of this period is shown; empty where there is nothing to measure."""
    if not view.account.is_active or not _METERED.intersection(view.account.services):
        return ""
    if view.use and (today - view.use[0].period_start).days > _DATA_AFTER_DAYS:
        return _("No use by day has come from your meter in this period. Your bill goes by its dial.")
    if view.use:
        facts = {"day": say.day(view.use[0].period_start)}
        return _("This period began on %(day)s. Its first days show here soon.") % facts
    return _("Your meter is read once a month, so there is no use by day. Each bill shows what you used.")
