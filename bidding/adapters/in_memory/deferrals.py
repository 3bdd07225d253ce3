"""Deferred lots, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from bidding.adapters.in_memory.tables import TablesPart
from bidding.domain.deferrals import LEASE_MS, Deferral
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import AwardId, SeatId, TenantId


class InMemoryDeferrals(TablesPart):
    """See `DeferredWork`."""

    def put_deferral(self, tenant: TenantId, deferral: Deferral, now_ms: int) -> None:
        """Offer an award to those who answer later."""
        self._tables.deferrals.setdefault((tenant, deferral.award_id), deferral)

    def deferral(self, tenant: TenantId, award: AwardId) -> Deferral:
        """Raises UnknownRecord."""
        try:
            return self._tables.deferrals[tenant, award]
        except KeyError:
            raise UnknownRecord(f"award {award} was not deferred") from None

    def open_deferrals(self, tenant: TenantId, now_ms: int) -> list[Deferral]:
        """Those that can still be answered, the first to expire first."""
        found = [each for (owner, _), each in self._tables.deferrals.items() if owner == tenant]
        still = [each for each in found if each.expires_ms > now_ms and not self._is_resolved(tenant, each)]
        return sorted(still, key=lambda each: (each.expires_ms, each.award_id))

    def take_deferral(
        self, tenant: TenantId, seats: Sequence[SeatId], worker: str, now_ms: int, lease_ms: int = LEASE_MS
    ) -> Deferral | None:
        """The next lot of these seats, for this worker alone until its lease ends."""
        with self._tables.lock:
            leases = self._tables.worker_leases
            free = []
            for each in self.open_deferrals(tenant, now_ms):
                holder, until_ms = leases.get((tenant, each.award_id), (worker, 0))
                if each.seat_id in seats and (holder == worker or until_ms <= now_ms):
                    free.append((leases.get((tenant, each.award_id), ("", 0))[0] != worker, each))
            if not free:
                return None
            taken = min(free, key=lambda pair: pair[0])[1]
            leases[tenant, taken.award_id] = (worker, now_ms + lease_ms)
            return taken

    def keep_deferral(
        self, tenant: TenantId, award: AwardId, worker: str, now_ms: int, lease_ms: int = LEASE_MS
    ) -> bool:
        """Go on having it; False where somebody else has it, or nobody can any more."""
        with self._tables.lock:
            mine = self._tables.worker_leases.get((tenant, award), ("", 0))[0] == worker
            alive = any(each.award_id == award for each in self.open_deferrals(tenant, now_ms))
            if mine and alive:
                self._tables.worker_leases[tenant, award] = (worker, now_ms + lease_ms)
            return mine and alive

    def _is_resolved(self, tenant: TenantId, deferral: Deferral) -> bool:
        award = self._tables.awards.get((tenant, deferral.award_id))
        settled = award is not None and (tenant, award.hold_id) in self._tables.settlements
        return settled or (tenant, deferral.award_id) in self._tables.completions
