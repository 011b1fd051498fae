"""An account's bills, and one bill's history: what it charged, from which reads, what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from meterside.cis.billing.charges.deposits import (
    DepositError,
    DepositReasonNeeded,
    NoDepositRule,
    act_on_deposit,
)
from meterside.cis.billing.charges.late_fees import (
    FeeReasonNeeded,
    LateFeeError,
    reverse_late_fee,
    waive_late_fee,
)
from meterside.cis.billing.charges.queries import deposits_of
from meterside.cis.billing.corrections.correcting import dismiss_correction
from meterside.cis.billing.corrections.rebilling import CannotCancel, ReasonNeeded, cancel_bill, rebill
from meterside.cis.billing.models import BillCorrection
from meterside.cis.billing.queries.bills import bill_of
from meterside.cis.billing.queries.events import bill_events
from meterside.cis.billing.queries.history import (
    BillHistory,
    PostingLine,
    SegmentLine,
    bill_history,
    bills_of_account,
    find_account,
)
from meterside.cis.billing.queries.work import open_exceptions
from meterside.cis.billing.runs.off_cycle import NothingToBill, bill_off_cycle
from meterside.cis.billing.segments import UnableToBill
from meterside.engine.deposit import NoHistory
from meterside.engine.lifecycle import MoveNotAllowed
from meterside.engine.money import MoneyErrorKind, MoneyParseError, parse_typed_cents
from meterside.engine.series import SeriesGap
from meterside.journeys.see_bill import deposit_sentences, see_bill
from meterside.journeys.see_bill.words import read_kind
from meterside.kit import clock
from meterside.web.customer.bill.pay_address import pay_address
from meterside.web.customer.bill.pdf import make_pdf
from meterside.web.design import formats
from meterside.web.design.formats import day_year, money, number
from meterside.web.staff import staff_nav, staff_view
from meterside.web.staff.actors import names_of

from .event_words import event_words
from .exception_words import exception_sentence, kind_words
from .words import (
    bill_kind,
    correction_state,
    entry_kind,
    exception_state,
    service_words,
)

_LONGEST_REASON = 500
_ONE_DAY = timedelta(days=1)
_Error = tuple[str | None, str]


@require_safe
@staff_view
def bills(request: HttpRequest) -> HttpResponse:
    """Find an account by its number or a bill's, and see its bills."""
    return _bills(request, request.GET.get("q", ""))


def _bills(
    request: HttpRequest, typed: str, *, error: _Error | None = None, status: int = 200
) -> HttpResponse:
    account = find_account(typed)
    context: dict[str, Any] = {
        "nav": staff_nav(),
        "nav_current": "bills",
        "typed": typed,
        "through": request.POST.get("through", ""),
        "account": account,
        "error": error,
    }
    if account is not None:
        found = deposits_of(account.public_id, today=clock.today(settings.UTILITY.zone))
        context |= {
            "deposit": found[0] if found else None,
            "deposit_said": deposit_sentences(found, formats),
            "typed_deposit": request.POST,
        }
        waiting, _total = open_exceptions(account=account.number)
        context |= {
            "bills": [
                (line, bill_kind(line.kind), line.end - _ONE_DAY if line.end else None)
                for line in bills_of_account(account.id)
            ],
            "waiting": [
                (
                    row,
                    kind_words(row.kind),
                    exception_sentence(row.kind, row.facts),
                    exception_state(row.status),
                )
                for row in waiting
            ],
        }
    return render(request, "staff/billing/bills.html", context, status=status)


@require_POST
@staff_view
def off_cycle(request: HttpRequest) -> HttpResponse:
    """Make an account's bill now, up to a day."""
    typed = request.POST.get("q", "")
    account = find_account(typed)
    if account is None:
        raise Http404
    through = _day(request.POST.get("through", ""))
    if through is None:
        said = _("Enter the day up to which is billed, such as 2026-11-10")
        return _bills(request, typed, error=("id_through", said), status=422)
    try:
        made = bill_off_cycle(account_id=account.id, through=through)
    except NothingToBill:
        said = _("Every day up to then is billed already")
        return _bills(request, typed, error=("id_through", said), status=409)
    if made.bill is None:
        return redirect(f"{reverse('staff_bills')}?q={account.number}#waiting")
    return redirect("staff_bill", bill_id=made.bill.public_id)


