-- Partitions: the tables that grow with every lot are cut by month, along the time inside their own ids.
--
-- Why by id: ids are shaped like uuid v7, so a range of ids is a range of time, the key that every query has is also the
-- partition key, and an old month can be dropped instead of deleted.
-- Why each table by the id of its own primary key: a unique constraint of a partitioned table must contain the partition
-- key. So every primary key and every foreign key of before stays as it was.
-- What cannot stay a constraint of the whole table is unique in columns other than that id: one auction per round of a
-- lot, one award per auction and per hold, one first outcome per award. Each becomes a unique index of every partition,
-- and a CHECK says that the two ids carry the same time: rows that could collide are always in one partition.
-- Why a default partition: no row is ever refused for want of a month. maintain_partitions tells what it holds.
-- Lots and tasks stay whole: their status changes, and they are few beside bids.
-- Why tables leave their schema, and it is dropped at the end: their names and those of their indices are wanted again.
-- squawk-ignore-file ban-set-schema, ban-drop-schema, ban-drop-view

CREATE FUNCTION first_id_at(p_ms bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (lpad(to_hex(p_ms), 12, '0') || repeat('0', 20))::uuid;

-- The ids of one task's rows lie between these two, whichever of them is given: they share the first 48 bits.
CREATE FUNCTION first_id_of(p_id uuid) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (left(p_id::text, 13) || '-0000-0000-000000000000')::uuid;

CREATE FUNCTION last_id_of(p_id uuid) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (left(p_id::text, 13) || '-ffff-ffff-ffffffffffff')::uuid;

CREATE FUNCTION same_time(p_one uuid, p_other uuid) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN left(p_one::text, 13) = left(p_other::text, 13);

CREATE SCHEMA before_partitions;
DROP VIEW awarded_lots;
ALTER TABLE outcomes SET SCHEMA before_partitions;
ALTER TABLE settlements SET SCHEMA before_partitions;
ALTER TABLE completions SET SCHEMA before_partitions;
ALTER TABLE executions SET SCHEMA before_partitions;
ALTER TABLE awards SET SCHEMA before_partitions;
ALTER TABLE bids SET SCHEMA before_partitions;
ALTER TABLE auctions SET SCHEMA before_partitions;
ALTER TABLE holds SET SCHEMA before_partitions;

CREATE TABLE holds (
    tenant         text NOT NULL,
    hold_id        uuid NOT NULL,
    amount_micros  bigint NOT NULL,
    scope          text NOT NULL DEFAULT 'mail',   -- the type of task the money is for
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL DEFAULT 'infinity',  -- from then on a sweep resolves it
    CONSTRAINT holds_pkey PRIMARY KEY (tenant, hold_id),
    CONSTRAINT holds_amount_not_negative CHECK (amount_micros >= 0),
    CONSTRAINT holds_with_amount UNIQUE (tenant, hold_id, amount_micros)  -- what awards and settlements refer to
) PARTITION BY RANGE (hold_id);

CREATE TABLE auctions (
    tenant          text NOT NULL,
    auction_id      uuid NOT NULL,
    lot_id          uuid NOT NULL,
    attempt         integer NOT NULL,
    round           integer NOT NULL,
    seed            numeric(20, 0) NOT NULL,
    policy_version  integer NOT NULL,
    multiplier      float8 NOT NULL,
    tmax_ms         bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    CONSTRAINT auctions_pkey PRIMARY KEY (tenant, auction_id),
    CONSTRAINT auctions_of_a_lot FOREIGN KEY (tenant, lot_id) REFERENCES lots,
    CONSTRAINT auctions_share_time_with_lot CHECK (same_time(auction_id, lot_id)),
    CONSTRAINT auctions_counted_from_one CHECK (attempt >= 1 AND round >= 1),
    CONSTRAINT auctions_seed_unsigned CHECK (seed >= 0)
) PARTITION BY RANGE (auction_id);

CREATE TABLE bids (
    tenant               text NOT NULL,
    auction_id           uuid NOT NULL,
    seat_id              text NOT NULL,
    no_bid_reason        text,
    no_bid_detail        text,
    price_micros         bigint,
    hold_micros          bigint,
    quality_mean         float8,
    quality_sd           float8,
    latency_ms           bigint,
    input_tokens         bigint,
    output_tokens        bigint,
    demonstrations       text[],
    loss_reason          text,
    quality_draw         float8,
    quality_micros       float8,
    price_term_micros    float8,
    delay_micros         float8,
    score                float8,
    propensity           float8,
    margin_micros        float8,
    price_to_win_micros  bigint,
    quality_to_win       float8,
    CONSTRAINT bids_pkey PRIMARY KEY (tenant, auction_id, seat_id),
    CONSTRAINT bids_in_an_auction FOREIGN KEY (tenant, auction_id) REFERENCES auctions,
    CONSTRAINT bids_price_not_negative CHECK (price_micros >= 0),
    CONSTRAINT bids_hold_not_negative CHECK (hold_micros >= 0),
    CONSTRAINT bids_price_to_win_not_negative CHECK (price_to_win_micros >= 0),
    CONSTRAINT bids_propensity_is_a_chance CHECK (propensity BETWEEN 0 AND 1.000001),  -- it comes from quadrature
    CONSTRAINT bids_quote_or_reason CHECK (
        num_nulls(price_micros, hold_micros, quality_mean, quality_sd, latency_ms, input_tokens, output_tokens)
        = CASE WHEN no_bid_reason IS NULL THEN 0 ELSE 7 END
    ),
    CONSTRAINT bids_notice_is_whole CHECK (
        num_nulls(quality_draw, quality_micros, price_term_micros, delay_micros, score, propensity)
        = CASE WHEN loss_reason IS NULL THEN 6 ELSE 0 END
    )
) PARTITION BY RANGE (auction_id);

CREATE TABLE awards (
    tenant        text NOT NULL,
    award_id      uuid NOT NULL,
    auction_id    uuid NOT NULL,
    seat_id       text NOT NULL,
    hold_id       uuid NOT NULL,
    hold_micros   bigint NOT NULL,
    price_micros  bigint NOT NULL,
    propensity    float8 NOT NULL,
    runners_up    text[] NOT NULL,
    created_at    timestamptz NOT NULL,
    CONSTRAINT awards_pkey PRIMARY KEY (tenant, award_id),
    CONSTRAINT awards_with_hold UNIQUE (tenant, award_id, hold_id),  -- what settlements refer to
    CONSTRAINT awards_go_to_a_bidder FOREIGN KEY (tenant, auction_id, seat_id) REFERENCES bids,
    CONSTRAINT awards_have_their_hold FOREIGN KEY (tenant, hold_id, hold_micros)
        REFERENCES holds (tenant, hold_id, amount_micros),
    CONSTRAINT awards_share_time_with_auction CHECK (same_time(award_id, auction_id)),
    CONSTRAINT awards_share_time_with_hold CHECK (same_time(award_id, hold_id)),
    CONSTRAINT awards_price_not_negative CHECK (price_micros >= 0),
    CONSTRAINT awards_propensity_is_a_chance CHECK (propensity BETWEEN 0 AND 1.000001)
) PARTITION BY RANGE (award_id);

CREATE TABLE executions (
    tenant      text NOT NULL,
    award_id    uuid NOT NULL,
    claim       uuid NOT NULL,                     -- of the call that claimed, so that its retry is recognised
    claimed_at  timestamptz NOT NULL,
    CONSTRAINT executions_pkey PRIMARY KEY (tenant, award_id),
    CONSTRAINT executions_of_an_award FOREIGN KEY (tenant, award_id) REFERENCES awards
) PARTITION BY RANGE (award_id);

CREATE TABLE completions (
    tenant         text NOT NULL,
    award_id       uuid NOT NULL,
    status         text NOT NULL,
    reason         text,
    detail         text NOT NULL,
    input_tokens   bigint,
    output_tokens  bigint,
    cpu_ms         bigint,
    cost_micros    bigint NOT NULL,
    latency_ms     bigint NOT NULL,
    output         json,
    road           text,
    raw_key        text,
    completed_at   timestamptz NOT NULL,
    CONSTRAINT completions_pkey PRIMARY KEY (tenant, award_id),
    CONSTRAINT completions_of_a_claim FOREIGN KEY (tenant, award_id) REFERENCES executions,
    CONSTRAINT completions_status_known CHECK (status IN ('succeeded', 'failed')),
    CONSTRAINT completions_output_if_succeeded CHECK ((output IS NOT NULL) = (status = 'succeeded')),
    CONSTRAINT completions_cost_not_negative CHECK (cost_micros >= 0),
    CONSTRAINT completions_latency_not_negative CHECK (latency_ms >= 0),
    CONSTRAINT completions_usage_is_whole CHECK ((input_tokens IS NULL) = (output_tokens IS NULL))
) PARTITION BY RANGE (award_id);

CREATE TABLE settlements (
    tenant         text NOT NULL,
    hold_id        uuid NOT NULL,
    hold_micros    bigint NOT NULL,
    award_id       uuid,
    kind           text NOT NULL,
    amount_micros  bigint NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT settlements_pkey PRIMARY KEY (tenant, hold_id),
    CONSTRAINT settlements_of_a_hold FOREIGN KEY (tenant, hold_id, hold_micros)
        REFERENCES holds (tenant, hold_id, amount_micros),
    CONSTRAINT settlements_of_its_award FOREIGN KEY (tenant, award_id, hold_id)
        REFERENCES awards (tenant, award_id, hold_id),
    CONSTRAINT settlements_kind_known CHECK (kind IN ('settled', 'voided')),
    CONSTRAINT settlements_need_an_award CHECK (kind = 'voided' OR award_id IS NOT NULL),
    CONSTRAINT settlements_void_is_free CHECK (kind = 'settled' OR amount_micros = 0),
    CONSTRAINT settlements_amount_not_negative CHECK (amount_micros >= 0),
    CONSTRAINT settlements_within_hold CHECK (amount_micros <= hold_micros)
) PARTITION BY RANGE (hold_id);

CREATE TABLE outcomes (
    tenant           text NOT NULL,
    outcome_id       uuid NOT NULL,
    award_id         uuid NOT NULL,
    source           text NOT NULL,
    reward           float8,
    weight           float8 NOT NULL,
    parts            json NOT NULL,
    first            boolean NOT NULL,
    stands           boolean NOT NULL,
    replaces_reward  float8,
    replaces_weight  float8,
    xact_id          xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created_at       timestamptz NOT NULL,
    CONSTRAINT outcomes_pkey PRIMARY KEY (tenant, outcome_id),
    CONSTRAINT outcomes_of_an_award FOREIGN KEY (tenant, award_id) REFERENCES awards,
    CONSTRAINT outcomes_share_time_with_award CHECK (same_time(outcome_id, award_id)),
    CONSTRAINT outcomes_source_known CHECK (source IN ('failure', 'checks', 'judge', 'human')),
    CONSTRAINT outcomes_reward_in_bounds CHECK (reward BETWEEN 0 AND 1),
    CONSTRAINT outcomes_weight_not_negative CHECK (weight >= 0 AND weight < 'infinity'),
    CONSTRAINT outcomes_replace_whole CHECK ((replaces_reward IS NULL) = (replaces_weight IS NULL)),
    CONSTRAINT outcomes_replace_if_standing CHECK (replaces_reward IS NULL OR (stands AND reward IS NOT NULL))
) PARTITION BY RANGE (outcome_id);

-- What the named queries need beside the keys. A BRIN index costs next to nothing and finds the last hour.
CREATE INDEX outcomes_of_award ON outcomes (tenant, award_id, xact_id);
CREATE INDEX outcomes_to_fold ON outcomes (tenant, xact_id, outcome_id) WHERE stands;
CREATE INDEX holds_by_time ON holds USING brin (created_at);
CREATE INDEX auctions_by_time ON auctions USING brin (created_at);
CREATE INDEX awards_by_time ON awards USING brin (created_at);
CREATE INDEX executions_by_time ON executions USING brin (claimed_at);
CREATE INDEX completions_by_time ON completions USING brin (completed_at);
CREATE INDEX settlements_by_time ON settlements USING brin (created_at);
CREATE INDEX outcomes_by_time ON outcomes USING brin (created_at);

CREATE TRIGGER holds_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON holds
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER auctions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON auctions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bids_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bids
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER awards_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON awards
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER executions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON executions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER completions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON completions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER settlements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER outcomes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON outcomes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE FUNCTION refuse_void_after_claim() RETURNS trigger
LANGUAGE plpgsql AS $$
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
CREATE CONSTRAINT TRIGGER awards_hold_is_open AFTER INSERT ON awards
    FOR EACH ROW EXECUTE FUNCTION refuse_resolved_hold();
CREATE CONSTRAINT TRIGGER settlements_void_only_unclaimed AFTER INSERT ON settlements
    FOR EACH ROW WHEN (NEW.kind = 'voided') EXECUTE FUNCTION refuse_void_after_claim();

CREATE VIEW awarded_lots WITH (security_invoker = true) AS
SELECT a.tenant, a.award_id, a.auction_id, u.lot_id, u.attempt, u.round, a.seat_id, a.hold_id, a.hold_micros,
       a.price_micros, a.propensity, a.runners_up
FROM awards AS a
JOIN auctions AS u USING (tenant, auction_id);

-- Everything about a lot. Why functions: planning a query over many partitions costs more than running it, and a
-- function keeps its plan, which prunes when it starts. All ids of a lot carry one time: saying so of every table leaves
-- one partition of each.
CREATE FUNCTION auctions_of_lot(p_tenant text, p_lot_id uuid) RETURNS SETOF auctions
LANGUAGE plpgsql STABLE ROWS 10 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT * FROM auctions
    WHERE tenant = p_tenant AND lot_id = p_lot_id
      AND auction_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id)
    ORDER BY attempt, round;
