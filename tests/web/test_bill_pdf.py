"""The bill as a PDF: tagged, one sheet, light, and deaf to markup in anybody's name."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation
from pypdf.generic import DictionaryObject

from meterside.journeys.see_bill import see_bill
from meterside.kit.scan_line import ScanLine, read_scan_line
from meterside.web.customer.bill.pdf.stub import scan_line
from meterside.web.design import formats
from tests.journeys.statements import bill_view, service, statement
from tests.web.billed import Town, text_of, town
from tests.web.bills_on_paper import SCENES, household, page_of, pdf_of, read, words

LARGEST_BYTES = 120_000


def root_of(document: bytes) -> Any:
    """The document's catalog; pypdf's types know no keys of it."""
    return read(document).trailer["/Root"]


def resources(page: Any) -> Any:
    """A page's fonts and drawings."""
    return page["/Resources"]


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
    assert any(text.startswith("Electric: use for each day. 29 days measured, 2 estimated.") for text in said)
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
    assert all("+Atkinson" in name or "+OCRA" in name for name in fonts), fonts


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    "scene", ["one service", "four services", "five services", "estimated", "credit", "long names"]
)
def test_a_homes_bill_fits_one_page(scene: str, language: str) -> None:
    with translation.override(language):
        page = SCENES[scene]()
    document = pdf_of(page, language)
    assert len(read(document).pages) == 1
    english, spanish = ("Your charges", "Your meters"), ("Sus cargos", "Sus medidores")
    for said in english if language == "en" else spanish:
        assert said in words(document), said


def test_a_full_households_bill_fits_one_sheet() -> None:
    """Five services, a rate that changed and seven reasons: front and back, with the stub's height given."""
    change = {
        "previous_number": 1, "previous_bill_date": "2026-10-01", "previous_cents": 40000, "difference_cents": 700,
        "parts": [
            {"service": name, "kind": "use", "amount_cents": 100, "facts": {}}
            for name in ("electric", "water", "gas", "sewer", "refuse", "a", "b")
        ],
    }  # fmt: skip
    document = pdf_of(page_of(*household(), change=change))
    assert len(read(document).pages) == 2
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
    assert read_scan_line(scan_line(page)) == ScanLine("1004170", 2600164, 9063)
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
    assert "In the name of" not in text
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
        text = "a".join(letters[start : start + 2048])
        document = pdf_of(page_of(messages=[{"code": "all", "en": text, "es": text}], holder_name=text))
        assert document.startswith(b"%PDF")


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


HOSTILE = (
    '#import "/etc/passwd": *',
    "#set page(width: 1pt)",
    "$ integral_0^1 $ and $ 5",
    "*bold* _it_ `raw` <label> @ref // # /* \\ ",
    "A\N{RIGHT-TO-LEFT OVERRIDE}B\N{LEFT-TO-RIGHT ISOLATE}C\N{POP DIRECTIONAL ISOLATE}",
    "Ann\x00 Ray\x07\x1b[31m",
    "\ud800 lone",
    "x" * 300,
    "A very long name " * 20,
    "</svg><script>alert(1)</script>",
    '"}],"bills":[]}',
)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_anybody_is_markup_wherever_it_stands(text: str) -> None:
    """The same hostile text as name, address, meter, label, rate and message: one bill, one page more at most."""
    item = service()
    item["lines"][0] |= {"label": text, "label_es": text}
    item["meters"][0] |= {"badge": text[:40]}
    item["tariff"] |= {"name": text, "code": text[:20]}
    page = page_of(
        item,
        holder_name=text,
        addresses=[text],
        mail_to={"lines": [text, "Salem, OR 97301"], "postal_code": "97301"},
        messages=[{"en": text, "es": text}],
    )
    document = pdf_of(page)
    assert len(read(document).pages) <= 2
    said = words(document)
    assert "Salem, OR 97301" in said
    assert "$13.50" in said
    for word in ("import", "page(width:", "integral", "<label>", "Ray", "lone", "alert(1)", "bills"):
        assert (word in said) == (word in text)


def test_marks_that_turn_text_around_are_not_printed() -> None:
    said = words(pdf_of(page_of(holder_name="A\N{RIGHT-TO-LEFT OVERRIDE}B\N{RIGHT-TO-LEFT MARK}C")))
    assert "ABC" in said
