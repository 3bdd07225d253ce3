"""Seats and demonstrations, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bidding.adapters.in_memory.similarity import cosine
from bidding.adapters.in_memory.tables import SeatCircuit, TablesPart
from bidding.domain.circuits import CLOSED, Circuit
from bidding.domain.errors import UnknownRecord
from bidding.domain.graph import THREAD_BONUS
from bidding.domain.ids import AwardId, LotId, SeatId, TaskId, TenantId
from bidding.domain.records import Demonstration
from bidding.domain.seats import Seat, SeatStatus


class InMemoryCatalogue(TablesPart):
    """See `SeatRegistry` and `DemonstrationStore`."""

    def seats(self) -> list[Seat]:
        """All seats with their current prices, by id."""
        with self._tables.lock:
            seats = sorted(self._tables.seats.values(), key=lambda seat: seat.seat_id)
            return [replace(seat, circuit=self._circuit(seat.seat_id)) for seat in seats]

    def put_seat(self, seat: Seat, now_ms: int) -> None:
        """Add a seat, or set its terms and prices anew; the status of a known seat stays."""
        with self._tables.lock:
            known = self._tables.seats.get(seat.seat_id, seat)
            self._tables.seats[seat.seat_id] = replace(seat, status=known.status, only_tenant=known.only_tenant)

    def set_status(self, seat: SeatId, status: SeatStatus) -> None:
        """Retire or readmit. Raises UnknownRecord."""
        with self._tables.lock:
            if seat not in self._tables.seats:
                raise UnknownRecord(f"no seat {seat}")
            self._tables.seats[seat] = replace(self._tables.seats[seat], status=status)

    def admit_call(self, seat: SeatId, award: AwardId, places: int | None, lease_ms: int, now_ms: int) -> bool:
        """True where a call may go ahead now."""
        with self._tables.lock:
            known = self._tables.circuits.setdefault(seat, SeatCircuit())
            if award in known.calls:
                return True
            known.calls = {other: until for other, until in known.calls.items() if until > now_ms}
            places = known.circuit.places(places, now_ms)
            if places is not None and len(known.calls) >= places:
                return False
            known.calls[award] = now_ms + lease_ms
            return True

    def report_call(self, seat: SeatId, award: AwardId, well: bool | None, now_ms: int) -> None:
        """Give the call's place back, and tell what it says of the provider."""
        with self._tables.lock:
            known = self._tables.circuits.setdefault(seat, SeatCircuit())
            known.calls.pop(award, None)
            if well is None or (not well and known.counted == award):
                return
            known.circuit = known.circuit.after(well, now_ms)
            known.counted = known.counted if well else award

    def _circuit(self, seat: SeatId) -> Circuit:
        known = self._tables.circuits.get(seat)
        return replace(known.circuit, calls_until_ms=tuple(known.calls.values())) if known else CLOSED

    def add_demonstration(self, tenant: TenantId, demonstration: Demonstration, now_ms: int) -> None:
        """Remember a solved lot; a later one for the same lot takes its place."""
        key = (tenant, demonstration.lot_id)
        with self._tables.lock:
            if self._tables.demonstrations.get(key) != demonstration:
                self._tables.demonstrations.pop(key, None)  # so that the order stays that of writing
                self._tables.demonstrations[key] = replace(demonstration, similarity=0.0)

    def withdraw_demonstration(self, tenant: TenantId, lot: LotId, now_ms: int) -> None:
        """Take a lot's demonstration out of use, where there is one."""
        with self._tables.lock:
            self._tables.demonstrations.pop((tenant, lot), None)

    def nearest(
        self,
        tenant: TenantId,
        kind: str,
        scope: str,
        embedding: tuple[float, ...],
        limit: int,
        thread_tasks: Sequence[TaskId] = (),
    ) -> list[Demonstration]:
        """The most similar, best first, those without a comparable embedding last; the latest where it is empty."""
        with self._tables.lock:
            latest_first = [
                each
                for (owner, _), each in reversed(self._tables.demonstrations.items())
                if owner == tenant and (each.kind, each.scope) == (kind, scope)
            ]
        comparable = [each for each in latest_first if embedding and len(each.embedding) == len(embedding)]
        others = [each for each in latest_first if each not in comparable]
        compared = [replace(each, similarity=cosine(each.embedding, embedding)) for each in comparable]
        lots = self._tables.lots
        own = {lot_id for (owner, lot_id), lot in lots.items() if owner == tenant and lot.task_id in thread_tasks}
        ranked = sorted(compared, key=lambda each: -each.similarity - THREAD_BONUS * (each.lot_id in own))
        return (ranked + others)[:limit]

    def demonstrations(self, tenant: TenantId, lots: Sequence[LotId]) -> list[Demonstration]:
        """Those of the given lots, in the given order."""
        with self._tables.lock:
            found = [self._tables.demonstrations.get((tenant, lot)) for lot in lots]
        return [each for each in found if each is not None]
