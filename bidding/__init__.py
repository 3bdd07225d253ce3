"""Atomic's market. As a library it needs numpy only: `from bidding import Auctioneer`.

Names are loaded when they are first used, so that importing a part of the package costs that part alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bidding.auctioneer import Auctioneer
    from bidding.decisions import Decision, ShutOut, Standing
    from bidding.domain.bids import Bid, BidRequest, Clearing, Notice
    from bidding.domain.clearing import clear
    from bidding.domain.errors import AtomicError, InvalidRequest, NoAward, UnknownRecord
    from bidding.domain.estimators import Estimate
    from bidding.domain.ids import AuctionId, LotId, SeatId, TaskId, TenantId
    from bidding.domain.learning.events import Event, OfferSeen
    from bidding.domain.learning.learner import Belief, Forecast, Learner, PacePlan, PaceTerms
    from bidding.domain.learning.state import NOTHING_LEARNT, LearnerState
    from bidding.domain.lots import Lot, SchemaRef
    from bidding.domain.mechanisms.names import Mechanism
    from bidding.domain.pace import UNPACED, Pace
    from bidding.domain.policies.base import Context, SelectionPolicy
    from bidding.domain.policies.names import POLICY_NAMES, PolicyName, policy_named
    from bidding.domain.replay import Measure, Refusal, Replay, evaluate
    from bidding.domain.replay_sums import EvaluatedRounds, LoggedRounds, ReplaySums, sums_of
    from bidding.learning_auction import Assignment, LearningAuction, RaceStanding
    from bidding.services.explanation import explain_clearing

_NAMES = {
    "bidding.auctioneer": ("Auctioneer",),
    "bidding.decisions": ("Decision", "ShutOut", "Standing"),
    "bidding.domain.bids": ("Bid", "BidRequest", "Clearing", "Notice"),
    "bidding.domain.clearing": ("clear",),
    "bidding.domain.errors": ("AtomicError", "InvalidRequest", "NoAward", "UnknownRecord"),
    "bidding.domain.estimators": ("Estimate",),
    "bidding.domain.ids": ("AuctionId", "LotId", "SeatId", "TaskId", "TenantId"),
    "bidding.domain.learning.events": ("Event", "OfferSeen"),
    "bidding.domain.learning.learner": ("Belief", "Forecast", "Learner", "PacePlan", "PaceTerms"),
    "bidding.domain.learning.state": ("NOTHING_LEARNT", "LearnerState"),
    "bidding.domain.lots": ("Lot", "SchemaRef"),
    "bidding.domain.mechanisms.names": ("Mechanism",),
    "bidding.domain.pace": ("UNPACED", "Pace"),
    "bidding.domain.policies.base": ("Context", "SelectionPolicy"),
    "bidding.domain.policies.names": ("POLICY_NAMES", "PolicyName", "policy_named"),
    "bidding.domain.replay": ("Measure", "Refusal", "Replay", "evaluate"),
    "bidding.domain.replay_sums": ("EvaluatedRounds", "LoggedRounds", "ReplaySums", "sums_of"),
    "bidding.learning_auction": ("Assignment", "LearningAuction", "RaceStanding"),
    "bidding.services.explanation": ("explain_clearing",),
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}

__all__ = [
    "NOTHING_LEARNT",
    "POLICY_NAMES",
    "UNPACED",
    "Assignment",
    "AtomicError",
    "AuctionId",
    "Auctioneer",
    "Belief",
    "Bid",
    "BidRequest",
    "Clearing",
    "Context",
    "Decision",
    "Estimate",
    "EvaluatedRounds",
    "Event",
    "Forecast",
    "InvalidRequest",
    "Learner",
    "LearnerState",
    "LearningAuction",
    "LoggedRounds",
    "Lot",
    "LotId",
    "Measure",
    "Mechanism",
    "NoAward",
    "Notice",
    "OfferSeen",
    "Pace",
    "PacePlan",
    "PaceTerms",
    "PolicyName",
    "RaceStanding",
    "Refusal",
    "Replay",
    "ReplaySums",
    "SchemaRef",
    "SeatId",
    "SelectionPolicy",
    "ShutOut",
    "Standing",
    "TaskId",
    "TenantId",
    "UnknownRecord",
    "clear",
    "evaluate",
    "explain_clearing",
    "policy_named",
    "sums_of",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'bidding' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
