-- Auctions: the request, what every seat answered, what it was told, and who won.
--
-- Why one function writes all three tables: an auction is either on the record whole or not at all, in one round
-- trip. The first record of an auction stands; a repetition changes nothing.
-- Units: *_micros columns of type bigint are money, in millionths of a dollar. Those of type float8 are the terms of
-- a score, in the same unit, and may be negative. seed is an unsigned 64-bit number.
-- Bids have no foreign key to seats: eight look-ups per auction would cost a fifth of the write, and seats are never
-- deleted.

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
    CONSTRAINT auctions_one_per_round UNIQUE (tenant, lot_id, attempt, round),
    CONSTRAINT auctions_counted_from_one CHECK (attempt >= 1 AND round >= 1),
    CONSTRAINT auctions_seed_unsigned CHECK (seed >= 0)
);

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
);

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
    CONSTRAINT awards_one_per_auction UNIQUE (tenant, auction_id),
    CONSTRAINT awards_one_per_hold UNIQUE (tenant, hold_id),
    CONSTRAINT awards_with_hold UNIQUE (tenant, award_id, hold_id),  -- what settlements refer to
    CONSTRAINT awards_go_to_a_bidder FOREIGN KEY (tenant, auction_id, seat_id) REFERENCES bids,
    CONSTRAINT awards_have_their_hold FOREIGN KEY (tenant, hold_id, hold_micros)
        REFERENCES holds (tenant, hold_id, amount_micros),
    CONSTRAINT awards_price_not_negative CHECK (price_micros >= 0),
    CONSTRAINT awards_propensity_is_a_chance CHECK (propensity BETWEEN 0 AND 1.000001)
);

CREATE TRIGGER auctions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON auctions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bids_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bids
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER awards_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON awards
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE VIEW awarded_lots WITH (security_invoker = true) AS
SELECT a.tenant, a.award_id, a.auction_id, u.lot_id, u.attempt, u.round, a.seat_id, a.hold_id, a.hold_micros,
       a.price_micros, a.propensity, a.runners_up
FROM awards AS a
JOIN auctions AS u USING (tenant, auction_id);

-- p_record: {"auction": {…}, "bids": [{…}, …], "awards": [] or [{…}]}, keys named as the columns.
-- False where the auction was written before with another end; what was written stands.
CREATE FUNCTION record_auction(p_tenant text, p_record json, p_now_ms bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_now         timestamptz := from_unix_ms(p_now_ms);
    v_auction_id  uuid := p_record -> 'auction' ->> 'auction_id';
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);

    INSERT INTO auctions (tenant, auction_id, lot_id, attempt, round, seed, policy_version, multiplier, tmax_ms,
                          created_at)
    SELECT p_tenant, r.*, v_now
    FROM json_to_record(p_record -> 'auction') AS r (
        auction_id uuid, lot_id uuid, attempt integer, round integer, seed numeric, policy_version integer,
        multiplier float8, tmax_ms bigint
    )
    ON CONFLICT ON CONSTRAINT auctions_pkey DO NOTHING;
    IF NOT FOUND THEN
        RETURN (SELECT seat_id FROM awards WHERE tenant = p_tenant AND auction_id = v_auction_id)
            IS NOT DISTINCT FROM (p_record -> 'awards' -> 0 ->> 'seat_id');
    END IF;

    INSERT INTO bids (tenant, auction_id, seat_id, no_bid_reason, no_bid_detail, price_micros, hold_micros,
                      quality_mean, quality_sd, latency_ms, input_tokens, output_tokens, demonstrations, loss_reason,
                      quality_draw, quality_micros, price_term_micros, delay_micros, score, propensity, margin_micros,
                      price_to_win_micros, quality_to_win)
    SELECT p_tenant, v_auction_id, r.*
    FROM json_to_recordset(p_record -> 'bids') AS r (
        seat_id text, no_bid_reason text, no_bid_detail text, price_micros bigint, hold_micros bigint,
        quality_mean float8, quality_sd float8, latency_ms bigint, input_tokens bigint, output_tokens bigint,
        demonstrations text[], loss_reason text, quality_draw float8, quality_micros float8,
        price_term_micros float8, delay_micros float8, score float8, propensity float8, margin_micros float8,
        price_to_win_micros bigint, quality_to_win float8
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
