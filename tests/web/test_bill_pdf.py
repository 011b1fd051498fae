"""The bill as a PDF: tagged, one sheet, light, and deaf to markup in anybody's name."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from meterside.journeys.see_bill import BillPage, see_bill
from meterside.kit.ids import check_digit
from meterside.web.customer.bill.pdf import make_pdf
from meterside.web.customer.bill.pdf.data import scan_line
from meterside.web.design import formats
from tests.journeys.statements import bill_view, line, meter, service, statement, tier
from tests.web.billed import Town, text_of, town

LARGEST_BYTES = 120_000
PAY = "https://riverbend.example/pay/?account=11111111-1111-4111-8111-111111111111"


def page_of(*services: dict[str, Any], **more: Any) -> BillPage:
    return see_bill(bill_view(statement(services or [whole_electric()], **more)), say=formats)


def whole_electric() -> dict[str, Any]:
    return service(daily=[[f"2026-10-{day:02d}", 24_580 + day, "measured"] for day in range(1, 32)])


def household() -> list[dict[str, Any]]:
    """Electric with a rate change and days, water, gas, sewer and refuse: as full as a home's bill gets."""
    early, late = ["2026-10-01", "2026-10-11"], ["2026-10-11", "2026-11-01"]
    lines = []
    for span, version in ((early, "2026-01-01"), (late, "2026-10-11")):
        more: dict[str, Any] = {"span": span, "version_from": version}
        lines += [
            line("customer", "fixed", 700, label="Customer charge", days=10, days_basis=31, **more),
            tier("210", "0.0934", 1961, low="0", high="210", **more),
            tier("50", "0.1080", 540, low="210", high=None, **more),
            line("tax", "percent", 160, label="City tax", price="0.05", base="32.01", **more),
        ]
    electric = whole_electric() | {"lines": lines}
    others = [
        service(name, usage=None, meters=[meter(badge=f"A-{name}")] if name != "refuse" else [])
        for name in ("water", "gas", "sewer", "refuse")
    ]
    return [electric, *others]


def pdf_of(page: BillPage, language: str = "en") -> bytes:
    with translation.override(language):
        return make_pdf(page, utility=settings.UTILITY, pay_url=PAY)


def read(document: bytes) -> PdfReader:
    return PdfReader(BytesIO(document))


def root_of(document: bytes) -> Any:
    """The document's catalog; pypdf's types know no keys of it."""
    return read(document).trailer["/Root"]


def resources(page: Any) -> Any:
    """A page's fonts and drawings."""
    return page["/Resources"]


def words(document: bytes) -> str:
    text = " ".join(page.extract_text() for page in read(document).pages)
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def tags(node: Any) -> list[str]:
    """The kinds of the structure tree, in reading order."""
    if not isinstance(node, DictionaryObject):
        return []
    found = [str(node["/S"])] if "/S" in node else []
    children = node.get("/K", [])
    children = children.get_object() if hasattr(children, "get_object") else children
    for child in children if isinstance(children, list) else [children]:
        found += tags(child.get_object() if hasattr(child, "get_object") else child)
    return found


def test_it_is_tagged_titled_and_says_its_language_and_standard() -> None:
    root = root_of(pdf_of(page_of()))
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-US"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert "Bill of November 1, 2026" in metadata


def test_its_structure_has_headings_tables_and_figures() -> None:
    found = tags(root_of(pdf_of(page_of()))["/StructTreeRoot"].get_object())
    assert found.count("/H1") == 1
    assert {"/H2", "/H3", "/Table", "/TR", "/TH", "/TD", "/Figure"} <= set(found)


def test_every_drawing_has_words() -> None:
    def figures(node: Any) -> list[Any]:
        if not isinstance(node, DictionaryObject):
            return []
        here = [node] if node.get("/S") == "/Figure" else []
        children = node.get("/K", [])
        children = children.get_object() if hasattr(children, "get_object") else children
        for child in children if isinstance(children, list) else [children]:
            here += figures(child.get_object() if hasattr(child, "get_object") else child)
        return here

    found = figures(root_of(pdf_of(page_of()))["/StructTreeRoot"].get_object())
    said = [str(figure["/Alt"]) for figure in found]
    assert any(text.startswith("Electric: use for each day. 31 days measured.") for text in said)
    assert any(text.startswith("QR code of the page to pay") for text in said)


def test_our_font_is_embedded_and_the_file_is_light() -> None:
    document = pdf_of(page_of(*household()))
    assert len(document) <= LARGEST_BYTES
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in read(document).pages
        for font in resources(page)["/Font"].values()
    }
    assert fonts
    assert all("+Atkinson" in name for name in fonts), fonts


