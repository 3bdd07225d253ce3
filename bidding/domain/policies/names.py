"""The policies by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

from bidding.domain.errors import InvalidRequest
from bidding.domain.numbers import whole
from bidding.domain.policies.base import SelectionPolicy
from bidding.domain.policies.baselines import BestSingle, EpsilonGreedy, Ucb1, Uniform, ZeroRouter
from bidding.domain.policies.hierarchical_ts import HierarchicalThompson
from bidding.domain.policies.linucb import LinUcb

PolicyName = Literal["hierarchical_ts", "linucb", "ucb1", "epsilon_greedy", "best_single", "zero_router", "random"]
"""A policy by its name; docs/benchmarks.md says what each looks at."""
POLICY_NAMES: tuple[PolicyName, ...] = get_args(PolicyName)
"""All of them, the default first."""
FEATURES_MAX = 10_000
"""A residual over vectors longer than this is solved too slowly to bid with."""

_MAKERS: dict[PolicyName, Callable[[int], SelectionPolicy]] = {
    "hierarchical_ts": HierarchicalThompson,
    "linucb": LinUcb,
    "ucb1": lambda _: Ucb1(),
    "epsilon_greedy": lambda _: EpsilonGreedy(),
    "best_single": lambda _: BestSingle(),
    "zero_router": lambda _: ZeroRouter(),
    "random": lambda _: Uniform(),
}


_PARTS = (
    "add_seat",
    "add_kind",
    "appraise",
    "called",
    "learn",
    "uniform_share",
    "contextual",
    "changed_seat",
)
"""What a `SelectionPolicy` has."""


def features_length(length: int) -> int:
    """How long the vectors are. Raises InvalidRequest for what is no length, or none that could be solved for."""
    return whole("the length of features", length, 0, FEATURES_MAX)


def policy_named(name: PolicyName, features: int = 0) -> SelectionPolicy:
    """A policy that has learnt nothing. `features` is the length of the vectors that lots bring, 0 for none.

    Raises InvalidRequest for a name that is none, and for what is no length.
    """
    made = _MAKERS.get(name) if isinstance(name, str) else None
    if made is None:
        raise InvalidRequest(f"no policy {name!r}; there are {', '.join(POLICY_NAMES)}")
    return made(features_length(features))


def policy_of(policy: PolicyName | SelectionPolicy, features: int = 0) -> SelectionPolicy:
    """The policy of a name, or the one that is given. Raises InvalidRequest for what is neither."""
    if isinstance(policy, str):
        return policy_named(policy, features)
    lacks = [part for part in _PARTS if not hasattr(policy, part)]
    if isinstance(policy, type) or lacks:
        told = f": it lacks {', '.join(lacks)}" if lacks else ": it is a class, not one of its objects"
        raise InvalidRequest(f"no policy {policy!r}{told}; pass a name or a SelectionPolicy")
    return policy
