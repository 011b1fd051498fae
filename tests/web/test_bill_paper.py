"""The bill as a sheet in an envelope: addresses in their windows, nothing else there, a line that a lockbox reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import zxingcpp
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from meterside.config.environment import Paper
from meterside.kit.envelopes import NUMBER_9, NUMBER_10, SHEET_HEIGHT_MIL, SHEET_WIDTH_MIL, Box
from meterside.kit.scan_line import ScanLine, read_scan_line
from meterside.web.components.qr.drawing import qr_svg
from meterside.web.customer.bill.pdf import make_pdf
from meterside.web.customer.bill.pdf.address import address_block, room_of
from tests.web.bills_on_paper import LONG_NAME, LONG_PLACE, PAY, SCENES, pdf_of, read, words

POINT_MIL = 1000 / 72


@dataclass(frozen=True)
class Placed:
    """A run of text, its left end and baseline from the sheet's lower left corner."""

    text: str
    left_mil: float
    base_mil: float
    size_pt: float

    def is_in(self, box: Box) -> bool:
        return (
            box.left_mil <= self.left_mil <= box.right_mil and box.bottom_mil <= self.base_mil <= box.top_mil
        )


def placed(document: bytes, page: int = 0) -> list[Placed]:
    """Where every run of text on a page begins."""
    found = []

    def keep(text: str, cm: list[float], tm: list[float], font: object, size: float) -> None:
        if text.strip():
            found.append(Placed(text.strip(), cm[4] * POINT_MIL, cm[5] * POINT_MIL, size))

    read(document).pages[page].extract_text(visitor_text=keep)
    return found


def on_sheet(box: Box, bottom_mil: int) -> Box:
    """A box of an insert as one of the sheet, whose lower edge lies so far below the insert's."""
    return Box(box.left_mil, box.bottom_mil + bottom_mil, box.right_mil, box.top_mil + bottom_mil)


FOLD_MIL = SHEET_HEIGHT_MIL - 3_667
UPPER = {"width_mil": SHEET_WIDTH_MIL, "height_mil": 3_667}
STUB = {"width_mil": SHEET_WIDTH_MIL, "height_mil": 3_500}


@pytest.mark.parametrize(
    "scene", ["one service", "four services", "past due", "long names", "credit", "a landlord"]
)
def test_the_customers_address_and_nothing_else_shows_in_the_envelope_it_goes_out_in(scene: str) -> None:
    page = SCENES[scene]()
    runs = placed(pdf_of(page))
    seen = [run for run in runs if run.is_in(on_sheet(NUMBER_10.ever_seen(**UPPER), FOLD_MIL))]
    block = address_block(page.holder_name, page.mail_to, settings.PAPER.mail_box)
    assert [run.text for run in seen] == list(block.lines)
    always = on_sheet(NUMBER_10.always_seen(**UPPER), FOLD_MIL)
    for run in seen:
        assert run.is_in(always)
        assert run.base_mil + 0.78 * run.size_pt * POINT_MIL <= always.top_mil + 1
        assert run.left_mil >= always.left_mil + 125 - 1


@pytest.mark.parametrize("scene", ["one service", "four services", "past due", "long names", "a landlord"])
def test_the_utilitys_address_and_nothing_else_shows_in_the_envelope_a_check_comes_back_in(
    scene: str,
) -> None:
    runs = placed(pdf_of(SCENES[scene]()))
    seen = [run for run in runs if run.is_in(NUMBER_9.ever_seen(**STUB))]
    assert [run.text for run in seen] == list(settings.PAPER.remit_lines)
    assert all(run.is_in(NUMBER_9.always_seen(**STUB)) for run in seen)


def test_the_scan_line_stands_alone_above_the_window_at_ten_characters_to_the_inch() -> None:
    page = SCENES["four services"]()
    runs = placed(pdf_of(page))
    (line,) = [run for run in runs if run.text.startswith("00000")]
    assert read_scan_line(line.text) == ScanLine("1004170", page.number, page.total_due_cents)
    assert NUMBER_9.ever_seen(**STUB).top_mil < line.base_mil < 3_500
    height_mil = 10.07 * POINT_MIL
    beside = [run for run in runs if abs(run.base_mil - line.base_mil) < height_mil and run is not line]
    assert all(run.left_mil > line.left_mil + 39 * 100 for run in beside)
    assert line.size_pt * 0.715 == pytest.approx(7.2, abs=0.01)


def test_a_bill_without_anything_to_pay_has_no_part_to_send_back() -> None:
    runs = placed(pdf_of(SCENES["credit"]()))
    assert not any(run.text in settings.PAPER.remit_lines[1:] for run in runs)
    assert not any(run.text.startswith("00000") for run in runs)


