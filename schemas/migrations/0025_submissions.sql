-- Submissions: what was handed in through the API, so that a client can ask what became of it, and ask twice in safety.
--
-- Why beside tasks: which task a document is, is known only after it was parsed, and a document handed in twice is one task.
-- Why a digest: an idempotency key that comes again must come with the same request; what is kept is its SHA-256.
-- Mutable: task_id, set once.

CREATE TABLE submissions (
    tenant           text NOT NULL,
    submission_id    uuid NOT NULL,
    idempotency_key  text,
    digest           bytea NOT NULL,
    document_key     text NOT NULL,
    created_at       timestamptz NOT NULL,
    task_id          uuid,
    CONSTRAINT submissions_pkey PRIMARY KEY (tenant, submission_id),
    CONSTRAINT submissions_one_per_key UNIQUE (tenant, idempotency_key),
    CONSTRAINT submissions_digest_is_sha256 CHECK (octet_length(digest) = 32),
    CONSTRAINT submissions_of_a_task FOREIGN KEY (tenant, task_id) REFERENCES tasks
);
CREATE TRIGGER submissions_are_kept BEFORE DELETE OR TRUNCATE ON submissions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER submissions_keep_identity BEFORE UPDATE OF tenant, submission_id, idempotency_key, digest, document_key,
    created_at ON submissions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT guard_tenant_table('submissions');
REVOKE INSERT ON submissions FROM ledger_app;

-- The submission that stands: this one, or the earlier one under the same idempotency key, whose digest may differ.
CREATE FUNCTION put_submission(
    p_tenant text, p_submission_id uuid, p_idempotency_key text, p_digest bytea, p_document_key text, p_now_ms bigint
) RETURNS SETOF submissions
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO submissions (tenant, submission_id, idempotency_key, digest, document_key, created_at)
    VALUES (p_tenant, p_submission_id, p_idempotency_key, p_digest, p_document_key, from_unix_ms(p_now_ms))
    ON CONFLICT DO NOTHING;
    RETURN QUERY
    SELECT * FROM submissions
    WHERE tenant = p_tenant
      AND CASE WHEN p_idempotency_key IS NULL THEN submission_id = p_submission_id
               ELSE idempotency_key = p_idempotency_key END;
END $$;

-- False where there is no such submission. The first task stands.
CREATE FUNCTION link_submission(p_tenant text, p_submission_id uuid, p_task_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    UPDATE submissions SET task_id = coalesce(task_id, p_task_id)
    WHERE tenant = p_tenant AND submission_id = p_submission_id;
    RETURN FOUND;
END $$;
