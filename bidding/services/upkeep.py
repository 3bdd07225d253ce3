"""Keep the ledger in order: resolve what dead processes left, make room for the months to come."""

from __future__ import annotations

from dataclasses import asdict

from bidding.domain.budgets import Gauges, PartitionState, Sweep
from bidding.domain.upkeep_events import HoldsSwept, MarketMeasured, PartitionsKept
from bidding.ports.market import Market

MONTHS_AHEAD = 2
WINS_MS = 3_600 * 1_000
"""How far back wins and open holds are counted for the gauges."""
RECENT_MS = 6 * 3_600 * 1_000
"""How far back the sweep of every minute looks. Older holds are found by the daily one, which looks at all."""


def sweep(market: Market, since_ms: int = 0) -> Sweep:
    """Resolve all expired holds placed since `since_ms`, over all tenants."""
    voided = settled = 0
    while True:
        now_ms = market.clock()
        found = market.ledger.sweep_holds(now_ms, since_ms)
        voided, settled = voided + found.voided, settled + found.settled
        if found == Sweep(0, 0):
            market.observer.report(HoldsSwept(voided=voided, settled=settled))
            return Sweep(voided, settled)


def sweep_recent(market: Market) -> Sweep:
    """Resolve expired holds of the last hours."""
    return sweep(market, market.clock() - RECENT_MS)


def maintain(market: Market) -> tuple[Sweep, list[PartitionState]]:
    """Once a day: make the partitions of the coming months, then resolve every expired hold there is."""
    partitions = market.ledger.maintain_partitions(market.clock(), MONTHS_AHEAD)
    stranded = sum(each.rows_in_default for each in partitions)
    market.observer.report(PartitionsKept(partitions=len(partitions), rows_in_default=stranded))
    return sweep(market), partitions


def measure_market(market: Market) -> Gauges:
    """How the market stands now, over all tenants, told to whoever watches."""
    now_ms = market.clock()
    gauges = market.ledger.market_gauges(now_ms, now_ms - WINS_MS)
    market.observer.report(MarketMeasured(**asdict(gauges)))
    return gauges