END $$;

CREATE FUNCTION bids_of_lot(p_tenant text, p_lot_id uuid) RETURNS SETOF bids
LANGUAGE plpgsql STABLE ROWS 10 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT b.*
    FROM auctions AS u
    JOIN bids AS b USING (tenant, auction_id)
    WHERE u.tenant = p_tenant AND u.lot_id = p_lot_id
      AND u.auction_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id)
      AND b.auction_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id)
    ORDER BY b.auction_id, b.seat_id;
END $$;

CREATE FUNCTION awards_of_lot(p_tenant text, p_lot_id uuid) RETURNS SETOF awards
LANGUAGE plpgsql STABLE ROWS 10 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT a.*
    FROM auctions AS u
    JOIN awards AS a USING (tenant, auction_id)
    WHERE u.tenant = p_tenant AND u.lot_id = p_lot_id
      AND u.auction_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id)
      AND a.award_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id);
END $$;

CREATE FUNCTION completions_of_lot(p_tenant text, p_lot_id uuid) RETURNS SETOF completions
LANGUAGE plpgsql STABLE ROWS 10 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT c.*
    FROM awards_of_lot(p_tenant, p_lot_id) AS a
    JOIN completions AS c USING (tenant, award_id)
    WHERE c.award_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id);
END $$;

