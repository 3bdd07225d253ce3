"""The log of first choices, for replay."""

from __future__ import annotations

from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.part import LedgerPart
from bidding.domain.ids import AuctionId, TenantId
from bidding.domain.logged import LoggedAuction, LoggedBid

_BOUNDS = "SELECT replay_bounds(%(tenant)s, %(after)s, %(size)s) AS auction_id"
_LOGGED = "SELECT * FROM logged_auctions(%(tenant)s, %(after)s, %(upto)s)"
_RECENT = """
SELECT auction_id FROM auctions WHERE tenant = %(tenant)s ORDER BY auction_id DESC LIMIT %(auctions)s + 1
"""


class PostgresRoundLog(LedgerPart):
    """See `RoundLog`."""

    def replay_bounds(self, tenant: TenantId, after: AuctionId | None, size: int) -> list[AuctionId]:
        """The last auction of every `size` logged ones after `after`, and the last of all."""
        rows = self._database.rows(_BOUNDS, {"tenant": tenant, "after": after, "size": size})
        return [row["auction_id"] for row in rows]

    def logged_auctions(self, tenant: TenantId, after: AuctionId | None, upto: AuctionId) -> list[LoggedAuction]:
        """First choices after `after` up to and with `upto`, by id."""
        rows = self._database.rows(_LOGGED, {"tenant": tenant, "after": after, "upto": upto})
        return [_auction(row) for row in rows]

    def recent_auctions(self, tenant: TenantId, auctions: int) -> list[LoggedAuction]:
        """First choices among the tenant's last `auctions` auctions, by id."""
        ids = [row["auction_id"] for row in self._database.rows(_RECENT, {"tenant": tenant, "auctions": auctions})]
        if not ids:
            return []
        return self.logged_auctions(tenant, ids[-1] if len(ids) > auctions else None, ids[0])


def _auction(row: Row) -> LoggedAuction:
    bids = tuple(LoggedBid(**bid) for bid in row.pop("bids"))
    return LoggedAuction(**row, bids=bids)
