-- Tasks and their lots: what users submit, and the microtasks that are put up for auction.
--
-- Why task_keys: a document delivered twice must become one task, so the first ingest of a key decides the id.
-- Units: *_micros are millionths of a dollar, *_ms milliseconds; parameters p_now_ms are Unix time.
-- Mutable: the claim and status columns of tasks, the status of lots. Everything else only grows.
-- Every row of a tenant carries it first in its key, and every function names it to the session, so that rows
-- can be partitioned and guarded by row-level security without a change to any caller.

CREATE FUNCTION from_unix_ms(p_ms bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_timestamp(p_ms / 1000.0::float8);

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: these rows are never changed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END $$;

CREATE TABLE task_keys (
    tenant   text NOT NULL,
    key      text NOT NULL,
    task_id  uuid NOT NULL,
    CONSTRAINT task_keys_pkey PRIMARY KEY (tenant, key)
);

CREATE TABLE tasks (
    tenant        text NOT NULL,
    task_id       uuid NOT NULL,
    source        text NOT NULL,
    document_key  text NOT NULL,
    created_at    timestamptz NOT NULL,
    status        text NOT NULL DEFAULT 'running',
    reason        text,
    result_key    text,
    attempt       integer NOT NULL DEFAULT 1,
    claim         uuid,                            -- of the call that claimed, so that its retry is recognised
    owner         text,
    lease_until   timestamptz,
    CONSTRAINT tasks_pkey PRIMARY KEY (tenant, task_id),
    CONSTRAINT tasks_status_known CHECK (status IN ('running', 'done', 'failed', 'refused', 'awaiting_approval')),
    CONSTRAINT tasks_attempt_from_one CHECK (attempt >= 1),
    CONSTRAINT tasks_lease_has_owner CHECK ((owner IS NULL) = (lease_until IS NULL))
);
CREATE INDEX tasks_by_status ON tasks (tenant, status, task_id);
CREATE INDEX tasks_by_owner ON tasks (owner) WHERE owner IS NOT NULL;

CREATE TABLE lots (
    tenant                   text NOT NULL,
    lot_id                   uuid NOT NULL,
    task_id                  uuid NOT NULL,
    position                 integer NOT NULL,
    kind                     text NOT NULL,
    part                     text NOT NULL,
    output                   text NOT NULL,
    payload_key              text NOT NULL,
    data_class               text NOT NULL,
    value_micros             bigint NOT NULL,
    price_ceiling_micros     bigint NOT NULL,
    quality_floor            float8 NOT NULL,
    deadline_ms              bigint NOT NULL,
    delay_micros_per_second  bigint NOT NULL,
    needs                    uuid[] NOT NULL,
    status                   text NOT NULL DEFAULT 'open',
    CONSTRAINT lots_pkey PRIMARY KEY (tenant, lot_id),
    CONSTRAINT lots_of_a_task FOREIGN KEY (tenant, task_id) REFERENCES tasks,
    CONSTRAINT lots_one_per_position UNIQUE (tenant, task_id, position),
    CONSTRAINT lots_position_from_zero CHECK (position >= 0),
    CONSTRAINT lots_data_class_known CHECK (data_class IN ('public', 'internal', 'confidential', 'restricted')),
    CONSTRAINT lots_value_not_negative CHECK (value_micros >= 0),
    CONSTRAINT lots_ceiling_not_negative CHECK (price_ceiling_micros >= 0),
    CONSTRAINT lots_delay_not_negative CHECK (delay_micros_per_second >= 0),
    CONSTRAINT lots_deadline_positive CHECK (deadline_ms > 0),
    CONSTRAINT lots_status_known CHECK (status IN ('open', 'done', 'failed'))
);

CREATE TRIGGER task_keys_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON task_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tasks_are_kept BEFORE DELETE OR TRUNCATE ON tasks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tasks_keep_identity BEFORE UPDATE OF tenant, task_id, source, document_key, created_at ON tasks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER lots_are_kept BEFORE DELETE OR TRUNCATE ON lots
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER lots_keep_terms BEFORE UPDATE OF tenant, lot_id, task_id, position, kind, part, output, payload_key,
    data_class, value_micros, price_ceiling_micros, quality_floor, deadline_ms, delay_micros_per_second, needs ON lots
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A failed task, or a running one whose lease ended or was released, goes to the caller as its next attempt.
-- p_task_id counts only at the first ingest of the key. Repeating a call with its p_claim gives its answer again.
CREATE FUNCTION claim_task(
    p_tenant text, p_key text, p_task_id uuid, p_source text, p_document_key text,
    p_owner text, p_claim uuid, p_now_ms bigint, p_lease_ms bigint,
    OUT task uuid, OUT answer text, OUT attempt_number integer
)
LANGUAGE plpgsql AS $$
DECLARE
    v_now    timestamptz := from_unix_ms(p_now_ms);
    v_until  timestamptz := from_unix_ms(p_now_ms + p_lease_ms);
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);

    INSERT INTO task_keys (tenant, key, task_id) VALUES (p_tenant, p_key, p_task_id)
    ON CONFLICT ON CONSTRAINT task_keys_pkey DO NOTHING;
    SELECT task_id INTO STRICT task FROM task_keys WHERE tenant = p_tenant AND key = p_key;

    INSERT INTO tasks AS t (tenant, task_id, source, document_key, created_at, claim, owner, lease_until)
    VALUES (p_tenant, task, p_source, p_document_key, v_now, p_claim, p_owner, v_until)
    ON CONFLICT ON CONSTRAINT tasks_pkey DO UPDATE
        SET status = 'running', reason = NULL, result_key = NULL, attempt = t.attempt + 1,
            claim = excluded.claim, owner = excluded.owner, lease_until = excluded.lease_until
        WHERE t.status = 'failed' OR (t.status = 'running' AND coalesce(t.lease_until <= v_now, true))
    RETURNING 'claimed', attempt INTO answer, attempt_number;
    IF FOUND THEN
        RETURN;
    END IF;

    SELECT CASE WHEN status <> 'running' THEN status WHEN claim = p_claim THEN 'claimed' ELSE 'in_progress' END, attempt
    INTO STRICT answer, attempt_number
    FROM tasks WHERE tenant = p_tenant AND task_id = task;
