"""SealReceipts: seal what was committed since the last time. Called every minute, for the whole installation."""

from __future__ import annotations

from bidding.domain.upkeep_events import ReceiptsSealed
from bidding.ports.market import Market
from bidding.services.receipts import seal_receipts
from lambdas.environment import notary
from lambdas.wire import state
from schemas.receipts import SealedReceipts, SealRequest


@state(SealRequest)
def handler(market: Market, _request: SealRequest) -> SealedReceipts:
    """Raises LedgerRolledBack, and seals nothing, where the ledger is not the one that was anchored."""
    sealed = seal_receipts(notary())
    rows = sum(each.receipt.leaf_count for each in sealed)
    market.observer.report(ReceiptsSealed(receipts=len(sealed), rows=rows))
    return SealedReceipts(receipts=len(sealed), rows=rows)
