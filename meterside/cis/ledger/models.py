"""The books: double entry, append-only. A balance is a sum of postings, never a column to edit."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from meterside.cis.registry.models import Account


class LedgerAccount(models.Model):
    """An account of the general ledger; `code` is what reports and rules name."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    kind = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["asset", "liability", "income", "expense"]), name="ledger_account_kind"
            )
        ]


class AccountingPeriod(models.Model):
    """A month of the books. Once closed, the database refuses postings dated in it."""

    first_day = models.DateField(primary_key=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(first_day__day=1), name="ledger_period_first_day")]


class Transaction(models.Model):
    """One event of the books. `source` and `source_id` name what caused it, and make a repeat impossible."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.TextField()
    source = models.TextField()
    source_id = models.TextField()
    effective_on = models.DateField()
    accounting_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    origin = models.TextField(default="ours")
    note = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id", "kind"], name="ledger_transaction_once"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "bill",
                        "bill_cancel",
                        "payment",
                        "settlement",
                        "return",
                        "adjustment",
                        "correction",
                        "opening",
                        "late_fee",
                        "late_fee_reversal",
                        "deposit",
                        "deposit_paid",
                        "deposit_unpaid",
                        "deposit_cancel",
                        "deposit_interest",
                        "deposit_refund",
                    ]
                ),
                name="ledger_transaction_kind",
            ),
        ]


class Posting(models.Model):
    """One leg: positive is debit, negative credit, in cents. Each transaction's postings sum to zero."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    # A bill writes eight of these, so each index is one too many unless somebody looks things up by it: those below
    # serve the transaction's and the account's legs, and nobody looks for all legs of a ledger account.
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="postings", db_index=False
    )
    ledger_account = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="postings", db_index=False
    )
    amount_cents = models.BigIntegerField()
    account = models.ForeignKey(
        Account, null=True, on_delete=models.PROTECT, related_name="postings", db_index=False
    )
    fund = models.TextField(default="general")
    # Agreements and bills stand on higher floors: their keys are facts here, checked by `ledger check`.
    agreement_id = models.BigIntegerField(null=True)
    bill_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["account", "ledger_account"], include=["amount_cents"], name="ledger_posting_balance"
            ),
            models.Index(fields=["transaction"], name="ledger_posting_transaction"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(amount_cents=0), name="ledger_posting_not_zero"),
            models.CheckConstraint(
                condition=~Q(ledger_account="receivable") | Q(account__isnull=False),
                name="ledger_receivable_has_account",
            ),
        ]


class Payment(models.Model):
    """A payment the utility received, whoever took it. What became of it is in its status entries."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    payment_id = models.UUIDField(unique=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payments")
    amount_cents = models.BigIntegerField()
    paid_at = models.DateTimeField()
    effective_on = models.DateField()
    channel = models.TextField()
    tender = models.TextField()
    tender_label = models.TextField(default="")
    reference = models.TextField(default="")
    origin = models.TextField(default="ours")

    class Meta:
        indexes = [models.Index(fields=["account", "-paid_at"], name="ledger_payment_account")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="ledger_payment_positive"),
            models.CheckConstraint(
                condition=Q(channel__in=["portal", "autopay", "lockbox", "counter", "phone"]),
                name="ledger_payment_channel",
            ),
        ]


class PaymentStatus(models.Model):
    """One step in a payment's life, with the transaction that recorded it; the last one is its status."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="statuses")
    status = models.TextField()
    at = models.DateTimeField()
    reason = models.TextField(default="")
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="payment_status")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "status"], name="ledger_payment_status_once"),
            models.CheckConstraint(
                condition=Q(status__in=["accepted", "settled", "returned"]), name="ledger_payment_status_kind"
            ),
        ]
