"""What the PDF prints, ready in words: the template only lays it out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any, Protocol

import segno
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meterside.journeys.see_bill import BillPage, ServiceCharges, Why
from meterside.kit.ids import check_digit
from meterside.web.components.chart import ChangePart, changes
from meterside.web.components.chart.words import strip_words
from meterside.web.customer.bill.strips import strip_of
from meterside.web.design import formats

# Points by lines, tallest column and tables together. A bill of few lines is set larger, a full one so that it
# keeps to its sheet; one that goes on to a second sheet anyway needs no squeezing.
_SIZES = ((29, "9.5"), (34, "8.75"), (44, "8.5"))
_SIZE_ON_MORE_SHEETS = "8.75"


class UtilityFacts(Protocol):
    """What the sheet says of the utility; the settings' own topic has it."""

    name: str
    office: str
    phone: str
    email: str
    emergency_phone: str


def document_data(page: BillPage, *, utility: UtilityFacts, pay_url: str) -> dict[str, Any]:
    """Everything on the sheet as plain JSON values, in the language of the request."""
    columns = _columns([_service(service) for service in page.services])
    return {
        "language": (get_language() or "en")[:2],
        "size": _size(page, columns),
        "title": _("Bill of %(day)s") % {"day": formats.day_year(page.bill_date)},
        "subtitle": _subtitle(page),
        "utility": {
            "name": utility.name,
            "office": utility.office,
            "reach": f"{utility.phone} · {utility.email}",
        },
        "facts": [
            [_("Account"), page.account_number],
            [_("Bill number"), str(page.number)],
            [_("In the name of"), page.holder_name],
            [_("Service at"), "; ".join(page.addresses)],
        ],
        "hero": _hero(page),
        "notice": _notice(page),
        "sums": {
            "title": _("How it adds up"),
            "lines": [[line.label, line.detail, formats.money(line.amount_cents)] for line in page.sums],
            "total": [_total_label(page), formats.money(abs(page.total_due_cents))],
        },
        "why": _why(page.why),
        "charges": {
            "title": _("Your charges"),
            "total": [_("New charges"), formats.money(page.current_charges_cents)],
            "columns": columns,
        },
        "reads": _reads(page.services),
        "stub": _stub(page, utility, pay_url),
        "help": _help(page, utility),
        "of_pages": _("Page %(page)s of %(last)s") % {"page": "{page}", "last": "{last}"},
    }


def scan_line(page: BillPage) -> str:
    """The line a lockbox reads: account, bill number, amount in cents, check digit over all before it."""
    account = "".join(letter for letter in page.account_number if letter.isdecimal() and letter.isascii())
    parts = (account, f"{page.number:010d}", f"{max(page.total_due_cents, 0):010d}")
    return " ".join((*parts, check_digit("".join(parts))))


def _subtitle(page: BillPage) -> str:
    return _("For %(days)s") % {"days": formats.days(page.first_day, page.last_day)}


def _hero(page: BillPage) -> dict[str, str]:
    if page.total_due_cents > 0:
        label = _("Due %(day)s") % {"day": formats.day_long(page.due_date)}
    elif page.total_due_cents < 0:
        label = _("Your credit; nothing to pay")
    else:
        label = _("Nothing to pay")
    return {"label": label, "amount": formats.money(abs(page.total_due_cents))}


def _notice(page: BillPage) -> str:
    if page.is_cancelled:
        return _("This bill was cancelled. Please do not pay it.")
    if not page.is_explained:
        return _("This bill was made in our former billing system, which kept the totals only.")
    return ""


def _total_label(page: BillPage) -> str:
    return _("Credit") if page.total_due_cents < 0 else _("Total due")


def _why(why: Why | None) -> dict[str, Any] | None:
    if why is None or not why.parts:
        return None
    drawn = changes(
        before_cents=why.before_cents,
        after_cents=why.after_cents,
        parts=[ChangePart(part.label, part.amount_cents, part.note) for part in why.parts],
    )
    return {
        "title": _("Why it changed"),
        "before": _("%(day)s was %(amount)s")
        % {"day": formats.day_short(why.previous_bill_date), "amount": formats.money(why.before_cents)},
        "parts": [
            {
                "label": bar.part.label,
                "note": bar.part.note,
                "amount": formats.money_change(bar.part.amount_cents),
                "is_down": bar.part.amount_cents < 0,
                "x": str(bar.box.x),
                "width": str(bar.box.width),
            }
            for bar in drawn.bars
        ],
        "total": [_("In all"), formats.money_change(drawn.total_cents)],
    }


