"""Ask every seat for its quote on one lot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from bidding.domain import ids
from bidding.domain.bids import Bid, BidRequest, NoBid, NoBidReason
from bidding.domain.claims import CallForBid, Claim, ClaimHistory
from bidding.domain.dataclass import dataclass
from bidding.domain.demonstrations import CONTEXT_SHARE, DIVERSITY, SPARE, choose, tokens_shown
from bidding.domain.errors import EngineFailure, Misconfigured
from bidding.domain.ids import LotId, SeatId, TenantId
from bidding.domain.learning.learner import Learner, PaceTerms
from bidding.domain.lot_events import AuctionOpened
from bidding.domain.lots import Lot, Payload
from bidding.domain.pace import fallback_order
from bidding.domain.records import Demonstration, JsonObject
from bidding.domain.seats import Seat
from bidding.domain.variants import Variant
from bidding.ports.engines import Engine
from bidding.ports.market import Market
from bidding.ports.seats import Bidder
from bidding.services.judging import shut_out
from bidding.services.knowledge import recall
from bidding.services.payloads import context_of, load_payload, make_job, scope_of, text_of
from bidding.services.solicitation import TMAX_MS, Asked, solicit_all

DETAIL_CHARS_MAX = 500
COUNT_MARGIN = 2
"""How far a provider may count more input tokens than we do: a hold covers that."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """All answers to one call for bids."""

    request: BidRequest
    bids: tuple[Bid, ...]
    no_bids: tuple[NoBid, ...]


@dataclass(frozen=True, slots=True)
class _Floor:
    """What the seats are shown: the lot, its payload, and what was solved before."""

    lot: Lot
    payload: Payload
    context: dict[str, JsonObject]
    nearest: tuple[Demonstration, ...]
    known: tuple[str, ...]
    learner: Learner
    variants: Mapping[SeatId, Variant]


def open_auction(market: Market, tenant: TenantId, lot_id: LotId, attempt: int) -> Quotes:
    """Call for bids on a lot. A seat that may not see the payload is never shown it."""
    lot = market.ledger.lot(tenant, lot_id)
    policy = market.ledger.current(tenant)
    seats = [seat for seat in market.ledger.seats() if seat.only_tenant in {None, tenant}]
    published: dict[str, float] = {seat.seat_id: seat.prior_quality for seat in seats if seat.prior_quality is not None}
    learner = policy.appraiser(lot.kind, [seat.seat_id for seat in seats], published)
    answers: list[Bid | NoBid] = []
    eligible = []
    partial = shut_out(market.ledger, lot, seats)
    for seat in seats:
        if reason := seat.ineligible_because(lot.kind, lot.data_class, market.clock()):
            answers.append(NoBid(seat.seat_id, reason))
        elif seat.seat_id in partial:
            answers.append(NoBid(seat.seat_id, "same_family"))
        else:
            eligible.append(seat)
    compiled = any(seat.only_tenant for seat in eligible)
    variants = {each.seat_id: each for each in market.ledger.variants(tenant)} if compiled else {}
    floor = _open_floor(market, lot, learner, variants, most=max((seat.demonstrations for seat in eligible), default=0))
    answers += _answers(market, floor, eligible, attempt)
    bids = tuple(answer for answer in answers if isinstance(answer, Bid))
    terms = terms_for(learner, bids)
    request = BidRequest(
        auction_id=ids.auction_id(lot_id, attempt, 1),
        lot=lot,
        attempt=attempt,
        policy_version=policy.version,
        pace=terms.pace,
        purse_micros=terms.purse_micros,
        uniform_share=terms.uniform_share,
    )
    quotes = Quotes(
        request=request,
        bids=bids,
        no_bids=tuple(answer for answer in answers if isinstance(answer, NoBid)),
    )
    market.observer.report(_opened(quotes))
    return quotes


def terms_for(learner: Learner, bids: Sequence[Bid]) -> PaceTerms:
    """What the pace demands of an auction of these bids."""
    if not bids:
        return learner.request_terms(0)
    fallback = min(bids, key=lambda bid: fallback_order(bid.listed_micros, bid.price_micros, bid.seat_id))
    return learner.request_terms(fallback.price_micros, fallback.listed_micros)


def _opened(quotes: Quotes) -> AuctionOpened:
    lot = quotes.request.lot
    return AuctionOpened(
        tenant=lot.tenant,
        task_id=lot.task_id,
        lot_id=lot.lot_id,
        kind=lot.kind,
        attempt=quotes.request.attempt,
        policy_version=quotes.request.policy_version,
        bids=len(quotes.bids),
        no_bids=len(quotes.no_bids),
    )


def _open_floor(market: Market, lot: Lot, learner: Learner, variants: Mapping[SeatId, Variant], most: int) -> _Floor:
    payload = load_payload(market.documents, lot)
    recalled = recall(market, lot, payload)
    nearest: list[Demonstration] = []
    if most:
        embedding = market.embedder.embed(text_of(payload))
        scope = scope_of(payload)
        nearest = market.ledger.nearest(lot.tenant, lot.kind, scope, embedding, most + SPARE, recalled.thread_tasks)
    return _Floor(lot, payload, context_of(market, lot), tuple(nearest), recalled.lines, learner, variants)


def _answers(market: Market, floor: _Floor, seats: Sequence[Seat], attempt: int) -> list[Bid | NoBid]:
    """What each seat answers; those who set their own price are asked for it, and what they claim is written down."""
    looked = [_look(market, floor, seat, attempt) for seat in seats]
    said = solicit_all([each for each in looked if isinstance(each, Asked)])
    claims = [word for word in said.values() if isinstance(word, Claim)]
    records: dict[SeatId, ClaimHistory] = {}
    if claims:
        market.ledger.record_claims(floor.lot.tenant, floor.lot.lot_id, attempt, claims, market.clock())
        records = market.ledger.claim_records(floor.lot.tenant)
    answers: list[Bid | NoBid] = []
    for seat, each in zip(seats, looked, strict=True):
        word = said[seat.seat_id] if isinstance(each, Asked) else each
        answers.append(_believed(floor, seat, word, records) if isinstance(word, Claim) else word)
    return answers


def _believed(floor: _Floor, seat: Seat, claim: Claim, records: Mapping[SeatId, ClaimHistory]) -> Bid:
    """A bid at the claimed price, as good as we believe the seat to be: see `bidding.domain.claims`."""
    (belief,) = floor.learner.beliefs(floor.lot.kind, [seat.seat_id])
    latency = floor.learner.latency_factor(seat.seat_id, floor.lot.kind, 1)
    record = records.get(seat.seat_id)
    return Bid(
        seat_id=seat.seat_id,
        price_micros=claim.price_micros,
        hold_micros=claim.price_micros,
        quality_mean=belief.mean + (record.shift(claim.quality) if record else 0.0),
        quality_sd=belief.sd,
        latency_ms=round(claim.latency_ms * latency.expected),
        input_tokens=1,
        output_tokens=1,
        price_upper_micros=claim.price_micros,
        latency_upper_ms=round(claim.latency_ms * latency.upper),
        failure_chance=floor.learner.failure_chance(seat.seat_id, floor.lot.kind, 1),
        listed_micros=float(claim.price_micros),
        listed_latency_ms=float(max(1, claim.latency_ms)),
    )


def _look(market: Market, floor: _Floor, seat: Seat, attempt: int) -> Asked | Bid | NoBid:
    """The seat's bid by its price list, or why it makes none; who sets its own price is yet to be asked."""
    try:
        engine = market.engines.engine_of(seat)
    except Misconfigured as error:
        return NoBid(seat.seat_id, "technical_error", str(error)[:DETAIL_CHARS_MAX])
    if missing := engine.unavailable_because(seat):
        return NoBid(seat.seat_id, "package_missing", missing[:DETAIL_CHARS_MAX])
    variant = floor.variants.get(seat.seat_id)
    instruction, shown = _prompt(market, floor, seat, variant)
    try:
        input_tokens = _input_tokens(market, floor, seat, engine, shown, instruction)
        while shown and input_tokens + seat.max_output_tokens > seat.context_tokens:
            shown = shown[:-1]  # the farthest goes first
            input_tokens = _input_tokens(market, floor, seat, engine, shown, instruction)
    except EngineFailure as failure:
        reason: NoBidReason = "declined" if failure.reason == "refused" else "technical_error"
        return NoBid(seat.seat_id, reason, failure.detail[:DETAIL_CHARS_MAX])
    if input_tokens + seat.max_output_tokens > seat.context_tokens:
        need = input_tokens + seat.max_output_tokens
        return NoBid(seat.seat_id, "over_context", f"needs {need} tokens of {seat.context_tokens}")
    bid = quote(seat, floor.lot, floor.learner, input_tokens, shown)
    if variant and not variant.may_explore(bid.price_micros):
        spent = f"its trial has spent {variant.spent_micros} of {variant.exploration_micros} µ$"
        return NoBid(seat.seat_id, "exploration_spent", spent)
    return _asked(market, floor, seat, engine, bid, attempt) if isinstance(engine, Bidder) else bid


