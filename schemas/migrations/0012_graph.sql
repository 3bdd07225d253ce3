-- Knowledge graph: who wrote, on whose behalf, in which thread, about what, who answered and how that went.
--
-- Why two plain tables: a neighbourhood of two hops is a few hundred index probes, 2 ms among a million relations.
-- Why relation_evidence: it holds the whole set of relations a task speaks for, so that writing the same set again moves
-- no counter, a correction takes back what it corrects, and forgetting a task is writing the empty set.
-- Why the data class is part of a relation: what was learnt from a restricted mail must not show in an internal one.
-- Times are those inside the task's id, never the clock's, so that a repetition changes nothing.
-- Why the index on half-precision vectors of 384 dimensions: an index needs one length, and that is the embedder's.
-- Other lengths are compared by a scan. Demonstrations have no such index: they are searched within one scope, where an
-- exact scan of some thousand rows is as fast and never misses.
-- These tables may be changed and deleted from: they say nothing that the ledger does not, and personal data is in them.

CREATE TABLE entities (
    tenant      text NOT NULL,
    entity_id   uuid NOT NULL,
    kind        text NOT NULL,
    name        text NOT NULL,
    first_seen  timestamptz NOT NULL,
    last_seen   timestamptz NOT NULL,
    CONSTRAINT entities_pkey PRIMARY KEY (tenant, entity_id),
    CONSTRAINT entities_kind_known
        CHECK (kind IN ('sender', 'organisation', 'thread', 'topic', 'task', 'seat', 'outcome'))
);

-- weight: how many tasks say so.
CREATE TABLE relations (
    tenant       text NOT NULL,
    relation_id  uuid NOT NULL,
    source_id    uuid NOT NULL,
    kind         text NOT NULL,
    target_id    uuid NOT NULL,
    data_class   text NOT NULL,
    weight       bigint NOT NULL,
    first_seen   timestamptz NOT NULL,
    last_seen    timestamptz NOT NULL,
    CONSTRAINT relations_pkey PRIMARY KEY (tenant, relation_id),
    CONSTRAINT relations_from_an_entity FOREIGN KEY (tenant, source_id) REFERENCES entities ON DELETE CASCADE,
    CONSTRAINT relations_to_an_entity FOREIGN KEY (tenant, target_id) REFERENCES entities ON DELETE CASCADE,
    CONSTRAINT relations_kind_known CHECK (kind = ANY (ARRAY['sent_by', 'part_of', 'about', 'guessed', 'served_by', 'ended_as',
        'belongs_to', 'writes_about', 'concerns'])),
    CONSTRAINT relations_data_class_known CHECK (data_class IN ('public', 'internal', 'confidential', 'restricted')),
    CONSTRAINT relations_weight_positive CHECK (weight >= 1)
);
CREATE INDEX relations_out ON relations (tenant, source_id, kind, last_seen DESC, relation_id);
CREATE INDEX relations_in ON relations (tenant, target_id, kind, last_seen DESC, relation_id);

CREATE TABLE relation_evidence (
    tenant        text NOT NULL,
    task_id       uuid NOT NULL,
    relation_ids  uuid[] NOT NULL,
    CONSTRAINT relation_evidence_pkey PRIMARY KEY (tenant, task_id)
);

-- Of the text of the last task that an entity took part in.
CREATE TABLE entity_embeddings (
    tenant     text NOT NULL,
    entity_id  uuid NOT NULL,
    kind       text NOT NULL,
    embedding  vector NOT NULL,
    seen       timestamptz NOT NULL,
    CONSTRAINT entity_embeddings_pkey PRIMARY KEY (tenant, entity_id),
    CONSTRAINT entity_embeddings_of_an_entity FOREIGN KEY (tenant, entity_id) REFERENCES entities ON DELETE CASCADE
);
CREATE INDEX entity_embeddings_near ON entity_embeddings USING hnsw ((embedding::halfvec(384)) halfvec_cosine_ops)
    WHERE vector_dims(embedding) = 384;

