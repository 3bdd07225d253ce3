"""How the server finds one row, planned before there is any: a session keeps such a plan while the ledger grows."""

from __future__ import annotations

import re

import psycopg

from tests.database.conftest import Connection

_KEYS = """
SELECT c.oid::regclass::text, array_agg(a.attname::text ORDER BY k.place)
FROM pg_constraint AS n
JOIN pg_class AS c ON c.oid = CASE n.contype WHEN 'f' THEN n.confrelid ELSE n.conrelid END
CROSS JOIN unnest(CASE n.contype WHEN 'f' THEN n.confkey ELSE n.conkey END) WITH ORDINALITY AS k (number, place)
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.number
WHERE n.contype IN ('p', 'f') AND n.connamespace = 'public'::regnamespace AND NOT c.relispartition
GROUP BY n.oid, c.oid
"""


def test_a_key_is_looked_up_by_more_than_its_tenant(fresh: str) -> None:
    """On an empty ledger, no plan that finds a row by its key reads all rows of the tenant."""
    with psycopg.connect(fresh, autocommit=True) as connection:
        keys = [(table, columns) for table, columns in connection.execute(_KEYS).fetchall() if len(columns) > 1]
        conditions = {
            (table, condition)
            for table, columns in keys
            for condition in re.findall(r"Index Cond: (.*)", _plan(connection, table, columns))
        }

    assert {table for table, _ in conditions} >= {"lots", "holds", "auctions", "awards", "settlements", "outcomes"}
    assert [found for found in conditions if found[1] == "(tenant = $1)"] == []


def _plan(connection: Connection, table: str, columns: list[str]) -> str:
    condition = " AND ".join(f"{column} = ${number}" for number, column in enumerate(columns, 1))
    query = f"EXPLAIN (GENERIC_PLAN) SELECT 1 FROM {table} WHERE {condition}"
    lines = connection.execute(query.encode(), prepare=False).fetchall()  # its parameters are never bound
    return "\n".join(line for (line,) in lines)
