-- The write path with less work in it. What is written, and what is refused, stays as it was.
--
-- Why three documents for an auction and not one: taking a part out of a json value reads all of it, and bids are the
-- large part.
-- Why same_time is written out in constraints: a constraint is read and planned anew for every INSERT statement, and with
-- it the body of every SQL function that it calls. Not uuid_extract_timestamp: before PostgreSQL 18 it is null for version 7,
-- and a constraint that is null refuses nothing.
-- squawk-ignore-file constraint-missing-not-valid, ban-drop-constraint

DO $$
DECLARE
    v_constraint text;
    v_table      regclass;
    v_definition text;
BEGIN
    FOR v_table, v_constraint, v_definition IN
        SELECT conrelid::regclass, conname,
               regexp_replace(pg_get_constraintdef(oid), 'same_time\((\w+), (\w+)\)',
                              'substring(uuid_send(\1), 1, 6) = substring(uuid_send(\2), 1, 6)')
        FROM pg_constraint
        WHERE contype = 'c' AND conname ~ '_share_time_with_' AND conislocal AND conparentid = 0
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', v_table, v_constraint);
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', v_table, v_constraint, v_definition);
    END LOOP;
END $$;

-- False where another end of this auction was written before. p_award is null where nobody won.
DROP FUNCTION record_auction(text, json, bigint);
CREATE FUNCTION record_auction(p_tenant text, p_auction json, p_bids json, p_award json, p_now_ms bigint) RETURNS boolean
LANGUAGE plpgsql
SET plan_cache_mode TO 'force_generic_plan'
AS $$
DECLARE
    v_now         timestamptz := from_unix_ms(p_now_ms);
    v_auction_id  uuid;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);

    INSERT INTO auctions (tenant, auction_id, lot_id, attempt, round, seed, policy_version, multiplier, tmax_ms,
                          pace_low, pace_high, pace_high_share, uniform_share, purse_micros, explored,
                          created_at)
    SELECT p_tenant, r.*, v_now
    FROM json_to_record(p_auction) AS r (
        auction_id uuid, lot_id uuid, attempt integer, round integer, seed numeric, policy_version integer,
        multiplier float8, tmax_ms bigint, pace_low float8, pace_high float8, pace_high_share float8,
        uniform_share float8, purse_micros bigint, explored boolean
    )
    ON CONFLICT ON CONSTRAINT auctions_pkey DO NOTHING
    RETURNING auction_id INTO v_auction_id;
    IF NOT FOUND THEN
        RETURN (SELECT seat_id FROM awards WHERE tenant = p_tenant AND auction_id = (p_auction ->> 'auction_id')::uuid)
            IS NOT DISTINCT FROM (p_award ->> 'seat_id');
    END IF;

    INSERT INTO bids (tenant, auction_id, seat_id, no_bid_reason, no_bid_detail, price_micros, hold_micros,
                      quality_mean, quality_sd, latency_ms, input_tokens, output_tokens, demonstrations, loss_reason,
                      quality_draw, quality_micros, price_term_micros, delay_micros, score, propensity, margin_micros,
                      price_to_win_micros, quality_to_win, price_upper_micros, latency_upper_ms, failure_chance,
                      listed_micros, listed_latency_ms)
    SELECT p_tenant, v_auction_id, r.*
    FROM json_to_recordset(p_bids) AS r (
        seat_id text, no_bid_reason text, no_bid_detail text, price_micros bigint, hold_micros bigint,
        quality_mean float8, quality_sd float8, latency_ms bigint, input_tokens bigint, output_tokens bigint,
        demonstrations text[], loss_reason text, quality_draw float8, quality_micros float8,
        price_term_micros float8, delay_micros float8, score float8, propensity float8, margin_micros float8,
        price_to_win_micros bigint, quality_to_win float8, price_upper_micros bigint, latency_upper_ms bigint,
        failure_chance float8, listed_micros float8, listed_latency_ms float8
    );

    IF p_award IS NOT NULL THEN
        INSERT INTO awards (tenant, auction_id, created_at, award_id, seat_id, hold_id, hold_micros, price_micros,
                            propensity, runners_up)
        SELECT p_tenant, v_auction_id, v_now, r.*
        FROM json_to_record(p_award) AS r (
            award_id uuid, seat_id text, hold_id uuid, hold_micros bigint, price_micros bigint, propensity float8,
            runners_up text[]
        );
    END IF;
    RETURN true;
END $$;

-- p_records: an array of objects with the three documents that record_auction takes.
CREATE OR REPLACE FUNCTION record_auctions(p_tenant text, p_records json, p_now_ms bigint) RETURNS boolean[]
LANGUAGE plpgsql AS $$
DECLARE
    v_answers boolean[] := '{}';
    v_record  record;
BEGIN
    FOR v_record IN SELECT * FROM json_to_recordset(p_records) AS r (auction json, bids json, award json) LOOP
        v_answers := v_answers || record_auction(p_tenant, v_record.auction, v_record.bids, v_record.award, p_now_ms);
    END LOOP;
    RETURN v_answers;
END $$;

-- As in 0010, but for the first holds of a tenant that come at once: a budget that another transaction made between the
-- UPDATE and the look for it was taken for one that is used up. A refusal now follows an UPDATE that saw the budget.
CREATE OR REPLACE FUNCTION place_hold(
    p_tenant text, p_hold_id uuid, p_amount_micros bigint, p_default_limit_micros bigint, p_now_ms bigint,
    p_scope text DEFAULT 'mail', p_lease_ms bigint DEFAULT 900000
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_at        timestamptz := from_unix_ms(p_now_ms);
    v_narrower  integer;
    v_tries     integer := 0;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true), set_config('synchronous_commit', 'off', true);

    LOOP
        UPDATE budgets SET held_micros = held_micros + p_amount_micros
        WHERE tenant = p_tenant AND scope = '*' AND time_window = 'total'
          AND spent_micros + held_micros + p_amount_micros <= limit_micros;
        EXIT WHEN FOUND;
        v_tries := v_tries + 1;
        IF v_tries = 2 THEN
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
