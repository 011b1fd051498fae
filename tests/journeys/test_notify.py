"""Messages: their words in every language, and the way from a fact to a channel."""

from __future__ import annotations

import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from meterside.cis.billing.corrections.rebilling import cancel_bill, rebill
from meterside.cis.billing.models import Bill
from meterside.contracts.cis import AccountRef
from meterside.contracts.messaging import OutgoingMessage, UnableToSend
from meterside.jobs import messages as jobs
from meterside.jobs.deliver import hand_over
from meterside.journeys.notify import texts
from meterside.journeys.notify.bills import tell_bills
from meterside.journeys.notify.send import send_notice
from meterside.kit import clock
from meterside.portal.access.roles import Role
from meterside.portal.identity.models import RegistrationAttempt
from meterside.portal.notices.models import Notice
from meterside.portal.notices.operations import Draft, write
from meterside.spine import outbox
from meterside.spine.models import OutboxMessage
from tests.cast import riverside
from tests.people import give, make_login, notices, ref, some_bills, worker

FOLDER = Path(texts.__file__).parent
KINDS = sorted(path.stem for path in (FOLDER / "en").glob("*.txt"))


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_kind_is_written_in_every_language(language: str) -> None:
    assert sorted(path.stem for path in (FOLDER / language).glob("*.txt")) == KINDS
    assert len(KINDS) >= 15


@pytest.mark.parametrize("kind", KINDS)
def test_languages_say_the_same_things(kind: str) -> None:
    found = {language: (FOLDER / language / f"{kind}.txt").read_text() for language in texts.LANGUAGES}
    assert holes(found["en"]) == holes(found["es"])
    assert found["en"] != found["es"]


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_message_is_whole(kind: str, language: str) -> None:
    subject, body = texts.compose(kind, language, **{name: name for name in _all_holes()})
    assert 5 < len(subject) < 90
    assert "\n" not in subject
    assert "{" not in subject + body
    assert body.startswith(tuple(string.ascii_letters + "¡¿ÁÉÍÓÚ"))
    assert "Riverbend Utilities" in body


def _all_holes() -> set[str]:
    return {hole for path in FOLDER.glob("*/*.txt") for hole in holes(path.read_text())} - {
        "utility",
        "phone",
    }


def test_a_value_cannot_add_a_header_or_a_paragraph() -> None:
    subject, body = texts.compose(
        "helper_removed", "en", owner="Eve\r\nBcc: all@example.com\n\nCall 555 now\u202e"
    )
    assert "\n" not in subject
    assert "\r" not in subject + body
    assert "Call 555 now " in body
    assert "\n\nCall 555" not in body


def test_a_value_cannot_be_a_template() -> None:
    subject, _ = texts.compose("helper_removed", "en", owner="{phone} {0.__class__}")
    assert "{phone} {0.__class__}" in subject


def test_an_unknown_language_is_english_and_an_unknown_kind_is_refused() -> None:
    assert texts.compose("helper_removed", "xx", owner="A")[0].startswith("Your access")
    with pytest.raises(texts.NoSuchText):
        texts.compose("../en/welcome/..", "en")


