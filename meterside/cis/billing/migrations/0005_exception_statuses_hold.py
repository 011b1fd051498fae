"""An exception's status moves along one table and leaves a step behind, whoever writes."""

from django.db import migrations

HOLD = """
-- The moves of meterside.cis.billing.lifecycles.EXCEPTION; a test compares the two.
CREATE FUNCTION billing_exception_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'open' THEN
            RAISE EXCEPTION 'a bill exception begins as open, not %', NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_exception_moves';
        END IF;
    ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('held', 'accepted'), ('held', 'corrected'), ('open', 'accepted'), ('open', 'corrected'), ('open', 'held')
    ) THEN
        RAISE EXCEPTION 'a bill exception cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_exception_moves';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_exception_moves BEFORE INSERT OR UPDATE ON cis_billing_billexception
    FOR EACH ROW EXECUTE FUNCTION billing_exception_moves();

-- A status without the step that says who, when and why does not commit; nobody is held without a reason.
CREATE FUNCTION billing_exception_has_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM cis_billing_billexceptionstep
         WHERE exception_id = NEW.id AND status_to = NEW.status AND (status_to <> 'held' OR reason <> '')
    ) THEN
        RAISE EXCEPTION 'bill exception % is % without a step that says so', NEW.id, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_exception_has_step';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_exception_has_step AFTER INSERT OR UPDATE ON cis_billing_billexception
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_exception_has_step();
"""

RELEASE = """
DROP TRIGGER billing_exception_has_step ON cis_billing_billexception;
DROP FUNCTION billing_exception_has_step();
DROP TRIGGER billing_exception_moves ON cis_billing_billexception;
DROP FUNCTION billing_exception_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("cis_billing", "0004_exceptions")]
    operations = [migrations.RunSQL(sql=HOLD, reverse_sql=RELEASE)]
