"""Charges outside the rate: their rules, late fees and waivers, deposits and interest; statuses move along tables."""

import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

HOLD = """
-- The moves of meterside.cis.billing.lifecycles.LATE_FEE; a test compares the two. What was charged stays as it was.
CREATE FUNCTION billing_late_fee_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'charged' THEN
            RAISE EXCEPTION 'a late fee begins as charged, not %', NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_late_fee_moves';
        END IF;
    ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('charged', 'reversed')
    ) THEN
        RAISE EXCEPTION 'a late fee cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_late_fee_moves';
    ELSIF (NEW.bill_id, NEW.number, NEW.since, NEW.charged_on, NEW.amount_cents, NEW.transaction_id)
        IS DISTINCT FROM (OLD.bill_id, OLD.number, OLD.since, OLD.charged_on, OLD.amount_cents, OLD.transaction_id)
    THEN
        RAISE EXCEPTION 'late fee % was charged as it was', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_late_fee_moves';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_late_fee_moves BEFORE INSERT OR UPDATE ON cis_billing_latefee
    FOR EACH ROW EXECUTE FUNCTION billing_late_fee_moves();

-- The moves of meterside.cis.billing.lifecycles.DEPOSIT.
CREATE FUNCTION billing_deposit_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'asked' THEN
            RAISE EXCEPTION 'a deposit begins as asked, not %', NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_deposit_moves';
        END IF;
    ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('asked', 'cancelled'), ('asked', 'held'), ('held', 'asked'), ('held', 'returned')
    ) THEN
        RAISE EXCEPTION 'a deposit cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_deposit_moves';
    ELSIF (NEW.account_id, NEW.amount_cents, NEW.transaction_id)
        IS DISTINCT FROM (OLD.account_id, OLD.amount_cents, OLD.transaction_id)
    THEN
        RAISE EXCEPTION 'deposit % was asked for as it was', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_deposit_moves';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_deposit_moves BEFORE INSERT OR UPDATE ON cis_billing_deposit
    FOR EACH ROW EXECUTE FUNCTION billing_deposit_moves();
"""

