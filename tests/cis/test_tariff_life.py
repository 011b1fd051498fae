"""A tariff version's life: who may do what when, what the database refuses, and that what was billed stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from meterside.cis.billing.models import Bill, BillSegment
from meterside.cis.tariffs.life import (
    BegunAlready,
    ReasonNeeded,
    SamePerson,
    UnableToPublish,
    draft_versions,
    problems_of,
    propose_version,
    publish_version,
    send_back,
    withdraw_version,
)
from meterside.cis.tariffs.lifecycles import VERSION
from meterside.cis.tariffs.models import FactorProposal, FactorValue, TariffVersion, TariffVersionStep
from meterside.cis.tariffs.operations import store_tariff
from meterside.cis.tariffs.queries import dated_series, engine_tariffs
from meterside.cis.tariffs.series import set_series_value
from meterside.cis.tariffs.series_life import WaitsAlready, approve_value, decline_value, propose_value
from meterside.engine.lifecycle import MoveNotAllowed
from meterside.engine.tariff.document import tariff_from_toml
from meterside.kit.clock import clock_at
from meterside.spine.actor import Actor, acting
from meterside.spine.models import AuditEntry
from tests.cast import ELECTRIC
from tests.cis.priced import every_segment_prices_again
from tests.web.billed import town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
TODAY, JUNE, JULY, AUGUST = date(2025, 3, 10), date(2025, 6, 1), date(2025, 7, 1), date(2025, 8, 1)
DEARER = ELECTRIC.replace('"13.50"', '"14.25"').replace("2020-01-01", "2025-06-01")


@contextmanager
def person(name: str, day: date = TODAY) -> Iterator[None]:
    with (
        clock_at(datetime.combine(day, datetime.min.time(), UTC).replace(hour=20)),
        acting(Actor("staff", name)),
    ):
        yield


def draft(text: str = DEARER) -> TariffVersion:
    (made,) = draft_versions(tariff_from_toml(text), source="rates.toml", source_format="meterside")
    return made


@pytest.fixture
def in_force() -> TariffVersion:
    return store_tariff(tariff_from_toml(ELECTRIC)).versions.get()


def published(text: str = DEARER, since: date = JUNE) -> TariffVersion:
    with person("ana"):
        made = propose_version(draft(text), since=since)
    with person("ben"):
        return publish_version(made)


def days(version: TariffVersion) -> tuple[date, date | None]:
    version.refresh_from_db()
    return version.during.lower, version.during.upper


def test_only_what_a_second_person_approved_prices_bills(in_force: TariffVersion) -> None:
    with person("ana"):
        made = draft()
        assert priced_on(made, JUNE) == "13.50"
        propose_version(made, since=JUNE)
        assert priced_on(made, JUNE) == "13.50"
        with pytest.raises(SamePerson):
            publish_version(made)
    with person("ben"):
        publish_version(made)
    assert priced_on(made, date(2025, 5, 31)) == "13.50"
    assert priced_on(made, JUNE) == "14.25"
    assert days(in_force) == (date(2020, 1, 1), JUNE)
    assert days(made) == (JUNE, None)
    line = AuditEntry.objects.get(action="tariff_version.published")
    assert (line.actor_kind, line.actor_id) == ("staff", "ben")
    assert line.detail["proposed_by"] == "staff:ana"
    assert line.detail["since"] == "2025-06-01"


def priced_on(version: TariffVersion, day: date) -> str:
    """The customer charge of the version that prices a day."""
    found = engine_tariffs([version.tariff_id])[version.tariff_id].version_on(day)
    assert found is not None
    component = found.component("customer")
    assert component is not None
    return str(component.write()["amount"])


def test_a_version_begins_on_a_later_day_without_gap(in_force: TariffVersion) -> None:
    made = draft()
    with person("ana"):
        kinds = {
            day: [one.kind for one in problems_of(made, since=day)]
            for day in (TODAY, date(2019, 1, 1), date(2025, 3, 11))
        }
        assert kinds == {TODAY: ["not_later"], date(2019, 1, 1): ["not_later"], date(2025, 3, 11): []}
        ended = store_tariff(tariff_from_toml(ELECTRIC.replace('"E-1"', '"E-9"').replace(
            "effective_from = 2020-01-01", "effective_from = 2020-01-01\neffective_to = 2025-06-01")))  # fmt: skip
        late = draft(DEARER.replace('"E-1"', '"E-9"'))
        (gap,) = problems_of(late, since=JULY)
        assert (gap.kind, gap.facts) == ("gap", {"first": JUNE, "until": JULY})
        assert problems_of(late, since=JUNE) == ()
        with pytest.raises(UnableToPublish):
            propose_version(late, since=JULY)
    assert ended.versions.filter(status="published").count() == 1


def test_what_would_not_fit_the_other_versions_is_said_at_once(in_force: TariffVersion) -> None:
    other = DEARER.replace('"electric"', '"water"').replace(
        'kind = "percent"', 'kind = "percent"\nversion_pick = "bill_date"'
    )
    made = draft(other)
    with person("ana"):
        found = problems_of(made, since=TODAY)
    assert [one.kind for one in found] == ["not_later", "differs", "engine"]
    assert found[1].facts == {"field": "commodity", "has": "electric", "wants": "water"}
    assert "version_pick" in found[2].facts["path"]


def test_a_version_goes_in_between_and_is_withdrawn_before_its_day(in_force: TariffVersion) -> None:
    august = published(since=AUGUST)
    june = published(DEARER.replace("14.25", "15.00"), since=JUNE)
    assert [days(one) for one in (in_force, june, august)] == [
        (date(2020, 1, 1), JUNE), (JUNE, AUGUST), (AUGUST, None),
    ]  # fmt: skip
    with person("ana"):
        with pytest.raises(ReasonNeeded):
            withdraw_version(june, reason=" ")
        withdraw_version(june, reason="the council said no")
    assert days(in_force) == (date(2020, 1, 1), AUGUST)
    with person("ana", AUGUST), pytest.raises(BegunAlready):
        withdraw_version(august, reason="too late")
    with person("ana", TODAY):
        withdraw_version(august, reason="the council said no")
    assert days(in_force) == (date(2020, 1, 1), None)
    with pytest.raises(MoveNotAllowed):
        propose_version(august, since=AUGUST)


def test_the_day_may_have_come_while_it_waited(in_force: TariffVersion) -> None:
    with person("ana"):
        made = propose_version(draft(), since=JUNE)
    with person("ben", JUNE), pytest.raises(UnableToPublish):
        publish_version(made)
    with person("ben", JUNE):
        send_back(made, reason="its day has come")
    made.refresh_from_db()
    assert (made.status, made.proposed_by) == ("draft", "")


def test_a_file_with_the_whole_history_gives_a_draft_of_what_is_new(in_force: TariffVersion) -> None:
    later = DEARER.split("[[versions]]")[1]
    whole = (
        ELECTRIC.replace(
            "effective_from = 2020-01-01", "effective_from = 2020-01-01\neffective_to = 2025-06-01"
        )
        + "\n[[versions]]"
        + later
    )
    (made,) = draft_versions(tariff_from_toml(whole), source="", source_format="")
    assert made.during.lower == JUNE


def test_storing_the_same_again_after_it_was_ended_changes_nothing(in_force: TariffVersion) -> None:
    published()
    store_tariff(tariff_from_toml(ELECTRIC))
    assert TariffVersion.objects.filter(status="published").count() == 2


# --- what the database refuses, asked directly --------------------------------------------------------


def test_the_tables_of_moves_are_one_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'tariffs_version_moves'")
        (source,) = cursor.fetchone()
    assert sorted(re.findall(r"\('(\w+)', '(\w+)'\)", source)) == VERSION.pairs()


REFUSED = {
    "tariffs_version_second_person": "status = 'published', published_at = now(), published_on = '2025-03-10', "
    "published_by = proposed_by",
    "tariffs_version_published_by_somebody": "status = 'published'",
    "tariffs_version_published_before_its_day": "status = 'published', published_at = now(), "
    "published_on = '2025-06-01', published_by = 'staff:ben'",
    "tariffs_version_once": "status = 'published', published_at = now(), published_on = '2025-03-10', "
    "published_by = 'staff:ben'",
    "tariffs_version_moves": "status = 'bogus'",
    "tariffs_version_stays": "document = '{}'",
    "tariffs_version_proposed_by_somebody": "proposed_by = ''",
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_database_refuses(in_force: TariffVersion, name: str) -> None:
    with person("ana"):
        made = propose_version(draft(), since=JUNE)
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE cis_tariffs_tariffversion SET {REFUSED[name]} WHERE id = %s", [made.pk])
    assert name in str(caught.value) or caught.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


PUBLISHED_STAYS = (
    "during = daterange(lower(during) + 1, upper(during))",
    "published_by = 'staff:carla'",
    "proposed_by = 'staff:carla'",
    "status = 'draft'",
    "is_installed = true",
)


@pytest.mark.parametrize("change", PUBLISHED_STAYS)
def test_what_is_published_is_not_edited(in_force: TariffVersion, change: str) -> None:
    made = published()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE cis_tariffs_tariffversion SET {change} WHERE id = %s", [made.pk])


def test_what_is_published_is_not_deleted_and_does_not_begin_published(in_force: TariffVersion) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM cis_tariffs_tariffversion WHERE id = %s", [in_force.pk])
    with pytest.raises(IntegrityError), transaction.atomic():
        TariffVersion.objects.create(
            tariff=in_force.tariff, status="published", during=in_force.during, document={},
            document_sha256="", created_at=in_force.created_at, created_by="x",
        )  # fmt: skip


def test_a_status_without_its_step_does_not_commit(
    in_force: TariffVersion, commit_checks: Callable[[], None]
) -> None:
    commit_checks()
    with transaction.atomic():
        TariffVersion.objects.create(
            tariff=in_force.tariff, during=in_force.during, document={}, document_sha256="",
            created_at=in_force.created_at, created_by="x",
        )  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            commit_checks()
        TariffVersionStep.objects.create(
            version=TariffVersion.objects.latest("id"), status_from="", status_to="draft",
            at=in_force.created_at, by="x",
        )  # fmt: skip


# --- what was billed stays ----------------------------------------------------------------------------


def test_publishing_leaves_past_bills_the_same() -> None:
    """Whatever the next version is, and from whichever later day: each segment prices as it was printed."""
    made = town()
    bills = list(Bill.objects.order_by("pk").values("pk", "statement", "current_charges_cents"))
    tariff = made.riverside.tariffs["electric"]
    n_segments = BillSegment.objects.count()

    @examples(max_examples=25, suppress_health_check=list(HealthCheck))
    @given(
        fixed=st.decimals("0", "99", places=2),
        prices=st.lists(st.decimals("0", "1", places=4), min_size=1, max_size=3),
        days_on=st.integers(1, 400),
        order=st.permutations(["customer", "energy", "extra"]),
        per=st.sampled_from(["bill", "day"]),
    )
    def publish(fixed: Decimal, prices: list[Decimal], days_on: int, order: list[str], per: str) -> None:
        since = date.fromordinal(TODAY.toordinal() + days_on)
        with transaction.atomic():
            version = published(_another(fixed, prices, order, per), since=since)
            assert version.status == "published"
            assert every_segment_prices_again() == n_segments
            now = Bill.objects.order_by("pk").values("pk", "statement", "current_charges_cents")
            assert list(now) == bills
            assert engine_tariffs([tariff.pk])[tariff.pk].version_on(since) is not None
            transaction.set_rollback(True)

    publish()


def _another(fixed: Decimal, prices: list[Decimal], order: list[str], per: str) -> str:
    texts = {
        "customer": f'kind = "fixed"\ncode = "customer"\nlabel = "C"\namount = "{fixed}"\nper = "{per}"\n',
        "energy": 'kind = "tiered"\ncode = "energy"\nlabel = "E"\nunit = "kWh"\n'
        f"prices = {[str(price) for price in prices]}\nwidths = {['100'] * (len(prices) - 1)}\n",
        "extra": 'kind = "fixed"\ncode = "extra"\nlabel = "X"\namount = "1.99"\n',
    }
    head = DEARER.split("[[versions.components]]")[0]
    return head + "".join(f"\n[[versions.components]]\n{texts[name]}" for name in order)


# --- series -------------------------------------------------------------------------------------------


def test_a_value_of_a_series_needs_a_second_person() -> None:
    set_series_value(
        code="pca", since=date(2025, 1, 1), value=Decimal("0.01"), name="Power cost", unit="$/kWh"
    )
    with person("ana"):
        asked = propose_value(code="pca", since=JUNE, value=Decimal("0.02"), note="June filing")
        with pytest.raises(WaitsAlready):
            propose_value(code="pca", since=JUNE, value=Decimal("0.03"))
        with pytest.raises(SamePerson):
            approve_value(asked)
        assert FactorValue.objects.count() == 1
    with person("ben"):
        approve_value(asked)
        with pytest.raises(MoveNotAllowed):
            approve_value(asked)
    assert [value for _day, value in dated_series(["pca"])["pca"].values] == [
        Decimal("0.01"),
        Decimal("0.02"),
    ]
    assert AuditEntry.objects.filter(action="series_proposal.approved", actor_id="ben").count() == 1


def test_a_declined_value_is_not_taken_and_says_why() -> None:
    with person("ana"):
        asked = propose_value(code="new", since=JUNE, value=Decimal("0.02"), unit="$/kWh")
        with pytest.raises(ReasonNeeded):
            decline_value(asked, reason="")
        decline_value(asked, reason="typed wrongly")
    assert not FactorValue.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        "status = 'approved', decided_at = now(), decided_by = proposed_by",
        "status = 'approved'",
        "value = 3",
        "since = '2025-06-02'",
        "proposed_by = 'staff:carla'",
        "status = 'bogus', decided_at = now(), decided_by = 'staff:ben'",
    ],
)
def test_the_database_refuses_a_proposal(change: str) -> None:
    with person("ana"):
        asked = propose_value(code="pca", since=JUNE, value=Decimal("0.02"))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE cis_tariffs_factorproposal SET {change} WHERE id = %s", [asked.pk])
    assert FactorProposal.objects.get().status == "proposed"
