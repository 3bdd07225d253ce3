-- What an auction's award and its hold cost less. What is written, and what is refused, stays as it was.
--
-- Why triggers for what were CHECK constraints: as in 0030; they fire ALWAYS for the same reason.
-- Why no ON CONFLICT: on a partitioned table it looks up the ancestors of every index, prepares an arbiter, and inserts
-- in two steps. A call that was sent before is rare. Its first try is refused by the primary key; its client then says so
-- (`again`), and the call looks before it writes.
-- squawk-ignore-file ban-drop-constraint, ban-drop-type

-- Budgets.
CREATE FUNCTION refuse_unsound_budget() RETURNS trigger
LANGUAGE plpgsql AS $$
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
CREATE CONSTRAINT TRIGGER budgets_are_sound AFTER INSERT OR UPDATE ON budgets
    FOR EACH ROW EXECUTE FUNCTION refuse_unsound_budget();
ALTER TABLE budgets ENABLE ALWAYS TRIGGER budgets_are_sound;
ALTER TABLE budgets
    DROP CONSTRAINT budgets_held_not_negative,
    DROP CONSTRAINT budgets_limit_not_negative,
    DROP CONSTRAINT budgets_never_overspent,
    DROP CONSTRAINT budgets_spent_not_negative,
    DROP CONSTRAINT budgets_total_never_starts,
    DROP CONSTRAINT budgets_window_known;

-- Auctions. As in 0030, in fewer terms: PL/pgSQL prepares every function of an expression anew in every transaction. A list
-- of unknown length is unknown, a comparison with ALL is true of no list that has a gap.
CREATE OR REPLACE FUNCTION refuse_unsound_auction() RETURNS trigger
LANGUAGE plpgsql AS $$
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

-- Awards. As in 0030, what were CHECK constraints with it. The foreign key has locked the hold before this runs: triggers
-- fire in the order of their names, and those of foreign keys begin with a capital.
CREATE OR REPLACE FUNCTION refuse_unsound_award() RETURNS trigger
LANGUAGE plpgsql AS $$
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
DROP TRIGGER awards_are_sound ON awards;
CREATE CONSTRAINT TRIGGER awards_are_sound AFTER INSERT OR UPDATE ON awards
    FOR EACH ROW EXECUTE FUNCTION refuse_unsound_award();
ALTER TABLE awards ENABLE ALWAYS TRIGGER awards_are_sound;
ALTER TABLE awards
    DROP CONSTRAINT awards_price_not_negative,
    DROP CONSTRAINT awards_propensity_is_a_chance,
    DROP CONSTRAINT awards_share_time_with_auction,
    DROP CONSTRAINT awards_share_time_with_hold;

-- As in 0010 and 0018. p_again: this hold may have been placed before; without it, a second try is refused by holds_pkey.
DROP FUNCTION place_hold;
CREATE FUNCTION place_hold(
    p_tenant text, p_hold_id uuid, p_amount_micros bigint, p_default_limit_micros bigint, p_now_ms bigint,
    p_scope text DEFAULT 'mail', p_lease_ms bigint DEFAULT 900000, p_again boolean DEFAULT false
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
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

-- As in 0030. p_again: an earlier call may have written any of it.
DROP PROCEDURE record_auction;
DROP TYPE auction_entry;
CREATE TYPE auction_entry AS (
    now_ms bigint, auction_id uuid, lot_id uuid, attempt integer, round integer, policy_version integer,
    multiplier float8, tmax_ms bigint, pace_low float8, pace_high float8, pace_high_share float8,
    uniform_share float8, purse_micros bigint, explored boolean, hold boolean, default_limit_micros bigint,
    lease_ms bigint, award_id uuid, hold_id uuid, hold_micros bigint, price_micros bigint, propensity float8,
    bid_price_micros bigint[], bid_hold_micros bigint[], bid_quality_mean float8[], bid_quality_sd float8[],
    bid_latency_ms bigint[], bid_input_tokens bigint[], bid_output_tokens bigint[],
    bid_price_upper_micros bigint[], bid_latency_upper_ms bigint[], bid_failure_chance float8[],
    bid_listed_micros float8[], bid_listed_latency_ms float8[], notice_quality_draw float8[],
    notice_quality_micros float8[], notice_price_term_micros float8[], notice_delay_micros float8[],
    notice_score float8[], notice_propensity float8[],
    tenant text, seed text, scope text, seat_id text, runners_up text[], bid_seat_id text[],
    bid_demonstrations json, notice_reason text[], notice_margin_micros float8[],
    notice_price_to_win_micros bigint[], notice_quality_to_win float8[], absent text[], absent_reason text[],
    absent_detail text[]
);
CREATE PROCEDURE record_auction(INOUT p_answer text, p_entry auction_entry, p_again boolean DEFAULT false)
LANGUAGE plpgsql AS $$
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
