"""What a router has to be to take part, and the two simplest that do.

A contender sees a query before the call and the outcome of its own pick after it: nothing of the other models, and
never the cost or the output tokens of the query at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from bidding.domain.errors import InvalidRequest
from stacks.local.bench.routing.data import Floats


@dataclass(frozen=True, slots=True)
class Query:
    """What a bidder may know before the call. `features` is (d,), None where the set has none."""

    index: int
    query_id: str
    kind: str
    prompt: str
    input_tokens: int | None
    features: Floats | None


@dataclass(frozen=True, slots=True)
class Setup:
    """What a contender is told at the start.

    `listed_usd` (n,) is the price list: each model's mean cost per call on the learning split. `budget_usd` is the
    mean to spend per query. `pull_features` is the dimension of the features, 0 where there are none. `kinds` are
    those seen on the learning split; others may follow. `features_name` says which embedding it is.
    """

    models: tuple[str, ...]
    listed_usd: Floats
    budget_usd: float
    seed: int
    pull_features: int
    kinds: tuple[str, ...] = ()
    features_name: str | None = None


class Contender(Protocol):
    """A router under test: `route` and `learn` alternate, once each per query."""

    name: str

    def route(self, query: Query) -> int:
        """The model to call: an index into `Setup.models`, in which newcomers come last."""
        ...

    def learn(
        self,
        query: Query,
        model: int,
        score: float,
        cost_usd: float,
        output_tokens: int | None,
        latency_ms: float | None,
        valid: bool,
    ) -> None:
        """The outcome of the pick."""
        ...


@runtime_checkable
class Adaptive(Protocol):
    """A contender that can be told of news in the market. One that cannot must find out by itself."""

    def reprice(self, model: int, listed_usd: float) -> None:
        """A model's listed price changed to this mean cost per call."""
        ...

    def add_model(self, name: str, listed_usd: float) -> None:
        """A model joined; its index is the number of models before."""
        ...


Factory = Callable[[Setup], Contender]


class RandomRouter:
    """Every model with the same chance: the floor of any learner. It ignores the budget."""

    name = "random"

    def __init__(self, setup: Setup) -> None:
        self._models = len(setup.models)
        self._rng = np.random.default_rng(setup.seed)

    def route(self, query: Query) -> int:  # noqa: ARG002
        """A draw."""
        return int(self._rng.integers(self._models))

    def learn(self, query: Query, model: int, score: float, cost_usd: float, *rest: object) -> None:
        """Nothing."""


class BestSingleOnline:
    """The model with the best mean score so far among those whose mean cost fits the budget.

    Each model is tried a few times first. Where none fits, the cheapest listed one serves.
    """

    name = "best_single"
    _TRIALS = 10

    def __init__(self, setup: Setup) -> None:
        self._budget_usd = setup.budget_usd
        self._listed_usd = setup.listed_usd
        self._calls = np.zeros(len(setup.models))
        self._score = np.zeros(len(setup.models))

    def route(self, query: Query) -> int:  # noqa: ARG002
        """The first untried affordable model, else the best so far; the first of equals."""
        affordable = np.flatnonzero(self._listed_usd <= self._budget_usd)
        if not affordable.size:
            return int(self._listed_usd.argmin())
        untried = affordable[self._calls[affordable] < self._TRIALS]
        if untried.size:
            return int(untried[0])
        return int(affordable[(self._score[affordable] / self._calls[affordable]).argmax()])

    def learn(self, query: Query, model: int, score: float, cost_usd: float, *rest: object) -> None:  # noqa: ARG002
        """Count it."""
        self._calls[model] += 1
        self._score[model] += score


POLICIES: dict[str, Factory] = {"random": RandomRouter, "best_single": BestSingleOnline}


def policy(name: str) -> Factory:
    """The policy of that name.

    Raises:
        InvalidRequest: there is none.
    """
    if name not in POLICIES:
        raise InvalidRequest(f"no policy {name!r}; there are {', '.join(sorted(POLICIES))}")
    return POLICIES[name]