def _asked(market: Market, floor: _Floor, seat: Seat, bidder: Bidder, bid: Bid, attempt: int) -> Asked:
    """What a bidder is to be asked: its price list bounds what it may ask for."""
    job = make_job(market, floor.lot, floor.payload, seat, floor.context, (), floor.known)
    return Asked(seat, bidder, CallForBid(floor.lot, job, attempt, bid.hold_micros, TMAX_MS))


def _prompt(
    market: Market, floor: _Floor, seat: Seat, variant: Variant | None
) -> tuple[str, tuple[Demonstration, ...]]:
    """A variant's instruction and demonstrations; else the usual instruction, and the nearest."""
    if variant is None:
        return "", demonstrations_for(seat, floor.nearest)
    solved = market.ledger.demonstrations(floor.lot.tenant, variant.demonstrations)
    return variant.instruction, usable(seat, [each for each in solved if each.scope == scope_of(floor.payload)])


def usable(seat: Seat, chosen: Sequence[Demonstration]) -> tuple[Demonstration, ...]:
    """Those of a variant's demonstrations that are verified still, and that the seat may see, in their order."""
    return choose(
        chosen,
        len(chosen),
        location=seat.location,
        room_tokens=CONTEXT_SHARE * seat.context_tokens,
        count_tokens=tokens_shown,
        diversity=0.0,
    )


