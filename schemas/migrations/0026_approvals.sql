-- Approvals: answers that wait for a person, what was decided, and who waits for it.
--
-- Why two tables: what was asked and what was decided are facts that never change; an approval without a decision is open.
-- Why a wait is a row: the execution that waits may be gone by the time somebody decides, with the process that ran it.
-- Whoever decides looks for the token here, and starts an execution anew where nobody answers to it.
-- Autonomy is not kept, it is read: a category's decisions in a row, and what people said later of answers that they were
-- not asked about.
-- Units: *_at of the approval are when it becomes overdue and when it counts as refused.
-- Mutable: waits. Everything else only grows.

CREATE TABLE approvals (
    tenant        text NOT NULL,
    approval_id   uuid NOT NULL,
    task_id       uuid NOT NULL,
    lot_id        uuid NOT NULL,
    award_id      uuid NOT NULL,
    category      text NOT NULL,
    because       text NOT NULL,
    created_at    timestamptz NOT NULL,
    escalates_at  timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    CONSTRAINT approvals_pkey PRIMARY KEY (tenant, approval_id),
    CONSTRAINT approvals_of_a_task FOREIGN KEY (tenant, task_id) REFERENCES tasks,
    CONSTRAINT approvals_of_a_lot FOREIGN KEY (tenant, lot_id) REFERENCES lots,
    CONSTRAINT approvals_one_per_award UNIQUE (tenant, award_id),
    CONSTRAINT approvals_because_known CHECK (because IN ('kind', 'low_confidence')),
    CONSTRAINT approvals_escalate_first CHECK (created_at < escalates_at AND escalates_at < expires_at)
);
CREATE INDEX approvals_by_task ON approvals (tenant, task_id);
CREATE INDEX approvals_by_category ON approvals (tenant, category, created_at);

CREATE TABLE approval_decisions (
    tenant       text NOT NULL,
    approval_id  uuid NOT NULL,
    verdict      text NOT NULL,
    decided_by   text NOT NULL,
    decided_at   timestamptz NOT NULL,
    CONSTRAINT approval_decisions_pkey PRIMARY KEY (tenant, approval_id),
    CONSTRAINT approval_decisions_of_an_approval FOREIGN KEY (tenant, approval_id) REFERENCES approvals,
    CONSTRAINT approval_decisions_verdict_known
        CHECK (verdict IN ('approved', 'edited', 'rejected', 'expired', 'autonomous'))
);
CREATE INDEX approval_decisions_by_time ON approval_decisions (tenant, decided_at);

CREATE TABLE waits (
    tenant      text NOT NULL,
    wait_id     uuid NOT NULL,  -- the task of an approval, the award of a deferred lot
    token       text NOT NULL,
    owner       text NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT waits_pkey PRIMARY KEY (tenant, wait_id)
);

CREATE TRIGGER approvals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER approval_decisions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approval_decisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER waits_are_kept BEFORE DELETE OR TRUNCATE ON waits
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER waits_keep_identity BEFORE UPDATE OF tenant, wait_id ON waits
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT guard_tenant_table(name::regclass)
FROM unnest(ARRAY['approvals', 'approval_decisions', 'waits']) AS tables (name);
REVOKE INSERT ON approvals, approval_decisions, waits FROM ledger_app;
SELECT cover_with_leaf(name::regclass) FROM unnest(ARRAY['approvals', 'approval_decisions']) AS tables (name);

CREATE VIEW decided_approvals WITH (security_invoker = true) AS
SELECT a.tenant, a.approval_id, a.task_id, a.lot_id, a.award_id, a.category, a.because, a.created_at, a.escalates_at,
       a.expires_at, d.verdict, d.decided_by, d.decided_at
FROM approvals AS a
LEFT JOIN approval_decisions AS d USING (tenant, approval_id);
GRANT SELECT ON decided_approvals TO ledger_app, ledger_reader;

CREATE FUNCTION put_approvals(p_tenant text, p_approvals json) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO approvals (tenant, approval_id, task_id, lot_id, award_id, category, because, created_at, escalates_at,
                           expires_at)
    SELECT p_tenant, r.approval_id, r.task_id, r.lot_id, r.award_id, r.category, r.because, from_unix_ms(r.created_ms),
           from_unix_ms(r.escalates_ms), from_unix_ms(r.expires_ms)
    FROM json_to_recordset(p_approvals) AS r (
        approval_id uuid, task_id uuid, lot_id uuid, award_id uuid, category text, because text, created_ms bigint,
        escalates_ms bigint, expires_ms bigint
    )
    ON CONFLICT DO NOTHING;
    INSERT INTO approval_decisions (tenant, approval_id, verdict, decided_by, decided_at)
    SELECT p_tenant, r.approval_id, r.verdict, r.decided_by, from_unix_ms(r.decided_ms)
    FROM json_to_recordset(p_approvals) AS r (approval_id uuid, verdict text, decided_by text, decided_ms bigint)
    WHERE r.verdict IS NOT NULL
    ON CONFLICT ON CONSTRAINT approval_decisions_pkey DO NOTHING;
