-- Roles and row-level security: who may do what to whose rows, held by grants and policies besides our own code.
--
--   ledger_owner   owns everything and nobody logs in as it. Migrations from 0010 on run as it.
--   ledger_app     the functions of the market. Reads, adds rows, executes functions; has no UPDATE, DELETE or TRUNCATE
--                  on any table. What must change a row or lock one is a function that runs as the owner.
--   ledger_reader  the auditor. Reads the rows of all tenants.
--   ledger_keeper  owns the few functions that look across tenants, for the owner of the installation. Nobody logs in.
--
-- Why the owner is under the policies too (FORCE): a function that runs as the owner still sees one tenant only, the one
-- it names with set_config('atomic.tenant', …, true), which ends with the transaction. A session that named none sees no
-- row. The policy reads the setting in a subquery, so that it is read once per statement and not once per row.
-- Why no tenant in seats and seat_prices: they belong to the installation, and all tenants see the same ones.
-- Why partitions have no policy and no grant: rows are reached through their table only.
-- Roles belong to the cluster, so other databases in it may have made them. A new table calls guard_tenant_table.

DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['ledger_owner', 'ledger_keeper', 'ledger_app', 'ledger_reader'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I', v_role);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
    FOREACH v_role IN ARRAY ARRAY['ledger_app', 'ledger_reader'] LOOP
        IF NOT (SELECT rolcanlogin FROM pg_roles WHERE rolname = v_role) THEN
            EXECUTE format('ALTER ROLE %I LOGIN', v_role);  -- without a password: who may, the server's rules say
        END IF;
    END LOOP;
    FOREACH v_role IN ARRAY ARRAY['ledger_owner', 'ledger_keeper'] LOOP
        IF NOT pg_has_role(current_user, v_role, 'SET') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', v_role);
        END IF;
    END LOOP;
    IF NOT pg_has_role('ledger_owner', 'ledger_keeper', 'SET') THEN
        GRANT ledger_keeper TO ledger_owner WITH INHERIT FALSE, SET TRUE;  -- to hand it functions, not to see as it does
    END IF;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO ledger_owner', current_database());  -- for trusted extensions
END $$;
GRANT USAGE, CREATE ON SCHEMA public TO ledger_owner, ledger_keeper;
GRANT USAGE ON SCHEMA public TO ledger_app, ledger_reader;

-- Nothing is executable by everybody, nothing made later either.
ALTER DEFAULT PRIVILEGES FOR ROLE ledger_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE ledger_keeper REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE ledger_owner IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO ledger_app;

CREATE FUNCTION guard_tenant_table(p_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', p_table);
    EXECUTE format('CREATE POLICY own_tenant ON %s '
                   'USING (tenant = (SELECT nullif(current_setting(''atomic.tenant'', true), '''')))', p_table);
    EXECUTE format('CREATE POLICY installation ON %s FOR SELECT TO ledger_keeper, ledger_reader USING (true)', p_table);
    EXECUTE format('GRANT SELECT, INSERT ON %s TO ledger_app', p_table);
    EXECUTE format('GRANT SELECT ON %s TO ledger_keeper, ledger_reader', p_table);
END $$;

-- Names the tenant of a transaction that reads with plain statements.
CREATE FUNCTION as_tenant(p_tenant text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('atomic.tenant', p_tenant, true);
END $$;

CREATE FUNCTION set_seat_status(p_seat_id text, p_status text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE seats SET status = p_status WHERE seat_id = p_seat_id;
    RETURN FOUND;
END $$;

-- For the owner of the installation: who holds a claim, over all tenants.
CREATE FUNCTION lease_owners() RETURNS SETOF text
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT DISTINCT owner FROM tasks WHERE owner IS NOT NULL ORDER BY owner;
END;

DO $$
DECLARE
    v_table     regclass;
    v_function  regprocedure;
BEGIN
    FOR v_table IN
        SELECT oid FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
          AND relname <> 'schema_migrations'
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO ledger_owner', v_table);
    END LOOP;
    FOR v_function IN
        SELECT oid FROM pg_proc AS p
        WHERE pronamespace = 'public'::regnamespace
          AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')  -- of an extension
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO ledger_owner', v_function);
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', v_function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO ledger_app', v_function);
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION from_unix_ms, first_id_at, first_id_of, last_id_of, same_time TO PUBLIC;  -- arithmetic
REVOKE EXECUTE ON FUNCTION add_partition, add_month, guard_tenant_table FROM ledger_app;

SELECT guard_tenant_table(name::regclass)
FROM unnest(partitioned_tables() || ARRAY['task_keys', 'tasks', 'lots', 'budgets', 'policy_snapshots', 'demonstrations'])
    AS tables (name);
REVOKE INSERT ON tasks, task_keys, budgets FROM ledger_app;  -- their functions do more than insert
GRANT SELECT ON seats, seat_prices, current_seat_prices, awarded_lots, current_demonstrations TO ledger_app, ledger_reader;
GRANT SELECT ON schema_migrations TO ledger_owner, ledger_reader;

-- These change a row, or lock one, which takes the right to change it.
ALTER FUNCTION claim_task SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION finish_task SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION close_lot SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION put_seat SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION set_seat_status SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION place_hold SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION set_budget SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION claim_execution SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION settle SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION void_unawarded_holds SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION record_outcome SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION maintain_partitions SECURITY DEFINER SET search_path = public, pg_temp;

-- These look across tenants.
CREATE POLICY leases ON tasks FOR UPDATE TO ledger_keeper USING (true);
GRANT UPDATE (owner, lease_until) ON tasks TO ledger_keeper;
ALTER FUNCTION lease_owners SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION release_leases SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION lease_owners OWNER TO ledger_keeper;
ALTER FUNCTION release_leases OWNER TO ledger_keeper;
