"""Billing's rules: read in words, changed as a new version from a day on, with a reason; a preview on a real bill."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from meterside.cis.billing.charges.policies import set_deposit_policy, set_late_fee_policy
from meterside.cis.billing.corrections.correcting import set_make_good_policy
from meterside.cis.billing.models import TOLERANCE_KINDS, Bill, BillCycle
from meterside.cis.billing.queries.bills import bill_of
from meterside.cis.billing.queries.policies import PolicyRow, policy_rows
from meterside.cis.billing.runs.exceptions import set_tolerance
from meterside.cis.billing.statement.inserts import InsertTooLong, set_bill_insert
from meterside.cis.billing.statement.messages import set_bill_message
from meterside.cis.metering.estimates.registers import set_estimate_policy
from meterside.cis.metering.models import EstimatePolicy
from meterside.engine.policy import deposit_rule, late_fee_rule
from meterside.engine.tariff import InvalidTariff
from meterside.engine.typed_number import NotATypedNumber, typed_number
from meterside.journeys.see_bill import see_bill
from meterside.web.customer.bill.pay_address import pay_address
from meterside.web.customer.bill.pdf import make_pdf
from meterside.web.design import formats
from meterside.web.fields import not_a_number_words
from meterside.web.staff import staff_nav, staff_view
from meterside.web.staff.actors import names_of

from .exception_words import kind_words
from .policy_words import class_words, for_whom, method_words, policy_words
from .words import service_words

_Words = str | Promise
_ONE_DAY: Final = timedelta(days=1)
KINDS: Final[Mapping[str, tuple[_Words, _Words]]] = {
    "late-fee": (gettext_lazy("Late fees"), gettext_lazy("Counts for bills dated from that day on.")),
    "deposit": (gettext_lazy("Deposits"), gettext_lazy("Counts for what is asked from that day on.")),
    "estimate": (gettext_lazy("Estimates"), gettext_lazy("How a missing read is estimated.")),
    "make-good": (gettext_lazy("Corrections"), gettext_lazy("What happens when billed reads change.")),
    "tolerance": (gettext_lazy("Tolerances"), gettext_lazy("What is looked at before a bill goes out.")),
    "message": (gettext_lazy("Messages on bills"), gettext_lazy("A sentence or two on bills of that time.")),
    "insert": (gettext_lazy("Inserts"), gettext_lazy("A page or two that goes along with bills.")),
}


@require_safe
@staff_view
def policies(request: HttpRequest) -> HttpResponse:
    """Every rule in words, those in force and those that were."""
    rows = policy_rows()
    names = names_of(row.by for row in rows)
    sections = [
        (
            kind,
            title,
            hint,
            [
                (row, for_whom(row), policy_words(row), _last_day(row), names.get(row.by, row.by))
                for row in rows
                if row.what == kind
            ],
        )
        for kind, (title, hint) in KINDS.items()
    ]
    context = {"nav": staff_nav(), "nav_current": "policies", "sections": sections}
    return render(request, "staff/billing/policies.html", context)


def _last_day(row: PolicyRow) -> date | None:
    return None if row.until is None else row.until - _ONE_DAY


class _Wrong(Exception):
    """What was typed cannot be kept; `errors` are fields with what to do."""

    def __init__(self, *errors: tuple[str | None, str]) -> None:
        super().__init__(str(errors))
        self.errors = list(errors)


@require_http_methods(["GET", "POST"])
@staff_view
def policy(request: HttpRequest, kind: str) -> HttpResponse:
    """A new version of one sort of rule."""
    if kind not in KINDS:
        raise Http404
    if request.method == "GET":
        return _form(request, kind)
    try:
        if "preview" in request.POST and kind in ("message", "insert"):
            return _preview(request, kind)
        with transaction.atomic():
            _KEEP[kind](request)
    except _Wrong as wrong:
        return _form(request, kind, errors=wrong.errors, status=422)
    except InvalidTariff as error:
        return _form(request, kind, errors=[(None, str(error))], status=422)
    except InsertTooLong:
        return _form(
            request, kind, errors=[("id_text_en", _("Each text may have 6,000 letters"))], status=422
        )
    except IntegrityError:
        said = _(
            "It cannot be kept: it must begin after the last change, and its numbers must make sense together"
        )
        return _form(request, kind, errors=[("id_since", said)], status=409)
    return redirect(f"{reverse('staff_policies')}#{kind}")


def _form(
    request: HttpRequest, kind: str, *, errors: list[tuple[str | None, str]] | None = None, status: int = 200
) -> HttpResponse:
    title, hint = KINDS[kind]
    context = {
        "nav": staff_nav(),
        "nav_current": "policies",
        "kind": kind,
        "title": title,
        "hint": hint,
        "typed": request.POST,
        "errors": errors or [],
        "classes": [
            (one, class_words(one) or _("All")) for one in ("", "residential", "commercial", "industrial")
        ],
        "services": [
            (one, service_words(one) or _("All"))
            for one in ("", "electric", "water", "gas", "sewer", "refuse")
        ],
        "cycles": [
            ("", _("All")),
            *((row.code, f"{row.code} · {row.name}") for row in BillCycle.objects.order_by("code")),
        ],
        "methods": [(one, method_words(one)) for one in EstimatePolicy.METHODS],
        "chosen_methods": request.POST.getlist("methods"),
        "kinds": [(one, kind_words(one)) for one in TOLERANCE_KINDS],
    }
    return render(request, "staff/billing/policy.html", context, status=status)


# --- what was typed --------------------------------------------------------------------------------------------------


def _text(request: HttpRequest, name: str, *, needed: str = "") -> str:
    text = request.POST.get(name, "").strip()
    if needed and not text:
        raise _Wrong((f"id_{name}", needed))
    return text


def _common(request: HttpRequest) -> dict[str, Any]:
    """The first day, the class, the reason."""
    wrong, since = [], _day(request.POST.get("since", ""))
    if since is None:
        wrong.append(("id_since", _("Enter the day it begins")))
    reason = request.POST.get("reason", "").strip()[:500]
    if not reason:
        wrong.append(("id_reason", _("Say why it changes")))
    if wrong:
        raise _Wrong(*wrong)
    return {"since": since, "customer_class": request.POST.get("customer_class", ""), "reason": reason}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _number(request: HttpRequest, name: str) -> Decimal | None:
    text = request.POST.get(name, "").strip().removeprefix("$").removesuffix("%").strip()
    if not text:
        return None
    try:
        return typed_number(text)
    except NotATypedNumber as error:
        raise _Wrong((f"id_{name}", not_a_number_words(error))) from None


def _whole(request: HttpRequest, name: str) -> int | None:
    found = _number(request, name)
    if found is not None and (found != int(found) or found > 10**9):
        raise _Wrong((f"id_{name}", _("Enter a whole number")))
    return None if found is None else int(found)


def _cents(request: HttpRequest, name: str) -> int | None:
    found = _number(request, name)
    if found is not None and found * 100 != int(found * 100):
        raise _Wrong((f"id_{name}", _("Enter an amount in dollars and cents")))
    return None if found is None else int(found * 100)


def _table(**fields: Any) -> dict[str, Any]:
    """The table of a rule: what was left empty is left out."""
    return {
        name: str(value) if isinstance(value, Decimal) else value
        for name, value in fields.items()
        if value not in (None, "")
    }


# --- how each sort is kept -------------------------------------------------------------------------------------------


def _keep_late_fee(request: HttpRequest) -> None:
    common = _common(request)
    percent = _number(request, "percent")
    table = _table(
        percent=None if percent is None else percent / 100,
        flat=_number(request, "flat"),
        pick=request.POST.get("pick", ""),
        base=request.POST.get("base", ""),
        grace_days=_whole(request, "grace_days"),
        balance_over=_number(request, "balance_over"),
        least=_number(request, "least"),
        most=_number(request, "most"),
    )
    if "notice" not in request.POST:
        table["notice"] = False
    is_none = "none" in request.POST
    set_late_fee_policy(rule=None if is_none else late_fee_rule(table), **common)


def _keep_deposit(request: HttpRequest) -> None:
    common = _common(request)
    table = _table(
        months=_number(request, "months"),
        basis=request.POST.get("basis", ""),
        flat=_number(request, "flat"),
        most=_number(request, "most"),
        refund_after_months=_whole(request, "refund_after_months"),
        late_allowed=_whole(request, "late_allowed"),
    )
    if "at_start" in request.POST:
        table["at_start"] = True
    is_none = "none" in request.POST
    set_deposit_policy(rule=None if is_none else deposit_rule(table), **common)


def _keep_estimate(request: HttpRequest) -> None:
    common = _common(request)
    methods = [one for one in EstimatePolicy.METHODS if one in request.POST.getlist("methods")]
    if not methods:
        raise _Wrong(("id_methods", _("Choose at least one way")))
    set_estimate_policy(
        methods=methods,
        commodity=request.POST.get("service", ""),
        window_days=_whole(request, "window_days") or 0,
        most_in_a_row=_whole(request, "most_in_a_row") or 0,
        **common,
    )


def _keep_make_good(request: HttpRequest) -> None:
    common = _common(request)
    least = _cents(request, "least")
    set_make_good_policy(
        rebill_above_cents=_cents(request, "rebill_above"),
        least_cents=1 if least is None else least,
        back_bill_days=_whole(request, "back_bill_days"),
        **common,
    )


def _keep_tolerance(request: HttpRequest) -> None:
    common = _common(request)
    set_tolerance(
        kind=_text(request, "tolerance", needed=_("Choose what is looked at")),
        service=request.POST.get("service", ""),
        percent=_whole(request, "percent"),
        least_units=_whole(request, "least_units") or 0,
        **common,
    )


def _texts(request: HttpRequest) -> dict[str, str]:
    needed = _("Write it in both languages")
    return {name: _text(request, name, needed=needed) for name in ("text_en", "text_es")}


def _until(request: HttpRequest) -> date | None:
    return _day(request.POST.get("until", ""))


def _keep_message(request: HttpRequest) -> None:
    texts, common = _texts(request), _common(request)
    set_bill_message(
        code=_text(request, "code", needed=_("Enter a short name, such as winter-2026")),
        until=_until(request),
        cycle=request.POST.get("cycle") or None,
        text_en=texts["text_en"],
        text_es=texts["text_es"],
        **common,
    )


def _keep_insert(request: HttpRequest) -> None:
    needed = _("Write it in both languages")
    texts, common = _texts(request), _common(request)
    set_bill_insert(
        code=_text(request, "code", needed=_("Enter a short name, such as winter-2026")),
        title_en=_text(request, "title_en", needed=needed),
        title_es=_text(request, "title_es", needed=needed),
        until=_until(request),
        cycle=request.POST.get("cycle") or None,
        commodity=request.POST.get("service", ""),
        text_en=texts["text_en"],
        text_es=texts["text_es"],
        **common,
    )


_KEEP: Final[Mapping[str, Callable[[HttpRequest], None]]] = {
    "late-fee": _keep_late_fee,
    "deposit": _keep_deposit,
    "estimate": _keep_estimate,
    "make-good": _keep_make_good,
    "tolerance": _keep_tolerance,
    "message": _keep_message,
    "insert": _keep_insert,
}


def _preview(request: HttpRequest, kind: str) -> HttpResponse:
    """The latest bill with what was typed on it, as it would be printed; nothing is kept."""
    texts = _texts(request)
    sample = (
        Bill.objects.filter(status="issued", origin="ours").select_related("account").order_by("-pk").first()
    )
    view = bill_of(sample.account.public_id, sample.public_id) if sample else None
    if view is None:
        raise _Wrong((None, _("There is no bill yet to show it on")))
    code = request.POST.get("code", "").strip() or "preview"
    said: dict[str, Any] = {"code": code, "en": texts["text_en"], "es": texts["text_es"]}
    if kind == "insert":
        needed = _("Write it in both languages")
        titles = {name: _text(request, f"title_{name}", needed=needed) for name in ("en", "es")}
        said = {"code": code, "title": titles, "text": {"en": texts["text_en"], "es": texts["text_es"]}}
    part = "messages" if kind == "message" else "inserts"
    shown = replace(view, statement={**view.statement, part: [said]})
    document = make_pdf(
        see_bill(shown, say=formats),
        utility=settings.UTILITY,
        paper=settings.PAPER,
        pay_url=pay_address(view.account),
    )
    headers = {"Content-Disposition": 'inline; filename="preview.pdf"'}
    return HttpResponse(document, content_type="application/pdf", headers=headers)
