-- Budgets per scope and per window, holds that expire, auctions in bulk.
--
-- A tenant has one budget for everything, ('*', 'total'), and may have more: for one type of task (scope), for one hour,
-- day or month (UTC), or both. A hold counts in every one that applies to it, all or nothing.
-- Why one row per budget: it counts the window that it is in, and starts anew with the first hold of the next one. What
-- a hold of an earlier window costs in the end changes no later window: a settlement finds the row only while the row is
-- still in the hold's window. The hold's own time says which that is, so a hold is never dated before the window that it
-- was counted in, whatever its caller's clock says.
-- Lock order, so that nobody waits in a circle: the hold, the tenant's total, its other budgets by scope and window.
-- Whoever has locked the total has the tenant's money to itself.
-- Why holds expire: a process that dies between its hold and its settlement would keep the money for ever. After the
-- expiry a sweep gives back what no call can have used, and settles the rest: at its cost where the call came back, in
-- full where it never did.
-- Why constraints are checked at once: budgets has a row per tenant.
-- squawk-ignore-file ban-drop-default, ban-drop-constraint, constraint-missing-not-valid, adding-serial-primary-key-field

ALTER TABLE holds ALTER COLUMN scope DROP DEFAULT, ALTER COLUMN expires_at DROP DEFAULT;
ALTER TABLE budgets
    ADD COLUMN scope text NOT NULL DEFAULT '*',
    ADD COLUMN time_window text NOT NULL DEFAULT 'total',
    ADD COLUMN starts_at timestamptz NOT NULL DEFAULT '-infinity',
    DROP CONSTRAINT budgets_pkey,
    ADD CONSTRAINT budgets_pkey PRIMARY KEY (tenant, scope, time_window),
    ADD CONSTRAINT budgets_window_known CHECK (time_window IN ('total', 'hour', 'day', 'month')),
    ADD CONSTRAINT budgets_total_never_starts CHECK ((time_window = 'total') = (starts_at = '-infinity'));
