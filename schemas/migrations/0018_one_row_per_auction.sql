-- An auction is one row, its bids with it, written with its hold in one call.
--
-- Why one row: eight bids were eight rows, each with an index entry, a foreign key to look up and a leaf of its own; they
-- are written together, read together and never change. An auction is now whole because a row is.
-- Why a list per column and not a document: every value keeps its type, constraints see it, and it is written and hashed as
-- it is. Element n of every list is about bidders[n]. A list that is null stands for nulls only.
-- Why the table bids stays: rows that were sealed keep their table and their leaves. Nobody adds to it, and with its months
-- it goes into the archive. all_bids shows the bids of both.
-- Why a procedure: it commits the hold by itself, without waiting for the disk, before it writes the auction, which waits.
-- So the budget's row is locked only briefly, and yet client and server meet once.
-- Units as in 0004 and 0014.
-- squawk-ignore-file constraint-missing-not-valid, adding-foreign-key-constraint, ban-drop-constraint

ALTER TABLE auctions
    ADD COLUMN bidders text[],
    ADD COLUMN bid_price_micros bigint[],
    ADD COLUMN bid_price_upper_micros bigint[],
    ADD COLUMN bid_hold_micros bigint[],
    ADD COLUMN bid_quality_mean float8[],
    ADD COLUMN bid_quality_sd float8[],
    ADD COLUMN bid_latency_ms bigint[],
    ADD COLUMN bid_latency_upper_ms bigint[],
    ADD COLUMN bid_input_tokens bigint[],
    ADD COLUMN bid_output_tokens bigint[],
    ADD COLUMN bid_failure_chance float8[],
    ADD COLUMN bid_listed_micros float8[],
    ADD COLUMN bid_listed_latency_ms float8[],
    ADD COLUMN bid_demonstrations json,            -- a list of ids per bid; null where no bid names any
    ADD COLUMN notice_reason text[],               -- all that begins with notice_ is null where no winner was picked
    ADD COLUMN notice_quality_draw float8[],
    ADD COLUMN notice_quality_micros float8[],
    ADD COLUMN notice_price_term_micros float8[],
    ADD COLUMN notice_delay_micros float8[],
    ADD COLUMN notice_score float8[],
    ADD COLUMN notice_propensity float8[],
    ADD COLUMN notice_margin_micros float8[],
    ADD COLUMN notice_price_to_win_micros bigint[],
    ADD COLUMN notice_quality_to_win float8[],
    ADD COLUMN absent text[],                      -- seats that were asked and did not bid
    ADD COLUMN absent_reason text[],
    ADD COLUMN absent_detail text[];

-- A seat answers once; every list is as long as bidders, those of a quote and of a notice without a gap; amounts are not
-- negative. Why one function and not a constraint for each: PostgreSQL reads and prepares every constraint anew for every
-- INSERT, by the length of its text.
CREATE FUNCTION bids_are_whole(
    p_bidders text[], p_bid_price_micros bigint[], p_bid_price_upper_micros bigint[], p_bid_hold_micros bigint[],
    p_bid_quality_mean float8[], p_bid_quality_sd float8[], p_bid_latency_ms bigint[], p_bid_latency_upper_ms
    bigint[], p_bid_input_tokens bigint[], p_bid_output_tokens bigint[], p_bid_failure_chance float8[],
    p_bid_listed_micros float8[], p_bid_listed_latency_ms float8[], p_bid_demonstrations json, p_notice_reason text[],
    p_notice_quality_draw float8[], p_notice_quality_micros float8[], p_notice_price_term_micros float8[],
    p_notice_delay_micros float8[], p_notice_score float8[], p_notice_propensity float8[], p_notice_margin_micros
    float8[], p_notice_price_to_win_micros bigint[], p_notice_quality_to_win float8[], p_absent text[],
    p_absent_reason text[], p_absent_detail text[]
) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    v_bids   integer := cardinality(p_bidders);
    v_seats  text[] := p_bidders || p_absent;
