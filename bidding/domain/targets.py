"""Evaluation policies over logged auctions: each turns an auction's bids into the chance of every bidder to win.

A policy may choose among the bids that were let in: within ceiling, purse and quality floor. What it
knows is what the market knew then: quotes made before the outcome. They serve as the reward and cost models too, so
no prediction has seen the round it is for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bidding.domain.errors import InvalidRequest
from bidding.domain.ids import SeatId
from bidding.domain.logged import LoggedAuction, LoggedBid
from bidding.domain.propensity import win_probabilities
from bidding.domain.replay_sums import EvaluatedRounds, LoggedRounds

Floats = NDArray[np.float64]
Target = Callable[["LoggedAuction"], Floats]
"""The chance of each bid of an auction, in the order of its bids; sums to 1."""


def target(name: str) -> Target:
    """The policy called `name`: `cheapest`, `greedy`, `random`, `best_single:SEAT` or `lambda:X`.

    Raises InvalidRequest for any other name.
    """
    kind, _, argument = name.partition(":")
    match kind:
        case "cheapest" | "greedy" | "random" if not argument:
            return {"cheapest": _cheapest, "greedy": _greedy, "random": _random}[kind]
        case "best_single" if argument:
            return partial(_best_single, SeatId(argument))
        case "lambda" if _is_multiplier(argument):
            return partial(_market, float(argument))
        case _:
            known = "cheapest, greedy, random, best_single:SEAT, lambda:X (X at least 0)"
            raise InvalidRequest(f"no policy {name!r}: there are {known}")


def seat_of(name: str) -> SeatId | None:
    """The seat that a `best_single:SEAT` always takes where it can; None for any other policy."""
    kind, _, argument = name.partition(":")
    return SeatId(argument) if kind == "best_single" else None


def rounds_of(auctions: Sequence[LoggedAuction], policy: Target) -> tuple[LoggedRounds, EvaluatedRounds, list[str]]:
    """The auctions as arrays, and the names of the columns: every seat that bid."""
    seats = sorted({bid.seat_id for auction in auctions for bid in auction.bids})
    column = {seat: index for index, seat in enumerate(seats)}
    shape = (len(auctions), len(seats))
    chances, quality, price = (np.zeros(shape) for _ in range(3))
    for row, auction in enumerate(auctions):
        columns = [column[bid.seat_id] for bid in auction.bids]
        chances[row, columns] = policy(auction)
        quality[row, columns] = np.clip([bid.quality_mean for bid in auction.bids], 0.0, 1.0)
        price[row, columns] = [bid.price_micros for bid in auction.bids]
    log = LoggedRounds(
        action=np.array([column[auction.seat_id] for auction in auctions], dtype=np.int64),
        pscore=np.array([auction.propensity for auction in auctions], dtype=np.float64),
        reward=np.array([_or_nan(auction.reward) for auction in auctions], dtype=np.float64),
        cost=np.array([_or_nan(auction.cost_micros) for auction in auctions], dtype=np.float64),
    )
    return log, EvaluatedRounds(action_dist=chances, reward_model=quality, cost_model=price), [*seats]


def _cheapest(auction: LoggedAuction) -> Floats:
    """The lowest price, then the seat that sorts first."""
    return _certain(auction, min(auction.bids, key=lambda bid: (bid.price_micros, bid.seat_id)))


def _greedy(auction: LoggedAuction) -> Floats:
    """The highest expected score, then the lower price, then the seat that sorts first."""
    scores = dict(zip(auction.bids, _expected_scores(auction, auction.multiplier), strict=True))
    return _certain(auction, min(auction.bids, key=lambda bid: (-scores[bid], bid.price_micros, bid.seat_id)))


def _random(auction: LoggedAuction) -> Floats:
    return np.full(len(auction.bids), 1 / len(auction.bids))


def _best_single(seat: SeatId, auction: LoggedAuction) -> Floats:
    """One seat wherever it bid; elsewhere, where no policy could take it, the greedy choice."""
    own = [bid for bid in auction.bids if bid.seat_id == seat]
    return _certain(auction, own[0]) if own else _greedy(auction)


def _market(multiplier: float, auction: LoggedAuction) -> Floats:
    """The same Thompson market at another price of money."""
    sds = auction.value_micros * np.array([bid.quality_sd for bid in auction.bids])
    prices = np.array([float(bid.price_micros) for bid in auction.bids])
    return win_probabilities(_expected_scores(auction, multiplier), sds, prices)


def _expected_scores(auction: LoggedAuction, multiplier: float) -> Floats:
    scores = [
        auction.value_micros * bid.quality_mean
        - (1 + multiplier) * bid.price_micros
        - auction.delay_micros_per_second * bid.latency_ms / 1_000
        for bid in auction.bids
    ]
    return np.array(scores)


def _certain(auction: LoggedAuction, chosen: LoggedBid) -> Floats:
    return np.array([1.0 if bid is chosen else 0.0 for bid in auction.bids])


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _is_multiplier(text: str) -> bool:
    try:
        return 0.0 <= float(text) < float("inf")
    except ValueError:
        return False
