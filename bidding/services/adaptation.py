"""Compile a seat's variants from verified lots, and see the challengers through their trial."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest, Misconfigured, UnknownRecord
from bidding.domain.ids import SeatId, TenantId
from bidding.domain.records import Demonstration
from bidding.domain.seats import Seat
from bidding.domain.variants import Variant, judge
from bidding.ports.adaptation import Compiled, SolvedJob, VariantCompiler
from bidding.ports.market import Market
from bidding.services.payloads import load_payload, make_job

EXAMPLES_MIN, EXAMPLES_MAX = 12, 200
EXPLORATION_MICROS = 2_000
_ID_CHARS = 60


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What a compilation came to. `registered` is None where nothing better than the seat itself was found."""

    compiled: Compiled
    registered: Variant | None


def adapt_seat(
    market: Market,
    compiler: VariantCompiler,
    tenant: TenantId,
    kind: str,
    seat_id: SeatId,
    optimizer: str,
    exploration_micros: int = EXPLORATION_MICROS,
) -> Adaptation:
    """Search for a prompt that answers this tenant's verified lots better, and register it as a challenger.

    What is no better than the seat itself on lots held out is not registered. The lots are those of the labels that
    most verified lots have. Raises InvalidRequest where they are too few, or where the seat carries no prompt or does
    not run on this host: a compilation asks a model some hundred times, and no budget holds that. Raises Misconfigured
    where the seat cannot run here.
    """
    seat = _seat(market, seat_id)
    if seat.engine in {"classifier", "rules"} or kind not in seat.kinds or seat.only_tenant not in {None, tenant}:
        raise InvalidRequest(f"{seat_id} answers no {kind} lots by a prompt: nothing there can be compiled")
    if seat.location != "on_host":
        raise InvalidRequest(f"{seat_id} is paid for every call, and the calls of a compilation have no hold yet")
    if missing := market.engines.engine_of(seat).unavailable_because(seat):
        raise Misconfigured(missing)
    examples = _examples(market, tenant, kind, seat)
    if len(examples) < EXAMPLES_MIN:
        raise InvalidRequest(
            f"{len(examples)} verified {kind} lots of one set of labels: at least {EXAMPLES_MIN} are needed, "
            "see `atomic feedback`"
        )
    compiled = compiler.compile(seat, examples, optimizer)
    if compiled.right <= compiled.base_right:
        return Adaptation(compiled, None)
    variant = _variant(compiled, seat, examples[0].solved, optimizer, exploration_micros)
    challenger = replace(
        seat, seat_id=variant.seat_id, kinds=frozenset({kind}), demonstrations=0, prior_quality=compiled.right
    )
    market.ledger.put_seat(challenger, market.clock())
    market.ledger.put_variant(tenant, variant, market.clock())
    return Adaptation(compiled, variant)


def review_challengers(market: Market, tenant: TenantId) -> list[Variant]:
    """Bring every trial up to date and decide those that can be decided; the tenant's variants as they stand."""
    variants = market.ledger.variants(tenant)
    challengers = [variant for variant in variants if variant.status == "challenger"]
    for variant in challengers:
        trial = market.ledger.trial(tenant, variant)
        verdict = judge(variant, trial)
        market.ledger.review_variant(tenant, variant.seat_id, trial.spent_micros, verdict, market.clock())
    return market.ledger.variants(tenant) if challengers else variants


def _seat(market: Market, seat_id: SeatId) -> Seat:
    for seat in market.ledger.seats():
        if seat.seat_id == seat_id:
            return seat
    raise UnknownRecord(f"no seat {seat_id!r} in the registry: see `atomic seats`")


def _examples(market: Market, tenant: TenantId, kind: str, seat: Seat) -> list[SolvedJob]:
    """Verified lots with their payloads, oldest first, of the commonest scope. Those whose payload is gone are out."""
    verified = market.ledger.verified(tenant, kind, EXAMPLES_MAX)
    scopes = [each.scope for each in verified]
    commonest = max(sorted(set(scopes)), key=scopes.count, default="")
    jobs = []
    for each in verified:
        if each.scope != commonest:
            continue
        try:
            lot = market.ledger.lot(tenant, each.lot_id)
            payload = load_payload(market.documents, lot)
        except UnknownRecord:
            continue
        jobs.append(SolvedJob(make_job(market, lot, payload, seat, {}, ()), each))
    return jobs


def _variant(compiled: Compiled, seat: Seat, solved: Demonstration, optimizer: str, exploration_micros: int) -> Variant:
    content = "\x1f".join([seat.seat_id, compiled.instruction, *compiled.demonstrations])
    name = f"{seat.model[:_ID_CHARS]}/{optimizer}-{hashlib.sha256(content.encode()).hexdigest()[:6]}"
    return Variant(
        seat_id=SeatId(name),
        kind=solved.kind,
        scope=solved.scope,
        base_seat_id=seat.seat_id,
        optimizer=optimizer,
        instruction=compiled.instruction,
        demonstrations=compiled.demonstrations,
        compiled_right=compiled.right,
        base_right=compiled.base_right,
        examined=compiled.examined,
        exploration_micros=exploration_micros,
    )
