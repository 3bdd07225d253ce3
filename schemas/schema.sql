-- The schema after all migrations: for reading, and for a test that keeps it true. Never applied.
-- Written by `python -m tests.database.dump_schema`.

CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;

COMMENT ON EXTENSION vector IS 'vector data type and ivfflat and hnsw access methods';

CREATE FUNCTION public.add_demonstration(p_tenant text, p_lot_id uuid, p_kind text, p_scope text, p_data_class text, p_text text, p_output json, p_source text, p_embedding public.vector, p_now_ms bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO demonstrations (tenant, lot_id, kind, scope, data_class, text, output, source, embedding, created_at)
    SELECT p_tenant, p_lot_id, p_kind, p_scope, p_data_class, p_text, p_output, p_source, p_embedding, from_unix_ms(p_now_ms)
    WHERE NOT EXISTS (
        SELECT FROM current_demonstrations
        WHERE tenant = p_tenant AND lot_id = p_lot_id
          AND (kind, scope, data_class, text, output::text, source, embedding)
              IS NOT DISTINCT FROM (p_kind, p_scope, p_data_class, p_text, p_output::text, p_source, p_embedding)
    );
END $$;

ALTER FUNCTION public.add_demonstration(p_tenant text, p_lot_id uuid, p_kind text, p_scope text, p_data_class text, p_text text, p_output json, p_source text, p_embedding public.vector, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.add_month(p_month date) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    v_suffix  text := to_char(p_month, 'YYYY_MM');
    v_from    uuid := first_id_at((extract(epoch FROM p_month::timestamp) * 1000)::bigint);
    v_to      uuid := first_id_at((extract(epoch FROM p_month::timestamp + interval '1 month') * 1000)::bigint);
    v_key     text;
    v_table   text;
    v_in_use  boolean;
BEGIN
    FOREACH v_table IN ARRAY partitioned_tables() LOOP
        CONTINUE WHEN to_regclass(v_table || '_' || v_suffix) IS NOT NULL;
        v_key := substring(pg_get_partkeydef(v_table::regclass) FROM '\((\w+)\)');
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I >= $1 AND %I < $2)', v_table || '_default', v_key, v_key)
            INTO v_in_use USING v_from, v_to;
        IF NOT v_in_use THEN
            PERFORM add_partition(v_table, v_suffix, format('FOR VALUES FROM (%L) TO (%L)', v_from, v_to));
        END IF;
    END LOOP;
END $_$;

ALTER FUNCTION public.add_month(p_month date) OWNER TO ledger_owner;

CREATE FUNCTION public.add_partition(p_table text, p_suffix text, p_bounds text) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_name    text := p_table || '_' || p_suffix;
    v_unique  text;
BEGIN
    EXECUTE format('CREATE TABLE %I PARTITION OF %I %s', v_name, p_table, p_bounds);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_name);
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', p_table || '_append_only', v_name);
    FOREACH v_unique IN ARRAY CASE p_table
        WHEN 'auctions' THEN ARRAY['one_per_round ON %I (tenant, lot_id, attempt, round)']
        WHEN 'awards' THEN ARRAY['one_per_auction ON %I (tenant, auction_id)', 'one_per_hold ON %I (tenant, hold_id)']
        WHEN 'outcomes' THEN ARRAY['one_first ON %I (tenant, award_id) WHERE first']
        ELSE ARRAY[]::text[]
    END LOOP
        EXECUTE 'CREATE UNIQUE INDEX ' || v_name || '_' || format(v_unique, v_name);
    END LOOP;
END $$;

ALTER FUNCTION public.add_partition(p_table text, p_suffix text, p_bounds text) OWNER TO ledger_owner;

