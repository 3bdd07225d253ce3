-- Budgets and holds: money set aside for the worst case of a call, before the call.
--
-- Why a budget row with totals: one conditional UPDATE both checks and reserves, so no two callers can overspend
-- together, and the CHECK would refuse whoever tried another way.
-- Units: *_micros are millionths of a dollar; p_now_ms is Unix time in milliseconds.
-- Mutable: budgets. Holds only grow.

CREATE TABLE budgets (
    tenant        text NOT NULL,
    limit_micros  bigint NOT NULL,
    held_micros   bigint NOT NULL DEFAULT 0,
    spent_micros  bigint NOT NULL DEFAULT 0,
    CONSTRAINT budgets_pkey PRIMARY KEY (tenant),
    CONSTRAINT budgets_limit_not_negative CHECK (limit_micros >= 0),
    CONSTRAINT budgets_held_not_negative CHECK (held_micros >= 0),
    CONSTRAINT budgets_spent_not_negative CHECK (spent_micros >= 0),
    CONSTRAINT budgets_never_overspent CHECK (spent_micros + held_micros <= limit_micros)
);

CREATE TABLE holds (
    tenant         text NOT NULL,
    hold_id        uuid NOT NULL,
    amount_micros  bigint NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT holds_pkey PRIMARY KEY (tenant, hold_id),
    CONSTRAINT holds_amount_not_negative CHECK (amount_micros >= 0),
    CONSTRAINT holds_with_amount UNIQUE (tenant, hold_id, amount_micros)  -- what awards and settlements refer to
);

CREATE TRIGGER budgets_are_kept BEFORE DELETE OR TRUNCATE ON budgets
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER holds_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON holds
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- True where the hold stands, now or since an earlier call; false where it would overspend the budget.
-- Commits asynchronously: the award that follows is durable only together with all that was written before it,
-- and a hold that a crash takes away had no award, so no call was made under it.
CREATE FUNCTION place_hold(
    p_tenant text, p_hold_id uuid, p_amount_micros bigint, p_default_limit_micros bigint, p_now_ms bigint
) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    PERFORM set_config('synchronous_commit', 'off', true);

    IF EXISTS (SELECT FROM holds WHERE tenant = p_tenant AND hold_id = p_hold_id) THEN
        RETURN true;
    END IF;

    IF NOT EXISTS (SELECT FROM budgets WHERE tenant = p_tenant) THEN
        INSERT INTO budgets (tenant, limit_micros) VALUES (p_tenant, p_default_limit_micros)
        ON CONFLICT ON CONSTRAINT budgets_pkey DO NOTHING;
    END IF;
    UPDATE budgets SET held_micros = held_micros + p_amount_micros
    WHERE tenant = p_tenant AND spent_micros + held_micros + p_amount_micros <= limit_micros;
    IF NOT FOUND THEN  -- false, unless the same hold was placed while this call waited for the budget
        RETURN EXISTS (SELECT FROM holds WHERE tenant = p_tenant AND hold_id = p_hold_id);
    END IF;

    INSERT INTO holds (tenant, hold_id, amount_micros, created_at)
    VALUES (p_tenant, p_hold_id, p_amount_micros, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT holds_pkey DO NOTHING;
    IF NOT FOUND THEN
        UPDATE budgets SET held_micros = held_micros - p_amount_micros WHERE tenant = p_tenant;
    END IF;
    RETURN true;
END $$;

CREATE FUNCTION set_budget(p_tenant text, p_limit_micros bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO budgets (tenant, limit_micros) VALUES (p_tenant, p_limit_micros)
    ON CONFLICT ON CONSTRAINT budgets_pkey DO UPDATE SET limit_micros = excluded.limit_micros;
END $$;
