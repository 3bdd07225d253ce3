"""Deferred lots, and who has them."""

from __future__ import annotations

from collections.abc import Sequence

from bidding.adapters.postgres.part import LedgerPart
from bidding.domain.deferrals import LEASE_MS, Deferral
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import AwardId, SeatId, TenantId

_COLUMNS = """
SELECT award_id, lot_id, seat_id, job_key, (1000 * extract(epoch FROM expires_at))::bigint AS expires_ms FROM
"""
_ONE = _COLUMNS + "deferrals WHERE tenant = %(tenant)s AND award_id = %(award)s"
_OPEN = (
    _COLUMNS
    + "open_deferrals WHERE tenant = %(tenant)s AND (1000 * extract(epoch FROM expires_at)) > %(now_ms)s "
    + "ORDER BY expires_at, award_id LIMIT 200"
)
_PUT = """
SELECT put_deferral(%(tenant)s, %(award)s, %(lot)s, %(seat)s, %(job_key)s, %(expires_ms)s, %(now_ms)s)
"""
_TAKE = _COLUMNS + "take_deferral(%(tenant)s, %(seats)s, %(worker)s, %(now_ms)s, %(lease_ms)s)"
_KEEP = "SELECT keep_deferral(%(tenant)s, %(award)s, %(worker)s, %(now_ms)s, %(lease_ms)s)"


class PostgresDeferrals(LedgerPart):
    """See `DeferredWork`."""

    def put_deferral(self, tenant: TenantId, deferral: Deferral, now_ms: int) -> None:
        """Offer an award to those who answer later."""
        self._database.value(
            _PUT,
            {
                "tenant": tenant,
                "award": deferral.award_id,
                "lot": deferral.lot_id,
                "seat": deferral.seat_id,
                "job_key": deferral.job_key,
                "expires_ms": deferral.expires_ms,
                "now_ms": now_ms,
            },
        )

    def deferral(self, tenant: TenantId, award: AwardId) -> Deferral:
        """Raises UnknownRecord."""
        row = self._database.row(_ONE, {"tenant": tenant, "award": award})
        if row is None:
            raise UnknownRecord(f"award {award} was not deferred")
        return Deferral(**row)

    def open_deferrals(self, tenant: TenantId, now_ms: int) -> list[Deferral]:
        """Those that can still be answered, the first to expire first."""
        return [Deferral(**row) for row in self._database.rows(_OPEN, {"tenant": tenant, "now_ms": now_ms})]

    def take_deferral(
        self, tenant: TenantId, seats: Sequence[SeatId], worker: str, now_ms: int, lease_ms: int = LEASE_MS
    ) -> Deferral | None:
        """The next lot of these seats, for this worker alone until its lease ends."""
        asked = {"tenant": tenant, "seats": list(seats), "worker": worker, "now_ms": now_ms, "lease_ms": lease_ms}
        row = self._database.row(_TAKE, asked)
        return Deferral(**row) if row else None

    def keep_deferral(
        self, tenant: TenantId, award: AwardId, worker: str, now_ms: int, lease_ms: int = LEASE_MS
    ) -> bool:
        """Go on having it; False where somebody else has it, or nobody can any more."""
        asked = {"tenant": tenant, "award": award, "worker": worker, "now_ms": now_ms, "lease_ms": lease_ms}
        return bool(self._database.value(_KEEP, asked))
