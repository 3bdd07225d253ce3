"""Wire types of a replay: what `replay_policy` is asked, what its steps pass on, and its report."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Identifier, Key, ShortText, Wire

PolicyNames = Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=20)]
Count = Annotated[int, Field(ge=0)]
ReplayId = Annotated[str, Field(pattern=r"^[\w.-]{1,80}$", description="names the documents of one replay")]


class ReplayRequest(Wire):
    """Input of `replay_policy`: whose log, since when (Unix milliseconds), which policies, and how it is cut up."""

    version: Literal[1] = 1
    tenant: Identifier
    policies: PolicyNames
    since_ms: Annotated[int, Field(ge=0, lt=2**48)] | None = None
    chunk_auctions: Annotated[int, Field(ge=1, le=5_000)] = 500


class PlanRequest(ReplayRequest):
    """Input of PlanReplay: the state machine adds the name of its execution."""

    replay_id: ReplayId


class PlannedReplay(Wire):
    """Answer of PlanReplay: the chunks of the log are a JSON list under `manifest_key`."""

    version: Literal[1] = 1
    manifest_key: Key
    chunks: Count


class Chunk(Wire):
    """A piece of the log: auctions after `after`, up to and with `upto`."""

    index: Count
    after: Identifier | None
    upto: Identifier


class ChunkRequest(Wire):
    """Input of ReplayChunk."""

    version: Literal[1] = 1
    tenant: Identifier
    replay_id: ReplayId
    policies: PolicyNames
    chunk: Chunk


class ReplayedChunk(Wire):
    """Answer of ReplayChunk; its sums are in object storage."""

    auctions: Count


class SummariseRequest(Wire):
    """Input of SummariseReplay."""

    version: Literal[1] = 1
    tenant: Identifier
    replay_id: ReplayId
    policies: PolicyNames


class Estimate(Wire):
    """A mean per lot and its 95 % interval. Rewards lie in [0, 1], costs are micro-dollars."""

    mean: float
    low: float
    high: float


class Measure(Wire):
    """One measure on the lots that know it, by three estimators, and what the log itself has."""

    rounds: Count
    share: float
    target_share: float
    effective_rounds: float
    ips: Estimate
    snips: Estimate
    dr: Estimate
    logged: Estimate


class Refusal(Wire):
    """Why there is no estimate."""

    reason: Literal[
        "invalid_propensities",
        "too_few_rounds",
        "action_not_logged",
        "weights_do_not_add_up",
        "too_few_effective_rounds",
    ]
    detail: ShortText


class PolicyReplay(Wire):
    """What one policy would have earned and spent per logged lot, or why nobody can tell."""

    policy: Identifier
    reward: Measure | Refusal
    cost: Measure | Refusal


class ReplayReport(Wire):
    """Answer of SummariseReplay, and of `replay_policy`."""

    version: Literal[1] = 1
    policies: tuple[PolicyReplay, ...]
