"""Wire types of what happens after an award: execution, outcome, feedback, policy."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Fraction, Identifier, Key, Micros, ShortText, Wire

FailureReason = Literal[
    "refused",
    "unsafe",
    "invalid",
    "truncated",
    "too_slow",
    "throttled",
    "unavailable",
    "over_context",
    "busy",
    "interrupted",
]


class Execution(Wire):
    """How an execution ended. The answer itself is in the ledger, the raw text under `raw_key`.

    `voided` means that no provider call ever began.
    """

    version: Literal[1] = 1
    award_id: Identifier
    status: Literal["succeeded", "failed", "voided"]
    reason: FailureReason | None = None
    detail: ShortText = ""
    cost_micros: Micros = 0
    latency_ms: Annotated[int, Field(ge=0)] = 0
    raw_key: Key | None = None
    road: Literal["strict", "repaired", "aligned"] | None = None
    tries: Annotated[int, Field(ge=1)] = 1


class Outcome(Wire):
    """A judgement of an execution; `reward` null means that nobody could tell."""

    version: Literal[1] = 1
    outcome_id: Identifier
    award_id: Identifier
    lot_id: Identifier
    reward: Fraction | None
    weight: Fraction
    source: Literal["failure", "checks", "judge", "human"]
    parts: dict[str, float]


class FeedbackRequest(Wire):
    """Input of `record_feedback`: a reward, or the output as it should have been, or both, and whose word it is."""

    version: Literal[1] = 1
    tenant: Identifier
    lot_id: Identifier
    reward: Fraction | None = None
    corrected: dict[str, object] | None = None
    source: Literal["judge", "human"] = "human"


class FoldRequest(Wire):
    """Input of FoldPolicy."""

    version: Literal[1] = 1
    tenant: Identifier


class FoldedPolicy(Wire):
    """Answer of FoldPolicy: the policy version that now stands."""

    version: Literal[1] = 1
    policy_version: Annotated[int, Field(ge=0)]
