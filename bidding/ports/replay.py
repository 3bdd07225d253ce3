"""What a replay needs of the ledger; part of `bidding.ports.ledger.Ledger`."""

from __future__ import annotations

from typing import Protocol

from bidding.domain.ids import AuctionId, TenantId
from bidding.domain.logged import LoggedAuction


class RoundLog(Protocol):
    """The first choice made for each lot, in the order of ids, which is that of time. Only awarded auctions count.

    Every method may raise `LedgerUnavailable`.
    """

    def replay_bounds(self, tenant: TenantId, after: AuctionId | None, size: int) -> list[AuctionId]:
        """The last auction of every `size` logged ones after `after`, and the last of all: ends of pieces."""

    def logged_auctions(self, tenant: TenantId, after: AuctionId | None, upto: AuctionId) -> list[LoggedAuction]:
        """First choices after `after` up to and with `upto`, by id, with the reward and cost known by now."""

    def recent_auctions(self, tenant: TenantId, auctions: int) -> list[LoggedAuction]:
        """First choices among the tenant's last `auctions` auctions, by id."""
