-- An auction is sent as one value and checked by one trigger. What is written, and what is refused, stays as it was.
--
-- Why one value: a call with 54 parameters is parsed, its parameters typed and converted one by one, each time; a
-- composite value is one parameter, and its client sends it in binary form, so that no number is printed and read again.
-- Why triggers for what were CHECK constraints: PostgreSQL reads, plans and prepares every constraint anew for every
-- INSERT, from its stored text; a trigger's function keeps its plans. Constraints that are short stay constraints.
-- Why ALWAYS: a row that comes by replication or under session_replication_role is held to them too, as by a constraint.
-- Why auctions_by_time goes: no query uses it; an auction's id says its time.
-- squawk-ignore-file ban-drop-constraint, require-concurrent-index-deletion

-- What record_auction takes. All from award_id to runners_up is null where nobody won. hold: place the award's hold first.
CREATE TYPE auction_entry AS (
    tenant text, now_ms bigint, auction_id uuid, lot_id uuid, attempt integer, round integer, seed text,
    policy_version integer, multiplier float8, tmax_ms bigint, pace_low float8, pace_high float8, pace_high_share float8,
    uniform_share float8, purse_micros bigint, explored boolean,
    bidders text[], bid_price_micros bigint[], bid_price_upper_micros bigint[], bid_hold_micros bigint[],
    bid_quality_mean float8[], bid_quality_sd float8[], bid_latency_ms bigint[], bid_latency_upper_ms bigint[],
    bid_input_tokens bigint[], bid_output_tokens bigint[], bid_failure_chance float8[], bid_listed_micros float8[],
    bid_listed_latency_ms float8[], bid_demonstrations json,
    notice_reason text[], notice_quality_draw float8[], notice_quality_micros float8[], notice_price_term_micros float8[],
    notice_delay_micros float8[], notice_score float8[], notice_propensity float8[], notice_margin_micros float8[],
    notice_price_to_win_micros bigint[], notice_quality_to_win float8[],
    absent text[], absent_reason text[], absent_detail text[],
    award_id uuid, seat_id text, hold_id uuid, hold_micros bigint, price_micros bigint, propensity float8,
    runners_up text[],
    hold boolean, default_limit_micros bigint, scope text, lease_ms bigint
);

-- As in 0018. p_answer: 'recorded', now or by an earlier call; 'over_budget': the hold was refused, and nothing was
-- written; 'another': an earlier call wrote another end of this auction.
DROP PROCEDURE record_auction;
CREATE PROCEDURE record_auction(INOUT p_answer text, p_entry auction_entry)
LANGUAGE plpgsql AS $$
DECLARE
    v_now  timestamptz := from_unix_ms(p_entry.now_ms);
    v_set  text;
BEGIN
    IF p_entry.hold THEN
        IF NOT place_hold(p_entry.tenant, p_entry.hold_id, p_entry.hold_micros, p_entry.default_limit_micros,
                          p_entry.now_ms, p_entry.scope, p_entry.lease_ms) THEN
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
        p_entry.pace_high_share, p_entry.uniform_share, p_entry.purse_micros, p_entry.explored, p_entry.bidders,
        p_entry.bid_price_micros, p_entry.bid_price_upper_micros, p_entry.bid_hold_micros, p_entry.bid_quality_mean,
        p_entry.bid_quality_sd, p_entry.bid_latency_ms, p_entry.bid_latency_upper_ms, p_entry.bid_input_tokens,
        p_entry.bid_output_tokens, p_entry.bid_failure_chance, p_entry.bid_listed_micros, p_entry.bid_listed_latency_ms,
        p_entry.bid_demonstrations, p_entry.notice_reason, p_entry.notice_quality_draw, p_entry.notice_quality_micros,
        p_entry.notice_price_term_micros, p_entry.notice_delay_micros, p_entry.notice_score, p_entry.notice_propensity,
        p_entry.notice_margin_micros, p_entry.notice_price_to_win_micros, p_entry.notice_quality_to_win, p_entry.absent,
        p_entry.absent_reason, p_entry.absent_detail
    ) ON CONFLICT ON CONSTRAINT auctions_pkey DO NOTHING;
    IF NOT FOUND THEN
        p_answer := CASE
            WHEN (SELECT seat_id FROM awards WHERE tenant = p_entry.tenant AND auction_id = p_entry.auction_id)
                IS NOT DISTINCT FROM p_entry.seat_id
            THEN 'recorded' ELSE 'another'
        END;
        RETURN;
    END IF;

    IF p_entry.award_id IS NOT NULL THEN
        INSERT INTO awards (tenant, award_id, auction_id, seat_id, hold_id, hold_micros, price_micros, propensity,
                            runners_up, created_at)
        VALUES (p_entry.tenant, p_entry.award_id, p_entry.auction_id, p_entry.seat_id, p_entry.hold_id,
                p_entry.hold_micros, p_entry.price_micros, p_entry.propensity, p_entry.runners_up, v_now);
    END IF;
    p_answer := 'recorded';
