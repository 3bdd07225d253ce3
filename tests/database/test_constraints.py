"""The invariants, tried with plain SQL: each is held by the database itself, under its own name."""

from __future__ import annotations

import psycopg
import pytest

from bidding.adapters.postgres.errors import constraint_of
from tests.database.conftest import Connection
from tests.ledger_samples import World

_UNAWARDED = """(
    SELECT u.tenant, u.auction_id, u.bidders[1] AS bidder, h.hold_id, h.amount_micros
    FROM auctions AS u CROSS JOIN holds AS h
    WHERE u.tenant = %(tenant)s AND h.tenant = u.tenant AND same_time(h.hold_id, u.auction_id)
      AND NOT EXISTS (SELECT FROM awards AS a WHERE a.tenant = h.tenant AND a.hold_id = h.hold_id)
      AND NOT EXISTS (SELECT FROM awards AS a WHERE a.tenant = u.tenant AND a.auction_id = u.auction_id)
    LIMIT 1
) AS unawarded"""
BREACHES = {
    "budgets_never_overspent": "UPDATE budgets SET held_micros = limit_micros + 1 WHERE tenant = %(tenant)s",
    "budgets_held_not_negative": "UPDATE budgets SET held_micros = -1 WHERE tenant = %(tenant)s",
    "budgets_limit_not_negative": "UPDATE budgets SET limit_micros = -1 WHERE tenant = %(tenant)s",
    "budgets_spent_not_negative": "UPDATE budgets SET spent_micros = -1 WHERE tenant = %(tenant)s",
    "budgets_total_never_starts": "UPDATE budgets SET starts_at = now() WHERE tenant = %(tenant)s",
    "budgets_window_known": "INSERT INTO budgets VALUES (%(tenant)s, 1, 0, 0, 'mail', 'year', now())",
    "holds_amount_not_negative": """
        INSERT INTO holds VALUES (%(tenant)s, gen_random_uuid(), -1, 'mail', now(), now())
    """,
    "tasks_status_known": "UPDATE tasks SET status = 'lost' WHERE tenant = %(tenant)s",
    "tasks_lease_has_owner": "UPDATE tasks SET owner = NULL, lease_until = now() WHERE tenant = %(tenant)s",
    "lots_status_known": "UPDATE lots SET status = 'lost' WHERE tenant = %(tenant)s",
    "seat_prices_not_negative": """
        INSERT INTO seat_prices OVERRIDING SYSTEM VALUE VALUES ('large', 99, now(), -1, 0, 0, 1, 1, 0, '')
    """,
    "auctions_one_per_round": """
        INSERT INTO auctions
        SELECT tenant, last_id_of(lot_id), lot_id, attempt, round, seed, policy_version, multiplier, tmax_ms, now()
        FROM auctions WHERE tenant = %(tenant)s LIMIT 1
    """,
    "auctions_of_a_lot": """
        INSERT INTO auctions
        SELECT 'stranger', auction_id, lot_id, attempt, round, seed, policy_version, multiplier, tmax_ms, now()
        FROM auctions WHERE tenant = %(tenant)s LIMIT 1
    """,
    "auctions_share_time_with_lot": """
        INSERT INTO auctions
        SELECT tenant, first_id_at(0), lot_id, attempt, round, seed, policy_version, multiplier, tmax_ms, now()
        FROM auctions WHERE tenant = %(tenant)s LIMIT 1
    """,
    "bids_quote_or_reason": """
        INSERT INTO bids (tenant, auction_id, seat_id)
        SELECT tenant, auction_id, 'silent' FROM auctions WHERE tenant = %(tenant)s LIMIT 1
    """,
    "bids_notice_is_whole": """
        INSERT INTO bids (tenant, auction_id, seat_id, no_bid_reason, loss_reason)
        SELECT tenant, auction_id, 'odd', 'retired', 'won' FROM auctions WHERE tenant = %(tenant)s LIMIT 1
    """,
    "awards_one_per_auction": """
        INSERT INTO awards
        SELECT tenant, last_id_of(award_id), auction_id, seat_id, hold_id, hold_micros, 1, 1, '{}', now()
        FROM awards WHERE tenant = %(tenant)s LIMIT 1
    """,
    "awards_one_per_hold": """
        INSERT INTO awards
        SELECT tenant, last_id_of(award_id), last_id_of(award_id), seat_id, hold_id, hold_micros, 1, 1, '{}', now()
        FROM awards WHERE tenant = %(tenant)s LIMIT 1
    """,
    "awards_go_to_a_bidder": f"""
        INSERT INTO awards
        SELECT tenant, last_id_of(auction_id), auction_id, 'absent', hold_id, amount_micros, 1, 1, '{{}}', now()
        FROM {_UNAWARDED}
    """,
    "awards_of_an_auction": """
        INSERT INTO awards
        SELECT tenant, last_id_of(hold_id), last_id_of(hold_id), 'large', hold_id, amount_micros, 1, 1, '{}', now()
        FROM holds AS h
        WHERE tenant = %(tenant)s
          AND NOT EXISTS (SELECT FROM awards AS a WHERE a.tenant = h.tenant AND a.hold_id = h.hold_id)
        LIMIT 1
    """,
    "awards_share_time_with_auction": f"""
        INSERT INTO awards
        SELECT tenant, first_id_at(0), auction_id, bidder, hold_id, amount_micros, 1, 1, '{{}}', now() FROM {_UNAWARDED}
    """,
    "awards_share_time_with_hold": f"""
        WITH placed AS (
            INSERT INTO holds VALUES (%(tenant)s, first_id_at(0), 1, 'mail', now(), now()) RETURNING hold_id
        )
        INSERT INTO awards
        SELECT tenant, last_id_of(auction_id), auction_id, bidder, placed.hold_id, 1, 1, 1, '{{}}', now()
        FROM {_UNAWARDED} CROSS JOIN placed
    """,
    "awards_price_not_negative": f"""
        INSERT INTO awards
        SELECT tenant, last_id_of(auction_id), auction_id, bidder, hold_id, amount_micros, -1, 1, '{{}}', now()
        FROM {_UNAWARDED}
    """,
    "awards_propensity_is_a_chance": f"""
        INSERT INTO awards
        SELECT tenant, last_id_of(auction_id), auction_id, bidder, hold_id, amount_micros, 1, 'NaN', '{{}}', now()
        FROM {_UNAWARDED}
    """,
    "executions_of_an_award": "INSERT INTO executions VALUES (%(tenant)s, gen_random_uuid(), gen_random_uuid(), now())",
    "completions_of_a_claim": """
        INSERT INTO completions (tenant, award_id, status, detail, cost_micros, latency_ms, completed_at)
        VALUES (%(tenant)s, gen_random_uuid(), 'failed', '', 0, 0, now())
    """,
    "completions_output_if_succeeded": """
        INSERT INTO completions (tenant, award_id, status, detail, cost_micros, latency_ms, completed_at)
        VALUES (%(tenant)s, gen_random_uuid(), 'succeeded', '', 0, 0, now())
    """,
    "settlements_pkey": "INSERT INTO settlements SELECT * FROM settlements WHERE tenant = %(tenant)s",
    "settlements_within_hold": """
        INSERT INTO settlements
        SELECT tenant, hold_id, hold_micros, award_id, 'settled', hold_micros + 1, now()
        FROM awards WHERE tenant = %(tenant)s LIMIT 1
    """,
    "settlements_of_a_hold": """
        INSERT INTO settlements
        SELECT tenant, hold_id, amount_micros + 1, NULL, 'voided', 0, now()
        FROM holds LEFT JOIN awards USING (tenant, hold_id) WHERE tenant = %(tenant)s AND award_id IS NULL
    """,
    "settlements_need_an_award": """
        INSERT INTO settlements
        SELECT tenant, hold_id, hold_micros, NULL, 'settled', 0, now()
        FROM awards WHERE tenant = %(tenant)s LIMIT 1
    """,
    "settlements_void_is_free": """
        INSERT INTO settlements
        SELECT tenant, hold_id, amount_micros, NULL, 'voided', 1, now() FROM holds WHERE tenant = %(tenant)s LIMIT 1
    """,
    "settlements_void_only_unclaimed": """
        INSERT INTO settlements
        SELECT tenant, hold_id, a.hold_micros, award_id, 'voided', 0, now()
        FROM awards AS a
        JOIN executions USING (tenant, award_id)
        LEFT JOIN settlements AS s USING (tenant, hold_id, award_id)
        WHERE tenant = %(tenant)s AND s.kind IS NULL
    """,
    "outcomes_reward_in_bounds": """
        INSERT INTO outcomes (tenant, outcome_id, award_id, source, reward, weight, parts, first, stands, created_at)
        SELECT tenant, last_id_of(award_id), award_id, 'human', 1.1, 1, '{}', false, true, now()
        FROM awards WHERE tenant = %(tenant)s LIMIT 1
    """,
    "outcomes_share_time_with_award": """
        INSERT INTO outcomes (tenant, outcome_id, award_id, source, weight, parts, first, stands, created_at)
        SELECT tenant, first_id_at(0), award_id, 'human', 1, '{}', false, true, now()
        FROM outcomes WHERE tenant = %(tenant)s LIMIT 1
    """,
    "outcomes_one_first": """
        INSERT INTO outcomes (tenant, outcome_id, award_id, source, weight, parts, first, stands, created_at)
        SELECT tenant, last_id_of(award_id), award_id, 'human', 1, '{}', true, true, now()
        FROM outcomes WHERE tenant = %(tenant)s LIMIT 1
    """,
}  # fmt: skip
_MUTABLE = {
    "tasks": {"status", "reason", "result_key", "attempt", "claim", "owner", "lease_until", "source"},
    "lots": {"status", "part", "personal_salt"},
    "completions": {"output", "detail", "personal_salt"},
    "demonstrations": {"text", "output", "embedding", "personal_salt"},
    "seats": {"status", "engine", "model", "kinds", "location", "demonstrations", "context_tokens",
              "max_output_tokens", "timeout_ms", "call", "prior_quality", "only_tenant"},
    "budgets": {"limit_micros", "held_micros", "spent_micros", "starts_at", "narrowed"},
    "submissions": {"task_id"},
    "deferrals": {"worker", "lease_until"},
    "variants": {"spent_micros", "status", "reason", "decided_at"},
    "waits": {"token", "owner", "created_at"},
}  # fmt: skip
"""Text of people may be blanked with its salt, and only that: `test_graph` tries."""
_DERIVED = {
    "entities", "relations", "relation_evidence", "entity_embeddings", "label_chances", "seat_circuits", "seat_calls",
}  # fmt: skip
"""Tables that say nothing the ledger does not, and how providers feel right now."""


