"""A correction's status moves along one table, whoever writes."""

from django.db import migrations

HOLD = """
-- The moves of meterside.cis.billing.lifecycles.CORRECTION; a test compares the two.
CREATE FUNCTION billing_correction_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'open' THEN
            RAISE EXCEPTION 'a bill correction begins as open, not %', NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_correction_moves';
        END IF;
    ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('applied', 'undone'), ('open', 'applied'), ('open', 'dismissed')
    ) THEN
        RAISE EXCEPTION 'a bill correction cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_correction_moves';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_correction_moves BEFORE INSERT OR UPDATE ON cis_billing_billcorrection
    FOR EACH ROW EXECUTE FUNCTION billing_correction_moves();
"""

RELEASE = """
DROP TRIGGER billing_correction_moves ON cis_billing_billcorrection;
DROP FUNCTION billing_correction_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("cis_billing", "0009_told_by")]
    operations = [migrations.RunSQL(sql=HOLD, reverse_sql=RELEASE)]