def _service(service: ServiceCharges) -> dict[str, Any]:
    small = [*service.sentences, service.estimated, service.rate]
    return {
        "service": service.service,
        "title": service.title,
        "detail": " · ".join(text for text in (service.detail, service.address) if text),
        "amount": formats.money(service.total_cents),
        "groups": [
            {
                "heading": group.heading,
                "lines": [[line.label, line.how, formats.money(line.amount_cents)] for line in group.lines],
            }
            for group in service.groups
        ],
        "small": " ".join(text for text in small if text),
        "strip": _strip(service),
    }


def _size(page: BillPage, columns: list[list[dict[str, Any]]]) -> str:
    n_meters = sum(len(service.meters) for service in page.services)
    n_lines = max(_tall(column) for column in columns) + n_meters
    n_lines += len(page.why.parts) if page.why else 0
    return next((size for most, size in _SIZES if n_lines <= most), _SIZE_ON_MORE_SHEETS)


def _columns(services: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Left and right column, in order, cut where the taller of the two is lowest."""

    def lowest(cut: int) -> int:
        return max(_tall(services[:cut]), _tall(services[cut:]))

    cut = min(range(len(services) + 1), key=lowest)
    return [services[:cut], services[cut:]]


def _tall(column: list[dict[str, Any]]) -> int:
    return sum(_height(service) for service in column)


def _height(service: dict[str, Any]) -> int:
    """About how many lines a service takes."""
    charges = sum(len(group["lines"]) + bool(group["heading"]) for group in service["groups"])
    return 3 + charges + len(service["small"]) // 60 + (4 if service["strip"] else 0)


def _reads(services: Sequence[ServiceCharges]) -> dict[str, Any] | None:
    """One table of all meters; water and sewer share a meter, which is printed once."""
    rows: dict[tuple[str, ...], None] = {}
    for service in services:
        for meter in service.meters:
            reads = meter.reads or ("–", "–")
            rows[meter.badge, *reads, meter.multiplier or "–", meter.used] = None
    if not rows:
        return None
    return {
        "title": _("Your meters"),
        "head": [_("Meter"), _("Read before"), _("Read now"), _("Multiplied by"), _("Used")],
        "rows": [list(row) for row in rows],
    }


def _strip(service: ServiceCharges) -> dict[str, Any] | None:
    """The days as bars, their words, and the same in a sentence for who does not see them."""
    strip = strip_of(service.days)
    if strip is None:
        return None
    highest = max((bar.use.amount or Decimal(0) for bar in strip.bars), default=Decimal(0))
    said = _("%(service)s: use for each day") % {"service": service.title}
    most = _("The most on one day: %(use)s.") % {"use": formats.usage(Decimal(highest), service.unit, 2)}
    return {
        "said": f"{said}. {strip_words(strip)} {most}",
        "words": f"{strip_words(strip)} {most}",
        "first": formats.day_short(strip.first),
        "last": formats.day_short(strip.last),
        "bars": [[str(bar.box.height), str(bar.use.quality)] for bar in strip.bars],
    }


def _stub(page: BillPage, utility: UtilityFacts, pay_url: str) -> dict[str, Any] | None:
    """The part that goes back with a check; None where there is nothing to pay."""
    if page.total_due_cents <= 0 or page.is_cancelled:
        return None
    address = pay_url.partition("?")[0].removeprefix("https://").removeprefix("http://")
    return {
        "title": _("Pay this bill"),
        "online": _("Pay online: scan the code, or go to %(address)s") % {"address": address},
        "by_mail": _("By mail: send this part with a check to %(name)s, %(office)s. Name your account on it.")
        % {"name": utility.name, "office": utility.office},
        "qr": _qr(pay_url),
        "qr_said": _("QR code of the page to pay: %(address)s") % {"address": address},
        "facts": [
            [_("Account"), page.account_number],
            [_("Bill number"), str(page.number)],
            [_("Due"), formats.day_year(page.due_date)],
        ],
        "amount": [_("Amount due"), formats.money(page.total_due_cents)],
        "enclosed": _("Amount enclosed"),
        "scan_line": scan_line(page),
    }


def _qr(text: str) -> str:
    drawn = BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", border=0, xmldecl=False, svgns=True)
    return drawn.getvalue().decode()


def _help(page: BillPage, utility: UtilityFacts) -> dict[str, str]:
    words = _(
        "Something not right? Tell us what, and name bill %(number)s: %(phone)s, %(email)s or %(office)s."
    )
    facts = {
        "number": page.number,
        "phone": utility.phone,
        "email": utility.email,
        "office": utility.office,
    }
    emergency = _("Smell gas or see a wire down? Leave, then call %(phone)s.")
    return {"not_right": words % facts, "emergency": emergency % {"phone": utility.emergency_phone}}
