-- Claims: what bidders who set their own price said of themselves, so that their word can be held against the outcome.
--
-- Why a table of its own: few seats claim anything, and a bid holds what the market believes. One row per lot, attempt and
-- seat: later rounds use the same quotes. The first answer stands.
-- Units: price_micros is millionths of a dollar, quality a reward in [0, 1], latency_ms milliseconds. Append-only.

CREATE TABLE claims (
    tenant        text NOT NULL,
    lot_id        uuid NOT NULL,
    attempt       integer NOT NULL,
    seat_id       text NOT NULL,
    price_micros  bigint NOT NULL,
    quality       float8 NOT NULL,
    latency_ms    bigint NOT NULL,
    created_at    timestamptz NOT NULL,
    CONSTRAINT claims_pkey PRIMARY KEY (tenant, lot_id, attempt, seat_id),
    CONSTRAINT claims_of_a_lot FOREIGN KEY (tenant, lot_id) REFERENCES lots,
    CONSTRAINT claims_quality_is_a_reward CHECK (quality BETWEEN 0 AND 1),
    CONSTRAINT claims_not_negative CHECK (price_micros >= 0 AND latency_ms >= 0)
);
CREATE INDEX claims_by_seat ON claims (tenant, seat_id, created_at DESC);
SELECT guard_tenant_table('claims');
CREATE TRIGGER claims_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON claims
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION record_claims(p_tenant text, p_lot_id uuid, p_attempt integer, p_claims json, p_now_ms bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO claims (tenant, lot_id, attempt, seat_id, price_micros, quality, latency_ms, created_at)
    SELECT p_tenant, p_lot_id, p_attempt, c.*, from_unix_ms(p_now_ms)
    FROM json_to_recordset(p_claims) AS c (seat_id text, price_micros bigint, quality float8, latency_ms bigint)
    ON CONFLICT ON CONSTRAINT claims_pkey DO NOTHING;
END $$;

SELECT cover_with_leaf('claims');