RELEASE = """
DROP TRIGGER billing_deposit_moves ON cis_billing_deposit;
DROP FUNCTION billing_deposit_moves();
DROP TRIGGER billing_late_fee_moves ON cis_billing_latefee;
DROP FUNCTION billing_late_fee_moves();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cis_billing', '0011_winter_average_policy'),
        ('cis_ledger', '0004_charges_outside_the_rate'),
        ('cis_registry', '0002_read_routes'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChargePolicy',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('customer_class', models.TextField(default='')),
                ('during', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('rule', models.JSONField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Deposit',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('status', models.TextField(default='asked')),
                ('amount_cents', models.BigIntegerField()),
                ('basis', models.JSONField()),
                ('asked_on', models.DateField()),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.TextField()),
                ('reason', models.TextField()),
                ('paid_on', models.DateField(null=True)),
                ('times_paid', models.PositiveSmallIntegerField(default=0)),
                ('interest_until', models.DateField(null=True)),
                ('ended_on', models.DateField(null=True)),
                ('ended_by', models.TextField(default='')),
                ('ended_reason', models.TextField(default='')),
                ('outcome', models.TextField(default='')),
            ],
        ),
        migrations.CreateModel(
            name='DepositInterest',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('days', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('amount_cents', models.BigIntegerField()),
                ('lines', models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name='LateFee',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('number', models.PositiveSmallIntegerField()),
                ('status', models.TextField(default='charged')),
                ('since', models.DateField()),
                ('charged_on', models.DateField()),
                ('left_cents', models.BigIntegerField()),
                ('base_cents', models.BigIntegerField()),
                ('amount_cents', models.BigIntegerField()),
                ('rule', models.JSONField()),
                ('charged_at', models.DateTimeField()),
                ('charged_by', models.TextField()),
                ('taken_back', models.TextField(default='')),
                ('reversed_at', models.DateTimeField(null=True)),
                ('reversed_by', models.TextField(default='')),
                ('reason', models.TextField(default='')),
            ],
        ),
        migrations.CreateModel(
            name='LateFeeWaiver',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
            ],
        ),
        migrations.AddIndex(
            model_name='bill',
            index=models.Index(condition=models.Q(('late_date__isnull', False), ('status', 'issued')), fields=['late_date', 'id'], name='billing_bill_late'),
        ),
        migrations.AddConstraint(
            model_name='chargepolicy',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['late_fee', 'deposit'])), name='billing_charge_policy_kind'),
        ),
        migrations.AddConstraint(
            model_name='chargepolicy',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('kind', '='), ('customer_class', '='), ('during', '&&')], name='billing_charge_policy_once'),
        ),
        migrations.AddField(
            model_name='deposit',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deposits', to='cis_registry.account'),
        ),
        migrations.AddField(
            model_name='deposit',
            name='transaction',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='deposit', to='cis_ledger.transaction'),
        ),
        migrations.AddField(
            model_name='depositinterest',
            name='deposit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interest', to='cis_billing.deposit'),
        ),
        migrations.AddField(
            model_name='depositinterest',
            name='transaction',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deposit_interest', to='cis_ledger.transaction'),
        ),
        migrations.AddField(
            model_name='latefee',
            name='bill',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='late_fees', to='cis_billing.bill'),
        ),
        migrations.AddField(
            model_name='latefee',
            name='transaction',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='late_fee', to='cis_ledger.transaction'),
        ),
        migrations.AddField(
            model_name='latefeewaiver',
            name='bill',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='late_fee_waiver', to='cis_billing.bill'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('asked', 'held'))), fields=('account',), name='billing_deposit_one_open'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['asked', 'cancelled', 'held', 'returned'])), name='billing_deposit_status'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('amount_cents__gt', 0), models.Q(('reason', ''), _negated=True)), name='billing_deposit_some'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('interest_until__isnull', True), ('paid_on__isnull', True), ('status', 'asked')), models.Q(('interest_until__isnull', True), ('paid_on__isnull', True), ('status', 'cancelled')), models.Q(('interest_until__isnull', False), ('paid_on__isnull', False), ('status__in', ['held', 'returned'])), _connector='OR'), name='billing_deposit_paid'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_on__isnull', True), ('outcome', ''), ('status__in', ('asked', 'held'))), models.Q(('ended_on__isnull', False), ('outcome', 'cancelled'), ('status', 'cancelled')), models.Q(('ended_on__isnull', False), ('outcome__in', ['refunded', 'final_bill']), ('status', 'returned')), _connector='OR'), name='billing_deposit_ended'),
        ),
        migrations.AddConstraint(
            model_name='depositinterest',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('deposit', '='), ('days', '&&')], name='billing_interest_once'),
        ),
        migrations.AddConstraint(
            model_name='depositinterest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_cents', 0), ('transaction__isnull', True)), models.Q(('amount_cents__gt', 0), ('transaction__isnull', False)), _connector='OR'), name='billing_interest_posted'),
        ),
        migrations.AddConstraint(
            model_name='depositinterest',
            constraint=models.CheckConstraint(condition=models.Q(('days__isempty', False)), name='billing_interest_some_days'),
        ),
        migrations.AddIndex(
            model_name='latefee',
            index=models.Index(fields=['bill'], name='billing_late_fee_bill'),
        ),
        migrations.AddConstraint(
            model_name='latefee',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'charged')), fields=('bill', 'number'), name='billing_late_fee_once'),
        ),
        migrations.AddConstraint(
            model_name='latefee',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['charged', 'reversed'])), name='billing_late_fee_status'),
        ),
        migrations.AddConstraint(
            model_name='latefee',
            constraint=models.CheckConstraint(condition=models.Q(('amount_cents__gt', 0), ('left_cents__gt', 0), ('number__gt', 0)), name='billing_late_fee_some'),
        ),
        migrations.AddConstraint(
            model_name='latefee',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reversed_at__isnull', True), ('status', 'charged'), ('taken_back', '')), models.Q(('reversed_at__isnull', False), ('status', 'reversed'), ('taken_back__in', ['staff', 'paid_in_time', 'bill_cancelled']), models.Q(('reversed_by', ''), _negated=True), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='billing_late_fee_reversed'),
        ),
        migrations.AddConstraint(
            model_name='latefeewaiver',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='billing_waiver_has_reason'),
        ),
        migrations.RunSQL(sql=HOLD, reverse_sql=RELEASE),
    ]
