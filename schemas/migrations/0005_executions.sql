-- Executions: the one call made for an award, how it ended, and what became of its hold.
--
-- Why executions has the award as its key: the row is the claim, and only who inserts it may call the provider.
-- Why settlements repeats the hold's amount: the foreign key proves it, and a CHECK keeps the bill within it.
-- Units: *_micros are millionths of a dollar, *_ms milliseconds; p_now_ms is Unix time. All rows are append-only.
-- Why output is json, not jsonb: text stays as it was written, and a model may write what jsonb refuses (\u0000).
--
-- Lock order, so that nobody waits in a circle: the hold, then the budget.

CREATE TABLE executions (
    tenant      text NOT NULL,
    award_id    uuid NOT NULL,
    claim       uuid NOT NULL,                     -- of the call that claimed, so that its retry is recognised
    claimed_at  timestamptz NOT NULL,
    CONSTRAINT executions_pkey PRIMARY KEY (tenant, award_id),
    CONSTRAINT executions_of_an_award FOREIGN KEY (tenant, award_id) REFERENCES awards
);

CREATE TABLE completions (
    tenant         text NOT NULL,
    award_id       uuid NOT NULL,
    status         text NOT NULL,
    reason         text,
    detail         text NOT NULL,
    input_tokens   bigint,
    output_tokens  bigint,
    cpu_ms         bigint,
    cost_micros    bigint NOT NULL,
    latency_ms     bigint NOT NULL,
    output         json,
    road           text,
    raw_key        text,
    completed_at   timestamptz NOT NULL,
    CONSTRAINT completions_pkey PRIMARY KEY (tenant, award_id),
    CONSTRAINT completions_of_a_claim FOREIGN KEY (tenant, award_id) REFERENCES executions,
    CONSTRAINT completions_status_known CHECK (status IN ('succeeded', 'failed')),
    CONSTRAINT completions_output_if_succeeded CHECK ((output IS NOT NULL) = (status = 'succeeded')),
    CONSTRAINT completions_cost_not_negative CHECK (cost_micros >= 0),
    CONSTRAINT completions_latency_not_negative CHECK (latency_ms >= 0),
    CONSTRAINT completions_usage_is_whole CHECK ((input_tokens IS NULL) = (output_tokens IS NULL))
);

CREATE TABLE settlements (
    tenant         text NOT NULL,
    hold_id        uuid NOT NULL,
    hold_micros    bigint NOT NULL,
    award_id       uuid,
    kind           text NOT NULL,
    amount_micros  bigint NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT settlements_pkey PRIMARY KEY (tenant, hold_id),
    CONSTRAINT settlements_of_a_hold FOREIGN KEY (tenant, hold_id, hold_micros)
        REFERENCES holds (tenant, hold_id, amount_micros),
    CONSTRAINT settlements_of_its_award FOREIGN KEY (tenant, award_id, hold_id)
        REFERENCES awards (tenant, award_id, hold_id),
    CONSTRAINT settlements_kind_known CHECK (kind IN ('settled', 'voided')),
    CONSTRAINT settlements_need_an_award CHECK (kind = 'voided' OR award_id IS NOT NULL),
    CONSTRAINT settlements_void_is_free CHECK (kind = 'settled' OR amount_micros = 0),
    CONSTRAINT settlements_amount_not_negative CHECK (amount_micros >= 0),
    CONSTRAINT settlements_within_hold CHECK (amount_micros <= hold_micros)
);

CREATE TRIGGER executions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON executions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER completions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON completions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER settlements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- An award under a resolved hold would be paid by nobody. The foreign key has locked the hold before this runs
-- (triggers fire in the order of their names, and those of foreign keys begin with a capital).
CREATE FUNCTION refuse_resolved_hold() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM settlements WHERE tenant = NEW.tenant AND hold_id = NEW.hold_id) THEN
        RAISE EXCEPTION 'hold % is resolved already', NEW.hold_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER awards_hold_is_open AFTER INSERT ON awards
    FOR EACH ROW EXECUTE FUNCTION refuse_resolved_hold();

