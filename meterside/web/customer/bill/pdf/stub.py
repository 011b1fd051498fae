"""The part of a bill that goes back with a check, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from django.utils.translation import gettext as _

from meterside.journeys.see_bill import BillPage
from meterside.kit.scan_line import ScanLine, make_scan_line
from meterside.web.components.qr.drawing import qr_svg
from meterside.web.customer.bill.pay_address import in_letters
from meterside.web.design import formats

from .address import shortened

#: Letters of the name on the stub, half a line.
_LONGEST_NAME = 30
_NBSP = "\N{NO-BREAK SPACE}"


class OfficeFacts(Protocol):
    """Where to pay in person, and whom to ask."""

    office: str
    phone: str


def scan_line(page: BillPage) -> str:
    """The line a lockbox reads (docs/algorithms/scan-line.md)."""
    account = "".join(letter for letter in page.account_number if letter.isdecimal() and letter.isascii())
    return make_scan_line(ScanLine(account, page.number, max(page.total_due_cents, 0)))


def stub_data(page: BillPage, utility: OfficeFacts, pay_url: str) -> Mapping[str, Any] | None:
    """The part that goes back with a check; None where there is nothing to pay."""
    if page.total_due_cents <= 0 or page.is_cancelled:
        return None
    address = in_letters(pay_url)
    late = []
    if page.late:
        late = [
            [
                _("After %(day)s") % {"day": formats.day(page.late.after)},
                formats.money(page.late.amount_cents),
            ]
        ]
    return {
        "tear": _("Tear here. Send the part below with your check."),
        "title": _("Pay this bill"),
        "ways": [
            _("Online: scan the code, or go to %(address)s") % {"address": address},
            _("By mail: send this part and a check; the address below must show in the window."),
            _("In person: %(office)s. Questions: %(phone)s")
            % {"office": utility.office, "phone": phone(utility.phone)},
        ],
        "qr": qr_svg(pay_url),
        "qr_said": _("QR code of the page to pay: %(address)s") % {"address": address},
        "facts": [
            [_("Account"), page.account_number],
            *([[_("Name"), shortened(page.holder_name, _LONGEST_NAME)]] if page.holder_name else []),
            [_("Bill number"), str(page.number)],
            [_("Due"), formats.day_year(page.due_date)],
        ],
        "amount": [_("Amount due"), formats.money(page.total_due_cents)],
        "late": late,
        "enclosed": _("Amount enclosed"),
        "scan_line": scan_line(page),
    }


def phone(text: str) -> str:
    """A telephone number that stays on one line."""
    return text.replace(" ", _NBSP)
