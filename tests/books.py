"""The books must hold after whatever a test did: a fixture for modules that make history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from psycopg.pq import TransactionStatus

from meterside.cis.billing.books import prove_books


@pytest.fixture
def books_hold(db: None) -> Iterator[None]:
    """After the test every rule of `meterside ledger check` holds, unless the test broke its transaction on purpose."""
    yield
    raw = connection.connection
    if raw is None or raw.info.transaction_status == TransactionStatus.INERROR:
        return
    assert [finding for finding in prove_books().findings if finding.n_broken] == []
