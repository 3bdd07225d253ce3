"""How long one pick takes, with everything that explains it, and one update; against other people's routers.

All subjects see the same queries in the same order, in turns of a few dozen calls each, so that whatever else the
machine does hits all alike. A pick of ours is the whole of it: the quotes of all seats, the draw, everybody's exact
chance, and for every loser the margin, price and quality that would have won.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from rich.table import Table

from bidding.domain.propensity import Floats
from stacks.local.bench.routing.contenders import Query

TURN = 25
"""Calls of one subject before the next one has its turn."""
WARM_UP = 50
CONTEXT_SIZE = 26


class Timed(Protocol):
    """Something that picks a seat for a query, and learns from the reward of its latest pick."""

    def pick(self, query: Query) -> None:
        """Choose among the seats, and keep all that an explanation needs."""

    def update(self, reward: float) -> None:
        """Learn the reward of the latest pick."""


@dataclass(frozen=True)
class Figure:
    """One subject at one number of seats. Python and numpy memory only: what a C++ library keeps is not seen."""

    subject: str
    seats: int
    pick_p50_us: float
    pick_p99_us: float
    update_p50_us: float
    update_p99_us: float
    state_kib: float
    pick_peak_kib: float


@dataclass(frozen=True)
class AuctionReport:
    """All figures of one run."""

    rounds: int
    figures: tuple[Figure, ...]

    def table(self) -> Table:
        """For people."""
        table = Table(title=f"one pick with its explanation, and one update ({self.rounds} rounds, subjects in turns)")
        for heading in ("seats", "subject", "pick p50 µs", "p99", "update p50 µs", "p99", "state KiB", "pick peak KiB"):
            table.add_column(heading, justify="left" if heading == "subject" else "right")
        before = None
        for figure in self.figures:
            if before not in {None, figure.seats}:
                table.add_section()
            before = figure.seats
            times = (figure.pick_p50_us, figure.pick_p99_us, figure.update_p50_us, figure.update_p99_us)
            memory = (f"{figure.state_kib:.0f}", f"{figure.pick_peak_kib:.1f}")
            table.add_row(str(figure.seats), figure.subject, *(f"{value:.1f}" for value in times), *memory)
        return table

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {"rounds": self.rounds, "figures": [vars(figure) for figure in self.figures]}


def measure_auction(
    subjects: dict[str, Callable[[int], Timed]], seats: Sequence[int], rounds: int, seed: int = 1
) -> AuctionReport:
    """Time every subject, made for each number of seats, on the same queries and rewards."""
    generator = np.random.default_rng(seed)
    queries = [_query(index, generator) for index in range(rounds + WARM_UP)]
    rewards = generator.random(rounds + WARM_UP)
    figures: list[Figure] = []
    for number in seats:
        figures += _measure_together(subjects, number, queries, rewards)
    return AuctionReport(rounds, tuple(figures))


def _query(index: int, generator: np.random.Generator) -> Query:
    features = generator.standard_normal(CONTEXT_SIZE) / np.sqrt(CONTEXT_SIZE)
    features[0] = 1.0
    return Query(index, str(index), "any", "x" * int(generator.integers(50, 2_000)), 200, features)


def features_of(query: Query) -> Floats:
    """The features that every query of this bench has."""
    assert query.features is not None
    return query.features


def _measure_together(
    subjects: dict[str, Callable[[int], Timed]], seats: int, queries: Sequence[Query], rewards: Floats
) -> list[Figure]:
    made = {name: _warm(create, seats, queries, rewards) for name, create in subjects.items()}
    times: dict[str, list[tuple[int, int]]] = {name: [] for name in subjects}
    for start in range(WARM_UP, len(queries), TURN):
        turn = range(start, min(start + TURN, len(queries)))
        for name, subject in made.items():
            times[name] += [_timed(subject, queries[n], float(rewards[n])) for n in turn]
    figures = []
    for name, create in subjects.items():  # traced after all is timed: it leaves the heap in another order
        state_kib, peak_kib = _memory_kib(create, seats, queries, rewards)
        (pick_p50, update_p50), (pick_p99, update_p99) = np.quantile(np.array(times[name]) / 1_000, (0.5, 0.99), axis=0)
        figures.append(
            Figure(
                subject=name,
                seats=seats,
                pick_p50_us=float(pick_p50),
                pick_p99_us=float(pick_p99),
                update_p50_us=float(update_p50),
                update_p99_us=float(update_p99),
                state_kib=state_kib,
                pick_peak_kib=peak_kib,
            )
        )
    return figures


def _warm(create: Callable[[int], Timed], seats: int, queries: Sequence[Query], rewards: Floats) -> Timed:
    subject = create(seats)
    for query, reward in zip(queries[:WARM_UP], rewards[:WARM_UP], strict=True):
        subject.pick(query)
        subject.update(float(reward))
    return subject


def _memory_kib(
    create: Callable[[int], Timed], seats: int, queries: Sequence[Query], rewards: Floats
) -> tuple[float, float]:
    """What a warm subject keeps, and what one pick takes on top."""
    tracemalloc.start()
    subject = _warm(create, seats, queries, rewards)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    subject.pick(queries[0])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept / 1024, (peak - kept) / 1024


def _timed(subject: Timed, query: Query, reward: float) -> tuple[int, int]:
    """Nanoseconds of a pick and of the update after it."""
    started = time.perf_counter_ns()
    subject.pick(query)
    picked = time.perf_counter_ns()
    subject.update(reward)
    return picked - started, time.perf_counter_ns() - picked
