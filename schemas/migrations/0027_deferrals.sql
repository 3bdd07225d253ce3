-- Deferrals: awards whose seat answers later, and the queue that workers take them from.
--
-- Why a table is the queue: who took what and until when is asked of the same ledger that holds the money, an answer and its
-- lease cannot disagree, and a worker needs no more than the API.
-- Why a lease claims the execution: from then on a call may have begun, so the hold is not voided any more.
-- Mutable: the lease.

CREATE TABLE deferrals (
    tenant       text NOT NULL,
    award_id     uuid NOT NULL,
    lot_id       uuid NOT NULL,
    seat_id      text NOT NULL,
    job_key      text NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    worker       text,
    lease_until  timestamptz,
    CONSTRAINT deferrals_pkey PRIMARY KEY (tenant, award_id),
    CONSTRAINT deferrals_of_a_lot FOREIGN KEY (tenant, lot_id) REFERENCES lots,
    CONSTRAINT deferrals_expire_later CHECK (expires_at > created_at),
    CONSTRAINT deferrals_lease_has_worker CHECK ((worker IS NULL) = (lease_until IS NULL))
);
CREATE INDEX deferrals_by_seat ON deferrals (tenant, seat_id, expires_at);
CREATE TRIGGER deferrals_are_kept BEFORE DELETE OR TRUNCATE ON deferrals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deferrals_keep_identity BEFORE UPDATE OF tenant, award_id, lot_id, seat_id, job_key, created_at, expires_at
    ON deferrals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT guard_tenant_table('deferrals');
REVOKE INSERT ON deferrals FROM ledger_app;

CREATE FUNCTION put_deferral(
    p_tenant text, p_award_id uuid, p_lot_id uuid, p_seat_id text, p_job_key text, p_expires_ms bigint, p_now_ms bigint
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO deferrals (tenant, award_id, lot_id, seat_id, job_key, created_at, expires_at)
    VALUES (p_tenant, p_award_id, p_lot_id, p_seat_id, p_job_key, from_unix_ms(p_now_ms), from_unix_ms(p_expires_ms))
    ON CONFLICT ON CONSTRAINT deferrals_pkey DO NOTHING;
END $$;

-- Open: not expired, not answered, its hold not resolved.
CREATE VIEW open_deferrals WITH (security_invoker = true) AS
SELECT d.tenant, d.award_id, d.lot_id, d.seat_id, d.job_key, d.created_at, d.expires_at, d.worker, d.lease_until
FROM deferrals AS d
WHERE NOT EXISTS (SELECT FROM completions AS c WHERE c.tenant = d.tenant AND c.award_id = d.award_id)
  AND NOT EXISTS (
      SELECT FROM awards AS a JOIN settlements AS s USING (tenant, hold_id)
      WHERE a.tenant = d.tenant AND a.award_id = d.award_id
  );
GRANT SELECT ON open_deferrals TO ledger_app, ledger_reader;

-- The next lot for a worker of these seats: one it has already, else the first to expire that nobody has.
CREATE FUNCTION take_deferral(p_tenant text, p_seats text[], p_worker text, p_now_ms bigint, p_lease_ms bigint)
RETURNS SETOF deferrals
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_award_id uuid;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    SELECT d.award_id INTO v_award_id
    FROM deferrals AS d
    WHERE d.tenant = p_tenant AND d.seat_id = ANY (p_seats) AND d.expires_at > from_unix_ms(p_now_ms)
      AND (d.worker IS NULL OR d.worker = p_worker OR d.lease_until <= from_unix_ms(p_now_ms))
      AND EXISTS (SELECT FROM open_deferrals AS o WHERE o.tenant = d.tenant AND o.award_id = d.award_id)
    ORDER BY d.worker IS DISTINCT FROM p_worker, d.expires_at, d.award_id
    LIMIT 1
    FOR UPDATE SKIP LOCKED;
    IF v_award_id IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    UPDATE deferrals SET worker = p_worker, lease_until = from_unix_ms(p_now_ms + p_lease_ms)
    WHERE tenant = p_tenant AND award_id = v_award_id
    RETURNING *;
END $$;

-- False where the lease went to another worker, or the lot has expired or is answered.
CREATE FUNCTION keep_deferral(p_tenant text, p_award_id uuid, p_worker text, p_now_ms bigint, p_lease_ms bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    UPDATE deferrals SET lease_until = from_unix_ms(p_now_ms + p_lease_ms)
    WHERE tenant = p_tenant AND award_id = p_award_id AND worker = p_worker AND expires_at > from_unix_ms(p_now_ms)
      AND EXISTS (SELECT FROM open_deferrals AS o WHERE o.tenant = p_tenant AND o.award_id = p_award_id);
    RETURN FOUND;
END $$;

-- As in 0026, and where jobs lie.
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
    UNION
    SELECT d.job_key
    FROM deferrals AS d
    JOIN lots AS l ON l.tenant = d.tenant AND l.lot_id = d.lot_id
    WHERE d.tenant = p_tenant AND l.task_id = ANY (p_task_ids)
    ORDER BY 1;
END $$;
