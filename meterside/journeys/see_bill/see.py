"""From a bill's frozen statement to what its page and its PDF show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meterside.contracts.cis import BillView, LateFeeView
from meterside.engine.determinant import DeterminantSource
from meterside.engine.period import Period

from .last_year import last_year_use
from .lines import charge_groups, priced_use, rate_words, rated_lines
from .meters import (
    estimated_words,
    meter_facts,
    read_sentences,
    reconciling_words,
    use_of_days,
)
from .outside_rate import activity_note, late_fee_how
from .page import BillPage, FeeOnBill, Insert, LateAmount, ServiceCharges, SumLine
from .say import Say
from .why import compared, why_it_changed
from .words import USE_PLACES, day_of, last_day, service_name

#: Entries since the last bill that are neither payments nor changes of bills.
_OWN_LINES = frozenset(
    {"late_fee", "late_fee_reversal", "deposit", "deposit_cancel", "deposit_interest", "deposit_refund"}
)
_ORDER = ("electric", "water", "gas", "sewer", "refuse")


def see_bill(view: BillView, *, say: Say) -> BillPage:
    """The bill in sentences, groups and amounts, in the language of the request.

    A converted bill may carry totals only: then it has no services and says so (`is_explained`).
    """
    summary, statement = view.summary, view.statement
    items = in_order(statement)
    addresses = tuple(statement.get("addresses", ()))
    return BillPage(
        ref=summary.ref,
        number=summary.number,
        account_number=view.account_number,
        holder_name=statement.get("holder_name", ""),
        addresses=addresses,
        bill_date=summary.bill_date,
        due_date=summary.due_date,
        first_day=summary.period_start,
        last_day=last_day(summary.period_end),
        total_due_cents=summary.total_due_cents,
        current_charges_cents=summary.current_charges_cents,
        kind=view.statement.get("kind", "cycle"),
        replaced_numbers=tuple(one["number"] for one in view.statement.get("replaces", ())),
        messages=tuple(one.get(_language()) or one["en"] for one in view.statement.get("messages", ())),
        is_cancelled=summary.is_cancelled,
        is_explained=bool(items),
        sums=_sums(view, say),
        services=tuple(_service(item, len(addresses) > 1, say) for item in items),
        why=why_it_changed(statement, say) if items else None,
        compared=compared(statement),
        mail_to=tuple((statement.get("mail_to") or {}).get("lines", ())),
        past_due_cents=statement.get("past_due_cents", 0),
        late=_late(statement),
        sum_notes=tuple(note for row in statement.get("activity", ()) if (note := activity_note(row, say))),
        late_fees=tuple(_fee(fee, say) for fee in view.late_fees),
        inserts=tuple(_insert(one) for one in statement.get("inserts", ())),
    )


def _insert(one: Mapping[str, Any]) -> Insert:
    title, text = (one[part].get(_language()) or one[part]["en"] for part in ("title", "text"))
    paragraphs = (" ".join(part.split()) for part in text.replace("\r\n", "\n").split("\n\n"))
    return Insert(one["code"], title, tuple(part for part in paragraphs if part))


def _fee(fee: LateFeeView, say: Say) -> FeeOnBill:
    facts = {
        "amount": say.money(fee.amount_cents),
        "day": say.day(fee.charged_on),
        "how": late_fee_how(fee, say),
    }
    sentence = _("On %(day)s a late fee of %(amount)s was added: %(how)s.") % facts
    if fee.taken_back_on is not None:
        sentence += " " + _("It was taken back on %(day)s.") % {"day": say.day(fee.taken_back_on)}
    return FeeOnBill(fee.amount_cents, fee.charged_on, sentence, fee.taken_back_on is None)


def in_order(statement: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The services of a statement as they are shown; none on a bill that carries totals only."""
    return sorted(statement.get("services", ()), key=_place)


def _late(statement: Mapping[str, Any]) -> LateAmount | None:
    late = statement.get("late")
    return LateAmount(day_of(late["after"]), late["amount_cents"], late["fee_cents"]) if late else None


def _language() -> str:
    """The reader's language as statements name it."""
    return (get_language() or "en").partition("-")[0]