END $$;

-- An auction is counted from one, shares its lot's time, and its bids are whole: a seat answers once; every list is as long
-- as bidders, those of a quote and of a notice without a gap; amounts are not negative.
CREATE FUNCTION refuse_unsound_auction() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v_bids    integer := cardinality(NEW.bidders);
    v_seats   text[] := NEW.bidders || NEW.absent;
    v_broken  text;
BEGIN
    IF NEW.attempt < 1 OR NEW.round < 1 THEN
        v_broken := 'auctions_counted_from_one';
    ELSIF NEW.seed < 0 THEN
        v_broken := 'auctions_seed_unsigned';
    ELSIF substring(uuid_send(NEW.auction_id), 1, 6) <> substring(uuid_send(NEW.lot_id), 1, 6) THEN
        v_broken := 'auctions_share_time_with_lot';
    ELSIF v_bids IS NULL THEN  -- its bids are rows of bids
        IF NEW.bid_price_micros IS NOT NULL OR NEW.notice_reason IS NOT NULL THEN
            v_broken := 'auctions_bids_are_whole';
        END IF;
    ELSIF (
        v_bids = ALL (ARRAY[
            cardinality(NEW.bid_price_micros), cardinality(NEW.bid_hold_micros), cardinality(NEW.bid_quality_mean),
            cardinality(NEW.bid_quality_sd), cardinality(NEW.bid_latency_ms), cardinality(NEW.bid_input_tokens),
            cardinality(NEW.bid_output_tokens)
        ])
        AND num_nulls(VARIADIC NEW.bid_price_micros) + num_nulls(VARIADIC NEW.bid_hold_micros)
            + num_nulls(VARIADIC NEW.bid_quality_mean) + num_nulls(VARIADIC NEW.bid_quality_sd)
            + num_nulls(VARIADIC NEW.bid_latency_ms) + num_nulls(VARIADIC NEW.bid_input_tokens)
            + num_nulls(VARIADIC NEW.bid_output_tokens) = 0
        AND CASE
            WHEN NEW.notice_reason IS NULL THEN
                num_nonnulls(NEW.notice_quality_draw, NEW.notice_quality_micros, NEW.notice_price_term_micros,
                             NEW.notice_delay_micros, NEW.notice_score, NEW.notice_propensity) = 0
            ELSE
                v_bids = ALL (ARRAY[
                    cardinality(NEW.notice_reason), cardinality(NEW.notice_quality_draw),
                    cardinality(NEW.notice_quality_micros), cardinality(NEW.notice_price_term_micros),
                    cardinality(NEW.notice_delay_micros), cardinality(NEW.notice_score),
                    cardinality(NEW.notice_propensity)
                ])
                AND num_nulls(VARIADIC NEW.notice_reason) + num_nulls(VARIADIC NEW.notice_quality_draw)
                    + num_nulls(VARIADIC NEW.notice_quality_micros) + num_nulls(VARIADIC NEW.notice_price_term_micros)
                    + num_nulls(VARIADIC NEW.notice_delay_micros) + num_nulls(VARIADIC NEW.notice_score)
                    + num_nulls(VARIADIC NEW.notice_propensity) = 0
                AND 0 <= ALL (NEW.notice_propensity) AND 1.000001 >= ALL (NEW.notice_propensity)
            END
        AND coalesce(cardinality(NEW.bid_price_upper_micros), v_bids) = v_bids
        AND coalesce(cardinality(NEW.bid_latency_upper_ms), v_bids) = v_bids
        AND coalesce(cardinality(NEW.bid_failure_chance), v_bids) = v_bids
        AND coalesce(cardinality(NEW.bid_listed_micros), v_bids) = v_bids
        AND coalesce(cardinality(NEW.bid_listed_latency_ms), v_bids) = v_bids
        AND coalesce(json_array_length(NEW.bid_demonstrations), v_bids) = v_bids
        AND coalesce(cardinality(NEW.notice_margin_micros), v_bids) = v_bids
        AND coalesce(cardinality(NEW.notice_price_to_win_micros), v_bids) = v_bids
        AND coalesce(cardinality(NEW.notice_quality_to_win), v_bids) = v_bids
        AND cardinality(NEW.absent) = cardinality(NEW.absent_reason)
        AND cardinality(NEW.absent) = cardinality(NEW.absent_detail)
        AND num_nulls(VARIADIC NEW.absent_reason) + num_nulls(VARIADIC NEW.absent_detail) = 0
        AND (0 <= ALL (NEW.bid_price_micros || NEW.bid_hold_micros || NEW.bid_price_upper_micros
                       || NEW.notice_price_to_win_micros)) IS NOT FALSE
    ) IS NOT TRUE THEN
        v_broken := 'auctions_bids_are_whole';
    ELSE
        FOR v_at IN 2 .. cardinality(v_seats) LOOP
            IF array_position(v_seats, v_seats[v_at]) < v_at THEN
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
CREATE TRIGGER auctions_are_sound BEFORE INSERT OR UPDATE ON auctions
    FOR EACH ROW EXECUTE FUNCTION refuse_unsound_auction();
