"""ReplayChunk: sum up one chunk of the log for every policy."""

from __future__ import annotations

from bidding.domain.ids import TenantId
from bidding.ports.market import Market
from bidding.services.replay import Chunk, replay_chunk
from lambdas.wire import state, to_domain
from schemas.replay import ChunkRequest, ReplayedChunk


@state(ChunkRequest)
def handler(market: Market, request: ChunkRequest) -> ReplayedChunk:
    """A retry writes the same document again."""
    chunk = to_domain(Chunk, request.chunk)
    auctions = replay_chunk(market, TenantId(request.tenant), request.replay_id, request.policies, chunk)
    return ReplayedChunk(auctions=auctions)
