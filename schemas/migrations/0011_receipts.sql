-- Receipts: what makes a change of the past show.
--
-- Every row of a ledger table carries a leaf, the SHA-256 of its columns. From time to time all rows committed since the
-- last time are sealed: their leaves become one Merkle tree, its root is chained to the root before, signed, and
-- anchored outside this database. docs/reference/receipts.md has every byte of it.
-- Why a trigger and not a generated column: PostgreSQL reads and plans the expression of a generated column anew for every
-- INSERT statement, which cost four times as much (docs/adr/0023), and changing it rewrites the table.
-- Why the encoding skips NULL: a later column that old rows do not have leaves their leaves as they were.
-- Why xact_id: ids commit out of order. A batch is all rows whose transaction lies in [from_xact, to_xact), where every
-- transaction below to_xact has ended: nothing can appear there later, so nothing is skipped and nothing sealed twice.
-- Why personal columns are not in the leaf: they must be erasable. The leaf covers a digest of them with 16 random bytes of
-- salt, so that a digest of few possible texts cannot be guessed; whoever erases them erases the salt, and the proof stays.
-- Why sealed_leaves: a root tells that something changed, the list of leaves tells which row. 32 bytes a row, and its key.
-- Receipts belong to the installation, not to a tenant: hashes tell nobody anything. sealed_leaves holds ids of all
-- tenants and is for the owner of the installation.
-- All rows are append-only.

-- For BRIN, which does not know xid8. No honest number is that large, and a forged one must not stop an audit.
CREATE FUNCTION xact_number(p_xact xid8) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN p_xact IS NOT NULL THEN least(p_xact::text::numeric, 9223372036854775807)::bigint END;

-- SQL text for one column of NEW as a field: the length of its name, its name, the length of its value, its value; nothing
-- where the value is NULL. All numbers in network order; what has no fixed length is UTF-8 of its text.
CREATE FUNCTION leaf_field(p_column text, p_type regtype, p_not_null boolean) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_value   text := 'NEW.' || quote_ident(p_column);
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
        ELSE format('%L::bytea || int4send(octet_length(%s::text)) || convert_to(%2$s::text, ''UTF8'')', v_head, v_value)
    END;