BEGIN
    IF v_bids IS NULL THEN  -- its bids are rows of bids
        RETURN p_bid_price_micros IS NULL AND p_notice_reason IS NULL;
    END IF;
    FOR v_at IN 2 .. cardinality(v_seats) LOOP
        IF v_seats[v_at] = ANY (v_seats[: v_at - 1]) THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN (
        v_bids = ALL (ARRAY[
            cardinality(array_remove(p_bid_price_micros, NULL)),
            cardinality(array_remove(p_bid_hold_micros, NULL)),
            cardinality(array_remove(p_bid_quality_mean, NULL)),
            cardinality(array_remove(p_bid_quality_sd, NULL)),
            cardinality(array_remove(p_bid_latency_ms, NULL)),
            cardinality(array_remove(p_bid_input_tokens, NULL)),
            cardinality(array_remove(p_bid_output_tokens, NULL))
        ])
        AND CASE
            WHEN p_notice_reason IS NULL THEN
                num_nonnulls(p_notice_quality_draw, p_notice_quality_micros,
                             p_notice_price_term_micros, p_notice_delay_micros, p_notice_score,
                             p_notice_propensity) = 0
            ELSE
                v_bids = ALL (ARRAY[
                    cardinality(array_remove(p_notice_reason, NULL)),
                    cardinality(array_remove(p_notice_quality_draw, NULL)),
                    cardinality(array_remove(p_notice_quality_micros, NULL)),
                    cardinality(array_remove(p_notice_price_term_micros, NULL)),
                    cardinality(array_remove(p_notice_delay_micros, NULL)),
                    cardinality(array_remove(p_notice_score, NULL)),
                    cardinality(array_remove(p_notice_propensity, NULL))
                ])
            END
        AND v_bids = ALL (array_remove(ARRAY[
            cardinality(p_bid_price_upper_micros), cardinality(p_bid_latency_upper_ms),
            cardinality(p_bid_failure_chance), cardinality(p_bid_listed_micros),
            cardinality(p_bid_listed_latency_ms), json_array_length(p_bid_demonstrations),
            cardinality(p_notice_margin_micros), cardinality(p_notice_price_to_win_micros),
            cardinality(p_notice_quality_to_win)
        ], NULL))
        AND cardinality(p_absent) = ALL (ARRAY[
            cardinality(array_remove(p_absent_reason, NULL)), cardinality(array_remove(p_absent_detail, NULL))
        ])
        AND 0 <= ALL (array_remove(
            p_bid_price_micros || p_bid_hold_micros || p_bid_price_upper_micros
            || p_notice_price_to_win_micros, NULL))
        AND coalesce(0 <= ALL (p_notice_propensity) AND 1.000001 >= ALL (p_notice_propensity), true)
    ) IS TRUE;
END $$;
GRANT EXECUTE ON FUNCTION bids_are_whole TO PUBLIC;
ALTER TABLE auctions ADD CONSTRAINT auctions_bids_are_whole CHECK (bids_are_whole(
    bidders, bid_price_micros, bid_price_upper_micros, bid_hold_micros, bid_quality_mean, bid_quality_sd,
    bid_latency_ms, bid_latency_upper_ms, bid_input_tokens, bid_output_tokens, bid_failure_chance, bid_listed_micros,
    bid_listed_latency_ms, bid_demonstrations, notice_reason, notice_quality_draw, notice_quality_micros,
    notice_price_term_micros, notice_delay_micros, notice_score, notice_propensity, notice_margin_micros,
    notice_price_to_win_micros, notice_quality_to_win, absent, absent_reason, absent_detail
));

SELECT cover_with_leaf('auctions');

