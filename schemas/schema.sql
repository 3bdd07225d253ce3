-- The schema after all migrations: for reading, and for a test that keeps it true. Never applied.
-- Written by `python -m tests.database.dump_schema`.

CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;

COMMENT ON EXTENSION vector IS 'vector data type and ivfflat and hnsw access methods';

CREATE TYPE public.auction_entry AS (
	now_ms bigint,
	auction_id uuid,
	lot_id uuid,
	attempt integer,
	round integer,
	policy_version integer,
	multiplier double precision,
	tmax_ms bigint,
	pace_low double precision,
	pace_high double precision,
	pace_high_share double precision,
	uniform_share double precision,
	purse_micros bigint,
	explored boolean,
	hold boolean,
	default_limit_micros bigint,
	lease_ms bigint,
	award_id uuid,
	hold_id uuid,
	hold_micros bigint,
	price_micros bigint,
	propensity double precision,
	bid_price_micros bigint[],
	bid_hold_micros bigint[],
	bid_quality_mean double precision[],
	bid_quality_sd double precision[],
	bid_latency_ms bigint[],
	bid_input_tokens bigint[],
	bid_output_tokens bigint[],
	bid_price_upper_micros bigint[],
	bid_latency_upper_ms bigint[],
	bid_failure_chance double precision[],
	bid_listed_micros double precision[],
	bid_listed_latency_ms double precision[],
	notice_quality_draw double precision[],
	notice_quality_micros double precision[],
	notice_price_term_micros double precision[],
	notice_delay_micros double precision[],
	notice_score double precision[],
	notice_propensity double precision[],
	tenant text,
	seed text,
	scope text,
	seat_id text,
	runners_up text[],
	bid_seat_id text[],
	bid_demonstrations json,
	notice_reason text[],
	notice_margin_micros double precision[],
	notice_price_to_win_micros bigint[],
	notice_quality_to_win double precision[],
	absent text[],
	absent_reason text[],
	absent_detail text[]
);

ALTER TYPE public.auction_entry OWNER TO ledger_owner;

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
BEGIN
    EXECUTE format('CREATE TABLE %I PARTITION OF %I %s %s', v_name, p_table, p_bounds,
                   CASE p_table WHEN 'auctions' THEN 'WITH (toast_tuple_target = 8160)' END);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_name);
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', p_table || '_append_only', v_name);
    PERFORM refuse_second_rows(p_table, v_name);
END $$;

ALTER FUNCTION public.add_partition(p_table text, p_suffix text, p_bounds text) OWNER TO ledger_owner;

CREATE FUNCTION public.admit_call(p_seat_id text, p_award_id uuid, p_places integer, p_lease_ms bigint, p_now_ms bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_now         timestamptz := from_unix_ms(p_now_ms);
    v_open_until  timestamptz;
    v_places      integer := p_places;
BEGIN
    INSERT INTO seat_circuits (seat_id) VALUES (p_seat_id) ON CONFLICT ON CONSTRAINT seat_circuits_pkey DO NOTHING;
    SELECT open_until INTO v_open_until FROM seat_circuits WHERE seat_id = p_seat_id FOR UPDATE;
    IF EXISTS (SELECT FROM seat_calls WHERE seat_id = p_seat_id AND award_id = p_award_id) THEN
        RETURN true;
    END IF;
    IF v_open_until > v_now THEN
        RETURN false;
    END IF;
    IF v_open_until IS NOT NULL THEN
        v_places := 1;
    END IF;
    DELETE FROM seat_calls WHERE seat_id = p_seat_id AND expires_at <= v_now;
    IF (SELECT count(*) FROM seat_calls WHERE seat_id = p_seat_id) >= v_places THEN
        RETURN false;
    END IF;
    INSERT INTO seat_calls (seat_id, award_id, expires_at)
    VALUES (p_seat_id, p_award_id, from_unix_ms(p_now_ms + p_lease_ms));
    RETURN true;
END $$;

ALTER FUNCTION public.admit_call(p_seat_id text, p_award_id uuid, p_places integer, p_lease_ms bigint, p_now_ms bigint) OWNER TO ledger_owner;

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

CREATE FUNCTION public.append_receipt(p_batch bigint, p_from bigint, p_to bigint, p_leaf_count bigint, p_root bytea, p_sealed_at_ms bigint, p_previous bytea, p_chain_hash bytea, p_algorithm text, p_key_id text, p_signature bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION public.append_receipt(p_batch bigint, p_from bigint, p_to bigint, p_leaf_count bigint, p_root bytea, p_sealed_at_ms bigint, p_previous bytea, p_chain_hash bytea, p_algorithm text, p_key_id text, p_signature bytea) OWNER TO ledger_keeper;

CREATE FUNCTION public.as_tenant(p_tenant text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
END $$;

ALTER FUNCTION public.as_tenant(p_tenant text) OWNER TO ledger_owner;

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
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    pace_low double precision,
    pace_high double precision,
    pace_high_share double precision,
    uniform_share double precision,
    purse_micros bigint,
    explored boolean,
    bidders text[],
    bid_price_micros bigint[],
    bid_price_upper_micros bigint[],
    bid_hold_micros bigint[],
    bid_quality_mean double precision[],
    bid_quality_sd double precision[],
    bid_latency_ms bigint[],
    bid_latency_upper_ms bigint[],
    bid_input_tokens bigint[],
    bid_output_tokens bigint[],
    bid_failure_chance double precision[],
    bid_listed_micros double precision[],
    bid_listed_latency_ms double precision[],
    bid_demonstrations json,
    notice_reason text[],
    notice_quality_draw double precision[],
    notice_quality_micros double precision[],
    notice_price_term_micros double precision[],
    notice_delay_micros double precision[],
    notice_score double precision[],
    notice_propensity double precision[],
    notice_margin_micros double precision[],
    notice_price_to_win_micros bigint[],
    notice_quality_to_win double precision[],
    absent text[],
    absent_reason text[],
    absent_detail text[],
    CONSTRAINT auctions_purse_not_negative CHECK ((purse_micros >= 0))
)
PARTITION BY RANGE (auction_id);

ALTER TABLE ONLY public.auctions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.auctions OWNER TO ledger_owner;

CREATE FUNCTION public.auctions_of_lot(p_tenant text, p_lot_id uuid) RETURNS SETOF public.auctions
    LANGUAGE plpgsql STABLE ROWS 10
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    RETURN QUERY
    SELECT * FROM auctions
    WHERE tenant = p_tenant AND lot_id = p_lot_id
      AND auction_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id)
    ORDER BY attempt, round;
END $$;

ALTER FUNCTION public.auctions_of_lot(p_tenant text, p_lot_id uuid) OWNER TO ledger_owner;

CREATE FUNCTION public.authority(p_source text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_position(ARRAY['failure'::text, 'checks'::text, 'judge'::text, 'human'::text], p_source);

ALTER FUNCTION public.authority(p_source text) OWNER TO ledger_owner;

CREATE FUNCTION public.autonomies(p_tenant text, p_good_enough double precision) RETURNS TABLE(category text, streak integer, lost_at timestamp with time zone)
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    RETURN QUERY
    WITH judged AS (
        SELECT a.category, a.verdict, a.decided_at,
               a.verdict IN ('edited', 'rejected')
               OR (a.verdict = 'autonomous' AND EXISTS (
                   SELECT FROM outcomes AS o
                   WHERE o.tenant = a.tenant AND o.award_id = a.award_id AND o.source = 'human' AND o.reward < p_good_enough
                     AND o.outcome_id BETWEEN first_id_of(a.award_id) AND last_id_of(a.award_id)
               )) AS bad
        FROM decided_approvals AS a
        WHERE a.tenant = p_tenant
    ), ends AS (
        SELECT j.category, max(j.decided_at) FILTER (WHERE j.bad) AS lost_at FROM judged AS j GROUP BY j.category
    )
    SELECT e.category,
           (SELECT count(*)::integer FROM judged AS j
            WHERE j.category = e.category AND j.verdict = 'approved' AND NOT j.bad
              AND (e.lost_at IS NULL OR j.decided_at > e.lost_at)),
           e.lost_at
    FROM ends AS e
    ORDER BY e.category;
END $$;

ALTER FUNCTION public.autonomies(p_tenant text, p_good_enough double precision) OWNER TO ledger_owner;

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
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL
)
PARTITION BY RANGE (award_id);

ALTER TABLE ONLY public.awards FORCE ROW LEVEL SECURITY;

ALTER TABLE public.awards OWNER TO ledger_owner;

CREATE FUNCTION public.awards_of_lot(p_tenant text, p_lot_id uuid) RETURNS SETOF public.awards
    LANGUAGE plpgsql STABLE ROWS 10
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    RETURN QUERY
    SELECT a.*
    FROM auctions AS u
    JOIN awards AS a USING (tenant, auction_id)
    WHERE u.tenant = p_tenant AND u.lot_id = p_lot_id
      AND u.auction_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id)
      AND a.award_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id);
END $$;

ALTER FUNCTION public.awards_of_lot(p_tenant text, p_lot_id uuid) OWNER TO ledger_owner;

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
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    personal_salt uuid,
    personal_digest bytea,
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

CREATE FUNCTION public.awards_of_tasks(p_tenant text, p_task_ids uuid[]) RETURNS uuid[]
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT COALESCE(array_agg(a.award_id), '{}'::uuid[]) AS "coalesce"
    FROM ((public.lots l
      JOIN public.auctions u ON (((u.tenant = l.tenant) AND (u.lot_id = l.lot_id))))
      JOIN public.awards a ON (((a.tenant = u.tenant) AND (a.auction_id = u.auction_id))))
   WHERE ((l.tenant = awards_of_tasks.p_tenant) AND (l.task_id = ANY (awards_of_tasks.p_task_ids)));
END;

ALTER FUNCTION public.awards_of_tasks(p_tenant text, p_task_ids uuid[]) OWNER TO ledger_owner;

CREATE FUNCTION public.batch_end(p_from bigint, p_rows_max bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
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
END $_$;

ALTER FUNCTION public.batch_end(p_from bigint, p_rows_max bigint) OWNER TO ledger_keeper;

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
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
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
    CONSTRAINT bids_propensity_is_a_chance CHECK (((propensity >= (0)::double precision) AND (propensity <= (1.000001)::double precision))),
    CONSTRAINT bids_quote_or_reason CHECK ((num_nulls(price_micros, hold_micros, quality_mean, quality_sd, latency_ms, input_tokens, output_tokens) =
CASE
    WHEN (no_bid_reason IS NULL) THEN 0
    ELSE 7
END)),
    CONSTRAINT bids_upper_not_negative CHECK ((price_upper_micros >= 0))
)
PARTITION BY RANGE (auction_id);

ALTER TABLE ONLY public.bids FORCE ROW LEVEL SECURITY;

ALTER TABLE public.bids OWNER TO ledger_owner;

CREATE FUNCTION public.bids_of_lot(p_tenant text, p_lot_id uuid) RETURNS SETOF public.bids
    LANGUAGE plpgsql STABLE ROWS 10
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    RETURN QUERY
    SELECT b.*
    FROM auctions AS u
    JOIN bids AS b USING (tenant, auction_id)
    WHERE u.tenant = p_tenant AND u.lot_id = p_lot_id AND u.bidders IS NULL
      AND u.auction_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id)
      AND b.auction_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id);
END $$;

ALTER FUNCTION public.bids_of_lot(p_tenant text, p_lot_id uuid) OWNER TO ledger_owner;

CREATE FUNCTION public.blank_columns(p_table text, p_blanks text, p_where text, p_tenant text, p_ids uuid[]) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = p_table::regclass AND attname = 'personal_salt') THEN
        p_blanks := p_blanks || ', personal_salt = NULL';
    END IF;
    EXECUTE format('UPDATE %I SET %s WHERE tenant = $1 AND %s = ANY ($2)', p_table, p_blanks, p_where) USING p_tenant, p_ids;
END $_$;

ALTER FUNCTION public.blank_columns(p_table text, p_blanks text, p_where text, p_tenant text, p_ids uuid[]) OWNER TO ledger_owner;

CREATE FUNCTION public.blockers_of_month(p_month text, OUT open_holds bigint, OUT unfolded_outcomes bigint, OUT running_tasks bigint, OUT unsealed_rows bigint) RETURNS record
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

ALTER FUNCTION public.blockers_of_month(p_month text, OUT open_holds bigint, OUT unfolded_outcomes bigint, OUT running_tasks bigint, OUT unsealed_rows bigint) OWNER TO ledger_owner;

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

CREATE FUNCTION public.complete_execution(p_tenant text, p_award_id uuid, p_status text, p_reason text, p_detail text, p_input_tokens bigint, p_output_tokens bigint, p_cpu_ms bigint, p_cost_micros bigint, p_latency_ms bigint, p_output json, p_road text, p_raw_key text, p_now_ms bigint, p_cache_read_tokens bigint DEFAULT NULL::bigint, p_cache_write_tokens bigint DEFAULT NULL::bigint, p_tries integer DEFAULT NULL::integer) RETURNS void
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO completions (tenant, award_id, status, reason, detail, input_tokens, output_tokens, cpu_ms, cost_micros,
                             latency_ms, output, road, raw_key, completed_at, cache_read_tokens, cache_write_tokens, tries)
    VALUES (p_tenant, p_award_id, p_status, p_reason, p_detail, p_input_tokens, p_output_tokens, p_cpu_ms,
            p_cost_micros, p_latency_ms, p_output, p_road, p_raw_key, from_unix_ms(p_now_ms), p_cache_read_tokens,
            p_cache_write_tokens, p_tries)
    ON CONFLICT ON CONSTRAINT completions_pkey DO NOTHING;
END $$;

ALTER FUNCTION public.complete_execution(p_tenant text, p_award_id uuid, p_status text, p_reason text, p_detail text, p_input_tokens bigint, p_output_tokens bigint, p_cpu_ms bigint, p_cost_micros bigint, p_latency_ms bigint, p_output json, p_road text, p_raw_key text, p_now_ms bigint, p_cache_read_tokens bigint, p_cache_write_tokens bigint, p_tries integer) OWNER TO ledger_owner;

CREATE FUNCTION public.completions_digest() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                NEW.personal_salt := gen_random_uuid();
                NEW.personal_digest := sha256(
                    uuid_send(NEW.personal_salt)
                    || E'\\x0664657461696c'::bytea || int4send(octet_length(NEW.detail::text)) || convert_to(NEW.detail::text, 'UTF8')
            || coalesce(E'\\x066f7574707574'::bytea || int4send(octet_length(NEW.output::text)) || convert_to(NEW.output::text, 'UTF8'), '')
                );
                RETURN NEW;
            END $$;

ALTER FUNCTION public.completions_digest() OWNER TO ledger_owner;

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
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    personal_salt uuid,
    personal_digest bytea,
    cache_read_tokens bigint,
    cache_write_tokens bigint,
    tries integer,
    CONSTRAINT completions_cost_not_negative CHECK ((cost_micros >= 0)),
    CONSTRAINT completions_latency_not_negative CHECK ((latency_ms >= 0)),
    CONSTRAINT completions_output_if_succeeded CHECK (((output IS NOT NULL) = (status = 'succeeded'::text))),
    CONSTRAINT completions_status_known CHECK ((status = ANY (ARRAY['succeeded'::text, 'failed'::text]))),
    CONSTRAINT completions_tries_from_one CHECK ((tries >= 1)),
    CONSTRAINT completions_usage_is_whole CHECK (((input_tokens IS NULL) = (output_tokens IS NULL)))
)
PARTITION BY RANGE (award_id);

ALTER TABLE ONLY public.completions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.completions OWNER TO ledger_owner;

CREATE FUNCTION public.completions_of_lot(p_tenant text, p_lot_id uuid) RETURNS SETOF public.completions
    LANGUAGE plpgsql STABLE ROWS 10
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    RETURN QUERY
    SELECT c.*
    FROM awards_of_lot(p_tenant, p_lot_id) AS a
    JOIN completions AS c USING (tenant, award_id)
    WHERE c.award_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id);
END $$;

ALTER FUNCTION public.completions_of_lot(p_tenant text, p_lot_id uuid) OWNER TO ledger_owner;

CREATE FUNCTION public.cover_with_leaf(p_table regclass, p_mutable text[] DEFAULT '{}'::text[], p_personal text[] DEFAULT '{}'::text[]) RETURNS void
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

ALTER FUNCTION public.cover_with_leaf(p_table regclass, p_mutable text[], p_personal text[]) OWNER TO ledger_owner;

CREATE TABLE public.approval_decisions (
    tenant text NOT NULL,
    approval_id uuid NOT NULL,
    verdict text NOT NULL,
    decided_by text NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT approval_decisions_verdict_known CHECK ((verdict = ANY (ARRAY['approved'::text, 'edited'::text, 'rejected'::text, 'expired'::text, 'autonomous'::text])))
);

ALTER TABLE ONLY public.approval_decisions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.approval_decisions OWNER TO ledger_owner;

CREATE TABLE public.approvals (
    tenant text NOT NULL,
    approval_id uuid NOT NULL,
    task_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    award_id uuid NOT NULL,
    category text NOT NULL,
    because text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    escalates_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT approvals_because_known CHECK ((because = ANY (ARRAY['kind'::text, 'low_confidence'::text]))),
    CONSTRAINT approvals_escalate_first CHECK (((created_at < escalates_at) AND (escalates_at < expires_at)))
);

ALTER TABLE ONLY public.approvals FORCE ROW LEVEL SECURITY;

ALTER TABLE public.approvals OWNER TO ledger_owner;

CREATE VIEW public.decided_approvals WITH (security_invoker='true') AS
 SELECT a.tenant,
    a.approval_id,
    a.task_id,
    a.lot_id,
    a.award_id,
    a.category,
    a.because,
    a.created_at,
    a.escalates_at,
    a.expires_at,
    d.verdict,
    d.decided_by,
    d.decided_at
   FROM (public.approvals a
     LEFT JOIN public.approval_decisions d USING (tenant, approval_id));

ALTER VIEW public.decided_approvals OWNER TO ledger_owner;

CREATE FUNCTION public.decide_approval(p_tenant text, p_approval_id uuid, p_verdict text, p_by text, p_now_ms bigint) RETURNS SETOF public.decided_approvals
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO approval_decisions (tenant, approval_id, verdict, decided_by, decided_at)
    SELECT p_tenant, p_approval_id, p_verdict, p_by, from_unix_ms(p_now_ms)
    FROM approvals WHERE tenant = p_tenant AND approval_id = p_approval_id
    ON CONFLICT ON CONSTRAINT approval_decisions_pkey DO NOTHING;
    RETURN QUERY SELECT * FROM decided_approvals WHERE tenant = p_tenant AND approval_id = p_approval_id;
END $$;