BEGIN
    RETURN CASE WHEN p_not_null THEN v_field ELSE format('coalesce(%s, '''')', v_field) END;
END $$;

-- SQL text for the fields of the named columns, in the order of their names.
CREATE FUNCTION leaf_fields(p_table regclass, p_columns text[]) RETURNS text
LANGUAGE sql STABLE
RETURN (
    SELECT string_agg(leaf_field(attname, atttypid, attnotnull), E'\n            || ' ORDER BY attname COLLATE "C")
    FROM pg_attribute
    WHERE attrelid = p_table AND attname = ANY (p_columns)
);

-- Gives a table what sealing needs: the transaction that wrote a row, and its leaf. A migration that adds columns to a
-- ledger table calls it again, with the same lists. Sealed rows keep their leaves, so it refuses a new column that has a
-- value in them: such a column is added without a default, and may be null. Other rows get their leaves anew.
-- p_mutable: columns that may change and are therefore not covered. p_personal: columns that may be erased.
CREATE FUNCTION cover_with_leaf(p_table regclass, p_mutable text[] DEFAULT '{}', p_personal text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_name     text := (SELECT relname FROM pg_class WHERE oid = p_table);
    v_trigger  text := v_name || '_leaf';
    v_forced   boolean := (SELECT relforcerowsecurity FROM pg_class WHERE oid = p_table);
    v_sealed   bigint := coalesce((SELECT max(xact_number(to_xact)) FROM receipts), 0);
    v_columns  text[];
    v_before   text[];
    v_added    text;
    v_filled   boolean;
    v_digest   text := '';
BEGIN
    EXECUTE format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS xact_id xid8 NOT NULL DEFAULT pg_current_xact_id()', p_table);
    EXECUTE format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS leaf bytea', p_table);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %s USING brin (xact_number(xact_id)) WITH (autosummarize = on)',
                   v_name || '_by_xact', p_table);
    IF p_personal <> '{}' THEN
        EXECUTE format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS personal_salt uuid', p_table);
        EXECUTE format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS personal_digest bytea', p_table);
        v_digest := format($body$
            NEW.personal_salt := gen_random_uuid();
            NEW.personal_digest := sha256(
                uuid_send(NEW.personal_salt)
                || %s
            );$body$, leaf_fields(p_table, p_personal));
    END IF;

    SELECT array_agg(attname ORDER BY attname COLLATE "C") INTO v_columns
    FROM pg_attribute
    WHERE attrelid = p_table AND attnum > 0 AND NOT attisdropped
      AND attname <> ALL (p_mutable || p_personal || '{leaf,personal_salt}');
    SELECT string_to_array(split_part(encode(tgargs, 'escape'), '\000', 1), ',') INTO v_before
    FROM pg_trigger WHERE tgrelid = p_table AND tgname = v_trigger;
    EXECUTE format($body$
        CREATE OR REPLACE FUNCTION %I() RETURNS trigger LANGUAGE plpgsql AS $leaf$
        BEGIN%s
            NEW.leaf := sha256(
            %L::bytea
            || %s
            );
            RETURN NEW;
        END $leaf$
    $body$, v_trigger, v_digest, '\x00'::bytea || decode(lpad(to_hex(octet_length(v_name)), 2, '0'), 'hex') || convert_to(v_name, 'UTF8'),
        leaf_fields(p_table, v_columns));

    -- Rows that are there already, those of all tenants.
    EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', p_table);
    SELECT string_agg(quote_ident(name), ', ') INTO v_added FROM unnest(v_columns) AS name WHERE name <> ALL (v_before);
    IF v_added IS NOT NULL THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE xact_number(xact_id) < $1 AND num_nonnulls(%s) > 0)', p_table, v_added)
        INTO v_filled USING v_sealed;
        IF v_filled THEN
            RAISE EXCEPTION 'sealed rows of % would get a value in a new column (%): let it be null there', v_name, v_added
                USING ERRCODE = 'restrict_violation', TABLE = v_name;
        END IF;
    END IF;
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', p_table);
    EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %1$I()', v_trigger, p_table);
    EXECUTE format('UPDATE %s SET leaf = NULL WHERE leaf IS NULL OR xact_number(xact_id) >= $1', p_table) USING v_sealed;
    EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', p_table);
    IF v_forced THEN
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', p_table);
    END IF;
    EXECUTE format('ALTER TABLE %s ALTER COLUMN leaf SET NOT NULL', p_table);

    IF p_mutable <> '{}' THEN  -- no trigger refuses all changes of its rows
        EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE OF xact_id, leaf ON %s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', v_name || '_keep_leaf', p_table);
    END IF;

    -- The arguments say what is covered, for those who read the catalogue.
    EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION %1$I(%3$L, %4$L)',
                   v_trigger, p_table, array_to_string(v_columns, ','), array_to_string(p_personal, ','));
END $$;

-- Every column of every ledger table, and what covers it: the leaf, the personal digest, or nothing.
CREATE VIEW ledger_columns WITH (security_invoker = true) AS
SELECT c.relname::text AS table_name, a.attname::text AS column_name, format_type(a.atttypid, NULL) AS type,
       CASE WHEN a.attname = ANY (string_to_array(split_part(encode(t.tgargs, 'escape'), '\000', 1), ',')) THEN 'leaf'
            WHEN a.attname = ANY (string_to_array(split_part(encode(t.tgargs, 'escape'), '\000', 2), ',')) THEN 'personal'
       END AS covered_by,
       array_position(key.indkey::int2[], a.attnum) AS key_position
FROM pg_class AS c
JOIN pg_trigger AS t ON t.tgrelid = c.oid AND t.tgname = c.relname || '_leaf'
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'leaf'
JOIN pg_index AS key ON key.indrelid = c.oid AND key.indisprimary
WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition;

CREATE TABLE receipts (
    batch       bigint NOT NULL,
    from_xact   xid8 NOT NULL,
    to_xact     xid8 NOT NULL,
    leaf_count  bigint NOT NULL,
    root        bytea NOT NULL,
    sealed_at   timestamptz NOT NULL,
    previous    bytea NOT NULL,
    chain_hash  bytea NOT NULL,
    algorithm   text NOT NULL,
    key_id      text NOT NULL,
    signature   bytea NOT NULL,
    CONSTRAINT receipts_pkey PRIMARY KEY (batch),
    CONSTRAINT receipts_counted_from_one CHECK (batch >= 1),
    CONSTRAINT receipts_not_empty CHECK (leaf_count >= 1 AND from_xact < to_xact),
    CONSTRAINT receipts_one_after_another UNIQUE (previous),
    CONSTRAINT receipts_hashes_whole CHECK (
        octet_length(root) = 32 AND octet_length(previous) = 32 AND octet_length(chain_hash) = 32
    ),
    CONSTRAINT receipts_algorithm_known CHECK (algorithm IN ('ed25519', 'ecdsa-p256-sha256'))
);

-- keys: one line per row, a JSON list of its primary key; leaves: 32 bytes per row, in the same order.
CREATE TABLE sealed_leaves (
    batch       bigint NOT NULL,
    table_name  text NOT NULL,
    part        integer NOT NULL,
    keys        text NOT NULL,
    leaves      bytea NOT NULL,
    CONSTRAINT sealed_leaves_pkey PRIMARY KEY (batch, table_name, part),
    CONSTRAINT sealed_leaves_of_a_receipt FOREIGN KEY (batch) REFERENCES receipts,
    CONSTRAINT sealed_leaves_whole CHECK (octet_length(leaves) % 32 = 0)
);

CREATE TRIGGER receipts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON receipts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sealed_leaves_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

SELECT cover_with_leaf('lots', p_mutable => '{status}');
SELECT cover_with_leaf(name::regclass)
FROM unnest(ARRAY['task_keys', 'seat_prices', 'holds', 'auctions', 'bids', 'awards', 'executions', 'settlements', 'outcomes',
                  'policy_snapshots']) AS name;
SELECT cover_with_leaf('completions', p_personal => '{detail,output}');
SELECT cover_with_leaf('demonstrations', p_personal => '{text,output,embedding}');

-- Leaves of the rows written by transactions in [p_from, p_to), by table and key, in parts of 4,096.
CREATE FUNCTION leaves_between(p_from bigint, p_to bigint)
RETURNS TABLE (table_name text, part integer, keys text, leaves bytea)
LANGUAGE plpgsql STABLE AS $$
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
                SELECT json_build_array(%s)::text COLLATE "C" AS key, leaf
                FROM %I
                WHERE xact_number(xact_id) >= $1 AND xact_number(xact_id) < $2
            ), numbered AS (
                SELECT key, leaf, row_number() OVER (ORDER BY key) AS n FROM named
            )
            SELECT %L, ((n - 1) / 4096)::integer AS part, string_agg(key, E'\n' ORDER BY n), string_agg(leaf, '' ORDER BY n)
            FROM numbered
            GROUP BY part
            ORDER BY part
        $query$, v_key, v_table, v_table) USING p_from, p_to;
    END LOOP;
END $$;

-- The same without keys, for who computes the root: hashes tell nobody anything.
CREATE FUNCTION leaves_to_seal(p_from bigint, p_to bigint) RETURNS SETOF bytea
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT leaves FROM leaves_between(p_from, p_to);
END;

-- The end of a batch that begins at p_from: at most p_rows_max rows before it, unless one transaction wrote more, and
-- every transaction before it has ended.
CREATE FUNCTION batch_end(p_from bigint, p_rows_max bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_end    bigint := xact_number(pg_snapshot_xmin(pg_current_snapshot()));
    v_rows   text;
    v_first  bigint;
    v_over   bigint;
BEGIN
    SELECT string_agg(DISTINCT format('SELECT xact_number(xact_id) FROM %I WHERE xact_number(xact_id) >= $1 AND xact_number(xact_id) < $2',
                                      table_name), ' UNION ALL ')
    INTO v_rows FROM ledger_columns;
    EXECUTE format('SELECT min(n), (array_agg(n ORDER BY n))[$3 + 1] FROM (%s) AS rows (n)', v_rows)
    INTO v_first, v_over USING p_from, v_end, p_rows_max;
    RETURN CASE WHEN v_over IS NULL THEN v_end ELSE greatest(v_over, v_first + 1) END;
END $$;

-- False: that receipt is not the next, or a transaction that belongs to it is still running. Raises where the leaves are
-- not those that were signed.
CREATE FUNCTION append_receipt(
    p_batch bigint, p_from bigint, p_to bigint, p_leaf_count bigint, p_root bytea, p_sealed_at_ms bigint,
    p_previous bytea, p_chain_hash bytea, p_algorithm text, p_key_id text, p_signature bytea
) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_last receipts;
BEGIN
    SELECT * INTO v_last FROM receipts ORDER BY batch DESC LIMIT 1;
    IF p_batch <> coalesce(v_last.batch, 0) + 1
       OR p_from <> coalesce(xact_number(v_last.to_xact), 0)
       OR p_previous IS DISTINCT FROM coalesce(v_last.chain_hash, decode(repeat('00', 32), 'hex'))
       OR p_to > xact_number(pg_snapshot_xmin(pg_current_snapshot())) THEN
        RETURN false;
    END IF;

    INSERT INTO receipts (batch, from_xact, to_xact, leaf_count, root, sealed_at, previous, chain_hash, algorithm, key_id,
                          signature)
    VALUES (p_batch, p_from::text::xid8, p_to::text::xid8, p_leaf_count, p_root, from_unix_ms(p_sealed_at_ms), p_previous,
            p_chain_hash, p_algorithm, p_key_id, p_signature)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    INSERT INTO sealed_leaves (batch, table_name, part, keys, leaves)
    SELECT p_batch, l.table_name, l.part, l.keys, l.leaves FROM leaves_between(p_from, p_to) AS l;
    IF p_leaf_count <> (SELECT sum(octet_length(leaves)) / 32 FROM sealed_leaves WHERE batch = p_batch) THEN
        RAISE EXCEPTION 'receipt % was signed for other leaves than the ledger has', p_batch
            USING ERRCODE = 'check_violation', TABLE = 'receipts', CONSTRAINT = 'receipts_leaf_count';
    END IF;
    RETURN true;
END $$;

-- The keeper sees the rows of all tenants and keeps receipts; the market may ask it to, and change nothing.
ALTER FUNCTION leaves_between SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION leaves_to_seal SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION batch_end SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION append_receipt SECURITY DEFINER SET search_path = public, pg_temp;
GRANT EXECUTE ON FUNCTION xact_number TO PUBLIC;
GRANT EXECUTE ON FUNCTION from_unix_ms TO ledger_keeper;
GRANT EXECUTE ON FUNCTION as_tenant, window_start TO ledger_reader;  -- it sees all tenants, and some questions are about one
REVOKE EXECUTE ON FUNCTION cover_with_leaf, leaf_fields, leaf_field, leaves_between FROM ledger_app;
ALTER FUNCTION leaves_between OWNER TO ledger_keeper;
ALTER FUNCTION leaves_to_seal OWNER TO ledger_keeper;
ALTER FUNCTION batch_end OWNER TO ledger_keeper;
ALTER FUNCTION append_receipt OWNER TO ledger_keeper;
GRANT SELECT ON ledger_columns TO ledger_keeper, ledger_reader;
GRANT SELECT, INSERT ON receipts, sealed_leaves TO ledger_keeper;
GRANT SELECT ON receipts TO ledger_app;
GRANT SELECT ON receipts, sealed_leaves TO ledger_reader;
GRANT SELECT ON seats, seat_prices TO ledger_keeper;