END $$;

CREATE FUNCTION decide_approval(p_tenant text, p_approval_id uuid, p_verdict text, p_by text, p_now_ms bigint)
RETURNS SETOF decided_approvals
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO approval_decisions (tenant, approval_id, verdict, decided_by, decided_at)
    SELECT p_tenant, p_approval_id, p_verdict, p_by, from_unix_ms(p_now_ms)
    FROM approvals WHERE tenant = p_tenant AND approval_id = p_approval_id
    ON CONFLICT ON CONSTRAINT approval_decisions_pkey DO NOTHING;
    RETURN QUERY SELECT * FROM decided_approvals WHERE tenant = p_tenant AND approval_id = p_approval_id;
END $$;

-- Per category the approvals since the last edit, rejection, or bad judgement of an answer that nobody was asked about, and
-- when that was. What expired says nothing.
CREATE FUNCTION autonomies(p_tenant text, p_good_enough float8) RETURNS TABLE (category text, streak integer, lost_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    RETURN QUERY
    WITH judged AS (
        SELECT a.category, a.verdict, a.decided_at,
               a.verdict IN ('edited', 'rejected')
               OR (a.verdict = 'autonomous' AND EXISTS (
                   SELECT FROM outcomes AS o
                   WHERE o.tenant = a.tenant AND o.award_id = a.award_id AND o.source = 'human' AND o.reward < p_good_enough
                     AND o.outcome_id BETWEEN first_id_of(a.award_id) AND last_id_of(a.award_id)
               )) AS bad
        FROM decided_approvals AS a
        WHERE a.tenant = p_tenant
    ), ends AS (
        SELECT j.category, max(j.decided_at) FILTER (WHERE j.bad) AS lost_at FROM judged AS j GROUP BY j.category
    )
    SELECT e.category,
           (SELECT count(*)::integer FROM judged AS j
            WHERE j.category = e.category AND j.verdict = 'approved' AND NOT j.bad
              AND (e.lost_at IS NULL OR j.decided_at > e.lost_at)),
           e.lost_at
    FROM ends AS e
    ORDER BY e.category;
END $$;

CREATE FUNCTION put_wait(p_tenant text, p_wait_id uuid, p_token text, p_owner text, p_now_ms bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO waits (tenant, wait_id, token, owner, created_at)
    VALUES (p_tenant, p_wait_id, p_token, p_owner, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT waits_pkey DO UPDATE
        SET token = excluded.token, owner = excluded.owner, created_at = excluded.created_at;
END $$;

-- As in 0013, and where edits lie.
CREATE OR REPLACE FUNCTION object_keys_of_tasks(p_tenant text, p_task_ids uuid[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    RETURN QUERY
    SELECT t.document_key FROM tasks AS t WHERE t.tenant = p_tenant AND t.task_id = ANY (p_task_ids)
    UNION
    SELECT t.result_key FROM tasks AS t
    WHERE t.tenant = p_tenant AND t.task_id = ANY (p_task_ids) AND t.result_key IS NOT NULL
    UNION
    SELECT l.payload_key FROM lots AS l WHERE l.tenant = p_tenant AND l.task_id = ANY (p_task_ids)
    UNION
    SELECT c.raw_key FROM completions AS c
    WHERE c.tenant = p_tenant AND c.award_id = ANY (awards_of_tasks(p_tenant, p_task_ids)) AND c.raw_key IS NOT NULL
    UNION
    SELECT format('tenants/%s/approvals/%s.json', a.tenant, a.approval_id) FROM decided_approvals AS a
    WHERE a.tenant = p_tenant AND a.task_id = ANY (p_task_ids) AND a.verdict = 'edited'
    UNION
    SELECT k.key
    FROM submissions AS s
    CROSS JOIN LATERAL (
        VALUES (s.document_key), (format('tenants/%s/submissions/%s.json', s.tenant, s.submission_id))
    ) AS k (key)
    WHERE s.tenant = p_tenant AND s.task_id = ANY (p_task_ids)
    ORDER BY 1;
END $$;