CREATE TRIGGER budgets_keep_identity BEFORE UPDATE OF tenant, scope, time_window ON budgets
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION window_start(p_window text, p_at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE p_window
    WHEN 'total' THEN timestamptz '-infinity'
    ELSE date_trunc(p_window, p_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
END;

-- True where the hold stands, now or since an earlier call; false where it would overspend a budget.
-- Commits asynchronously: the award that follows is durable only together with all that was written before it, and a
-- hold that a crash takes away had no award, so no call was made under it.
DROP FUNCTION place_hold;
CREATE FUNCTION place_hold(
    p_tenant text, p_hold_id uuid, p_amount_micros bigint, p_default_limit_micros bigint, p_now_ms bigint,
    p_scope text DEFAULT 'mail', p_lease_ms bigint DEFAULT 900000
) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_at        timestamptz := from_unix_ms(p_now_ms);
    v_narrower  integer;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true), set_config('synchronous_commit', 'off', true);

    LOOP
        UPDATE budgets SET held_micros = held_micros + p_amount_micros
        WHERE tenant = p_tenant AND scope = '*' AND time_window = 'total'
          AND spent_micros + held_micros + p_amount_micros <= limit_micros;
        EXIT WHEN FOUND;
        IF EXISTS (SELECT FROM budgets WHERE tenant = p_tenant AND scope = '*' AND time_window = 'total') THEN
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

-- A new budget begins with what its window has seen already. p_now_ms says which window is the current one.
DROP FUNCTION set_budget;
CREATE FUNCTION set_budget(
    p_tenant text, p_limit_micros bigint, p_scope text DEFAULT '*', p_window text DEFAULT 'total',
    p_default_limit_micros bigint DEFAULT 0, p_now_ms bigint DEFAULT 0
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_start timestamptz := window_start(p_window, from_unix_ms(p_now_ms));
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    IF (p_scope, p_window) = ('*', 'total') THEN
        INSERT INTO budgets (tenant, limit_micros) VALUES (p_tenant, p_limit_micros)
        ON CONFLICT ON CONSTRAINT budgets_pkey DO UPDATE SET limit_micros = excluded.limit_micros;
        RETURN;
    END IF;

    INSERT INTO budgets (tenant, limit_micros) VALUES (p_tenant, p_default_limit_micros)
    ON CONFLICT ON CONSTRAINT budgets_pkey DO NOTHING;
    PERFORM FROM budgets WHERE tenant = p_tenant AND scope = '*' AND time_window = 'total' FOR NO KEY UPDATE;
    SELECT greatest(v_start, max(starts_at)) INTO v_start
    FROM budgets WHERE tenant = p_tenant AND scope = p_scope AND time_window = p_window;

    INSERT INTO budgets (tenant, scope, time_window, starts_at, limit_micros, held_micros, spent_micros)
    SELECT p_tenant, p_scope, p_window, v_start, p_limit_micros,
           coalesce(sum(h.amount_micros) FILTER (WHERE s.hold_id IS NULL), 0), coalesce(sum(s.amount_micros), 0)
    FROM holds AS h
    LEFT JOIN settlements AS s USING (tenant, hold_id)
    WHERE tenant = p_tenant AND p_scope IN ('*', h.scope)
      AND h.created_at >= v_start AND window_start(p_window, h.created_at) = v_start
    ON CONFLICT ON CONSTRAINT budgets_pkey DO UPDATE
        SET limit_micros = excluded.limit_micros, starts_at = excluded.starts_at,
            held_micros = excluded.held_micros, spent_micros = excluded.spent_micros;
END $$;

-- The first settlement of a hold stands: only it moves the budgets from held to spent. False: there is no such hold.
CREATE OR REPLACE FUNCTION settle(
    p_tenant text, p_hold_id uuid, p_award_id uuid, p_kind text, p_amount_micros bigint, p_now_ms bigint
) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_hold holds;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    SELECT * INTO v_hold FROM holds WHERE tenant = p_tenant AND hold_id = p_hold_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    INSERT INTO settlements (tenant, hold_id, hold_micros, award_id, kind, amount_micros, created_at)
    VALUES (p_tenant, p_hold_id, v_hold.amount_micros, p_award_id, p_kind, p_amount_micros, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT settlements_pkey DO NOTHING;
    IF NOT FOUND THEN
        RETURN true;
    END IF;

    UPDATE budgets
    SET held_micros = held_micros - v_hold.amount_micros, spent_micros = spent_micros + p_amount_micros
    WHERE tenant = p_tenant AND scope = '*' AND time_window = 'total';
    UPDATE budgets
    SET held_micros = held_micros - v_hold.amount_micros, spent_micros = spent_micros + p_amount_micros
    WHERE tenant = p_tenant AND scope IN ('*', v_hold.scope) AND (scope, time_window) <> ('*', 'total')
      AND starts_at = window_start(time_window, v_hold.created_at);
    RETURN true;
END $$;

-- Voids those of the given holds that are open and under no award.
CREATE OR REPLACE FUNCTION void_unawarded_holds(p_tenant text, p_hold_ids uuid[], p_now_ms bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_hold_id uuid;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    FOR v_hold_id IN
        SELECT hold_id FROM holds WHERE tenant = p_tenant AND hold_id = ANY (p_hold_ids) ORDER BY hold_id FOR UPDATE
    LOOP
        IF NOT EXISTS (
            SELECT FROM awards
            WHERE tenant = p_tenant AND hold_id = v_hold_id
              AND award_id BETWEEN first_id_of(v_hold_id) AND last_id_of(v_hold_id)
        ) THEN
            PERFORM settle(p_tenant, v_hold_id, NULL, 'voided', 0, p_now_ms);
        END IF;
    END LOOP;
END $$;

-- How an expired hold was resolved: 'voided' where no call began, else 'settled', at what the call cost, or in full
-- where it never came back. NULL where it is resolved already, or somebody is at it. The rule is that of settle_lot in
-- bidding/services/settlement.py.
CREATE FUNCTION resolve_expired_hold(p_tenant text, p_hold_id uuid, p_now_ms bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_hold_micros  bigint;
    v_award_id     uuid;
    v_cost_micros  bigint;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    SELECT amount_micros INTO v_hold_micros
    FROM holds WHERE tenant = p_tenant AND hold_id = p_hold_id
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND OR EXISTS (SELECT FROM settlements WHERE tenant = p_tenant AND hold_id = p_hold_id) THEN
        RETURN NULL;
    END IF;

    SELECT award_id INTO v_award_id
    FROM awards
    WHERE tenant = p_tenant AND hold_id = p_hold_id
      AND award_id BETWEEN first_id_of(p_hold_id) AND last_id_of(p_hold_id);
    IF NOT EXISTS (SELECT FROM executions WHERE tenant = p_tenant AND award_id = v_award_id) THEN
        PERFORM settle(p_tenant, p_hold_id, v_award_id, 'voided', 0, p_now_ms);
        RETURN 'voided';
    END IF;

    PERFORM complete_execution(p_tenant, v_award_id, 'failed', 'interrupted', 'the call was given up when its hold expired',
                               NULL, NULL, NULL, v_hold_micros, 0, NULL, NULL, NULL, p_now_ms);
    SELECT cost_micros INTO v_cost_micros FROM completions WHERE tenant = p_tenant AND award_id = v_award_id;
    PERFORM settle(p_tenant, p_hold_id, v_award_id, 'settled', v_cost_micros, p_now_ms);
    RETURN 'settled';
END $$;

-- For the owner of the installation: resolves holds of all tenants that have expired, at most p_limit of those placed
-- since p_since_ms. Called every minute for the last hours, which the index on time finds, and now and then for all.
CREATE FUNCTION sweep_holds(p_now_ms bigint, p_since_ms bigint DEFAULT 0, p_limit integer DEFAULT 200)
RETURNS TABLE (voided integer, settled integer)
LANGUAGE plpgsql AS $$
DECLARE
    v_hold  record;
    v_end   text;
BEGIN
    voided := 0;
    settled := 0;
    FOR v_hold IN
        SELECT h.tenant, h.hold_id
        FROM holds AS h
        WHERE h.expires_at <= from_unix_ms(p_now_ms) AND h.created_at >= from_unix_ms(p_since_ms)
          AND NOT EXISTS (SELECT FROM settlements AS s WHERE s.tenant = h.tenant AND s.hold_id = h.hold_id)
        ORDER BY h.tenant, h.hold_id
        LIMIT p_limit
    LOOP
        v_end := resolve_expired_hold(v_hold.tenant, v_hold.hold_id, p_now_ms);
        voided := voided + (v_end IS NOT DISTINCT FROM 'voided')::integer;
        settled := settled + (v_end IS NOT DISTINCT FROM 'settled')::integer;
    END LOOP;
    RETURN NEXT;
END $$;

-- p_records: an array of documents as record_auction takes, written all of them or none, in one round trip and with one
-- flush of the log; answers for each, in order. It calls record_auction, so that there is one list of columns to keep.
CREATE FUNCTION record_auctions(p_tenant text, p_records json, p_now_ms bigint) RETURNS boolean[]
LANGUAGE plpgsql AS $$
DECLARE
    v_record   json;
    v_answers  boolean[] := '{}';
BEGIN
    FOR v_record IN SELECT value FROM json_array_elements(p_records) LOOP
        v_answers := v_answers || record_auction(p_tenant, v_record, p_now_ms);
    END LOOP;
    RETURN v_answers;
END $$;

ALTER FUNCTION place_hold SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION set_budget SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION settle SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION void_unawarded_holds SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION resolve_expired_hold SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION sweep_holds SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE EXECUTE ON FUNCTION resolve_expired_hold FROM ledger_app;
GRANT EXECUTE ON FUNCTION resolve_expired_hold TO ledger_keeper;
ALTER FUNCTION sweep_holds OWNER TO ledger_keeper;

-- Every one of these statements finds its rows by key in one partition. A plan made for its values would be thrown away
-- after one use and cost more than the work; a kept one prunes when it starts.
ALTER FUNCTION place_hold SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION record_auction SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION claim_execution SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION complete_execution SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION settle SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION record_outcome SET plan_cache_mode = force_generic_plan;
