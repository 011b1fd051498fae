"""Staff at exceptions in meter data: who may look, the curve in words, what each decision does, and its undoing."""

from __future__ import annotations

import re
from datetime import UTC, date, timedelta

import pytest
from django.test import Client

from meterside.cis.metering.checks.intake import take_in_rows
from meterside.cis.metering.checks.rules import set_validation_rules
from meterside.cis.metering.models import ReadEdit, ReadException
from meterside.cis.metering.store.queries import interval_days
from meterside.cis.registry.models import Channel
from meterside.engine.interval import day_intervals
from meterside.engine.period import service_day
from meterside.engine.validation_rule import Action, RuleKind, ValidationRule
from tests.cast import SINCE, ZONE
from tests.web.billed import Town, fixed_count, staff_browser, statements, town

pytestmark = pytest.mark.django_db
DAY = date(2025, 4, 15)
QUEUE = "/staff/metering/exceptions/"


@pytest.fixture
def place() -> Town:
    return town()


@pytest.fixture
def dana(place: Town) -> Client:
    return staff_browser()


def _take_in(channel: Channel, day: date, values: list[int]) -> None:
    first = service_day(day, ZONE)[0].astimezone(UTC)
    take_in_rows([(channel.pk, day_intervals(day, first, 3600, values))])


@pytest.fixture
def spike(place: Town) -> ReadException:
    """Alice's meter says 90,000 Wh in the last hour of a day; five like days stand before it."""
    channel = place.riverside.alice.electric.channels.get()
    set_validation_rules([ValidationRule(rule=RuleKind.SPIKE, action=Action.HOLD, above=50_000)], since=SINCE)
    for week in range(1, 6):
        _take_in(channel, DAY - timedelta(days=7 * week), [100] * 24)
    _take_in(channel, DAY, [120] * 23 + [90_000])
    return ReadException.objects.get()


def _text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[-1500:]
    return _plain(answer.content.decode())


def _plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\N{NO-BREAK SPACE}", " ").split())


def _page(found: ReadException) -> str:
    return f"{QUEUE}{found.public_id}/"


def _values(found: ReadException) -> list[int]:
    (day,) = interval_days([found.channel_id], DAY, DAY + timedelta(days=1))[found.channel_id]
    values: list[int] = day.array().tolist()
    return values


def test_customers_do_not_get_in(place: Town, spike: ReadException) -> None:
    for path in (QUEUE, _page(spike)):
        assert place.alice.get(path).status_code == 404
        assert Client().get(path).status_code == 302
    assert place.alice.post(_page(spike), {"decision": "accept", "reason": "Mine"}).status_code == 404
    spike.refresh_from_db()
    assert spike.status == "open"


def test_the_queue_says_what_was_found(dana: Client, spike: ReadException) -> None:
    page = _text(dana, QUEUE)
    assert "1 waits" in page
    assert "Spike 1 interval, 90,000 Wh. Held back until somebody decides." in page
    assert "418 Oak St" in page
    assert "Nothing waits" in _text(dana, f"{QUEUE}?rule=gap")
    for nothing in ("?rule=tall", "?page=2", "?page=x"):
        assert dana.get(QUEUE + nothing).status_code == 404


def test_a_day_is_shown_with_its_curve_and_as_a_table(dana: Client, spike: ReadException) -> None:
    answer = dana.get(_page(spike))
    page = _plain(answer.content.decode())
    assert "24 intervals in Wh" in page
    assert "23:00 90,000 100 held back" in page
    assert "22:00 120 100 measured" in page
    assert answer.content.decode().count('class="pro"') == 1
    assert "23:00 90000" in answer.content.decode()


def test_held_values_are_accepted_with_a_reason(dana: Client, spike: ReadException) -> None:
    refused = dana.post(_page(spike), {"decision": "accept", "reason": " "})
    assert (refused.status_code, "Say why" in refused.content.decode()) == (422, True)
    nothing = dana.post(_page(spike), {"reason": "A kiln"})
    assert (nothing.status_code, "Choose what is to be done" in nothing.content.decode()) == (422, True)
    assert dana.post(_page(spike), {"decision": "accept", "reason": "A kiln"})["Location"] == _page(spike)
    assert _values(spike)[-1] == 90_000
    page = _text(dana, _page(spike))
    assert "accepted" in page
    assert "Held values accepted" in page
    assert "Dana" in page
    again = dana.post(_page(spike), {"decision": "accept", "reason": "A kiln"})
    assert (again.status_code, "meanwhile" in again.content.decode()) == (409, True)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Write at least one interval"),
        ("24:00 5", "24:00 is no interval of this day"),
        ("13:00", "a whole number on each line"),
        ("13:00 -5", "a whole number on each line"),
        ("13:00 1e3", "a whole number on each line"),
        ("13:00 99999999999999999999", "a whole number on each line"),
        ("<script> 5", "&lt;script&gt; is no interval of this day"),
    ],
)
def test_values_that_make_no_sense_are_refused(
    dana: Client, spike: ReadException, typed: str, said: str
) -> None:
    answer = dana.post(_page(spike), {"decision": "edit", "values": typed, "reason": "Typed twice"})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert ReadEdit.objects.count() == 0


def test_values_are_written_and_taken_back(dana: Client, spike: ReadException) -> None:
    dana.post(
        _page(spike), {"decision": "edit", "values": "23:00 1,120\n\n22:00 110", "reason": "Typed twice"}
    )
    assert _values(spike)[-2:] == [110, 1120]
    assert "Values written" in _text(dana, _page(spike))
    edit = ReadEdit.objects.get()
    path = f"{_page(spike)}edits/{edit.public_id}/undo/"
    assert dana.post(path, {"why": ""}).status_code == 422
    assert dana.post(path, {"why": "The wrong meter"}).status_code == 302
    assert _values(spike)[-2:] == [120, 0]
    page = _text(dana, _page(spike))
    assert "undone" in page
    assert "What to do" in page
    assert dana.post(path, {"why": "Again"}).status_code == 409


def test_a_day_is_estimated_again_where_there_are_like_days(
    place: Town, dana: Client, spike: ReadException
) -> None:
    dana.post(_page(spike), {"decision": "estimate", "reason": "The meter is broken"})
    assert _values(spike) == [100] * 24
    assert "Estimated again" in _text(dana, _page(spike))
    other = place.riverside.charlie.electric.channels.get()
    _take_in(other, DAY, [60_000] * 24)
    found = ReadException.objects.get(channel=other)
    answer = dana.post(_page(found), {"decision": "estimate", "reason": "The meter is broken"})
    assert (answer.status_code, "not two like days" in answer.content.decode()) == (422, True)


def test_pages_ask_a_fixed_number_of_statements(dana: Client, spike: ReadException) -> None:
    dana.get(QUEUE)
    with statements() as asked:
        dana.get(QUEUE)
    assert len(asked) == fixed_count("staff_read_exceptions")
    dana.post(_page(spike), {"decision": "edit", "values": "23:00 120", "reason": "Typed twice"})
    with statements() as asked:
        dana.get(_page(spike))
    assert len(asked) == fixed_count("staff_read_exception")
