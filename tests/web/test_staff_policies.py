"""Staff at billing's rules: read in words, changed as a new version with a reason, seen on a bill before."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from meterside.cis.billing.charges.policies import deposit_rules_on, late_fee_rules_on
from meterside.cis.billing.corrections.correcting import make_good_on
from meterside.cis.billing.models import BillInsert, BillMessage, BillTolerance
from meterside.cis.metering.estimates.registers import policies_on
from meterside.spine.models import AuditEntry
from tests.web.billed import Town, staff_browser, town

pytestmark = pytest.mark.django_db
PAGE = "/staff/billing/policies/"
WHY = {"since": "2025-04-01", "reason": "the council's resolution 25-11"}
DAY = date(2025, 4, 1)


@pytest.fixture
def place() -> Town:
    return town()


@pytest.fixture
def dana(place: Town) -> Client:
    return staff_browser()


def _plain(content: bytes) -> str:
    html = re.sub(r"<[^>]+>", " ", content.decode()).replace("\N{NO-BREAK SPACE}", " ").replace("&#39;", "'")
    return " ".join(html.split())


def _keep(client: Client, kind: str, **fields: object) -> None:
    answer = client.post(f"{PAGE}{kind}/", {**WHY, **fields})
    assert answer.status_code == 302, _plain(answer.content)[:1500]
    assert answer["Location"] == f"{PAGE}#{kind}"


def test_each_rule_is_set_read_in_words_and_says_who_and_why(place: Town, dana: Client) -> None:
    _keep(
        dana,
        "late-fee",
        percent="1.5",
        base="past_due",
        flat="5",
        pick="greater",
        grace_days="3",
        notice="on",
    )
    _keep(dana, "deposit", months="2", basis="highest", flat="150", refund_after_months="12", at_start="on")
    _keep(
        dana, "estimate", methods=["recent", "near_read"], window_days="3", most_in_a_row="2", service="water"
    )
    _keep(dana, "make-good", rebill_above="50", least="1.00", back_bill_days="365")
    _keep(dana, "tolerance", tolerance="high", percent="300", service="water", customer_class="residential")
    rule = late_fee_rules_on(DAY).of("residential")
    assert rule is not None
    assert (str(rule.percent), rule.grace_days, rule.notice) == ("0.015", 3, True)
    deposit = deposit_rules_on(DAY).of("residential")
    assert deposit is not None
    assert deposit.at_start
    estimates = policies_on(DAY).of("water", "residential")
    assert estimates is not None
    assert estimates.methods == ["near_read", "recent"]
    make_good = make_good_on(DAY).of("residential")
    assert make_good is not None
    assert (make_good.rebill_above_cents, make_good.least_cents) == (50_00, 1_00)
    assert BillTolerance.objects.get().percent == 300
    text = _plain(dana.get(PAGE).content)
    for said in (
        "the greater of $5.00 and 1.5% of what is past due; 3 days of grace; the customer is told",
        "2 times the highest bill of a year; $150.00 without a history; back after 12 months",
        "asked of every new account",
        "a read nearby, else the use a day of late; a read may come for 3 days; 2 in a row at most",
        "above $50.00 the bill is made again, else with the next bill; below $1.00 it is left",
        "High use: 300% of what was expected",
        "Water, residential",
        "Dana: the council's resolution 25-11",
    ):
        assert said in text
    assert AuditEntry.objects.filter(detail__reason=WHY["reason"]).count() == 5


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("late-fee", {"percent": "x"}, "Enter a number, such as 1.5"),
        ("late-fee", {}, "charges nothing"),
        ("late-fee", {"percent": "1", "since": "x"}, "Enter the day it begins"),
        ("late-fee", {"percent": "1", "reason": ""}, "Say why it changes"),
        ("deposit", {"months": "2", "at_start": "on"}, "asks accounts without history"),
        ("estimate", {}, "Choose at least one way"),
        ("make-good", {"least": "0.001"}, "Enter an amount in dollars and cents"),
        ("tolerance", {}, "Choose what is looked at"),
        ("message", {"text_en": "Only English"}, "Write it in both languages"),
        ("insert", {"text_en": "a", "text_es": "b", "code": "x"}, "Write it in both languages"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_kept(
    kind: str, fields: dict[str, str], said: str, place: Town, dana: Client
) -> None:
    answer = dana.post(f"{PAGE}{kind}/", {**WHY, **fields})
    assert answer.status_code == 422
    assert said in _plain(answer.content)
    assert not AuditEntry.objects.filter(detail__reason=WHY["reason"]).exists()


def test_a_version_before_the_last_one_is_refused(place: Town, dana: Client) -> None:
    _keep(dana, "late-fee", percent="1")
    answer = dana.post(f"{PAGE}late-fee/", {**WHY, "since": "2025-03-01", "percent": "2"})
    assert answer.status_code == 409
    assert "must begin after the last change" in _plain(answer.content)
    dana.post(f"{PAGE}late-fee/", {**WHY, "since": "2025-05-01", "none": "on"})
    assert late_fee_rules_on(date(2025, 5, 1)).of("residential") is None
    assert late_fee_rules_on(date(2025, 4, 30)).of("residential") is not None
    assert "No late fee." in _plain(dana.get(PAGE).content)


def test_a_message_and_an_insert_are_seen_on_a_bill_before_they_are_kept(place: Town, dana: Client) -> None:
    message = {
        "code": "spring",
        "text_en": "Spring rates begin in May.",
        "text_es": "Las tarifas de primavera.",
    }
    shown = dana.post(f"{PAGE}message/", {**message, "preview": "yes"})
    assert shown["Content-Type"] == "application/pdf"
    words = " ".join(page.extract_text() for page in PdfReader(BytesIO(shown.content)).pages)
    assert "Spring rates begin in May." in " ".join(words.split())
    assert not BillMessage.objects.exists()
    _keep(dana, "message", **message, until="2025-06-01", cycle="01")
    assert str(BillMessage.objects.get().during) == "[2025-04-01, 2025-06-01)"
    insert = {
        "code": "pipes", "title_en": "Pipes", "title_es": "Tuberías", "text_en": "One.\r\n\r\nTwo.",
        "text_es": "Uno.", "service": "water",
    }  # fmt: skip
    shown = dana.post(f"{PAGE}insert/", {**insert, "preview": "yes"})
    last = PdfReader(BytesIO(shown.content)).pages[-1].extract_text()
    assert last.split()[:3] == ["Pipes", "One.", "Two."]
    _keep(dana, "insert", **insert)
    assert BillInsert.objects.get().commodity == "water"
    text = _plain(dana.get(PAGE).content)
    assert "spring: Spring rates begin in May." in text
    assert "pipes: Pipes" in text
    assert "cycle 01" in text


def test_every_form_opens_and_customers_do_not_get_in(place: Town, dana: Client) -> None:
    for kind in ("late-fee", "deposit", "estimate", "make-good", "tolerance", "message", "insert"):
        assert dana.get(f"{PAGE}{kind}/").status_code == 200
        assert place.alice.get(f"{PAGE}{kind}/").status_code == 404
    assert dana.get(f"{PAGE}nothing/").status_code == 404
    assert place.alice.get(PAGE).status_code == 404


def test_a_decimal_comma_is_asked_about_and_nothing_is_kept(place: Town, dana: Client) -> None:
    answer = dana.post(f"{PAGE}late-fee/", {**WHY, "percent": "1,5", "base": "past_due"})
    assert answer.status_code == 422
    assert "Write decimals with a point, such as 1.5; a comma only groups thousands" in _plain(answer.content)
    assert not AuditEntry.objects.filter(action__contains="late_fee").exists()
    assert 'value="1,5"' in answer.content.decode()