def demonstrations_for(seat: Seat, pool: Sequence[Demonstration]) -> tuple[Demonstration, ...]:
    """What a seat is shown of the pool. A classifier votes with the nearest; a prompt is better served by variety."""
    return choose(
        pool,
        seat.demonstrations,
        location=seat.location,
        room_tokens=CONTEXT_SHARE * seat.context_tokens,
        count_tokens=tokens_shown,
        diversity=0.0 if seat.engine == "classifier" else DIVERSITY,
    )


def _input_tokens(
    market: Market, floor: _Floor, seat: Seat, engine: Engine, shown: tuple[Demonstration, ...], instruction: str
) -> int:
    job = make_job(market, floor.lot, floor.payload, seat, floor.context, shown, floor.known, instruction)
    return engine.count_tokens(seat, job)


def quote(seat: Seat, lot: Lot, learner: Learner, input_tokens: int, shown: tuple[Demonstration, ...] = ()) -> Bid:
    """Price, quality and latency of one seat for one lot, from its price list and its record."""
    prices = seat.prices
    usual = learner.output_tokens(seat.seat_id, lot.kind, input_tokens)
    output_tokens = min(usual.expected, float(seat.max_output_tokens))
    timeout_ms = min(seat.timeout_ms, lot.deadline_ms)
    most_input = min(seat.context_tokens, COUNT_MARGIN * input_tokens)
    hold_micros = prices.ceiling_micros(most_input, seat.max_output_tokens, timeout_ms)
    listed_micros = prices.quote_micros(input_tokens, output_tokens)
    price = learner.price_factor(seat.seat_id, lot.kind, input_tokens)
    seconds = input_tokens / prices.prompt_tokens_per_second + output_tokens / prices.output_tokens_per_second
    listed_latency_ms = prices.request_cpu_ms + 1_000 * seconds
    latency = learner.latency_factor(seat.seat_id, lot.kind, input_tokens)
    (belief,) = learner.beliefs(lot.kind, [seat.seat_id])
    return Bid(
        seat_id=seat.seat_id,
        price_micros=min(hold_micros, max(1, math.ceil(listed_micros * price.expected))),
        hold_micros=hold_micros,
        quality_mean=belief.mean,
        quality_sd=belief.sd,
        latency_ms=round(listed_latency_ms * latency.expected),
        input_tokens=input_tokens,
        output_tokens=round(output_tokens),
        demonstrations=tuple(demonstration.lot_id for demonstration in shown),
        price_upper_micros=min(hold_micros, max(1, math.ceil(listed_micros * price.upper))),
        latency_upper_ms=round(listed_latency_ms * latency.upper),
        failure_chance=learner.failure_chance(seat.seat_id, lot.kind, input_tokens),
        listed_micros=listed_micros,
        listed_latency_ms=listed_latency_ms,
        wait_s=-(-timeout_ms // 1_000) if seat.deferred else None,
    )