CREATE FUNCTION settlements_of_lot(p_tenant text, p_lot_id uuid) RETURNS SETOF settlements
LANGUAGE plpgsql STABLE ROWS 10 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT s.*
    FROM awards_of_lot(p_tenant, p_lot_id) AS a
    JOIN settlements AS s USING (tenant, hold_id)
    WHERE s.hold_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id);
END $$;

CREATE FUNCTION outcomes_of_lot(p_tenant text, p_lot_id uuid) RETURNS SETOF outcomes
LANGUAGE plpgsql STABLE ROWS 10 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT o.*
    FROM awards_of_lot(p_tenant, p_lot_id) AS a
    JOIN outcomes AS o USING (tenant, award_id)
    WHERE o.outcome_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id)
    ORDER BY o.xact_id, o.outcome_id;
END $$;

-- The tables that are cut, those before that others refer to.
CREATE FUNCTION partitioned_tables() RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN ARRAY['holds', 'auctions', 'bids', 'awards', 'executions', 'completions', 'settlements', 'outcomes'];

-- p_bounds: DEFAULT, or FOR VALUES FROM … TO …. Statement triggers and grants do not pass from a table to its
-- partitions: whoever names a partition must meet the same refusal, so nobody is granted one and each has its trigger.
CREATE FUNCTION add_partition(p_table text, p_suffix text, p_bounds text) RETURNS void
LANGUAGE plpgsql AS $$
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

