-- A unique index that is there to refuse a second row begins with the id, not with the tenant.
--
-- Why: a plan that is made while a table or a new month's partition is empty finds every index that begins with the tenant
-- equally cheap, and the latest one wins. A session keeps that plan: each lookup of one lot or auction went on to read all
-- of its tenant's, until the table was first analysed. An index that begins with another id cannot be taken for it.
-- squawk-ignore-file constraint-missing-not-valid, disallowed-unique-constraint, ban-drop-constraint

ALTER TABLE lots DROP CONSTRAINT lots_one_per_position;
ALTER TABLE lots ADD CONSTRAINT lots_one_per_position UNIQUE (task_id, position, tenant);

-- As in 0018; the indexes begin with an id.
CREATE OR REPLACE FUNCTION add_partition(p_table text, p_suffix text, p_bounds text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_name    text := p_table || '_' || p_suffix;
BEGIN
    EXECUTE format('CREATE TABLE %I PARTITION OF %I %s %s', v_name, p_table, p_bounds,
                   CASE p_table WHEN 'auctions' THEN 'WITH (toast_tuple_target = 8160)' END);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_name);
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', p_table || '_append_only', v_name);
    PERFORM refuse_second_rows(p_table, v_name);
END $$;

-- The unique indexes of one partition whose columns a unique constraint of the whole table could not have: it would have
-- to hold the partition's key. The ids of one lot share their time, so that they share their partition too.
CREATE FUNCTION refuse_second_rows(p_table text, p_partition text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_unique  text;
BEGIN
    FOREACH v_unique IN ARRAY CASE p_table
        WHEN 'auctions' THEN ARRAY['one_per_round ON %I (lot_id, attempt, round, tenant)']
        WHEN 'awards' THEN ARRAY['one_per_auction ON %I (auction_id, tenant)', 'one_per_hold ON %I (hold_id, tenant)']
        WHEN 'outcomes' THEN ARRAY['one_first ON %I (award_id, tenant) WHERE first']
        ELSE ARRAY[]::text[]
    END LOOP
        EXECUTE 'CREATE UNIQUE INDEX ' || p_partition || '_' || format(v_unique, p_partition);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION refuse_second_rows FROM ledger_app;

DO $$
DECLARE
    v_index      regclass;
    v_partition  record;
BEGIN
    FOR v_index IN
        SELECT oid FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'i'
          AND relname ~ '^(auctions|awards|outcomes)_(\d{4}_\d{2}|default)_one_(per_round|per_auction|per_hold|first)$'
    LOOP
        EXECUTE format('DROP INDEX %s', v_index);
    END LOOP;
    FOR v_partition IN
        SELECT inhparent::regclass::text AS of_table, inhrelid::regclass::text AS name FROM pg_inherits
        WHERE inhparent = ANY (ARRAY['auctions', 'awards', 'outcomes']::regclass[])
    LOOP
        PERFORM refuse_second_rows(v_partition.of_table, v_partition.name);
    END LOOP;
END $$;
