-- The history of a lot as one document, in one call that names its tenant.
--
-- Why one document: seven answers in one round trip cost the client more than the server, for each has a head that names and
-- types its columns anew. Numbers survive: float8 and bigint are printed in full.
-- Why bids_of_lot reads only the table bids: bids since 0018 are in the row of their auction, which is read anyhow.

-- As in 0008: a function keeps its plan.
CREATE FUNCTION lot_of_id(p_tenant text, p_lot_id uuid) RETURNS SETOF lots
LANGUAGE plpgsql STABLE ROWS 1 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT * FROM lots WHERE tenant = p_tenant AND lot_id = p_lot_id;
END $$;

DROP FUNCTION bids_of_lot;
CREATE FUNCTION bids_of_lot(p_tenant text, p_lot_id uuid) RETURNS SETOF bids
LANGUAGE plpgsql STABLE ROWS 10 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT b.*
    FROM auctions AS u
    JOIN bids AS b USING (tenant, auction_id)
    WHERE u.tenant = p_tenant AND u.lot_id = p_lot_id AND u.bidders IS NULL
      AND u.auction_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id)
      AND b.auction_id BETWEEN first_id_of(p_lot_id) AND last_id_of(p_lot_id);
END $$;

-- Null where there is no such lot; each list null where it is empty.
CREATE FUNCTION history_of_lot(p_tenant text, p_lot_id uuid) RETURNS json
LANGUAGE plpgsql STABLE AS $$
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
