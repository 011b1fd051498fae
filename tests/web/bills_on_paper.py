"""Bills as they come: one service and four, credit, past due, estimated, long names. Made by hand, no database."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.utils import translation
from pypdf import PdfReader

from meterside.journeys.see_bill import BillPage, see_bill
from meterside.web.customer.bill.pdf import make_pdf
from meterside.web.design import formats
from tests.journeys.statements import bill_view, line, meter, service, statement, tier

PAY = "https://riverbend.example/pay/?account=11111111-1111-4111-8111-111111111111"
MAIL = {"lines": ["PO Box 7", "Salem, OR 97301-1234"], "postal_code": "97301-1234"}
LATE = {"after": "2026-11-28", "amount_cents": 18_467, "fee_cents": 274}
WHY = {
    "previous_number": 1, "previous_bill_date": "2026-10-01", "previous_cents": 16_700, "difference_cents": 1_493,
    "parts": [
        {
            "service": "electric", "kind": "days", "amount_cents": 310,
            "facts": {"days_before": "30", "days_after": "31"},
        },
        {"service": "electric", "kind": "use", "amount_cents": 1_102, "facts": {}},
        {"service": "water", "kind": "use", "amount_cents": -229, "facts": {}},
        {"service": "sewer", "kind": "rate", "amount_cents": 310, "facts": {}},
    ],
}  # fmt: skip


def page_of(*services: dict[str, Any], **more: Any) -> BillPage:
    return see_bill(bill_view(statement(services or [electric()], **more)), say=formats)


def pdf_of(page: BillPage, language: str = "en") -> bytes:
    with translation.override(language):
        return make_pdf(page, utility=settings.UTILITY, paper=settings.PAPER, pay_url=PAY)


def read(document: bytes) -> PdfReader:
    return PdfReader(BytesIO(document))


def words(document: bytes) -> str:
    """All its text; no-break spaces and the joints between label and amount made plain."""
    text = " ".join(page.extract_text() for page in read(document).pages)
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{WORD JOINER}", "").split())


def electric(**more: Any) -> dict[str, Any]:
    """October by day, two of them estimated, with October of the year before."""
    uses = [20_000 + (day * 6271) % 9_000 for day in range(1, 31)]
    daily = [
        [f"2026-10-{day:02d}", use, "estimated" if day in (9, 10) else "measured"]
        for day, use in enumerate([*uses, 762_000 - sum(uses)], start=1)
    ]
    before = [23_000 + (day * 7919) % 9_000 for day in range(31)]
    last_year = {"quantity": str(sum(before)), "days": 31, "source": "interval", "daily": before}
    return service(**{"daily": daily, "last_year": last_year, **more})


def water(name: str = "water", **more: Any) -> dict[str, Any]:
    """9 CCF by the dial, and 11 a year before by that bill."""
    return service(
        name,
        **{
            "usage": {"quantity": "900", "unit": "cf", "source": "register", "priced_unit": "ccf"},
            "tariff": {"code": "W-1", "name": "Residential water", "name_es": "Agua residencial", "source_url": ""},
            "meters": [meter(badge="A-W", previous=1500, present=2400, unit="cf", quantity="900", units_per_count=1)],
            "lines": [
                line("meter", "fixed", 1200, label="Meter charge", label_es="Cargo por medidor", price="12.00"),
                line(
                    "use", "usage", 2790, label=f"{name.title()} use", label_es="Consumo", quantity="9", unit="ccf",
                    price="3.10", price_unit="ccf", determinant="usage",
                ),
            ],
            "total_cents": 3990,
            "last_year": {"quantity": "1100", "days": 30, "source": "bill", "daily": None},
            **more,
        },
    )  # fmt: skip


def refuse() -> dict[str, Any]:
    """A cart, without a meter."""
    return service(
        "refuse", usage=None, meters=[], total_cents=1150,
        tariff={"code": "RF-1", "name": "Residential refuse", "name_es": "Basura residencial", "source_url": ""},
        lines=[line("cart", "fixed", 1150, label="64-gallon cart", label_es="Contenedor de 64 galones", price="11.50")],
    )  # fmt: skip


def four() -> list[dict[str, Any]]:
    """What a home has: electric, water, sewer and refuse, $181.93."""
    return [electric(), water(), water("sewer"), refuse()]


def gas() -> dict[str, Any]:
    """43.1 therms in two blocks, by a dial of hundreds of cubic feet."""
    return water(
        "gas",
        tariff={"code": "G-1", "name": "Residential gas", "name_es": "Gas residencial", "source_url": ""},
        usage={"quantity": "4200", "unit": "cf", "source": "register", "priced_unit": "therm"},
        meters=[meter(badge="A-G", previous=1500, present=1542, unit="cf", quantity="4200", units_per_count=100)],
        lines=[
            line("customer", "fixed", 1495, label="Customer charge", label_es="Cargo por cliente", price="14.95"),
            tier("20", "0.98", 1960, low="0", high="20", unit="therm", price_unit="therm"),
            tier("23.1", "1.21", 2795, low="20", high=None, unit="therm", price_unit="therm"),
            line(
                "tax", "percent", 313, label="City tax", label_es="Impuesto municipal", price="0.05",
                price_unit="share", base="62.50",
            ),
        ],
        total_cents=6563,
    )  # fmt: skip


def five() -> list[dict[str, Any]]:
    """A home with every service, $247.56."""
    return [electric(), water(), gas(), water("sewer"), refuse()]


def household() -> list[dict[str, Any]]:
    """Five services, and a change of rate inside the electric one: as full as a home's bill gets."""
    lines = []
    for span, version in (
        (["2026-10-01", "2026-10-11"], "2026-01-01"),
        (["2026-10-11", "2026-11-01"], "2026-10-11"),
    ):
        more: dict[str, Any] = {"span": span, "version_from": version}
        lines += [
            line("customer", "fixed", 700, label="Customer charge", days=10, days_basis=31, **more),
            tier("210", "0.0934", 1961, low="0", high="210", **more),
            tier("50", "0.1080", 540, low="210", high=None, **more),
            line("tax", "percent", 160, label="City tax", price="0.05", base="32.01", **more),
        ]
    others = [
        service(name, usage=None, meters=[meter(badge=f"A-{name}")] if name != "refuse" else [])
        for name in ("water", "gas", "sewer", "refuse")
    ]
    return [electric(lines=lines), *others]


