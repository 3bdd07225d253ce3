-- Gauges: what a dashboard asks every minute, over all tenants, as one row of numbers.
--
-- Shares in [0, 1], ages in milliseconds; null where there is nothing to divide by. Wins and holds are those since
-- p_since_ms, so that the question stays as cheap as the last hours are short; times are found by BRIN.
-- Why a budget of a past window does not count: it is full again with the next hold.
-- Why awards stand for all rows in unsealed_ms: what is sealed is sealed by transaction, and no lot goes without one.

CREATE FUNCTION market_gauges(p_now_ms bigint, p_since_ms bigint)
RETURNS TABLE (
    budget_used double precision, concentration double precision, wins bigint,
    open_holds bigint, oldest_hold_ms bigint, unsealed_ms bigint
)
LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp
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
ALTER FUNCTION market_gauges OWNER TO ledger_keeper;
GRANT EXECUTE ON FUNCTION window_start TO ledger_keeper;