-- A hold is given back only where no call can have begun. settle() has locked the hold before this runs.
CREATE FUNCTION refuse_void_after_claim() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM awards JOIN executions USING (tenant, award_id)
        WHERE tenant = NEW.tenant AND hold_id = NEW.hold_id
    ) THEN
        RAISE EXCEPTION 'hold % cannot be voided: its award was claimed', NEW.hold_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER settlements_void_only_unclaimed AFTER INSERT ON settlements
    FOR EACH ROW WHEN (NEW.kind = 'voided') EXECUTE FUNCTION refuse_void_after_claim();

-- True for the first caller, and again for that call's own retry. False where the hold is resolved: too late.
CREATE FUNCTION claim_execution(p_tenant text, p_award_id uuid, p_claim uuid, p_now_ms bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_hold_id uuid;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    SELECT h.hold_id INTO v_hold_id
    FROM awards AS a JOIN holds AS h USING (tenant, hold_id)
    WHERE tenant = p_tenant AND a.award_id = p_award_id
    FOR KEY SHARE OF h;
    IF EXISTS (SELECT FROM settlements WHERE tenant = p_tenant AND hold_id = v_hold_id) THEN
        RETURN false;
    END IF;

    INSERT INTO executions (tenant, award_id, claim, claimed_at)
    VALUES (p_tenant, p_award_id, p_claim, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT executions_pkey DO NOTHING;
    RETURN EXISTS (SELECT FROM executions WHERE tenant = p_tenant AND award_id = p_award_id AND claim = p_claim);
END $$;

CREATE FUNCTION complete_execution(
    p_tenant text, p_award_id uuid, p_status text, p_reason text, p_detail text,
    p_input_tokens bigint, p_output_tokens bigint, p_cpu_ms bigint, p_cost_micros bigint, p_latency_ms bigint,
    p_output json, p_road text, p_raw_key text, p_now_ms bigint
) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO completions (tenant, award_id, status, reason, detail, input_tokens, output_tokens, cpu_ms, cost_micros,
                             latency_ms, output, road, raw_key, completed_at)
    VALUES (p_tenant, p_award_id, p_status, p_reason, p_detail, p_input_tokens, p_output_tokens, p_cpu_ms,
            p_cost_micros, p_latency_ms, p_output, p_road, p_raw_key, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT completions_pkey DO NOTHING;
END $$;

-- The first settlement of a hold stands: only it moves the budget from held to spent. False: there is no such hold.
CREATE FUNCTION settle(
    p_tenant text, p_hold_id uuid, p_award_id uuid, p_kind text, p_amount_micros bigint, p_now_ms bigint
) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_hold_micros bigint;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    SELECT amount_micros INTO v_hold_micros
    FROM holds WHERE tenant = p_tenant AND hold_id = p_hold_id
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    INSERT INTO settlements (tenant, hold_id, hold_micros, award_id, kind, amount_micros, created_at)
    VALUES (p_tenant, p_hold_id, v_hold_micros, p_award_id, p_kind, p_amount_micros, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT settlements_pkey DO NOTHING;
    IF FOUND THEN
        UPDATE budgets
        SET held_micros = held_micros - v_hold_micros, spent_micros = spent_micros + p_amount_micros
        WHERE tenant = p_tenant;
    END IF;
    RETURN true;
END $$;

-- Voids those of the given holds that are open and under no award.
CREATE FUNCTION void_unawarded_holds(p_tenant text, p_hold_ids uuid[], p_now_ms bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    PERFORM FROM holds WHERE tenant = p_tenant AND hold_id = ANY (p_hold_ids) ORDER BY hold_id FOR UPDATE;

    WITH voided AS (
        INSERT INTO settlements (tenant, hold_id, hold_micros, kind, amount_micros, created_at)
        SELECT tenant, hold_id, amount_micros, 'voided', 0, from_unix_ms(p_now_ms)
        FROM holds AS h
        WHERE tenant = p_tenant AND hold_id = ANY (p_hold_ids)
          AND NOT EXISTS (SELECT FROM awards AS a WHERE a.tenant = p_tenant AND a.hold_id = h.hold_id)
        ON CONFLICT ON CONSTRAINT settlements_pkey DO NOTHING
        RETURNING hold_micros
    )
    UPDATE budgets
    SET held_micros = held_micros - (SELECT sum(hold_micros) FROM voided)
    WHERE tenant = p_tenant AND EXISTS (SELECT FROM voided);
END $$;