def balance(previous: int, paid: int, **more: Any) -> BillPage:
    """Four services on top of an earlier balance, in cents."""
    content = statement(four(), mail_to=MAIL, change=WHY, **more)
    content["totals"] |= {
        "previous_balance_cents": previous, "payments_cents": paid, "total_due_cents": previous + paid + 18_193
    }  # fmt: skip
    content["activity"] = (
        [{"kind": "payment", "on": "2026-10-12", "amount_cents": paid, "note": ""}] if paid else []
    )
    return see_bill(bill_view(content), say=formats)


LONG_NAME = (
    "The Very Long and Honourable Riverside Neighborhood Homeowners and Tenants Association of Upper Mill Street "
    "and Lower Weir Lane, Incorporated"
)
LONG_PLACE = "12345 North Extraordinarily Long Boulevard of the Americas, Building C, Apartment 1234"

FEE_OF = {
    "bill_date": "2026-09-01", "after": "2026-09-24", "left_cents": 14287, "base_cents": 14287,
    "rule": {"percent": "0.015", "least": "5"}, "taken_back": "",
}  # fmt: skip
DEPOSIT_OF = {
    "deposit_cents": 15000, "basis": {}, "paid_on": "2025-10-01", "outcome": "", "days": ["2025-10-01", "2026-10-01"],
    "lines": [{"days": 92, "since": "2025-10-01", "rate": "0.02", "amount_cents": 76},
              {"days": 273, "since": "2026-01-01", "rate": "0.045", "amount_cents": 505}],
}  # fmt: skip
OUTSIDE_THE_RATE = [
    {"kind": "payment", "on": "2026-10-12", "amount_cents": -10000, "note": ""},
    {"kind": "late_fee", "on": "2026-09-25", "amount_cents": 500, "note": "2600101", "of": FEE_OF},
    {"kind": "late_fee_reversal", "on": "2026-10-02", "amount_cents": -500, "note": "2600101",
     "of": {**FEE_OF, "taken_back": "paid_in_time"}},
    {"kind": "deposit", "on": "2026-10-03", "amount_cents": 15000, "note": "new", "of": DEPOSIT_OF},
    {"kind": "deposit_interest", "on": "2026-10-03", "amount_cents": -581, "note": "", "of": DEPOSIT_OF},
    {"kind": "deposit_refund", "on": "2026-10-03", "amount_cents": -15000, "note": "", "of": DEPOSIT_OF},
]  # fmt: skip
INSERT = {
    "code": "winter",
    "title": {"en": "Keep pipes from freezing", "es": "Evite que se congelen las tuberías"},
    "text": {
        "en": "Let a faucet drip when it is below 20 degrees.\n\nOpen cabinets under sinks.",
        "es": "Deje gotear una llave cuando haga menos de 20 grados.\n\nAbra los gabinetes bajo los lavabos.",
    },
}

SCENES: dict[str, Callable[[], BillPage]] = {
    "one service": lambda: page_of(electric(), mail_to=MAIL),
    "four services": lambda: page_of(*four(), mail_to=MAIL, change=WHY, late=LATE),
    "five services": lambda: page_of(*five(), mail_to=MAIL, change=WHY, late=LATE),
    "a full household": lambda: page_of(*household(), mail_to=MAIL, change=WHY),
    "a landlord": lambda: page_of(*(water(name) for name in ("water", "sewer") for _ in range(10)), mail_to=MAIL),
    "past due": lambda: balance(
        10_000, -6_000, past_due_cents=4_000,
        late={"after": "2026-11-28", "amount_cents": 22_526, "fee_cents": 333},
    ),
    "credit": lambda: balance(-30_000, 0),
    "nothing to pay": lambda: balance(-18_193, 0),
    "estimated": lambda: page_of(
        electric(meters=[meter(kinds=("actual", "estimated"), multiplier="40")]),
        mail_to=MAIL,
        messages=[{"code": "winter", "en": "Winter rates.", "es": "De invierno."}],
    ),
    "the first year": lambda: page_of(electric(last_year=None), mail_to=MAIL),
    "long names": lambda: page_of(
        *four(), holder_name=LONG_NAME, addresses=[LONG_PLACE],
        mail_to={"lines": [LONG_PLACE, "Rancho Santa Margarita, CA 92688-1234"], "postal_code": "92688-1234"},
    ),
    "corrected, and the last": lambda: page_of(
        *four(), mail_to=MAIL, change=WHY, kind="final", replaces=[{"number": 2600163}]
    ),
    "late fees, deposits and inserts": lambda: page_of(
        *four(), mail_to=MAIL, change=WHY, late=LATE, activity=OUTSIDE_THE_RATE, inserts=[INSERT, INSERT]
    ),
    "a converted bill": lambda: see_bill(bill_view({}), say=formats),
    "cancelled": lambda: see_bill(bill_view(statement(four()), is_cancelled=True), say=formats),
}  # fmt: skip