-- Makes p_relations the whole of what a task speaks for. Rows are taken in the order of their ids, so that two tasks that
-- share entities wait for each other instead of both giving up.
CREATE FUNCTION record_relations(
    p_tenant text, p_task_id uuid, p_entities json, p_relations json, p_embedding vector, p_seen_ms bigint
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_seen    timestamptz := from_unix_ms(p_seen_ms);
    v_before  uuid[];
    v_after   uuid[];
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);

    INSERT INTO relation_evidence (tenant, task_id, relation_ids) VALUES (p_tenant, p_task_id, '{}')
    ON CONFLICT ON CONSTRAINT relation_evidence_pkey DO NOTHING;
    SELECT relation_ids INTO STRICT v_before FROM relation_evidence
    WHERE tenant = p_tenant AND task_id = p_task_id
    FOR UPDATE;
    SELECT coalesce(array_agg(relation_id ORDER BY relation_id), '{}') INTO v_after
    FROM json_to_recordset(p_relations) AS r (relation_id uuid);

    INSERT INTO entities AS e (tenant, entity_id, kind, name, first_seen, last_seen)
    SELECT p_tenant, entity_id, kind, name, v_seen, v_seen
    FROM json_to_recordset(p_entities) AS r (entity_id uuid, kind text, name text)
    ORDER BY entity_id
    ON CONFLICT ON CONSTRAINT entities_pkey DO UPDATE
        SET first_seen = least(e.first_seen, excluded.first_seen), last_seen = greatest(e.last_seen, excluded.last_seen)
        WHERE excluded.first_seen < e.first_seen OR excluded.last_seen > e.last_seen;

    IF v_before IS DISTINCT FROM v_after THEN
        INSERT INTO relations AS r (tenant, relation_id, source_id, kind, target_id, data_class, weight, first_seen, last_seen)
        SELECT p_tenant, relation_id, source_id, kind, target_id, data_class, 1, v_seen, v_seen
        FROM json_to_recordset(p_relations)
            AS n (relation_id uuid, source_id uuid, kind text, target_id uuid, data_class text)
        WHERE relation_id <> ALL (v_before)
        ORDER BY relation_id
        ON CONFLICT ON CONSTRAINT relations_pkey DO UPDATE
            SET weight = r.weight + 1, first_seen = least(r.first_seen, excluded.first_seen),
                last_seen = greatest(r.last_seen, excluded.last_seen);
        PERFORM withdraw_relations(p_tenant, ARRAY(SELECT unnest(v_before) EXCEPT SELECT unnest(v_after)));
        UPDATE relation_evidence SET relation_ids = v_after WHERE tenant = p_tenant AND task_id = p_task_id;
    END IF;

    IF p_embedding IS NOT NULL THEN
        INSERT INTO entity_embeddings AS e (tenant, entity_id, kind, embedding, seen)
        SELECT p_tenant, entity_id, kind, p_embedding, v_seen
        FROM json_to_recordset(p_entities) AS r (entity_id uuid, kind text)
        WHERE kind IN ('sender', 'thread', 'task')
        ORDER BY entity_id
        ON CONFLICT ON CONSTRAINT entity_embeddings_pkey DO UPDATE
            SET embedding = excluded.embedding, seen = excluded.seen
            WHERE excluded.seen > e.seen;
    END IF;
END $$;

