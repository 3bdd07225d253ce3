-- Replay: the first choice made for each lot, as a counterfactual evaluation reads it.
--
-- Why the first round only: later rounds exist because an earlier one failed, so their lots are no fair sample. Why the
-- first attempt that came to an auction: a lot counts once.
-- Bids that were not let in (above ceiling or purse, below the floor) are left out: no policy may choose them.
-- reward is the judgement that stands, null where nobody could tell; cost_micros that of the winner's own call.
-- Units: *_micros are millionths of a dollar, latency_ms milliseconds. p_after is exclusive, p_upto inclusive.
-- Ids sort by the time of their task, so a range of ids is a range of time and stays the same range later.

CREATE FUNCTION first_choices(p_tenant text, p_after uuid)
RETURNS TABLE (auction_id uuid, lot_id uuid, multiplier float8, award_id uuid, seat_id text, propensity float8)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT u.auction_id, u.lot_id, u.multiplier, a.award_id, a.seat_id, a.propensity
    FROM auctions AS u
    JOIN awards AS a USING (tenant, auction_id)
    WHERE u.tenant = p_tenant AND u.round = 1
      AND u.auction_id > coalesce(p_after, '00000000-0000-0000-0000-000000000000')
      AND NOT EXISTS (
          SELECT FROM auctions AS earlier
          WHERE earlier.tenant = u.tenant AND earlier.lot_id = u.lot_id AND earlier.round = 1
            AND earlier.attempt < u.attempt
      );
END;

-- The last auction of every p_size first choices after p_after, and the last of all: the ends of a log's pieces.
CREATE FUNCTION replay_bounds(p_tenant text, p_after uuid, p_size integer) RETURNS SETOF uuid
LANGUAGE plpgsql AS $$
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

CREATE FUNCTION logged_auctions(p_tenant text, p_after uuid, p_upto uuid)
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
        FROM bids AS q
        WHERE q.tenant = p_tenant AND q.auction_id = c.auction_id AND q.loss_reason IN ('won', 'outscored')
    ) AS b
    WHERE c.auction_id <= p_upto
    ORDER BY c.auction_id;
END $$;
