"""`ledger check` finds what is wrong, whoever did it: each rule is broken by hand, as the owner could."""

from __future__ import annotations

import json
import uuid

import psycopg
import pytest

from meterside.cis.billing.books import RULES, prove_books
from meterside.cis.billing.charges.deposits import ask_deposit
from meterside.cis.billing.charges.late_fees import charge_late_fees
from meterside.cis.billing.charges.policies import set_late_fee_policy
from meterside.cis.ledger.operations import post_adjustment, post_payment, return_payment, settle_payments
from meterside.engine.policy import late_fee_rule
from meterside.kit.postgres import Cluster, DatabaseUrls
from tests.cast import SINCE, bill_month, instant, read_dial, riverside
from tests.platform.support import meterside

PAID, KEPT, BACK = uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)


@pytest.fixture
def books(fresh_database: DatabaseUrls) -> DatabaseUrls:
    """Two accounts and months, three payments (settled, on the way, returned), an adjustment, a late fee, a deposit."""
    set_late_fee_policy(since=SINCE, rule=late_fee_rule({"percent": "0.015"}))
    utility = riverside()
    for home in utility.households:
        for month, kwh, cf in ((1, 1000, 500), (2, 1762, 1500), (3, 2400, 2400)):
            read_dial(home.electric, SINCE.replace(month=month), kwh)
            read_dial(home.water, SINCE.replace(month=month), cf)
    accounts = [home.account for home in utility.households]
    bill_month(SINCE, SINCE.replace(month=2), accounts)
    for payment_id in (PAID, KEPT, BACK):
        post_payment(
            payment_id=payment_id, account_id=accounts[0].pk, amount_cents=5000,
            paid_at=instant("2025-02-10T09:00"), channel="portal", tender="bank",
        )  # fmt: skip
    settle_payments([PAID], settled_at=instant("2025-02-12T09:00"))
    return_payment(payment_id=BACK, returned_at=instant("2025-02-13T09:00"), reason="R01")
    post_adjustment(
        source_id="1", account_id=accounts[1].pk, amount_cents=-700, effective_on=SINCE, note="goodwill"
    )
    charge_late_fees(today=SINCE.replace(month=2, day=26), account_ids=[accounts[1].pk])
    ask_deposit(account_id=accounts[0].pk, today=SINCE.replace(month=2), amount_cents=10_000, reason="new")
    bill_month(SINCE.replace(month=2), SINCE.replace(month=3), accounts)
    return fresh_database


def test_right_books_hold(books: DatabaseUrls) -> None:
    proof = prove_books()
    assert proof.holds
    assert (proof.n_bills, proof.n_payments) == (4, 3)
    assert proof.totals_cents["clearing"] == 5000
    assert proof.totals_cents["bank"] == 5000


BREAKS = {
    "sums_to_zero": "UPDATE cis_ledger_posting SET amount_cents = amount_cents + 1 WHERE id = 1",
    "bill_adds_up": "UPDATE cis_billing_billsegment SET total_cents = total_cents + 1 WHERE id = 1",
    "segment_adds_up": "UPDATE cis_billing_billsegment SET total_cents = total_cents + 1 WHERE id = 1",
    "bill_is_posted": "UPDATE cis_ledger_posting SET amount_cents = amount_cents + 1 WHERE id = 1",
    "bill_account": "UPDATE cis_ledger_posting SET agreement_id = 999999 WHERE id = 1",
    "bill_follows_bill": "UPDATE cis_billing_bill SET previous_balance_cents = previous_balance_cents + 1, "
    "current_charges_cents = current_charges_cents - 1 WHERE id = 4",
    "bill_tells_all": "UPDATE cis_billing_bill SET statement = jsonb_set(statement, '{last_transaction}', '0')",
    "cancelled_whole": "UPDATE cis_billing_bill SET status = 'cancelled' WHERE id = 1",
    "correction_is_posted": "INSERT INTO cis_billing_billcorrection (public_id, bill_id, status, method, "
    "difference_cents, amount_cents, segments, found_at, decided_at, decided_by, reason) "
    "VALUES (gen_random_uuid(), 1, 'applied', 'next_bill', -5, -5, '[]', now(), now(), 'x', '')",
    "late_fee_is_posted": "UPDATE cis_billing_latefee SET amount_cents = amount_cents + 1",
    "late_fee_as_printed": "UPDATE cis_billing_bill SET late_date = late_date + 5",
    "deposit_is_posted": "UPDATE cis_billing_deposit SET status = 'cancelled', ended_on = now(), outcome = 'cancelled'",
    "deposit_interest_is_posted": "INSERT INTO cis_billing_depositinterest (deposit_id, days, amount_cents, lines, "
    "transaction_id) VALUES (1, '[2025-02-01,2026-02-01)', 5, '[]', 1)",
    "payment_is_posted": "DELETE FROM cis_ledger_paymentstatus WHERE status = 'settled'",
    "balance_is_explained": "UPDATE cis_ledger_payment SET amount_cents = amount_cents + 1",
    "clearing_is_on_the_way": "UPDATE cis_ledger_payment SET amount_cents = amount_cents + 1",
}


def test_every_rule_has_a_break() -> None:
    assert set(BREAKS) == {rule.code for rule in RULES}


@pytest.mark.parametrize("code", sorted(BREAKS))
def test_a_rule_that_is_broken_is_named(code: str, books: DatabaseUrls, cluster: Cluster) -> None:
    address = cluster.url("postgres", books.name)
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(BREAKS[code])
    proof = prove_books()
    assert not proof.holds
    assert code in {finding.code for finding in proof.findings if finding.n_broken}


def test_the_command_proves_them_and_says_by_its_exit_code(books: DatabaseUrls, cluster: Cluster) -> None:
    told = meterside("ledger", "check", DATABASE_URL=books.app)
    assert told.returncode == 0, told.stderr
    assert told.stdout.count("holds ") == len(RULES)
    assert told.stdout.endswith("The books hold.\n")
    with psycopg.connect(cluster.url("postgres", books.name), autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(BREAKS["payment_is_posted"])
    broken = meterside("ledger", "check", "--json", DATABASE_URL=books.app)
    assert broken.returncode == 1
    proof = json.loads(broken.stdout)
    assert proof["holds"] is False
    found = {one["code"]: one["shown"] for one in proof["findings"] if one["n_broken"]}
    assert found["payment_is_posted"] == [f"payment {PAID}"]
