-- Leaves are made when rows are sealed, all at once, and no longer when each row is written.
--
-- Why: a leaf's expression names every column, and PostgreSQL prepares it anew in every transaction; that took a sixth of
-- the server's time for an auction. Over all rows of a batch it is prepared once. A leaf is the hash of what the row says
-- and needs no key: who could change a row before its sealing could change the leaf beside it as well (docs/adr/0027).
-- What a leaf is has not changed, so every receipt of before holds.
-- What stays at the write: the digest of columns that may be erased, since its salt is drawn there.
-- squawk-ignore-file ban-drop-column

-- What covers the columns of each table; the latest version counts. A column in neither list may change.
CREATE TABLE covered_columns (
    table_name  text NOT NULL,
    version     integer NOT NULL,
    leaf        text[] NOT NULL,
    personal    text[] NOT NULL,
    CONSTRAINT covered_columns_pkey PRIMARY KEY (table_name, version)
);
CREATE TRIGGER covered_columns_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON covered_columns
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE VIEW current_covers WITH (security_invoker = true) AS
SELECT DISTINCT ON (table_name) table_name, version, leaf, personal FROM covered_columns ORDER BY table_name, version DESC;
INSERT INTO covered_columns (table_name, version, leaf, personal)
SELECT c.relname, 1, string_to_array(split_part(encode(t.tgargs, 'escape'), '\000', 1), ','),
       string_to_array(split_part(encode(t.tgargs, 'escape'), '\000', 2), ',')
FROM pg_class AS c JOIN pg_trigger AS t ON t.tgrelid = c.oid AND t.tgname = c.relname || '_leaf'
WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition;
GRANT SELECT ON covered_columns, current_covers TO ledger_keeper, ledger_reader;

CREATE OR REPLACE VIEW ledger_columns WITH (security_invoker = true) AS
SELECT c.relname::text AS table_name, a.attname::text AS column_name, format_type(a.atttypid, NULL) AS type,
       CASE WHEN a.attname = ANY (cover.leaf) THEN 'leaf' WHEN a.attname = ANY (cover.personal) THEN 'personal' END AS covered_by,
       array_position(key.indkey::int2[], a.attnum) AS key_position
FROM current_covers AS cover
JOIN pg_class AS c ON c.relname = cover.table_name AND c.relnamespace = 'public'::regnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_index AS key ON key.indrelid = c.oid AND key.indisprimary;

-- As in 0011, of the row `p_row`; a list of numbers is in a leaf as PostgreSQL sends it.
DROP FUNCTION leaf_fields, leaf_field;
CREATE FUNCTION leaf_field(p_row text, p_column text, p_type regtype, p_not_null boolean) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_value   text := format('%s.%I', p_row, p_column);
    v_head    bytea := decode(lpad(to_hex(octet_length(p_column)), 2, '0'), 'hex') || convert_to(p_column, 'UTF8');
    v_binary  text := CASE p_type
        WHEN 'boolean'::regtype THEN 'boolsend' WHEN 'integer'::regtype THEN 'int4send' WHEN 'bigint'::regtype THEN 'int8send'
        WHEN 'float8'::regtype THEN 'float8send' WHEN 'timestamptz'::regtype THEN 'timestamptz_send'
        WHEN 'xid8'::regtype THEN 'xid8send' WHEN 'uuid'::regtype THEN 'uuid_send'
    END;
    v_bytes   integer := CASE v_binary WHEN 'boolsend' THEN 1 WHEN 'int4send' THEN 4 WHEN 'uuid_send' THEN 16 ELSE 8 END;
    v_field   text := CASE
        WHEN v_binary IS NOT NULL THEN format('%L::bytea || %s(%s)', v_head || int4send(v_bytes), v_binary, v_value)
        WHEN p_type = 'bytea'::regtype THEN format('%L::bytea || int4send(octet_length(%s)) || %2$s', v_head, v_value)
        WHEN p_type IN ('bigint[]'::regtype, 'float8[]'::regtype)
            THEN format('%L::bytea || int4send(octet_length(array_send(%s))) || array_send(%2$s)', v_head, v_value)
        ELSE format('%L::bytea || int4send(octet_length(%s::text)) || convert_to(%2$s::text, ''UTF8'')', v_head, v_value)
    END;
