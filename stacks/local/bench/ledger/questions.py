"""What is asked of a ledger with a past: why a seat was selected, who won in the last hour, what is to be learnt."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bidding.bootstrap import Settings, build_market, close_markets
from bidding.domain.errors import LedgerConflict
from bidding.domain.ids import LotId, TenantId
from bidding.services.explanation import explain
from bidding.services.learning import fold_policy
from stacks.local.bench.scratch_server import AMPLE_MICROS, app_dsn, connect, now_ms, open_ledger

HOUR_MS = 3_600_000
_EXPLAINED_LOTS = 400
_LAST_HOURS = 40
_WARM_UPS = 20
_AS_TENANT = "SELECT set_config('atomic.tenant', %s, true)"
_SOME_LOTS = "SELECT lot_id::text FROM lots WHERE tenant = %s ORDER BY md5(lot_id::text) LIMIT %s"
# Ids begin with the time of the task, so the primary keys find an hour (and, with partitions, its partition).
_WINS = """
SELECT seat_id, count(*) AS bids, count(*) FILTER (WHERE seat_id = winner) AS wins
FROM (
    SELECT unnest(u.bidders) AS seat_id, a.seat_id AS winner
    FROM auctions AS u
    LEFT JOIN awards AS a ON a.tenant = u.tenant AND a.auction_id = u.auction_id AND a.award_id >= %(since)s
    WHERE u.tenant = %(tenant)s AND u.auction_id >= %(since)s
) AS bid
GROUP BY seat_id
ORDER BY seat_id
"""


@dataclass(frozen=True)
class Latency:
    """How long an answer took, over many."""

    p50_ms: float
    p99_ms: float


def explain_latency(dsn: str, tenant: TenantId) -> Latency:
    """`atomic explain` without its printing: history and sentences of lots all over the past."""
    with connect(dsn) as connection:
        rows = connection.execute(_SOME_LOTS, (tenant, _EXPLAINED_LOTS)).fetchall()
    lots = iter([LotId(lot) for (lot,) in rows] * 2)
    ledger = open_ledger(dsn)
    try:
        return _timed(lambda: explain(ledger.history(tenant, next(lots))), min(_EXPLAINED_LOTS, len(rows)))
    finally:
        ledger.close()


def last_hour_latency(dsn: str, tenant: TenantId) -> Latency:
    """Bids and wins of every seat in the last hour."""
    since = str(uuid.UUID(int=now_ms() - HOUR_MS << 80))
    with connect(app_dsn(dsn)) as connection:

        def ask() -> object:
            with connection.transaction():
                connection.execute(_AS_TENANT, (tenant,))
                return connection.execute(_WINS, {"tenant": tenant, "since": since}).fetchall()

        return _timed(ask, _LAST_HOURS)


def fold_rate(dsn: str, tenant: TenantId) -> tuple[int, float]:
    """Fold all that is pending into the next version of the policy: how many events, and how many a second."""
    market = build_market(Settings(database_url=app_dsn(dsn), bucket="none", default_budget_micros=AMPLE_MICROS))
    try:
        before, events = market.ledger.current(tenant), len(market.ledger.pending(tenant).events)
        started = time.perf_counter()
        version = fold_policy(market, tenant)
        elapsed = time.perf_counter() - started
    finally:
        close_markets()
    if version != before.version + 1 or not events:
        raise LedgerConflict(f"a fold of {events} events made version {version} of version {before.version}")
    return events, events / elapsed


def _timed(ask: Callable[[], object], number: int) -> Latency:
    for _ in range(_WARM_UPS):
        ask()
    took_ms = []
    for _ in range(max(1, number - _WARM_UPS)):
        started = time.perf_counter()
        ask()
        took_ms.append(1_000 * (time.perf_counter() - started))
    return Latency(float(np.percentile(took_ms, 50)), float(np.percentile(took_ms, 99)))
