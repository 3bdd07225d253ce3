-- Seats: who may bid, and what they charge.
--
-- Why seat_prices is a table of its own: a quote of last month must remain explainable by the prices of last month.
-- Units: *_micros are millionths of a dollar, *_ms milliseconds, mtok a million tokens.
-- Mutable: the terms and status of a seat. Prices only grow: the last one put is in force. Seats belong to the
-- installation, not to a tenant.

CREATE TABLE seats (
    seat_id            text NOT NULL,
    engine             text NOT NULL,
    model              text NOT NULL,
    kinds              text[] NOT NULL,
    location           text NOT NULL,
    demonstrations     integer NOT NULL,
    context_tokens     integer NOT NULL,
    max_output_tokens  integer NOT NULL,
    timeout_ms         bigint NOT NULL,
    prior_quality      float8,
    status             text NOT NULL DEFAULT 'active',
    created_at         timestamptz NOT NULL,
    CONSTRAINT seats_pkey PRIMARY KEY (seat_id),
    CONSTRAINT seats_location_known CHECK (location IN ('on_host', 'own_account', 'provider_region', 'third_party')),
    CONSTRAINT seats_bounds_not_negative
        CHECK (demonstrations >= 0 AND context_tokens >= 0 AND max_output_tokens >= 0 AND timeout_ms >= 0),
    CONSTRAINT seats_prior_is_a_reward CHECK (prior_quality BETWEEN 0 AND 1),
    CONSTRAINT seats_status_known CHECK (status IN ('active', 'retired'))
);

CREATE TABLE seat_prices (
    seat_id                   text NOT NULL,
    seq                       bigint GENERATED ALWAYS AS IDENTITY,
    effective_at              timestamptz NOT NULL,
    input_micros_per_mtok     bigint NOT NULL,
    output_micros_per_mtok    bigint NOT NULL,
    cpu_second_micros         bigint NOT NULL,
    prompt_tokens_per_second  bigint NOT NULL,
    output_tokens_per_second  bigint NOT NULL,
    request_cpu_ms            bigint NOT NULL,
    source                    text NOT NULL,
    CONSTRAINT seat_prices_pkey PRIMARY KEY (seat_id, seq),
    CONSTRAINT seat_prices_of_a_seat FOREIGN KEY (seat_id) REFERENCES seats,
    CONSTRAINT seat_prices_not_negative
        CHECK (input_micros_per_mtok >= 0 AND output_micros_per_mtok >= 0 AND cpu_second_micros >= 0
               AND request_cpu_ms >= 0),
    CONSTRAINT seat_prices_throughput_positive CHECK (prompt_tokens_per_second > 0 AND output_tokens_per_second > 0)
);

CREATE TRIGGER seats_are_kept BEFORE DELETE OR TRUNCATE ON seats
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER seats_keep_identity BEFORE UPDATE OF seat_id, created_at ON seats
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER seat_prices_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON seat_prices
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE VIEW current_seat_prices WITH (security_invoker = true) AS
SELECT DISTINCT ON (seat_id) *
FROM seat_prices
ORDER BY seat_id, seq DESC;

-- A seat that is known keeps its status: new terms must not readmit one that an operator retired.
CREATE FUNCTION put_seat(p_seat json, p_prices json, p_now_ms bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO seats (seat_id, engine, model, kinds, location, demonstrations, context_tokens, max_output_tokens,
                       timeout_ms, prior_quality, status, created_at)
    SELECT s.*, from_unix_ms(p_now_ms)
    FROM json_to_record(p_seat) AS s (
        seat_id text, engine text, model text, kinds text[], location text, demonstrations integer,
        context_tokens integer, max_output_tokens integer, timeout_ms bigint, prior_quality float8, status text
    )
    ON CONFLICT ON CONSTRAINT seats_pkey DO UPDATE
        SET engine = excluded.engine, model = excluded.model, kinds = excluded.kinds, location = excluded.location,
            demonstrations = excluded.demonstrations, context_tokens = excluded.context_tokens,
            max_output_tokens = excluded.max_output_tokens, timeout_ms = excluded.timeout_ms,
            prior_quality = excluded.prior_quality;

    INSERT INTO seat_prices (seat_id, effective_at, input_micros_per_mtok, output_micros_per_mtok, cpu_second_micros,
                             prompt_tokens_per_second, output_tokens_per_second, request_cpu_ms, source)
    SELECT p_seat ->> 'seat_id', from_unix_ms(p_now_ms), p.*
    FROM json_to_record(p_prices) AS p (
        input_micros_per_mtok bigint, output_micros_per_mtok bigint, cpu_second_micros bigint,
        prompt_tokens_per_second bigint, output_tokens_per_second bigint, request_cpu_ms bigint, source text
    )
    WHERE NOT EXISTS (
        SELECT FROM current_seat_prices AS c
        WHERE c.seat_id = p_seat ->> 'seat_id'
          AND (c.input_micros_per_mtok, c.output_micros_per_mtok, c.cpu_second_micros, c.prompt_tokens_per_second,
               c.output_tokens_per_second, c.request_cpu_ms, c.source)
            = (p.input_micros_per_mtok, p.output_micros_per_mtok, p.cpu_second_micros, p.prompt_tokens_per_second,
               p.output_tokens_per_second, p.request_cpu_ms, p.source)
    );
END $$;
