-- Demonstrations: solved lots that may be shown in a prompt.
--
-- Why lots are not referenced: a demonstration may outlive its lot, or come from another installation.
-- Why the vector has no fixed length: it depends on the embedder installed; only vectors of one length are compared.
-- Search is exact: a scope holds thousands of rows at most, where a scan beats an approximate index with filters.
-- Append-only: the last row of a lot is in force; one without an output takes it out of use.

CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE demonstrations (
    tenant      text NOT NULL,
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    lot_id      uuid NOT NULL,
    kind        text NOT NULL,
    scope       text NOT NULL,
    data_class  text NOT NULL,
    text        text NOT NULL,
    output      json,  -- null withdraws the demonstration
    source      text NOT NULL,
    embedding   vector,
    created_at  timestamptz NOT NULL,
    CONSTRAINT demonstrations_pkey PRIMARY KEY (tenant, seq),
    CONSTRAINT demonstrations_data_class_known CHECK (data_class IN ('public', 'internal', 'confidential', 'restricted')),
    CONSTRAINT demonstrations_source_known CHECK (source IN ('failure', 'checks', 'judge', 'human'))
);
CREATE INDEX demonstrations_of_lot ON demonstrations (tenant, lot_id, seq);
CREATE INDEX demonstrations_in_scope ON demonstrations (tenant, kind, scope, seq);

CREATE TRIGGER demonstrations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON demonstrations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE VIEW current_demonstrations WITH (security_invoker = true) AS
SELECT d.*
FROM demonstrations AS d
WHERE d.output IS NOT NULL AND NOT EXISTS (
    SELECT FROM demonstrations AS later
    WHERE later.tenant = d.tenant AND later.lot_id = d.lot_id AND later.seq > d.seq
);

-- What is in force already is not written again.
CREATE FUNCTION add_demonstration(
    p_tenant text, p_lot_id uuid, p_kind text, p_scope text, p_data_class text, p_text text, p_output json, p_source text,
    p_embedding vector, p_now_ms bigint
) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO demonstrations (tenant, lot_id, kind, scope, data_class, text, output, source, embedding, created_at)
    SELECT p_tenant, p_lot_id, p_kind, p_scope, p_data_class, p_text, p_output, p_source, p_embedding, from_unix_ms(p_now_ms)
    WHERE NOT EXISTS (
        SELECT FROM current_demonstrations
        WHERE tenant = p_tenant AND lot_id = p_lot_id
          AND (kind, scope, data_class, text, output::text, source, embedding)
              IS NOT DISTINCT FROM (p_kind, p_scope, p_data_class, p_text, p_output::text, p_source, p_embedding)
    );
END $$;

CREATE FUNCTION withdraw_demonstration(p_tenant text, p_lot_id uuid, p_now_ms bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO demonstrations (tenant, lot_id, kind, scope, data_class, text, source, created_at)
    SELECT tenant, lot_id, kind, scope, data_class, '', source, from_unix_ms(p_now_ms)
    FROM current_demonstrations
    WHERE tenant = p_tenant AND lot_id = p_lot_id;
END $$;