def test_a_full_households_bill_fits_one_sheet() -> None:
    change = {
        "previous_number": 1, "previous_bill_date": "2026-10-01", "previous_cents": 40000, "difference_cents": 700,
        "parts": [
            {"service": name, "kind": "use", "amount_cents": 100, "facts": {}}
            for name in ("electric", "water", "gas", "sewer", "refuse", "a", "b")
        ],
    }  # fmt: skip
    document = pdf_of(page_of(*household(), change=change))
    assert len(read(document).pages) == 1
    text = words(document)
    for said in ("Why it changed", "Your charges", "Your meters", "Pay this bill", "Amount enclosed"):
        assert said in text, said


def test_a_landlords_bill_goes_on_and_numbers_its_pages() -> None:
    many = [service(name) for name in ("electric", "water", "gas", "sewer", "refuse") for _ in range(4)]
    document = pdf_of(page_of(*many))
    pages = read(document).pages
    assert len(pages) > 1
    assert "Pay this bill" in pages[0].extract_text()
    assert f"Page 1 of {len(pages)}" in words(document)


def test_it_says_what_the_page_says() -> None:
    text = words(pdf_of(page_of()))
    for said in (
        "$90.63", "Due Monday, November 23", "First 650 kWh", "650 kWh × $0.0934", "5% of $86.31",
        "762 kWh between the reads of October 1 and November 1, both measured.",
        "1,762 (Nov 1, measured)", "Alice Moreno", "418 Oak St", "01004170", "Payment, thank you",
    ):  # fmt: skip
        assert said in text, said


def test_spanish_is_spoken_and_tagged() -> None:
    with translation.override("es"):
        page = page_of()
    document = pdf_of(page, "es")
    assert root_of(document)["/Lang"] == "es-US"
    text = words(document)
    assert "Cargo por cliente" in text
    assert "Vence" in text


def test_the_scan_line_ends_in_its_check_digit() -> None:
    page = page_of()
    account, number, cents, check = scan_line(page).split()
    assert (account, number, cents) == ("01004170", "0002600164", "0000009063")
    assert check == check_digit(account + number + cents)
    assert scan_line(page) in words(pdf_of(page))


@pytest.mark.parametrize("total", [0, -500])
def test_nothing_to_pay_has_no_stub(total: int) -> None:
    content = statement([service()])
    content["totals"] |= {"total_due_cents": total}
    page = see_bill(bill_view(content), say=formats)
    text = words(pdf_of(page))
    assert "Amount enclosed" not in text
    assert "othing to pay" in text


def test_a_cancelled_bill_asks_for_nothing() -> None:
    page = see_bill(bill_view(statement([service()]), is_cancelled=True), say=formats)
    text = words(pdf_of(page))
    assert "Please do not pay it." in text
    assert "Amount enclosed" not in text


def test_a_converted_bill_prints_its_totals() -> None:
    text = words(pdf_of(see_bill(bill_view({}), say=formats)))
    assert "kept the totals only" in text
    assert "$90.63" in text


@pytest.mark.parametrize(
    "name",
    [
        '#panic("x") *bold* _it_ $x^2$ `code` <label> @ref \\ //',
        '"); #read("/etc/passwd") #("',
        "= Heading\n- list\n#{ }",
        "<script>alert(1)</script>",
    ],
)
def test_text_is_never_markup(name: str) -> None:
    text = words(pdf_of(page_of(holder_name=name)))
    assert " ".join(name.split()) in text


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Renée Nguyễn", "Renée Nguy"),
        ("Rene\u0301e", "Renée"),
        ("Иван Петров", "Иван"),
        ("王小明 Wang", "??? Wang"),
        ("\N{GRINNING FACE}\x00 Ann", "?? Ann"),
        ("A\N{RIGHT-TO-LEFT OVERRIDE}B", "AB"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}nn", "Ann"),
    ],
)
def test_every_name_prints_somehow(name: str, printed: str) -> None:
    assert printed in words(pdf_of(page_of(holder_name=name)))


def test_no_letter_at_all_breaks_the_standard() -> None:
    letters = [chr(code) for code in range(0x3000) if not 0xD800 <= code < 0xE000]
    for start in range(0, len(letters), 2048):
        name = "a".join(letters[start : start + 2048])
        assert pdf_of(page_of(holder_name=name)).startswith(b"%PDF")


def test_the_same_bill_gives_the_same_bytes() -> None:
    assert pdf_of(page_of()) == pdf_of(page_of())


@pytest.mark.django_db
def test_the_page_links_to_it_and_it_comes_as_a_pdf() -> None:
    place: Town = town()
    path = place.bill_path()
    assert f'href="{path}pdf"' in text_of(place.alice, path)
    answer = place.alice.get(path + "pdf")
    assert answer["Content-Type"] == "application/pdf"
    number = place.bill(place.riverside.alice).number
    assert answer["Content-Disposition"] == f'inline; filename="bill-{number}.pdf"'
    assert "private" in answer["Cache-Control"]
    assert "First 650 kWh" in words(answer.content)
