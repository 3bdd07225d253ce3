"""Replay policies on the ledger's log: cut it into chunks, sum each chunk up, add up and estimate.

The chunks are summed by as many workers as there are; between the steps stand small documents in object storage.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import reduce
from operator import add
from typing import Any

from bidding.domain.dataclass import dataclass
from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import AuctionId, TenantId, earliest_id
from bidding.domain.replay import Refusal, Replay, evaluate
from bidding.domain.replay_sums import MeasureSums, ReplaySums, sums_of
from bidding.domain.targets import rounds_of, seat_of, target
from bidding.domain.upkeep_events import ReplayChunkSummed, ReplayPlanned, ReplaySummarised
from bidding.ports.market import Market
from bidding.ports.replay import RoundLog

LATEST = "latest"
"""The name under which the last finished report is kept too."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of the log: the first choices after `after`, up to and with `upto`."""

    index: int
    after: AuctionId | None
    upto: AuctionId


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """How a log was cut: the chunks are a JSON list under `manifest_key`."""

    manifest_key: str
    chunks: int


def plan_replay(
    market: Market, tenant: TenantId, replay_id: str, policies: Sequence[str], since_ms: int | None, chunk_auctions: int
) -> ReplayPlan:
    """Cut the log into chunks of `chunk_auctions`, of tasks first ingested at `since_ms` or later where it is given.

    Raises InvalidRequest for a policy that there is not, before anything is read.
    """
    for name in policies:
        target(name)
    after = None if since_ms is None else AuctionId(earliest_id(since_ms))
    bounds = market.ledger.replay_bounds(tenant, after, chunk_auctions)
    starts = [after, *bounds[:-1]]
    chunks = [Chunk(index, *ends) for index, ends in enumerate(zip(starts, bounds, strict=False))]
    key = _key(tenant, replay_id, "manifest")
    market.documents.put(key, json.dumps([asdict(chunk) for chunk in chunks]).encode())
    market.observer.report(ReplayPlanned(tenant=tenant, chunks=len(chunks), policies=len(policies)))
    return ReplayPlan(key, len(chunks))


def replay_chunk(market: Market, tenant: TenantId, replay_id: str, policies: Sequence[str], chunk: Chunk) -> int:
    """Sum one chunk up for every policy, store the sums, and return how many auctions it held."""
    summed, auctions = _summed(market.ledger, tenant, policies, chunk)
    document = {name: asdict(sums) for name, sums in summed.items()}
    market.documents.put(_key(tenant, replay_id, f"chunk-{chunk.index:06}"), json.dumps(document).encode())
    market.observer.report(ReplayChunkSummed(tenant=tenant, chunk=chunk.index, auctions=auctions))
    return auctions


def summarise_replay(
    market: Market, tenant: TenantId, replay_id: str, policies: Sequence[str]
) -> dict[str, Replay | Refusal]:
    """Add up all chunks and estimate, by policy.

    Raises UnknownRecord where a chunk was not summed up.
    """
    manifest = json.loads(market.documents.get(_key(tenant, replay_id, "manifest")))
    keys = [_key(tenant, replay_id, f"chunk-{chunk['index']:06}") for chunk in manifest]
    parts = [json.loads(market.documents.get(key)) for key in keys]
    answers = {
        name: _answer(name, reduce(add, (_sums(part[name]) for part in parts), ReplaySums())) for name in policies
    }
    refused = sum(isinstance(answer, Refusal) for answer in answers.values())
    market.observer.report(ReplaySummarised(tenant=tenant, policies=len(answers), refused=refused))
    return answers


def keep_replay_report(market: Market, tenant: TenantId, replay_id: str, report: bytes) -> None:
    """Keep a report under its replay and as the latest one."""
    for name in (replay_id, LATEST):
        market.documents.put(_key(tenant, name, "report"), report)


def replay_report(market: Market, tenant: TenantId, replay_id: str) -> bytes:
    """A report as it was kept. Raises UnknownRecord where there is none, or not yet."""
    return market.documents.get(_key(tenant, replay_id, "report"))


def _answer(name: str, sums: ReplaySums) -> Replay | Refusal:
    """The estimates. Of a seat that nobody ever let in there are none: all it would show is the greedy choice."""
    seat = seat_of(name)
    if seat is None or not sums.rounds or sums.mass.get(seat):
        return evaluate(sums)
    seats = ", ".join(sorted(sums.mass))
    return Refusal("action_not_logged", f"{seat} was let in to none of {sums.rounds} rounds, but {seats} were")


def _summed(
    log: RoundLog, tenant: TenantId, policies: Sequence[str], chunk: Chunk
) -> tuple[dict[str, ReplaySums], int]:
    auctions = log.logged_auctions(tenant, chunk.after, chunk.upto)
    return {name: sums_of(*rounds_of(auctions, target(name))) for name in policies}, len(auctions)


def _key(tenant: TenantId, replay_id: str, part: str) -> str:
    if not replay_id or "/" in replay_id:
        raise InvalidRequest(f"{replay_id!r} is no name for a replay")
    return f"tenants/{tenant}/replays/{replay_id}/{part}.json"


def _sums(fields: dict[str, Any]) -> ReplaySums:
    """Sums from the JSON they were stored as, which knows lists only."""
    measures = {name: _measure(fields[name]) for name in ("reward", "cost")}
    return ReplaySums(**fields | measures | {"weights": tuple(fields["weights"])})


def _measure(fields: dict[str, Any]) -> MeasureSums:
    power = tuple(tuple(row) for row in fields["power"])
    return MeasureSums(power, fields["model"], tuple(fields["correction"]))