CREATE FUNCTION public.append_policy(p_tenant text, p_version integer, p_multiplier double precision, p_watermark xid8, p_state json, p_now_ms bigint) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_last policy_snapshots;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    SELECT * INTO v_last FROM policy_snapshots WHERE tenant = p_tenant ORDER BY version DESC LIMIT 1;
    IF p_version <> coalesce(v_last.version, 0) + 1 THEN
        RETURN false;
    END IF;
    IF p_watermark < v_last.watermark
       OR (p_watermark = v_last.watermark AND p_state ->> 'outcomes' IS DISTINCT FROM v_last.state ->> 'outcomes') THEN
        RETURN false;
    END IF;

    INSERT INTO policy_snapshots (tenant, version, multiplier, watermark, state, created_at)
    VALUES (p_tenant, p_version, p_multiplier, p_watermark, p_state, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT policy_snapshots_pkey DO NOTHING;
    RETURN FOUND;
END $$;

ALTER FUNCTION public.append_policy(p_tenant text, p_version integer, p_multiplier double precision, p_watermark xid8, p_state json, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.as_tenant(p_tenant text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
END $$;

ALTER FUNCTION public.as_tenant(p_tenant text) OWNER TO ledger_owner;

CREATE FUNCTION public.authority(p_source text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_position(ARRAY['failure'::text, 'checks'::text, 'judge'::text, 'human'::text], p_source);

ALTER FUNCTION public.authority(p_source text) OWNER TO ledger_owner;

CREATE FUNCTION public.claim_execution(p_tenant text, p_award_id uuid, p_claim uuid, p_now_ms bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    v_hold_id uuid;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    SELECT h.hold_id INTO v_hold_id
    FROM awards AS a JOIN holds AS h USING (tenant, hold_id)
    WHERE tenant = p_tenant AND a.award_id = p_award_id
    FOR KEY SHARE OF h;
    IF EXISTS (SELECT FROM settlements WHERE tenant = p_tenant AND hold_id = v_hold_id) THEN
        RETURN false;
    END IF;

    INSERT INTO executions (tenant, award_id, claim, claimed_at)
    VALUES (p_tenant, p_award_id, p_claim, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT executions_pkey DO NOTHING;
    RETURN EXISTS (SELECT FROM executions WHERE tenant = p_tenant AND award_id = p_award_id AND claim = p_claim);
END $$;

ALTER FUNCTION public.claim_execution(p_tenant text, p_award_id uuid, p_claim uuid, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.claim_task(p_tenant text, p_key text, p_task_id uuid, p_source text, p_document_key text, p_owner text, p_claim uuid, p_now_ms bigint, p_lease_ms bigint, OUT task uuid, OUT answer text, OUT attempt_number integer) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_now    timestamptz := from_unix_ms(p_now_ms);
    v_until  timestamptz := from_unix_ms(p_now_ms + p_lease_ms);
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);

    INSERT INTO task_keys (tenant, key, task_id) VALUES (p_tenant, p_key, p_task_id)
    ON CONFLICT ON CONSTRAINT task_keys_pkey DO NOTHING;
    SELECT task_id INTO STRICT task FROM task_keys WHERE tenant = p_tenant AND key = p_key;

    INSERT INTO tasks AS t (tenant, task_id, source, document_key, created_at, claim, owner, lease_until)
    VALUES (p_tenant, task, p_source, p_document_key, v_now, p_claim, p_owner, v_until)
    ON CONFLICT ON CONSTRAINT tasks_pkey DO UPDATE
        SET status = 'running', reason = NULL, result_key = NULL, attempt = t.attempt + 1,
            claim = excluded.claim, owner = excluded.owner, lease_until = excluded.lease_until
        WHERE t.status = 'failed' OR (t.status = 'running' AND coalesce(t.lease_until <= v_now, true))
    RETURNING 'claimed', attempt INTO answer, attempt_number;
    IF FOUND THEN
        RETURN;
    END IF;

    SELECT CASE WHEN status <> 'running' THEN status WHEN claim = p_claim THEN 'claimed' ELSE 'in_progress' END, attempt
    INTO STRICT answer, attempt_number
    FROM tasks WHERE tenant = p_tenant AND task_id = task;
END $$;

ALTER FUNCTION public.claim_task(p_tenant text, p_key text, p_task_id uuid, p_source text, p_document_key text, p_owner text, p_claim uuid, p_now_ms bigint, p_lease_ms bigint, OUT task uuid, OUT answer text, OUT attempt_number integer) OWNER TO ledger_owner;

CREATE FUNCTION public.close_lot(p_tenant text, p_lot_id uuid, p_status text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    UPDATE lots SET status = p_status WHERE tenant = p_tenant AND lot_id = p_lot_id;
    RETURN FOUND;
END $$;

ALTER FUNCTION public.close_lot(p_tenant text, p_lot_id uuid, p_status text) OWNER TO ledger_owner;

CREATE FUNCTION public.complete_execution(p_tenant text, p_award_id uuid, p_status text, p_reason text, p_detail text, p_input_tokens bigint, p_output_tokens bigint, p_cpu_ms bigint, p_cost_micros bigint, p_latency_ms bigint, p_output json, p_road text, p_raw_key text, p_now_ms bigint) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO completions (tenant, award_id, status, reason, detail, input_tokens, output_tokens, cpu_ms, cost_micros,
                             latency_ms, output, road, raw_key, completed_at)
    VALUES (p_tenant, p_award_id, p_status, p_reason, p_detail, p_input_tokens, p_output_tokens, p_cpu_ms,
            p_cost_micros, p_latency_ms, p_output, p_road, p_raw_key, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT completions_pkey DO NOTHING;
END $$;

ALTER FUNCTION public.complete_execution(p_tenant text, p_award_id uuid, p_status text, p_reason text, p_detail text, p_input_tokens bigint, p_output_tokens bigint, p_cpu_ms bigint, p_cost_micros bigint, p_latency_ms bigint, p_output json, p_road text, p_raw_key text, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.finish_task(p_tenant text, p_task_id uuid, p_status text, p_reason text, p_result_key text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    UPDATE tasks
    SET status = p_status, reason = p_reason, result_key = p_result_key, owner = NULL, lease_until = NULL
    WHERE tenant = p_tenant AND task_id = p_task_id;
    RETURN FOUND;
END $$;

ALTER FUNCTION public.finish_task(p_tenant text, p_task_id uuid, p_status text, p_reason text, p_result_key text) OWNER TO ledger_owner;

CREATE FUNCTION public.first_id_at(p_ms bigint) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((lpad(to_hex(p_ms), 12, '0'::text) || repeat('0'::text, 20)))::uuid;

ALTER FUNCTION public.first_id_at(p_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.first_id_of(p_id uuid) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (("left"((p_id)::text, 13) || '-0000-0000-000000000000'::text))::uuid;

ALTER FUNCTION public.first_id_of(p_id uuid) OWNER TO ledger_owner;

CREATE FUNCTION public.from_unix_ms(p_ms bigint) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_timestamp(((p_ms)::double precision / (1000.0)::double precision));

ALTER FUNCTION public.from_unix_ms(p_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.guard_tenant_table(p_table regclass) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', p_table);
    EXECUTE format('CREATE POLICY own_tenant ON %s '
                   'USING (tenant = (SELECT nullif(current_setting(''atomic.tenant'', true), '''')))', p_table);
    EXECUTE format('CREATE POLICY installation ON %s FOR SELECT TO ledger_keeper, ledger_reader USING (true)', p_table);
    EXECUTE format('GRANT SELECT, INSERT ON %s TO ledger_app', p_table);
    EXECUTE format('GRANT SELECT ON %s TO ledger_keeper, ledger_reader', p_table);
END $$;

ALTER FUNCTION public.guard_tenant_table(p_table regclass) OWNER TO ledger_owner;

CREATE FUNCTION public.last_id_of(p_id uuid) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (("left"((p_id)::text, 13) || '-ffff-ffff-ffffffffffff'::text))::uuid;

ALTER FUNCTION public.last_id_of(p_id uuid) OWNER TO ledger_owner;

CREATE TABLE public.tasks (
    tenant text NOT NULL,
    task_id uuid NOT NULL,
    source text NOT NULL,
    document_key text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    status text DEFAULT 'running'::text NOT NULL,
    reason text,
    result_key text,
    attempt integer DEFAULT 1 NOT NULL,
    claim uuid,
    owner text,
    lease_until timestamp with time zone,
    CONSTRAINT tasks_attempt_from_one CHECK ((attempt >= 1)),
    CONSTRAINT tasks_lease_has_owner CHECK (((owner IS NULL) = (lease_until IS NULL))),
    CONSTRAINT tasks_status_known CHECK ((status = ANY (ARRAY['running'::text, 'done'::text, 'failed'::text, 'refused'::text, 'awaiting_approval'::text])))
);

ALTER TABLE ONLY public.tasks FORCE ROW LEVEL SECURITY;

ALTER TABLE public.tasks OWNER TO ledger_owner;

CREATE FUNCTION public.lease_owners() RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    BEGIN ATOMIC
 SELECT DISTINCT tasks.owner
    FROM public.tasks
   WHERE (tasks.owner IS NOT NULL)
   ORDER BY tasks.owner;
END;

ALTER FUNCTION public.lease_owners() OWNER TO ledger_keeper;

CREATE FUNCTION public.maintain_partitions(p_now_ms bigint, p_ahead integer) RETURNS TABLE(table_name text, months integer, rows_in_default bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET lock_timeout TO '3s'
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_month  date := date_trunc('month', from_unix_ms(p_now_ms) AT TIME ZONE 'UTC');
BEGIN
    FOR v_step IN 0 .. p_ahead LOOP
        PERFORM add_month((v_month + make_interval(months => v_step))::date);
    END LOOP;
    FOREACH table_name IN ARRAY partitioned_tables() LOOP
        SELECT count(*) - 1 INTO months FROM pg_inherits WHERE inhparent = table_name::regclass;
        EXECUTE format('SELECT count(*) FROM %I', table_name || '_default') INTO rows_in_default;
        RETURN NEXT;
    END LOOP;
END $$;

ALTER FUNCTION public.maintain_partitions(p_now_ms bigint, p_ahead integer) OWNER TO ledger_owner;

CREATE FUNCTION public.partitioned_tables() RETURNS text[]
    LANGUAGE sql IMMUTABLE
    RETURN ARRAY['holds'::text, 'auctions'::text, 'bids'::text, 'awards'::text, 'executions'::text, 'completions'::text, 'settlements'::text, 'outcomes'::text];

ALTER FUNCTION public.partitioned_tables() OWNER TO ledger_owner;

CREATE FUNCTION public.place_hold(p_tenant text, p_hold_id uuid, p_amount_micros bigint, p_default_limit_micros bigint, p_now_ms bigint, p_scope text DEFAULT 'mail'::text, p_lease_ms bigint DEFAULT 900000) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    v_at        timestamptz := from_unix_ms(p_now_ms);
    v_narrower  integer;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true), set_config('synchronous_commit', 'off', true);

    LOOP
        UPDATE budgets SET held_micros = held_micros + p_amount_micros
        WHERE tenant = p_tenant AND scope = '*' AND time_window = 'total'
          AND spent_micros + held_micros + p_amount_micros <= limit_micros;
        EXIT WHEN FOUND;
        IF EXISTS (SELECT FROM budgets WHERE tenant = p_tenant AND scope = '*' AND time_window = 'total') THEN
            RETURN EXISTS (SELECT FROM holds WHERE tenant = p_tenant AND hold_id = p_hold_id);
        END IF;
        INSERT INTO budgets (tenant, limit_micros) VALUES (p_tenant, p_default_limit_micros)
        ON CONFLICT ON CONSTRAINT budgets_pkey DO NOTHING;
    END LOOP;
    IF EXISTS (SELECT FROM holds WHERE tenant = p_tenant AND hold_id = p_hold_id) THEN  -- it was placed before
        UPDATE budgets SET held_micros = held_micros - p_amount_micros
        WHERE tenant = p_tenant AND scope = '*' AND time_window = 'total';
        RETURN true;
    END IF;

    SELECT count(*), greatest(v_at, max(starts_at)) INTO v_narrower, v_at
    FROM (
        SELECT starts_at FROM budgets
        WHERE tenant = p_tenant AND scope IN ('*', p_scope) AND (scope, time_window) <> ('*', 'total')
        ORDER BY scope, time_window
        FOR NO KEY UPDATE
    ) AS locked;
    IF v_narrower > 0 THEN
        IF EXISTS (
            SELECT FROM budgets
            WHERE tenant = p_tenant AND scope IN ('*', p_scope) AND (scope, time_window) <> ('*', 'total')
              AND CASE WHEN starts_at = window_start(time_window, v_at) THEN spent_micros + held_micros ELSE 0 END
                  + p_amount_micros > limit_micros
        ) THEN
            UPDATE budgets SET held_micros = held_micros - p_amount_micros
            WHERE tenant = p_tenant AND scope = '*' AND time_window = 'total';
            RETURN false;
        END IF;
        UPDATE budgets
        SET held_micros = CASE WHEN starts_at = window_start(time_window, v_at) THEN held_micros ELSE 0 END
                          + p_amount_micros,
            spent_micros = CASE WHEN starts_at = window_start(time_window, v_at) THEN spent_micros ELSE 0 END,
            starts_at = window_start(time_window, v_at)
        WHERE tenant = p_tenant AND scope IN ('*', p_scope) AND (scope, time_window) <> ('*', 'total');
    END IF;

    INSERT INTO holds (tenant, hold_id, amount_micros, scope, created_at, expires_at)
    VALUES (p_tenant, p_hold_id, p_amount_micros, p_scope, v_at, from_unix_ms(p_now_ms + p_lease_ms));
    RETURN true;
END $$;

ALTER FUNCTION public.place_hold(p_tenant text, p_hold_id uuid, p_amount_micros bigint, p_default_limit_micros bigint, p_now_ms bigint, p_scope text, p_lease_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.put_lots(p_tenant text, p_lots json) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO lots (tenant, lot_id, task_id, position, kind, part, output, payload_key, data_class, value_micros,
                      price_ceiling_micros, quality_floor, deadline_ms, delay_micros_per_second, needs, status)
    SELECT p_tenant, l.*
    FROM json_to_recordset(p_lots) AS l (
        lot_id uuid, task_id uuid, position integer, kind text, part text, output text, payload_key text,
        data_class text, value_micros bigint, price_ceiling_micros bigint, quality_floor float8, deadline_ms bigint,
        delay_micros_per_second bigint, needs uuid[], status text
    )
    ON CONFLICT ON CONSTRAINT lots_pkey DO NOTHING;
END $$;

ALTER FUNCTION public.put_lots(p_tenant text, p_lots json) OWNER TO ledger_owner;

CREATE FUNCTION public.put_seat(p_seat json, p_prices json, p_now_ms bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO seats (seat_id, engine, model, kinds, location, demonstrations, context_tokens, max_output_tokens,
                       timeout_ms, prior_quality, status, created_at)
    SELECT s.*, from_unix_ms(p_now_ms)
    FROM json_to_record(p_seat) AS s (
        seat_id text, engine text, model text, kinds text[], location text, demonstrations integer,
        context_tokens integer, max_output_tokens integer, timeout_ms bigint, prior_quality float8, status text
    )
    ON CONFLICT ON CONSTRAINT seats_pkey DO UPDATE
        SET engine = excluded.engine, model = excluded.model, kinds = excluded.kinds, location = excluded.location,
            demonstrations = excluded.demonstrations, context_tokens = excluded.context_tokens,
            max_output_tokens = excluded.max_output_tokens, timeout_ms = excluded.timeout_ms,
            prior_quality = excluded.prior_quality;

    INSERT INTO seat_prices (seat_id, effective_at, input_micros_per_mtok, output_micros_per_mtok, cpu_second_micros,
                             prompt_tokens_per_second, output_tokens_per_second, request_cpu_ms, source)
    SELECT p_seat ->> 'seat_id', from_unix_ms(p_now_ms), p.*
    FROM json_to_record(p_prices) AS p (
        input_micros_per_mtok bigint, output_micros_per_mtok bigint, cpu_second_micros bigint,
        prompt_tokens_per_second bigint, output_tokens_per_second bigint, request_cpu_ms bigint, source text
    )
    WHERE NOT EXISTS (
        SELECT FROM current_seat_prices AS c
        WHERE c.seat_id = p_seat ->> 'seat_id'
          AND (c.input_micros_per_mtok, c.output_micros_per_mtok, c.cpu_second_micros, c.prompt_tokens_per_second,
               c.output_tokens_per_second, c.request_cpu_ms, c.source)
            = (p.input_micros_per_mtok, p.output_micros_per_mtok, p.cpu_second_micros, p.prompt_tokens_per_second,
               p.output_tokens_per_second, p.request_cpu_ms, p.source)
    );
END $$;

ALTER FUNCTION public.put_seat(p_seat json, p_prices json, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.record_auction(p_tenant text, p_record json, p_now_ms bigint) RETURNS boolean
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    v_now         timestamptz := from_unix_ms(p_now_ms);
    v_auction_id  uuid := p_record -> 'auction' ->> 'auction_id';
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);

    INSERT INTO auctions (tenant, auction_id, lot_id, attempt, round, seed, policy_version, multiplier, tmax_ms,
                          pace_low, pace_high, pace_high_share, uniform_share, purse_micros, explored,
                          created_at)
    SELECT p_tenant, r.*, v_now
    FROM json_to_record(p_record -> 'auction') AS r (
        auction_id uuid, lot_id uuid, attempt integer, round integer, seed numeric, policy_version integer,
        multiplier float8, tmax_ms bigint, pace_low float8, pace_high float8, pace_high_share float8,
        uniform_share float8, purse_micros bigint, explored boolean
    )
    ON CONFLICT ON CONSTRAINT auctions_pkey DO NOTHING;
    IF NOT FOUND THEN
        RETURN (SELECT seat_id FROM awards WHERE tenant = p_tenant AND auction_id = v_auction_id)
            IS NOT DISTINCT FROM (p_record -> 'awards' -> 0 ->> 'seat_id');
    END IF;

    INSERT INTO bids (tenant, auction_id, seat_id, no_bid_reason, no_bid_detail, price_micros, hold_micros,
                      quality_mean, quality_sd, latency_ms, input_tokens, output_tokens, demonstrations, loss_reason,
                      quality_draw, quality_micros, price_term_micros, delay_micros, score, propensity, margin_micros,
                      price_to_win_micros, quality_to_win, price_upper_micros, latency_upper_ms, failure_chance,
                      listed_micros, listed_latency_ms)
    SELECT p_tenant, v_auction_id, r.*
    FROM json_to_recordset(p_record -> 'bids') AS r (
        seat_id text, no_bid_reason text, no_bid_detail text, price_micros bigint, hold_micros bigint,
        quality_mean float8, quality_sd float8, latency_ms bigint, input_tokens bigint, output_tokens bigint,
        demonstrations text[], loss_reason text, quality_draw float8, quality_micros float8,
        price_term_micros float8, delay_micros float8, score float8, propensity float8, margin_micros float8,
        price_to_win_micros bigint, quality_to_win float8, price_upper_micros bigint, latency_upper_ms bigint,
        failure_chance float8, listed_micros float8, listed_latency_ms float8
    );

    INSERT INTO awards (tenant, auction_id, created_at, award_id, seat_id, hold_id, hold_micros, price_micros,
                        propensity, runners_up)
    SELECT p_tenant, v_auction_id, v_now, r.*
    FROM json_to_recordset(p_record -> 'awards') AS r (
        award_id uuid, seat_id text, hold_id uuid, hold_micros bigint, price_micros bigint, propensity float8,
        runners_up text[]
    );
    RETURN true;
END $$;

ALTER FUNCTION public.record_auction(p_tenant text, p_record json, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.record_auctions(p_tenant text, p_records json, p_now_ms bigint) RETURNS boolean[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_now  timestamptz := from_unix_ms(p_now_ms);
    v_new  uuid[];
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);

    WITH written AS (
        INSERT INTO auctions (tenant, auction_id, lot_id, attempt, round, seed, policy_version, multiplier, tmax_ms,
                          pace_low, pace_high, pace_high_share, uniform_share, purse_micros, explored,
                              created_at)
        SELECT p_tenant, r.*, v_now
        FROM json_array_elements(p_records) AS document,
             json_to_record(document -> 'auction') AS r (
                 auction_id uuid, lot_id uuid, attempt integer, round integer, seed numeric, policy_version integer,
                 multiplier float8, tmax_ms bigint, pace_low float8, pace_high float8, pace_high_share float8,
        uniform_share float8, purse_micros bigint, explored boolean
             )
        ON CONFLICT ON CONSTRAINT auctions_pkey DO NOTHING
        RETURNING auction_id
    )
    SELECT array_agg(auction_id) INTO v_new FROM written;

    INSERT INTO bids (tenant, auction_id, seat_id, no_bid_reason, no_bid_detail, price_micros, hold_micros,
                      quality_mean, quality_sd, latency_ms, input_tokens, output_tokens, demonstrations, loss_reason,
                      quality_draw, quality_micros, price_term_micros, delay_micros, score, propensity, margin_micros,
                      price_to_win_micros, quality_to_win, price_upper_micros, latency_upper_ms, failure_chance,
                      listed_micros, listed_latency_ms)
    SELECT p_tenant, (document -> 'auction' ->> 'auction_id')::uuid, r.*
    FROM json_array_elements(p_records) AS document,
         json_to_recordset(document -> 'bids') AS r (
             seat_id text, no_bid_reason text, no_bid_detail text, price_micros bigint, hold_micros bigint,
             quality_mean float8, quality_sd float8, latency_ms bigint, input_tokens bigint, output_tokens bigint,
             demonstrations text[], loss_reason text, quality_draw float8, quality_micros float8,
             price_term_micros float8, delay_micros float8, score float8, propensity float8, margin_micros float8,
             price_to_win_micros bigint, quality_to_win float8, price_upper_micros bigint, latency_upper_ms bigint,
        failure_chance float8, listed_micros float8, listed_latency_ms float8
         )
    WHERE (document -> 'auction' ->> 'auction_id')::uuid = ANY (v_new);

    INSERT INTO awards (tenant, auction_id, created_at, award_id, seat_id, hold_id, hold_micros, price_micros,
                        propensity, runners_up)
    SELECT p_tenant, (document -> 'auction' ->> 'auction_id')::uuid, v_now, r.*
    FROM json_array_elements(p_records) AS document,
         json_to_recordset(document -> 'awards') AS r (
             award_id uuid, seat_id text, hold_id uuid, hold_micros bigint, price_micros bigint, propensity float8,
             runners_up text[]
         )
    WHERE (document -> 'auction' ->> 'auction_id')::uuid = ANY (v_new);

    RETURN (
        SELECT array_agg(a.seat_id IS NOT DISTINCT FROM (document -> 'awards' -> 0 ->> 'seat_id') ORDER BY position)
        FROM json_array_elements(p_records) WITH ORDINALITY AS d (document, position)
        LEFT JOIN awards AS a
            ON a.tenant = p_tenant AND a.auction_id = (document -> 'auction' ->> 'auction_id')::uuid
            AND a.award_id BETWEEN first_id_of((document -> 'auction' ->> 'auction_id')::uuid)
                               AND last_id_of((document -> 'auction' ->> 'auction_id')::uuid)
    );
END $$;

ALTER FUNCTION public.record_auctions(p_tenant text, p_records json, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.record_outcome(p_tenant text, p_outcome_id uuid, p_award_id uuid, p_source text, p_reward double precision, p_weight double precision, p_parts json, p_now_ms bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    v_before  outcomes;
    v_first   boolean;
    v_stands  boolean;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);

    -- Judgements of one award queue here. A transaction gets its number after the wait, so that the order of numbers is
    -- the order in which judgements replaced each other.
    PERFORM FROM awards WHERE tenant = p_tenant AND award_id = p_award_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    v_first := NOT EXISTS (SELECT FROM outcomes WHERE tenant = p_tenant AND award_id = p_award_id);
    SELECT * INTO v_before FROM outcomes
    WHERE tenant = p_tenant AND award_id = p_award_id AND stands AND reward IS NOT NULL
    ORDER BY xact_id DESC
    LIMIT 1;
    v_stands := v_first
        OR (p_reward IS NOT NULL AND coalesce(authority(p_source) >= authority(v_before.source), true));

    INSERT INTO outcomes (tenant, outcome_id, award_id, source, reward, weight, parts, first, stands, replaces_reward,
                          replaces_weight, created_at)
    VALUES (p_tenant, p_outcome_id, p_award_id, p_source, p_reward, p_weight, p_parts, v_first, v_stands,
            CASE WHEN v_stands THEN v_before.reward END, CASE WHEN v_stands THEN v_before.weight END,
            from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT outcomes_pkey DO NOTHING;
    RETURN true;
END $$;

ALTER FUNCTION public.record_outcome(p_tenant text, p_outcome_id uuid, p_award_id uuid, p_source text, p_reward double precision, p_weight double precision, p_parts json, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: these rows are never changed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END $$;

ALTER FUNCTION public.refuse_change() OWNER TO ledger_owner;

CREATE FUNCTION public.refuse_resolved_hold() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM settlements WHERE tenant = NEW.tenant AND hold_id = NEW.hold_id) THEN
        RAISE EXCEPTION 'hold % is resolved already', NEW.hold_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;

ALTER FUNCTION public.refuse_resolved_hold() OWNER TO ledger_owner;

CREATE FUNCTION public.refuse_void_after_claim() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM awards JOIN executions USING (tenant, award_id)
        WHERE tenant = NEW.tenant AND hold_id = NEW.hold_id
          AND award_id BETWEEN first_id_of(NEW.hold_id) AND last_id_of(NEW.hold_id)
    ) THEN
        RAISE EXCEPTION 'hold % cannot be voided: its award was claimed', NEW.hold_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;

ALTER FUNCTION public.refuse_void_after_claim() OWNER TO ledger_owner;

CREATE FUNCTION public.release_leases(p_owners text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    BEGIN ATOMIC
 UPDATE public.tasks SET owner = NULL::text, lease_until = NULL::timestamp with time zone
   WHERE (tasks.owner = ANY (release_leases.p_owners));
END;

ALTER FUNCTION public.release_leases(p_owners text[]) OWNER TO ledger_keeper;

CREATE FUNCTION public.resolve_expired_hold(p_tenant text, p_hold_id uuid, p_now_ms bigint) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_hold_micros  bigint;
    v_award_id     uuid;
    v_cost_micros  bigint;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    SELECT amount_micros INTO v_hold_micros
    FROM holds WHERE tenant = p_tenant AND hold_id = p_hold_id
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND OR EXISTS (SELECT FROM settlements WHERE tenant = p_tenant AND hold_id = p_hold_id) THEN
        RETURN NULL;
    END IF;

    SELECT award_id INTO v_award_id
    FROM awards
    WHERE tenant = p_tenant AND hold_id = p_hold_id
      AND award_id BETWEEN first_id_of(p_hold_id) AND last_id_of(p_hold_id);
    IF NOT EXISTS (SELECT FROM executions WHERE tenant = p_tenant AND award_id = v_award_id) THEN
        PERFORM settle(p_tenant, p_hold_id, v_award_id, 'voided', 0, p_now_ms);
        RETURN 'voided';
    END IF;

    PERFORM complete_execution(p_tenant, v_award_id, 'failed', 'interrupted', 'the call was given up when its hold expired',
                               NULL, NULL, NULL, v_hold_micros, 0, NULL, NULL, NULL, p_now_ms);
    SELECT cost_micros INTO v_cost_micros FROM completions WHERE tenant = p_tenant AND award_id = v_award_id;
    PERFORM settle(p_tenant, p_hold_id, v_award_id, 'settled', v_cost_micros, p_now_ms);
    RETURN 'settled';
END $$;

ALTER FUNCTION public.resolve_expired_hold(p_tenant text, p_hold_id uuid, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.same_time(p_one uuid, p_other uuid) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ("left"((p_one)::text, 13) = "left"((p_other)::text, 13));

ALTER FUNCTION public.same_time(p_one uuid, p_other uuid) OWNER TO ledger_owner;

CREATE FUNCTION public.set_budget(p_tenant text, p_limit_micros bigint, p_scope text DEFAULT '*'::text, p_window text DEFAULT 'total'::text, p_default_limit_micros bigint DEFAULT 0, p_now_ms bigint DEFAULT 0) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_start timestamptz := window_start(p_window, from_unix_ms(p_now_ms));
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    IF (p_scope, p_window) = ('*', 'total') THEN
        INSERT INTO budgets (tenant, limit_micros) VALUES (p_tenant, p_limit_micros)
        ON CONFLICT ON CONSTRAINT budgets_pkey DO UPDATE SET limit_micros = excluded.limit_micros;
        RETURN;
    END IF;

    INSERT INTO budgets (tenant, limit_micros) VALUES (p_tenant, p_default_limit_micros)
    ON CONFLICT ON CONSTRAINT budgets_pkey DO NOTHING;
    PERFORM FROM budgets WHERE tenant = p_tenant AND scope = '*' AND time_window = 'total' FOR NO KEY UPDATE;
    SELECT greatest(v_start, max(starts_at)) INTO v_start
    FROM budgets WHERE tenant = p_tenant AND scope = p_scope AND time_window = p_window;

    INSERT INTO budgets (tenant, scope, time_window, starts_at, limit_micros, held_micros, spent_micros)
    SELECT p_tenant, p_scope, p_window, v_start, p_limit_micros,
           coalesce(sum(h.amount_micros) FILTER (WHERE s.hold_id IS NULL), 0), coalesce(sum(s.amount_micros), 0)
    FROM holds AS h
    LEFT JOIN settlements AS s USING (tenant, hold_id)
    WHERE tenant = p_tenant AND p_scope IN ('*', h.scope)
      AND h.created_at >= v_start AND window_start(p_window, h.created_at) = v_start
    ON CONFLICT ON CONSTRAINT budgets_pkey DO UPDATE
        SET limit_micros = excluded.limit_micros, starts_at = excluded.starts_at,
            held_micros = excluded.held_micros, spent_micros = excluded.spent_micros;
END $$;

ALTER FUNCTION public.set_budget(p_tenant text, p_limit_micros bigint, p_scope text, p_window text, p_default_limit_micros bigint, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.set_seat_status(p_seat_id text, p_status text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE seats SET status = p_status WHERE seat_id = p_seat_id;
    RETURN FOUND;
END $$;

ALTER FUNCTION public.set_seat_status(p_seat_id text, p_status text) OWNER TO ledger_owner;

CREATE FUNCTION public.settle(p_tenant text, p_hold_id uuid, p_award_id uuid, p_kind text, p_amount_micros bigint, p_now_ms bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    v_hold holds;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    SELECT * INTO v_hold FROM holds WHERE tenant = p_tenant AND hold_id = p_hold_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    INSERT INTO settlements (tenant, hold_id, hold_micros, award_id, kind, amount_micros, created_at)
    VALUES (p_tenant, p_hold_id, v_hold.amount_micros, p_award_id, p_kind, p_amount_micros, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT settlements_pkey DO NOTHING;
    IF NOT FOUND THEN
        RETURN true;
    END IF;

    UPDATE budgets
    SET held_micros = held_micros - v_hold.amount_micros, spent_micros = spent_micros + p_amount_micros
    WHERE tenant = p_tenant AND scope = '*' AND time_window = 'total';
    UPDATE budgets
    SET held_micros = held_micros - v_hold.amount_micros, spent_micros = spent_micros + p_amount_micros
    WHERE tenant = p_tenant AND scope IN ('*', v_hold.scope) AND (scope, time_window) <> ('*', 'total')
      AND starts_at = window_start(time_window, v_hold.created_at);
    RETURN true;
END $$;

ALTER FUNCTION public.settle(p_tenant text, p_hold_id uuid, p_award_id uuid, p_kind text, p_amount_micros bigint, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.sweep_holds(p_now_ms bigint, p_since_ms bigint DEFAULT 0, p_limit integer DEFAULT 200) RETURNS TABLE(voided integer, settled integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_hold  record;
    v_end   text;
BEGIN
    voided := 0;
    settled := 0;
    FOR v_hold IN
        SELECT h.tenant, h.hold_id
        FROM holds AS h
        WHERE h.expires_at <= from_unix_ms(p_now_ms) AND h.created_at >= from_unix_ms(p_since_ms)
          AND NOT EXISTS (SELECT FROM settlements AS s WHERE s.tenant = h.tenant AND s.hold_id = h.hold_id)
        ORDER BY h.tenant, h.hold_id
        LIMIT p_limit
    LOOP
        v_end := resolve_expired_hold(v_hold.tenant, v_hold.hold_id, p_now_ms);
        voided := voided + (v_end IS NOT DISTINCT FROM 'voided')::integer;
        settled := settled + (v_end IS NOT DISTINCT FROM 'settled')::integer;
    END LOOP;
    RETURN NEXT;
END $$;

ALTER FUNCTION public.sweep_holds(p_now_ms bigint, p_since_ms bigint, p_limit integer) OWNER TO ledger_keeper;

CREATE FUNCTION public.void_unawarded_holds(p_tenant text, p_hold_ids uuid[], p_now_ms bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_hold_id uuid;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    FOR v_hold_id IN
        SELECT hold_id FROM holds WHERE tenant = p_tenant AND hold_id = ANY (p_hold_ids) ORDER BY hold_id FOR UPDATE
    LOOP
        IF NOT EXISTS (
            SELECT FROM awards
            WHERE tenant = p_tenant AND hold_id = v_hold_id
              AND award_id BETWEEN first_id_of(v_hold_id) AND last_id_of(v_hold_id)
        ) THEN
            PERFORM settle(p_tenant, v_hold_id, NULL, 'voided', 0, p_now_ms);
        END IF;
    END LOOP;
END $$;

ALTER FUNCTION public.void_unawarded_holds(p_tenant text, p_hold_ids uuid[], p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.window_start(p_window text, p_at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE p_window WHEN 'total'::text THEN '-infinity'::timestamp with time zone ELSE (date_trunc(p_window, (p_at AT TIME ZONE 'UTC'::text)) AT TIME ZONE 'UTC'::text) END;

ALTER FUNCTION public.window_start(p_window text, p_at timestamp with time zone) OWNER TO ledger_owner;

CREATE FUNCTION public.withdraw_demonstration(p_tenant text, p_lot_id uuid, p_now_ms bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO demonstrations (tenant, lot_id, kind, scope, data_class, text, source, created_at)
    SELECT tenant, lot_id, kind, scope, data_class, '', source, from_unix_ms(p_now_ms)
    FROM current_demonstrations
    WHERE tenant = p_tenant AND lot_id = p_lot_id;
END $$;

ALTER FUNCTION public.withdraw_demonstration(p_tenant text, p_lot_id uuid, p_now_ms bigint) OWNER TO ledger_owner;

CREATE TABLE public.auctions (
    tenant text NOT NULL,
    auction_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    attempt integer NOT NULL,
    round integer NOT NULL,
    seed numeric(20,0) NOT NULL,
    policy_version integer NOT NULL,
    multiplier double precision NOT NULL,
    tmax_ms bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    pace_low double precision DEFAULT 0 NOT NULL,
    pace_high double precision DEFAULT 0 NOT NULL,
    pace_high_share double precision DEFAULT 0 NOT NULL,
    uniform_share double precision DEFAULT 0 NOT NULL,
    purse_micros bigint,
    explored boolean DEFAULT false NOT NULL,
    CONSTRAINT auctions_counted_from_one CHECK (((attempt >= 1) AND (round >= 1))),
    CONSTRAINT auctions_purse_not_negative CHECK ((purse_micros >= 0)),
    CONSTRAINT auctions_seed_unsigned CHECK ((seed >= (0)::numeric)),
    CONSTRAINT auctions_share_time_with_lot CHECK (public.same_time(auction_id, lot_id))
)
PARTITION BY RANGE (auction_id);

ALTER TABLE ONLY public.auctions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.auctions OWNER TO ledger_owner;

CREATE TABLE public.auctions_default (
    tenant text CONSTRAINT auctions_tenant_not_null NOT NULL,
    auction_id uuid CONSTRAINT auctions_auction_id_not_null NOT NULL,
    lot_id uuid CONSTRAINT auctions_lot_id_not_null NOT NULL,
    attempt integer CONSTRAINT auctions_attempt_not_null NOT NULL,
    round integer CONSTRAINT auctions_round_not_null NOT NULL,
    seed numeric(20,0) CONSTRAINT auctions_seed_not_null NOT NULL,
    policy_version integer CONSTRAINT auctions_policy_version_not_null NOT NULL,
    multiplier double precision CONSTRAINT auctions_multiplier_not_null NOT NULL,
    tmax_ms bigint CONSTRAINT auctions_tmax_ms_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT auctions_created_at_not_null NOT NULL,
    pace_low double precision DEFAULT 0 CONSTRAINT auctions_pace_low_not_null NOT NULL,
    pace_high double precision DEFAULT 0 CONSTRAINT auctions_pace_high_not_null NOT NULL,
    pace_high_share double precision DEFAULT 0 CONSTRAINT auctions_pace_high_share_not_null NOT NULL,
    uniform_share double precision DEFAULT 0 CONSTRAINT auctions_uniform_share_not_null NOT NULL,
    purse_micros bigint,
    explored boolean DEFAULT false CONSTRAINT auctions_explored_not_null NOT NULL,
    CONSTRAINT auctions_counted_from_one CHECK (((attempt >= 1) AND (round >= 1))),
    CONSTRAINT auctions_purse_not_negative CHECK ((purse_micros >= 0)),
    CONSTRAINT auctions_seed_unsigned CHECK ((seed >= (0)::numeric)),
    CONSTRAINT auctions_share_time_with_lot CHECK (public.same_time(auction_id, lot_id))
);

ALTER TABLE public.auctions_default OWNER TO ledger_owner;

CREATE TABLE public.awards (
    tenant text NOT NULL,
    award_id uuid NOT NULL,
    auction_id uuid NOT NULL,
    seat_id text NOT NULL,
    hold_id uuid NOT NULL,
    hold_micros bigint NOT NULL,
    price_micros bigint NOT NULL,
    propensity double precision NOT NULL,
    runners_up text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT awards_price_not_negative CHECK ((price_micros >= 0)),
    CONSTRAINT awards_propensity_is_a_chance CHECK (((propensity >= (0)::double precision) AND (propensity <= (1.000001)::double precision))),
    CONSTRAINT awards_share_time_with_auction CHECK (public.same_time(award_id, auction_id)),
    CONSTRAINT awards_share_time_with_hold CHECK (public.same_time(award_id, hold_id))
)
PARTITION BY RANGE (award_id);

ALTER TABLE ONLY public.awards FORCE ROW LEVEL SECURITY;

ALTER TABLE public.awards OWNER TO ledger_owner;

CREATE VIEW public.awarded_lots WITH (security_invoker='true') AS
 SELECT a.tenant,
    a.award_id,
    a.auction_id,
    u.lot_id,
    u.attempt,
    u.round,
    a.seat_id,
    a.hold_id,
    a.hold_micros,
    a.price_micros,
    a.propensity,
    a.runners_up
   FROM (public.awards a
     JOIN public.auctions u USING (tenant, auction_id));

ALTER VIEW public.awarded_lots OWNER TO ledger_owner;

CREATE TABLE public.awards_default (
    tenant text CONSTRAINT awards_tenant_not_null NOT NULL,
    award_id uuid CONSTRAINT awards_award_id_not_null NOT NULL,
    auction_id uuid CONSTRAINT awards_auction_id_not_null NOT NULL,
    seat_id text CONSTRAINT awards_seat_id_not_null NOT NULL,
    hold_id uuid CONSTRAINT awards_hold_id_not_null NOT NULL,
    hold_micros bigint CONSTRAINT awards_hold_micros_not_null NOT NULL,
    price_micros bigint CONSTRAINT awards_price_micros_not_null NOT NULL,
    propensity double precision CONSTRAINT awards_propensity_not_null NOT NULL,
    runners_up text[] CONSTRAINT awards_runners_up_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT awards_created_at_not_null NOT NULL,
    CONSTRAINT awards_price_not_negative CHECK ((price_micros >= 0)),
    CONSTRAINT awards_propensity_is_a_chance CHECK (((propensity >= (0)::double precision) AND (propensity <= (1.000001)::double precision))),
    CONSTRAINT awards_share_time_with_auction CHECK (public.same_time(award_id, auction_id)),
    CONSTRAINT awards_share_time_with_hold CHECK (public.same_time(award_id, hold_id))
);

ALTER TABLE public.awards_default OWNER TO ledger_owner;

CREATE TABLE public.bids (
    tenant text NOT NULL,
    auction_id uuid NOT NULL,
    seat_id text NOT NULL,
    no_bid_reason text,
    no_bid_detail text,
    price_micros bigint,
    hold_micros bigint,
    quality_mean double precision,
    quality_sd double precision,
    latency_ms bigint,
    input_tokens bigint,
    output_tokens bigint,
    demonstrations text[],
    loss_reason text,
    quality_draw double precision,
    quality_micros double precision,
    price_term_micros double precision,
    delay_micros double precision,
    score double precision,
    propensity double precision,
    margin_micros double precision,
    price_to_win_micros bigint,
    quality_to_win double precision,
    price_upper_micros bigint,
    latency_upper_ms bigint,
    failure_chance double precision,
    listed_micros double precision,
    listed_latency_ms double precision,
    CONSTRAINT bids_hold_not_negative CHECK ((hold_micros >= 0)),
    CONSTRAINT bids_notice_is_whole CHECK ((num_nulls(quality_draw, quality_micros, price_term_micros, delay_micros, score, propensity) =
CASE
    WHEN (loss_reason IS NULL) THEN 6
    ELSE 0
END)),
    CONSTRAINT bids_price_not_negative CHECK ((price_micros >= 0)),
    CONSTRAINT bids_price_to_win_not_negative CHECK ((price_to_win_micros >= 0)),
    CONSTRAINT bids_price_upper_not_negative CHECK ((price_upper_micros >= 0)),
    CONSTRAINT bids_propensity_is_a_chance CHECK (((propensity >= (0)::double precision) AND (propensity <= (1.000001)::double precision))),
    CONSTRAINT bids_quote_or_reason CHECK ((num_nulls(price_micros, hold_micros, quality_mean, quality_sd, latency_ms, input_tokens, output_tokens) =
CASE
    WHEN (no_bid_reason IS NULL) THEN 0
    ELSE 7
END))
)
PARTITION BY RANGE (auction_id);

ALTER TABLE ONLY public.bids FORCE ROW LEVEL SECURITY;

ALTER TABLE public.bids OWNER TO ledger_owner;

CREATE TABLE public.bids_default (
    tenant text CONSTRAINT bids_tenant_not_null NOT NULL,
    auction_id uuid CONSTRAINT bids_auction_id_not_null NOT NULL,
    seat_id text CONSTRAINT bids_seat_id_not_null NOT NULL,
    no_bid_reason text,
    no_bid_detail text,
    price_micros bigint,
    hold_micros bigint,
    quality_mean double precision,
    quality_sd double precision,
    latency_ms bigint,
    input_tokens bigint,
    output_tokens bigint,
    demonstrations text[],
    loss_reason text,
    quality_draw double precision,
    quality_micros double precision,
    price_term_micros double precision,
    delay_micros double precision,
    score double precision,
    propensity double precision,
    margin_micros double precision,
    price_to_win_micros bigint,
    quality_to_win double precision,
    price_upper_micros bigint,
    latency_upper_ms bigint,
    failure_chance double precision,
    listed_micros double precision,
    listed_latency_ms double precision,
    CONSTRAINT bids_hold_not_negative CHECK ((hold_micros >= 0)),
    CONSTRAINT bids_notice_is_whole CHECK ((num_nulls(quality_draw, quality_micros, price_term_micros, delay_micros, score, propensity) =
CASE
    WHEN (loss_reason IS NULL) THEN 6
    ELSE 0
END)),
    CONSTRAINT bids_price_not_negative CHECK ((price_micros >= 0)),
    CONSTRAINT bids_price_to_win_not_negative CHECK ((price_to_win_micros >= 0)),
    CONSTRAINT bids_price_upper_not_negative CHECK ((price_upper_micros >= 0)),
    CONSTRAINT bids_propensity_is_a_chance CHECK (((propensity >= (0)::double precision) AND (propensity <= (1.000001)::double precision))),
    CONSTRAINT bids_quote_or_reason CHECK ((num_nulls(price_micros, hold_micros, quality_mean, quality_sd, latency_ms, input_tokens, output_tokens) =
CASE
    WHEN (no_bid_reason IS NULL) THEN 0
    ELSE 7
END))
);

ALTER TABLE public.bids_default OWNER TO ledger_owner;

CREATE TABLE public.budgets (
    tenant text NOT NULL,
    limit_micros bigint NOT NULL,
    held_micros bigint DEFAULT 0 NOT NULL,
    spent_micros bigint DEFAULT 0 NOT NULL,
    scope text DEFAULT '*'::text NOT NULL,
    time_window text DEFAULT 'total'::text NOT NULL,
    starts_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT budgets_held_not_negative CHECK ((held_micros >= 0)),
    CONSTRAINT budgets_limit_not_negative CHECK ((limit_micros >= 0)),
    CONSTRAINT budgets_never_overspent CHECK (((spent_micros + held_micros) <= limit_micros)),
    CONSTRAINT budgets_spent_not_negative CHECK ((spent_micros >= 0)),
    CONSTRAINT budgets_total_never_starts CHECK (((time_window = 'total'::text) = (starts_at = '-infinity'::timestamp with time zone))),
    CONSTRAINT budgets_window_known CHECK ((time_window = ANY (ARRAY['total'::text, 'hour'::text, 'day'::text, 'month'::text])))
);

ALTER TABLE ONLY public.budgets FORCE ROW LEVEL SECURITY;

ALTER TABLE public.budgets OWNER TO ledger_owner;

CREATE TABLE public.completions (
    tenant text NOT NULL,
    award_id uuid NOT NULL,
    status text NOT NULL,
    reason text,
    detail text NOT NULL,
    input_tokens bigint,
    output_tokens bigint,
    cpu_ms bigint,
    cost_micros bigint NOT NULL,
    latency_ms bigint NOT NULL,
    output json,
    road text,
    raw_key text,
    completed_at timestamp with time zone NOT NULL,
    CONSTRAINT completions_cost_not_negative CHECK ((cost_micros >= 0)),
    CONSTRAINT completions_latency_not_negative CHECK ((latency_ms >= 0)),
    CONSTRAINT completions_output_if_succeeded CHECK (((output IS NOT NULL) = (status = 'succeeded'::text))),
    CONSTRAINT completions_status_known CHECK ((status = ANY (ARRAY['succeeded'::text, 'failed'::text]))),
    CONSTRAINT completions_usage_is_whole CHECK (((input_tokens IS NULL) = (output_tokens IS NULL)))
)
PARTITION BY RANGE (award_id);

ALTER TABLE ONLY public.completions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.completions OWNER TO ledger_owner;

CREATE TABLE public.completions_default (
    tenant text CONSTRAINT completions_tenant_not_null NOT NULL,
    award_id uuid CONSTRAINT completions_award_id_not_null NOT NULL,
    status text CONSTRAINT completions_status_not_null NOT NULL,
    reason text,
    detail text CONSTRAINT completions_detail_not_null NOT NULL,
    input_tokens bigint,
    output_tokens bigint,
    cpu_ms bigint,
    cost_micros bigint CONSTRAINT completions_cost_micros_not_null NOT NULL,
    latency_ms bigint CONSTRAINT completions_latency_ms_not_null NOT NULL,
    output json,
    road text,
    raw_key text,
    completed_at timestamp with time zone CONSTRAINT completions_completed_at_not_null NOT NULL,
    CONSTRAINT completions_cost_not_negative CHECK ((cost_micros >= 0)),
    CONSTRAINT completions_latency_not_negative CHECK ((latency_ms >= 0)),
    CONSTRAINT completions_output_if_succeeded CHECK (((output IS NOT NULL) = (status = 'succeeded'::text))),
    CONSTRAINT completions_status_known CHECK ((status = ANY (ARRAY['succeeded'::text, 'failed'::text]))),
    CONSTRAINT completions_usage_is_whole CHECK (((input_tokens IS NULL) = (output_tokens IS NULL)))
);

ALTER TABLE public.completions_default OWNER TO ledger_owner;

CREATE TABLE public.demonstrations (
    tenant text NOT NULL,
    seq bigint NOT NULL,
    lot_id uuid NOT NULL,
    kind text NOT NULL,
    scope text NOT NULL,
    data_class text NOT NULL,
    text text NOT NULL,
    output json,
    source text NOT NULL,
    embedding public.vector,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT demonstrations_data_class_known CHECK ((data_class = ANY (ARRAY['public'::text, 'internal'::text, 'confidential'::text, 'restricted'::text]))),
    CONSTRAINT demonstrations_source_known CHECK ((source = ANY (ARRAY['failure'::text, 'checks'::text, 'judge'::text, 'human'::text])))
);

ALTER TABLE ONLY public.demonstrations FORCE ROW LEVEL SECURITY;

ALTER TABLE public.demonstrations OWNER TO ledger_owner;

CREATE VIEW public.current_demonstrations WITH (security_invoker='true') AS
 SELECT tenant,
    seq,
    lot_id,
    kind,
    scope,
    data_class,
    text,
    output,
    source,
    embedding,
    created_at
   FROM public.demonstrations d
  WHERE ((output IS NOT NULL) AND (NOT (EXISTS ( SELECT
           FROM public.demonstrations later
          WHERE ((later.tenant = d.tenant) AND (later.lot_id = d.lot_id) AND (later.seq > d.seq))))));

ALTER VIEW public.current_demonstrations OWNER TO ledger_owner;

CREATE TABLE public.seat_prices (
    seat_id text NOT NULL,
    seq bigint NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    input_micros_per_mtok bigint NOT NULL,
    output_micros_per_mtok bigint NOT NULL,
    cpu_second_micros bigint NOT NULL,
    prompt_tokens_per_second bigint NOT NULL,
    output_tokens_per_second bigint NOT NULL,
    request_cpu_ms bigint NOT NULL,
    source text NOT NULL,
    CONSTRAINT seat_prices_not_negative CHECK (((input_micros_per_mtok >= 0) AND (output_micros_per_mtok >= 0) AND (cpu_second_micros >= 0) AND (request_cpu_ms >= 0))),
    CONSTRAINT seat_prices_throughput_positive CHECK (((prompt_tokens_per_second > 0) AND (output_tokens_per_second > 0)))
);

ALTER TABLE public.seat_prices OWNER TO ledger_owner;

CREATE VIEW public.current_seat_prices WITH (security_invoker='true') AS
 SELECT DISTINCT ON (seat_id) seat_id,
    seq,
    effective_at,
    input_micros_per_mtok,
    output_micros_per_mtok,
    cpu_second_micros,
    prompt_tokens_per_second,
    output_tokens_per_second,
    request_cpu_ms,
    source
   FROM public.seat_prices
  ORDER BY seat_id, seq DESC;

ALTER VIEW public.current_seat_prices OWNER TO ledger_owner;

ALTER TABLE public.demonstrations ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.demonstrations_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.executions (
    tenant text NOT NULL,
    award_id uuid NOT NULL,
    claim uuid NOT NULL,
    claimed_at timestamp with time zone NOT NULL
)
PARTITION BY RANGE (award_id);

ALTER TABLE ONLY public.executions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.executions OWNER TO ledger_owner;

CREATE TABLE public.executions_default (
    tenant text CONSTRAINT executions_tenant_not_null NOT NULL,
    award_id uuid CONSTRAINT executions_award_id_not_null NOT NULL,
    claim uuid CONSTRAINT executions_claim_not_null NOT NULL,
    claimed_at timestamp with time zone CONSTRAINT executions_claimed_at_not_null NOT NULL
);

ALTER TABLE public.executions_default OWNER TO ledger_owner;

CREATE TABLE public.holds (
    tenant text NOT NULL,
    hold_id uuid NOT NULL,
    amount_micros bigint NOT NULL,
    scope text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT holds_amount_not_negative CHECK ((amount_micros >= 0))
)
PARTITION BY RANGE (hold_id);

ALTER TABLE ONLY public.holds FORCE ROW LEVEL SECURITY;

ALTER TABLE public.holds OWNER TO ledger_owner;

CREATE TABLE public.holds_default (
    tenant text CONSTRAINT holds_tenant_not_null NOT NULL,
    hold_id uuid CONSTRAINT holds_hold_id_not_null NOT NULL,
    amount_micros bigint CONSTRAINT holds_amount_micros_not_null NOT NULL,
    scope text CONSTRAINT holds_scope_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT holds_created_at_not_null NOT NULL,
    expires_at timestamp with time zone CONSTRAINT holds_expires_at_not_null NOT NULL,
    CONSTRAINT holds_amount_not_negative CHECK ((amount_micros >= 0))
);

ALTER TABLE public.holds_default OWNER TO ledger_owner;

CREATE TABLE public.lots (
    tenant text NOT NULL,
    lot_id uuid NOT NULL,
    task_id uuid NOT NULL,
    "position" integer NOT NULL,
    kind text NOT NULL,
    part text NOT NULL,
    output text NOT NULL,
    payload_key text NOT NULL,
    data_class text NOT NULL,
    value_micros bigint NOT NULL,
    price_ceiling_micros bigint NOT NULL,
    quality_floor double precision NOT NULL,
    deadline_ms bigint NOT NULL,
    delay_micros_per_second bigint NOT NULL,
    needs uuid[] NOT NULL,
    status text DEFAULT 'open'::text NOT NULL,
    CONSTRAINT lots_ceiling_not_negative CHECK ((price_ceiling_micros >= 0)),
    CONSTRAINT lots_data_class_known CHECK ((data_class = ANY (ARRAY['public'::text, 'internal'::text, 'confidential'::text, 'restricted'::text]))),
    CONSTRAINT lots_deadline_positive CHECK ((deadline_ms > 0)),
    CONSTRAINT lots_delay_not_negative CHECK ((delay_micros_per_second >= 0)),
    CONSTRAINT lots_position_from_zero CHECK (("position" >= 0)),
    CONSTRAINT lots_status_known CHECK ((status = ANY (ARRAY['open'::text, 'done'::text, 'failed'::text]))),
    CONSTRAINT lots_value_not_negative CHECK ((value_micros >= 0))
);

ALTER TABLE ONLY public.lots FORCE ROW LEVEL SECURITY;

ALTER TABLE public.lots OWNER TO ledger_owner;

CREATE TABLE public.outcomes (
    tenant text NOT NULL,
    outcome_id uuid NOT NULL,
    award_id uuid NOT NULL,
    source text NOT NULL,
    reward double precision,
    weight double precision NOT NULL,
    parts json NOT NULL,
    first boolean NOT NULL,
    stands boolean NOT NULL,
    replaces_reward double precision,
    replaces_weight double precision,
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT outcomes_replace_if_standing CHECK (((replaces_reward IS NULL) OR (stands AND (reward IS NOT NULL)))),
    CONSTRAINT outcomes_replace_whole CHECK (((replaces_reward IS NULL) = (replaces_weight IS NULL))),
    CONSTRAINT outcomes_reward_in_bounds CHECK (((reward >= (0)::double precision) AND (reward <= (1)::double precision))),
    CONSTRAINT outcomes_share_time_with_award CHECK (public.same_time(outcome_id, award_id)),
    CONSTRAINT outcomes_source_known CHECK ((source = ANY (ARRAY['failure'::text, 'checks'::text, 'judge'::text, 'human'::text]))),
    CONSTRAINT outcomes_weight_not_negative CHECK (((weight >= (0)::double precision) AND (weight < 'Infinity'::double precision)))
)
PARTITION BY RANGE (outcome_id);

ALTER TABLE ONLY public.outcomes FORCE ROW LEVEL SECURITY;

ALTER TABLE public.outcomes OWNER TO ledger_owner;

CREATE TABLE public.outcomes_default (
    tenant text CONSTRAINT outcomes_tenant_not_null NOT NULL,
    outcome_id uuid CONSTRAINT outcomes_outcome_id_not_null NOT NULL,
    award_id uuid CONSTRAINT outcomes_award_id_not_null NOT NULL,
    source text CONSTRAINT outcomes_source_not_null NOT NULL,
    reward double precision,
    weight double precision CONSTRAINT outcomes_weight_not_null NOT NULL,
    parts json CONSTRAINT outcomes_parts_not_null NOT NULL,
    first boolean CONSTRAINT outcomes_first_not_null NOT NULL,
    stands boolean CONSTRAINT outcomes_stands_not_null NOT NULL,
    replaces_reward double precision,
    replaces_weight double precision,
    xact_id xid8 DEFAULT pg_current_xact_id() CONSTRAINT outcomes_xact_id_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT outcomes_created_at_not_null NOT NULL,
    CONSTRAINT outcomes_replace_if_standing CHECK (((replaces_reward IS NULL) OR (stands AND (reward IS NOT NULL)))),
    CONSTRAINT outcomes_replace_whole CHECK (((replaces_reward IS NULL) = (replaces_weight IS NULL))),
    CONSTRAINT outcomes_reward_in_bounds CHECK (((reward >= (0)::double precision) AND (reward <= (1)::double precision))),
    CONSTRAINT outcomes_share_time_with_award CHECK (public.same_time(outcome_id, award_id)),
    CONSTRAINT outcomes_source_known CHECK ((source = ANY (ARRAY['failure'::text, 'checks'::text, 'judge'::text, 'human'::text]))),
    CONSTRAINT outcomes_weight_not_negative CHECK (((weight >= (0)::double precision) AND (weight < 'Infinity'::double precision)))
);

ALTER TABLE public.outcomes_default OWNER TO ledger_owner;

CREATE TABLE public.policy_snapshots (
    tenant text NOT NULL,
    version integer NOT NULL,
    multiplier double precision NOT NULL,
    watermark xid8 NOT NULL,
    state json NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT policy_snapshots_from_one CHECK ((version >= 1))
);

ALTER TABLE ONLY public.policy_snapshots FORCE ROW LEVEL SECURITY;

ALTER TABLE public.policy_snapshots OWNER TO ledger_owner;

ALTER TABLE public.seat_prices ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.seat_prices_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.seats (
    seat_id text NOT NULL,
    engine text NOT NULL,
    model text NOT NULL,
    kinds text[] NOT NULL,
    location text NOT NULL,
    demonstrations integer NOT NULL,
    context_tokens integer NOT NULL,
    max_output_tokens integer NOT NULL,
    timeout_ms bigint NOT NULL,
    prior_quality double precision,
    status text DEFAULT 'active'::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT seats_bounds_not_negative CHECK (((demonstrations >= 0) AND (context_tokens >= 0) AND (max_output_tokens >= 0) AND (timeout_ms >= 0))),
    CONSTRAINT seats_location_known CHECK ((location = ANY (ARRAY['on_host'::text, 'own_account'::text, 'provider_region'::text, 'third_party'::text]))),
    CONSTRAINT seats_prior_is_a_reward CHECK (((prior_quality >= (0)::double precision) AND (prior_quality <= (1)::double precision))),
    CONSTRAINT seats_status_known CHECK ((status = ANY (ARRAY['active'::text, 'retired'::text])))
);

ALTER TABLE public.seats OWNER TO ledger_owner;

CREATE TABLE public.settlements (
    tenant text NOT NULL,
    hold_id uuid NOT NULL,
    hold_micros bigint NOT NULL,
    award_id uuid,
    kind text NOT NULL,
    amount_micros bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT settlements_amount_not_negative CHECK ((amount_micros >= 0)),
    CONSTRAINT settlements_kind_known CHECK ((kind = ANY (ARRAY['settled'::text, 'voided'::text]))),
    CONSTRAINT settlements_need_an_award CHECK (((kind = 'voided'::text) OR (award_id IS NOT NULL))),
    CONSTRAINT settlements_void_is_free CHECK (((kind = 'settled'::text) OR (amount_micros = 0))),
    CONSTRAINT settlements_within_hold CHECK ((amount_micros <= hold_micros))
)
PARTITION BY RANGE (hold_id);

ALTER TABLE ONLY public.settlements FORCE ROW LEVEL SECURITY;

ALTER TABLE public.settlements OWNER TO ledger_owner;

CREATE TABLE public.settlements_default (
    tenant text CONSTRAINT settlements_tenant_not_null NOT NULL,
    hold_id uuid CONSTRAINT settlements_hold_id_not_null NOT NULL,
    hold_micros bigint CONSTRAINT settlements_hold_micros_not_null NOT NULL,
    award_id uuid,
    kind text CONSTRAINT settlements_kind_not_null NOT NULL,
    amount_micros bigint CONSTRAINT settlements_amount_micros_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT settlements_created_at_not_null NOT NULL,
    CONSTRAINT settlements_amount_not_negative CHECK ((amount_micros >= 0)),
    CONSTRAINT settlements_kind_known CHECK ((kind = ANY (ARRAY['settled'::text, 'voided'::text]))),
    CONSTRAINT settlements_need_an_award CHECK (((kind = 'voided'::text) OR (award_id IS NOT NULL))),
    CONSTRAINT settlements_void_is_free CHECK (((kind = 'settled'::text) OR (amount_micros = 0))),
    CONSTRAINT settlements_within_hold CHECK ((amount_micros <= hold_micros))
);

ALTER TABLE public.settlements_default OWNER TO ledger_owner;

CREATE TABLE public.task_keys (
    tenant text NOT NULL,
    key text NOT NULL,
    task_id uuid NOT NULL
);

ALTER TABLE ONLY public.task_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE public.task_keys OWNER TO ledger_owner;

ALTER TABLE ONLY public.auctions ATTACH PARTITION public.auctions_default DEFAULT;

ALTER TABLE ONLY public.awards ATTACH PARTITION public.awards_default DEFAULT;

ALTER TABLE ONLY public.bids ATTACH PARTITION public.bids_default DEFAULT;

ALTER TABLE ONLY public.completions ATTACH PARTITION public.completions_default DEFAULT;

ALTER TABLE ONLY public.executions ATTACH PARTITION public.executions_default DEFAULT;

ALTER TABLE ONLY public.holds ATTACH PARTITION public.holds_default DEFAULT;

ALTER TABLE ONLY public.outcomes ATTACH PARTITION public.outcomes_default DEFAULT;

ALTER TABLE ONLY public.settlements ATTACH PARTITION public.settlements_default DEFAULT;

ALTER TABLE ONLY public.auctions
    ADD CONSTRAINT auctions_pkey PRIMARY KEY (tenant, auction_id);

ALTER TABLE ONLY public.auctions_default
    ADD CONSTRAINT auctions_default_pkey PRIMARY KEY (tenant, auction_id);

ALTER TABLE ONLY public.awards
    ADD CONSTRAINT awards_pkey PRIMARY KEY (tenant, award_id);

ALTER TABLE ONLY public.awards_default
    ADD CONSTRAINT awards_default_pkey PRIMARY KEY (tenant, award_id);

ALTER TABLE ONLY public.awards
    ADD CONSTRAINT awards_with_hold UNIQUE (tenant, award_id, hold_id);

ALTER TABLE ONLY public.awards_default
    ADD CONSTRAINT awards_default_tenant_award_id_hold_id_key UNIQUE (tenant, award_id, hold_id);

ALTER TABLE ONLY public.bids
    ADD CONSTRAINT bids_pkey PRIMARY KEY (tenant, auction_id, seat_id);

ALTER TABLE ONLY public.bids_default
    ADD CONSTRAINT bids_default_pkey PRIMARY KEY (tenant, auction_id, seat_id);

ALTER TABLE ONLY public.budgets
    ADD CONSTRAINT budgets_pkey PRIMARY KEY (tenant, scope, time_window);

ALTER TABLE ONLY public.completions
    ADD CONSTRAINT completions_pkey PRIMARY KEY (tenant, award_id);

ALTER TABLE ONLY public.completions_default
    ADD CONSTRAINT completions_default_pkey PRIMARY KEY (tenant, award_id);

ALTER TABLE ONLY public.demonstrations
    ADD CONSTRAINT demonstrations_pkey PRIMARY KEY (tenant, seq);

ALTER TABLE ONLY public.executions
    ADD CONSTRAINT executions_pkey PRIMARY KEY (tenant, award_id);

ALTER TABLE ONLY public.executions_default
    ADD CONSTRAINT executions_default_pkey PRIMARY KEY (tenant, award_id);

ALTER TABLE ONLY public.holds
    ADD CONSTRAINT holds_pkey PRIMARY KEY (tenant, hold_id);

ALTER TABLE ONLY public.holds_default
    ADD CONSTRAINT holds_default_pkey PRIMARY KEY (tenant, hold_id);

ALTER TABLE ONLY public.holds
    ADD CONSTRAINT holds_with_amount UNIQUE (tenant, hold_id, amount_micros);

ALTER TABLE ONLY public.holds_default
    ADD CONSTRAINT holds_default_tenant_hold_id_amount_micros_key UNIQUE (tenant, hold_id, amount_micros);

ALTER TABLE ONLY public.lots
    ADD CONSTRAINT lots_one_per_position UNIQUE (tenant, task_id, "position");

ALTER TABLE ONLY public.lots
    ADD CONSTRAINT lots_pkey PRIMARY KEY (tenant, lot_id);

ALTER TABLE ONLY public.outcomes
    ADD CONSTRAINT outcomes_pkey PRIMARY KEY (tenant, outcome_id);

ALTER TABLE ONLY public.outcomes_default
    ADD CONSTRAINT outcomes_default_pkey PRIMARY KEY (tenant, outcome_id);

ALTER TABLE ONLY public.policy_snapshots
    ADD CONSTRAINT policy_snapshots_pkey PRIMARY KEY (tenant, version);

ALTER TABLE ONLY public.seat_prices
    ADD CONSTRAINT seat_prices_pkey PRIMARY KEY (seat_id, seq);

ALTER TABLE ONLY public.seats
    ADD CONSTRAINT seats_pkey PRIMARY KEY (seat_id);

ALTER TABLE ONLY public.settlements
    ADD CONSTRAINT settlements_pkey PRIMARY KEY (tenant, hold_id);

ALTER TABLE ONLY public.settlements_default
    ADD CONSTRAINT settlements_default_pkey PRIMARY KEY (tenant, hold_id);

ALTER TABLE ONLY public.task_keys
    ADD CONSTRAINT task_keys_pkey PRIMARY KEY (tenant, key);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (tenant, task_id);

CREATE INDEX auctions_by_time ON ONLY public.auctions USING brin (created_at);

CREATE INDEX auctions_default_created_at_idx ON public.auctions_default USING brin (created_at);

CREATE UNIQUE INDEX auctions_default_one_per_round ON public.auctions_default USING btree (tenant, lot_id, attempt, round);

CREATE INDEX awards_by_time ON ONLY public.awards USING brin (created_at);

CREATE INDEX awards_default_created_at_idx ON public.awards_default USING brin (created_at);

CREATE UNIQUE INDEX awards_default_one_per_auction ON public.awards_default USING btree (tenant, auction_id);

CREATE UNIQUE INDEX awards_default_one_per_hold ON public.awards_default USING btree (tenant, hold_id);

CREATE INDEX completions_by_time ON ONLY public.completions USING brin (completed_at);

CREATE INDEX completions_default_completed_at_idx ON public.completions_default USING brin (completed_at);

CREATE INDEX demonstrations_in_scope ON public.demonstrations USING btree (tenant, kind, scope, seq);

CREATE INDEX demonstrations_of_lot ON public.demonstrations USING btree (tenant, lot_id, seq);

CREATE INDEX executions_by_time ON ONLY public.executions USING brin (claimed_at);

CREATE INDEX executions_default_claimed_at_idx ON public.executions_default USING brin (claimed_at);

CREATE INDEX holds_by_time ON ONLY public.holds USING brin (created_at);

CREATE INDEX holds_default_created_at_idx ON public.holds_default USING brin (created_at);

CREATE INDEX outcomes_by_time ON ONLY public.outcomes USING brin (created_at);

CREATE INDEX outcomes_default_created_at_idx ON public.outcomes_default USING brin (created_at);

CREATE UNIQUE INDEX outcomes_default_one_first ON public.outcomes_default USING btree (tenant, award_id) WHERE first;

CREATE INDEX outcomes_of_award ON ONLY public.outcomes USING btree (tenant, award_id, xact_id);

CREATE INDEX outcomes_default_tenant_award_id_xact_id_idx ON public.outcomes_default USING btree (tenant, award_id, xact_id);

CREATE INDEX outcomes_to_fold ON ONLY public.outcomes USING btree (tenant, xact_id, outcome_id) WHERE stands;

CREATE INDEX outcomes_default_tenant_xact_id_outcome_id_idx ON public.outcomes_default USING btree (tenant, xact_id, outcome_id) WHERE stands;

CREATE INDEX settlements_by_time ON ONLY public.settlements USING brin (created_at);

CREATE INDEX settlements_default_created_at_idx ON public.settlements_default USING brin (created_at);

CREATE INDEX tasks_by_owner ON public.tasks USING btree (owner) WHERE (owner IS NOT NULL);

CREATE INDEX tasks_by_status ON public.tasks USING btree (tenant, status, task_id);

ALTER INDEX public.auctions_by_time ATTACH PARTITION public.auctions_default_created_at_idx;

ALTER INDEX public.auctions_pkey ATTACH PARTITION public.auctions_default_pkey;

ALTER INDEX public.awards_by_time ATTACH PARTITION public.awards_default_created_at_idx;

ALTER INDEX public.awards_pkey ATTACH PARTITION public.awards_default_pkey;

ALTER INDEX public.awards_with_hold ATTACH PARTITION public.awards_default_tenant_award_id_hold_id_key;

ALTER INDEX public.bids_pkey ATTACH PARTITION public.bids_default_pkey;

ALTER INDEX public.completions_by_time ATTACH PARTITION public.completions_default_completed_at_idx;

ALTER INDEX public.completions_pkey ATTACH PARTITION public.completions_default_pkey;

ALTER INDEX public.executions_by_time ATTACH PARTITION public.executions_default_claimed_at_idx;

ALTER INDEX public.executions_pkey ATTACH PARTITION public.executions_default_pkey;

ALTER INDEX public.holds_by_time ATTACH PARTITION public.holds_default_created_at_idx;

ALTER INDEX public.holds_pkey ATTACH PARTITION public.holds_default_pkey;

ALTER INDEX public.holds_with_amount ATTACH PARTITION public.holds_default_tenant_hold_id_amount_micros_key;

ALTER INDEX public.outcomes_by_time ATTACH PARTITION public.outcomes_default_created_at_idx;

ALTER INDEX public.outcomes_pkey ATTACH PARTITION public.outcomes_default_pkey;

ALTER INDEX public.outcomes_of_award ATTACH PARTITION public.outcomes_default_tenant_award_id_xact_id_idx;

ALTER INDEX public.outcomes_to_fold ATTACH PARTITION public.outcomes_default_tenant_xact_id_outcome_id_idx;

ALTER INDEX public.settlements_by_time ATTACH PARTITION public.settlements_default_created_at_idx;

ALTER INDEX public.settlements_pkey ATTACH PARTITION public.settlements_default_pkey;

CREATE TRIGGER auctions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.auctions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER auctions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.auctions_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER awards_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.awards FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER awards_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.awards_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE CONSTRAINT TRIGGER awards_hold_is_open AFTER INSERT ON public.awards NOT DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION public.refuse_resolved_hold();

CREATE TRIGGER bids_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.bids FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER bids_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.bids_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER budgets_are_kept BEFORE DELETE OR TRUNCATE ON public.budgets FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER budgets_keep_identity BEFORE UPDATE OF tenant, scope, time_window ON public.budgets FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER completions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.completions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER completions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.completions_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER demonstrations_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.demonstrations FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER executions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.executions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER executions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.executions_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER holds_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.holds FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER holds_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.holds_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER lots_are_kept BEFORE DELETE OR TRUNCATE ON public.lots FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER lots_keep_terms BEFORE UPDATE OF tenant, lot_id, task_id, "position", kind, part, output, payload_key, data_class, value_micros, price_ceiling_micros, quality_floor, deadline_ms, delay_micros_per_second, needs ON public.lots FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER outcomes_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.outcomes FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER outcomes_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.outcomes_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER policy_snapshots_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.policy_snapshots FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER seat_prices_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.seat_prices FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER seats_are_kept BEFORE DELETE OR TRUNCATE ON public.seats FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER seats_keep_identity BEFORE UPDATE OF seat_id, created_at ON public.seats FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER settlements_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.settlements FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER settlements_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.settlements_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE CONSTRAINT TRIGGER settlements_void_only_unclaimed AFTER INSERT ON public.settlements NOT DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW WHEN ((new.kind = 'voided'::text)) EXECUTE FUNCTION public.refuse_void_after_claim();

CREATE TRIGGER task_keys_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.task_keys FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER tasks_are_kept BEFORE DELETE OR TRUNCATE ON public.tasks FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER tasks_keep_identity BEFORE UPDATE OF tenant, task_id, source, document_key, created_at ON public.tasks FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

ALTER TABLE public.auctions
    ADD CONSTRAINT auctions_of_a_lot FOREIGN KEY (tenant, lot_id) REFERENCES public.lots(tenant, lot_id);

ALTER TABLE public.awards
    ADD CONSTRAINT awards_go_to_a_bidder FOREIGN KEY (tenant, auction_id, seat_id) REFERENCES public.bids(tenant, auction_id, seat_id);

ALTER TABLE public.awards
    ADD CONSTRAINT awards_have_their_hold FOREIGN KEY (tenant, hold_id, hold_micros) REFERENCES public.holds(tenant, hold_id, amount_micros);

ALTER TABLE public.bids
    ADD CONSTRAINT bids_in_an_auction FOREIGN KEY (tenant, auction_id) REFERENCES public.auctions(tenant, auction_id);

ALTER TABLE public.completions
    ADD CONSTRAINT completions_of_a_claim FOREIGN KEY (tenant, award_id) REFERENCES public.executions(tenant, award_id);

ALTER TABLE public.executions
    ADD CONSTRAINT executions_of_an_award FOREIGN KEY (tenant, award_id) REFERENCES public.awards(tenant, award_id);

ALTER TABLE ONLY public.lots
    ADD CONSTRAINT lots_of_a_task FOREIGN KEY (tenant, task_id) REFERENCES public.tasks(tenant, task_id);

ALTER TABLE public.outcomes
    ADD CONSTRAINT outcomes_of_an_award FOREIGN KEY (tenant, award_id) REFERENCES public.awards(tenant, award_id);

ALTER TABLE ONLY public.seat_prices
    ADD CONSTRAINT seat_prices_of_a_seat FOREIGN KEY (seat_id) REFERENCES public.seats(seat_id);

ALTER TABLE public.settlements
    ADD CONSTRAINT settlements_of_a_hold FOREIGN KEY (tenant, hold_id, hold_micros) REFERENCES public.holds(tenant, hold_id, amount_micros);

ALTER TABLE public.settlements
    ADD CONSTRAINT settlements_of_its_award FOREIGN KEY (tenant, award_id, hold_id) REFERENCES public.awards(tenant, award_id, hold_id);

ALTER TABLE public.auctions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.auctions_default ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.awards ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.awards_default ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.bids ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.bids_default ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.budgets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.completions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.completions_default ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.demonstrations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.executions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.executions_default ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.holds ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.holds_default ENABLE ROW LEVEL SECURITY;

CREATE POLICY installation ON public.auctions FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.awards FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.bids FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.budgets FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.completions FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.demonstrations FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.executions FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.holds FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.lots FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.outcomes FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.policy_snapshots FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.settlements FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.task_keys FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.tasks FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY leases ON public.tasks FOR UPDATE TO ledger_keeper USING (true);

ALTER TABLE public.lots ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.outcomes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.outcomes_default ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON public.auctions USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.awards USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.bids USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.budgets USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.completions USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.demonstrations USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.executions USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.holds USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.lots USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.outcomes USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.policy_snapshots USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.settlements USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.task_keys USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.tasks USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

ALTER TABLE public.policy_snapshots ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.settlements ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.settlements_default ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.task_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.tasks ENABLE ROW LEVEL SECURITY;

GRANT ALL ON SCHEMA public TO ledger_owner;
GRANT ALL ON SCHEMA public TO ledger_keeper;
GRANT USAGE ON SCHEMA public TO ledger_app;
GRANT USAGE ON SCHEMA public TO ledger_reader;

REVOKE ALL ON FUNCTION public.add_demonstration(p_tenant text, p_lot_id uuid, p_kind text, p_scope text, p_data_class text, p_text text, p_output json, p_source text, p_embedding public.vector, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.add_demonstration(p_tenant text, p_lot_id uuid, p_kind text, p_scope text, p_data_class text, p_text text, p_output json, p_source text, p_embedding public.vector, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.add_month(p_month date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.add_partition(p_table text, p_suffix text, p_bounds text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.append_policy(p_tenant text, p_version integer, p_multiplier double precision, p_watermark xid8, p_state json, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.append_policy(p_tenant text, p_version integer, p_multiplier double precision, p_watermark xid8, p_state json, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.as_tenant(p_tenant text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.as_tenant(p_tenant text) TO ledger_app;

REVOKE ALL ON FUNCTION public.authority(p_source text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.authority(p_source text) TO ledger_app;

REVOKE ALL ON FUNCTION public.claim_execution(p_tenant text, p_award_id uuid, p_claim uuid, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.claim_execution(p_tenant text, p_award_id uuid, p_claim uuid, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.claim_task(p_tenant text, p_key text, p_task_id uuid, p_source text, p_document_key text, p_owner text, p_claim uuid, p_now_ms bigint, p_lease_ms bigint, OUT task uuid, OUT answer text, OUT attempt_number integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.claim_task(p_tenant text, p_key text, p_task_id uuid, p_source text, p_document_key text, p_owner text, p_claim uuid, p_now_ms bigint, p_lease_ms bigint, OUT task uuid, OUT answer text, OUT attempt_number integer) TO ledger_app;

REVOKE ALL ON FUNCTION public.close_lot(p_tenant text, p_lot_id uuid, p_status text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.close_lot(p_tenant text, p_lot_id uuid, p_status text) TO ledger_app;

REVOKE ALL ON FUNCTION public.complete_execution(p_tenant text, p_award_id uuid, p_status text, p_reason text, p_detail text, p_input_tokens bigint, p_output_tokens bigint, p_cpu_ms bigint, p_cost_micros bigint, p_latency_ms bigint, p_output json, p_road text, p_raw_key text, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.complete_execution(p_tenant text, p_award_id uuid, p_status text, p_reason text, p_detail text, p_input_tokens bigint, p_output_tokens bigint, p_cpu_ms bigint, p_cost_micros bigint, p_latency_ms bigint, p_output json, p_road text, p_raw_key text, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.finish_task(p_tenant text, p_task_id uuid, p_status text, p_reason text, p_result_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.finish_task(p_tenant text, p_task_id uuid, p_status text, p_reason text, p_result_key text) TO ledger_app;

GRANT ALL ON FUNCTION public.first_id_at(p_ms bigint) TO ledger_app;

GRANT ALL ON FUNCTION public.first_id_of(p_id uuid) TO ledger_app;

GRANT ALL ON FUNCTION public.from_unix_ms(p_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.guard_tenant_table(p_table regclass) FROM PUBLIC;

GRANT ALL ON FUNCTION public.last_id_of(p_id uuid) TO ledger_app;

GRANT SELECT ON TABLE public.tasks TO ledger_app;
GRANT SELECT ON TABLE public.tasks TO ledger_keeper;
GRANT SELECT ON TABLE public.tasks TO ledger_reader;

GRANT UPDATE(owner) ON TABLE public.tasks TO ledger_keeper;

GRANT UPDATE(lease_until) ON TABLE public.tasks TO ledger_keeper;

REVOKE ALL ON FUNCTION public.lease_owners() FROM PUBLIC;
GRANT ALL ON FUNCTION public.lease_owners() TO ledger_app;

REVOKE ALL ON FUNCTION public.maintain_partitions(p_now_ms bigint, p_ahead integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_partitions(p_now_ms bigint, p_ahead integer) TO ledger_app;

REVOKE ALL ON FUNCTION public.partitioned_tables() FROM PUBLIC;
GRANT ALL ON FUNCTION public.partitioned_tables() TO ledger_app;

REVOKE ALL ON FUNCTION public.place_hold(p_tenant text, p_hold_id uuid, p_amount_micros bigint, p_default_limit_micros bigint, p_now_ms bigint, p_scope text, p_lease_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.place_hold(p_tenant text, p_hold_id uuid, p_amount_micros bigint, p_default_limit_micros bigint, p_now_ms bigint, p_scope text, p_lease_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.put_lots(p_tenant text, p_lots json) FROM PUBLIC;
GRANT ALL ON FUNCTION public.put_lots(p_tenant text, p_lots json) TO ledger_app;

REVOKE ALL ON FUNCTION public.put_seat(p_seat json, p_prices json, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.put_seat(p_seat json, p_prices json, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.record_auction(p_tenant text, p_record json, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.record_auction(p_tenant text, p_record json, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.record_auctions(p_tenant text, p_records json, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.record_auctions(p_tenant text, p_records json, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.record_outcome(p_tenant text, p_outcome_id uuid, p_award_id uuid, p_source text, p_reward double precision, p_weight double precision, p_parts json, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.record_outcome(p_tenant text, p_outcome_id uuid, p_award_id uuid, p_source text, p_reward double precision, p_weight double precision, p_parts json, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.refuse_change() FROM PUBLIC;
GRANT ALL ON FUNCTION public.refuse_change() TO ledger_app;

REVOKE ALL ON FUNCTION public.refuse_resolved_hold() FROM PUBLIC;
GRANT ALL ON FUNCTION public.refuse_resolved_hold() TO ledger_app;

REVOKE ALL ON FUNCTION public.refuse_void_after_claim() FROM PUBLIC;
GRANT ALL ON FUNCTION public.refuse_void_after_claim() TO ledger_app;

REVOKE ALL ON FUNCTION public.release_leases(p_owners text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.release_leases(p_owners text[]) TO ledger_app;

REVOKE ALL ON FUNCTION public.resolve_expired_hold(p_tenant text, p_hold_id uuid, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.resolve_expired_hold(p_tenant text, p_hold_id uuid, p_now_ms bigint) TO ledger_keeper;

GRANT ALL ON FUNCTION public.same_time(p_one uuid, p_other uuid) TO ledger_app;

REVOKE ALL ON FUNCTION public.set_budget(p_tenant text, p_limit_micros bigint, p_scope text, p_window text, p_default_limit_micros bigint, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.set_budget(p_tenant text, p_limit_micros bigint, p_scope text, p_window text, p_default_limit_micros bigint, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.set_seat_status(p_seat_id text, p_status text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.set_seat_status(p_seat_id text, p_status text) TO ledger_app;

REVOKE ALL ON FUNCTION public.settle(p_tenant text, p_hold_id uuid, p_award_id uuid, p_kind text, p_amount_micros bigint, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.settle(p_tenant text, p_hold_id uuid, p_award_id uuid, p_kind text, p_amount_micros bigint, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.sweep_holds(p_now_ms bigint, p_since_ms bigint, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.sweep_holds(p_now_ms bigint, p_since_ms bigint, p_limit integer) TO ledger_app;

REVOKE ALL ON FUNCTION public.void_unawarded_holds(p_tenant text, p_hold_ids uuid[], p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.void_unawarded_holds(p_tenant text, p_hold_ids uuid[], p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.window_start(p_window text, p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.window_start(p_window text, p_at timestamp with time zone) TO ledger_app;

REVOKE ALL ON FUNCTION public.withdraw_demonstration(p_tenant text, p_lot_id uuid, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.withdraw_demonstration(p_tenant text, p_lot_id uuid, p_now_ms bigint) TO ledger_app;

GRANT SELECT,INSERT ON TABLE public.auctions TO ledger_app;
GRANT SELECT ON TABLE public.auctions TO ledger_keeper;
GRANT SELECT ON TABLE public.auctions TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.awards TO ledger_app;
GRANT SELECT ON TABLE public.awards TO ledger_keeper;
GRANT SELECT ON TABLE public.awards TO ledger_reader;

GRANT SELECT ON TABLE public.awarded_lots TO ledger_app;
GRANT SELECT ON TABLE public.awarded_lots TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.bids TO ledger_app;
GRANT SELECT ON TABLE public.bids TO ledger_keeper;
GRANT SELECT ON TABLE public.bids TO ledger_reader;

GRANT SELECT ON TABLE public.budgets TO ledger_app;
GRANT SELECT ON TABLE public.budgets TO ledger_keeper;
GRANT SELECT ON TABLE public.budgets TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.completions TO ledger_app;
GRANT SELECT ON TABLE public.completions TO ledger_keeper;
GRANT SELECT ON TABLE public.completions TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.demonstrations TO ledger_app;
GRANT SELECT ON TABLE public.demonstrations TO ledger_keeper;
GRANT SELECT ON TABLE public.demonstrations TO ledger_reader;

GRANT SELECT ON TABLE public.current_demonstrations TO ledger_app;
GRANT SELECT ON TABLE public.current_demonstrations TO ledger_reader;

GRANT SELECT ON TABLE public.seat_prices TO ledger_app;
GRANT SELECT ON TABLE public.seat_prices TO ledger_reader;

GRANT SELECT ON TABLE public.current_seat_prices TO ledger_app;
GRANT SELECT ON TABLE public.current_seat_prices TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.executions TO ledger_app;
GRANT SELECT ON TABLE public.executions TO ledger_keeper;
GRANT SELECT ON TABLE public.executions TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.holds TO ledger_app;
GRANT SELECT ON TABLE public.holds TO ledger_keeper;
GRANT SELECT ON TABLE public.holds TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.lots TO ledger_app;
GRANT SELECT ON TABLE public.lots TO ledger_keeper;
GRANT SELECT ON TABLE public.lots TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.outcomes TO ledger_app;
GRANT SELECT ON TABLE public.outcomes TO ledger_keeper;
GRANT SELECT ON TABLE public.outcomes TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.policy_snapshots TO ledger_app;
GRANT SELECT ON TABLE public.policy_snapshots TO ledger_keeper;
GRANT SELECT ON TABLE public.policy_snapshots TO ledger_reader;

GRANT SELECT ON TABLE public.seats TO ledger_app;
GRANT SELECT ON TABLE public.seats TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.settlements TO ledger_app;
GRANT SELECT ON TABLE public.settlements TO ledger_keeper;
GRANT SELECT ON TABLE public.settlements TO ledger_reader;

GRANT SELECT ON TABLE public.task_keys TO ledger_app;
GRANT SELECT ON TABLE public.task_keys TO ledger_keeper;
GRANT SELECT ON TABLE public.task_keys TO ledger_reader;

ALTER DEFAULT PRIVILEGES FOR ROLE ledger_owner IN SCHEMA public GRANT ALL ON FUNCTIONS TO ledger_app;

ALTER DEFAULT PRIVILEGES FOR ROLE ledger_keeper REVOKE ALL ON FUNCTIONS FROM PUBLIC;

ALTER DEFAULT PRIVILEGES FOR ROLE ledger_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;
