"""Who may bid."""

from __future__ import annotations

from dataclasses import asdict, fields

from bidding.adapters.postgres.connection import Row
from bidding.adapters.postgres.part import LedgerPart, as_json
from bidding.domain.calls import USUAL, CallSettings
from bidding.domain.circuits import COOL_MS, COOL_MS_MAX, FAILURES_TO_OPEN, Circuit
from bidding.domain.errors import UnknownRecord
from bidding.domain.ids import AwardId, SeatId
from bidding.domain.seats import PriceList, Seat, SeatStatus

_SEATS = """
SELECT s.seat_id, s.engine, s.model, s.kinds, s.location, s.demonstrations, s.context_tokens, s.max_output_tokens,
       s.timeout_ms, s.prior_quality, s.status, s.only_tenant, s.call,
       p.input_micros_per_mtok, p.output_micros_per_mtok, p.cpu_second_micros, p.prompt_tokens_per_second,
       p.output_tokens_per_second, p.request_cpu_ms, p.source,
       p.cache_read_micros_per_mtok, p.cache_write_micros_per_mtok,
       c.failures, c.openings, (extract(epoch FROM c.open_until) * 1000)::bigint AS open_until_ms,
       ARRAY(
           SELECT (extract(epoch FROM w.expires_at) * 1000)::bigint FROM seat_calls AS w WHERE w.seat_id = s.seat_id
       ) AS calls_until_ms
FROM seats AS s
JOIN current_seat_prices AS p USING (seat_id)
LEFT JOIN seat_circuits AS c USING (seat_id)
ORDER BY s.seat_id
"""
_ADMIT_CALL = "SELECT admit_call(%(seat)s, %(award)s, %(places)s, %(lease_ms)s, %(now_ms)s)"
_REPORT_CALL = """
SELECT report_call(%(seat)s, %(award)s, %(well)s, %(failures_to_open)s, %(cool_ms)s, %(cool_ms_max)s, %(now_ms)s)
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
        terms["call"] = _given(terms["call"])
        self._database.value(
            "SELECT put_seat(%(seat)s, %(prices)s, %(now_ms)s)",
            {"seat": as_json(terms), "prices": as_json(prices), "now_ms": now_ms},
        )

    def set_status(self, seat: SeatId, status: SeatStatus) -> None:
        """Retire or readmit. Raises UnknownRecord."""
        if not self._database.value(_SET_STATUS, {"seat": seat, "status": status}):
            raise UnknownRecord(f"no seat {seat}")

    def admit_call(self, seat: SeatId, award: AwardId, places: int | None, lease_ms: int, now_ms: int) -> bool:
        """True where a call may go ahead now."""
        parameters = {"seat": seat, "award": award, "places": places, "lease_ms": lease_ms, "now_ms": now_ms}
        return bool(self._database.value(_ADMIT_CALL, parameters))

    def report_call(self, seat: SeatId, award: AwardId, well: bool | None, now_ms: int) -> None:
        """Give the call's place back, and tell what it says of the provider."""
        self._database.value(
            _REPORT_CALL,
            {
                "seat": seat,
                "award": award,
                "well": well,
                "failures_to_open": FAILURES_TO_OPEN,
                "cool_ms": COOL_MS,
                "cool_ms_max": COOL_MS_MAX,
                "now_ms": now_ms,
            },
        )


def _seat(row: Row) -> Seat:
    prices = PriceList(**{field.name: row.pop(field.name) for field in fields(PriceList)})
    circuit = Circuit(
        failures=row.pop("failures") or 0,
        openings=row.pop("openings") or 0,
        open_until_ms=row.pop("open_until_ms"),
        calls_until_ms=tuple(row.pop("calls_until_ms")),
    )
    known = {"kinds": frozenset(row["kinds"]), "call": CallSettings(**row["call"])}
    return Seat(**row | known, prices=prices, circuit=circuit)


def _given(call: dict[str, object]) -> dict[str, object]:
    """The settings that are not the engine's own default, so that a default may change later."""
    return {name: value for name, value in call.items() if value != getattr(USUAL, name)}