def _place(item: Mapping[str, Any]) -> tuple[int, str]:
    service = item["service"]
    return (_ORDER.index(service) if service in _ORDER else len(_ORDER), item["period"][0])


def _sums(view: BillView, say: Say) -> tuple[SumLine, ...]:
    """How the total adds up: what was owed, what was paid and changed since, and the new charges."""
    summary, totals = view.summary, view.statement.get("totals")
    if not totals:
        return (SumLine(_("New charges"), summary.current_charges_cents),)
    lines = [SumLine(_("Last bill"), totals["previous_balance_cents"])]
    activity: Sequence[Mapping[str, Any]] = view.statement.get("activity", ())
    lines += [
        SumLine(_activity_label(row, say), row["amount_cents"], _on(row, say), row["kind"] in _OWN_LINES)
        for row in activity
    ]
    told = sum(row["amount_cents"] for row in activity)
    untold = totals["payments_cents"] + totals["adjustments_cents"] - told
    if untold:
        lines.append(SumLine(_("Payments and adjustments"), untold))
    lines.append(SumLine(_("New charges"), totals["current_charges_cents"]))
    return tuple(lines)


def _on(row: Mapping[str, Any], say: Say) -> str:
    return say.day(day_of(row["on"]))


def _activity_label(row: Mapping[str, Any], say: Say) -> str:
    kind = row["kind"]
    if kind in _OWN_LINES:
        return _outside_rate_label(row, say)
    if kind == "bill_cancel":
        return _("Bill %(number)s, taken back") % {"number": row["note"]}
    if kind == "payment":
        return _("Payment, thank you")
    if kind == "correction":
        return _("Correction of bill %(number)s") % {"number": row["note"]}
    if kind == "return":
        return _("Payment that came back")
    if kind == "opening":
        return _("Brought over from the old system")
    return _("Credit") if row["amount_cents"] < 0 else _("Adjustment")


def _outside_rate_label(row: Mapping[str, Any], say: Say) -> str:
    """Late fees, deposits and interest; a late fee names the bill it is on."""
    if row["kind"] in ("late_fee", "late_fee_reversal"):
        of = row.get("of")
        bill = say.day(day_of(of["bill_date"])) if of else row["note"]
        if row["kind"] == "late_fee":
            return _("Late fee on the bill of %(bill)s") % {"bill": bill}
        return _("Late fee on the bill of %(bill)s, taken back") % {"bill": bill}
    labels = {
        "deposit": _("Deposit"),
        "deposit_cancel": _("Deposit, no longer asked for"),
        "deposit_interest": _("Interest on your deposit"),
        "deposit_refund": _("Your deposit, given back"),
    }
    return labels[row["kind"]]


def _service(item: Mapping[str, Any], is_addressed: bool, say: Say) -> ServiceCharges:
    start, end = (day_of(text) for text in item["period"])
    lines = rated_lines(item)
    priced = priced_use(lines)
    usage, meters = item["usage"], item["meters"]
    unit = priced[1] if priced else usage["priced_unit"] if usage else ""
    days = use_of_days(item, unit)
    sentences = [*read_sentences(meters, unit, say)]
    if usage and usage["source"] == DeterminantSource.REGISTER:
        sentences.append(reconciling_words(days, meters, unit, say))
    return ServiceCharges(
        service=item["service"],
        title=service_name(item["service"]),
        use=say.usage(priced[0], unit, USE_PLACES) if priced else "",
        period=say.days(start, last_day(end)),
        n_days=item["days"],
        address=item["address"] if is_addressed else "",
        total_cents=item["total_cents"],
        groups=charge_groups(lines, Period(start, end), say),
        rate=rate_words(item, lines, say),
        rate_url=_web_address(item["tariff"].get("source_url", "")),
        sentences=tuple(text for text in sentences if text),
        meters=meter_facts(meters, unit, say),
        estimated=estimated_words(meters, say),
        unit=unit,
        days=days,
        last_year=last_year_use(item, unit, say),
    )


def _web_address(text: str) -> str:
    """A page of the utility's published rates; anything else is not made a link."""
    return text if text.startswith(("https://", "http://")) else ""
