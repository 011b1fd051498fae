"""A run's status moves along one table and leaves a step behind, whoever writes."""

from django.db import migrations

HOLD = """
UPDATE cis_billing_billrun SET status = 'done' WHERE finished_at IS NOT NULL;
INSERT INTO cis_billing_billrunstep (run_id, status_from, status_to, at, by, reason)
SELECT id, '', 'open', started_at, 'system', '' FROM cis_billing_billrun ORDER BY id;
INSERT INTO cis_billing_billrunstep (run_id, status_from, status_to, at, by, reason)
SELECT id, 'open', 'running', started_at, 'system', '' FROM cis_billing_billrun
 WHERE status = 'done' ORDER BY id;
INSERT INTO cis_billing_billrunstep (run_id, status_from, status_to, at, by, reason)
SELECT id, 'running', 'done', finished_at, 'system', '' FROM cis_billing_billrun
 WHERE status = 'done' ORDER BY id;

-- The moves of meterside.cis.billing.lifecycles.RUN; a test compares the two.
CREATE FUNCTION billing_run_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'open' THEN
            RAISE EXCEPTION 'a bill run begins as open, not %', NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_run_moves';
        END IF;
    ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('approved', 'pricing'), ('approved', 'running'), ('done', 'running'), ('open', 'pricing'),
        ('open', 'running'), ('priced', 'approved'), ('priced', 'pricing'), ('priced', 'running'),
        ('pricing', 'priced'), ('pricing', 'stopped'), ('running', 'done'), ('running', 'stopped'),
        ('stopped', 'pricing'), ('stopped', 'running')
    ) THEN
        RAISE EXCEPTION 'a bill run cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_run_moves';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_run_moves BEFORE INSERT OR UPDATE ON cis_billing_billrun
    FOR EACH ROW EXECUTE FUNCTION billing_run_moves();

-- A status without the step that says who, when and why does not commit.
CREATE FUNCTION billing_run_has_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cis_billing_billrunstep WHERE run_id = NEW.id AND status_to = NEW.status) THEN
        RAISE EXCEPTION 'bill run % is % without a step that says so', NEW.id, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_run_has_step';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_run_has_step AFTER INSERT OR UPDATE ON cis_billing_billrun
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_run_has_step();
"""

RELEASE = """
DROP TRIGGER billing_run_has_step ON cis_billing_billrun;
DROP FUNCTION billing_run_has_step();
DROP TRIGGER billing_run_moves ON cis_billing_billrun;
DROP FUNCTION billing_run_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("cis_billing", "0002_run_in_chunks")]
    operations = [migrations.RunSQL(sql=HOLD, reverse_sql=RELEASE)]
