"""The second wall: while a person's page runs, the database itself shows it their accounts and no others."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any, cast

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from psycopg.pq import TransactionStatus

from meterside import wiring
from meterside.cis.agreements.models import ServiceAgreement
from meterside.cis.registry.models import Account
from meterside.contracts.cis import BillRef, NoSuchAccount, NoSuchBill
from meterside.kit import clock, wall
from meterside.kit.postgres import DatabaseUrls
from meterside.portal.access.wall import behind_wall
from meterside.portal.payments.models import PaymentIntent
from meterside.web.customer import CustomerRequest, customer_view
from tests.cast import Riverside, riverside
from tests.people import give, make_login, ref, some_bills

pytestmark = pytest.mark.django_db


@pytest.fixture
def street(db: None) -> Riverside:
    utility = riverside()
    some_bills(utility.charlie)
    return utility


def test_a_person_sees_their_account_and_no_other_whatever_is_asked(street: Riverside) -> None:
    alice = make_login("alice@example.com")
    give(alice, ref(street.alice))
    bill = wiring.cis().home(ref(street.charlie), today=clock.now().date()).latest_bill
    assert bill is not None
    with behind_wall(login_id=alice.pk, now=clock.now()) as grants:
        assert [grant.account for grant in grants] == [ref(street.alice)]
        assert list(Account.objects.values_list("public_id", flat=True)) == [ref(street.alice)]
        assert {row.account_id for row in ServiceAgreement.objects.all()} == {street.alice.account.pk}
        with pytest.raises(NoSuchAccount):
            wiring.cis().home(ref(street.charlie), today=clock.now().date())
        with pytest.raises(NoSuchBill):
            wiring.cis().bill(ref(street.charlie), BillRef(bill.summary.ref))
    assert Account.objects.count() > 1, "afterwards the utility's own work sees all again"


def test_who_may_see_nothing_sees_nothing(street: Riverside) -> None:
    login = make_login("nobody@example.com")
    give(login, ref(street.alice), until=clock.now() + timedelta(days=1))
    with behind_wall(login_id=login.pk, now=clock.now() + timedelta(days=2)) as grants:
        assert grants == ()
        assert not Account.objects.exists()
        assert not ServiceAgreement.objects.exists()


def test_nothing_is_written_for_another_account(street: Riverside) -> None:
    alice = make_login("alice@example.com")
    give(alice, ref(street.alice))

    def intend(home: Any) -> PaymentIntent:
        return PaymentIntent.objects.create(
            account_ref=ref(home), login=alice, amount_cents=100, key=str(ref(home)), created_at=clock.now()
        )

    with behind_wall(login_id=alice.pk, now=clock.now()):
        intend(street.alice)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            intend(street.charlie)
    assert PaymentIntent.objects.count() == 1


def test_a_page_that_forgets_to_check_still_shows_no_neighbour(street: Riverside) -> None:
    @customer_view()
    def careless(request: CustomerRequest) -> HttpResponse:
        found = wiring.cis().accounts([ref(street.alice), ref(street.charlie)])
        return HttpResponse(",".join(view.number for view in found))

    alice = make_login("alice@example.com")
    give(alice, ref(street.alice))
    request: HttpRequest = RequestFactory().get("/")
    request.user = alice
    request.session = {}  # type: ignore[assignment]
    assert cast(HttpResponse, careless(request)).content.decode() == street.alice.account.number


def _setting(lent: psycopg.Connection[Any]) -> str:
    row = lent.execute("SELECT current_setting(%s, true)", [wall.SETTING]).fetchone()
    assert row is not None
    return row[0] or ""


@pytest.mark.parametrize("ends", ["well", "badly"])
def test_the_wall_is_down_when_the_page_is_made(street: Riverside, ends: str) -> None:
    alice = make_login("alice@example.com")
    give(alice, ref(street.alice))
    with suppress(LookupError), behind_wall(login_id=alice.pk, now=clock.now()):
        lent: psycopg.Connection[Any] = connection.connection
        assert str(ref(street.alice)) in _setting(lent)
        if ends == "badly":
            raise LookupError
    assert _setting(lent) == ""


@pytest.mark.parametrize("autocommit", [True, False])
def test_lowering_leaves_the_connection_as_it_was(fresh_database: DatabaseUrls, autocommit: bool) -> None:
    with psycopg.connect(fresh_database.app, autocommit=autocommit) as lent:
        lent.execute("SELECT set_config(%s, '{}', false)", [wall.SETTING])
        lent.commit()
        wall.lower(lent)
        assert lent.info.transaction_status is TransactionStatus.IDLE
        assert _setting(lent) == ""


def test_a_connection_that_does_not_lower_the_wall_is_nobodys_any_more(fresh_database: DatabaseUrls) -> None:
    with psycopg.connect(fresh_database.app) as lent:
        lent.execute("SELECT set_config(%s, '{}', false)", [wall.SETTING])
        with suppress(psycopg.Error):
            lent.execute("SELECT 1/0")
        wall.lower(lent)
        assert lent.closed


def test_every_table_that_names_an_account_is_behind_the_wall_or_says_why_not() -> None:
    """A new table with an account in it joins the wall, or the list of those that stay outside for a reason."""
    outside = {
        "cis_registry_accountalias", "cis_registry_personaccountrole",  # reached from an account only
        "cis_registry_registrycharacteristic",
        "cis_billing_bill", "cis_ledger_posting", "cis_ledger_payment",  # filled by COPY
        "cis_billing_billexception", "cis_billing_billrunprice", "cis_studies_comparisonaccount",  # staff's
        "portal_access_accountaccess", "portal_access_invitation",  # what the wall itself is made from
        "portal_notices_notice", "portal_identity_registrationattempt",
    }  # fmt: skip
    walled = dict(wall.walled_tables())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns "
            "WHERE column_name IN ('account_id', 'account_ref') AND table_schema = 'public'"
        )
        naming = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity")
        secured = {row[0] for row in cursor.fetchall()}
    assert secured == set(walled)
    assert naming - secured <= outside, naming - secured - outside