@pytest.mark.parametrize("constraint", BREACHES)
def test_invariant(filled: World, connection: Connection, constraint: str) -> None:
    """Plain SQL that would break an invariant is refused, and the refusal names it."""
    with pytest.raises(psycopg.IntegrityError) as refused:
        connection.execute(BREACHES[constraint].encode(), {"tenant": filled.tenant})

    assert constraint_of(refused.value) == constraint


def test_rows_are_never_changed(filled: World, connection: Connection) -> None:
    """No row can be deleted, and no column updated but the totals of budgets and the status of a few others."""
    columns = connection.execute("""
        SELECT table_name::text, column_name::text FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'schema_migrations'
    """).fetchall()
    changeable: dict[str, set[str]] = {}
    for table, column in columns:
        if table in _DERIVED:
            continue
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(psycopg.errors.RestrictViolation):
                connection.execute(statement.encode())
        try:
            connection.execute(f"UPDATE {table} SET {column} = {column} WHERE false".encode())
        except psycopg.errors.RestrictViolation:
            continue
        except psycopg.errors.GeneratedAlways:
            continue
        changeable.setdefault(table, set()).add(column)

    assert changeable == _MUTABLE


def test_money_columns(connection: Connection) -> None:
    """Every integer column of money refuses negative amounts, and no money is kept as a fraction or a numeric."""
    money = connection.execute("""
        SELECT c.table_name || '.' || c.column_name, c.udt_name,
               string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), ' ')
        FROM information_schema.columns AS c
        JOIN information_schema.tables AS t USING (table_schema, table_name)
        LEFT JOIN pg_constraint AS k ON k.conrelid = c.table_name::regclass AND k.contype = 'c'
        WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE'
          AND NOT (SELECT relispartition FROM pg_class WHERE oid = c.table_name::regclass)  -- they inherit the checks
          AND c.column_name ~ '_micros($|_)'
        GROUP BY 1, 2
    """).fetchall()
    terms = ("quality", "price_term", "delay", "margin", "listed")
    expectations = {f"bids.{term}_micros" for term in terms} | {"auctions.bid_listed_micros"}
    expectations |= {f"auctions.notice_{term}_micros" for term in terms}
    covered_by_reference = {"awards.hold_micros", "settlements.hold_micros"}
    covered_by_trigger = {f"budgets.{term}_micros" for term in ("limit", "held", "spent")} | {"awards.price_micros"}
    for column in covered_by_trigger:  # `test_invariant` tries
        assert column.replace(".", "_").replace("_micros", "_not_negative") in BREACHES
    ((sound,),) = connection.execute("SELECT prosrc FROM pg_proc WHERE proname = 'refuse_unsound_auction'").fetchall()

    for column, data_type, checks in money:
        name = column.split(".")[1]
        if column in expectations:
            assert data_type in {"float8", "_float8"}
            continue
        assert data_type in {"int8", "_int8"}
        if data_type == "_int8":  # `test_bids_are_whole` tries
            assert column.startswith("auctions.")
            assert f"NEW.{name}" in sound, column
        else:
            assert column in covered_by_reference | covered_by_trigger or f"({name} >= 0)" in checks, column