@pytest.mark.django_db
class TestSending:
    """From the row to the channel."""

    @pytest.fixture
    def waiting(self) -> Iterator[UUID]:
        with transaction.atomic():
            yield write(Draft(kind="x", to="a@example.com", subject="S", body="B", language="en"))

    def test_sent_once(self, waiting: UUID) -> None:
        channel = Recorder()
        send_notice(waiting, channel=channel)
        send_notice(waiting, channel=channel)
        assert [message.to for message in channel.took] == ["a@example.com"]
        assert Notice.objects.get().status == "sent"
        assert Notice.objects.get().channel_reference == "ref-1"

    def test_a_refusal_for_good_is_kept_and_not_tried_again(self, waiting: UUID) -> None:
        send_notice(waiting, channel=Recorder(UnableToSend("no such address", is_final=True)))
        channel = Recorder()
        send_notice(waiting, channel=channel)
        assert channel.took == []
        assert Notice.objects.get().status == "refused"
        assert Notice.objects.get().channel_reference == "no such address"

    def test_trouble_that_passes_waits_in_the_outbox(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with transaction.atomic():
            write(Draft(kind="x", to="a@example.com", subject="S", body="B", language="en"))
        broken, working = Recorder(UnableToSend("hangs")), Recorder()
        monkeypatch.setattr("meterside.wiring.message_channel", lambda: broken)
        assert outbox.deliver_waiting(hand_over) == 0
        assert Notice.objects.get().status == "waiting"
        assert "hangs" in OutboxMessage.objects.get().last_error
        monkeypatch.setattr("meterside.wiring.message_channel", lambda: working)
        with clock.clock_at(clock.now() + timedelta(hours=1)):
            assert outbox.deliver_waiting(hand_over) == 1
        assert len(working.took) == 1

    def test_a_code_that_is_too_late_is_not_sent(self) -> None:
        with transaction.atomic():
            key = write(
                Draft(kind="x", to="a@example.com", subject="S", body="B", language="en", is_secret=True)
            )
        channel = Recorder()
        with clock.clock_at(clock.now() + timedelta(minutes=31)):
            send_notice(key, channel=channel)
        assert channel.took == []
        assert Notice.objects.get().status == "refused"

    def test_one_event_writes_one_message_to_a_person(self) -> None:
        cause = uuid4()
        draft = Draft(kind="x", to="a@example.com", subject="S", body="B", language="en")
        with transaction.atomic():
            assert write(draft, cause=cause) == write(draft, cause=cause)
        assert Notice.objects.count() == OutboxMessage.objects.count() == 1

    def test_old_secrets_are_wiped_and_old_attempts_forgotten(self) -> None:
        with transaction.atomic():
            write(
                Draft(kind="x", to="a@b.example", subject="S", body="123456", language="en", is_secret=True)
            )
            write(Draft(kind="x", to="a@b.example", subject="S", body="kept", language="en"))
        now = clock.now()
        RegistrationAttempt.objects.create(
            email="a@b.example",
            session_sha256="s",
            ip_hash="i",
            address_hash="a",
            created_at=now,
            expires_at=now,
        )
        jobs.forget(timestamp=0)
        assert RegistrationAttempt.objects.count() == 1
        with clock.clock_at(now + timedelta(days=2)):
            jobs.forget(timestamp=0)
        assert sorted(Notice.objects.values_list("body", flat=True)) == ["", "kept"]
        with clock.clock_at(now + timedelta(days=31)):
            jobs.forget(timestamp=0)
        assert not RegistrationAttempt.objects.exists()


class Recorder:
    """A channel that keeps what it is given, or refuses."""

    def __init__(self, refusal: UnableToSend | None = None) -> None:
        self.refusal = refusal
        self.took: list[OutgoingMessage] = []

    def send(self, message: OutgoingMessage) -> str:
        if self.refusal:
            raise self.refusal
        self.took.append(message)
        return f"ref-{len(self.took)}"


@pytest.mark.django_db
class TestBills:
    """A bill was issued."""

    def test_owners_who_can_sign_in_are_told_in_their_language(self) -> None:
        utility = riverside()
        alice = make_login("alice@example.com", "Alicia", language="es")
        helper = make_login("bob@example.com")
        give(alice, ref(utility.alice))
        give(helper, ref(utility.alice), Role.HELPER_FULL)
        some_bills(utility.alice)
        some_bills(utility.charlie)
        found = notices("bill_ready")
        assert {notice.to for notice in found} == {"alice@example.com"}
        assert len(found) == Bill.objects.filter(account=utility.alice.account).count() == 5
        last = Bill.objects.filter(account=utility.alice.account).latest("bill_date")
        assert f"${last.total_due_cents / 100:,.2f}" in found[-1].subject
        assert "vence el" in found[-1].subject
        assert f"/bills/{last.public_id}/?account={ref(utility.alice)}" in found[-1].body

    def test_told_once_however_often_the_event_comes(self) -> None:
        utility = riverside()
        give(make_login("alice@example.com"), ref(utility.alice))
        some_bills(utility.alice)
        worker()
        before = Notice.objects.count()
        OutboxMessage.objects.filter(topic="bills.issued").update(delivered_at=None)
        worker()
        assert Notice.objects.count() == before

    def test_the_past_is_kept_and_not_sent(self) -> None:
        account = AccountRef(uuid4())
        give(make_login("alice@example.com"), account)
        then = datetime(2025, 3, 4, tzinfo=UTC)
        bill = {
            "account": str(account),
            "bill": str(uuid4()),
            "total_due_cents": -500,
            "due_date": "2025-03-20",
        }
        assert tell_bills([bill], cause=uuid4(), recorded_at=then) == 1
        notice = Notice.objects.get()
        assert (notice.status, notice.created_at, notice.kind) == ("recorded", then, "bill_in_credit")
        assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_bill_taken_back_and_one_made_again_are_told(language: str) -> None:
    home = riverside().alice
    some_bills(home)
    give(make_login("alice@example.com", "Alice", language), ref(home))
    *_, before, last = Bill.objects.order_by("id")
    worker()
    rebill(bill_ids=[before.pk], reason="a wrong read")
    cancel_bill(bill_id=last.pk, reason="sent twice")
    told = [notice for notice in notices(to="alice@example.com") if notice.kind.startswith("bill_")]
    assert [notice.kind for notice in told[-2:]] == ["bill_replaced", "bill_cancelled"]
    assert f"/bills/{last.public_id}/" in told[-1].body
    amount = f"${last.current_charges_cents / 100:,.2f}"
    assert amount in told[-1].body
