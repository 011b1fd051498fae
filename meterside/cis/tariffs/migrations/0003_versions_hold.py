"""A version's status moves along one table and leaves a step behind; what was published is never edited."""

from django.db import migrations

HOLD = """
UPDATE cis_tariffs_tariffversion
   SET status = 'published', is_installed = true, created_at = published_at, published_by = 'system',
       published_on = published_at::date;
INSERT INTO cis_tariffs_tariffversionstep (version_id, status_from, status_to, at, by, reason)
SELECT id, '', 'draft', published_at, 'system', '' FROM cis_tariffs_tariffversion ORDER BY id;
INSERT INTO cis_tariffs_tariffversionstep (version_id, status_from, status_to, at, by, reason)
SELECT id, 'draft', 'published', published_at, 'system', '' FROM cis_tariffs_tariffversion ORDER BY id;

-- The moves of meterside.cis.tariffs.lifecycles.VERSION; a test compares the two.
CREATE FUNCTION tariffs_version_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' THEN
            RAISE EXCEPTION 'a tariff version begins as draft, not %', NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'tariffs_version_moves';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('draft', 'proposed'), ('draft', 'published'), ('draft', 'withdrawn'), ('proposed', 'draft'),
        ('proposed', 'published'), ('proposed', 'withdrawn'), ('published', 'withdrawn')
    ) THEN
        RAISE EXCEPTION 'a tariff version cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tariffs_version_moves';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tariffs_version_moves BEFORE INSERT OR UPDATE ON cis_tariffs_tariffversion
    FOR EACH ROW EXECUTE FUNCTION tariffs_version_moves();

-- What a version says never changes; once it is published nothing does but the day it ends.
CREATE FUNCTION tariffs_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status = 'published' THEN
            RAISE EXCEPTION 'tariff version % is published: it stays', OLD.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'tariffs_version_stays';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.tariff_id, NEW.document, NEW.document_sha256, NEW.is_installed, NEW.created_at, NEW.created_by)
        IS DISTINCT FROM
       (OLD.tariff_id, OLD.document, OLD.document_sha256, OLD.is_installed, OLD.created_at, OLD.created_by)
    OR (OLD.status IN ('published', 'withdrawn') AND
       (lower(NEW.during), NEW.proposed_at, NEW.proposed_by, NEW.published_at, NEW.published_on, NEW.published_by)
        IS DISTINCT FROM
       (lower(OLD.during), OLD.proposed_at, OLD.proposed_by, OLD.published_at, OLD.published_on, OLD.published_by))
    THEN
        RAISE EXCEPTION 'tariff version % is never edited', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tariffs_version_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tariffs_version_stays BEFORE UPDATE OR DELETE ON cis_tariffs_tariffversion
    FOR EACH ROW EXECUTE FUNCTION tariffs_version_stays();

-- A status without the step that says who, when and why does not commit.
CREATE FUNCTION tariffs_version_has_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM cis_tariffs_tariffversionstep WHERE version_id = NEW.id AND status_to = NEW.status
    ) THEN
        RAISE EXCEPTION 'tariff version % is % without a step that says so', NEW.id, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tariffs_version_has_step';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER tariffs_version_has_step AFTER INSERT OR UPDATE ON cis_tariffs_tariffversion
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tariffs_version_has_step();

-- A proposal is decided once, and is otherwise as it was made.
CREATE FUNCTION tariffs_proposal_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'proposed' OR (NEW.series_id, NEW.since, NEW.value, NEW.note, NEW.proposed_at, NEW.proposed_by)
        IS DISTINCT FROM (OLD.series_id, OLD.since, OLD.value, OLD.note, OLD.proposed_at, OLD.proposed_by)
    THEN
        RAISE EXCEPTION 'proposal % is decided once and never edited', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tariffs_proposal_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tariffs_proposal_stays BEFORE UPDATE ON cis_tariffs_factorproposal
    FOR EACH ROW EXECUTE FUNCTION tariffs_proposal_stays();
"""

RELEASE = """
DROP TRIGGER tariffs_proposal_stays ON cis_tariffs_factorproposal;
DROP FUNCTION tariffs_proposal_stays();
DROP TRIGGER tariffs_version_has_step ON cis_tariffs_tariffversion;
DROP FUNCTION tariffs_version_has_step();
DROP TRIGGER tariffs_version_stays ON cis_tariffs_tariffversion;
DROP FUNCTION tariffs_version_stays();
DROP TRIGGER tariffs_version_moves ON cis_tariffs_tariffversion;
DROP FUNCTION tariffs_version_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("cis_tariffs", "0002_life_of_a_version")]
    operations = [migrations.RunSQL(sql=HOLD, reverse_sql=RELEASE)]
