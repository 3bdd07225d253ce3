-- The market's terms: how an auction was paced, and what a bid states beside its price.
--
-- Why: whoever asks later why a seat won, or replays the auction, needs the λ that could have been drawn, not only the one
-- that was; and the intervals of a quote can only be checked against what came of it where they were written down.
-- Units: *_micros and pace_* as in 0004; listed_* is what price list and throughput say before anything was learnt.
-- purse_micros is the most that a call could come to under the budget's pace, null for anything. Null is also what was not written down before this file.

ALTER TABLE auctions
    ADD COLUMN pace_low float8,
    ADD COLUMN pace_high float8,
    ADD COLUMN pace_high_share float8,
    ADD COLUMN uniform_share float8,
    ADD COLUMN purse_micros bigint,
    ADD COLUMN explored boolean,
    ADD CONSTRAINT auctions_purse_not_negative CHECK (purse_micros >= 0);

ALTER TABLE bids
    ADD COLUMN price_upper_micros bigint CONSTRAINT bids_upper_not_negative CHECK (price_upper_micros >= 0),
    ADD COLUMN latency_upper_ms bigint,
    ADD COLUMN failure_chance float8,
    ADD COLUMN listed_micros float8,
    ADD COLUMN listed_latency_ms float8;

CREATE OR REPLACE FUNCTION record_auction(p_tenant text, p_record json, p_now_ms bigint) RETURNS boolean
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

-- A version may follow at the same watermark where it learnt nothing: the pace moves without outcomes.
CREATE OR REPLACE FUNCTION append_policy(p_tenant text, p_version integer, p_multiplier double precision, p_watermark xid8,
                                         p_state json, p_now_ms bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
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

SELECT cover_with_leaf('auctions');
SELECT cover_with_leaf('bids');
