"""Our own policies as contenders: each in the same auction house, with the same quotes and the same pacer."""

from __future__ import annotations

from bidding.auctioneer import Auctioneer
from bidding.domain.errors import InvalidRequest
from bidding.domain.money import MONEY_MIN_MICROS
from bidding.domain.policies.names import POLICY_NAMES, PolicyName
from stacks.local.bench.routing import ledger_market
from stacks.local.bench.routing.contenders import MICROS, VALUE_OF_A_POINT, Factory, Query, Setup


class MarketRouter:
    """The auction house, told of the price list and the budget."""

    def __init__(self, setup: Setup, policy: PolicyName) -> None:
        self.name: str = policy
        self._house = Auctioneer(
            policy, allowance_micros=setup.budget_usd * MICROS, features=setup.pull_features, seed=setup.seed
        )
        self._value_micros = _listed_micros(float(setup.listed_usd.max())) * VALUE_OF_A_POINT
        self._models = {name: row for row, name in enumerate(setup.models)}
        for name, listed_usd in zip(setup.models, setup.listed_usd, strict=True):
            self._house.add_seat(name, _listed_micros(float(listed_usd)))
        self._decision = 0

    def route(self, query: Query) -> int:
        """Hold the auction."""
        decision = self._house.auction(
            query.kind,
            value_micros=self._value_micros,
            length=1.0 + (len(query.prompt) if query.input_tokens is None else query.input_tokens),
            features=query.features,
        )
        self._decision = decision.decision_id
        return self._models[decision.seat]

    def learn(self, query: Query, model: int, score: float, cost_usd: float, *rest: object) -> None:  # noqa: ARG002
        """Settle and reward the last decision."""
        self._house.settle(self._decision, cost_usd * MICROS)
        self._house.reward(self._decision, score)

    def reprice(self, model: int, listed_usd: float) -> None:
        """See `Adaptive`."""
        self._house.reprice(self._house.seats[model], _listed_micros(listed_usd))

    def add_model(self, name: str, listed_usd: float) -> None:
        """See `Adaptive`."""
        self._models[name] = len(self._models)
        self._house.add_seat(name, _listed_micros(listed_usd))


def _listed_micros(listed_usd: float) -> float:
    """A price list's price: a free model is listed at next to nothing."""
    return max(listed_usd * MICROS, MONEY_MIN_MICROS)


def policy(name: str) -> Factory:
    """The contender of a policy, by its name; `ledger` is the default one as the state machines run it.

    Raises:
        InvalidRequest: there is none.
    """
    if name == ledger_market.NAME:
        return ledger_market.LedgerRouter
    for known in POLICY_NAMES:
        if known == name:
            return lambda setup: MarketRouter(setup, known)
    raise InvalidRequest(f"no policy {name!r}; there are {', '.join((*POLICY_NAMES, ledger_market.NAME))}")