END $$;

CREATE FUNCTION finish_task(p_tenant text, p_task_id uuid, p_status text, p_reason text, p_result_key text)
RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    UPDATE tasks
    SET status = p_status, reason = p_reason, result_key = p_result_key, owner = NULL, lease_until = NULL
    WHERE tenant = p_tenant AND task_id = p_task_id;
    RETURN FOUND;
END $$;

-- For the owner of the whole installation only: it looks across tenants.
CREATE FUNCTION release_leases(p_owners text[]) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    UPDATE tasks SET owner = NULL, lease_until = NULL WHERE owner = ANY (p_owners);
END;

CREATE FUNCTION put_lots(p_tenant text, p_lots json) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO lots (tenant, lot_id, task_id, position, kind, part, output, payload_key, data_class, value_micros,
                      price_ceiling_micros, quality_floor, deadline_ms, delay_micros_per_second, needs, status)
    SELECT p_tenant, l.*
    FROM json_to_recordset(p_lots) AS l (
        lot_id uuid, task_id uuid, position integer, kind text, part text, output text, payload_key text,
        data_class text, value_micros bigint, price_ceiling_micros bigint, quality_floor float8, deadline_ms bigint,
        delay_micros_per_second bigint, needs uuid[], status text
    )
    ON CONFLICT ON CONSTRAINT lots_pkey DO NOTHING;
END $$;

CREATE FUNCTION close_lot(p_tenant text, p_lot_id uuid, p_status text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    UPDATE lots SET status = p_status WHERE tenant = p_tenant AND lot_id = p_lot_id;
    RETURN FOUND;
END $$;
