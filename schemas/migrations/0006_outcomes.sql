-- Outcomes: judgements of an award's work, and the versions of the policy that learnt from them.
--
-- Why an outcome knows what it replaces: the policy is a sum, so a correction must take back what an earlier judgement
-- of the same award added. It is computed when the outcome is written, from what then stands.
-- Authority: human over judge over checks over failure. A later judgement replaces one of its own authority or less; a
-- lesser one is kept but does not stand, and teaches nothing. A reward of NULL means that nobody could tell: it
-- replaces nothing, and teaches what the call cost if it is the award's first.
-- Why xact_id: ids commit out of order, so "all since the last id" would lose some. Everything below the oldest
-- transaction still running is settled, and that is the watermark of a fold. The order of events is
-- (xact_id, outcome_id). Transaction numbers belong to a cluster: after a dump is restored into another one, fold
-- first, then start the new policy from its last version.
-- Units: reward in [0, 1]; weight counts judgements. Append-only.
-- policy_snapshots.state is a list of objects {"seat", "kind", and the fields of a cell}, sorted; json, not jsonb,
-- keeps every float to the bit.

CREATE TABLE outcomes (
    tenant           text NOT NULL,
    outcome_id       uuid NOT NULL,
    award_id         uuid NOT NULL,
    source           text NOT NULL,
    reward           float8,
    weight           float8 NOT NULL,
    parts            json NOT NULL,
    first            boolean NOT NULL,
    stands           boolean NOT NULL,
    replaces_reward  float8,
    replaces_weight  float8,
    xact_id          xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created_at       timestamptz NOT NULL,
    CONSTRAINT outcomes_pkey PRIMARY KEY (tenant, outcome_id),
    CONSTRAINT outcomes_of_an_award FOREIGN KEY (tenant, award_id) REFERENCES awards,
    CONSTRAINT outcomes_source_known CHECK (source IN ('failure', 'checks', 'judge', 'human')),
    CONSTRAINT outcomes_reward_in_bounds CHECK (reward BETWEEN 0 AND 1),
    CONSTRAINT outcomes_weight_not_negative CHECK (weight >= 0 AND weight < 'infinity'),
    CONSTRAINT outcomes_replace_whole CHECK ((replaces_reward IS NULL) = (replaces_weight IS NULL)),
    CONSTRAINT outcomes_replace_if_standing CHECK (replaces_reward IS NULL OR (stands AND reward IS NOT NULL))
);
CREATE INDEX outcomes_of_award ON outcomes (tenant, award_id, xact_id);
CREATE INDEX outcomes_to_fold ON outcomes (tenant, xact_id, outcome_id) WHERE stands;
CREATE UNIQUE INDEX outcomes_one_first ON outcomes (tenant, award_id) WHERE first;

CREATE TABLE policy_snapshots (
    tenant      text NOT NULL,
    version     integer NOT NULL,
    multiplier  float8 NOT NULL,
    watermark   xid8 NOT NULL,
    state       json NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT policy_snapshots_pkey PRIMARY KEY (tenant, version),
    CONSTRAINT policy_snapshots_from_one CHECK (version >= 1)
);

CREATE TRIGGER outcomes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON outcomes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_snapshots_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON policy_snapshots
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION authority(p_source text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_position(ARRAY['failure', 'checks', 'judge', 'human'], p_source);

-- False: there is no such award.
CREATE FUNCTION record_outcome(
    p_tenant text, p_outcome_id uuid, p_award_id uuid, p_source text, p_reward float8, p_weight float8, p_parts json,
    p_now_ms bigint
) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_before  outcomes;
    v_first   boolean;
    v_stands  boolean;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);

    -- Judgements of one award queue here. A transaction gets its number after the wait, so that the order of numbers is
    -- the order in which judgements replaced each other.
    PERFORM FROM awards WHERE tenant = p_tenant AND award_id = p_award_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    v_first := NOT EXISTS (SELECT FROM outcomes WHERE tenant = p_tenant AND award_id = p_award_id);
    SELECT * INTO v_before FROM outcomes
    WHERE tenant = p_tenant AND award_id = p_award_id AND stands AND reward IS NOT NULL
    ORDER BY xact_id DESC
    LIMIT 1;
    v_stands := v_first
        OR (p_reward IS NOT NULL AND coalesce(authority(p_source) >= authority(v_before.source), true));

    INSERT INTO outcomes (tenant, outcome_id, award_id, source, reward, weight, parts, first, stands, replaces_reward,
                          replaces_weight, created_at)
    VALUES (p_tenant, p_outcome_id, p_award_id, p_source, p_reward, p_weight, p_parts, v_first, v_stands,
            CASE WHEN v_stands THEN v_before.reward END, CASE WHEN v_stands THEN v_before.weight END,
            from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT outcomes_pkey DO NOTHING;
    RETURN true;
END $$;

-- False: that version exists, is not the next, or folds again what the last one folded: a watermark may stand still
-- only where nothing was learnt.
CREATE FUNCTION append_policy(
    p_tenant text, p_version integer, p_multiplier float8, p_watermark xid8, p_state json, p_now_ms bigint
) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_last policy_snapshots;
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    SELECT * INTO v_last FROM policy_snapshots WHERE tenant = p_tenant ORDER BY version DESC LIMIT 1;
    IF p_version <> coalesce(v_last.version, 0) + 1 THEN
        RETURN false;
    END IF;
    IF p_watermark < v_last.watermark
       OR (p_watermark = v_last.watermark AND p_state::text <> v_last.state::text) THEN
        RETURN false;
    END IF;

    INSERT INTO policy_snapshots (tenant, version, multiplier, watermark, state, created_at)
    VALUES (p_tenant, p_version, p_multiplier, p_watermark, p_state, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT policy_snapshots_pkey DO NOTHING;
    RETURN FOUND;
END $$;
