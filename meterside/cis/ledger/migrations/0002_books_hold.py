"""The rules of the books that the database itself keeps, whoever writes."""

from django.db import migrations

HOLD = """
-- Each transaction sums to zero and has at least two legs, seen when the database transaction commits.
CREATE FUNCTION ledger_transaction_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    checked bigint;
    total numeric;
    legs integer;
BEGIN
    IF TG_TABLE_NAME = 'cis_ledger_posting' THEN
        checked := NEW.transaction_id;
    ELSE
        checked := NEW.id;
    END IF;
    SELECT coalesce(sum(amount_cents), 0), count(*) INTO total, legs
      FROM cis_ledger_posting WHERE transaction_id = checked;
    IF total <> 0 OR legs < 2 THEN
        RAISE EXCEPTION 'ledger transaction % has % postings that sum to % cents, not zero', checked, legs, total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transaction_sums_to_zero';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_posting_balances AFTER INSERT ON cis_ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transaction_balances();
CREATE CONSTRAINT TRIGGER ledger_transaction_balances AFTER INSERT ON cis_ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transaction_balances();

-- What is written stays written, for the owner's role too: corrections are new transactions.
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: post a correcting transaction instead', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cis_ledger_transaction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cis_ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cis_ledger_payment
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cis_ledger_paymentstatus
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();

-- A closed month refuses.
CREATE FUNCTION ledger_period_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM cis_ledger_accountingperiod
         WHERE first_day = date_trunc('month', NEW.accounting_on)::date AND closed_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'the books of % are closed', to_char(NEW.accounting_on, 'YYYY-MM')
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_period_closed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_period_open BEFORE INSERT ON cis_ledger_transaction
    FOR EACH ROW EXECUTE FUNCTION ledger_period_open();

INSERT INTO cis_ledger_ledgeraccount (code, name, kind) VALUES
    ('receivable', 'Customers'' receivable', 'asset'),
    ('clearing', 'Payments on the way', 'asset'),
    ('bank', 'Bank', 'asset'),
    ('income.electric', 'Electric revenue', 'income'),
    ('income.water', 'Water revenue', 'income'),
    ('income.gas', 'Gas revenue', 'income'),
    ('income.sewer', 'Sewer revenue', 'income'),
    ('income.refuse', 'Refuse revenue', 'income'),
    ('income.stormwater', 'Stormwater revenue', 'income'),
    ('income.light', 'Lighting revenue', 'income'),
    ('tax', 'Taxes collected for others', 'liability'),
    ('adjustment', 'Adjustments granted', 'expense'),
    ('opening', 'Balances brought in', 'liability');
"""

RELEASE = """
DROP TRIGGER ledger_period_open ON cis_ledger_transaction;
DROP FUNCTION ledger_period_open();
DROP TRIGGER ledger_append_only ON cis_ledger_paymentstatus;
DROP TRIGGER ledger_append_only ON cis_ledger_payment;
DROP TRIGGER ledger_append_only ON cis_ledger_posting;
DROP TRIGGER ledger_append_only ON cis_ledger_transaction;
DROP FUNCTION ledger_append_only();
DROP TRIGGER ledger_transaction_balances ON cis_ledger_transaction;
DROP TRIGGER ledger_posting_balances ON cis_ledger_posting;
DROP FUNCTION ledger_transaction_balances();
DELETE FROM cis_ledger_ledgeraccount;
"""


class Migration(migrations.Migration):
    dependencies = [("cis_ledger", "0001_initial")]
    operations = [migrations.RunSQL(sql=HOLD, reverse_sql=RELEASE)]
