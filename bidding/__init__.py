"""Atomic's market. As a library it needs numpy only: `from bidding import Auctioneer`.

Names are loaded when they are first used, so that importing a part of the package costs that part alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bidding.auctioneer import Auctioneer
    from bidding.decisions import Decision, Standing
    from bidding.domain.clearing import clear
    from bidding.domain.learning.learner import Learner
    from bidding.domain.policies.base import Context, SelectionPolicy
    from bidding.domain.policies.names import POLICY_NAMES, PolicyName, policy_named

_HOMES = {
    "Auctioneer": "bidding.auctioneer",
    "Decision": "bidding.decisions",
    "Standing": "bidding.decisions",
    "clear": "bidding.domain.clearing",
    "Learner": "bidding.domain.learning.learner",
    "Context": "bidding.domain.policies.base",
    "SelectionPolicy": "bidding.domain.policies.base",
    "POLICY_NAMES": "bidding.domain.policies.names",
    "PolicyName": "bidding.domain.policies.names",
    "policy_named": "bidding.domain.policies.names",
}

__all__ = [
    "POLICY_NAMES",
    "Auctioneer",
    "Context",
    "Decision",
    "Learner",
    "PolicyName",
    "SelectionPolicy",
    "Standing",
    "clear",
    "policy_named",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'bidding' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
