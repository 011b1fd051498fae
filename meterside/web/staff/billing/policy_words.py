"""Billing's rules as sentences that staff read."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meterside.cis.billing.queries.policies import PolicyRow
from meterside.engine.deposit import DepositBasis
from meterside.engine.late_fee import FeeBase, FeePick
from meterside.engine.policy import deposit_rule, late_fee_rule
from meterside.journeys.see_bill.words import percent_text
from meterside.web.design.formats import money, number

from .exception_words import kind_words
from .words import service_words


def policy_words(row: PolicyRow) -> str:
    """What a rule says, in a sentence or two."""
    facts = row.facts
    if row.what == "late-fee":
        return _late_fee(facts["rule"])
    if row.what == "deposit":
        return _deposit(facts["rule"])
    if row.what == "estimate":
        return _estimate(facts)
    if row.what == "make-good":
        return _make_good(facts)
    if row.what == "tolerance":
        return _tolerance(facts)
    if row.what == "insert":
        return _("%(code)s: %(title)s") % {"code": facts["code"], "title": facts["title_en"]}
    return _("%(code)s: %(text)s") % {"code": facts["code"], "text": facts["text_en"]}


def for_whom(row: PolicyRow) -> str:
    """Which accounts and services a rule is for."""
    parts = [service_words(row.service) if row.service else "", class_words(row.customer_class)]
    if row.facts.get("cycle_id"):
        parts.append(_("cycle %(code)s") % {"code": row.facts["cycle_id"]})
    return ", ".join(part for part in parts if part) or _("all")


def class_words(customer_class: str) -> str:
    """A customer class; an unknown one as it is."""
    known = {"residential": _("residential"), "commercial": _("commercial"), "industrial": _("industrial")}
    return known.get(customer_class, customer_class)


def _dollars(amount: Decimal) -> str:
    return money(int((amount * 100).to_integral_value()))


def _late_fee(table: Mapping[str, Any] | None) -> str:
    if table is None:
        return _("No late fee.")
    rule = late_fee_rule(table)
    said = [_late_fee_amount(rule)]
    days = ngettext("%(count)s day of grace", "%(count)s days of grace", rule.grace_days)
    said.append(days % {"count": rule.grace_days} if rule.grace_days else _("no grace"))
    if rule.balance_over:
        said.append(_("none on %(amount)s or less") % {"amount": _dollars(rule.balance_over)})
    if not rule.once_per_bill:
        said.append(_("again every %(count)s days") % {"count": rule.every_days})
    said.append(_("the customer is told") if rule.notice else _("the customer is not told"))
    return "; ".join(said)


def _late_fee_amount(rule: Any) -> str:
    base = _("of the bill") if rule.base is FeeBase.BILL else _("of what is past due")
    share = f"{percent_text(rule.percent)} {base}" if rule.percent else ""
    flat = _dollars(rule.flat) if rule.flat else ""
    if share and flat:
        facts = {"flat": flat, "share": share}
        text = (
            _("%(flat)s and %(share)s")
            if rule.pick is FeePick.SUM
            else _("the greater of %(flat)s and %(share)s")
        ) % facts
    else:
        text = share or flat
    if rule.least:
        text = ", ".join(
            part for part in (text, _("at least %(least)s") % {"least": _dollars(rule.least)}) if part
        )
    if rule.most is not None:
        text += ", " + _("at most %(most)s") % {"most": _dollars(rule.most)}
    return text


def _deposit(table: Mapping[str, Any] | None) -> str:
    if table is None:
        return _("No deposit.")
    rule = deposit_rule(table)
    bill = _("the highest bill") if rule.basis is DepositBasis.HIGHEST else _("the average bill")
    said = [_("%(times)s times %(bill)s of a year") % {"times": number(rule.months, 0), "bill": bill}]
    if rule.flat is not None:
        said.append(_("%(amount)s without a history") % {"amount": _dollars(rule.flat)})
    if rule.refund_after_months:
        facts = {"months": rule.refund_after_months, "late": rule.late_allowed}
        said.append(_("back after %(months)s months with at most %(late)s late payments") % facts)
    else:
        said.append(_("back with the final bill"))
    said.append(_("asked of every new account") if rule.at_start else _("asked for by staff"))
    return "; ".join(said)


def method_words(method: str) -> str:
    """A way to estimate a read."""
    return {
        "near_read": _("a read nearby"),
        "last_year_scaled": _("the use of a year ago, by how the months since compare"),
        "last_year": _("the use of a year ago"),
        "recent": _("the use a day of late"),
        "like_days": _("like days, for intervals"),
    }.get(method, method)


def _estimate(facts: Mapping[str, Any]) -> str:
    return _("%(methods)s; a read may come for %(days)s days; %(most)s in a row at most") % {
        "methods": _(", else ").join(method_words(one) for one in facts["methods"]),
        "days": facts["window_days"],
        "most": facts["most_in_a_row"],
    }


def _make_good(facts: Mapping[str, Any]) -> str:
    said = []
    if facts["rebill_above_cents"] is None:
        said.append(_("differences come with the next bill"))
    else:
        amount = {"amount": money(facts["rebill_above_cents"])}
        said.append(_("above %(amount)s the bill is made again, else with the next bill") % amount)
    said.append(_("below %(amount)s it is left") % {"amount": money(facts["least_cents"])})
    if facts["back_bill_days"] is not None:
        said.append(_("not charged after %(days)s days") % {"days": facts["back_bill_days"]})
    return "; ".join(said)


def _tolerance(facts: Mapping[str, Any]) -> str:
    text = kind_words(facts["kind"])
    if facts["percent"] is not None:
        text += ": " + _("%(percent)s of what was expected") % {
            "percent": percent_text(Decimal(facts["percent"]) / 100)
        }
    if facts["least_units"]:
        text += ", " + _("by %(units)s of the meter's least units or more") % {
            "units": number(facts["least_units"])
        }
    return text