-- One task less says so; what no task says any more is gone.
CREATE FUNCTION withdraw_relations(p_tenant text, p_relation_ids uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM relations WHERE tenant = p_tenant AND relation_id = ANY (p_relation_ids) ORDER BY relation_id FOR UPDATE;
    DELETE FROM relations WHERE tenant = p_tenant AND relation_id = ANY (p_relation_ids) AND weight = 1;
    UPDATE relations SET weight = weight - 1 WHERE tenant = p_tenant AND relation_id = ANY (p_relation_ids);
END $$;

-- Which kinds of entities a kind of relation joins: what cannot be there is not looked for.
CREATE FUNCTION relation_ends() RETURNS TABLE (kind text, source_kind text, target_kind text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    VALUES ('sent_by', 'task', 'sender'), ('part_of', 'task', 'thread'), ('about', 'task', 'topic'),
           ('guessed', 'task', 'topic'), ('served_by', 'task', 'seat'), ('ended_as', 'task', 'outcome'),
           ('belongs_to', 'sender', 'organisation'), ('writes_about', 'sender', 'topic'), ('concerns', 'thread', 'topic');
END;

-- The relations up to p_hops away from p_roots. From every entity at most p_cap are followed: of each kind and direction
-- the latest first, kinds taking turns, so that ten thousand tasks of a sender do not hide its organisation.
-- An entity that was expanded is not walked back to: what its cap left out stays out.
CREATE FUNCTION neighbourhood(
    p_tenant text, p_roots uuid[], p_hops integer, p_cap integer, p_kinds text[], p_data_classes text[]
) RETURNS TABLE (
    source_id uuid, source_kind text, source_name text, kind text, target_id uuid, target_kind text, target_name text,
    data_class text, weight bigint, first_seen timestamptz, last_seen timestamptz, hop integer
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_frontier  uuid[] := p_roots;
    v_expanded  uuid[] := '{}';
    v_found     uuid[];
    v_all       uuid[] := '{}';
    v_hops      integer[] := '{}';
    v_ends      uuid[];
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    FOR v_hop IN 1 .. p_hops LOOP
        SELECT coalesce(array_agg(DISTINCT near.relation_id), '{}'), array_agg(near.other)
        INTO v_found, v_ends
        FROM (SELECT e.entity_id, e.kind FROM entities AS e WHERE e.tenant = p_tenant AND e.entity_id = ANY (v_frontier)) AS here
        CROSS JOIN LATERAL (
            SELECT ranked.relation_id, ranked.other
            FROM (
                SELECT r.relation_id, r.target_id AS other, r.last_seen, r.rank
                FROM relation_ends() AS k
                CROSS JOIN LATERAL (
                    SELECT o.relation_id, o.target_id, o.last_seen, row_number() OVER () AS rank
                    FROM (
                        SELECT o.relation_id, o.target_id, o.last_seen
                        FROM relations AS o
                        WHERE o.tenant = p_tenant AND o.source_id = here.entity_id AND o.kind = k.kind
                          AND o.data_class = ANY (p_data_classes) AND o.target_id <> ALL (v_expanded)
                        ORDER BY o.last_seen DESC, o.relation_id
                        LIMIT p_cap
                    ) AS o
                ) AS r
                WHERE k.source_kind = here.kind AND k.kind = ANY (p_kinds)
                UNION ALL
                SELECT r.relation_id, r.source_id, r.last_seen, r.rank
                FROM relation_ends() AS k
                CROSS JOIN LATERAL (
                    SELECT o.relation_id, o.source_id, o.last_seen, row_number() OVER () AS rank
                    FROM (
                        SELECT o.relation_id, o.source_id, o.last_seen
                        FROM relations AS o
                        WHERE o.tenant = p_tenant AND o.target_id = here.entity_id AND o.kind = k.kind
                          AND o.data_class = ANY (p_data_classes) AND o.source_id <> ALL (v_expanded)
                        ORDER BY o.last_seen DESC, o.relation_id
                        LIMIT p_cap
                    ) AS o
                ) AS r
                WHERE k.target_kind = here.kind AND k.kind = ANY (p_kinds)
            ) AS ranked
            ORDER BY ranked.rank, ranked.last_seen DESC, ranked.relation_id
            LIMIT p_cap
        ) AS near;
        EXIT WHEN v_found = '{}';
        v_all := v_all || v_found;
        v_hops := v_hops || array_fill(v_hop, ARRAY[cardinality(v_found)]);
        v_expanded := v_expanded || v_frontier;
        v_frontier := ARRAY(SELECT unnest(v_ends) EXCEPT SELECT unnest(v_expanded));
    END LOOP;

    RETURN QUERY
    SELECT r.source_id, s.kind, s.name, r.kind, r.target_id, t.kind, t.name, r.data_class, r.weight, r.first_seen,
           r.last_seen, f.hop
    FROM unnest(v_all, v_hops) AS f (relation_id, hop)
    JOIN relations AS r ON r.tenant = p_tenant AND r.relation_id = f.relation_id
    JOIN entities AS s ON s.tenant = p_tenant AND s.entity_id = r.source_id
    JOIN entities AS t ON t.tenant = p_tenant AND t.entity_id = r.target_id
    ORDER BY f.hop, r.last_seen DESC, r.relation_id;
END $$;

CREATE FUNCTION entities_by_id(p_tenant text, p_entity_ids uuid[]) RETURNS SETOF entities
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    RETURN QUERY SELECT * FROM entities WHERE tenant = p_tenant AND entity_id = ANY (p_entity_ids) ORDER BY entity_id;
END $$;

-- The most alike of a kind by cosine, without the entity itself. The scan goes on where the filters left too few.
CREATE FUNCTION nearest_entities(p_tenant text, p_entity_id uuid, p_kind text, p_limit integer)
RETURNS TABLE (entity_id uuid, kind text, name text, similarity float8)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_query vector;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    PERFORM set_config('hnsw.iterative_scan', 'strict_order', true);
    SELECT m.embedding INTO v_query FROM entity_embeddings AS m WHERE m.tenant = p_tenant AND m.entity_id = p_entity_id;
    IF vector_dims(v_query) = 384 THEN
        RETURN QUERY
        SELECT e.entity_id, e.kind, e.name, 1 - near.distance
        FROM (
            SELECT m.entity_id, m.embedding::halfvec(384) <=> v_query::halfvec(384) AS distance
            FROM entity_embeddings AS m
            WHERE m.tenant = p_tenant AND m.kind = p_kind AND vector_dims(m.embedding) = 384
              AND m.entity_id <> p_entity_id
            ORDER BY m.embedding::halfvec(384) <=> v_query::halfvec(384)
            LIMIT p_limit
        ) AS near
        JOIN entities AS e ON e.tenant = p_tenant AND e.entity_id = near.entity_id
        ORDER BY near.distance, e.entity_id;
    ELSE
        RETURN QUERY
        SELECT e.entity_id, e.kind, e.name, 1 - (m.embedding <=> v_query) AS likeness
        FROM entity_embeddings AS m
        JOIN entities AS e ON e.tenant = p_tenant AND e.entity_id = m.entity_id
        WHERE m.tenant = p_tenant AND m.kind = p_kind AND m.entity_id <> p_entity_id
          AND vector_dims(m.embedding) = vector_dims(v_query)
        ORDER BY likeness DESC, e.entity_id
        LIMIT p_limit;
    END IF;
END $$;

SELECT guard_tenant_table(name::regclass)
FROM unnest(ARRAY['entities', 'relations', 'relation_evidence', 'entity_embeddings']) AS tables (name);
REVOKE INSERT ON entities, relations, relation_evidence, entity_embeddings FROM ledger_app;  -- its function does more
ALTER FUNCTION record_relations SECURITY DEFINER SET search_path = public, pg_temp;
