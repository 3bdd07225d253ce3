-- Circuits: a seat whose provider is down is not asked for a while, and one that takes few calls at once gets few.
--
-- Why here and not in memory: functions come and go and share nothing else. A seat that is well and has no limit costs
-- no write and no round trip: its row is read with the seats.
-- Why circuits are no part of the sealed ledger: they are how a provider feels now. circuit_changes is sealed.
-- Seats belong to the installation, so these have no tenant. Units: *_ms milliseconds; p_now_ms is Unix time.
-- Mutable: seat_circuits; rows of seat_calls are calls under way and go when they end or their lease does.

CREATE TABLE seat_circuits (
    seat_id        text NOT NULL,
    failures       integer NOT NULL DEFAULT 0,         -- in a row
    openings       integer NOT NULL DEFAULT 0,         -- in a row; the cooling time doubles with each
    open_until     timestamptz,                        -- null: closed; past: half-open, one call may probe
    last_award_id  uuid,                               -- whose failure was counted last, so that a retry counts once
    CONSTRAINT seat_circuits_pkey PRIMARY KEY (seat_id),
    CONSTRAINT seat_circuits_of_a_seat FOREIGN KEY (seat_id) REFERENCES seats,
    CONSTRAINT seat_circuits_count_up CHECK (failures >= 0 AND openings >= 0)
);

CREATE TABLE seat_calls (
    seat_id     text NOT NULL,
    award_id    uuid NOT NULL,
    expires_at  timestamptz NOT NULL,
    CONSTRAINT seat_calls_pkey PRIMARY KEY (seat_id, award_id),
    CONSTRAINT seat_calls_of_a_seat FOREIGN KEY (seat_id) REFERENCES seats
);

CREATE TABLE circuit_changes (
    seat_id     text NOT NULL,
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    state       text NOT NULL,
    open_until  timestamptz,
    changed_at  timestamptz NOT NULL,
    CONSTRAINT circuit_changes_pkey PRIMARY KEY (seat_id, seq),
    CONSTRAINT circuit_changes_of_a_seat FOREIGN KEY (seat_id) REFERENCES seats,
    CONSTRAINT circuit_changes_state_known CHECK (state IN ('open', 'closed'))
);
CREATE TRIGGER circuit_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON circuit_changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT ON seat_circuits, seat_calls, circuit_changes TO ledger_app, ledger_reader;
GRANT SELECT ON circuit_changes TO ledger_keeper;

-- True where the call may go ahead: it then holds one of the seat's places until it is reported, or its lease ends.
CREATE FUNCTION admit_call(p_seat_id text, p_award_id uuid, p_places integer, p_lease_ms bigint, p_now_ms bigint)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_now         timestamptz := from_unix_ms(p_now_ms);
    v_open_until  timestamptz;
    v_places      integer := p_places;
BEGIN
    INSERT INTO seat_circuits (seat_id) VALUES (p_seat_id) ON CONFLICT ON CONSTRAINT seat_circuits_pkey DO NOTHING;
    SELECT open_until INTO v_open_until FROM seat_circuits WHERE seat_id = p_seat_id FOR UPDATE;
    IF EXISTS (SELECT FROM seat_calls WHERE seat_id = p_seat_id AND award_id = p_award_id) THEN
        RETURN true;
    END IF;
    IF v_open_until > v_now THEN
        RETURN false;
    END IF;
    IF v_open_until IS NOT NULL THEN
        v_places := 1;
    END IF;
    DELETE FROM seat_calls WHERE seat_id = p_seat_id AND expires_at <= v_now;
    IF (SELECT count(*) FROM seat_calls WHERE seat_id = p_seat_id) >= v_places THEN
        RETURN false;
    END IF;
    INSERT INTO seat_calls (seat_id, award_id, expires_at)
    VALUES (p_seat_id, p_award_id, from_unix_ms(p_now_ms + p_lease_ms));
    RETURN true;
END $$;

-- Gives the call's place back. p_well tells whether the provider is: null says nothing about it.
CREATE FUNCTION report_call(
    p_seat_id text, p_award_id uuid, p_well boolean, p_failures_to_open integer, p_cool_ms bigint, p_cool_max_ms bigint,
    p_now_ms bigint
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_circuit  seat_circuits;
    v_until    timestamptz;
BEGIN
    DELETE FROM seat_calls WHERE seat_id = p_seat_id AND award_id = p_award_id;
    IF p_well IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO seat_circuits (seat_id) VALUES (p_seat_id) ON CONFLICT ON CONSTRAINT seat_circuits_pkey DO NOTHING;
    SELECT * INTO v_circuit FROM seat_circuits WHERE seat_id = p_seat_id FOR UPDATE;

    IF p_well THEN
        UPDATE seat_circuits SET failures = 0, openings = 0, open_until = NULL
        WHERE seat_id = p_seat_id AND (failures > 0 OR open_until IS NOT NULL);
        IF v_circuit.open_until IS NOT NULL THEN
            INSERT INTO circuit_changes (seat_id, state, changed_at) VALUES (p_seat_id, 'closed', from_unix_ms(p_now_ms));
        END IF;
        RETURN;
    END IF;

    IF v_circuit.last_award_id = p_award_id THEN
        RETURN;
    END IF;
    IF v_circuit.open_until <= from_unix_ms(p_now_ms)
       OR (v_circuit.open_until IS NULL AND v_circuit.failures + 1 >= p_failures_to_open) THEN
        v_until := from_unix_ms(p_now_ms + least(p_cool_max_ms, p_cool_ms * (1::bigint << least(v_circuit.openings, 20))));
        INSERT INTO circuit_changes (seat_id, state, open_until, changed_at)
        VALUES (p_seat_id, 'open', v_until, from_unix_ms(p_now_ms));
    END IF;
    UPDATE seat_circuits
    SET failures = failures + 1, last_award_id = p_award_id, open_until = coalesce(v_until, open_until),
        openings = openings + CASE WHEN v_until IS NULL THEN 0 ELSE 1 END
    WHERE seat_id = p_seat_id;
END $$;

SELECT cover_with_leaf('circuit_changes');
