"""Statuses move along one table and leave a step behind, whoever writes."""

from django.db import migrations

HOLD = """
-- The moves of meterside.engine.payment.ATTEMPT; a test compares the two.
CREATE FUNCTION payments_attempt_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'created' THEN
            RAISE EXCEPTION 'a payment attempt begins as created, not %', NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_attempt_moves';
        END IF;
    ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('created', 'pending'), ('created', 'accepted'), ('created', 'failed'), ('created', 'abandoned'),
        ('pending', 'accepted'), ('pending', 'failed'), ('pending', 'abandoned'),
        ('failed', 'accepted'), ('abandoned', 'accepted'),
        ('accepted', 'settled'), ('accepted', 'returned'), ('settled', 'returned')
    ) THEN
        RAISE EXCEPTION 'a payment attempt cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_attempt_moves';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_attempt_moves BEFORE INSERT OR UPDATE ON portal_payments_paymentattempt
    FOR EACH ROW EXECUTE FUNCTION payments_attempt_moves();

-- A status without the step that says who, when and why does not commit.
CREATE FUNCTION payments_attempt_has_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM portal_payments_attemptstep WHERE attempt_id = NEW.id AND status_to = NEW.status
    ) THEN
        RAISE EXCEPTION 'payment attempt % is % without a step that says so', NEW.public_id, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_attempt_has_step';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_attempt_has_step AFTER INSERT OR UPDATE ON portal_payments_paymentattempt
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_attempt_has_step();
"""

RELEASE = """
DROP TRIGGER payments_attempt_has_step ON portal_payments_paymentattempt;
DROP FUNCTION payments_attempt_has_step();
DROP TRIGGER payments_attempt_moves ON portal_payments_paymentattempt;
DROP FUNCTION payments_attempt_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("portal_payments", "0001_initial")]
    operations = [migrations.RunSQL(sql=HOLD, reverse_sql=RELEASE)]
