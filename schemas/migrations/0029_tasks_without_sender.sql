-- Tasks that may be a sender's: a task without a sender in the graph is one of nobody known, whatever else the graph has of it.
--
-- Why: a text of unknown type is processed and has a topic and a winner in the graph, but no sender; whoever is to be
-- forgotten may have written it, and only a look for the address tells. As in 0013, `named` is false for such a task.

CREATE OR REPLACE FUNCTION tasks_of_sender(p_tenant text, p_sender_id uuid) RETURNS TABLE (task_id uuid, named boolean)
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    RETURN QUERY
    SELECT e.name::uuid, true
    FROM relations AS r
    JOIN entities AS e ON e.tenant = r.tenant AND e.entity_id = r.source_id
    WHERE r.tenant = p_tenant AND r.target_id = p_sender_id AND r.kind = 'sent_by'
    UNION ALL
    SELECT t.task_id, false
    FROM tasks AS t
    WHERE t.tenant = p_tenant AND t.reason IS DISTINCT FROM 'erased'
      AND NOT EXISTS (
          SELECT FROM relation_evidence AS v
          JOIN relations AS r ON r.tenant = v.tenant AND r.relation_id = ANY (v.relation_ids)
          WHERE v.tenant = p_tenant AND v.task_id = t.task_id AND r.kind = 'sent_by'
      )
    ORDER BY 1;
END $$;
