-- How a seat is called, what cached input costs, and how often a call was tried.
--
-- Why call is one json value: each engine reads its own few settings (an address, where a key lies, a tier), no query
-- asks for them, and a key itself is never among them. Units: *_micros_per_mtok are micro-dollars per million tokens;
-- a null cache price means that such tokens cost what input costs. tries counts calls of which all but the last were
-- turned away before the model began; null tokens are what the provider did not tell.

ALTER TABLE seats
    ADD COLUMN call json NOT NULL DEFAULT '{}';

ALTER TABLE seat_prices
    ADD COLUMN cache_read_micros_per_mtok bigint
        CONSTRAINT seat_prices_cache_read_not_negative CHECK (cache_read_micros_per_mtok >= 0),
    ADD COLUMN cache_write_micros_per_mtok bigint
        CONSTRAINT seat_prices_cache_write_not_negative CHECK (cache_write_micros_per_mtok >= 0);

ALTER TABLE completions
    ADD COLUMN cache_read_tokens bigint,
    ADD COLUMN cache_write_tokens bigint,
    ADD COLUMN tries integer CONSTRAINT completions_tries_from_one CHECK (tries >= 1);

CREATE TRIGGER completions_keep_usage BEFORE UPDATE OF cache_read_tokens, cache_write_tokens, tries ON completions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE VIEW current_seat_prices WITH (security_invoker = true) AS
SELECT DISTINCT ON (seat_id) *
FROM seat_prices
ORDER BY seat_id, seq DESC;

-- A seat that is known keeps its status: new terms must not readmit one that an operator retired.
CREATE OR REPLACE FUNCTION put_seat(p_seat json, p_prices json, p_now_ms bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO seats (seat_id, engine, model, kinds, location, demonstrations, context_tokens, max_output_tokens,
                       timeout_ms, prior_quality, status, call, created_at)
    SELECT s.*, from_unix_ms(p_now_ms)
    FROM json_to_record(p_seat) AS s (
        seat_id text, engine text, model text, kinds text[], location text, demonstrations integer,
        context_tokens integer, max_output_tokens integer, timeout_ms bigint, prior_quality float8, status text,
        call json
    )
    ON CONFLICT ON CONSTRAINT seats_pkey DO UPDATE
        SET engine = excluded.engine, model = excluded.model, kinds = excluded.kinds, location = excluded.location,
            demonstrations = excluded.demonstrations, context_tokens = excluded.context_tokens,
            max_output_tokens = excluded.max_output_tokens, timeout_ms = excluded.timeout_ms,
            prior_quality = excluded.prior_quality, call = excluded.call;

    INSERT INTO seat_prices (seat_id, effective_at, input_micros_per_mtok, output_micros_per_mtok, cpu_second_micros,
                             prompt_tokens_per_second, output_tokens_per_second, request_cpu_ms, source,
                             cache_read_micros_per_mtok, cache_write_micros_per_mtok)
    SELECT p_seat ->> 'seat_id', from_unix_ms(p_now_ms), p.*
    FROM json_to_record(p_prices) AS p (
        input_micros_per_mtok bigint, output_micros_per_mtok bigint, cpu_second_micros bigint,
        prompt_tokens_per_second bigint, output_tokens_per_second bigint, request_cpu_ms bigint, source text,
        cache_read_micros_per_mtok bigint, cache_write_micros_per_mtok bigint
    )
    WHERE NOT EXISTS (
        SELECT FROM current_seat_prices AS c
        WHERE c.seat_id = p_seat ->> 'seat_id'
          AND (c.input_micros_per_mtok, c.output_micros_per_mtok, c.cpu_second_micros, c.prompt_tokens_per_second,
               c.output_tokens_per_second, c.request_cpu_ms, c.source, c.cache_read_micros_per_mtok,
               c.cache_write_micros_per_mtok)
            IS NOT DISTINCT FROM
              (p.input_micros_per_mtok, p.output_micros_per_mtok, p.cpu_second_micros, p.prompt_tokens_per_second,
               p.output_tokens_per_second, p.request_cpu_ms, p.source, p.cache_read_micros_per_mtok,
               p.cache_write_micros_per_mtok)
    );
END $$;

-- The last three parameters may be left out, as by the sweep of expired holds, which knows of no usage.
DROP FUNCTION complete_execution(text, uuid, text, text, text, bigint, bigint, bigint, bigint, bigint, json, text, text, bigint);
CREATE FUNCTION complete_execution(
    p_tenant text, p_award_id uuid, p_status text, p_reason text, p_detail text,
    p_input_tokens bigint, p_output_tokens bigint, p_cpu_ms bigint, p_cost_micros bigint, p_latency_ms bigint,
    p_output json, p_road text, p_raw_key text, p_now_ms bigint,
    p_cache_read_tokens bigint DEFAULT NULL, p_cache_write_tokens bigint DEFAULT NULL, p_tries integer DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode TO 'force_generic_plan'
AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
    INSERT INTO completions (tenant, award_id, status, reason, detail, input_tokens, output_tokens, cpu_ms, cost_micros,
                             latency_ms, output, road, raw_key, completed_at, cache_read_tokens, cache_write_tokens, tries)
    VALUES (p_tenant, p_award_id, p_status, p_reason, p_detail, p_input_tokens, p_output_tokens, p_cpu_ms,
            p_cost_micros, p_latency_ms, p_output, p_road, p_raw_key, from_unix_ms(p_now_ms), p_cache_read_tokens,
            p_cache_write_tokens, p_tries)
    ON CONFLICT ON CONSTRAINT completions_pkey DO NOTHING;
END $$;

SELECT cover_with_leaf('seat_prices');
SELECT cover_with_leaf('completions', p_personal => '{detail,output}');