def test_other_envelopes_move_the_addresses() -> None:
    paper = Paper(
        MAIL_ENVELOPE="9.5 4.125 0.75 1 4.75 1.25",
        REMIT_ENVELOPE="8.875 3.875 0.5 1 4 1.25",
        REMIT_ADDRESS="Us; PO Box 1",
    )
    assert paper.mail_box.bottom_mil == paper.remit_box.bottom_mil == 1_000
    assert paper.scan_line_mil == 2_375
    assert paper.remit_lines == ("Us", "PO Box 1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"MAIL_ENVELOPE": "A4"},
        {"REMIT_STUB_INCHES": "2"},
        {"REMIT_STUB_INCHES": "4"},
        {"MAIL_FOLD_INCHES": "x"},
        {"REMIT_ADDRESS": " ; "},
        {"REMIT_ADDRESS": "a;b;c;d;e"},
    ],
)
def test_paper_that_hides_an_address_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Paper.model_validate(wrong)


# --- addresses -----------------------------------------------------------------------------------


def test_an_address_is_as_large_as_it_fits() -> None:
    box = NUMBER_10.always_seen(**UPPER)
    assert (room_of(box, 10.0), room_of(box, 8.0)) == ((4, 38), (5, 48))
    assert address_block("Ann Ray", ["1 Elm St", "Bend, OR 97701"], box).size_pt == 10
    long = address_block(LONG_NAME, [LONG_PLACE, "Rancho Santa Margarita, CA 92688-1234"], box)
    assert long.size_pt == 8
    assert len(long.lines) == 5
    assert long.lines[1].endswith("…")
    assert long.lines[-1] == "Rancho Santa Margarita, CA 92688-1234"


boxes = st.builds(Box, st.just(0), st.just(0), st.integers(1_000, 4_500), st.integers(300, 1_200))


@given(st.text(max_size=400), st.lists(st.text(max_size=200), max_size=4), boxes)
def test_no_address_is_more_than_shows(name: str, lines: list[str], box: Box) -> None:
    block = address_block(name, lines, box)
    most, letters = room_of(box, block.size_pt)
    assert len(block.lines) <= most
    assert all(len(line) <= letters for line in block.lines)


# --- the codes -----------------------------------------------------------------------------------


def test_a_reader_reads_the_code_to_pay() -> None:
    text = "https://riverbend.example/pay/?account=11111111-1111-4111-8111-111111111111"
    drawn = qr_svg(text)
    size, margin, dot = int(drawn.partition('viewBox="0 0 ')[2].partition(" ")[0]), 4, 3
    paper = np.full((size + 2 * margin, size + 2 * margin), 255, dtype=np.uint8)
    for run in drawn.partition('d="')[2].partition('"')[0].split("z")[:-1]:
        place, _h, length = run.partition("h")
        x, y = (int(part) + margin for part in place.removeprefix("M").split())
        paper[y, x : x + int(length.partition("v")[0])] = 0
    (seen,) = zxingcpp.read_barcodes(np.kron(paper, np.ones((dot, dot), dtype=np.uint8)))
    assert (seen.text, seen.format, seen.ec_level) == (text, zxingcpp.BarcodeFormat.QRCode, "M")


# --- what it says --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        ("one service", "24.6 kWh a day, "),
        ("one service", "gray: a year before"),
        ("four services", "0.29 CCF a day, 21% less than a year before (0.37 CCF)."),
        ("four services", "After November 28 it is $184.67, with a late fee of $2.74."),
        ("four services", "In person: 200 Mill Street, Riverbend."),
        ("past due", "$40.00 of this was past due already. Please pay it now."),
        ("the first year", "We have nothing from a year before to compare with."),
        ("estimated", "We could not read the meter on November 1 and estimated it."),
        ("estimated", "Winter rates."),
        ("corrected, and the last", "It stands in place of bill 2600163, which we took back."),
        ("corrected, and the last", "For Oct 1 – 31 · final bill"),
        ("credit", "Your credit; nothing to pay"),
        ("cancelled", "Please do not pay it."),
    ],
)
def test_what_each_bill_says(scene: str, said: str) -> None:
    assert said in words(pdf_of(SCENES[scene]()))


def test_without_a_policy_no_late_amount_is_printed() -> None:
    assert "late fee" not in words(pdf_of(SCENES["one service"]()))


def test_the_table_of_meters_has_number_reads_kind_multiplier_days_and_use() -> None:
    text = words(pdf_of(SCENES["estimated"]()))
    assert "A-E 1,000 (Oct 1, measured) 1,762 (Nov 1, estimated) 40 31 762 kWh" in text


@pytest.mark.parametrize(("scene", "n_pages"), [("four services", 1), ("five services", 2)])
def test_a_taller_stub_leaves_less_room_and_nothing_on_it(scene: str, n_pages: int) -> None:
    page = SCENES[scene]()
    paper = Paper(REMIT_STUB_INCHES="3.8", MAIL_FOLD_INCHES="3.75")
    document = make_pdf(page, utility=settings.UTILITY, paper=paper, pay_url=PAY)
    assert len(read(document).pages) == n_pages
    runs = [run for run in placed(document) if run.base_mil < 3_800]
    assert not any("Rate: " in run.text or "measured" in run.text for run in runs)
    assert any(run.text.startswith("00000") for run in runs)
