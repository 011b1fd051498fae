"""Staff at meter files: upload and look, bring in, what waits, a sender's mapping tried on a sample, keys."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from meterside.cis.metering.files.senders import save_sender, sender_with_key
from meterside.cis.metering.models import FeedKey, IntervalDay, MeterFile, MeterSource, RegisterRead
from meterside.cis.registry.models import Channel
from meterside.kit import clock
from meterside.portal.identity.operations import create_login
from meterside.spine.models import AuditEntry
from tests.cast import Riverside, riverside
from tests.connectors.test_route_file import filled
from tests.connectors.text_documents import LOS_ANGELES, MAPPING, cmep_row, csv_table, hours_of
from tests.web.billed import staff_browser

pytestmark = pytest.mark.django_db
MAY_1 = datetime(2025, 5, 1, tzinfo=LOS_ANGELES)
HOME = "/staff/meter-files/"


@pytest.fixture
def town() -> Riverside:
    return riverside()


@pytest.fixture
def dana(town: Riverside) -> Client:
    return staff_browser()


@pytest.fixture
def head_end() -> MeterSource:
    return save_sender(name="Head-end", format="generic_csv", details=MAPPING)


def plain(html: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.decode()).replace("\N{NO-BREAK SPACE}", " ").split())


def upload(client: Client, data: bytes, name: str = "day.csv", **more: str) -> str:
    answer = client.post(f"{HOME}upload/", {"file": SimpleUploadedFile(name, data), **more})
    assert answer.status_code == 302, plain(answer.content)[-600:]
    return str(answer["Location"])


def test_nobody_but_staff_gets_in(town: Riverside, head_end: MeterSource) -> None:
    alice = create_login(
        email="al@example.com", password=None, display_name="Al", language="en", now=clock.now()
    )
    client = Client()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    for path in (HOME, f"{HOME}senders/new/", f"{HOME}senders/{head_end.public_id}/"):
        assert client.get(path).status_code == 404
        assert Client().get(path).status_code == 302
    assert client.post(f"{HOME}upload/", {}).status_code == 404


def test_a_file_is_looked_at_before_anything_is_loaded(
    town: Riverside, dana: Client, head_end: MeterSource
) -> None:
    path = upload(dana, csv_table("A-E", hours_of(MAY_1, range(100, 124))))
    page = plain(dana.get(path).content)
    assert "not brought in yet" in page
    assert "A-E May 1 12:00 AM – 1:00 AM 0.1 kWh measured" in page
    assert IntervalDay.objects.count() == 0
    assert dana.post(f"{path}bring-in/").status_code == 302
    page = plain(dana.get(path).content)
    assert "accepted" in page
    assert "Interval reads 24" in page
    assert IntervalDay.objects.get().total == sum(range(100, 124))
    assert dana.post(f"{path}bring-in/").status_code == 409
    assert "day.csv Head-end" in plain(dana.get(HOME).content)


def test_what_was_put_aside_is_shown_and_loaded_once_its_cause_is_mended(
    town: Riverside, dana: Client, head_end: MeterSource
) -> None:
    hours = hours_of(MAY_1, [5] * 24)
    path = upload(dana, csv_table("A-E", hours) + csv_table("NEW", hours)[20:])
    dana.post(f"{path}bring-in/")
    page = plain(dana.get(path).content)
    assert "rows wait" in page
    assert "Unknown meter or channel 1 No meter here has the channel NEW" in page
    Channel.objects.filter(device=town.charlie.electric).update(external_id="NEW")
    assert "Load what was put aside" in page
    dana.post(f"{path}bring-in/")
    assert "Put aside" not in plain(dana.get(path).content)
    assert IntervalDay.objects.count() == 2


def test_a_held_file_says_why_and_can_be_tried_again(town: Riverside, dana: Client) -> None:
    path = upload(dana, cmep_row("NOBODY", hours_of(MAY_1, [5] * 24)), "day.cmep")
    page = plain(dana.get(path).content)
    assert "held" in page
    assert "No meter here has the channel NOBODY:CF" in page
    answer = dana.post(f"{path}bring-in/")
    assert answer.status_code == 409
    assert "Unknown meter or channel" in plain(answer.content)
    cut = upload(dana, cmep_row("A-W", hours_of(MAY_1, [5] * 24))[:-3], "cut.cmep")
    page = plain(dana.get(cut).content)
    assert "The last line does not end" in page
    assert "The file was cut off" in page


def test_a_file_of_no_kind_is_refused_in_words(town: Riverside, dana: Client) -> None:
    answer = dana.post(f"{HOME}upload/", {"file": SimpleUploadedFile("x.txt", b"hello\n")})
    assert (answer.status_code, MeterFile.objects.count()) == (422, 0)
    assert "no kind of file that is known here" in plain(answer.content)
    assert "Choose a file" in plain(dana.post(f"{HOME}upload/", {}).content)


def test_reads_out_of_range_are_accepted_with_a_reason(town: Riverside, dana: Client) -> None:
    path = upload(
        dana, filled("csv", ("009999", "2025-05-01 09:30", "")).replace(b"W-1", b"A-W"), "route.csv"
    )
    assert dana.post(f"{path}bring-in/").status_code == 409
    assert "Out of the range expected" in plain(dana.get(path).content)
    sent = {"accept": "out_of_range", "reason": " "}
    answer = dana.post(f"{path}bring-in/", sent)
    assert answer.status_code == 422
    assert "Say why these reads are accepted" in plain(answer.content)
    assert RegisterRead.objects.count() == 0
    assert dana.post(f"{path}bring-in/", {**sent, "reason": "The pool was filled"}).status_code == 302
    assert RegisterRead.objects.get().dial_count == 9999
    entry = AuditEntry.objects.get(action="meter_file.released")
    assert (entry.actor_kind, entry.detail["reason"]) == ("staff", "The pool was filled")


def test_a_name_with_markup_is_text(town: Riverside, dana: Client, head_end: MeterSource) -> None:
    path = upload(dana, csv_table("<script>alert(1)</script>", hours_of(MAY_1, [1])), "<b>x.csv")
    html = dana.get(path).content
    assert b"<script>alert" not in html
    assert b"<b>x" not in html
    assert b"&lt;script&gt;" in html


FORM = {
    "name": "Town water", "format": "generic_csv", "channel": "meter", "stamp": "time", "value": "use",
    "quality": "flag", "unit": "kWh", "decimals": "3", "commodity": "electric", "interval_s": "3600",
    "stamp_format": "%Y-%m-%d %H:%M", "delimiter": "comma", "header_lines": "1", "stamp_at": "start",
    "clock": "local", "repeated_hour": "refuse", "kind": "delta", "sign": "delivered", "multiplier": "unsaid",
    "missing": "NA -9", "qualities": "A = measured\nX = missing",
}  # fmt: skip


def test_a_mapping_is_tried_on_a_sample_and_saved(town: Riverside, dana: Client) -> None:
    sample = (
        "meter,time,use,flag\nM1,2025-05-01 00:00,1.5,A\nM1,2025-05-01 01:00,x,A\nM1,2025-05-01 02:00,NA,A"
    )
    answer = dana.post(f"{HOME}senders/new/", {**FORM, "sample": sample, "do": "look"})
    page = plain(answer.content)
    assert (answer.status_code, MeterSource.objects.count()) == (200, 0)
    assert "2 M1 May 1 12:00 AM – 1:00 AM 1.5 kWh measured" in page
    assert "3 M1 Put aside: No number, or too many decimals" in page
    saved = dana.post(f"{HOME}senders/new/", {**FORM, "do": "save"})
    assert saved.status_code == 302
    made = MeterSource.objects.get()
    assert made.details["missing"] == ["NA", "-9"]
    assert made.details["qualities"] == {"A": "measured", "X": "missing"}
    shown = dana.get(saved["Location"]).content.decode()
    assert "A = measured\nX = missing" in shown
    again = dana.post(f"{HOME}senders/new/", {**FORM, "do": "save"})
    assert again.status_code == 409
    assert "Another sender has this name" in plain(again.content)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"channel": ""}, "Enter the column of the meter"),
        ({"name": ""}, "Enter a name"),
        ({"format": "abacus"}, "Choose the kind of file"),
        ({"zone": "Mars/Olympus"}, "This time zone is not known"),
        ({"stamp_format": "%H"}, "Write how times look, such as %Y-%m-%d %H:%M"),
        ({"qualities": "A = fine"}, "Write a code and what it means"),
        ({"delimiter": "comma", "decimal_comma": "on"}, "A comma cannot part both"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_said_at_its_field(
    town: Riverside, dana: Client, changes: dict[str, str], said: str
) -> None:
    answer = dana.post(f"{HOME}senders/new/", {**FORM, **changes, "do": "save"})
    assert (answer.status_code, MeterSource.objects.count()) == (422, 0)
    assert said in plain(answer.content)


def test_a_key_is_shown_once_and_can_be_revoked(town: Riverside, dana: Client, head_end: MeterSource) -> None:
    path = f"{HOME}senders/{head_end.public_id}/"
    answer = dana.post(f"{path}keys/", {"key_name": "AMI server"})
    found = re.search(r"msk_[\w-]+", answer.content.decode())
    assert found is not None
    assert answer["Cache-Control"] == "no-store"
    assert sender_with_key(found[0]) == head_end
    key = FeedKey.objects.get()
    assert found[0] not in dana.get(path).content.decode()
    assert found[0] not in key.sha256
    dana.post(f"{path}keys/{key.public_id}/revoke/")
    assert sender_with_key(found[0]) is None
    assert "revoked" in plain(dana.get(path).content)
