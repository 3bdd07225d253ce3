"""A ledger with a past: a million bids spread over the last day, each with all that followed from it.

A few lots live their whole life through the ledger; the rest are copies of their rows, moved back in time: every id (it
begins with a time) and every timestamp of a copy by the same step. So copies refer to each other as the originals do,
every constraint is checked as they are written, and no column needs to be known here.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from bidding.domain import ids
from bidding.domain.ids import TenantId
from bidding.domain.lots import Lot
from bidding.domain.records import Completion, Outcome, Settlement
from bidding.domain.usage import Usage
from bidding.ports.ledger import Ledger
from stacks.local.bench.made_up_auctions import BIDDERS, LOTS_OF_A_TASK, auction, award_auction, put_lots
from stacks.local.bench.scratch_server import connect, now_ms, open_ledger

DAY_MS = 86_400_000
_TASKS = 10
_COPIES_OF_A_CHUNK = 100
_TABLES = (
    *("tasks", "lots", "auctions", "bids", "holds", "awards"),
    *("executions", "completions", "settlements", "outcomes"),
)
"""Each after all it refers to."""
_SPENT = """
UPDATE budgets SET spent_micros = (SELECT sum(amount_micros) FROM settlements WHERE tenant = %(tenant)s)
WHERE tenant = %(tenant)s
"""
_MOVED_ID = """
CREATE OR REPLACE FUNCTION moved(p_id uuid, p_ms bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (lpad(to_hex(('x' || left(replace(p_id::text, '-', ''), 12))::bit(48)::bigint - p_ms), 12, '0')
        || right(replace(p_id::text, '-', ''), 20))::uuid
"""
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL)
FROM pg_attribute AS a
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attgenerated = '' AND a.attidentity = '' AND a.atttypid <> 'xid8'::regtype  -- those come anew
ORDER BY a.attnum
"""


@dataclass(frozen=True)
class Past:
    """The originals, and how many copies of them make up the whole."""

    dsn: str
    tenant: TenantId
    copies: int

    @classmethod
    def begin(cls, dsn: str, tenant: TenantId, bids: int) -> Past:
        """Let the originals live; `bids` is the number wanted in the end."""
        ledger = open_ledger(dsn)
        lots = put_lots(ledger, tenant, _TASKS, now_ms())
        for draw, lot in enumerate(lots):
            _live(ledger, tenant, lot, draw)
        ledger.close()
        _keep_originals(dsn)
        return cls(dsn, tenant, max(1, bids // (BIDDERS * len(lots)) - 1))

    @property
    def bids(self) -> int:
        """Bids in the ledger when all copies are written."""
        return (self.copies + 1) * BIDDERS * LOTS_OF_A_TASK * _TASKS

    def write(self, part: int, parts: int) -> None:
        """Write one of `parts` equal shares of the copies, oldest first, and gather the planner's statistics."""
        first, last = self.copies * part // parts, self.copies * (part + 1) // parts
        with connect(self.dsn) as connection:
            statements = [_copy(connection, table) for table in _TABLES]
            for begin in range(first, last, _COPIES_OF_A_CHUNK):
                end = min(begin + _COPIES_OF_A_CHUNK, last)
                steps = {"oldest": self.copies - begin, "latest": self.copies - end + 1}
                with connection.transaction():
                    for statement in statements:
                        connection.execute(statement, steps | {"step_ms": DAY_MS // (self.copies + 1)})
            connection.execute(_SPENT, {"tenant": self.tenant})
            connection.execute("VACUUM ANALYZE")


def _keep_originals(dsn: str) -> None:
    """Set the originals' rows aside, to be copied from."""
    with connect(dsn) as connection:
        connection.execute(_MOVED_ID)
        connection.execute("CREATE SCHEMA originals")
        for table in map(Identifier, _TABLES):
            connection.execute(SQL("CREATE TABLE originals.{0} AS TABLE {0}").format(table))


def _copy(connection: psycopg.Connection[TupleRow], table: str) -> Composed:
    """The statement that writes the copies from `oldest` to `latest` steps back, oldest first."""
    columns = connection.execute(_COLUMNS, (table,)).fetchall()
    moved = {"uuid": "moved({}, steps * %(step_ms)s)", "timestamp with time zone": "{} - steps * %(step_ms)s * _MS"}
    values = [
        SQL(moved.get(kind, "{}").replace("_MS", "interval '1 ms'")).format(Identifier(name)) for name, kind in columns
    ]
    copy = SQL(
        "INSERT INTO {0} ({1}) SELECT {2} "
        "FROM generate_series(%(oldest)s::bigint, %(latest)s, -1) AS steps, originals.{0} ORDER BY steps DESC"
    )
    names = [Identifier(name) for name, _ in columns]
    return copy.format(Identifier(table), SQL(", ").join(names), SQL(", ").join(values))


def _live(ledger: Ledger, tenant: TenantId, lot: Lot, draw: int) -> None:
    """All that happens to a lot, from its auction to its judgement."""
    record, at_ms = auction(lot, draw=draw), now_ms()
    award_auction(ledger, tenant, record)
    award = record.award
    assert award is not None
    ledger.claim_execution(tenant, award.award_id, at_ms)
    done = Completion(
        award_id=award.award_id,
        status="succeeded",
        reason=None,
        detail="",
        usage=Usage(500, 60, 1_200),
        cost_micros=award.price_micros,
        latency_ms=850,
        output={"label": "invoice"},
        road="strict",
        raw_key=None,
    )
    ledger.complete_execution(tenant, done, at_ms)
    ledger.settle(tenant, Settlement(award.hold_id, award.award_id, "settled", award.price_micros), at_ms)
    judgement = Outcome(
        outcome_id=ids.outcome_id(award.award_id, "judge", "0"),
        award_id=award.award_id,
        lot_id=lot.lot_id,
        reward=draw % 11 / 10,
        weight=1.0,
        source="judge",
        parts={"score": draw % 11 / 10},
    )
    ledger.record_outcome(tenant, judgement, at_ms)
