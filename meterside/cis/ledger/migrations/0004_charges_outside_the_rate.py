"""Late fees and deposits in the books: their ledger accounts and kinds of entries."""

from django.db import migrations, models

ACCOUNTS = """
INSERT INTO cis_ledger_ledgeraccount (code, name, kind) VALUES
    ('income.late_fee', 'Late fees', 'income'),
    ('deposit', 'Customers'' deposits', 'liability'),
    ('deposit.billed', 'Deposits asked for, not paid yet', 'liability'),
    ('interest', 'Interest on deposits', 'expense');
"""
NO_ACCOUNTS = """
DELETE FROM cis_ledger_ledgeraccount WHERE code IN ('income.late_fee', 'deposit', 'deposit.billed', 'interest');
"""
KINDS = [
    "bill", "bill_cancel", "payment", "settlement", "return", "adjustment", "correction", "opening", "late_fee",
    "late_fee_reversal", "deposit", "deposit_paid", "deposit_unpaid", "deposit_cancel", "deposit_interest",
    "deposit_refund",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("cis_ledger", "0003_corrections")]
    operations = [
        migrations.RemoveConstraint(model_name="transaction", name="ledger_transaction_kind"),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", KINDS)), name="ledger_transaction_kind"
            ),
        ),
        migrations.RunSQL(sql=ACCOUNTS, reverse_sql=NO_ACCOUNTS),
    ]