ALTER FUNCTION public.decide_approval(p_tenant text, p_approval_id uuid, p_verdict text, p_by text, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.demonstrations_digest() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                NEW.personal_salt := gen_random_uuid();
                NEW.personal_digest := sha256(
                    uuid_send(NEW.personal_salt)
                    || coalesce(E'\\x09656d62656464696e67'::bytea || int4send(octet_length(NEW.embedding::text)) || convert_to(NEW.embedding::text, 'UTF8'), '')
            || coalesce(E'\\x066f7574707574'::bytea || int4send(octet_length(NEW.output::text)) || convert_to(NEW.output::text, 'UTF8'), '')
            || E'\\x0474657874'::bytea || int4send(octet_length(NEW.text::text)) || convert_to(NEW.text::text, 'UTF8')
                );
                RETURN NEW;
            END $$;

ALTER FUNCTION public.demonstrations_digest() OWNER TO ledger_owner;

CREATE FUNCTION public.drop_month(p_month text, p_rows json, p_manifest_sha256 bytea, p_now_ms bigint) RETURNS void
    LANGUAGE plpgsql
    SET lock_timeout TO '10s'
    AS $_$
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
END $_$;

ALTER FUNCTION public.drop_month(p_month text, p_rows json, p_manifest_sha256 bytea, p_now_ms bigint) OWNER TO ledger_owner;

CREATE TABLE public.entities (
    tenant text NOT NULL,
    entity_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    CONSTRAINT entities_kind_known CHECK ((kind = ANY (ARRAY['sender'::text, 'organisation'::text, 'thread'::text, 'topic'::text, 'task'::text, 'seat'::text, 'outcome'::text])))
);

ALTER TABLE ONLY public.entities FORCE ROW LEVEL SECURITY;

ALTER TABLE public.entities OWNER TO ledger_owner;

CREATE FUNCTION public.entities_by_id(p_tenant text, p_entity_ids uuid[]) RETURNS SETOF public.entities
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    RETURN QUERY SELECT * FROM entities WHERE tenant = p_tenant AND entity_id = ANY (p_entity_ids) ORDER BY entity_id;
END $$;

ALTER FUNCTION public.entities_by_id(p_tenant text, p_entity_ids uuid[]) OWNER TO ledger_owner;

CREATE FUNCTION public.erase_tasks(p_tenant text, p_erasure_id uuid, p_erased_by text, p_task_ids uuid[], p_objects bigint, p_now_ms bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
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
END $_$;

ALTER FUNCTION public.erase_tasks(p_tenant text, p_erasure_id uuid, p_erased_by text, p_task_ids uuid[], p_objects bigint, p_now_ms bigint) OWNER TO ledger_owner;

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

CREATE FUNCTION public.first_choices(p_tenant text, p_after uuid) RETURNS TABLE(auction_id uuid, lot_id uuid, multiplier double precision, award_id uuid, seat_id text, propensity double precision)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT u.auction_id,
     u.lot_id,
     u.multiplier,
     a.award_id,
     a.seat_id,
     a.propensity
    FROM (public.auctions u
      JOIN public.awards a USING (tenant, auction_id))
   WHERE ((u.tenant = first_choices.p_tenant) AND (u.round = 1) AND (u.auction_id > COALESCE(first_choices.p_after, '00000000-0000-0000-0000-000000000000'::uuid)) AND (NOT (EXISTS ( SELECT
            FROM public.auctions earlier
           WHERE ((earlier.tenant = u.tenant) AND (earlier.lot_id = u.lot_id) AND (earlier.round = 1) AND (earlier.attempt < u.attempt))))));
END;

ALTER FUNCTION public.first_choices(p_tenant text, p_after uuid) OWNER TO ledger_owner;

CREATE FUNCTION public.first_id_at(p_ms bigint) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((lpad(to_hex(p_ms), 12, '0'::text) || repeat('0'::text, 20)))::uuid;

ALTER FUNCTION public.first_id_at(p_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.first_id_of(p_id uuid) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (("left"((p_id)::text, 13) || '-0000-0000-000000000000'::text))::uuid;

ALTER FUNCTION public.first_id_of(p_id uuid) OWNER TO ledger_owner;

CREATE FUNCTION public.first_id_of_month(p_month text) RETURNS uuid
    LANGUAGE sql STABLE
    RETURN public.first_id_at(((EXTRACT(epoch FROM (to_date(p_month, 'YYYY_MM'::text))::timestamp without time zone) * (1000)::numeric))::bigint);

ALTER FUNCTION public.first_id_of_month(p_month text) OWNER TO ledger_owner;

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

CREATE FUNCTION public.history_of_lot(p_tenant text, p_lot_id uuid) RETURNS json
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    v_set  text := set_config('atomic.tenant', p_tenant, true);
BEGIN
    RETURN (
        SELECT json_build_object(
            'lot', l,
            'auctions', (SELECT json_agg(u) FROM auctions_of_lot(p_tenant, p_lot_id) AS u),
            'bids', (SELECT json_agg(b) FROM bids_of_lot(p_tenant, p_lot_id) AS b),
            'awards', (SELECT json_agg(a) FROM awards_of_lot(p_tenant, p_lot_id) AS a),
            'completions', (SELECT json_agg(c) FROM completions_of_lot(p_tenant, p_lot_id) AS c),
            'settlements', (SELECT json_agg(s) FROM settlements_of_lot(p_tenant, p_lot_id) AS s),
            'outcomes', (SELECT json_agg(o) FROM outcomes_of_lot(p_tenant, p_lot_id) AS o)
        )
        FROM lot_of_id(p_tenant, p_lot_id) AS l
    );
END $$;

ALTER FUNCTION public.history_of_lot(p_tenant text, p_lot_id uuid) OWNER TO ledger_owner;

CREATE FUNCTION public.keep_deferral(p_tenant text, p_award_id uuid, p_worker text, p_now_ms bigint, p_lease_ms bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    UPDATE deferrals SET lease_until = from_unix_ms(p_now_ms + p_lease_ms)
    WHERE tenant = p_tenant AND award_id = p_award_id AND worker = p_worker AND expires_at > from_unix_ms(p_now_ms)
      AND EXISTS (SELECT FROM open_deferrals AS o WHERE o.tenant = p_tenant AND o.award_id = p_award_id);
    RETURN FOUND;
END $$;

ALTER FUNCTION public.keep_deferral(p_tenant text, p_award_id uuid, p_worker text, p_now_ms bigint, p_lease_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.last_id_of(p_id uuid) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (("left"((p_id)::text, 13) || '-ffff-ffff-ffffffffffff'::text))::uuid;

ALTER FUNCTION public.last_id_of(p_id uuid) OWNER TO ledger_owner;

CREATE FUNCTION public.leaf_field(p_row text, p_column text, p_type regtype, p_not_null boolean) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $_$
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
END $_$;

ALTER FUNCTION public.leaf_field(p_row text, p_column text, p_type regtype, p_not_null boolean) OWNER TO ledger_owner;

CREATE FUNCTION public.leaf_fields(p_row text, p_table regclass, p_columns text[]) RETURNS text
    LANGUAGE sql STABLE
    RETURN (SELECT string_agg(public.leaf_field(leaf_fields.p_row, (pg_attribute.attname)::text, (pg_attribute.atttypid)::regtype, pg_attribute.attnotnull), '
            || '::text ORDER BY (pg_attribute.attname COLLATE "C")) AS string_agg FROM pg_attribute WHERE ((pg_attribute.attrelid = (leaf_fields.p_table)::oid) AND (pg_attribute.attname = ANY (leaf_fields.p_columns))));

ALTER FUNCTION public.leaf_fields(p_row text, p_table regclass, p_columns text[]) OWNER TO ledger_owner;

CREATE TABLE public.covered_columns (
    table_name text NOT NULL,
    version integer NOT NULL,
    leaf text[] NOT NULL,
    personal text[] NOT NULL
);

ALTER TABLE public.covered_columns OWNER TO ledger_owner;

CREATE VIEW public.current_covers WITH (security_invoker='true') AS
 SELECT DISTINCT ON (table_name) table_name,
    version,
    leaf,
    personal
   FROM public.covered_columns
  ORDER BY table_name, version DESC;

ALTER VIEW public.current_covers OWNER TO ledger_owner;

CREATE FUNCTION public.leaf_of(p_row text, p_table text) RETURNS text
    LANGUAGE sql STABLE
    RETURN (SELECT format('sha256(%L::bytea || %s)'::text, (('\x00'::bytea || decode(lpad(to_hex(octet_length(leaf_of.p_table)), 2, '0'::text), 'hex'::text)) || convert_to(leaf_of.p_table, 'UTF8'::name)), public.leaf_fields(leaf_of.p_row, (leaf_of.p_table)::regclass, current_covers.leaf)) AS format FROM public.current_covers WHERE (current_covers.table_name = leaf_of.p_table));

ALTER FUNCTION public.leaf_of(p_row text, p_table text) OWNER TO ledger_owner;

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

CREATE FUNCTION public.leaves_between(p_from bigint, p_to bigint) RETURNS TABLE(table_name text, part integer, keys text, leaves bytea)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
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
END $_$;

ALTER FUNCTION public.leaves_between(p_from bigint, p_to bigint) OWNER TO ledger_keeper;

CREATE FUNCTION public.leaves_to_seal(p_from bigint, p_to bigint) RETURNS SETOF bytea
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    BEGIN ATOMIC
 SELECT leaves_between.leaves
    FROM public.leaves_between(leaves_to_seal.p_from, leaves_to_seal.p_to) leaves_between(table_name, part, keys, leaves);
END;

ALTER FUNCTION public.leaves_to_seal(p_from bigint, p_to bigint) OWNER TO ledger_keeper;

CREATE FUNCTION public.link_submission(p_tenant text, p_submission_id uuid, p_task_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    UPDATE submissions SET task_id = coalesce(task_id, p_task_id)
    WHERE tenant = p_tenant AND submission_id = p_submission_id;
    RETURN FOUND;
END $$;

ALTER FUNCTION public.link_submission(p_tenant text, p_submission_id uuid, p_task_id uuid) OWNER TO ledger_owner;

CREATE FUNCTION public.logged_auctions(p_tenant text, p_after uuid, p_upto uuid) RETURNS TABLE(auction_id uuid, value_micros bigint, delay_micros_per_second bigint, multiplier double precision, seat_id text, propensity double precision, reward double precision, cost_micros bigint, bids json)
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    RETURN QUERY
    SELECT c.auction_id, l.value_micros, l.delay_micros_per_second, c.multiplier, c.seat_id, c.propensity, o.reward,
           e.cost_micros, b.bids
    FROM first_choices(p_tenant, p_after) AS c
    JOIN lots AS l ON l.tenant = p_tenant AND l.lot_id = c.lot_id
    LEFT JOIN completions AS e ON e.tenant = p_tenant AND e.award_id = c.award_id
    LEFT JOIN LATERAL (
        SELECT j.reward FROM outcomes AS j
        WHERE j.tenant = p_tenant AND j.award_id = c.award_id AND j.stands AND j.reward IS NOT NULL
        ORDER BY j.xact_id DESC
        LIMIT 1
    ) AS o ON true
    CROSS JOIN LATERAL (
        SELECT json_agg(json_build_object(
            'seat_id', q.seat_id, 'price_micros', q.price_micros, 'quality_mean', q.quality_mean,
            'quality_sd', q.quality_sd, 'latency_ms', q.latency_ms
        ) ORDER BY q.seat_id COLLATE "C") AS bids
        FROM all_bids AS q
        WHERE q.tenant = p_tenant AND q.auction_id = c.auction_id AND q.loss_reason IN ('won', 'outscored')
    ) AS b
    WHERE c.auction_id <= p_upto
    ORDER BY c.auction_id;
END $$;

ALTER FUNCTION public.logged_auctions(p_tenant text, p_after uuid, p_upto uuid) OWNER TO ledger_owner;

CREATE FUNCTION public.lot_of_id(p_tenant text, p_lot_id uuid) RETURNS SETOF public.lots
    LANGUAGE plpgsql STABLE ROWS 1
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    RETURN QUERY SELECT * FROM lots WHERE tenant = p_tenant AND lot_id = p_lot_id;
END $$;

ALTER FUNCTION public.lot_of_id(p_tenant text, p_lot_id uuid) OWNER TO ledger_owner;

CREATE FUNCTION public.lots_digest() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
            BEGIN
                NEW.personal_salt := gen_random_uuid();
                NEW.personal_digest := sha256(
                    uuid_send(NEW.personal_salt)
                    || E'\\x0470617274'::bytea || int4send(octet_length(NEW.part::text)) || convert_to(NEW.part::text, 'UTF8')
                );
                RETURN NEW;
            END $$;

ALTER FUNCTION public.lots_digest() OWNER TO ledger_owner;

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

CREATE FUNCTION public.market_gauges(p_now_ms bigint, p_since_ms bigint) RETURNS TABLE(budget_used double precision, concentration double precision, wins bigint, open_holds bigint, oldest_hold_ms bigint, unsealed_ms bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    WITH budget AS (
        SELECT max((spent_micros + held_micros)::double precision / limit_micros) AS used
        FROM budgets
        WHERE limit_micros > 0 AND starts_at = window_start(time_window, from_unix_ms(p_now_ms))
    ), seat AS (
        SELECT count(*) AS wins FROM awards
        WHERE created_at >= from_unix_ms(p_since_ms)
        GROUP BY seat_id
    ), win AS (
        SELECT coalesce(sum(wins), 0)::bigint AS wins,
               sum(wins::double precision ^ 2) / nullif(sum(wins), 0)::double precision ^ 2 AS concentration
        FROM seat
    ), open_hold AS (
        SELECT count(*) AS holds, min(h.created_at) AS oldest
        FROM holds AS h
        WHERE h.created_at >= from_unix_ms(p_since_ms)
          AND NOT EXISTS (SELECT FROM settlements AS s WHERE s.tenant = h.tenant AND s.hold_id = h.hold_id)
    ), unsealed AS (
        SELECT min(created_at) AS oldest FROM awards
        WHERE xact_number(xact_id) >= coalesce((SELECT max(xact_number(to_xact)) FROM receipts), 0)
    )
    SELECT budget.used, win.concentration, win.wins, open_hold.holds,
           coalesce(greatest(0, p_now_ms - floor(extract(epoch FROM open_hold.oldest) * 1000)::bigint), 0),
           coalesce(greatest(0, p_now_ms - floor(extract(epoch FROM unsealed.oldest) * 1000)::bigint), 0)
    FROM budget, win, open_hold, unsealed
$$;

ALTER FUNCTION public.market_gauges(p_now_ms bigint, p_since_ms bigint) OWNER TO ledger_keeper;

CREATE FUNCTION public.partitioned_tables() RETURNS text[]
    LANGUAGE sql IMMUTABLE
    RETURN ARRAY['holds'::text, 'auctions'::text, 'bids'::text, 'awards'::text, 'executions'::text, 'completions'::text, 'settlements'::text, 'outcomes'::text];

ALTER FUNCTION public.partitioned_tables() OWNER TO ledger_owner;

CREATE TABLE public.holds (
    tenant text NOT NULL,
    hold_id uuid NOT NULL,
    amount_micros bigint NOT NULL,
    scope text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT holds_amount_not_negative CHECK ((amount_micros >= 0))
)
PARTITION BY RANGE (hold_id);

ALTER TABLE ONLY public.holds FORCE ROW LEVEL SECURITY;

ALTER TABLE public.holds OWNER TO ledger_owner;

CREATE FUNCTION public.months_before(p_day date) RETURNS SETOF text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT "right"((pg_class.relname)::text, 7) AS "right"
    FROM (pg_class
      JOIN pg_inherits ON ((pg_inherits.inhrelid = pg_class.oid)))
   WHERE ((pg_inherits.inhparent = ('public.holds'::regclass)::oid) AND (pg_class.relname ~ '^holds_\d{4}_\d{2}$'::text) AND ((to_date("right"((pg_class.relname)::text, 7), 'YYYY_MM'::text) + '1 mon'::interval) <= months_before.p_day) AND (NOT (EXISTS ( SELECT
            FROM unnest(public.partitioned_tables()) t(t)
           WHERE (to_regclass(((t.t || '_'::text) || "right"((pg_class.relname)::text, 7))) IS NULL)))))
   ORDER BY ("right"((pg_class.relname)::text, 7));
END;

ALTER FUNCTION public.months_before(p_day date) OWNER TO ledger_owner;

CREATE FUNCTION public.nearest_entities(p_tenant text, p_entity_id uuid, p_kind text, p_limit integer) RETURNS TABLE(entity_id uuid, kind text, name text, similarity double precision)
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    v_query vector;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    PERFORM set_config('hnsw.iterative_scan', 'strict_order', true);
    SELECT m.embedding INTO v_query FROM entity_embeddings AS m WHERE m.tenant = p_tenant AND m.entity_id = p_entity_id;
    IF vector_dims(v_query) = 384 THEN
        RETURN QUERY
        SELECT e.entity_id, e.kind, e.name, 1 - near.distance
        FROM (
            SELECT m.entity_id, m.embedding::halfvec(384) <=> v_query::halfvec(384) AS distance
            FROM entity_embeddings AS m
            WHERE m.tenant = p_tenant AND m.kind = p_kind AND vector_dims(m.embedding) = 384
              AND m.entity_id <> p_entity_id
            ORDER BY m.embedding::halfvec(384) <=> v_query::halfvec(384)
            LIMIT p_limit
        ) AS near
        JOIN entities AS e ON e.tenant = p_tenant AND e.entity_id = near.entity_id
        ORDER BY near.distance, e.entity_id;
    ELSE
        RETURN QUERY
        SELECT e.entity_id, e.kind, e.name, 1 - (m.embedding <=> v_query) AS likeness
        FROM entity_embeddings AS m
        JOIN entities AS e ON e.tenant = p_tenant AND e.entity_id = m.entity_id
        WHERE m.tenant = p_tenant AND m.kind = p_kind AND m.entity_id <> p_entity_id
          AND vector_dims(m.embedding) = vector_dims(v_query)
        ORDER BY likeness DESC, e.entity_id
        LIMIT p_limit;
    END IF;
END $$;

ALTER FUNCTION public.nearest_entities(p_tenant text, p_entity_id uuid, p_kind text, p_limit integer) OWNER TO ledger_owner;

CREATE FUNCTION public.neighbourhood(p_tenant text, p_roots uuid[], p_hops integer, p_cap integer, p_kinds text[], p_data_classes text[]) RETURNS TABLE(source_id uuid, source_kind text, source_name text, kind text, target_id uuid, target_kind text, target_name text, data_class text, weight bigint, first_seen timestamp with time zone, last_seen timestamp with time zone, hop integer)
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    v_frontier  uuid[] := p_roots;
    v_expanded  uuid[] := '{}';
    v_found     uuid[];
    v_all       uuid[] := '{}';
    v_hops      integer[] := '{}';
    v_ends      uuid[];
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    FOR v_hop IN 1 .. p_hops LOOP
        SELECT coalesce(array_agg(DISTINCT near.relation_id), '{}'), array_agg(near.other)
        INTO v_found, v_ends
        FROM (SELECT e.entity_id, e.kind FROM entities AS e WHERE e.tenant = p_tenant AND e.entity_id = ANY (v_frontier)) AS here
        CROSS JOIN LATERAL (
            SELECT ranked.relation_id, ranked.other
            FROM (
                SELECT r.relation_id, r.target_id AS other, r.last_seen, r.rank
                FROM relation_ends() AS k
                CROSS JOIN LATERAL (
                    SELECT o.relation_id, o.target_id, o.last_seen, row_number() OVER () AS rank
                    FROM (
                        SELECT o.relation_id, o.target_id, o.last_seen
                        FROM relations AS o
                        WHERE o.tenant = p_tenant AND o.source_id = here.entity_id AND o.kind = k.kind
                          AND o.data_class = ANY (p_data_classes) AND o.target_id <> ALL (v_expanded)
                        ORDER BY o.last_seen DESC, o.relation_id
                        LIMIT p_cap
                    ) AS o
                ) AS r
                WHERE k.source_kind = here.kind AND k.kind = ANY (p_kinds)
                UNION ALL
                SELECT r.relation_id, r.source_id, r.last_seen, r.rank
                FROM relation_ends() AS k
                CROSS JOIN LATERAL (
                    SELECT o.relation_id, o.source_id, o.last_seen, row_number() OVER () AS rank
                    FROM (
                        SELECT o.relation_id, o.source_id, o.last_seen
                        FROM relations AS o
                        WHERE o.tenant = p_tenant AND o.target_id = here.entity_id AND o.kind = k.kind
                          AND o.data_class = ANY (p_data_classes) AND o.source_id <> ALL (v_expanded)
                        ORDER BY o.last_seen DESC, o.relation_id
                        LIMIT p_cap
                    ) AS o
                ) AS r
                WHERE k.target_kind = here.kind AND k.kind = ANY (p_kinds)
            ) AS ranked
            ORDER BY ranked.rank, ranked.last_seen DESC, ranked.relation_id
            LIMIT p_cap
        ) AS near;
        EXIT WHEN v_found = '{}';
        v_all := v_all || v_found;
        v_hops := v_hops || array_fill(v_hop, ARRAY[cardinality(v_found)]);
        v_expanded := v_expanded || v_frontier;
        v_frontier := ARRAY(SELECT unnest(v_ends) EXCEPT SELECT unnest(v_expanded));
    END LOOP;

    RETURN QUERY
    SELECT r.source_id, s.kind, s.name, r.kind, r.target_id, t.kind, t.name, r.data_class, r.weight, r.first_seen,
           r.last_seen, f.hop
    FROM unnest(v_all, v_hops) AS f (relation_id, hop)
    JOIN relations AS r ON r.tenant = p_tenant AND r.relation_id = f.relation_id
    JOIN entities AS s ON s.tenant = p_tenant AND s.entity_id = r.source_id
    JOIN entities AS t ON t.tenant = p_tenant AND t.entity_id = r.target_id
    ORDER BY f.hop, r.last_seen DESC, r.relation_id;
END $$;

ALTER FUNCTION public.neighbourhood(p_tenant text, p_roots uuid[], p_hops integer, p_cap integer, p_kinds text[], p_data_classes text[]) OWNER TO ledger_owner;

CREATE FUNCTION public.note_narrower_budget() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE budgets SET narrowed = true WHERE tenant = NEW.tenant AND scope = '*' AND time_window = 'total' AND NOT narrowed;
    RETURN NULL;
END $$;

ALTER FUNCTION public.note_narrower_budget() OWNER TO ledger_owner;

CREATE FUNCTION public.object_keys_of_tasks(p_tenant text, p_task_ids uuid[]) RETURNS SETOF text
    LANGUAGE plpgsql STABLE
    AS $$
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
    UNION
    SELECT format('tenants/%s/approvals/%s.json', a.tenant, a.approval_id) FROM decided_approvals AS a
    WHERE a.tenant = p_tenant AND a.task_id = ANY (p_task_ids) AND a.verdict = 'edited'
    UNION
    SELECT k.key
    FROM submissions AS s
    CROSS JOIN LATERAL (
        VALUES (s.document_key), (format('tenants/%s/submissions/%s.json', s.tenant, s.submission_id))
    ) AS k (key)
    WHERE s.tenant = p_tenant AND s.task_id = ANY (p_task_ids)
    UNION
    SELECT d.job_key
    FROM deferrals AS d
    JOIN lots AS l ON l.tenant = d.tenant AND l.lot_id = d.lot_id
    WHERE d.tenant = p_tenant AND l.task_id = ANY (p_task_ids)
    ORDER BY 1;
END $$;

ALTER FUNCTION public.object_keys_of_tasks(p_tenant text, p_task_ids uuid[]) OWNER TO ledger_owner;

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
    CONSTRAINT outcomes_share_time_with_award CHECK (("substring"(uuid_send(outcome_id), 1, 6) = "substring"(uuid_send(award_id), 1, 6))),
    CONSTRAINT outcomes_source_known CHECK ((source = ANY (ARRAY['failure'::text, 'checks'::text, 'judge'::text, 'human'::text]))),
    CONSTRAINT outcomes_weight_not_negative CHECK (((weight >= (0)::double precision) AND (weight < 'Infinity'::double precision)))
)
PARTITION BY RANGE (outcome_id);

ALTER TABLE ONLY public.outcomes FORCE ROW LEVEL SECURITY;

ALTER TABLE public.outcomes OWNER TO ledger_owner;

CREATE FUNCTION public.outcomes_of_lot(p_tenant text, p_lot_id uuid) RETURNS SETOF public.outcomes
    LANGUAGE plpgsql STABLE ROWS 10
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    RETURN QUERY
    SELECT o.*
    FROM awards_of_lot(p_tenant, p_lot_id) AS a
    JOIN outcomes AS o USING (tenant, award_id)
    WHERE o.outcome_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id)
    ORDER BY o.xact_id, o.outcome_id;
END $$;

ALTER FUNCTION public.outcomes_of_lot(p_tenant text, p_lot_id uuid) OWNER TO ledger_owner;

CREATE FUNCTION public.place_hold(p_tenant text, p_hold_id uuid, p_amount_micros bigint, p_default_limit_micros bigint, p_now_ms bigint, p_scope text DEFAULT 'mail'::text, p_lease_ms bigint DEFAULT 900000, p_again boolean DEFAULT false) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_set       text := set_config('atomic.tenant', p_tenant, true) || set_config('synchronous_commit', 'off', true);
    v_at        timestamptz := from_unix_ms(p_now_ms);
    v_narrowed  boolean;
    v_tries     integer := 0;
BEGIN
    IF p_again AND EXISTS (SELECT FROM holds WHERE tenant = p_tenant AND hold_id = p_hold_id) THEN
        RETURN true;
    END IF;
    LOOP
        UPDATE budgets SET held_micros = held_micros + p_amount_micros
        WHERE tenant = p_tenant AND scope = '*' AND time_window = 'total'
          AND spent_micros + held_micros + p_amount_micros <= limit_micros
        RETURNING narrowed INTO v_narrowed;
        EXIT WHEN FOUND;
        v_tries := v_tries + 1;
        IF v_tries = 2 THEN
            RETURN EXISTS (SELECT FROM holds WHERE tenant = p_tenant AND hold_id = p_hold_id);
        END IF;
        INSERT INTO budgets (tenant, limit_micros) VALUES (p_tenant, p_default_limit_micros)
        ON CONFLICT ON CONSTRAINT budgets_pkey DO NOTHING;
    END LOOP;

    IF v_narrowed THEN
        SELECT greatest(v_at, max(starts_at)) INTO v_at
        FROM (
            SELECT starts_at FROM budgets
            WHERE tenant = p_tenant AND scope IN ('*', p_scope) AND (scope, time_window) <> ('*', 'total')
            ORDER BY scope, time_window
            FOR NO KEY UPDATE
        ) AS locked;
        IF EXISTS (
            SELECT FROM budgets
            WHERE tenant = p_tenant AND scope IN ('*', p_scope) AND (scope, time_window) <> ('*', 'total')
              AND CASE WHEN starts_at = window_start(time_window, v_at) THEN spent_micros + held_micros ELSE 0 END
                  + p_amount_micros > limit_micros
        ) THEN
            UPDATE budgets SET held_micros = held_micros - p_amount_micros
            WHERE tenant = p_tenant AND scope = '*' AND time_window = 'total';
            RETURN EXISTS (SELECT FROM holds WHERE tenant = p_tenant AND hold_id = p_hold_id);
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

ALTER FUNCTION public.place_hold(p_tenant text, p_hold_id uuid, p_amount_micros bigint, p_default_limit_micros bigint, p_now_ms bigint, p_scope text, p_lease_ms bigint, p_again boolean) OWNER TO ledger_owner;

CREATE FUNCTION public.put_approvals(p_tenant text, p_approvals json) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO approvals (tenant, approval_id, task_id, lot_id, award_id, category, because, created_at, escalates_at,
                           expires_at)
    SELECT p_tenant, r.approval_id, r.task_id, r.lot_id, r.award_id, r.category, r.because, from_unix_ms(r.created_ms),
           from_unix_ms(r.escalates_ms), from_unix_ms(r.expires_ms)
    FROM json_to_recordset(p_approvals) AS r (
        approval_id uuid, task_id uuid, lot_id uuid, award_id uuid, category text, because text, created_ms bigint,
        escalates_ms bigint, expires_ms bigint
    )
    ON CONFLICT DO NOTHING;
    INSERT INTO approval_decisions (tenant, approval_id, verdict, decided_by, decided_at)
    SELECT p_tenant, r.approval_id, r.verdict, r.decided_by, from_unix_ms(r.decided_ms)
    FROM json_to_recordset(p_approvals) AS r (approval_id uuid, verdict text, decided_by text, decided_ms bigint)
    WHERE r.verdict IS NOT NULL
    ON CONFLICT ON CONSTRAINT approval_decisions_pkey DO NOTHING;
END $$;

ALTER FUNCTION public.put_approvals(p_tenant text, p_approvals json) OWNER TO ledger_owner;

CREATE FUNCTION public.put_deferral(p_tenant text, p_award_id uuid, p_lot_id uuid, p_seat_id text, p_job_key text, p_expires_ms bigint, p_now_ms bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO deferrals (tenant, award_id, lot_id, seat_id, job_key, created_at, expires_at)
    VALUES (p_tenant, p_award_id, p_lot_id, p_seat_id, p_job_key, from_unix_ms(p_now_ms), from_unix_ms(p_expires_ms))
    ON CONFLICT ON CONSTRAINT deferrals_pkey DO NOTHING;
END $$;

ALTER FUNCTION public.put_deferral(p_tenant text, p_award_id uuid, p_lot_id uuid, p_seat_id text, p_job_key text, p_expires_ms bigint, p_now_ms bigint) OWNER TO ledger_owner;

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
                       timeout_ms, prior_quality, status, call, created_at)
    SELECT s.*, from_unix_ms(p_now_ms)
    FROM json_to_record(p_seat) AS s (
        seat_id text, engine text, model text, kinds text[], location text, demonstrations integer,
        context_tokens integer, max_output_tokens integer, timeout_ms bigint, prior_quality float8, status text,
        call json
    )
    ON CONFLICT ON CONSTRAINT seats_pkey DO UPDATE
        SET engine = excluded.engine, model = excluded.model, kinds = excluded.kinds, location = excluded.location,
            demonstrations = excluded.demonstrations, context_tokens = excluded.context_tokens,
            max_output_tokens = excluded.max_output_tokens, timeout_ms = excluded.timeout_ms,
            prior_quality = excluded.prior_quality, call = excluded.call;

    INSERT INTO seat_prices (seat_id, effective_at, input_micros_per_mtok, output_micros_per_mtok, cpu_second_micros,
                             prompt_tokens_per_second, output_tokens_per_second, request_cpu_ms, source,
                             cache_read_micros_per_mtok, cache_write_micros_per_mtok)
    SELECT p_seat ->> 'seat_id', from_unix_ms(p_now_ms), p.*
    FROM json_to_record(p_prices) AS p (
        input_micros_per_mtok bigint, output_micros_per_mtok bigint, cpu_second_micros bigint,
        prompt_tokens_per_second bigint, output_tokens_per_second bigint, request_cpu_ms bigint, source text,
        cache_read_micros_per_mtok bigint, cache_write_micros_per_mtok bigint
    )
    WHERE NOT EXISTS (
        SELECT FROM current_seat_prices AS c
        WHERE c.seat_id = p_seat ->> 'seat_id'
          AND (c.input_micros_per_mtok, c.output_micros_per_mtok, c.cpu_second_micros, c.prompt_tokens_per_second,
               c.output_tokens_per_second, c.request_cpu_ms, c.source, c.cache_read_micros_per_mtok,
               c.cache_write_micros_per_mtok)
            IS NOT DISTINCT FROM
              (p.input_micros_per_mtok, p.output_micros_per_mtok, p.cpu_second_micros, p.prompt_tokens_per_second,
               p.output_tokens_per_second, p.request_cpu_ms, p.source, p.cache_read_micros_per_mtok,
               p.cache_write_micros_per_mtok)
    );
END $$;

ALTER FUNCTION public.put_seat(p_seat json, p_prices json, p_now_ms bigint) OWNER TO ledger_owner;

CREATE TABLE public.submissions (
    tenant text NOT NULL,
    submission_id uuid NOT NULL,
    idempotency_key text,
    digest bytea NOT NULL,
    document_key text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    task_id uuid,
    CONSTRAINT submissions_digest_is_sha256 CHECK ((octet_length(digest) = 32))
);

ALTER TABLE ONLY public.submissions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.submissions OWNER TO ledger_owner;

CREATE FUNCTION public.put_submission(p_tenant text, p_submission_id uuid, p_idempotency_key text, p_digest bytea, p_document_key text, p_now_ms bigint) RETURNS SETOF public.submissions
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO submissions (tenant, submission_id, idempotency_key, digest, document_key, created_at)
    VALUES (p_tenant, p_submission_id, p_idempotency_key, p_digest, p_document_key, from_unix_ms(p_now_ms))
    ON CONFLICT DO NOTHING;
    RETURN QUERY
    SELECT * FROM submissions
    WHERE tenant = p_tenant
      AND CASE WHEN p_idempotency_key IS NULL THEN submission_id = p_submission_id
               ELSE idempotency_key = p_idempotency_key END;
END $$;

ALTER FUNCTION public.put_submission(p_tenant text, p_submission_id uuid, p_idempotency_key text, p_digest bytea, p_document_key text, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.put_variant(p_tenant text, p_variant json, p_now_ms bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    UPDATE seats SET only_tenant = p_tenant
    WHERE seat_id = p_variant ->> 'seat_id' AND (only_tenant IS NULL OR only_tenant = p_tenant);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO variants (tenant, seat_id, kind, scope, base_seat_id, optimizer, instruction, demonstrations,
                          compiled_right, base_right, examined, exploration_micros, created_at)
    SELECT p_tenant, v.*, from_unix_ms(p_now_ms)
    FROM json_to_record(p_variant) AS v (
        seat_id text, kind text, scope text, base_seat_id text, optimizer text, instruction text, demonstrations uuid[],
        compiled_right float8, base_right float8, examined bigint, exploration_micros bigint
    )
    ON CONFLICT ON CONSTRAINT variants_pkey DO NOTHING;
    RETURN true;
END $$;

ALTER FUNCTION public.put_variant(p_tenant text, p_variant json, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.put_wait(p_tenant text, p_wait_id uuid, p_token text, p_owner text, p_now_ms bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO waits (tenant, wait_id, token, owner, created_at)
    VALUES (p_tenant, p_wait_id, p_token, p_owner, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT waits_pkey DO UPDATE
        SET token = excluded.token, owner = excluded.owner, created_at = excluded.created_at;
END $$;

ALTER FUNCTION public.put_wait(p_tenant text, p_wait_id uuid, p_token text, p_owner text, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.receipts_of_month(p_month text, OUT first_batch bigint, OUT last_batch bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION public.receipts_of_month(p_month text, OUT first_batch bigint, OUT last_batch bigint) OWNER TO ledger_owner;

CREATE PROCEDURE public.record_auction(INOUT p_answer text, IN p_entry public.auction_entry, IN p_again boolean DEFAULT false)
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_now   timestamptz := from_unix_ms(p_entry.now_ms);
    v_set   text;
    v_seat  text;
BEGIN
    IF p_again THEN
        v_set := set_config('atomic.tenant', p_entry.tenant, true);
        SELECT a.seat_id INTO v_seat
        FROM auctions AS u
        LEFT JOIN awards AS a
            ON a.tenant = u.tenant AND a.auction_id = u.auction_id
            AND a.award_id BETWEEN first_id_of(u.auction_id) AND last_id_of(u.auction_id)  -- one month
        WHERE u.tenant = p_entry.tenant AND u.auction_id = p_entry.auction_id;
        IF FOUND THEN
            p_answer := CASE WHEN v_seat IS NOT DISTINCT FROM p_entry.seat_id THEN 'recorded' ELSE 'another' END;
            RETURN;
        END IF;
    END IF;

    IF p_entry.hold THEN
        IF NOT place_hold(p_entry.tenant, p_entry.hold_id, p_entry.hold_micros, p_entry.default_limit_micros,
                          p_entry.now_ms, p_entry.scope, p_entry.lease_ms, p_again) THEN
            p_answer := 'over_budget';
            RETURN;
        END IF;
        COMMIT;
    END IF;

    v_set := set_config('atomic.tenant', p_entry.tenant, true) || set_config('plan_cache_mode', 'force_generic_plan', true);
    INSERT INTO auctions (
        tenant, auction_id, lot_id, attempt, round, seed, policy_version, multiplier, tmax_ms, created_at, pace_low,
        pace_high, pace_high_share, uniform_share, purse_micros, explored, bidders, bid_price_micros,
        bid_price_upper_micros, bid_hold_micros, bid_quality_mean, bid_quality_sd, bid_latency_ms, bid_latency_upper_ms,
        bid_input_tokens, bid_output_tokens, bid_failure_chance, bid_listed_micros, bid_listed_latency_ms,
        bid_demonstrations, notice_reason, notice_quality_draw, notice_quality_micros, notice_price_term_micros,
        notice_delay_micros, notice_score, notice_propensity, notice_margin_micros, notice_price_to_win_micros,
        notice_quality_to_win, absent, absent_reason, absent_detail
    ) VALUES (
        p_entry.tenant, p_entry.auction_id, p_entry.lot_id, p_entry.attempt, p_entry.round, p_entry.seed::numeric,
        p_entry.policy_version, p_entry.multiplier, p_entry.tmax_ms, v_now, p_entry.pace_low, p_entry.pace_high,
        p_entry.pace_high_share, p_entry.uniform_share, p_entry.purse_micros, p_entry.explored, p_entry.bid_seat_id,
        p_entry.bid_price_micros, p_entry.bid_price_upper_micros, p_entry.bid_hold_micros, p_entry.bid_quality_mean,
        p_entry.bid_quality_sd, p_entry.bid_latency_ms, p_entry.bid_latency_upper_ms, p_entry.bid_input_tokens,
        p_entry.bid_output_tokens, p_entry.bid_failure_chance, p_entry.bid_listed_micros, p_entry.bid_listed_latency_ms,
        p_entry.bid_demonstrations, p_entry.notice_reason, p_entry.notice_quality_draw, p_entry.notice_quality_micros,
        p_entry.notice_price_term_micros, p_entry.notice_delay_micros, p_entry.notice_score, p_entry.notice_propensity,
        p_entry.notice_margin_micros, p_entry.notice_price_to_win_micros, p_entry.notice_quality_to_win, p_entry.absent,
        p_entry.absent_reason, p_entry.absent_detail
    );
    IF p_entry.award_id IS NOT NULL THEN
        INSERT INTO awards (tenant, award_id, auction_id, seat_id, hold_id, hold_micros, price_micros, propensity,
                            runners_up, created_at)
        VALUES (p_entry.tenant, p_entry.award_id, p_entry.auction_id, p_entry.seat_id, p_entry.hold_id,
                p_entry.hold_micros, p_entry.price_micros, p_entry.propensity, p_entry.runners_up, v_now);
    END IF;
    p_answer := 'recorded';
END $$;

ALTER PROCEDURE public.record_auction(INOUT p_answer text, IN p_entry public.auction_entry, IN p_again boolean) OWNER TO ledger_owner;

CREATE FUNCTION public.record_claims(p_tenant text, p_lot_id uuid, p_attempt integer, p_claims json, p_now_ms bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO claims (tenant, lot_id, attempt, seat_id, price_micros, quality, latency_ms, created_at)
    SELECT p_tenant, p_lot_id, p_attempt, c.*, from_unix_ms(p_now_ms)
    FROM json_to_recordset(p_claims) AS c (seat_id text, price_micros bigint, quality float8, latency_ms bigint)
    ON CONFLICT ON CONSTRAINT claims_pkey DO NOTHING;
END $$;

ALTER FUNCTION public.record_claims(p_tenant text, p_lot_id uuid, p_attempt integer, p_claims json, p_now_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.record_label_chances(p_tenant text, p_award_id uuid, p_lot_id uuid, p_seat_id text, p_scope text, p_chances json, p_now_ms bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO label_chances (tenant, award_id, lot_id, seat_id, scope, chances, created_at)
    VALUES (p_tenant, p_award_id, p_lot_id, p_seat_id, p_scope, p_chances, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT label_chances_pkey DO NOTHING;
    DELETE FROM label_chances
    WHERE tenant = p_tenant AND seat_id = p_seat_id AND scope = p_scope AND seq < (
        SELECT seq FROM label_chances
        WHERE tenant = p_tenant AND seat_id = p_seat_id AND scope = p_scope
        ORDER BY seq DESC OFFSET 199 LIMIT 1
    );
END $$;

ALTER FUNCTION public.record_label_chances(p_tenant text, p_award_id uuid, p_lot_id uuid, p_seat_id text, p_scope text, p_chances json, p_now_ms bigint) OWNER TO ledger_owner;

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

CREATE FUNCTION public.record_relations(p_tenant text, p_task_id uuid, p_entities json, p_relations json, p_embedding public.vector, p_seen_ms bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_seen    timestamptz := from_unix_ms(p_seen_ms);
    v_before  uuid[];
    v_after   uuid[];
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);

    INSERT INTO relation_evidence (tenant, task_id, relation_ids) VALUES (p_tenant, p_task_id, '{}')
    ON CONFLICT ON CONSTRAINT relation_evidence_pkey DO NOTHING;
    SELECT relation_ids INTO STRICT v_before FROM relation_evidence
    WHERE tenant = p_tenant AND task_id = p_task_id
    FOR UPDATE;
    SELECT coalesce(array_agg(relation_id ORDER BY relation_id), '{}') INTO v_after
    FROM json_to_recordset(p_relations) AS r (relation_id uuid);

    INSERT INTO entities AS e (tenant, entity_id, kind, name, first_seen, last_seen)
    SELECT p_tenant, entity_id, kind, name, v_seen, v_seen
    FROM json_to_recordset(p_entities) AS r (entity_id uuid, kind text, name text)
    ORDER BY entity_id
    ON CONFLICT ON CONSTRAINT entities_pkey DO UPDATE
        SET first_seen = least(e.first_seen, excluded.first_seen), last_seen = greatest(e.last_seen, excluded.last_seen)
        WHERE excluded.first_seen < e.first_seen OR excluded.last_seen > e.last_seen;

    IF v_before IS DISTINCT FROM v_after THEN
        INSERT INTO relations AS r (tenant, relation_id, source_id, kind, target_id, data_class, weight, first_seen, last_seen)
        SELECT p_tenant, relation_id, source_id, kind, target_id, data_class, 1, v_seen, v_seen
        FROM json_to_recordset(p_relations)
            AS n (relation_id uuid, source_id uuid, kind text, target_id uuid, data_class text)
        WHERE relation_id <> ALL (v_before)
        ORDER BY relation_id
        ON CONFLICT ON CONSTRAINT relations_pkey DO UPDATE
            SET weight = r.weight + 1, first_seen = least(r.first_seen, excluded.first_seen),
                last_seen = greatest(r.last_seen, excluded.last_seen);
        PERFORM withdraw_relations(p_tenant, ARRAY(SELECT unnest(v_before) EXCEPT SELECT unnest(v_after)));
        UPDATE relation_evidence SET relation_ids = v_after WHERE tenant = p_tenant AND task_id = p_task_id;
    END IF;

    IF p_embedding IS NOT NULL THEN
        INSERT INTO entity_embeddings AS e (tenant, entity_id, kind, embedding, seen)
        SELECT p_tenant, entity_id, kind, p_embedding, v_seen
        FROM json_to_recordset(p_entities) AS r (entity_id uuid, kind text)
        WHERE kind IN ('sender', 'thread', 'task')
        ORDER BY entity_id
        ON CONFLICT ON CONSTRAINT entity_embeddings_pkey DO UPDATE
            SET embedding = excluded.embedding, seen = excluded.seen
            WHERE excluded.seen > e.seen;
    END IF;
END $$;

ALTER FUNCTION public.record_relations(p_tenant text, p_task_id uuid, p_entities json, p_relations json, p_embedding public.vector, p_seen_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.refuse_all_but_erasure() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION public.refuse_all_but_erasure() OWNER TO ledger_owner;

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: these rows are never changed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END $$;

ALTER FUNCTION public.refuse_change() OWNER TO ledger_owner;

CREATE FUNCTION public.refuse_second_rows(p_table text, p_partition text) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION public.refuse_second_rows(p_table text, p_partition text) OWNER TO ledger_owner;

CREATE FUNCTION public.refuse_unsound_auction() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_bids    integer := cardinality(NEW.bidders);
    v_seats   text[] := NEW.bidders || NEW.absent;
    v_broken  text := CASE
        WHEN NEW.attempt < 1 OR NEW.round < 1 THEN 'auctions_counted_from_one'
        WHEN NEW.seed < 0 THEN 'auctions_seed_unsigned'
        WHEN substring(uuid_send(NEW.auction_id), 1, 6) <> substring(uuid_send(NEW.lot_id), 1, 6)
        THEN 'auctions_share_time_with_lot'
        WHEN v_bids IS NULL THEN  -- its bids are rows of bids
            CASE WHEN NEW.bid_price_micros IS NOT NULL OR NEW.notice_reason IS NOT NULL THEN 'auctions_bids_are_whole' END
        WHEN (
            (v_bids = ALL (ARRAY[
                cardinality(NEW.bid_price_micros), cardinality(NEW.bid_price_upper_micros),
                cardinality(NEW.bid_hold_micros), cardinality(NEW.bid_quality_mean), cardinality(NEW.bid_quality_sd),
                cardinality(NEW.bid_latency_ms), cardinality(NEW.bid_latency_upper_ms),
                cardinality(NEW.bid_input_tokens), cardinality(NEW.bid_output_tokens),
                cardinality(NEW.bid_failure_chance), cardinality(NEW.bid_listed_micros),
                cardinality(NEW.bid_listed_latency_ms), json_array_length(NEW.bid_demonstrations),
                cardinality(NEW.notice_reason), cardinality(NEW.notice_quality_draw),
                cardinality(NEW.notice_quality_micros), cardinality(NEW.notice_price_term_micros),
                cardinality(NEW.notice_delay_micros), cardinality(NEW.notice_score), cardinality(NEW.notice_propensity),
                cardinality(NEW.notice_margin_micros), cardinality(NEW.notice_price_to_win_micros),
                cardinality(NEW.notice_quality_to_win)
            ])) IS NOT FALSE
            AND 0 <= ALL (NEW.bid_price_micros) AND 0 <= ALL (NEW.bid_hold_micros)
            AND '-infinity' <= ALL (NEW.bid_quality_mean) AND '-infinity' <= ALL (NEW.bid_quality_sd)
            AND -9223372036854775808 <= ALL (NEW.bid_latency_ms)
            AND -9223372036854775808 <= ALL (NEW.bid_input_tokens)
            AND -9223372036854775808 <= ALL (NEW.bid_output_tokens)
            AND (0 <= ALL (NEW.bid_price_upper_micros)) IS NOT FALSE
            AND (0 <= ALL (NEW.notice_price_to_win_micros)) IS NOT FALSE
            AND CASE
                WHEN NEW.notice_reason IS NULL THEN
                    num_nonnulls(NEW.notice_quality_draw, NEW.notice_quality_micros, NEW.notice_price_term_micros,
                                 NEW.notice_delay_micros, NEW.notice_score, NEW.notice_propensity) = 0
                ELSE
                    num_nulls(VARIADIC NEW.notice_reason) = 0
                    AND '-infinity' <= ALL (NEW.notice_quality_draw) AND '-infinity' <= ALL (NEW.notice_quality_micros)
                    AND '-infinity' <= ALL (NEW.notice_price_term_micros)
                    AND '-infinity' <= ALL (NEW.notice_delay_micros) AND '-infinity' <= ALL (NEW.notice_score)
                    AND 0 <= ALL (NEW.notice_propensity) AND 1.000001 >= ALL (NEW.notice_propensity)
                END
            AND cardinality(NEW.absent) = ALL (ARRAY[cardinality(NEW.absent_reason), cardinality(NEW.absent_detail)])
            AND num_nulls(VARIADIC NEW.absent_reason || NEW.absent_detail) = 0
        ) IS NOT TRUE THEN 'auctions_bids_are_whole'
    END;
BEGIN
    IF v_broken IS NULL AND v_bids IS NOT NULL THEN
        FOR v_at IN 2 .. cardinality(v_seats) LOOP
            IF array_position(v_seats, v_seats[v_at]) < v_at THEN  -- it answered twice
                v_broken := 'auctions_bids_are_whole';
            END IF;
        END LOOP;
    END IF;
    IF v_broken IS NOT NULL THEN
        RAISE EXCEPTION 'auction % breaks %', NEW.auction_id, v_broken
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = v_broken;
    END IF;
    RETURN NEW;
END $$;

ALTER FUNCTION public.refuse_unsound_auction() OWNER TO ledger_owner;

CREATE FUNCTION public.refuse_unsound_award() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_bidders   text[];
    v_resolved  boolean;
    v_broken    text := CASE
        WHEN NEW.price_micros < 0 THEN 'awards_price_not_negative'
        WHEN NEW.propensity < 0 OR NEW.propensity > 1.000001::float8 THEN 'awards_propensity_is_a_chance'
        WHEN substring(uuid_send(NEW.award_id), 1, 6) <> substring(uuid_send(NEW.auction_id), 1, 6)
        THEN 'awards_share_time_with_auction'
        WHEN substring(uuid_send(NEW.award_id), 1, 6) <> substring(uuid_send(NEW.hold_id), 1, 6)
        THEN 'awards_share_time_with_hold'
    END;
BEGIN
    IF v_broken IS NOT NULL THEN
        RAISE EXCEPTION 'award % breaks %', NEW.award_id, v_broken
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = v_broken;
    END IF;
    IF TG_OP = 'UPDATE' OR current_setting('session_replication_role') = 'replica' THEN
        RETURN NULL;  -- a row that comes back, whose hold has gone on since
    END IF;
    SELECT bidders, EXISTS (SELECT FROM settlements WHERE tenant = NEW.tenant AND hold_id = NEW.hold_id)
    INTO v_bidders, v_resolved
    FROM auctions WHERE tenant = NEW.tenant AND auction_id = NEW.auction_id;
    IF (NEW.seat_id = ANY (v_bidders)) IS NOT TRUE THEN
        RAISE EXCEPTION 'seat % made no bid in auction %', NEW.seat_id, NEW.auction_id
            USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'awards_go_to_a_bidder';
    END IF;
    IF v_resolved THEN
        RAISE EXCEPTION 'hold % is resolved already', NEW.hold_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'awards_hold_is_open';
    END IF;
    RETURN NULL;
END $$;

ALTER FUNCTION public.refuse_unsound_award() OWNER TO ledger_owner;

CREATE FUNCTION public.refuse_unsound_budget() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_broken  text := CASE
        WHEN NEW.held_micros < 0 THEN 'budgets_held_not_negative'
        WHEN NEW.limit_micros < 0 THEN 'budgets_limit_not_negative'
        WHEN NEW.spent_micros + NEW.held_micros > NEW.limit_micros THEN 'budgets_never_overspent'
        WHEN NEW.spent_micros < 0 THEN 'budgets_spent_not_negative'
        WHEN (NEW.time_window = 'total') <> (NEW.starts_at = '-infinity') THEN 'budgets_total_never_starts'
        WHEN NEW.time_window NOT IN ('total', 'hour', 'day', 'month') THEN 'budgets_window_known'
    END;
BEGIN
    IF v_broken IS NOT NULL THEN
        RAISE EXCEPTION 'budget % per % breaks %', NEW.scope, NEW.time_window, v_broken
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = v_broken;
    END IF;
    RETURN NULL;
END $$;

ALTER FUNCTION public.refuse_unsound_budget() OWNER TO ledger_owner;

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

CREATE FUNCTION public.relation_ends() RETURNS TABLE(kind text, source_kind text, target_kind text)
    LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC
 VALUES ('sent_by'::text,'task'::text,'sender'::text), ('part_of'::text,'task'::text,'thread'::text), ('about'::text,'task'::text,'topic'::text), ('guessed'::text,'task'::text,'topic'::text), ('served_by'::text,'task'::text,'seat'::text), ('ended_as'::text,'task'::text,'outcome'::text), ('belongs_to'::text,'sender'::text,'organisation'::text), ('writes_about'::text,'sender'::text,'topic'::text), ('concerns'::text,'thread'::text,'topic'::text);
END;

ALTER FUNCTION public.relation_ends() OWNER TO ledger_owner;

CREATE FUNCTION public.release_leases(p_owners text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    BEGIN ATOMIC
 UPDATE public.tasks SET owner = NULL::text, lease_until = NULL::timestamp with time zone
   WHERE (tasks.owner = ANY (release_leases.p_owners));
END;

ALTER FUNCTION public.release_leases(p_owners text[]) OWNER TO ledger_keeper;

CREATE FUNCTION public.replay_bounds(p_tenant text, p_after uuid, p_size integer) RETURNS SETOF uuid
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    RETURN QUERY
    SELECT numbered.auction_id
    FROM (
        SELECT c.auction_id, row_number() OVER (ORDER BY c.auction_id) AS place, count(*) OVER () AS total
        FROM first_choices(p_tenant, p_after) AS c
    ) AS numbered
    WHERE numbered.place % p_size = 0 OR numbered.place = numbered.total
    ORDER BY numbered.auction_id;
END $$;

ALTER FUNCTION public.replay_bounds(p_tenant text, p_after uuid, p_size integer) OWNER TO ledger_owner;

CREATE FUNCTION public.report_call(p_seat_id text, p_award_id uuid, p_well boolean, p_failures_to_open integer, p_cool_ms bigint, p_cool_max_ms bigint, p_now_ms bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_circuit  seat_circuits;
    v_until    timestamptz;
BEGIN
    DELETE FROM seat_calls WHERE seat_id = p_seat_id AND award_id = p_award_id;
    IF p_well IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO seat_circuits (seat_id) VALUES (p_seat_id) ON CONFLICT ON CONSTRAINT seat_circuits_pkey DO NOTHING;
    SELECT * INTO v_circuit FROM seat_circuits WHERE seat_id = p_seat_id FOR UPDATE;

    IF p_well THEN
        UPDATE seat_circuits SET failures = 0, openings = 0, open_until = NULL
        WHERE seat_id = p_seat_id AND (failures > 0 OR open_until IS NOT NULL);
        IF v_circuit.open_until IS NOT NULL THEN
            INSERT INTO circuit_changes (seat_id, state, changed_at) VALUES (p_seat_id, 'closed', from_unix_ms(p_now_ms));
        END IF;
        RETURN;
    END IF;

    IF v_circuit.last_award_id = p_award_id THEN
        RETURN;
    END IF;
    IF v_circuit.open_until <= from_unix_ms(p_now_ms)
       OR (v_circuit.open_until IS NULL AND v_circuit.failures + 1 >= p_failures_to_open) THEN
        v_until := from_unix_ms(p_now_ms + least(p_cool_max_ms, p_cool_ms * (1::bigint << least(v_circuit.openings, 20))));
        INSERT INTO circuit_changes (seat_id, state, open_until, changed_at)
        VALUES (p_seat_id, 'open', v_until, from_unix_ms(p_now_ms));
    END IF;
    UPDATE seat_circuits
    SET failures = failures + 1, last_award_id = p_award_id, open_until = coalesce(v_until, open_until),
        openings = openings + CASE WHEN v_until IS NULL THEN 0 ELSE 1 END
    WHERE seat_id = p_seat_id;
END $$;

ALTER FUNCTION public.report_call(p_seat_id text, p_award_id uuid, p_well boolean, p_failures_to_open integer, p_cool_ms bigint, p_cool_max_ms bigint, p_now_ms bigint) OWNER TO ledger_owner;

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

CREATE FUNCTION public.review_variant(p_tenant text, p_seat_id text, p_spent_micros bigint, p_status text, p_reason text, p_now_ms bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    UPDATE variants
    SET spent_micros = p_spent_micros, status = p_status, reason = p_reason,
        decided_at = CASE WHEN p_status <> 'challenger' THEN from_unix_ms(p_now_ms) END
    WHERE tenant = p_tenant AND seat_id = p_seat_id AND status = 'challenger';
    IF FOUND AND p_status = 'retired' THEN
        UPDATE seats SET status = 'retired' WHERE seat_id = p_seat_id AND only_tenant = p_tenant;
    END IF;
END $$;

ALTER FUNCTION public.review_variant(p_tenant text, p_seat_id text, p_spent_micros bigint, p_status text, p_reason text, p_now_ms bigint) OWNER TO ledger_owner;

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

CREATE TABLE public.settlements (
    tenant text NOT NULL,
    hold_id uuid NOT NULL,
    hold_micros bigint NOT NULL,
    award_id uuid,
    kind text NOT NULL,
    amount_micros bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT settlements_amount_not_negative CHECK ((amount_micros >= 0)),
    CONSTRAINT settlements_kind_known CHECK ((kind = ANY (ARRAY['settled'::text, 'voided'::text]))),
    CONSTRAINT settlements_need_an_award CHECK (((kind = 'voided'::text) OR (award_id IS NOT NULL))),
    CONSTRAINT settlements_void_is_free CHECK (((kind = 'settled'::text) OR (amount_micros = 0))),
    CONSTRAINT settlements_within_hold CHECK ((amount_micros <= hold_micros))
)
PARTITION BY RANGE (hold_id);

ALTER TABLE ONLY public.settlements FORCE ROW LEVEL SECURITY;

ALTER TABLE public.settlements OWNER TO ledger_owner;

CREATE FUNCTION public.settlements_of_lot(p_tenant text, p_lot_id uuid) RETURNS SETOF public.settlements
    LANGUAGE plpgsql STABLE ROWS 10
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    RETURN QUERY
    SELECT s.*
    FROM awards_of_lot(p_tenant, p_lot_id) AS a
    JOIN settlements AS s USING (tenant, hold_id)
    WHERE s.hold_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id);
END $$;

ALTER FUNCTION public.settlements_of_lot(p_tenant text, p_lot_id uuid) OWNER TO ledger_owner;

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

CREATE TABLE public.deferrals (
    tenant text NOT NULL,
    award_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    seat_id text NOT NULL,
    job_key text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    worker text,
    lease_until timestamp with time zone,
    CONSTRAINT deferrals_expire_later CHECK ((expires_at > created_at)),
    CONSTRAINT deferrals_lease_has_worker CHECK (((worker IS NULL) = (lease_until IS NULL)))
);

ALTER TABLE ONLY public.deferrals FORCE ROW LEVEL SECURITY;

ALTER TABLE public.deferrals OWNER TO ledger_owner;

CREATE FUNCTION public.take_deferral(p_tenant text, p_seats text[], p_worker text, p_now_ms bigint, p_lease_ms bigint) RETURNS SETOF public.deferrals
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    v_award_id uuid;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    SELECT d.award_id INTO v_award_id
    FROM deferrals AS d
    WHERE d.tenant = p_tenant AND d.seat_id = ANY (p_seats) AND d.expires_at > from_unix_ms(p_now_ms)
      AND (d.worker IS NULL OR d.worker = p_worker OR d.lease_until <= from_unix_ms(p_now_ms))
      AND EXISTS (SELECT FROM open_deferrals AS o WHERE o.tenant = d.tenant AND o.award_id = d.award_id)
    ORDER BY d.worker IS DISTINCT FROM p_worker, d.expires_at, d.award_id
    LIMIT 1
    FOR UPDATE SKIP LOCKED;
    IF v_award_id IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    UPDATE deferrals SET worker = p_worker, lease_until = from_unix_ms(p_now_ms + p_lease_ms)
    WHERE tenant = p_tenant AND award_id = v_award_id
    RETURNING *;
END $$;

ALTER FUNCTION public.take_deferral(p_tenant text, p_seats text[], p_worker text, p_now_ms bigint, p_lease_ms bigint) OWNER TO ledger_owner;

CREATE FUNCTION public.tasks_of_sender(p_tenant text, p_sender_id uuid) RETURNS TABLE(task_id uuid, named boolean)
    LANGUAGE plpgsql STABLE
    AS $$
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
      AND NOT EXISTS (
          SELECT FROM relation_evidence AS v
          JOIN relations AS r ON r.tenant = v.tenant AND r.relation_id = ANY (v.relation_ids)
          WHERE v.tenant = p_tenant AND v.task_id = t.task_id AND r.kind = 'sent_by'
      )
    ORDER BY 1;
END $$;

ALTER FUNCTION public.tasks_of_sender(p_tenant text, p_sender_id uuid) OWNER TO ledger_owner;

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

CREATE FUNCTION public.withdraw_relations(p_tenant text, p_relation_ids uuid[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM FROM relations WHERE tenant = p_tenant AND relation_id = ANY (p_relation_ids) ORDER BY relation_id FOR UPDATE;
    DELETE FROM relations WHERE tenant = p_tenant AND relation_id = ANY (p_relation_ids) AND weight = 1;
    UPDATE relations SET weight = weight - 1 WHERE tenant = p_tenant AND relation_id = ANY (p_relation_ids);
END $$;

ALTER FUNCTION public.withdraw_relations(p_tenant text, p_relation_ids uuid[]) OWNER TO ledger_owner;

CREATE FUNCTION public.xact_number(p_xact xid8) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (p_xact IS NOT NULL) THEN (LEAST(((p_xact)::text)::numeric, ('9223372036854775807'::bigint)::numeric))::bigint ELSE NULL::bigint END;

ALTER FUNCTION public.xact_number(p_xact xid8) OWNER TO ledger_owner;

CREATE VIEW public.all_bids WITH (security_invoker='true') AS
 SELECT u.tenant,
    u.auction_id,
    b.seat_id,
    NULL::text AS no_bid_reason,
    NULL::text AS no_bid_detail,
    b.price_micros,
    b.hold_micros,
    b.quality_mean,
    b.quality_sd,
    b.latency_ms,
    b.input_tokens,
    b.output_tokens,
    ARRAY( SELECT json_array_elements_text((u.bid_demonstrations -> ((b.place - 1))::integer)) AS json_array_elements_text) AS demonstrations,
    b.loss_reason,
    b.quality_draw,
    b.quality_micros,
    b.price_term_micros,
    b.delay_micros,
    b.score,
    b.propensity,
    b.margin_micros,
    b.price_to_win_micros,
    b.quality_to_win,
    b.price_upper_micros,
    b.latency_upper_ms,
    b.failure_chance,
    b.listed_micros,
    b.listed_latency_ms
   FROM (public.auctions u
     CROSS JOIN LATERAL UNNEST(u.bidders, u.bid_price_micros, u.bid_hold_micros, u.bid_quality_mean, u.bid_quality_sd, u.bid_latency_ms, u.bid_input_tokens, u.bid_output_tokens, u.notice_reason, u.notice_quality_draw, u.notice_quality_micros, u.notice_price_term_micros, u.notice_delay_micros, u.notice_score, u.notice_propensity, u.notice_margin_micros, u.notice_price_to_win_micros, u.notice_quality_to_win, u.bid_price_upper_micros, u.bid_latency_upper_ms, u.bid_failure_chance, u.bid_listed_micros, u.bid_listed_latency_ms) WITH ORDINALITY b(seat_id, price_micros, hold_micros, quality_mean, quality_sd, latency_ms, input_tokens, output_tokens, loss_reason, quality_draw, quality_micros, price_term_micros, delay_micros, score, propensity, margin_micros, price_to_win_micros, quality_to_win, price_upper_micros, latency_upper_ms, failure_chance, listed_micros, listed_latency_ms, place))
UNION ALL
 SELECT u.tenant,
    u.auction_id,
    n.seat_id,
    n.reason AS no_bid_reason,
    n.detail AS no_bid_detail,
    NULL::bigint AS price_micros,
    NULL::bigint AS hold_micros,
    NULL::double precision AS quality_mean,
    NULL::double precision AS quality_sd,
    NULL::bigint AS latency_ms,
    NULL::bigint AS input_tokens,
    NULL::bigint AS output_tokens,
    NULL::text[] AS demonstrations,
    NULL::text AS loss_reason,
    NULL::double precision AS quality_draw,
    NULL::double precision AS quality_micros,
    NULL::double precision AS price_term_micros,
    NULL::double precision AS delay_micros,
    NULL::double precision AS score,
    NULL::double precision AS propensity,
    NULL::double precision AS margin_micros,
    NULL::bigint AS price_to_win_micros,
    NULL::double precision AS quality_to_win,
    NULL::bigint AS price_upper_micros,
    NULL::bigint AS latency_upper_ms,
    NULL::double precision AS failure_chance,
    NULL::double precision AS listed_micros,
    NULL::double precision AS listed_latency_ms
   FROM (public.auctions u
     CROSS JOIN LATERAL UNNEST(u.absent, u.absent_reason, u.absent_detail) n(seat_id, reason, detail))
UNION ALL
 SELECT bids.tenant,
    bids.auction_id,
    bids.seat_id,
    bids.no_bid_reason,
    bids.no_bid_detail,
    bids.price_micros,
    bids.hold_micros,
    bids.quality_mean,
    bids.quality_sd,
    bids.latency_ms,
    bids.input_tokens,
    bids.output_tokens,
    bids.demonstrations,
    bids.loss_reason,
    bids.quality_draw,
    bids.quality_micros,
    bids.price_term_micros,
    bids.delay_micros,
    bids.score,
    bids.propensity,
    bids.margin_micros,
    bids.price_to_win_micros,
    bids.quality_to_win,
    bids.price_upper_micros,
    bids.latency_upper_ms,
    bids.failure_chance,
    bids.listed_micros,
    bids.listed_latency_ms
   FROM public.bids;

ALTER VIEW public.all_bids OWNER TO ledger_owner;

CREATE TABLE public.archived_tables (
    month text NOT NULL,
    tenant text NOT NULL,
    table_name text NOT NULL,
    row_count bigint NOT NULL,
    manifest_sha256 bytea NOT NULL,
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT archived_tables_not_empty CHECK ((row_count > 0))
);

ALTER TABLE ONLY public.archived_tables FORCE ROW LEVEL SECURITY;

ALTER TABLE public.archived_tables OWNER TO ledger_owner;

CREATE TABLE public.archives (
    month text NOT NULL,
    tenant text NOT NULL,
    scope text NOT NULL,
    settled_micros bigint NOT NULL,
    completed_micros bigint NOT NULL,
    policy_version integer NOT NULL,
    manifest_sha256 bytea NOT NULL,
    archived_at timestamp with time zone NOT NULL,
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT archives_sums_not_negative CHECK (((settled_micros >= 0) AND (completed_micros >= 0)))
);

ALTER TABLE ONLY public.archives FORCE ROW LEVEL SECURITY;

ALTER TABLE public.archives OWNER TO ledger_owner;

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
    xact_id xid8 DEFAULT pg_current_xact_id() CONSTRAINT auctions_xact_id_not_null NOT NULL,
    pace_low double precision,
    pace_high double precision,
    pace_high_share double precision,
    uniform_share double precision,
    purse_micros bigint,
    explored boolean,
    bidders text[],
    bid_price_micros bigint[],
    bid_price_upper_micros bigint[],
    bid_hold_micros bigint[],
    bid_quality_mean double precision[],
    bid_quality_sd double precision[],
    bid_latency_ms bigint[],
    bid_latency_upper_ms bigint[],
    bid_input_tokens bigint[],
    bid_output_tokens bigint[],
    bid_failure_chance double precision[],
    bid_listed_micros double precision[],
    bid_listed_latency_ms double precision[],
    bid_demonstrations json,
    notice_reason text[],
    notice_quality_draw double precision[],
    notice_quality_micros double precision[],
    notice_price_term_micros double precision[],
    notice_delay_micros double precision[],
    notice_score double precision[],
    notice_propensity double precision[],
    notice_margin_micros double precision[],
    notice_price_to_win_micros bigint[],
    notice_quality_to_win double precision[],
    absent text[],
    absent_reason text[],
    absent_detail text[],
    CONSTRAINT auctions_purse_not_negative CHECK ((purse_micros >= 0))
)
WITH (toast_tuple_target='8160');

ALTER TABLE public.auctions_default OWNER TO ledger_owner;

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
    xact_id xid8 DEFAULT pg_current_xact_id() CONSTRAINT awards_xact_id_not_null NOT NULL
);

ALTER TABLE public.awards_default OWNER TO ledger_owner;

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
    xact_id xid8 DEFAULT pg_current_xact_id() CONSTRAINT bids_xact_id_not_null NOT NULL,
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
    CONSTRAINT bids_propensity_is_a_chance CHECK (((propensity >= (0)::double precision) AND (propensity <= (1.000001)::double precision))),
    CONSTRAINT bids_quote_or_reason CHECK ((num_nulls(price_micros, hold_micros, quality_mean, quality_sd, latency_ms, input_tokens, output_tokens) =
CASE
    WHEN (no_bid_reason IS NULL) THEN 0
    ELSE 7
END)),
    CONSTRAINT bids_upper_not_negative CHECK ((price_upper_micros >= 0))
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
    narrowed boolean DEFAULT false NOT NULL
);

ALTER TABLE ONLY public.budgets FORCE ROW LEVEL SECURITY;

ALTER TABLE public.budgets OWNER TO ledger_owner;

CREATE TABLE public.circuit_changes (
    seat_id text NOT NULL,
    seq bigint NOT NULL,
    state text NOT NULL,
    open_until timestamp with time zone,
    changed_at timestamp with time zone NOT NULL,
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT circuit_changes_state_known CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text])))
);

ALTER TABLE public.circuit_changes OWNER TO ledger_owner;

ALTER TABLE public.circuit_changes ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.circuit_changes_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.claims (
    tenant text NOT NULL,
    lot_id uuid NOT NULL,
    attempt integer NOT NULL,
    seat_id text NOT NULL,
    price_micros bigint NOT NULL,
    quality double precision NOT NULL,
    latency_ms bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT claims_not_negative CHECK (((price_micros >= 0) AND (latency_ms >= 0))),
    CONSTRAINT claims_quality_is_a_reward CHECK (((quality >= (0)::double precision) AND (quality <= (1)::double precision)))
);

ALTER TABLE ONLY public.claims FORCE ROW LEVEL SECURITY;

ALTER TABLE public.claims OWNER TO ledger_owner;

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
    xact_id xid8 DEFAULT pg_current_xact_id() CONSTRAINT completions_xact_id_not_null NOT NULL,
    personal_salt uuid,
    personal_digest bytea,
    cache_read_tokens bigint,
    cache_write_tokens bigint,
    tries integer,
    CONSTRAINT completions_cost_not_negative CHECK ((cost_micros >= 0)),
    CONSTRAINT completions_latency_not_negative CHECK ((latency_ms >= 0)),
    CONSTRAINT completions_output_if_succeeded CHECK (((output IS NOT NULL) = (status = 'succeeded'::text))),
    CONSTRAINT completions_status_known CHECK ((status = ANY (ARRAY['succeeded'::text, 'failed'::text]))),
    CONSTRAINT completions_tries_from_one CHECK ((tries >= 1)),
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
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    personal_salt uuid,
    personal_digest bytea,
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
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    cache_read_micros_per_mtok bigint,
    cache_write_micros_per_mtok bigint,
    CONSTRAINT seat_prices_cache_read_not_negative CHECK ((cache_read_micros_per_mtok >= 0)),
    CONSTRAINT seat_prices_cache_write_not_negative CHECK ((cache_write_micros_per_mtok >= 0)),
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
    source,
    xact_id,
    cache_read_micros_per_mtok,
    cache_write_micros_per_mtok
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

CREATE TABLE public.entity_embeddings (
    tenant text NOT NULL,
    entity_id uuid NOT NULL,
    kind text NOT NULL,
    embedding public.vector NOT NULL,
    seen timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.entity_embeddings FORCE ROW LEVEL SECURITY;

ALTER TABLE public.entity_embeddings OWNER TO ledger_owner;

CREATE TABLE public.erasures (
    tenant text NOT NULL,
    erasure_id uuid NOT NULL,
    erased_by text NOT NULL,
    task_ids uuid[] NOT NULL,
    objects bigint NOT NULL,
    erased_at timestamp with time zone NOT NULL,
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT erasures_objects_not_negative CHECK ((objects >= 0))
);

ALTER TABLE ONLY public.erasures FORCE ROW LEVEL SECURITY;

ALTER TABLE public.erasures OWNER TO ledger_owner;

CREATE TABLE public.executions (
    tenant text NOT NULL,
    award_id uuid NOT NULL,
    claim uuid NOT NULL,
    claimed_at timestamp with time zone NOT NULL,
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL
)
PARTITION BY RANGE (award_id);

ALTER TABLE ONLY public.executions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.executions OWNER TO ledger_owner;

CREATE TABLE public.executions_default (
    tenant text CONSTRAINT executions_tenant_not_null NOT NULL,
    award_id uuid CONSTRAINT executions_award_id_not_null NOT NULL,
    claim uuid CONSTRAINT executions_claim_not_null NOT NULL,
    claimed_at timestamp with time zone CONSTRAINT executions_claimed_at_not_null NOT NULL,
    xact_id xid8 DEFAULT pg_current_xact_id() CONSTRAINT executions_xact_id_not_null NOT NULL
);

ALTER TABLE public.executions_default OWNER TO ledger_owner;

CREATE TABLE public.holds_default (
    tenant text CONSTRAINT holds_tenant_not_null NOT NULL,
    hold_id uuid CONSTRAINT holds_hold_id_not_null NOT NULL,
    amount_micros bigint CONSTRAINT holds_amount_micros_not_null NOT NULL,
    scope text CONSTRAINT holds_scope_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT holds_created_at_not_null NOT NULL,
    expires_at timestamp with time zone CONSTRAINT holds_expires_at_not_null NOT NULL,
    xact_id xid8 DEFAULT pg_current_xact_id() CONSTRAINT holds_xact_id_not_null NOT NULL,
    CONSTRAINT holds_amount_not_negative CHECK ((amount_micros >= 0))
);

ALTER TABLE public.holds_default OWNER TO ledger_owner;

CREATE TABLE public.label_chances (
    tenant text NOT NULL,
    award_id uuid NOT NULL,
    seq bigint NOT NULL,
    lot_id uuid NOT NULL,
    seat_id text NOT NULL,
    scope text NOT NULL,
    chances json NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.label_chances FORCE ROW LEVEL SECURITY;

ALTER TABLE public.label_chances OWNER TO ledger_owner;

ALTER TABLE public.label_chances ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.label_chances_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW public.ledger_columns WITH (security_invoker='true') AS
 SELECT (c.relname)::text AS table_name,
    (a.attname)::text AS column_name,
    format_type(a.atttypid, NULL::integer) AS type,
        CASE
            WHEN (a.attname = ANY (cover.leaf)) THEN 'leaf'::text
            WHEN (a.attname = ANY (cover.personal)) THEN 'personal'::text
            ELSE NULL::text
        END AS covered_by,
    array_position((key.indkey)::smallint[], a.attnum) AS key_position
   FROM (((public.current_covers cover
     JOIN pg_class c ON (((c.relname = cover.table_name) AND (c.relnamespace = ('public'::regnamespace)::oid))))
     JOIN pg_attribute a ON (((a.attrelid = c.oid) AND (a.attnum > 0) AND (NOT a.attisdropped))))
     JOIN pg_index key ON (((key.indrelid = c.oid) AND key.indisprimary)));

ALTER VIEW public.ledger_columns OWNER TO ledger_owner;

CREATE VIEW public.open_deferrals WITH (security_invoker='true') AS
 SELECT tenant,
    award_id,
    lot_id,
    seat_id,
    job_key,
    created_at,
    expires_at,
    worker,
    lease_until
   FROM public.deferrals d
  WHERE ((NOT (EXISTS ( SELECT
           FROM public.completions c
          WHERE ((c.tenant = d.tenant) AND (c.award_id = d.award_id))))) AND (NOT (EXISTS ( SELECT
           FROM (public.awards a
             JOIN public.settlements s USING (tenant, hold_id))
          WHERE ((a.tenant = d.tenant) AND (a.award_id = d.award_id))))));

ALTER VIEW public.open_deferrals OWNER TO ledger_owner;

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
    CONSTRAINT outcomes_share_time_with_award CHECK (("substring"(uuid_send(outcome_id), 1, 6) = "substring"(uuid_send(award_id), 1, 6))),
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
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT policy_snapshots_from_one CHECK ((version >= 1))
);

ALTER TABLE ONLY public.policy_snapshots FORCE ROW LEVEL SECURITY;

ALTER TABLE public.policy_snapshots OWNER TO ledger_owner;

CREATE TABLE public.receipts (
    batch bigint NOT NULL,
    from_xact xid8 NOT NULL,
    to_xact xid8 NOT NULL,
    leaf_count bigint NOT NULL,
    root bytea NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    previous bytea NOT NULL,
    chain_hash bytea NOT NULL,
    algorithm text NOT NULL,
    key_id text NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT receipts_algorithm_known CHECK ((algorithm = ANY (ARRAY['ed25519'::text, 'ecdsa-p256-sha256'::text]))),
    CONSTRAINT receipts_counted_from_one CHECK ((batch >= 1)),
    CONSTRAINT receipts_hashes_whole CHECK (((octet_length(root) = 32) AND (octet_length(previous) = 32) AND (octet_length(chain_hash) = 32))),
    CONSTRAINT receipts_not_empty CHECK (((leaf_count >= 1) AND (from_xact < to_xact)))
);

ALTER TABLE public.receipts OWNER TO ledger_owner;

CREATE TABLE public.relation_evidence (
    tenant text NOT NULL,
    task_id uuid NOT NULL,
    relation_ids uuid[] NOT NULL
);

ALTER TABLE ONLY public.relation_evidence FORCE ROW LEVEL SECURITY;

ALTER TABLE public.relation_evidence OWNER TO ledger_owner;

CREATE TABLE public.relations (
    tenant text NOT NULL,
    relation_id uuid NOT NULL,
    source_id uuid NOT NULL,
    kind text NOT NULL,
    target_id uuid NOT NULL,
    data_class text NOT NULL,
    weight bigint NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    CONSTRAINT relations_data_class_known CHECK ((data_class = ANY (ARRAY['public'::text, 'internal'::text, 'confidential'::text, 'restricted'::text]))),
    CONSTRAINT relations_kind_known CHECK ((kind = ANY (ARRAY['sent_by'::text, 'part_of'::text, 'about'::text, 'guessed'::text, 'served_by'::text, 'ended_as'::text, 'belongs_to'::text, 'writes_about'::text, 'concerns'::text]))),
    CONSTRAINT relations_weight_positive CHECK ((weight >= 1))
);

ALTER TABLE ONLY public.relations FORCE ROW LEVEL SECURITY;

ALTER TABLE public.relations OWNER TO ledger_owner;

CREATE TABLE public.sealed_leaves (
    batch bigint NOT NULL,
    table_name text NOT NULL,
    part integer NOT NULL,
    keys text NOT NULL,
    leaves bytea NOT NULL,
    CONSTRAINT sealed_leaves_whole CHECK (((octet_length(leaves) % 32) = 0))
);

ALTER TABLE public.sealed_leaves OWNER TO ledger_owner;

CREATE TABLE public.seat_calls (
    seat_id text NOT NULL,
    award_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE public.seat_calls OWNER TO ledger_owner;

CREATE TABLE public.seat_circuits (
    seat_id text NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    openings integer DEFAULT 0 NOT NULL,
    open_until timestamp with time zone,
    last_award_id uuid,
    CONSTRAINT seat_circuits_count_up CHECK (((failures >= 0) AND (openings >= 0)))
);

ALTER TABLE public.seat_circuits OWNER TO ledger_owner;

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
    call json DEFAULT '{}'::json NOT NULL,
    only_tenant text,
    CONSTRAINT seats_bounds_not_negative CHECK (((demonstrations >= 0) AND (context_tokens >= 0) AND (max_output_tokens >= 0) AND (timeout_ms >= 0))),
    CONSTRAINT seats_location_known CHECK ((location = ANY (ARRAY['on_host'::text, 'own_account'::text, 'provider_region'::text, 'third_party'::text]))),
    CONSTRAINT seats_prior_is_a_reward CHECK (((prior_quality >= (0)::double precision) AND (prior_quality <= (1)::double precision))),
    CONSTRAINT seats_status_known CHECK ((status = ANY (ARRAY['active'::text, 'retired'::text])))
);

ALTER TABLE public.seats OWNER TO ledger_owner;

CREATE TABLE public.settlements_default (
    tenant text CONSTRAINT settlements_tenant_not_null NOT NULL,
    hold_id uuid CONSTRAINT settlements_hold_id_not_null NOT NULL,
    hold_micros bigint CONSTRAINT settlements_hold_micros_not_null NOT NULL,
    award_id uuid,
    kind text CONSTRAINT settlements_kind_not_null NOT NULL,
    amount_micros bigint CONSTRAINT settlements_amount_micros_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT settlements_created_at_not_null NOT NULL,
    xact_id xid8 DEFAULT pg_current_xact_id() CONSTRAINT settlements_xact_id_not_null NOT NULL,
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
    task_id uuid NOT NULL,
    xact_id xid8 DEFAULT pg_current_xact_id() NOT NULL
);

ALTER TABLE ONLY public.task_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE public.task_keys OWNER TO ledger_owner;

CREATE TABLE public.variants (
    tenant text NOT NULL,
    seat_id text NOT NULL,
    kind text NOT NULL,
    scope text NOT NULL,
    base_seat_id text NOT NULL,
    optimizer text NOT NULL,
    instruction text NOT NULL,
    demonstrations uuid[] NOT NULL,
    compiled_right double precision NOT NULL,
    base_right double precision NOT NULL,
    examined bigint NOT NULL,
    exploration_micros bigint NOT NULL,
    spent_micros bigint DEFAULT 0 NOT NULL,
    status text DEFAULT 'challenger'::text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    CONSTRAINT variants_decided_with_reason CHECK (((decided_at IS NULL) = (status = 'challenger'::text))),
    CONSTRAINT variants_exploration_not_negative CHECK ((exploration_micros >= 0)),
    CONSTRAINT variants_right_is_a_share CHECK ((((compiled_right >= (0)::double precision) AND (compiled_right <= (1)::double precision)) AND ((base_right >= (0)::double precision) AND (base_right <= (1)::double precision)))),
    CONSTRAINT variants_spent_not_negative CHECK ((spent_micros >= 0)),
    CONSTRAINT variants_status_known CHECK ((status = ANY (ARRAY['challenger'::text, 'champion'::text, 'retired'::text])))
);

ALTER TABLE ONLY public.variants FORCE ROW LEVEL SECURITY;

ALTER TABLE public.variants OWNER TO ledger_owner;

CREATE TABLE public.waits (
    tenant text NOT NULL,
    wait_id uuid NOT NULL,
    token text NOT NULL,
    owner text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.waits FORCE ROW LEVEL SECURITY;

ALTER TABLE public.waits OWNER TO ledger_owner;

ALTER TABLE ONLY public.auctions ATTACH PARTITION public.auctions_default DEFAULT;

ALTER TABLE ONLY public.awards ATTACH PARTITION public.awards_default DEFAULT;

ALTER TABLE ONLY public.bids ATTACH PARTITION public.bids_default DEFAULT;

ALTER TABLE ONLY public.completions ATTACH PARTITION public.completions_default DEFAULT;

ALTER TABLE ONLY public.executions ATTACH PARTITION public.executions_default DEFAULT;

ALTER TABLE ONLY public.holds ATTACH PARTITION public.holds_default DEFAULT;

ALTER TABLE ONLY public.outcomes ATTACH PARTITION public.outcomes_default DEFAULT;

ALTER TABLE ONLY public.settlements ATTACH PARTITION public.settlements_default DEFAULT;

ALTER TABLE ONLY public.approval_decisions
    ADD CONSTRAINT approval_decisions_pkey PRIMARY KEY (tenant, approval_id);

ALTER TABLE ONLY public.approvals
    ADD CONSTRAINT approvals_one_per_award UNIQUE (tenant, award_id);

ALTER TABLE ONLY public.approvals
    ADD CONSTRAINT approvals_pkey PRIMARY KEY (tenant, approval_id);

ALTER TABLE ONLY public.archived_tables
    ADD CONSTRAINT archived_tables_pkey PRIMARY KEY (tenant, month, table_name);

ALTER TABLE ONLY public.archives
    ADD CONSTRAINT archives_pkey PRIMARY KEY (tenant, month, scope);

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

ALTER TABLE ONLY public.circuit_changes
    ADD CONSTRAINT circuit_changes_pkey PRIMARY KEY (seat_id, seq);

ALTER TABLE ONLY public.claims
    ADD CONSTRAINT claims_pkey PRIMARY KEY (tenant, lot_id, attempt, seat_id);

ALTER TABLE ONLY public.completions
    ADD CONSTRAINT completions_pkey PRIMARY KEY (tenant, award_id);

ALTER TABLE ONLY public.completions_default
    ADD CONSTRAINT completions_default_pkey PRIMARY KEY (tenant, award_id);

ALTER TABLE ONLY public.covered_columns
    ADD CONSTRAINT covered_columns_pkey PRIMARY KEY (table_name, version);

ALTER TABLE ONLY public.deferrals
    ADD CONSTRAINT deferrals_pkey PRIMARY KEY (tenant, award_id);

ALTER TABLE ONLY public.demonstrations
    ADD CONSTRAINT demonstrations_pkey PRIMARY KEY (tenant, seq);

ALTER TABLE ONLY public.entities
    ADD CONSTRAINT entities_pkey PRIMARY KEY (tenant, entity_id);

ALTER TABLE ONLY public.entity_embeddings
    ADD CONSTRAINT entity_embeddings_pkey PRIMARY KEY (tenant, entity_id);

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_pkey PRIMARY KEY (tenant, erasure_id);

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

ALTER TABLE ONLY public.label_chances
    ADD CONSTRAINT label_chances_pkey PRIMARY KEY (tenant, award_id);

ALTER TABLE ONLY public.lots
    ADD CONSTRAINT lots_one_per_position UNIQUE (task_id, "position", tenant);

ALTER TABLE ONLY public.lots
    ADD CONSTRAINT lots_pkey PRIMARY KEY (tenant, lot_id);

ALTER TABLE ONLY public.outcomes
    ADD CONSTRAINT outcomes_pkey PRIMARY KEY (tenant, outcome_id);

ALTER TABLE ONLY public.outcomes_default
    ADD CONSTRAINT outcomes_default_pkey PRIMARY KEY (tenant, outcome_id);

ALTER TABLE ONLY public.policy_snapshots
    ADD CONSTRAINT policy_snapshots_pkey PRIMARY KEY (tenant, version);

ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT receipts_one_after_another UNIQUE (previous);

ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT receipts_pkey PRIMARY KEY (batch);

ALTER TABLE ONLY public.relation_evidence
    ADD CONSTRAINT relation_evidence_pkey PRIMARY KEY (tenant, task_id);

ALTER TABLE ONLY public.relations
    ADD CONSTRAINT relations_pkey PRIMARY KEY (tenant, relation_id);

ALTER TABLE ONLY public.sealed_leaves
    ADD CONSTRAINT sealed_leaves_pkey PRIMARY KEY (batch, table_name, part);

ALTER TABLE ONLY public.seat_calls
    ADD CONSTRAINT seat_calls_pkey PRIMARY KEY (seat_id, award_id);

ALTER TABLE ONLY public.seat_circuits
    ADD CONSTRAINT seat_circuits_pkey PRIMARY KEY (seat_id);

ALTER TABLE ONLY public.seat_prices
    ADD CONSTRAINT seat_prices_pkey PRIMARY KEY (seat_id, seq);

ALTER TABLE ONLY public.seats
    ADD CONSTRAINT seats_pkey PRIMARY KEY (seat_id);

ALTER TABLE ONLY public.settlements
    ADD CONSTRAINT settlements_pkey PRIMARY KEY (tenant, hold_id);

ALTER TABLE ONLY public.settlements_default
    ADD CONSTRAINT settlements_default_pkey PRIMARY KEY (tenant, hold_id);

ALTER TABLE ONLY public.submissions
    ADD CONSTRAINT submissions_one_per_key UNIQUE (tenant, idempotency_key);

ALTER TABLE ONLY public.submissions
    ADD CONSTRAINT submissions_pkey PRIMARY KEY (tenant, submission_id);

ALTER TABLE ONLY public.task_keys
    ADD CONSTRAINT task_keys_pkey PRIMARY KEY (tenant, key);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (tenant, task_id);

ALTER TABLE ONLY public.variants
    ADD CONSTRAINT variants_pkey PRIMARY KEY (tenant, seat_id);

ALTER TABLE ONLY public.waits
    ADD CONSTRAINT waits_pkey PRIMARY KEY (tenant, wait_id);

CREATE INDEX approval_decisions_by_time ON public.approval_decisions USING btree (tenant, decided_at);

CREATE INDEX approval_decisions_by_xact ON public.approval_decisions USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX approvals_by_category ON public.approvals USING btree (tenant, category, created_at);

CREATE INDEX approvals_by_task ON public.approvals USING btree (tenant, task_id);

CREATE INDEX approvals_by_xact ON public.approvals USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX archived_tables_by_xact ON public.archived_tables USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX archives_by_xact ON public.archives USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX auctions_by_xact ON ONLY public.auctions USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE UNIQUE INDEX auctions_default_one_per_round ON public.auctions_default USING btree (lot_id, attempt, round, tenant);

CREATE INDEX auctions_default_xact_number_idx ON public.auctions_default USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX awards_by_time ON ONLY public.awards USING brin (created_at);

CREATE INDEX awards_by_xact ON ONLY public.awards USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX awards_default_created_at_idx ON public.awards_default USING brin (created_at);

CREATE UNIQUE INDEX awards_default_one_per_auction ON public.awards_default USING btree (auction_id, tenant);

CREATE UNIQUE INDEX awards_default_one_per_hold ON public.awards_default USING btree (hold_id, tenant);

CREATE INDEX awards_default_xact_number_idx ON public.awards_default USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX bids_by_xact ON ONLY public.bids USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX bids_default_xact_number_idx ON public.bids_default USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX circuit_changes_by_xact ON public.circuit_changes USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX claims_by_seat ON public.claims USING btree (tenant, seat_id, created_at DESC);

CREATE INDEX claims_by_xact ON public.claims USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX completions_by_time ON ONLY public.completions USING brin (completed_at);

CREATE INDEX completions_by_xact ON ONLY public.completions USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX completions_default_completed_at_idx ON public.completions_default USING brin (completed_at);

CREATE INDEX completions_default_xact_number_idx ON public.completions_default USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX deferrals_by_seat ON public.deferrals USING btree (tenant, seat_id, expires_at);

CREATE INDEX demonstrations_by_xact ON public.demonstrations USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX demonstrations_in_scope ON public.demonstrations USING btree (tenant, kind, scope, seq);

CREATE INDEX demonstrations_of_lot ON public.demonstrations USING btree (tenant, lot_id, seq);

CREATE INDEX entity_embeddings_near ON public.entity_embeddings USING hnsw (((embedding)::public.halfvec(384)) public.halfvec_cosine_ops) WHERE (public.vector_dims(embedding) = 384);

CREATE INDEX erasures_by_xact ON public.erasures USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX executions_by_time ON ONLY public.executions USING brin (claimed_at);

CREATE INDEX executions_by_xact ON ONLY public.executions USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX executions_default_claimed_at_idx ON public.executions_default USING brin (claimed_at);

CREATE INDEX executions_default_xact_number_idx ON public.executions_default USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX holds_by_time ON ONLY public.holds USING brin (created_at);

CREATE INDEX holds_by_xact ON ONLY public.holds USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX holds_default_created_at_idx ON public.holds_default USING brin (created_at);

CREATE INDEX holds_default_xact_number_idx ON public.holds_default USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX label_chances_of_seat ON public.label_chances USING btree (tenant, seat_id, scope, seq);

CREATE INDEX lots_by_xact ON public.lots USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX lots_judging ON public.lots USING btree (tenant, lot_id DESC) WHERE (kind = 'judge'::text);

CREATE INDEX outcomes_by_time ON ONLY public.outcomes USING brin (created_at);

CREATE INDEX outcomes_by_xact ON ONLY public.outcomes USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX outcomes_default_created_at_idx ON public.outcomes_default USING brin (created_at);

CREATE UNIQUE INDEX outcomes_default_one_first ON public.outcomes_default USING btree (award_id, tenant) WHERE first;

CREATE INDEX outcomes_of_award ON ONLY public.outcomes USING btree (tenant, award_id, xact_id);

CREATE INDEX outcomes_default_tenant_award_id_xact_id_idx ON public.outcomes_default USING btree (tenant, award_id, xact_id);

CREATE INDEX outcomes_to_fold ON ONLY public.outcomes USING btree (tenant, xact_id, outcome_id) WHERE stands;

CREATE INDEX outcomes_default_tenant_xact_id_outcome_id_idx ON public.outcomes_default USING btree (tenant, xact_id, outcome_id) WHERE stands;

CREATE INDEX outcomes_default_xact_number_idx ON public.outcomes_default USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX policy_snapshots_by_xact ON public.policy_snapshots USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX relations_in ON public.relations USING btree (tenant, target_id, kind, last_seen DESC, relation_id);

CREATE INDEX relations_out ON public.relations USING btree (tenant, source_id, kind, last_seen DESC, relation_id);

CREATE INDEX seat_prices_by_xact ON public.seat_prices USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX settlements_by_time ON ONLY public.settlements USING brin (created_at);

CREATE INDEX settlements_by_xact ON ONLY public.settlements USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX settlements_default_created_at_idx ON public.settlements_default USING brin (created_at);

CREATE INDEX settlements_default_xact_number_idx ON public.settlements_default USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX task_keys_by_xact ON public.task_keys USING brin (public.xact_number(xact_id)) WITH (autosummarize='on');

CREATE INDEX tasks_by_owner ON public.tasks USING btree (owner) WHERE (owner IS NOT NULL);

CREATE INDEX tasks_by_status ON public.tasks USING btree (tenant, status, task_id);

ALTER INDEX public.auctions_pkey ATTACH PARTITION public.auctions_default_pkey;

ALTER INDEX public.auctions_by_xact ATTACH PARTITION public.auctions_default_xact_number_idx;

ALTER INDEX public.awards_by_time ATTACH PARTITION public.awards_default_created_at_idx;

ALTER INDEX public.awards_pkey ATTACH PARTITION public.awards_default_pkey;

ALTER INDEX public.awards_with_hold ATTACH PARTITION public.awards_default_tenant_award_id_hold_id_key;

ALTER INDEX public.awards_by_xact ATTACH PARTITION public.awards_default_xact_number_idx;

ALTER INDEX public.bids_pkey ATTACH PARTITION public.bids_default_pkey;

ALTER INDEX public.bids_by_xact ATTACH PARTITION public.bids_default_xact_number_idx;

ALTER INDEX public.completions_by_time ATTACH PARTITION public.completions_default_completed_at_idx;

ALTER INDEX public.completions_pkey ATTACH PARTITION public.completions_default_pkey;

ALTER INDEX public.completions_by_xact ATTACH PARTITION public.completions_default_xact_number_idx;

ALTER INDEX public.executions_by_time ATTACH PARTITION public.executions_default_claimed_at_idx;

ALTER INDEX public.executions_pkey ATTACH PARTITION public.executions_default_pkey;

ALTER INDEX public.executions_by_xact ATTACH PARTITION public.executions_default_xact_number_idx;

ALTER INDEX public.holds_by_time ATTACH PARTITION public.holds_default_created_at_idx;

ALTER INDEX public.holds_pkey ATTACH PARTITION public.holds_default_pkey;

ALTER INDEX public.holds_with_amount ATTACH PARTITION public.holds_default_tenant_hold_id_amount_micros_key;

ALTER INDEX public.holds_by_xact ATTACH PARTITION public.holds_default_xact_number_idx;

ALTER INDEX public.outcomes_by_time ATTACH PARTITION public.outcomes_default_created_at_idx;

ALTER INDEX public.outcomes_pkey ATTACH PARTITION public.outcomes_default_pkey;

ALTER INDEX public.outcomes_of_award ATTACH PARTITION public.outcomes_default_tenant_award_id_xact_id_idx;

ALTER INDEX public.outcomes_to_fold ATTACH PARTITION public.outcomes_default_tenant_xact_id_outcome_id_idx;

ALTER INDEX public.outcomes_by_xact ATTACH PARTITION public.outcomes_default_xact_number_idx;

ALTER INDEX public.settlements_by_time ATTACH PARTITION public.settlements_default_created_at_idx;

ALTER INDEX public.settlements_pkey ATTACH PARTITION public.settlements_default_pkey;

ALTER INDEX public.settlements_by_xact ATTACH PARTITION public.settlements_default_xact_number_idx;

CREATE TRIGGER approval_decisions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.approval_decisions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER approvals_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.approvals FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER archived_tables_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.archived_tables FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER archives_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.archives FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER auctions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.auctions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER auctions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.auctions_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER auctions_are_sound BEFORE INSERT OR UPDATE ON public.auctions FOR EACH ROW EXECUTE FUNCTION public.refuse_unsound_auction();

ALTER TABLE public.auctions ENABLE ALWAYS TRIGGER auctions_are_sound;

CREATE TRIGGER awards_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.awards FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER awards_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.awards_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE CONSTRAINT TRIGGER awards_are_sound AFTER INSERT OR UPDATE ON public.awards NOT DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION public.refuse_unsound_award();

ALTER TABLE public.awards ENABLE ALWAYS TRIGGER awards_are_sound;

CREATE TRIGGER bids_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.bids FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER bids_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.bids_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER budgets_are_kept BEFORE DELETE OR TRUNCATE ON public.budgets FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE CONSTRAINT TRIGGER budgets_are_sound AFTER INSERT OR UPDATE ON public.budgets NOT DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION public.refuse_unsound_budget();

ALTER TABLE public.budgets ENABLE ALWAYS TRIGGER budgets_are_sound;

CREATE TRIGGER budgets_keep_identity BEFORE UPDATE OF tenant, scope, time_window ON public.budgets FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER budgets_note_narrower AFTER INSERT ON public.budgets FOR EACH ROW WHEN (((new.scope <> '*'::text) OR (new.time_window <> 'total'::text))) EXECUTE FUNCTION public.note_narrower_budget();

CREATE TRIGGER circuit_changes_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.circuit_changes FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER claims_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.claims FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER completions_append_only BEFORE DELETE OR UPDATE OF tenant, award_id, status, reason, input_tokens, output_tokens, cpu_ms, cost_micros, latency_ms, road, raw_key, completed_at, xact_id, personal_digest OR TRUNCATE ON public.completions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER completions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.completions_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER completions_digest BEFORE INSERT ON public.completions FOR EACH ROW EXECUTE FUNCTION public.completions_digest();

CREATE TRIGGER completions_keep_usage BEFORE UPDATE OF cache_read_tokens, cache_write_tokens, tries ON public.completions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER completions_only_erased BEFORE UPDATE ON public.completions FOR EACH ROW EXECUTE FUNCTION public.refuse_all_but_erasure('output', 'detail', 'personal_salt');

CREATE TRIGGER covered_columns_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.covered_columns FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER deferrals_are_kept BEFORE DELETE OR TRUNCATE ON public.deferrals FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER deferrals_keep_identity BEFORE UPDATE OF tenant, award_id, lot_id, seat_id, job_key, created_at, expires_at ON public.deferrals FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER demonstrations_append_only BEFORE DELETE OR UPDATE OF tenant, seq, lot_id, kind, scope, data_class, source, created_at, xact_id, personal_digest OR TRUNCATE ON public.demonstrations FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER demonstrations_digest BEFORE INSERT ON public.demonstrations FOR EACH ROW EXECUTE FUNCTION public.demonstrations_digest();

CREATE TRIGGER demonstrations_only_erased BEFORE UPDATE ON public.demonstrations FOR EACH ROW EXECUTE FUNCTION public.refuse_all_but_erasure('text', 'output', 'embedding', 'personal_salt');

CREATE TRIGGER erasures_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.erasures FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER executions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.executions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER executions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.executions_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER holds_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.holds FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER holds_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.holds_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER lots_are_kept BEFORE DELETE OR TRUNCATE ON public.lots FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER lots_digest BEFORE INSERT ON public.lots FOR EACH ROW EXECUTE FUNCTION public.lots_digest();

CREATE TRIGGER lots_keep_terms BEFORE UPDATE OF tenant, lot_id, task_id, "position", kind, output, payload_key, data_class, value_micros, price_ceiling_micros, quality_floor, deadline_ms, delay_micros_per_second, needs, personal_digest ON public.lots FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER lots_keep_xact BEFORE UPDATE OF xact_id ON public.lots FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER lots_part_only_erased BEFORE UPDATE OF part ON public.lots FOR EACH ROW WHEN ((new.part <> ''::text)) EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER lots_salt_only_erased BEFORE UPDATE OF personal_salt ON public.lots FOR EACH ROW WHEN ((new.personal_salt IS NOT NULL)) EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER outcomes_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.outcomes FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER outcomes_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.outcomes_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER policy_snapshots_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.policy_snapshots FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER receipts_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.receipts FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER sealed_leaves_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.sealed_leaves FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER seat_prices_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.seat_prices FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER seats_are_kept BEFORE DELETE OR TRUNCATE ON public.seats FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER seats_keep_identity BEFORE UPDATE OF seat_id, created_at ON public.seats FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER settlements_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.settlements FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER settlements_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.settlements_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE CONSTRAINT TRIGGER settlements_void_only_unclaimed AFTER INSERT ON public.settlements NOT DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW WHEN ((new.kind = 'voided'::text)) EXECUTE FUNCTION public.refuse_void_after_claim();

CREATE TRIGGER submissions_are_kept BEFORE DELETE OR TRUNCATE ON public.submissions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER submissions_keep_identity BEFORE UPDATE OF tenant, submission_id, idempotency_key, digest, document_key, created_at ON public.submissions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER task_keys_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.task_keys FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER tasks_are_kept BEFORE DELETE OR TRUNCATE ON public.tasks FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER tasks_keep_identity BEFORE UPDATE OF tenant, task_id, document_key, created_at ON public.tasks FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER tasks_source_only_erased BEFORE UPDATE OF source ON public.tasks FOR EACH ROW WHEN ((new.source <> ''::text)) EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER variants_are_kept BEFORE DELETE OR TRUNCATE ON public.variants FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER variants_keep_content BEFORE UPDATE OF tenant, seat_id, kind, scope, base_seat_id, optimizer, instruction, demonstrations, compiled_right, base_right, examined, exploration_micros, created_at ON public.variants FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER waits_are_kept BEFORE DELETE OR TRUNCATE ON public.waits FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER waits_keep_identity BEFORE UPDATE OF tenant, wait_id ON public.waits FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

ALTER TABLE ONLY public.approval_decisions
    ADD CONSTRAINT approval_decisions_of_an_approval FOREIGN KEY (tenant, approval_id) REFERENCES public.approvals(tenant, approval_id);

ALTER TABLE ONLY public.approvals
    ADD CONSTRAINT approvals_of_a_lot FOREIGN KEY (tenant, lot_id) REFERENCES public.lots(tenant, lot_id);

ALTER TABLE ONLY public.approvals
    ADD CONSTRAINT approvals_of_a_task FOREIGN KEY (tenant, task_id) REFERENCES public.tasks(tenant, task_id);

ALTER TABLE public.auctions
    ADD CONSTRAINT auctions_of_a_lot FOREIGN KEY (tenant, lot_id) REFERENCES public.lots(tenant, lot_id);

ALTER TABLE public.awards
    ADD CONSTRAINT awards_have_their_hold FOREIGN KEY (tenant, hold_id, hold_micros) REFERENCES public.holds(tenant, hold_id, amount_micros);

ALTER TABLE public.awards
    ADD CONSTRAINT awards_of_an_auction FOREIGN KEY (tenant, auction_id) REFERENCES public.auctions(tenant, auction_id);

ALTER TABLE public.bids
    ADD CONSTRAINT bids_in_an_auction FOREIGN KEY (tenant, auction_id) REFERENCES public.auctions(tenant, auction_id);

ALTER TABLE ONLY public.circuit_changes
    ADD CONSTRAINT circuit_changes_of_a_seat FOREIGN KEY (seat_id) REFERENCES public.seats(seat_id);

ALTER TABLE ONLY public.claims
    ADD CONSTRAINT claims_of_a_lot FOREIGN KEY (tenant, lot_id) REFERENCES public.lots(tenant, lot_id);

ALTER TABLE public.completions
    ADD CONSTRAINT completions_of_a_claim FOREIGN KEY (tenant, award_id) REFERENCES public.executions(tenant, award_id);

ALTER TABLE ONLY public.deferrals
    ADD CONSTRAINT deferrals_of_a_lot FOREIGN KEY (tenant, lot_id) REFERENCES public.lots(tenant, lot_id);

ALTER TABLE ONLY public.entity_embeddings
    ADD CONSTRAINT entity_embeddings_of_an_entity FOREIGN KEY (tenant, entity_id) REFERENCES public.entities(tenant, entity_id) ON DELETE CASCADE;

ALTER TABLE public.executions
    ADD CONSTRAINT executions_of_an_award FOREIGN KEY (tenant, award_id) REFERENCES public.awards(tenant, award_id);

ALTER TABLE ONLY public.lots
    ADD CONSTRAINT lots_of_a_task FOREIGN KEY (tenant, task_id) REFERENCES public.tasks(tenant, task_id);

ALTER TABLE public.outcomes
    ADD CONSTRAINT outcomes_of_an_award FOREIGN KEY (tenant, award_id) REFERENCES public.awards(tenant, award_id);

ALTER TABLE ONLY public.relations
    ADD CONSTRAINT relations_from_an_entity FOREIGN KEY (tenant, source_id) REFERENCES public.entities(tenant, entity_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.relations
    ADD CONSTRAINT relations_to_an_entity FOREIGN KEY (tenant, target_id) REFERENCES public.entities(tenant, entity_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sealed_leaves
    ADD CONSTRAINT sealed_leaves_of_a_receipt FOREIGN KEY (batch) REFERENCES public.receipts(batch);

ALTER TABLE ONLY public.seat_calls
    ADD CONSTRAINT seat_calls_of_a_seat FOREIGN KEY (seat_id) REFERENCES public.seats(seat_id);

ALTER TABLE ONLY public.seat_circuits
    ADD CONSTRAINT seat_circuits_of_a_seat FOREIGN KEY (seat_id) REFERENCES public.seats(seat_id);

ALTER TABLE ONLY public.seat_prices
    ADD CONSTRAINT seat_prices_of_a_seat FOREIGN KEY (seat_id) REFERENCES public.seats(seat_id);

ALTER TABLE public.settlements
    ADD CONSTRAINT settlements_of_a_hold FOREIGN KEY (tenant, hold_id, hold_micros) REFERENCES public.holds(tenant, hold_id, amount_micros);

ALTER TABLE public.settlements
    ADD CONSTRAINT settlements_of_its_award FOREIGN KEY (tenant, award_id, hold_id) REFERENCES public.awards(tenant, award_id, hold_id);

ALTER TABLE ONLY public.submissions
    ADD CONSTRAINT submissions_of_a_task FOREIGN KEY (tenant, task_id) REFERENCES public.tasks(tenant, task_id);

ALTER TABLE ONLY public.variants
    ADD CONSTRAINT variants_of_a_seat FOREIGN KEY (seat_id) REFERENCES public.seats(seat_id);

ALTER TABLE public.approval_decisions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.approvals ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.archived_tables ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.archives ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.auctions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.auctions_default ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.awards ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.awards_default ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.bids ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.bids_default ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.budgets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.claims ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.completions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.completions_default ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.deferrals ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.demonstrations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.entities ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.entity_embeddings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.erasures ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.executions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.executions_default ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.holds ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.holds_default ENABLE ROW LEVEL SECURITY;

CREATE POLICY installation ON public.approval_decisions FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.approvals FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.archived_tables FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.archives FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.auctions FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.awards FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.bids FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.budgets FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.claims FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.completions FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.deferrals FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.demonstrations FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.entities FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.entity_embeddings FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.erasures FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.executions FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.holds FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.label_chances FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.lots FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.outcomes FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.policy_snapshots FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.relation_evidence FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.relations FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.settlements FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.submissions FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.task_keys FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.tasks FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.variants FOR SELECT TO ledger_keeper, ledger_reader USING (true);

CREATE POLICY installation ON public.waits FOR SELECT TO ledger_keeper, ledger_reader USING (true);

ALTER TABLE public.label_chances ENABLE ROW LEVEL SECURITY;

CREATE POLICY leases ON public.tasks FOR UPDATE TO ledger_keeper USING (true);

ALTER TABLE public.lots ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.outcomes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.outcomes_default ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON public.approval_decisions USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.approvals USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.archived_tables USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.archives USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.auctions USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.awards USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.bids USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.budgets USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.claims USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.completions USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.deferrals USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.demonstrations USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.entities USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.entity_embeddings USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.erasures USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.executions USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.holds USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.label_chances USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.lots USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.outcomes USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.policy_snapshots USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.relation_evidence USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.relations USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.settlements USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.submissions USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.task_keys USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.tasks USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.variants USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

CREATE POLICY own_tenant ON public.waits USING ((tenant = ( SELECT NULLIF(current_setting('atomic.tenant'::text, true), ''::text) AS "nullif")));

ALTER TABLE public.policy_snapshots ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.relation_evidence ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.relations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.settlements ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.settlements_default ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.submissions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.task_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.tasks ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.variants ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.waits ENABLE ROW LEVEL SECURITY;

GRANT ALL ON SCHEMA public TO ledger_owner;
GRANT ALL ON SCHEMA public TO ledger_keeper;
GRANT USAGE ON SCHEMA public TO ledger_app;
GRANT USAGE ON SCHEMA public TO ledger_reader;

REVOKE ALL ON FUNCTION public.add_demonstration(p_tenant text, p_lot_id uuid, p_kind text, p_scope text, p_data_class text, p_text text, p_output json, p_source text, p_embedding public.vector, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.add_demonstration(p_tenant text, p_lot_id uuid, p_kind text, p_scope text, p_data_class text, p_text text, p_output json, p_source text, p_embedding public.vector, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.add_month(p_month date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.add_partition(p_table text, p_suffix text, p_bounds text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.admit_call(p_seat_id text, p_award_id uuid, p_places integer, p_lease_ms bigint, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.admit_call(p_seat_id text, p_award_id uuid, p_places integer, p_lease_ms bigint, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.append_policy(p_tenant text, p_version integer, p_multiplier double precision, p_watermark xid8, p_state json, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.append_policy(p_tenant text, p_version integer, p_multiplier double precision, p_watermark xid8, p_state json, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.append_receipt(p_batch bigint, p_from bigint, p_to bigint, p_leaf_count bigint, p_root bytea, p_sealed_at_ms bigint, p_previous bytea, p_chain_hash bytea, p_algorithm text, p_key_id text, p_signature bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.append_receipt(p_batch bigint, p_from bigint, p_to bigint, p_leaf_count bigint, p_root bytea, p_sealed_at_ms bigint, p_previous bytea, p_chain_hash bytea, p_algorithm text, p_key_id text, p_signature bytea) TO ledger_app;

REVOKE ALL ON FUNCTION public.as_tenant(p_tenant text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.as_tenant(p_tenant text) TO ledger_app;
GRANT ALL ON FUNCTION public.as_tenant(p_tenant text) TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.auctions TO ledger_app;
GRANT SELECT ON TABLE public.auctions TO ledger_keeper;
GRANT SELECT ON TABLE public.auctions TO ledger_reader;

REVOKE ALL ON FUNCTION public.auctions_of_lot(p_tenant text, p_lot_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.auctions_of_lot(p_tenant text, p_lot_id uuid) TO ledger_app;

REVOKE ALL ON FUNCTION public.authority(p_source text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.authority(p_source text) TO ledger_app;

REVOKE ALL ON FUNCTION public.autonomies(p_tenant text, p_good_enough double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION public.autonomies(p_tenant text, p_good_enough double precision) TO ledger_app;

GRANT SELECT,INSERT ON TABLE public.awards TO ledger_app;
GRANT SELECT ON TABLE public.awards TO ledger_keeper;
GRANT SELECT ON TABLE public.awards TO ledger_reader;

REVOKE ALL ON FUNCTION public.awards_of_lot(p_tenant text, p_lot_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.awards_of_lot(p_tenant text, p_lot_id uuid) TO ledger_app;

GRANT SELECT,INSERT ON TABLE public.lots TO ledger_app;
GRANT SELECT ON TABLE public.lots TO ledger_keeper;
GRANT SELECT ON TABLE public.lots TO ledger_reader;

REVOKE ALL ON FUNCTION public.awards_of_tasks(p_tenant text, p_task_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.awards_of_tasks(p_tenant text, p_task_ids uuid[]) TO ledger_app;

REVOKE ALL ON FUNCTION public.batch_end(p_from bigint, p_rows_max bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.batch_end(p_from bigint, p_rows_max bigint) TO ledger_app;

GRANT SELECT ON TABLE public.bids TO ledger_app;
GRANT SELECT ON TABLE public.bids TO ledger_keeper;
GRANT SELECT ON TABLE public.bids TO ledger_reader;

REVOKE ALL ON FUNCTION public.bids_of_lot(p_tenant text, p_lot_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.bids_of_lot(p_tenant text, p_lot_id uuid) TO ledger_app;

REVOKE ALL ON FUNCTION public.blank_columns(p_table text, p_blanks text, p_where text, p_tenant text, p_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.blockers_of_month(p_month text, OUT open_holds bigint, OUT unfolded_outcomes bigint, OUT running_tasks bigint, OUT unsealed_rows bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.claim_execution(p_tenant text, p_award_id uuid, p_claim uuid, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.claim_execution(p_tenant text, p_award_id uuid, p_claim uuid, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.claim_task(p_tenant text, p_key text, p_task_id uuid, p_source text, p_document_key text, p_owner text, p_claim uuid, p_now_ms bigint, p_lease_ms bigint, OUT task uuid, OUT answer text, OUT attempt_number integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.claim_task(p_tenant text, p_key text, p_task_id uuid, p_source text, p_document_key text, p_owner text, p_claim uuid, p_now_ms bigint, p_lease_ms bigint, OUT task uuid, OUT answer text, OUT attempt_number integer) TO ledger_app;

REVOKE ALL ON FUNCTION public.close_lot(p_tenant text, p_lot_id uuid, p_status text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.close_lot(p_tenant text, p_lot_id uuid, p_status text) TO ledger_app;

REVOKE ALL ON FUNCTION public.complete_execution(p_tenant text, p_award_id uuid, p_status text, p_reason text, p_detail text, p_input_tokens bigint, p_output_tokens bigint, p_cpu_ms bigint, p_cost_micros bigint, p_latency_ms bigint, p_output json, p_road text, p_raw_key text, p_now_ms bigint, p_cache_read_tokens bigint, p_cache_write_tokens bigint, p_tries integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.complete_execution(p_tenant text, p_award_id uuid, p_status text, p_reason text, p_detail text, p_input_tokens bigint, p_output_tokens bigint, p_cpu_ms bigint, p_cost_micros bigint, p_latency_ms bigint, p_output json, p_road text, p_raw_key text, p_now_ms bigint, p_cache_read_tokens bigint, p_cache_write_tokens bigint, p_tries integer) TO ledger_app;

REVOKE ALL ON FUNCTION public.completions_digest() FROM PUBLIC;
GRANT ALL ON FUNCTION public.completions_digest() TO ledger_app;

GRANT SELECT,INSERT ON TABLE public.completions TO ledger_app;
GRANT SELECT ON TABLE public.completions TO ledger_keeper;
GRANT SELECT ON TABLE public.completions TO ledger_reader;

REVOKE ALL ON FUNCTION public.completions_of_lot(p_tenant text, p_lot_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.completions_of_lot(p_tenant text, p_lot_id uuid) TO ledger_app;

REVOKE ALL ON FUNCTION public.cover_with_leaf(p_table regclass, p_mutable text[], p_personal text[]) FROM PUBLIC;

GRANT SELECT ON TABLE public.approval_decisions TO ledger_app;
GRANT SELECT ON TABLE public.approval_decisions TO ledger_keeper;
GRANT SELECT ON TABLE public.approval_decisions TO ledger_reader;

GRANT SELECT ON TABLE public.approvals TO ledger_app;
GRANT SELECT ON TABLE public.approvals TO ledger_keeper;
GRANT SELECT ON TABLE public.approvals TO ledger_reader;

GRANT SELECT ON TABLE public.decided_approvals TO ledger_app;
GRANT SELECT ON TABLE public.decided_approvals TO ledger_reader;

REVOKE ALL ON FUNCTION public.decide_approval(p_tenant text, p_approval_id uuid, p_verdict text, p_by text, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.decide_approval(p_tenant text, p_approval_id uuid, p_verdict text, p_by text, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.demonstrations_digest() FROM PUBLIC;
GRANT ALL ON FUNCTION public.demonstrations_digest() TO ledger_app;

REVOKE ALL ON FUNCTION public.drop_month(p_month text, p_rows json, p_manifest_sha256 bytea, p_now_ms bigint) FROM PUBLIC;

GRANT SELECT ON TABLE public.entities TO ledger_app;
GRANT SELECT ON TABLE public.entities TO ledger_keeper;
GRANT SELECT ON TABLE public.entities TO ledger_reader;

REVOKE ALL ON FUNCTION public.entities_by_id(p_tenant text, p_entity_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.entities_by_id(p_tenant text, p_entity_ids uuid[]) TO ledger_app;

REVOKE ALL ON FUNCTION public.erase_tasks(p_tenant text, p_erasure_id uuid, p_erased_by text, p_task_ids uuid[], p_objects bigint, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.erase_tasks(p_tenant text, p_erasure_id uuid, p_erased_by text, p_task_ids uuid[], p_objects bigint, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.finish_task(p_tenant text, p_task_id uuid, p_status text, p_reason text, p_result_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.finish_task(p_tenant text, p_task_id uuid, p_status text, p_reason text, p_result_key text) TO ledger_app;

REVOKE ALL ON FUNCTION public.first_choices(p_tenant text, p_after uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.first_choices(p_tenant text, p_after uuid) TO ledger_app;

GRANT ALL ON FUNCTION public.first_id_at(p_ms bigint) TO ledger_app;

GRANT ALL ON FUNCTION public.first_id_of(p_id uuid) TO ledger_app;

REVOKE ALL ON FUNCTION public.first_id_of_month(p_month text) FROM PUBLIC;

GRANT ALL ON FUNCTION public.from_unix_ms(p_ms bigint) TO ledger_app;
GRANT ALL ON FUNCTION public.from_unix_ms(p_ms bigint) TO ledger_keeper;

REVOKE ALL ON FUNCTION public.guard_tenant_table(p_table regclass) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.history_of_lot(p_tenant text, p_lot_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.history_of_lot(p_tenant text, p_lot_id uuid) TO ledger_app;

REVOKE ALL ON FUNCTION public.keep_deferral(p_tenant text, p_award_id uuid, p_worker text, p_now_ms bigint, p_lease_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.keep_deferral(p_tenant text, p_award_id uuid, p_worker text, p_now_ms bigint, p_lease_ms bigint) TO ledger_app;

GRANT ALL ON FUNCTION public.last_id_of(p_id uuid) TO ledger_app;

REVOKE ALL ON FUNCTION public.leaf_field(p_row text, p_column text, p_type regtype, p_not_null boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.leaf_field(p_row text, p_column text, p_type regtype, p_not_null boolean) TO ledger_keeper;

REVOKE ALL ON FUNCTION public.leaf_fields(p_row text, p_table regclass, p_columns text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.leaf_fields(p_row text, p_table regclass, p_columns text[]) TO ledger_keeper;

GRANT SELECT ON TABLE public.covered_columns TO ledger_keeper;
GRANT SELECT ON TABLE public.covered_columns TO ledger_reader;

GRANT SELECT ON TABLE public.current_covers TO ledger_keeper;
GRANT SELECT ON TABLE public.current_covers TO ledger_reader;

REVOKE ALL ON FUNCTION public.leaf_of(p_row text, p_table text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.leaf_of(p_row text, p_table text) TO ledger_keeper;

GRANT SELECT ON TABLE public.tasks TO ledger_app;
GRANT SELECT ON TABLE public.tasks TO ledger_keeper;
GRANT SELECT ON TABLE public.tasks TO ledger_reader;

GRANT UPDATE(owner) ON TABLE public.tasks TO ledger_keeper;

GRANT UPDATE(lease_until) ON TABLE public.tasks TO ledger_keeper;

REVOKE ALL ON FUNCTION public.lease_owners() FROM PUBLIC;
GRANT ALL ON FUNCTION public.lease_owners() TO ledger_app;

REVOKE ALL ON FUNCTION public.leaves_between(p_from bigint, p_to bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.leaves_to_seal(p_from bigint, p_to bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.leaves_to_seal(p_from bigint, p_to bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.link_submission(p_tenant text, p_submission_id uuid, p_task_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.link_submission(p_tenant text, p_submission_id uuid, p_task_id uuid) TO ledger_app;

REVOKE ALL ON FUNCTION public.logged_auctions(p_tenant text, p_after uuid, p_upto uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.logged_auctions(p_tenant text, p_after uuid, p_upto uuid) TO ledger_app;

REVOKE ALL ON FUNCTION public.lot_of_id(p_tenant text, p_lot_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.lot_of_id(p_tenant text, p_lot_id uuid) TO ledger_app;

REVOKE ALL ON FUNCTION public.lots_digest() FROM PUBLIC;
GRANT ALL ON FUNCTION public.lots_digest() TO ledger_app;

REVOKE ALL ON FUNCTION public.maintain_partitions(p_now_ms bigint, p_ahead integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_partitions(p_now_ms bigint, p_ahead integer) TO ledger_app;

REVOKE ALL ON FUNCTION public.market_gauges(p_now_ms bigint, p_since_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.market_gauges(p_now_ms bigint, p_since_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.partitioned_tables() FROM PUBLIC;
GRANT ALL ON FUNCTION public.partitioned_tables() TO ledger_app;

GRANT SELECT,INSERT ON TABLE public.holds TO ledger_app;
GRANT SELECT ON TABLE public.holds TO ledger_keeper;
GRANT SELECT ON TABLE public.holds TO ledger_reader;

REVOKE ALL ON FUNCTION public.months_before(p_day date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.nearest_entities(p_tenant text, p_entity_id uuid, p_kind text, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.nearest_entities(p_tenant text, p_entity_id uuid, p_kind text, p_limit integer) TO ledger_app;

REVOKE ALL ON FUNCTION public.neighbourhood(p_tenant text, p_roots uuid[], p_hops integer, p_cap integer, p_kinds text[], p_data_classes text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.neighbourhood(p_tenant text, p_roots uuid[], p_hops integer, p_cap integer, p_kinds text[], p_data_classes text[]) TO ledger_app;

REVOKE ALL ON FUNCTION public.note_narrower_budget() FROM PUBLIC;
GRANT ALL ON FUNCTION public.note_narrower_budget() TO ledger_app;

REVOKE ALL ON FUNCTION public.object_keys_of_tasks(p_tenant text, p_task_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.object_keys_of_tasks(p_tenant text, p_task_ids uuid[]) TO ledger_app;

GRANT SELECT,INSERT ON TABLE public.outcomes TO ledger_app;
GRANT SELECT ON TABLE public.outcomes TO ledger_keeper;
GRANT SELECT ON TABLE public.outcomes TO ledger_reader;

REVOKE ALL ON FUNCTION public.outcomes_of_lot(p_tenant text, p_lot_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.outcomes_of_lot(p_tenant text, p_lot_id uuid) TO ledger_app;

REVOKE ALL ON FUNCTION public.place_hold(p_tenant text, p_hold_id uuid, p_amount_micros bigint, p_default_limit_micros bigint, p_now_ms bigint, p_scope text, p_lease_ms bigint, p_again boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.place_hold(p_tenant text, p_hold_id uuid, p_amount_micros bigint, p_default_limit_micros bigint, p_now_ms bigint, p_scope text, p_lease_ms bigint, p_again boolean) TO ledger_app;

REVOKE ALL ON FUNCTION public.put_approvals(p_tenant text, p_approvals json) FROM PUBLIC;
GRANT ALL ON FUNCTION public.put_approvals(p_tenant text, p_approvals json) TO ledger_app;

REVOKE ALL ON FUNCTION public.put_deferral(p_tenant text, p_award_id uuid, p_lot_id uuid, p_seat_id text, p_job_key text, p_expires_ms bigint, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.put_deferral(p_tenant text, p_award_id uuid, p_lot_id uuid, p_seat_id text, p_job_key text, p_expires_ms bigint, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.put_lots(p_tenant text, p_lots json) FROM PUBLIC;
GRANT ALL ON FUNCTION public.put_lots(p_tenant text, p_lots json) TO ledger_app;

REVOKE ALL ON FUNCTION public.put_seat(p_seat json, p_prices json, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.put_seat(p_seat json, p_prices json, p_now_ms bigint) TO ledger_app;

GRANT SELECT ON TABLE public.submissions TO ledger_app;
GRANT SELECT ON TABLE public.submissions TO ledger_keeper;
GRANT SELECT ON TABLE public.submissions TO ledger_reader;

REVOKE ALL ON FUNCTION public.put_submission(p_tenant text, p_submission_id uuid, p_idempotency_key text, p_digest bytea, p_document_key text, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.put_submission(p_tenant text, p_submission_id uuid, p_idempotency_key text, p_digest bytea, p_document_key text, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.put_variant(p_tenant text, p_variant json, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.put_variant(p_tenant text, p_variant json, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.put_wait(p_tenant text, p_wait_id uuid, p_token text, p_owner text, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.put_wait(p_tenant text, p_wait_id uuid, p_token text, p_owner text, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.receipts_of_month(p_month text, OUT first_batch bigint, OUT last_batch bigint) FROM PUBLIC;

REVOKE ALL ON PROCEDURE public.record_auction(INOUT p_answer text, IN p_entry public.auction_entry, IN p_again boolean) FROM PUBLIC;
GRANT ALL ON PROCEDURE public.record_auction(INOUT p_answer text, IN p_entry public.auction_entry, IN p_again boolean) TO ledger_app;

REVOKE ALL ON FUNCTION public.record_claims(p_tenant text, p_lot_id uuid, p_attempt integer, p_claims json, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.record_claims(p_tenant text, p_lot_id uuid, p_attempt integer, p_claims json, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.record_label_chances(p_tenant text, p_award_id uuid, p_lot_id uuid, p_seat_id text, p_scope text, p_chances json, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.record_label_chances(p_tenant text, p_award_id uuid, p_lot_id uuid, p_seat_id text, p_scope text, p_chances json, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.record_outcome(p_tenant text, p_outcome_id uuid, p_award_id uuid, p_source text, p_reward double precision, p_weight double precision, p_parts json, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.record_outcome(p_tenant text, p_outcome_id uuid, p_award_id uuid, p_source text, p_reward double precision, p_weight double precision, p_parts json, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.record_relations(p_tenant text, p_task_id uuid, p_entities json, p_relations json, p_embedding public.vector, p_seen_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.record_relations(p_tenant text, p_task_id uuid, p_entities json, p_relations json, p_embedding public.vector, p_seen_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.refuse_all_but_erasure() FROM PUBLIC;
GRANT ALL ON FUNCTION public.refuse_all_but_erasure() TO ledger_app;

REVOKE ALL ON FUNCTION public.refuse_change() FROM PUBLIC;
GRANT ALL ON FUNCTION public.refuse_change() TO ledger_app;

REVOKE ALL ON FUNCTION public.refuse_second_rows(p_table text, p_partition text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.refuse_unsound_auction() FROM PUBLIC;
GRANT ALL ON FUNCTION public.refuse_unsound_auction() TO ledger_app;

REVOKE ALL ON FUNCTION public.refuse_unsound_award() FROM PUBLIC;
GRANT ALL ON FUNCTION public.refuse_unsound_award() TO ledger_app;

REVOKE ALL ON FUNCTION public.refuse_unsound_budget() FROM PUBLIC;
GRANT ALL ON FUNCTION public.refuse_unsound_budget() TO ledger_app;

REVOKE ALL ON FUNCTION public.refuse_void_after_claim() FROM PUBLIC;
GRANT ALL ON FUNCTION public.refuse_void_after_claim() TO ledger_app;

REVOKE ALL ON FUNCTION public.relation_ends() FROM PUBLIC;
GRANT ALL ON FUNCTION public.relation_ends() TO ledger_app;

REVOKE ALL ON FUNCTION public.release_leases(p_owners text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.release_leases(p_owners text[]) TO ledger_app;

REVOKE ALL ON FUNCTION public.replay_bounds(p_tenant text, p_after uuid, p_size integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.replay_bounds(p_tenant text, p_after uuid, p_size integer) TO ledger_app;

REVOKE ALL ON FUNCTION public.report_call(p_seat_id text, p_award_id uuid, p_well boolean, p_failures_to_open integer, p_cool_ms bigint, p_cool_max_ms bigint, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.report_call(p_seat_id text, p_award_id uuid, p_well boolean, p_failures_to_open integer, p_cool_ms bigint, p_cool_max_ms bigint, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.resolve_expired_hold(p_tenant text, p_hold_id uuid, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.resolve_expired_hold(p_tenant text, p_hold_id uuid, p_now_ms bigint) TO ledger_keeper;

REVOKE ALL ON FUNCTION public.review_variant(p_tenant text, p_seat_id text, p_spent_micros bigint, p_status text, p_reason text, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.review_variant(p_tenant text, p_seat_id text, p_spent_micros bigint, p_status text, p_reason text, p_now_ms bigint) TO ledger_app;

GRANT ALL ON FUNCTION public.same_time(p_one uuid, p_other uuid) TO ledger_app;

REVOKE ALL ON FUNCTION public.set_budget(p_tenant text, p_limit_micros bigint, p_scope text, p_window text, p_default_limit_micros bigint, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.set_budget(p_tenant text, p_limit_micros bigint, p_scope text, p_window text, p_default_limit_micros bigint, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.set_seat_status(p_seat_id text, p_status text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.set_seat_status(p_seat_id text, p_status text) TO ledger_app;

REVOKE ALL ON FUNCTION public.settle(p_tenant text, p_hold_id uuid, p_award_id uuid, p_kind text, p_amount_micros bigint, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.settle(p_tenant text, p_hold_id uuid, p_award_id uuid, p_kind text, p_amount_micros bigint, p_now_ms bigint) TO ledger_app;

GRANT SELECT,INSERT ON TABLE public.settlements TO ledger_app;
GRANT SELECT ON TABLE public.settlements TO ledger_keeper;
GRANT SELECT ON TABLE public.settlements TO ledger_reader;

REVOKE ALL ON FUNCTION public.settlements_of_lot(p_tenant text, p_lot_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.settlements_of_lot(p_tenant text, p_lot_id uuid) TO ledger_app;

REVOKE ALL ON FUNCTION public.sweep_holds(p_now_ms bigint, p_since_ms bigint, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.sweep_holds(p_now_ms bigint, p_since_ms bigint, p_limit integer) TO ledger_app;

GRANT SELECT ON TABLE public.deferrals TO ledger_app;
GRANT SELECT ON TABLE public.deferrals TO ledger_keeper;
GRANT SELECT ON TABLE public.deferrals TO ledger_reader;

REVOKE ALL ON FUNCTION public.take_deferral(p_tenant text, p_seats text[], p_worker text, p_now_ms bigint, p_lease_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.take_deferral(p_tenant text, p_seats text[], p_worker text, p_now_ms bigint, p_lease_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.tasks_of_sender(p_tenant text, p_sender_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tasks_of_sender(p_tenant text, p_sender_id uuid) TO ledger_app;

REVOKE ALL ON FUNCTION public.void_unawarded_holds(p_tenant text, p_hold_ids uuid[], p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.void_unawarded_holds(p_tenant text, p_hold_ids uuid[], p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.window_start(p_window text, p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.window_start(p_window text, p_at timestamp with time zone) TO ledger_app;
GRANT ALL ON FUNCTION public.window_start(p_window text, p_at timestamp with time zone) TO ledger_reader;
GRANT ALL ON FUNCTION public.window_start(p_window text, p_at timestamp with time zone) TO ledger_keeper;

REVOKE ALL ON FUNCTION public.withdraw_demonstration(p_tenant text, p_lot_id uuid, p_now_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.withdraw_demonstration(p_tenant text, p_lot_id uuid, p_now_ms bigint) TO ledger_app;

REVOKE ALL ON FUNCTION public.withdraw_relations(p_tenant text, p_relation_ids uuid[]) FROM PUBLIC;

GRANT ALL ON FUNCTION public.xact_number(p_xact xid8) TO ledger_app;

GRANT SELECT ON TABLE public.all_bids TO ledger_app;
GRANT SELECT ON TABLE public.all_bids TO ledger_reader;

GRANT SELECT ON TABLE public.archived_tables TO ledger_app;
GRANT SELECT ON TABLE public.archived_tables TO ledger_keeper;
GRANT SELECT ON TABLE public.archived_tables TO ledger_reader;

GRANT SELECT ON TABLE public.archives TO ledger_app;
GRANT SELECT ON TABLE public.archives TO ledger_keeper;
GRANT SELECT ON TABLE public.archives TO ledger_reader;

GRANT SELECT ON TABLE public.awarded_lots TO ledger_app;
GRANT SELECT ON TABLE public.awarded_lots TO ledger_reader;

GRANT SELECT ON TABLE public.budgets TO ledger_app;
GRANT SELECT ON TABLE public.budgets TO ledger_keeper;
GRANT SELECT ON TABLE public.budgets TO ledger_reader;

GRANT SELECT ON TABLE public.circuit_changes TO ledger_app;
GRANT SELECT ON TABLE public.circuit_changes TO ledger_reader;
GRANT SELECT ON TABLE public.circuit_changes TO ledger_keeper;

GRANT SELECT,INSERT ON TABLE public.claims TO ledger_app;
GRANT SELECT ON TABLE public.claims TO ledger_keeper;
GRANT SELECT ON TABLE public.claims TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.demonstrations TO ledger_app;
GRANT SELECT ON TABLE public.demonstrations TO ledger_keeper;
GRANT SELECT ON TABLE public.demonstrations TO ledger_reader;

GRANT SELECT ON TABLE public.current_demonstrations TO ledger_app;
GRANT SELECT ON TABLE public.current_demonstrations TO ledger_reader;

GRANT SELECT ON TABLE public.seat_prices TO ledger_app;
GRANT SELECT ON TABLE public.seat_prices TO ledger_reader;
GRANT SELECT ON TABLE public.seat_prices TO ledger_keeper;

GRANT SELECT ON TABLE public.current_seat_prices TO ledger_app;
GRANT SELECT ON TABLE public.current_seat_prices TO ledger_reader;

GRANT SELECT ON TABLE public.entity_embeddings TO ledger_app;
GRANT SELECT ON TABLE public.entity_embeddings TO ledger_keeper;
GRANT SELECT ON TABLE public.entity_embeddings TO ledger_reader;

GRANT SELECT ON TABLE public.erasures TO ledger_app;
GRANT SELECT ON TABLE public.erasures TO ledger_keeper;
GRANT SELECT ON TABLE public.erasures TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.executions TO ledger_app;
GRANT SELECT ON TABLE public.executions TO ledger_keeper;
GRANT SELECT ON TABLE public.executions TO ledger_reader;

GRANT SELECT ON TABLE public.label_chances TO ledger_app;
GRANT SELECT ON TABLE public.label_chances TO ledger_keeper;
GRANT SELECT ON TABLE public.label_chances TO ledger_reader;

GRANT SELECT ON TABLE public.ledger_columns TO ledger_keeper;
GRANT SELECT ON TABLE public.ledger_columns TO ledger_reader;

GRANT SELECT ON TABLE public.open_deferrals TO ledger_app;
GRANT SELECT ON TABLE public.open_deferrals TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.policy_snapshots TO ledger_app;
GRANT SELECT ON TABLE public.policy_snapshots TO ledger_keeper;
GRANT SELECT ON TABLE public.policy_snapshots TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.receipts TO ledger_keeper;
GRANT SELECT ON TABLE public.receipts TO ledger_app;
GRANT SELECT ON TABLE public.receipts TO ledger_reader;

GRANT SELECT ON TABLE public.relation_evidence TO ledger_app;
GRANT SELECT ON TABLE public.relation_evidence TO ledger_keeper;
GRANT SELECT ON TABLE public.relation_evidence TO ledger_reader;

GRANT SELECT ON TABLE public.relations TO ledger_app;
GRANT SELECT ON TABLE public.relations TO ledger_keeper;
GRANT SELECT ON TABLE public.relations TO ledger_reader;

GRANT SELECT,INSERT ON TABLE public.sealed_leaves TO ledger_keeper;
GRANT SELECT ON TABLE public.sealed_leaves TO ledger_reader;

GRANT SELECT ON TABLE public.seat_calls TO ledger_app;
GRANT SELECT ON TABLE public.seat_calls TO ledger_reader;

GRANT SELECT ON TABLE public.seat_circuits TO ledger_app;
GRANT SELECT ON TABLE public.seat_circuits TO ledger_reader;

GRANT SELECT ON TABLE public.seats TO ledger_app;
GRANT SELECT ON TABLE public.seats TO ledger_reader;
GRANT SELECT ON TABLE public.seats TO ledger_keeper;

GRANT SELECT ON TABLE public.task_keys TO ledger_app;
GRANT SELECT ON TABLE public.task_keys TO ledger_keeper;
GRANT SELECT ON TABLE public.task_keys TO ledger_reader;

GRANT SELECT ON TABLE public.variants TO ledger_app;
GRANT SELECT ON TABLE public.variants TO ledger_keeper;
GRANT SELECT ON TABLE public.variants TO ledger_reader;

GRANT SELECT ON TABLE public.waits TO ledger_app;
GRANT SELECT ON TABLE public.waits TO ledger_keeper;
GRANT SELECT ON TABLE public.waits TO ledger_reader;

ALTER DEFAULT PRIVILEGES FOR ROLE ledger_owner IN SCHEMA public GRANT ALL ON FUNCTIONS TO ledger_app;

ALTER DEFAULT PRIVILEGES FOR ROLE ledger_keeper REVOKE ALL ON FUNCTIONS FROM PUBLIC;

ALTER DEFAULT PRIVILEGES FOR ROLE ledger_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;