-- Rows of auctions are some thousand bytes: to compress them would cost more than it saves.
CREATE OR REPLACE FUNCTION add_partition(p_table text, p_suffix text, p_bounds text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_name    text := p_table || '_' || p_suffix;
    v_unique  text;
BEGIN
    EXECUTE format('CREATE TABLE %I PARTITION OF %I %s %s', v_name, p_table, p_bounds,
                   CASE p_table WHEN 'auctions' THEN 'WITH (toast_tuple_target = 8160)' END);
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
DO $$
DECLARE
    v_partition regclass;
BEGIN
    FOR v_partition IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'auctions'::regclass LOOP
        EXECUTE format('ALTER TABLE %s SET (toast_tuple_target = 8160)', v_partition);
    END LOOP;
END $$;

-- Every bid and every absence, one row each, with the columns that bids has.
CREATE VIEW all_bids WITH (security_invoker = true) AS
SELECT u.tenant, u.auction_id, b.seat_id, NULL::text AS no_bid_reason, NULL::text AS no_bid_detail, b.price_micros,
       b.hold_micros, b.quality_mean, b.quality_sd, b.latency_ms, b.input_tokens, b.output_tokens,
       ARRAY(SELECT json_array_elements_text(u.bid_demonstrations -> (b.place - 1)::integer)) AS demonstrations,
       b.loss_reason, b.quality_draw, b.quality_micros, b.price_term_micros, b.delay_micros, b.score, b.propensity,
       b.margin_micros, b.price_to_win_micros, b.quality_to_win, b.price_upper_micros, b.latency_upper_ms,
       b.failure_chance, b.listed_micros, b.listed_latency_ms
FROM auctions AS u
CROSS JOIN LATERAL ROWS FROM (
    unnest(u.bidders), unnest(u.bid_price_micros), unnest(u.bid_hold_micros), unnest(u.bid_quality_mean),
    unnest(u.bid_quality_sd), unnest(u.bid_latency_ms), unnest(u.bid_input_tokens), unnest(u.bid_output_tokens),
    unnest(u.notice_reason), unnest(u.notice_quality_draw), unnest(u.notice_quality_micros),
    unnest(u.notice_price_term_micros), unnest(u.notice_delay_micros), unnest(u.notice_score), unnest(u.notice_propensity),
    unnest(u.notice_margin_micros), unnest(u.notice_price_to_win_micros), unnest(u.notice_quality_to_win),
    unnest(u.bid_price_upper_micros), unnest(u.bid_latency_upper_ms), unnest(u.bid_failure_chance),
    unnest(u.bid_listed_micros), unnest(u.bid_listed_latency_ms)
) WITH ORDINALITY AS b (
    seat_id, price_micros, hold_micros, quality_mean, quality_sd, latency_ms, input_tokens, output_tokens, loss_reason,
    quality_draw, quality_micros, price_term_micros, delay_micros, score, propensity, margin_micros,
    price_to_win_micros, quality_to_win, price_upper_micros, latency_upper_ms, failure_chance, listed_micros,
    listed_latency_ms, place
)
UNION ALL
SELECT u.tenant, u.auction_id, n.seat_id, n.reason, n.detail, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM auctions AS u
CROSS JOIN LATERAL unnest(u.absent, u.absent_reason, u.absent_detail) AS n (seat_id, reason, detail)
UNION ALL
SELECT tenant, auction_id, seat_id, no_bid_reason, no_bid_detail, price_micros, hold_micros, quality_mean, quality_sd,
       latency_ms, input_tokens, output_tokens, demonstrations, loss_reason, quality_draw, quality_micros,
       price_term_micros, delay_micros, score, propensity, margin_micros, price_to_win_micros, quality_to_win,
       price_upper_micros, latency_upper_ms, failure_chance, listed_micros, listed_latency_ms
FROM bids;
GRANT SELECT ON all_bids TO ledger_app, ledger_reader;
REVOKE INSERT ON bids FROM ledger_app;

-- An award goes to a seat that made a bid. What was a foreign key to bids is one to the auction, and a look into its list.
ALTER TABLE auctions NO FORCE ROW LEVEL SECURITY;  -- awards of all tenants are checked
ALTER TABLE awards NO FORCE ROW LEVEL SECURITY;
ALTER TABLE awards
    DROP CONSTRAINT awards_go_to_a_bidder,
    ADD CONSTRAINT awards_of_an_auction FOREIGN KEY (tenant, auction_id) REFERENCES auctions;
ALTER TABLE awards FORCE ROW LEVEL SECURITY;
ALTER TABLE auctions FORCE ROW LEVEL SECURITY;
CREATE FUNCTION refuse_award_to_a_stranger() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM auctions
        WHERE tenant = NEW.tenant AND auction_id = NEW.auction_id AND NEW.seat_id = ANY (bidders)
    ) THEN
        RAISE EXCEPTION 'seat % made no bid in auction %', NEW.seat_id, NEW.auction_id
            USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER awards_go_to_a_bidder AFTER INSERT ON awards
    FOR EACH ROW EXECUTE FUNCTION refuse_award_to_a_stranger();

