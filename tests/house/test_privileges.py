"""The application's role has just the rights it needs."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from meterside.kit.privileges import APP_ROLE, append_only_tables

pytestmark = pytest.mark.django_db


def _rights(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) privilege "
            "WHERE has_table_privilege(%s, %s, privilege)",
            [APP_ROLE, table],
        )
        return {row[0] for row in cursor.fetchall()}


def test_tests_run_as_the_applications_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls, rolcreaterole, pg_has_role(current_user, %s, 'member') "
            "FROM pg_roles WHERE rolname = current_user",
            [APP_ROLE],
        )
        assert cursor.fetchone() == ("meterside_web", False, False, False, True)


@pytest.mark.parametrize("table", append_only_tables())
def test_append_only_tables_can_only_grow(table: str) -> None:
    assert _rights(table) == {"SELECT", "INSERT"}


def test_no_table_can_be_truncated() -> None:
    for model in apps.get_models(include_auto_created=True):
        assert "TRUNCATE" not in _rights(model._meta.db_table), model


def test_the_books_reads_and_audit_are_append_only() -> None:
    assert {
        "cis_ledger_posting",
        "cis_ledger_transaction",
        "cis_ledger_payment",
        "cis_ledger_paymentstatus",
        "cis_metering_registerread",
        "cis_metering_intervalday",
        "spine_auditentry",
    } <= set(append_only_tables())