ALTER TABLE auctions ENABLE ALWAYS TRIGGER auctions_are_sound;
ALTER TABLE auctions
    DROP CONSTRAINT auctions_bids_are_whole,
    DROP CONSTRAINT auctions_counted_from_one,
    DROP CONSTRAINT auctions_seed_unsigned,
    DROP CONSTRAINT auctions_share_time_with_lot;
DROP FUNCTION bids_are_whole;

-- An award goes to a seat that made a bid, and is not under a resolved hold, which nobody would pay. The foreign key has
-- locked the hold before this runs (triggers fire in the order of their names, and those of foreign keys begin with a capital).
CREATE FUNCTION refuse_unsound_award() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM auctions
        WHERE tenant = NEW.tenant AND auction_id = NEW.auction_id AND NEW.seat_id = ANY (bidders)
    ) THEN
        RAISE EXCEPTION 'seat % made no bid in auction %', NEW.seat_id, NEW.auction_id
            USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'awards_go_to_a_bidder';
    END IF;
    IF EXISTS (SELECT FROM settlements WHERE tenant = NEW.tenant AND hold_id = NEW.hold_id) THEN
        RAISE EXCEPTION 'hold % is resolved already', NEW.hold_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'awards_hold_is_open';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER awards_go_to_a_bidder ON awards;
DROP TRIGGER awards_hold_is_open ON awards;
CREATE CONSTRAINT TRIGGER awards_are_sound AFTER INSERT ON awards
    FOR EACH ROW EXECUTE FUNCTION refuse_unsound_award();
DROP FUNCTION refuse_award_to_a_stranger, refuse_resolved_hold;

DROP INDEX auctions_by_time;

-- Its plans are general ones after a few calls anyhow; to set and reset a parameter costs as much as one of its statements.
ALTER FUNCTION place_hold RESET plan_cache_mode;