@require_POST
@staff_view
def deposit(request: HttpRequest) -> HttpResponse:
    """Ask an account for a deposit, ask no more, or give it back: whatever comes next for it."""
    typed = request.POST.get("q", "")
    account = find_account(typed)
    if account is None:
        raise Http404
    today, reason = (
        clock.today(settings.UTILITY.zone),
        request.POST.get("deposit_reason", "")[:_LONGEST_REASON],
    )
    cents, is_amount = _dollars(request.POST.get("deposit_amount", ""))
    if not is_amount:
        said = _("Enter an amount in dollars and cents")
        return _bills(request, typed, error=("id_deposit_amount", said), status=422)
    try:
        act_on_deposit(account_id=account.id, today=today, reason=reason, amount_cents=cents)
    except DepositReasonNeeded:
        return _bills(request, typed, error=("id_deposit_reason", _("Say why")), status=422)
    except (NoDepositRule, NoHistory):
        said = _("No rule says how much; enter an amount")
        return _bills(request, typed, error=("id_deposit_amount", said), status=422)
    except SeriesGap:
        said = _("Some day has no interest rate; set the series deposit_interest first")
        return _bills(request, typed, error=(None, said), status=409)
    except DepositError:
        said = _("The deposit has changed meanwhile; look at it again")
        return _bills(request, typed, error=(None, said), status=409)
    return redirect(f"{reverse('staff_bills')}?q={account.number}#deposit")


def _dollars(text: str) -> tuple[int | None, bool]:
    """Cents, none where nothing was typed; and whether it was an amount."""
    try:
        return parse_typed_cents(text, max_cents=10**9 - 1), True
    except MoneyParseError as error:
        return None, error.kind is MoneyErrorKind.EMPTY


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


@require_safe
@staff_view
def bill(request: HttpRequest, bill_id: UUID) -> HttpResponse:
    """One bill's history."""
    return _bill(request, bill_id)


def _bill(
    request: HttpRequest, bill_id: UUID, *, error: _Error | None = None, status: int = 200
) -> HttpResponse:
    found = bill_history(bill_id)
    if found is None:
        raise Http404
    events = bill_events(found.id)
    names = names_of([*_actors(found), *(event.by for event in events)])
    standing = [fee for fee in found.late_fees if fee[2] == "charged"]
    context = {
        "nav": staff_nav(),
        "nav_current": "bills",
        "bill": found,
        "kind": bill_kind(found.line.kind),
        "last_day": found.line.end - _ONE_DAY if found.line.end else None,
        "segments": [
            (one, service_words(one.service), one.end - _ONE_DAY, list(_reads(one))) for one in found.segments
        ],
        "entries": [_entry(legs, names) for legs in _entries(found.postings)],
        "corrections": [
            (one, correction_state(one.status), names.get(one.by, one.by)) for one in found.corrections
        ],
        "events": [
            (event.at, *event_words(event), names.get(event.by, event.by), event.reason) for event in events
        ],
        "standing_fee": standing[0] if standing else None,
        "may_waive": found.line.status == "issued"
        and found.late_date is not None
        and not found.late_fees
        and not found.is_waived,
        "cancelled_by": names.get(found.cancelled[1], found.cancelled[1]) if found.cancelled else "",
        "may_cancel": found.line.status == "issued" and found.origin == "ours",
        "typed": request.POST,
        "error": error,
    }
    return render(request, "staff/billing/bill.html", context, status=status)


@dataclass(frozen=True, slots=True)
class _EntryView:
    """One entry of the books as a small table: a row a service, what is owed, revenue and taxes."""

    words: str
    on: date
    who: str
    rows: list[tuple[str, ...]]
    sums: list[str]


def _entries(postings: Sequence[PostingLine]) -> list[list[PostingLine]]:
    """Legs of one entry together, in order."""
    return [list(legs) for _key, legs in groupby(postings, key=lambda leg: leg.transaction_id)]


def _entry(legs: Sequence[PostingLine], names: Mapping[str, str]) -> _EntryView:
    columns = ("receivable", "income", "tax")
    sums: dict[str, dict[str, int]] = {}
    for leg in legs:
        of_service = sums.setdefault(leg.fund, dict.fromkeys(columns, 0))
        of_service[leg.ledger_code.partition(".")[0]] += leg.amount_cents
    first = legs[0]
    return _EntryView(
        words=entry_kind(first.kind),
        on=first.effective_on,
        who=names.get(first.by, first.by),
        rows=[
            (service_words(fund), *(money(found[column]) for column in columns))
            for fund, found in sums.items()
        ],
        sums=[money(sum(found[column] for found in sums.values())) for column in columns],
    )


