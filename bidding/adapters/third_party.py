"""Bidders elsewhere, by the bid protocol: asked for their terms lot by lot, and for the answer where they win.

Nothing a bidder sends or fails to send raises anything but EngineFailure: a late, broken, endless or hostile answer is
a no-bid, or a failed execution that costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from bidding.adapters.answer_forms import estimated_tokens
from bidding.adapters.bid_signing import HEADER, signature
from bidding.adapters.http import HttpCaller
from bidding.adapters.keys import KeyRing
from bidding.adapters.prompts import build_messages
from bidding.domain.bids import NoBid
from bidding.domain.claims import CallForBid, Claim
from bidding.domain.errors import EngineFailure
from bidding.domain.ids import auction_id
from bidding.domain.jobs import Answer, Job
from bidding.domain.seats import Seat
from bidding.domain.usage import Usage
from schemas.bid_protocol import BidAnswer, BidCall, JobAnswer, JobCall, OfferedInput, OfferedLabel, OfferedLot

Message = TypeVar("Message", bound=BaseModel)
CHARS_PER_TOKEN = 4


class ThirdPartyEngine:
    """Implements `Bidder`: `seat.call.base_url` is asked under `/bids` and `/jobs`, signed with `call.signing_key`."""

    def __init__(self, keys: KeyRing, http: HttpCaller, seconds: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._http = http
        self._seconds = seconds

    def unavailable_because(self, seat: Seat) -> str | None:
        """A sentence where the signing key is not set, else None."""
        return self._keys.missing(seat.call.signing_key)

    def count_tokens(self, seat: Seat, job: Job) -> int:
        """An estimate: a third party is paid by the lot."""
        return estimated_tokens(build_messages(job), job)

    def solicit(self, seat: Seat, call: CallForBid) -> Claim | NoBid:
        """The seat's terms for a lot, or a no-bid that says what came instead."""
        lot_auction = auction_id(call.lot.lot_id, call.attempt, 1)
        message = BidCall(id=lot_auction, seat=seat.seat_id, tmax_ms=call.tmax_ms, lot=_offered(call.job))
        try:
            answer = self._ask(seat, "/bids", message, BidAnswer, call.tmax_ms)
        except EngineFailure as failure:
            return NoBid(seat.seat_id, "no_answer", failure.detail[:300])
        if answer.id != lot_auction:
            return NoBid(seat.seat_id, "technical_error", "the bid is for another auction")
        if answer.bid is None:
            return NoBid(seat.seat_id, "declined", f"nbr {answer.nbr}: {answer.detail}"[:300])
        offer = answer.bid
        if not 1 <= offer.price_micros <= call.price_max_micros:
            asked = f"asks {offer.price_micros} micro-dollars, its contract allows 1 to {call.price_max_micros}"
            return NoBid(seat.seat_id, "technical_error", asked)
        return Claim(seat.seat_id, offer.price_micros, offer.quality, offer.latency_ms)

    def answer(self, seat: Seat, job: Job) -> Answer:
        """The winner's answer. Raises EngineFailure; `started` is False where the call never reached it."""
        message = JobCall(id=job.award or "none", seat=seat.seat_id, lot=_offered(job))
        answer = self._ask(seat, "/jobs", message, JobAnswer, job.timeout_ms)
        if answer.id != message.id:
            raise EngineFailure("invalid", "the answer is for another award")
        if answer.answer is None:
            raise EngineFailure(answer.failure or "invalid", answer.detail or "no answer", started=False)
        tokens = 1 + len(answer.answer) // CHARS_PER_TOKEN
        return Answer(answer.answer, Usage(self.count_tokens(seat, job), tokens))

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _ask(self, seat: Seat, place: str, message: BaseModel, kind: type[Message], timeout_ms: int) -> Message:
        url = str(seat.call.base_url).rstrip("/") + place
        body = message.model_dump_json().encode()
        key = self._keys.key(str(seat.call.signing_key))
        headers = {
            "content-type": "application/json",
            HEADER: signature(key, urlsplit(url).path, body, int(self._seconds())),
        }
        reply = self._http.post(url, body, headers, timeout_ms)
        if reply.status == 429:
            raise EngineFailure("throttled", "HTTP 429", started=False)
        if reply.status != 200:
            raise EngineFailure("unavailable", f"HTTP {reply.status}", started=reply.status >= 500)
        try:
            return kind.model_validate_json(reply.body)
        except (ValidationError, RecursionError) as error:
            raise EngineFailure("invalid", f"not a {kind.__name__}: {error}"[:300]) from error


def _offered(job: Job) -> OfferedLot:
    """What a bidder is told of a lot: neither sender, nor demonstrations, nor what is known from other mails."""
    payload = job.payload
    return OfferedLot(
        kind=job.kind,
        output=job.output,
        json_schema=dict(job.json_schema),
        input=OfferedInput(
            part=payload.part,
            text=payload.text,
            subject=payload.subject,
            sent_on=payload.sent_on,
            language=payload.language,
            labels=tuple(OfferedLabel(name=label.name, description=label.description) for label in payload.labels),
        ),
        max_output_tokens=job.max_output_tokens,
        deadline_ms=job.timeout_ms,
    )
