"""Payloads of lots in object storage, and what a lot is told of the lots it needs."""

from __future__ import annotations

import json
from dataclasses import asdict

from bidding.domain import declared
from bidding.domain.jobs import Job
from bidding.domain.lots import Label, Lot, Payload
from bidding.domain.records import Demonstration, JsonObject
from bidding.domain.seats import Seat
from bidding.ports.documents import Documents
from bidding.ports.market import Market


def save_payload(documents: Documents, lot: Lot, payload: Payload) -> None:
    """Store a lot's payload under its key."""
    documents.put(lot.payload_key, json.dumps(asdict(payload), ensure_ascii=False).encode())


def load_payload(documents: Documents, lot: Lot) -> Payload:
    """Read a lot's payload. Raises UnknownRecord where it is gone."""
    fields = json.loads(documents.get(lot.payload_key))
    fields["labels"] = tuple(Label(**label) for label in fields["labels"])
    return Payload(**fields)


def context_of(market: Market, lot: Lot) -> dict[str, JsonObject]:
    """Outputs of the lots this one needs, by `kind part`; a lot that failed is left out."""
    if not lot.needs:
        return {}
    outputs = market.ledger.outputs_of(lot.tenant, lot.needs)
    names = {other.lot_id: f"{other.kind} {other.part}" for other in market.ledger.lots_of(lot.tenant, lot.task_id)}
    return {names[need]: outputs[need] for need in lot.needs if need in outputs}


def scope_of(payload: Payload) -> str:
    """Which demonstrations fit: those made with the same labels, or to the same declared type. Else empty."""
    if payload.output_schema is not None:
        return declared.reference(payload.output_schema)
    return "|".join(sorted(label.name for label in payload.labels))


def text_of(payload: Payload) -> str:
    """What a lot is compared by: subject and text."""
    return f"{payload.subject}\n{payload.text}".strip()


def make_job(
    market: Market,
    lot: Lot,
    payload: Payload,
    seat: Seat,
    context: dict[str, JsonObject],
    demonstrations: tuple[Demonstration, ...],
    known: tuple[str, ...] = (),
    instruction: str = "",
) -> Job:
    """The lot made ready for one seat."""
    return Job(
        kind=lot.kind,
        payload=payload,
        output=lot.output,
        json_schema=market.outputs.json_schema(lot.output, payload),
        demonstrations=demonstrations,
        context=context,
        max_output_tokens=seat.max_output_tokens,
        timeout_ms=min(seat.timeout_ms, lot.deadline_ms),
        known=known,
        instruction=instruction,
    )