BEGIN
    RETURN CASE WHEN p_not_null THEN v_field ELSE format('coalesce(%s, '''')', v_field) END;
END $$;

CREATE FUNCTION leaf_fields(p_row text, p_table regclass, p_columns text[]) RETURNS text
LANGUAGE sql STABLE
RETURN (
    SELECT string_agg(leaf_field(p_row, attname, atttypid, attnotnull), E'\n            || ' ORDER BY attname COLLATE "C")
    FROM pg_attribute
    WHERE attrelid = p_table AND attname = ANY (p_columns)
);

-- SQL text for the leaf of the row `p_row` of a table.
CREATE FUNCTION leaf_of(p_row text, p_table text) RETURNS text
LANGUAGE sql STABLE
RETURN (
    SELECT format(E'sha256(%L::bytea || %s)',
                  '\x00'::bytea || decode(lpad(to_hex(octet_length(p_table)), 2, '0'), 'hex') || convert_to(p_table, 'UTF8'),
                  leaf_fields(p_row, p_table::regclass, leaf))
    FROM current_covers WHERE table_name = p_table
);

-- Gives a table what sealing needs. A migration that adds columns to a ledger table calls it again, with the same lists.
-- Sealed rows keep their leaves, so it refuses a new column that has a value in them: such a column is added without a
-- default, and may be null.
-- p_mutable: columns that may change and are therefore not covered. p_personal: columns that may be erased.
CREATE OR REPLACE FUNCTION cover_with_leaf(p_table regclass, p_mutable text[] DEFAULT '{}', p_personal text[] DEFAULT '{}')
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_name     text := (SELECT relname FROM pg_class WHERE oid = p_table);
    v_forced   boolean := (SELECT relforcerowsecurity FROM pg_class WHERE oid = p_table);
    v_sealed   bigint := coalesce((SELECT max(xact_number(to_xact)) FROM receipts), 0);
    v_columns  text[];
    v_added    text;
    v_filled   boolean;
BEGIN
    EXECUTE format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS xact_id xid8 NOT NULL DEFAULT pg_current_xact_id()', p_table);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %s USING brin (xact_number(xact_id)) WITH (autosummarize = on)',
                   v_name || '_by_xact', p_table);
    EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', p_table);  -- rows of all tenants
    IF p_personal <> '{}' THEN
        EXECUTE format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS personal_salt uuid', p_table);
        EXECUTE format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS personal_digest bytea', p_table);
        EXECUTE format($body$
            CREATE OR REPLACE FUNCTION %I() RETURNS trigger LANGUAGE plpgsql AS $digest$
            BEGIN
                NEW.personal_salt := gen_random_uuid();
                NEW.personal_digest := sha256(
                    uuid_send(NEW.personal_salt)
                    || %s
                );
                RETURN NEW;
            END $digest$
        $body$, v_name || '_digest', leaf_fields('NEW', p_table, p_personal));
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', p_table);
        EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %1$I()',
                       v_name || '_digest', p_table);
        EXECUTE format('UPDATE %s SET personal_digest = NULL WHERE personal_digest IS NULL', p_table);
        EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION %1$I()',
                       v_name || '_digest', p_table);
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', p_table);
    END IF;

    SELECT array_agg(attname ORDER BY attname COLLATE "C") INTO v_columns
    FROM pg_attribute
    WHERE attrelid = p_table AND attnum > 0 AND NOT attisdropped AND attname <> ALL (p_mutable || p_personal || '{personal_salt}');
    SELECT string_agg(quote_ident(name), ', ') INTO v_added
    FROM unnest(v_columns) AS name, current_covers AS before
    WHERE before.table_name = v_name AND name <> ALL (before.leaf);
    IF v_added IS NOT NULL THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE xact_number(xact_id) < $1 AND num_nonnulls(%s) > 0)', p_table, v_added)
        INTO v_filled USING v_sealed;
        IF v_filled THEN
            RAISE EXCEPTION 'sealed rows of % would get a value in a new column (%): let it be null there', v_name, v_added
                USING ERRCODE = 'restrict_violation', TABLE = v_name;
        END IF;
    END IF;
    IF v_forced THEN
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', p_table);
    END IF;
    IF p_mutable <> '{}' THEN  -- no trigger refuses all changes of its rows
        EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE OF xact_id ON %s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', v_name || '_keep_xact', p_table);
    END IF;
    INSERT INTO covered_columns (table_name, version, leaf, personal)
    SELECT v_name, coalesce(max(version), 0) + 1, v_columns, p_personal FROM covered_columns WHERE table_name = v_name;
END $$;

-- The columns and triggers of before go. Those that name the column are made again without it.
DO $$
DECLARE
    v_table text;
BEGIN
    FOR v_table IN SELECT table_name FROM current_covers LOOP
        EXECUTE format('DROP TRIGGER %I ON %I', v_table || '_leaf', v_table);
        EXECUTE format('DROP FUNCTION %I()', v_table || '_leaf');
        EXECUTE format('ALTER TABLE %I DROP COLUMN leaf CASCADE', v_table);
    END LOOP;
END $$;
CREATE TRIGGER completions_append_only BEFORE DELETE OR TRUNCATE OR UPDATE OF tenant, award_id, status, reason,
    input_tokens, output_tokens, cpu_ms, cost_micros, latency_ms, road, raw_key, completed_at,
    xact_id, personal_digest ON completions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER demonstrations_append_only BEFORE DELETE OR TRUNCATE OR UPDATE OF tenant, seq, lot_id, kind, scope,
    data_class, source, created_at, xact_id, personal_digest ON demonstrations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT cover_with_leaf('lots', p_mutable => '{status}', p_personal => '{part}');
SELECT cover_with_leaf('completions', p_personal => '{detail,output}');
SELECT cover_with_leaf('demonstrations', p_personal => '{text,output,embedding}');

-- Leaves of the rows written by transactions in [p_from, p_to), by table and key, in parts of 4,096.
SET LOCAL ROLE ledger_keeper;  -- whose function it is
CREATE OR REPLACE FUNCTION leaves_between(p_from bigint, p_to bigint)
RETURNS TABLE (table_name text, part integer, keys text, leaves bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_table text;
    v_key   text;
BEGIN
    FOR v_table, v_key IN
        SELECT c.table_name COLLATE "C", string_agg(quote_ident(c.column_name), ', ' ORDER BY c.key_position)
        FROM ledger_columns AS c
        WHERE c.key_position IS NOT NULL
        GROUP BY 1
        ORDER BY 1
    LOOP
        RETURN QUERY EXECUTE format($query$
            WITH named AS (
                SELECT json_build_array(%s)::text COLLATE "C" AS key, %s AS leaf
                FROM %I AS r
                WHERE xact_number(xact_id) >= $1 AND xact_number(xact_id) < $2
            ), numbered AS (
                SELECT key, leaf, row_number() OVER (ORDER BY key) AS n FROM named
            )
            SELECT %L, ((n - 1) / 4096)::integer AS part, string_agg(key, E'\n' ORDER BY n), string_agg(leaf, '' ORDER BY n)
            FROM numbered
            GROUP BY part
            ORDER BY part
        $query$, v_key, leaf_of('r', v_table), v_table, v_table) USING p_from, p_to;
    END LOOP;
END $$;
SET LOCAL ROLE ledger_owner;
GRANT EXECUTE ON FUNCTION leaf_field, leaf_fields, leaf_of TO ledger_keeper;
REVOKE EXECUTE ON FUNCTION leaf_field, leaf_fields, leaf_of, cover_with_leaf FROM ledger_app;
