"""The policies by name."""

from __future__ import annotations

from typing import Literal, assert_never, get_args

from bidding.domain.errors import InvalidRequest
from bidding.domain.policies.base import SelectionPolicy
from bidding.domain.policies.baselines import BestSingle, EpsilonGreedy, Ucb1, Uniform, ZeroRouter
from bidding.domain.policies.hierarchical_ts import HierarchicalThompson
from bidding.domain.policies.linucb import LinUcb

PolicyName = Literal["hierarchical_ts", "linucb", "ucb1", "epsilon_greedy", "best_single", "zero_router", "random"]
POLICY_NAMES: tuple[PolicyName, ...] = get_args(PolicyName)


def policy_named(name: PolicyName, features: int = 0) -> SelectionPolicy:
    """A policy that has learnt nothing. `features` is the length of the vectors that lots bring, 0 for none.

    Raises InvalidRequest for a name that is none.
    """
    match name:
        case "hierarchical_ts":
            return HierarchicalThompson(features)
        case "linucb":
            return LinUcb(features)
        case "ucb1":
            return Ucb1()
        case "epsilon_greedy":
            return EpsilonGreedy()
        case "best_single":
            return BestSingle()
        case "zero_router":
            return ZeroRouter()
        case "random":
            return Uniform()
        case _:
            if name not in POLICY_NAMES:
                raise InvalidRequest(f"no policy {name!r}; there are {', '.join(POLICY_NAMES)}")
            assert_never(name)
