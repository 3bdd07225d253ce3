-- Erasure and archives: text of people can be taken away, old months can be moved out, and the ledger still adds up.
--
-- Why some columns may be blanked: a judgement, a price or a bill tells nothing of the sender, an answer does. These are
-- all the columns that hold text of a mail or of whoever sent it: the source of a task, the part of a lot (an
-- attachment's name), the answer and the failure of a completion, the text, answer and vector of a demonstration. Nothing
-- else of those rows can change, and a blank cannot be filled again: row triggers see to it, whoever asks.
-- Why that does not break receipts: a leaf covers a salted digest of these columns, never their text. The salt goes with
-- the text, so that nobody can test a guess against the digest.
-- Why erasures holds ids only: it must say what was done for as long as the ledger lives, and tell nobody about whom.
-- erased_by is the operator, not the person.

CREATE TABLE erasures (
    tenant      text NOT NULL,
    erasure_id  uuid NOT NULL,
    erased_by   text NOT NULL,
    task_ids    uuid[] NOT NULL,
    objects     bigint NOT NULL,  -- how many were deleted from object storage
    erased_at   timestamptz NOT NULL,
    CONSTRAINT erasures_pkey PRIMARY KEY (tenant, erasure_id),
    CONSTRAINT erasures_objects_not_negative CHECK (objects >= 0)
);
CREATE TRIGGER erasures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON erasures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT guard_tenant_table('erasures');
REVOKE INSERT ON erasures FROM ledger_app;

-- Arguments: the columns that may be blanked.
CREATE FUNCTION refuse_all_but_erasure() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v_columns  text[] := TG_ARGV;
    v_new      jsonb := to_jsonb(NEW);
    v_column   text;
BEGIN
    IF v_new - v_columns IS DISTINCT FROM to_jsonb(OLD) - v_columns THEN
        RAISE EXCEPTION 'UPDATE of % is refused: its rows may be erased, not changed', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    FOREACH v_column IN ARRAY v_columns LOOP
        IF v_new ->> v_column NOT IN ('', '{}') AND v_new -> v_column IS DISTINCT FROM to_jsonb(OLD) -> v_column THEN
            RAISE EXCEPTION 'UPDATE of % is refused: % may be erased, not changed', TG_TABLE_NAME, v_column
                USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
        END IF;
    END LOOP;
    RETURN NEW;
END $$;

-- The part of a lot becomes one of the columns that may go.
SELECT cover_with_leaf('lots', p_mutable => '{status}', p_personal => '{part}');

DROP TRIGGER completions_append_only ON completions;
CREATE TRIGGER completions_append_only BEFORE DELETE OR TRUNCATE OR UPDATE OF tenant, award_id, status, reason,
    input_tokens, output_tokens, cpu_ms, cost_micros, latency_ms, road, raw_key, completed_at,
    xact_id, leaf, personal_digest ON completions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER completions_only_erased BEFORE UPDATE ON completions
    FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure('output', 'detail', 'personal_salt');
DROP TRIGGER demonstrations_append_only ON demonstrations;
CREATE TRIGGER demonstrations_append_only BEFORE DELETE OR TRUNCATE OR UPDATE OF tenant, seq, lot_id, kind, scope,
    data_class, source, created_at, xact_id, leaf, personal_digest ON demonstrations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER demonstrations_only_erased BEFORE UPDATE ON demonstrations
    FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure('text', 'output', 'embedding', 'personal_salt');
DROP TRIGGER tasks_keep_identity ON tasks;
CREATE TRIGGER tasks_keep_identity BEFORE UPDATE OF tenant, task_id, document_key, created_at ON tasks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tasks_source_only_erased BEFORE UPDATE OF source ON tasks
    FOR EACH ROW WHEN (NEW.source <> '') EXECUTE FUNCTION refuse_change();
DROP TRIGGER lots_keep_terms ON lots;
CREATE TRIGGER lots_keep_terms BEFORE UPDATE OF tenant, lot_id, task_id, position, kind, output, payload_key,
    data_class, value_micros, price_ceiling_micros, quality_floor, deadline_ms, delay_micros_per_second, needs,
    personal_digest ON lots
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER lots_part_only_erased BEFORE UPDATE OF part ON lots
    FOR EACH ROW WHEN (NEW.part <> '') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER lots_salt_only_erased BEFORE UPDATE OF personal_salt ON lots
    FOR EACH ROW WHEN (NEW.personal_salt IS NOT NULL) EXECUTE FUNCTION refuse_change();

SELECT cover_with_leaf('erasures');

-- Tasks that the graph knows to be a sender's, and those that it knows nothing of: their documents must be asked.
CREATE FUNCTION tasks_of_sender(p_tenant text, p_sender_id uuid)
RETURNS TABLE (task_id uuid, named boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    RETURN QUERY
    SELECT e.name::uuid, true
    FROM relations AS r
    JOIN entities AS e ON e.tenant = r.tenant AND e.entity_id = r.source_id
    WHERE r.tenant = p_tenant AND r.target_id = p_sender_id AND r.kind = 'sent_by'
    UNION ALL
    SELECT t.task_id, false
    FROM tasks AS t
    WHERE t.tenant = p_tenant AND t.reason IS DISTINCT FROM 'erased'
      AND NOT EXISTS (SELECT FROM relation_evidence AS v WHERE v.tenant = p_tenant AND v.task_id = t.task_id)
    ORDER BY 1;
END $$;

-- Everything under which a task's text may lie in object storage.
CREATE FUNCTION object_keys_of_tasks(p_tenant text, p_task_ids uuid[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    RETURN QUERY
    SELECT t.document_key FROM tasks AS t WHERE t.tenant = p_tenant AND t.task_id = ANY (p_task_ids)
    UNION
    SELECT t.result_key FROM tasks AS t
    WHERE t.tenant = p_tenant AND t.task_id = ANY (p_task_ids) AND t.result_key IS NOT NULL
    UNION
    SELECT l.payload_key FROM lots AS l WHERE l.tenant = p_tenant AND l.task_id = ANY (p_task_ids)
    UNION
    SELECT c.raw_key FROM completions AS c
    WHERE c.tenant = p_tenant AND c.award_id = ANY (awards_of_tasks(p_tenant, p_task_ids)) AND c.raw_key IS NOT NULL
    ORDER BY 1;
END $$;

CREATE FUNCTION awards_of_tasks(p_tenant text, p_task_ids uuid[]) RETURNS uuid[]
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT coalesce(array_agg(a.award_id), '{}')
    FROM lots AS l
    JOIN auctions AS u ON u.tenant = l.tenant AND u.lot_id = l.lot_id
    JOIN awards AS a ON a.tenant = u.tenant AND a.auction_id = u.auction_id
    WHERE l.tenant = p_tenant AND l.task_id = ANY (p_task_ids);
END;

-- Blanks a table's personal columns, and the salt of their digest where receipts gave it one.
CREATE FUNCTION blank_columns(p_table text, p_blanks text, p_where text, p_tenant text, p_ids uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = p_table::regclass AND attname = 'personal_salt') THEN
        p_blanks := p_blanks || ', personal_salt = NULL';
    END IF;
    EXECUTE format('UPDATE %I SET %s WHERE tenant = $1 AND %s = ANY ($2)', p_table, p_blanks, p_where) USING p_tenant, p_ids;
END $$;

-- In one transaction: rows are blanked, the graph forgets, the record is written. A repetition changes nothing.
-- An erased task is refused, so that the same document is not taken in again.
CREATE FUNCTION erase_tasks(
    p_tenant text, p_erasure_id uuid, p_erased_by text, p_task_ids uuid[], p_objects bigint, p_now_ms bigint
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_lots     uuid[];
    v_touched  uuid[];
    v_task     uuid;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    v_lots := ARRAY(SELECT lot_id FROM lots WHERE tenant = p_tenant AND task_id = ANY (p_task_ids));

    UPDATE tasks SET source = '', status = 'refused', reason = 'erased', result_key = NULL, owner = NULL, lease_until = NULL
    WHERE tenant = p_tenant AND task_id = ANY (p_task_ids);
    PERFORM blank_columns('lots', $blanks$part = ''$blanks$, 'lot_id', p_tenant, v_lots);
    PERFORM blank_columns('completions', $blanks$detail = '', output = CASE WHEN output IS NOT NULL THEN '{}'::json END$blanks$,
                          'award_id', p_tenant, awards_of_tasks(p_tenant, p_task_ids));
    PERFORM blank_columns('demonstrations', $blanks$text = '', output = NULL, embedding = NULL$blanks$, 'lot_id', p_tenant, v_lots);

    SELECT coalesce(array_agg(DISTINCT ends.entity_id), '{}') INTO v_touched
    FROM relation_evidence AS v
    JOIN relations AS r ON r.tenant = v.tenant AND r.relation_id = ANY (v.relation_ids)
    CROSS JOIN LATERAL (VALUES (r.source_id), (r.target_id)) AS ends (entity_id)
    WHERE v.tenant = p_tenant AND v.task_id = ANY (p_task_ids);
    FOREACH v_task IN ARRAY p_task_ids LOOP
        PERFORM withdraw_relations(p_tenant, (SELECT relation_ids FROM relation_evidence
                                              WHERE tenant = p_tenant AND task_id = v_task));
        UPDATE relation_evidence SET relation_ids = '{}' WHERE tenant = p_tenant AND task_id = v_task;
    END LOOP;
    DELETE FROM entity_embeddings
    WHERE tenant = p_tenant AND entity_id = ANY (v_touched) AND kind IN ('sender', 'thread', 'task');
    DELETE FROM entities AS e
    WHERE e.tenant = p_tenant AND e.entity_id = ANY (v_touched)
      AND NOT EXISTS (SELECT FROM relations AS r WHERE r.tenant = p_tenant AND e.entity_id IN (r.source_id, r.target_id));
    -- Others take part in these threads. A thread is named by its first mail, which may be an erased one.
    UPDATE entities SET name = '' WHERE tenant = p_tenant AND entity_id = ANY (v_touched) AND kind = 'thread';

    INSERT INTO erasures (tenant, erasure_id, erased_by, task_ids, objects, erased_at)
    VALUES (p_tenant, p_erasure_id, p_erased_by, p_task_ids, p_objects, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT erasures_pkey DO NOTHING;
END $$;
REVOKE EXECUTE ON FUNCTION blank_columns, withdraw_relations FROM ledger_app, ledger_keeper;

-- Months whose partitions were exported and dropped. The sums keep the conservation of money provable: what was settled
-- then is still spent now. policy_version had folded all outcomes of the month: what came before cannot be folded again.
CREATE TABLE archives (
    month            text NOT NULL,
    tenant           text NOT NULL,
    scope            text NOT NULL,
    settled_micros   bigint NOT NULL,
    completed_micros bigint NOT NULL,
    policy_version   integer NOT NULL,
    manifest_sha256  bytea NOT NULL,
    archived_at      timestamptz NOT NULL,
    CONSTRAINT archives_pkey PRIMARY KEY (tenant, month, scope),
    CONSTRAINT archives_sums_not_negative CHECK (settled_micros >= 0 AND completed_micros >= 0)
);
CREATE TRIGGER archives_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON archives
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT guard_tenant_table('archives');
REVOKE INSERT ON archives FROM ledger_app;
SELECT cover_with_leaf('archives');

-- How many rows of each table went: what is missing of a month is no more and no less.
CREATE TABLE archived_tables (
    month            text NOT NULL,
    tenant           text NOT NULL,
    table_name       text NOT NULL,
    row_count        bigint NOT NULL,
    manifest_sha256  bytea NOT NULL,
    CONSTRAINT archived_tables_pkey PRIMARY KEY (tenant, month, table_name),
    CONSTRAINT archived_tables_not_empty CHECK (row_count > 0)
);
CREATE TRIGGER archived_tables_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON archived_tables
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT guard_tenant_table('archived_tables');
REVOKE INSERT ON archived_tables FROM ledger_app;
SELECT cover_with_leaf('archived_tables');

-- The functions below read and drop partitions, whose owner sees the rows of all tenants. They are for the owner of the
-- installation, by a connection of its own.

CREATE FUNCTION months_before(p_day date) RETURNS SETOF text
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT right(relname, 7) FROM pg_class JOIN pg_inherits ON inhrelid = oid
    WHERE inhparent = 'holds'::regclass AND relname ~ '^holds_\d{4}_\d{2}$'
      AND to_date(right(relname, 7), 'YYYY_MM') + interval '1 month' <= p_day
      AND NOT EXISTS (SELECT FROM unnest(partitioned_tables()) AS t
                      WHERE to_regclass(t || '_' || right(relname, 7)) IS NULL)
    ORDER BY 1;
END;

CREATE FUNCTION first_id_of_month(p_month text) RETURNS uuid
LANGUAGE sql STABLE
RETURN first_id_at((extract(epoch FROM to_date(p_month, 'YYYY_MM')::timestamp) * 1000)::bigint);

CREATE FUNCTION blockers_of_month(
    p_month text, OUT open_holds bigint, OUT unfolded_outcomes bigint, OUT running_tasks bigint, OUT unsealed_rows bigint
)
LANGUAGE plpgsql AS $$
DECLARE
    v_from    uuid := first_id_of_month(p_month);
    v_to      uuid := first_id_of_month(to_char(to_date(p_month, 'YYYY_MM') + interval '1 month', 'YYYY_MM'));
    v_tenant  text;
    v_count   bigint;
    v_table   text;
BEGIN
    EXECUTE format('SELECT count(*) FROM %I AS h WHERE NOT EXISTS (SELECT FROM %I AS s
                    WHERE s.tenant = h.tenant AND s.hold_id = h.hold_id)', 'holds_' || p_month, 'settlements_' || p_month)
    INTO open_holds;

    unfolded_outcomes := 0;
    running_tasks := 0;
    FOR v_tenant IN EXECUTE format('SELECT tenant FROM %I UNION SELECT tenant FROM %I',
                                   'auctions_' || p_month, 'holds_' || p_month) LOOP
        PERFORM set_config('atomic.tenant', v_tenant, true);
        EXECUTE format('SELECT count(*) FROM %I WHERE tenant = $1 AND stands AND xact_id >= coalesce(
                        (SELECT watermark FROM policy_snapshots WHERE tenant = $1 ORDER BY version DESC LIMIT 1), ''0'')',
                       'outcomes_' || p_month) INTO v_count USING v_tenant;
        unfolded_outcomes := unfolded_outcomes + v_count;
        running_tasks := running_tasks + (SELECT count(*) FROM tasks WHERE tenant = v_tenant AND status = 'running'
                                          AND task_id >= v_from AND task_id < v_to);
    END LOOP;

    unsealed_rows := 0;
    IF to_regclass('receipts') IS NOT NULL THEN
        FOREACH v_table IN ARRAY partitioned_tables() LOOP
            EXECUTE format('SELECT count(*) FROM %I WHERE xact_id >= coalesce((SELECT to_xact FROM receipts ORDER BY batch DESC LIMIT 1), ''0'')',
                           v_table || '_' || p_month) INTO v_count;
            unsealed_rows := unsealed_rows + v_count;
        END LOOP;
    END IF;
END $$;

-- The batches that seal a month's rows; null where there are no receipts.
CREATE FUNCTION receipts_of_month(p_month text, OUT first_batch bigint, OUT last_batch bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_rows text := (SELECT string_agg(format('SELECT xact_id FROM %I', t || '_' || p_month), ' UNION ALL ')
                    FROM unnest(partitioned_tables()) AS t);
BEGIN
    IF to_regclass('receipts') IS NOT NULL THEN
        EXECUTE format('SELECT min(r.batch), max(r.batch) FROM receipts AS r
                        JOIN (SELECT DISTINCT xact_id FROM (%s) AS rows) AS x
                          ON x.xact_id >= r.from_xact AND x.xact_id < r.to_xact', v_rows) INTO first_batch, last_batch;
    END IF;
END $$;

-- Drops a month, in one transaction that first locks it and looks again: p_rows are the counts that were exported.
-- Those that refer to others go first; detaching fails where anything still refers to what goes.
CREATE FUNCTION drop_month(p_month text, p_rows json, p_manifest_sha256 bytea, p_now_ms bigint) RETURNS void
LANGUAGE plpgsql
SET lock_timeout = '10s'
AS $$
DECLARE
    v_table     text;
    v_tenant    text;
    v_count     bigint;
    v_blockers  record;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['outcomes', 'settlements', 'completions', 'executions', 'awards', 'bids', 'auctions', 'holds'] LOOP
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', v_table);
        EXECUTE format('SELECT count(*) FROM %I', v_table || '_' || p_month) INTO v_count;
        IF v_count IS DISTINCT FROM (p_rows ->> v_table)::bigint THEN
            RAISE EXCEPTION '% rows of % were exported and % are there: export the month again', p_rows ->> v_table, v_table, v_count
                USING ERRCODE = 'check_violation', TABLE = v_table, CONSTRAINT = 'archives_rows_as_exported';
        END IF;
    END LOOP;
    SELECT * INTO v_blockers FROM blockers_of_month(p_month);
    IF v_blockers.open_holds + v_blockers.unfolded_outcomes + v_blockers.running_tasks + v_blockers.unsealed_rows > 0 THEN
        RAISE EXCEPTION 'month % is still under way', p_month
            USING ERRCODE = 'check_violation', TABLE = 'archives', CONSTRAINT = 'archives_month_is_over';
    END IF;

    FOR v_tenant IN EXECUTE format('SELECT tenant FROM %I UNION SELECT tenant FROM %I',
                                   'auctions_' || p_month, 'holds_' || p_month) LOOP
        PERFORM set_config('atomic.tenant', v_tenant, true);
        FOREACH v_table IN ARRAY partitioned_tables() LOOP
            EXECUTE format('INSERT INTO archived_tables (month, tenant, table_name, row_count, manifest_sha256)
                            SELECT $1, $2, $3, count(*), $4 FROM %I WHERE tenant = $2 HAVING count(*) > 0',
                           v_table || '_' || p_month) USING p_month, v_tenant, v_table, p_manifest_sha256;
        END LOOP;
        EXECUTE format(
            'INSERT INTO archives (month, tenant, scope, settled_micros, completed_micros, policy_version, manifest_sha256, archived_at)
             SELECT $1, $2, h.scope, coalesce(sum(s.amount_micros), 0), coalesce(sum(c.cost_micros), 0),
                    (SELECT coalesce(max(version), 0) FROM policy_snapshots WHERE tenant = $2), $3, from_unix_ms($4)
             FROM %I AS h
             LEFT JOIN %I AS s ON s.tenant = h.tenant AND s.hold_id = h.hold_id
             LEFT JOIN %I AS a ON a.tenant = h.tenant AND a.hold_id = h.hold_id
             LEFT JOIN %I AS c ON c.tenant = a.tenant AND c.award_id = a.award_id
             WHERE h.tenant = $2
             GROUP BY h.scope',
            'holds_' || p_month, 'settlements_' || p_month, 'awards_' || p_month, 'completions_' || p_month
        ) USING p_month, v_tenant, p_manifest_sha256, p_now_ms;
    END LOOP;
    FOREACH v_table IN ARRAY ARRAY['outcomes', 'settlements', 'completions', 'executions', 'awards', 'bids', 'auctions', 'holds'] LOOP
        EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', v_table, v_table || '_' || p_month);
        EXECUTE format('DROP TABLE %I', v_table || '_' || p_month);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION months_before, first_id_of_month, blockers_of_month, receipts_of_month, drop_month
    FROM ledger_app, ledger_keeper;
