"""What a router has to be to take part.

A contender sees a query before the call and the outcome of its own pick after it: nothing of the other models, and
never the cost or the output tokens of the query at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from stacks.local.bench.routing.data import Floats

MICROS = 1e6
VALUE_OF_A_POINT = 1_000
"""A lot's value, in calls of the dearest model: the budget alone is to decide, not the value of quality."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a bidder may know before the call.

    `input_tokens` are known of every query of a run or of none, `features` (d,) of every one of a set or of none.
    """

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
