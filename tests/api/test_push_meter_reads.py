"""Reads pushed by a head-end: keys, message ids, problems by name; twice is once."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from meterside.api.v1.meter_reads import views
from meterside.cis.metering.files.senders import make_key, revoke_key, save_sender
from meterside.cis.metering.models import IntervalDay, MeterFile, MeterSource
from meterside.cis.registry.models import Channel
from meterside.spine.models import AuditEntry
from tests.cast import Riverside, riverside
from tests.connectors.test_json_push import message, run
from tests.connectors.text_documents import LOS_ANGELES, MAPPING

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/meter-reads/"
START = datetime(2025, 5, 1, tzinfo=LOS_ANGELES)
DAY = run(START, [0.1] * 24, unit="kWh")


@pytest.fixture
def town() -> Riverside:
    return riverside()


@pytest.fixture
def sender(town: Riverside) -> MeterSource:
    return save_sender(name="North head-end", format="generic_csv", details=MAPPING)


@pytest.fixture
def key(sender: MeterSource) -> str:
    return make_key(sender, name="AMI")[1]


def post(body: bytes, key: str, **more: str) -> HttpResponse:
    headers = {"Authorization": f"Bearer {key}", **more}
    return Client().post(ADDRESS, body, content_type="application/json", headers=headers)  # type: ignore[return-value]


def told(answer: HttpResponse) -> dict[str, Any]:
    return dict(json.loads(answer.content))


def test_a_message_is_kept_and_the_same_again_changes_nothing(key: str, sender: MeterSource) -> None:
    first = post(message(DAY), key)
    assert first.status_code == 202
    assert (told(first)["status"], told(first)["interval_reads"], told(first)["problems"]) == (
        "accepted",
        24,
        [],
    )
    again = post(message(DAY), key)
    assert (again.status_code, told(again)) == (202, told(first))
    assert IntervalDay.objects.get().total == 2400
    file = MeterFile.objects.get()
    assert (file.name, file.source, file.format) == ("push m-1", sender, "json_push")
    assert AuditEntry.objects.filter(action="meter_file.received").get().actor_id == "push:North head-end"


def test_the_same_content_under_another_id_changes_nothing_either(key: str) -> None:
    post(message(DAY), key)
    other = post(message(DAY, made_at="2025-05-03T00:00:00Z", message_id="m-2"), key)
    assert other.status_code == 202
    assert IntervalDay.objects.count() == 1


def test_a_message_id_with_other_content_is_a_conflict(key: str) -> None:
    post(message(DAY), key)
    answer = post(message(run(START, [9] * 24)), key)
    assert (answer.status_code, told(answer)["code"]) == (409, "message_id_used")
    assert IntervalDay.objects.get().total == 2400


def test_message_ids_are_the_senders_own(key: str, town: Riverside) -> None:
    other = save_sender(name="South head-end", format="json_push", details={})
    post(message(DAY), key)
    answer = post(message(run(START, [5] * 24, meter="C-E")), make_key(other, name="x")[1])
    assert answer.status_code == 202


def test_problems_are_told_by_reading_and_reason(key: str) -> None:
    values: list[object] = [0.1] * 23
    answer = post(message(run(START, [*values, 0.12345], unit="kWh"), run(START, [1], meter="NEW")), key)
    assert answer.status_code == 202
    problems = {(problem["reason"], problem["reading"]): problem for problem in told(answer)["problems"]}
    assert set(problems) == {("not_a_whole_number", 24), ("unknown_channel", 25)}
    assert problems["not_a_whole_number", 24]["place"] == "intervals.0.values.23: 0.12345"


def test_a_message_of_which_nothing_can_be_loaded_is_422_and_kept(key: str, town: Riverside) -> None:
    answer = post(message(run(START, [1], meter="NEW")), key)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert told(answer)["problems"][0]["reason"] == "unknown_channel"
    assert MeterFile.objects.get().status == "held"
    bad = post(b'{"message_id": "m-9", "intervals": [{"meter": "A-E"}]}', key)
    assert bad.status_code == 422
    assert "intervals.0.unit: Field required" in told(bad)["problems"][0]["words"]
    assert Channel.objects.count()


@pytest.mark.parametrize(
    "body",
    [b" ", b"{", b"[]", b"[" * 100_000, b'{"message_id": 5}', b'{"message_id": ""}', b"\xff\xfe", b"null"],
)
def test_what_is_no_message_is_422(key: str, body: bytes) -> None:
    answer = post(body, key)
    assert (answer.status_code, told(answer)["code"]) == (422, "not_understood")
    assert MeterFile.objects.count() == 0


def test_without_a_key_that_opens_it_nothing_is_said(sender: MeterSource) -> None:
    made, text = make_key(sender, name="AMI")
    revoke_key(made)
    for key in (text, "msk_wrong", "", "x" * 10_000, "\u00e9"):
        answer = post(message(DAY), key)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert Client().post(ADDRESS, message(DAY), content_type="application/json").status_code == 401
    assert MeterFile.objects.count() == 0
    MeterSource.objects.update(is_active=False)
    assert post(message(DAY), make_key(sender, name="y")[1]).status_code == 401


def test_other_methods_types_and_sizes(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Client().get(ADDRESS).status_code == 405
    headers = {"Authorization": f"Bearer {key}"}
    assert Client().post(ADDRESS, "x=1", content_type="text/plain", headers=headers).status_code == 415
    monkeypatch.setattr("meterside.api.v1.meter_reads.views.MAX_BYTES", 100)
    assert post(message(DAY), key).status_code == 413


def test_the_description_has_every_field(town: Riverside) -> None:
    said = json.loads(Client().get(f"{ADDRESS}openapi.json").content)
    body = said["paths"][ADDRESS]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {"message_id", "made_at", "intervals", "registers", "events"}
    assert "IntervalRun" in said["components"]["schemas"]


def test_a_sender_that_pushes_too_fast_is_told_when_to_go_on(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_A_MINUTE", 1)
    assert post(message(DAY), key).status_code == 202
    again = post(message(DAY), key)
    assert (again.status_code, told(again)["code"]) == (429, "too_fast")
    assert 0 < int(again.headers["Retry-After"]) <= 60
    assert MeterFile.objects.count() == 1