-- As in 0016, with fewer statements. A tenant's total knows whether the tenant has any other budget; a hold that was placed
-- before is told by its own key.
ALTER TABLE budgets ADD COLUMN narrowed boolean NOT NULL DEFAULT false;  -- said of the total only
CREATE FUNCTION note_narrower_budget() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE budgets SET narrowed = true WHERE tenant = NEW.tenant AND scope = '*' AND time_window = 'total' AND NOT narrowed;
    RETURN NULL;
END $$;
DO $$
BEGIN
    ALTER TABLE budgets NO FORCE ROW LEVEL SECURITY;
    UPDATE budgets AS total SET narrowed = true
    WHERE scope = '*' AND time_window = 'total'
      AND EXISTS (SELECT FROM budgets AS b WHERE b.tenant = total.tenant AND (b.scope, b.time_window) <> ('*', 'total'));
    ALTER TABLE budgets FORCE ROW LEVEL SECURITY;
END $$;
CREATE TRIGGER budgets_note_narrower AFTER INSERT ON budgets
    FOR EACH ROW WHEN ((NEW.scope, NEW.time_window) <> ('*', 'total')) EXECUTE FUNCTION note_narrower_budget();

-- Why settings are made by assignment: PL/pgSQL computes an expression by itself, and runs PERFORM as a query.
CREATE OR REPLACE FUNCTION place_hold(
    p_tenant text, p_hold_id uuid, p_amount_micros bigint, p_default_limit_micros bigint, p_now_ms bigint,
    p_scope text DEFAULT 'mail', p_lease_ms bigint DEFAULT 900000
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_set       text := set_config('atomic.tenant', p_tenant, true) || set_config('synchronous_commit', 'off', true);
    v_at        timestamptz := from_unix_ms(p_now_ms);
    v_narrowed  boolean;
    v_tries     integer := 0;
BEGIN
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

    IF v_narrowed AND NOT EXISTS (SELECT FROM holds WHERE tenant = p_tenant AND hold_id = p_hold_id) THEN
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
    VALUES (p_tenant, p_hold_id, p_amount_micros, p_scope, v_at, from_unix_ms(p_now_ms + p_lease_ms))
    ON CONFLICT ON CONSTRAINT holds_pkey DO NOTHING;
    IF NOT FOUND THEN  -- it was placed before
        UPDATE budgets SET held_micros = held_micros - p_amount_micros
        WHERE tenant = p_tenant AND scope = '*' AND time_window = 'total';
    END IF;
    RETURN true;
END $$;

-- Writes an auction, its bids with it, and its award where somebody won; with p_hold it first places the award's hold.
-- p_answer: 'recorded', now or by an earlier call; 'over_budget': the hold was refused, and nothing was written; 'another':
-- an earlier call wrote another end of this auction.
DROP FUNCTION record_auctions;
DROP FUNCTION record_auction;
CREATE PROCEDURE record_auction(
    INOUT p_answer text, p_tenant text, p_now_ms bigint,
    p_auction_id uuid, p_lot_id uuid, p_attempt integer, p_round integer, p_seed numeric, p_policy_version integer,
    p_multiplier float8, p_tmax_ms bigint, p_pace_low float8, p_pace_high float8, p_pace_high_share float8,
    p_uniform_share float8, p_purse_micros bigint, p_explored boolean,
    p_bidders text[], p_bid_price_micros bigint[], p_bid_price_upper_micros bigint[], p_bid_hold_micros bigint[],
    p_bid_quality_mean float8[], p_bid_quality_sd float8[], p_bid_latency_ms bigint[], p_bid_latency_upper_ms bigint[],
    p_bid_input_tokens bigint[], p_bid_output_tokens bigint[], p_bid_failure_chance float8[],
    p_bid_listed_micros float8[], p_bid_listed_latency_ms float8[], p_bid_demonstrations json,
    p_notice_reason text[], p_notice_quality_draw float8[], p_notice_quality_micros float8[],
    p_notice_price_term_micros float8[], p_notice_delay_micros float8[], p_notice_score float8[],
    p_notice_propensity float8[], p_notice_margin_micros float8[], p_notice_price_to_win_micros bigint[],
    p_notice_quality_to_win float8[],
    p_absent text[], p_absent_reason text[], p_absent_detail text[],
    p_award_id uuid, p_seat_id text, p_hold_id uuid, p_hold_micros bigint, p_price_micros bigint, p_propensity float8,
    p_runners_up text[],
    p_hold boolean, p_default_limit_micros bigint, p_scope text, p_lease_ms bigint
)
LANGUAGE plpgsql AS $$
DECLARE
    v_now  timestamptz := from_unix_ms(p_now_ms);
    v_set  text;
BEGIN
    IF p_hold THEN
        IF NOT place_hold(p_tenant, p_hold_id, p_hold_micros, p_default_limit_micros, p_now_ms, p_scope, p_lease_ms) THEN
            p_answer := 'over_budget';
            RETURN;
        END IF;
        COMMIT;
    END IF;

    v_set := set_config('atomic.tenant', p_tenant, true) || set_config('plan_cache_mode', 'force_generic_plan', true);
    INSERT INTO auctions (
        tenant, auction_id, lot_id, attempt, round, seed, policy_version, multiplier, tmax_ms, created_at, pace_low,
        pace_high, pace_high_share, uniform_share, purse_micros, explored, bidders, bid_price_micros,
        bid_price_upper_micros, bid_hold_micros, bid_quality_mean, bid_quality_sd, bid_latency_ms, bid_latency_upper_ms,
        bid_input_tokens, bid_output_tokens, bid_failure_chance, bid_listed_micros, bid_listed_latency_ms,
        bid_demonstrations, notice_reason, notice_quality_draw, notice_quality_micros, notice_price_term_micros,
        notice_delay_micros, notice_score, notice_propensity, notice_margin_micros, notice_price_to_win_micros,
        notice_quality_to_win, absent, absent_reason, absent_detail
    ) VALUES (
        p_tenant, p_auction_id, p_lot_id, p_attempt, p_round, p_seed, p_policy_version, p_multiplier, p_tmax_ms, v_now,
        p_pace_low, p_pace_high, p_pace_high_share, p_uniform_share, p_purse_micros, p_explored, p_bidders,
        p_bid_price_micros, p_bid_price_upper_micros, p_bid_hold_micros, p_bid_quality_mean, p_bid_quality_sd,
        p_bid_latency_ms, p_bid_latency_upper_ms, p_bid_input_tokens, p_bid_output_tokens, p_bid_failure_chance,
        p_bid_listed_micros, p_bid_listed_latency_ms, p_bid_demonstrations, p_notice_reason, p_notice_quality_draw,
        p_notice_quality_micros, p_notice_price_term_micros, p_notice_delay_micros, p_notice_score, p_notice_propensity,
        p_notice_margin_micros, p_notice_price_to_win_micros, p_notice_quality_to_win, p_absent, p_absent_reason,
        p_absent_detail
    ) ON CONFLICT ON CONSTRAINT auctions_pkey DO NOTHING;
    IF NOT FOUND THEN
        p_answer := CASE
            WHEN (SELECT seat_id FROM awards WHERE tenant = p_tenant AND auction_id = p_auction_id)
                IS NOT DISTINCT FROM p_seat_id
            THEN 'recorded' ELSE 'another'
        END;
        RETURN;
    END IF;

    IF p_award_id IS NOT NULL THEN
        INSERT INTO awards (tenant, award_id, auction_id, seat_id, hold_id, hold_micros, price_micros, propensity,
                            runners_up, created_at)
        VALUES (p_tenant, p_award_id, p_auction_id, p_seat_id, p_hold_id, p_hold_micros, p_price_micros, p_propensity,
                p_runners_up, v_now);
    END IF;
    p_answer := 'recorded';
END $$;

-- Those that read bids, as they were, from all_bids.
DROP FUNCTION bids_of_lot;
CREATE FUNCTION bids_of_lot(p_tenant text, p_lot_id uuid) RETURNS SETOF all_bids
LANGUAGE plpgsql STABLE ROWS 10 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT b.*
    FROM auctions AS u
    JOIN all_bids AS b USING (tenant, auction_id)
    WHERE u.tenant = p_tenant AND u.lot_id = p_lot_id
      AND u.auction_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id)
      AND b.auction_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id)
    ORDER BY b.auction_id, b.seat_id;
END $$;

CREATE OR REPLACE FUNCTION logged_auctions(p_tenant text, p_after uuid, p_upto uuid)
RETURNS TABLE (
    auction_id uuid, value_micros bigint, delay_micros_per_second bigint, multiplier float8, seat_id text,
    propensity float8, reward float8, cost_micros bigint, bids json
)
LANGUAGE plpgsql AS $$
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
