-- Chances that seats gave to the labels of lots, before calibration.
--
-- Why they are kept: a seat's next answers are calibrated by what it said of lots whose true label is known by now, see
-- `bidding/domain/calibration.py`. Whose label is known is what `demonstrations` say.
-- Why old rows go: it is a window, not a record. The raw answer has the same numbers, and the completion what was
-- decided. 200 lots per seat and scope are kept.

CREATE TABLE label_chances (
    tenant      text NOT NULL,
    award_id    uuid NOT NULL,
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    lot_id      uuid NOT NULL,
    seat_id     text NOT NULL,
    scope       text NOT NULL,
    chances     json NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT label_chances_pkey PRIMARY KEY (tenant, award_id)
);
CREATE INDEX label_chances_of_seat ON label_chances (tenant, seat_id, scope, seq);
SELECT guard_tenant_table('label_chances');
REVOKE INSERT ON label_chances FROM ledger_app;  -- its function does more than insert

-- Writes what a seat said, once per award, and lets go of what is too old.
CREATE FUNCTION record_label_chances(
    p_tenant text, p_award_id uuid, p_lot_id uuid, p_seat_id text, p_scope text, p_chances json, p_now_ms bigint
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO label_chances (tenant, award_id, lot_id, seat_id, scope, chances, created_at)
    VALUES (p_tenant, p_award_id, p_lot_id, p_seat_id, p_scope, p_chances, from_unix_ms(p_now_ms))
    ON CONFLICT ON CONSTRAINT label_chances_pkey DO NOTHING;
    DELETE FROM label_chances
    WHERE tenant = p_tenant AND seat_id = p_seat_id AND scope = p_scope AND seq < (
        SELECT seq FROM label_chances
        WHERE tenant = p_tenant AND seat_id = p_seat_id AND scope = p_scope
        ORDER BY seq DESC OFFSET 199 LIMIT 1
    );
END $$;