def _actors(found: BillHistory) -> Iterator[str]:
    yield from (one.by for one in found.postings)
    yield from (one.by for one in found.corrections)
    if found.cancelled:
        yield found.cancelled[1]


def _reads(segment: SegmentLine) -> Iterator[str]:
    """The reads that prove what was used, as somebody would read them out."""
    for determinant in segment.determinants:
        for read in determinant["evidence"]:
            yield _read(read)


def _read(read: Mapping[str, Any]) -> str:
    facts = {
        "meter": read["meter_number"],
        "day": day_year(date.fromisoformat(read["read_at"][:10])),
        "value": number(Decimal(read["value"])),
        "unit": read["unit"],
        "kind": read_kind(read["kind"]),
        "version": read["reference"],
    }
    return _("%(meter)s, %(day)s: %(value)s %(unit)s, %(kind)s (%(version)s)") % facts


@require_POST
@staff_view
def cancel(request: HttpRequest, bill_id: UUID) -> HttpResponse:
    """Take a bill back, and make it again unless only that was asked for."""
    found = bill_history(bill_id)
    if found is None:
        raise Http404
    how = request.POST.get("how", "")
    reason = request.POST.get("reason", "").strip()[:_LONGEST_REASON]
    if how not in ("rebill", "cancel"):
        return _bill(request, bill_id, error=("id_how", _("Choose what is to be done")), status=422)
    try:
        if how == "cancel":
            cancel_bill(bill_id=found.id, reason=reason)
            return redirect("staff_bill", bill_id=bill_id)
        made = rebill(bill_ids=[found.id], reason=reason)
    except ReasonNeeded:
        return _bill(request, bill_id, error=("id_reason", _("Say why the bill is taken back")), status=422)
    except CannotCancel:
        said = _("This bill is taken back already, or another system made it")
        return _bill(request, bill_id, error=(None, said), status=409)
    except UnableToBill as trouble:
        why = exception_sentence(trouble.kind, trouble.facts) or kind_words(trouble.kind)
        said = _("It cannot be made again, so nothing was changed. %(why)s") % {"why": why}
        return _bill(request, bill_id, error=(None, said), status=409)
    return redirect("staff_bill", bill_id=made.public_id)


@require_POST
@staff_view
def late_fee(request: HttpRequest, bill_id: UUID) -> HttpResponse:
    """Take a bill's late fee back, or waive it before it comes."""
    found = bill_history(bill_id)
    if found is None:
        raise Http404
    reason = request.POST.get("fee_reason", "").strip()[:_LONGEST_REASON]
    standing = [fee for fee in found.late_fees if fee[2] == "charged"]
    try:
        if standing:
            reverse_late_fee(fee_ref=standing[0][0], reason=reason)
        else:
            waive_late_fee(bill_ref=bill_id, reason=reason)
    except FeeReasonNeeded:
        said = _("Say why no late fee is owed")
        return _bill(request, bill_id, error=("id_fee_reason", said), status=422)
    except LateFeeError:
        said = _("The late fee was taken back or waived already, or none can come")
        return _bill(request, bill_id, error=(None, said), status=409)
    return redirect("staff_bill", bill_id=bill_id)


@require_safe
@staff_view
def pdf(request: HttpRequest, bill_id: UUID) -> HttpResponse:
    """The bill as it is printed and as the customer gets it, in the reader's language."""
    found = bill_history(bill_id)
    view = bill_of(found.account_ref, bill_id) if found else None
    if view is None:
        raise Http404
    document = make_pdf(
        see_bill(view, say=formats),
        utility=settings.UTILITY,
        paper=settings.PAPER,
        pay_url=pay_address(view.account),
    )
    name = f"bill-{view.summary.number}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(document, content_type="application/pdf", headers=headers)


@require_POST
@staff_view
def dismiss(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """Leave a bill as it is, though its reads have changed."""
    row = BillCorrection.objects.filter(public_id=correction_id).select_related("bill").first()
    if row is None:
        raise Http404
    reason = request.POST.get("reason", "").strip()[:_LONGEST_REASON]
    bill_id = row.bill.public_id
    try:
        dismiss_correction(row.pk, reason=reason)
    except ReasonNeeded:
        said = _("Say why the bill stays as it is")
        return _bill(request, bill_id, error=("id_why", said), status=422)
    except MoveNotAllowed:
        said = _("The correction is decided already")
        return _bill(request, bill_id, error=(None, said), status=409)
    return redirect("staff_bill", bill_id=bill_id)