-- Makes the partition of a month in every table that lacks it; nothing where the default partition has rows of that
-- month already: they stay there, right but not pruned.
CREATE FUNCTION add_month(p_month date) RETURNS void
LANGUAGE plpgsql AS $$
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
END $$;

-- Makes this month's partitions and those of p_ahead months to come; called every day, it has work once a month.
-- Answers per table with its number of months, and with the rows of its default partition: more than none means that a
-- clock or this function was away. It waits for a lock only briefly: tomorrow is early enough.
CREATE FUNCTION maintain_partitions(p_now_ms bigint, p_ahead integer)
RETURNS TABLE (table_name text, months integer, rows_in_default bigint)
LANGUAGE plpgsql
SET lock_timeout = '3s'
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

-- What is there already moves into the partitions of its months.
DO $$
DECLARE
    v_table  text;
    v_month  date;
BEGIN
    FOREACH v_table IN ARRAY partitioned_tables() LOOP
        PERFORM add_partition(v_table, 'default', 'DEFAULT');
    END LOOP;
    FOR v_month IN
        SELECT DISTINCT date_trunc('month', to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint
                                                         / 1000.0) AT TIME ZONE 'UTC')::date
        FROM (SELECT hold_id FROM before_partitions.holds UNION ALL SELECT auction_id FROM before_partitions.auctions)
            AS ids (id)
    LOOP
        PERFORM add_month(v_month);
    END LOOP;
END $$;

INSERT INTO holds (tenant, hold_id, amount_micros, scope, created_at, expires_at)
SELECT tenant, hold_id, amount_micros, 'mail', created_at, created_at + interval '15 minutes'
FROM before_partitions.holds;
INSERT INTO auctions SELECT * FROM before_partitions.auctions;
INSERT INTO bids SELECT * FROM before_partitions.bids;
-- A trigger refuses awards of resolved holds, which these are: settlements follow.
INSERT INTO awards SELECT * FROM before_partitions.awards;
INSERT INTO executions SELECT * FROM before_partitions.executions;
INSERT INTO completions SELECT * FROM before_partitions.completions;
INSERT INTO settlements SELECT * FROM before_partitions.settlements;
INSERT INTO outcomes SELECT * FROM before_partitions.outcomes;
DROP SCHEMA before_partitions CASCADE;
