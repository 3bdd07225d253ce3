-- Variants: prompts compiled from one tenant's verified lots, each bidding as a seat of its own.
--
-- Why a seat has a tenant: a variant shows that tenant's lots, so it bids for that tenant alone; to the others the seat
-- does not exist. NULL is a seat of the installation, which bids for all.
-- Why demonstrations are lots and not texts: one that is withdrawn or erased is gone from every variant at once.
-- Why spent_micros is kept: a challenger may spend exploration_micros in its trial, and every auction asks. It is brought
-- up to date by each fold.
-- Mutable: what becomes of a variant. Units: *_micros are millionths of a dollar, *_right shares of right answers.

ALTER TABLE seats ADD COLUMN only_tenant text;

CREATE TABLE variants (
    tenant              text NOT NULL,
    seat_id             text NOT NULL,
    kind                text NOT NULL,
    scope               text NOT NULL,
    base_seat_id        text NOT NULL,
    optimizer           text NOT NULL,
    instruction         text NOT NULL,
    demonstrations      uuid[] NOT NULL,
    compiled_right      float8 NOT NULL,
    base_right          float8 NOT NULL,
    examined            bigint NOT NULL,
    exploration_micros  bigint NOT NULL,
    spent_micros        bigint NOT NULL DEFAULT 0,
    status              text NOT NULL DEFAULT 'challenger',
    reason              text NOT NULL DEFAULT '',
    created_at          timestamptz NOT NULL,
    decided_at          timestamptz,
    CONSTRAINT variants_pkey PRIMARY KEY (tenant, seat_id),
    CONSTRAINT variants_of_a_seat FOREIGN KEY (seat_id) REFERENCES seats,
    CONSTRAINT variants_status_known CHECK (status IN ('challenger', 'champion', 'retired')),
    CONSTRAINT variants_right_is_a_share CHECK (compiled_right BETWEEN 0 AND 1 AND base_right BETWEEN 0 AND 1),
    CONSTRAINT variants_exploration_not_negative CHECK (exploration_micros >= 0),
    CONSTRAINT variants_spent_not_negative CHECK (spent_micros >= 0),
    CONSTRAINT variants_decided_with_reason CHECK ((decided_at IS NULL) = (status = 'challenger'))
);
SELECT guard_tenant_table('variants');
REVOKE INSERT ON variants FROM ledger_app;
CREATE TRIGGER variants_are_kept BEFORE DELETE OR TRUNCATE ON variants
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER variants_keep_content BEFORE UPDATE OF tenant, seat_id, kind, scope, base_seat_id, optimizer, instruction,
    demonstrations, compiled_right, base_right, examined, exploration_micros, created_at ON variants
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- False: there is no such seat, or it belongs to somebody already.
CREATE FUNCTION put_variant(p_tenant text, p_variant json, p_now_ms bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    UPDATE seats SET only_tenant = p_tenant
    WHERE seat_id = p_variant ->> 'seat_id' AND (only_tenant IS NULL OR only_tenant = p_tenant);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO variants (tenant, seat_id, kind, scope, base_seat_id, optimizer, instruction, demonstrations,
                          compiled_right, base_right, examined, exploration_micros, created_at)
    SELECT p_tenant, v.*, from_unix_ms(p_now_ms)
    FROM json_to_record(p_variant) AS v (
        seat_id text, kind text, scope text, base_seat_id text, optimizer text, instruction text, demonstrations uuid[],
        compiled_right float8, base_right float8, examined bigint, exploration_micros bigint
    )
    ON CONFLICT ON CONSTRAINT variants_pkey DO NOTHING;
    RETURN true;
END $$;

-- Brings a variant's spending up to date, and decides over a challenger where p_status is another. The seat of one that
-- is retired bids no more.
CREATE FUNCTION review_variant(
    p_tenant text, p_seat_id text, p_spent_micros bigint, p_status text, p_reason text, p_now_ms bigint
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    UPDATE variants
    SET spent_micros = p_spent_micros, status = p_status, reason = p_reason,
        decided_at = CASE WHEN p_status <> 'challenger' THEN from_unix_ms(p_now_ms) END
    WHERE tenant = p_tenant AND seat_id = p_seat_id AND status = 'challenger';
    IF FOUND AND p_status = 'retired' THEN
        UPDATE seats SET status = 'retired' WHERE seat_id = p_seat_id AND only_tenant = p_tenant;
    END IF;
END $$;
