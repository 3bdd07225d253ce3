"""Who may bid."""

from __future__ import annotations

from dataclasses import asdict

from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.part import LedgerPart, as_json
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import SeatId
from bidding.domain.seats import PriceList, Seat, SeatStatus

_SEATS = """
SELECT s.seat_id, s.engine, s.model, s.kinds, s.location, s.demonstrations, s.context_tokens, s.max_output_tokens,
       s.timeout_ms, s.prior_quality, s.status, s.only_tenant,
       p.input_micros_per_mtok, p.output_micros_per_mtok, p.cpu_second_micros, p.prompt_tokens_per_second,
       p.output_tokens_per_second, p.request_cpu_ms, p.source
FROM seats AS s
JOIN current_seat_prices AS p USING (seat_id)
ORDER BY s.seat_id
"""
_SET_STATUS = "SELECT set_seat_status(%(seat)s, %(status)s)"


class PostgresSeats(LedgerPart):
    """See `SeatRegistry`."""

    def seats(self) -> list[Seat]:
        """All seats with their current prices, by id."""
        return [_seat(row) for row in self._database.rows(_SEATS, {})]

    def put_seat(self, seat: Seat, now_ms: int) -> None:
        """Add a seat, or set its terms and prices anew; the status of a known seat stays."""
        terms = asdict(seat) | {"kinds": sorted(seat.kinds)}
        prices = terms.pop("prices")
        self._database.value(
            "SELECT put_seat(%(seat)s, %(prices)s, %(now_ms)s)",
            {"seat": as_json(terms), "prices": as_json(prices), "now_ms": now_ms},
        )

    def set_status(self, seat: SeatId, status: SeatStatus) -> None:
        """Retire or readmit. Raises UnknownRecord."""
        if not self._database.value(_SET_STATUS, {"seat": seat, "status": status}):
            raise UnknownRecord(f"no seat {seat}")


def _seat(row: Row) -> Seat:
    prices = PriceList(
        input_micros_per_mtok=row.pop("input_micros_per_mtok"),
        output_micros_per_mtok=row.pop("output_micros_per_mtok"),
        cpu_second_micros=row.pop("cpu_second_micros"),
        prompt_tokens_per_second=row.pop("prompt_tokens_per_second"),
        output_tokens_per_second=row.pop("output_tokens_per_second"),
        request_cpu_ms=row.pop("request_cpu_ms"),
        source=row.pop("source"),
    )
    return Seat(**row | {"kinds": frozenset(row["kinds"]), "prices": prices})
