"""Seats that answer later: a person, a worker on premises. They are asked through the API, not called."""

from __future__ import annotations

from bidding.domain.errors import EngineFailure
from bidding.domain.jobs import Answer, Job
from bidding.domain.seats import Seat

_CHARS_PER_TOKEN = 4


class DeferredEngine:
    """Implements `Engine` as far as a quote needs it."""

    def unavailable_because(self, seat: Seat) -> str | None:
        """None: whether anybody works for it shows when nobody answers in time."""
        return None

    def count_tokens(self, seat: Seat, job: Job) -> int:
        """A quarter of the characters."""
        shown = sum(len(one.text) for one in job.demonstrations)
        return 1 + (len(job.payload.subject) + len(job.payload.text) + shown) // _CHARS_PER_TOKEN

    def answer(self, seat: Seat, job: Job) -> Answer:
        """Raises EngineFailure: `run_lot` hands such an award back, and `process_task` waits for its answer."""
        raise EngineFailure("unavailable", f"{seat.seat_id} answers later and is not called", started=False)
