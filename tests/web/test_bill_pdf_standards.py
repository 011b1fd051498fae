"""Every kind of bill, in both languages, before an independent validator: PDF/UA-1 and PDF/A-2a in one file."""

from __future__ import annotations

import re

import page as validator
import pytest
from django.conf import settings
from django.utils import translation

from meterside.web.customer.bill.pdf import make_document, make_pdf, printable_bill
from tests.web.bills_on_paper import PAY, SCENES, page_of, pdf_of, read

LARGEST_BYTES = 120_000
PROFILES = ("ua1", "2a")


def faults_of(document: bytes) -> list[str]:
    return [
        f"{profile} {failure.rule_id}: {failure.message}"
        for profile in PROFILES
        for failure in validator.validate_pdf_bytes(document, profile=profile).failures
        if not is_misread_length(document, failure)
    ]


def is_misread_length(document: bytes, failure: validator.ValidationFailure) -> bool:
    """Whether the validator took a stream's last byte, a carriage return, for a part of the line's end behind it.

    The length written is right where just a line feed and `endstream` follow it (ISO 19005-2, 6.1.7.1).
    """
    if failure.rule_id != "PDFA2A-STREAM-LENGTH-001" or failure.object_id is None:
        return False
    found = re.search(
        rb"\n%d 0 obj\n<<[^\n]*?/Length (\d+)[^\n]*>>\nstream\n" % failure.object_id.object_number, document
    )
    if found is None:
        return False
    end = found.end() + int(found[1])
    return document[end - 1 : end] == b"\r" and document[end:].startswith(b"\nendstream")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("scene", SCENES)
def test_every_bill_keeps_both_standards_and_is_light(scene: str, language: str) -> None:
    with translation.override(language):
        made = SCENES[scene]()
    document = pdf_of(made, language)
    assert faults_of(document) == []
    assert len(document) <= LARGEST_BYTES


def test_the_validator_finds_what_is_wrong() -> None:
    document = pdf_of(page_of())
    untitled = document.replace(b"/DisplayDocTitle true", b"/DisplayDocTitle fals")
    unmarked = document.replace(b"<pdfaid:part>2", b"<pdfaid:part>9")
    assert untitled != document != unmarked
    assert faults_of(untitled)
    assert faults_of(unmarked)


def test_a_file_of_many_bills_keeps_them_too_and_knows_its_pages() -> None:
    bills = []
    for scene, language in (("one service", "en"), ("a full household", "es"), ("credit", "en")):
        with translation.override(language):
            bills.append(
                printable_bill(SCENES[scene](), utility=settings.UTILITY, paper=settings.PAPER, pay_url=PAY)
            )
    made = make_document(
        bills, title="Bills", made_on=page_of().bill_date, utility=settings.UTILITY, paper=settings.PAPER
    )
    assert faults_of(made.pdf) == []
    pages = [page.extract_text() for page in read(made.pdf).pages]
    assert (made.first_pages, made.n_pages) == ((1, 2, 4), 4)
    assert len(pages) == 4
    assert "Página 1 de 2" in pages[1]
    assert "Página 2 de 2" in pages[2]
    assert "Page 1 of" not in pages[0] + pages[3]


def test_a_bill_is_the_same_alone_and_among_others() -> None:
    alone = read(make_pdf(page_of(), utility=settings.UTILITY, paper=settings.PAPER, pay_url=PAY))
    data = printable_bill(page_of(), utility=settings.UTILITY, paper=settings.PAPER, pay_url=PAY)
    made = make_document(
        [data, data], title="x", made_on=page_of().bill_date, utility=settings.UTILITY, paper=settings.PAPER
    )
    both = read(made.pdf).pages
    assert alone.pages[0].extract_text() == both[0].extract_text() == both[1].extract_text()
