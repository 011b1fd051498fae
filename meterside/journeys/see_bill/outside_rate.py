"""Late fees, deposits and interest in plain words: which bill, what of, by which rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from meterside.contracts.cis import DepositView, LateFeeView
from meterside.engine.late_fee import FeeBase, FeePick, LateFeePolicy
from meterside.engine.policy import late_fee_rule

from .say import Say
from .words import day_of, last_day, percent_text


def late_fee_how(fee: LateFeeView, say: Say) -> str:
    """`1.5% of the $142.87 that was left of the bill of Feb 1 after Feb 27, at least $5.00`."""
    rule = late_fee_rule(fee.rule)
    facts = {
        "base": say.money(fee.base_cents),
        "left": say.money(fee.left_cents),
        "day": say.day(fee.bill_date),
        "after": say.day(fee.after),
        "percent": percent_text(rule.percent),
        "flat": _dollars(rule.flat, say),
    }
    if not rule.percent:
        text = _("a set amount, for %(left)s that was left of the bill of %(day)s after %(after)s") % facts
    elif rule.base is FeeBase.BILL:
        facts["what"] = _("the %(base)s of the bill of %(day)s") % facts
        text = _share(rule) % facts
    else:
        facts["what"] = _("the %(left)s that was left of the bill of %(day)s after %(after)s") % facts
        text = _share(rule) % facts
    least = max(rule.least, rule.flat if rule.percent and rule.pick is FeePick.GREATER else Decimal(0))
    if least:
        text = _("%(how)s, at least %(least)s") % {"how": text, "least": _dollars(least, say)}
    if rule.most is not None:
        text = _("%(how)s, at most %(most)s") % {"how": text, "most": _dollars(rule.most, say)}
    return text


def _share(rule: LateFeePolicy) -> str:
    if rule.flat and rule.pick is FeePick.SUM:
        return _("%(flat)s and %(percent)s of %(what)s")
    return _("%(percent)s of %(what)s")


def _dollars(amount: Decimal, say: Say) -> str:
    return say.money(int((amount * 100).to_integral_value()))


def activity_note(row: Mapping[str, Any], say: Say) -> str:
    """A sentence that explains an entry since the last bill; empty where its label says all."""
    of = row.get("of")
    if not of:
        return ""
    if row["kind"] == "late_fee":
        fee = fee_of(row)
        facts = {"amount": say.money(fee.amount_cents), "how": late_fee_how(fee, say)}
        return _("The late fee of %(amount)s is %(how)s.") % facts
    if row["kind"] == "late_fee_reversal":
        day = {"day": say.day(day_of(of["bill_date"]))}
        if of["taken_back"] == "paid_in_time":
            return _("The late fee on the bill of %(day)s was taken back: you had paid in time.") % day
        return _("The late fee on the bill of %(day)s was taken back.") % day
    if row["kind"] == "deposit":
        return _yours()
    if row["kind"] == "deposit_interest" and of["days"] and of["days"][0]:
        facts = {
            "deposit": say.money(of["deposit_cents"]),
            "days": say.days(day_of(of["days"][0]), last_day(day_of(of["days"][1]))),
            "rates": "; ".join(_rate(line) for line in of["lines"]),
        }
        return _("Interest on your deposit of %(deposit)s for %(days)s: %(rates)s.") % facts
    return ""


def _rate(line: Mapping[str, Any]) -> str:
    facts = {"rate": percent_text(Decimal(line["rate"])), "days": line["days"]}
    return _("%(rate)s a year for %(days)s days") % facts


def fee_of(row: Mapping[str, Any]) -> LateFeeView:
    """The late fee that an entry of a statement tells of."""
    of = row["of"]
    return LateFeeView(
        amount_cents=row["amount_cents"],
        charged_on=day_of(row["on"]),
        bill_date=day_of(of["bill_date"]),
        after=day_of(of["after"]),
        left_cents=of["left_cents"],
        base_cents=of["base_cents"],
        rule=of["rule"],
        taken_back_on=None,
    )


def deposit_sentences(deposits: Sequence[DepositView], say: Say) -> tuple[str, ...]:
    """An account's deposit as its holder reads it; of several the latest, and none that was never paid."""
    found = next((one for one in deposits if one.status != "cancelled"), None)
    if found is None:
        return ()
    facts = {"amount": say.money(found.amount_cents), "interest": say.money(found.interest_cents)}
    if found.status == "asked" or found.paid_on is None:
        facts["day"] = say.day_year(found.asked_on)
        return (_("A deposit of %(amount)s was asked for on %(day)s. It is not paid yet.") % facts, _yours())
    if found.status == "returned" and found.ended_on is not None:
        facts["day"] = say.day_year(found.ended_on)
        said = [_("Your deposit of %(amount)s was given back on %(day)s.") % facts]
        if found.interest_cents:
            said.append(_("It earned %(interest)s of interest.") % facts)
        return tuple(said)
    facts["day"] = say.day_year(found.paid_on)
    said = [_("We hold a deposit of %(amount)s for you since %(day)s.") % facts]
    if found.interest_cents and found.interest_until is not None:
        facts["until"] = say.day_year(found.interest_until)
        said.append(_("Interest of %(interest)s was credited to your account up to %(until)s.") % facts)
    if found.goes_back_on is not None:
        facts["back"] = say.day_year(found.goes_back_on)
        said.append(_("It goes back to you on %(back)s if your bills are paid in time until then.") % facts)
    return (*said, _yours())


def _yours() -> str:
    return _("A deposit stays yours: we hold it for you, and it counts toward your last bill at the latest.")
