"""What a query's kind is: the column of the data, a cluster of the features, or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, assert_never

import numpy as np
from numpy.typing import NDArray

from bidding.domain.errors import InvalidRequest
from stacks.local.bench.routing.data import Outcomes, Rows

KindSource = Literal["column", "clusters", "none"]
CLUSTERS = 16
_ROUNDS = 50


def with_kinds(outcomes: Outcomes, source: KindSource, learn: Rows, rng: np.random.Generator) -> Outcomes:
    """The same outcomes with kinds from `source`; clusters are fitted on the rows `learn` only.

    Raises:
        InvalidRequest: clusters were asked for and there are no features.
    """
    match source:
        case "column":
            return outcomes
        case "none":
            return replace(outcomes, kinds=("any",) * len(outcomes))
        case "clusters":
            if outcomes.features is None:
                raise InvalidRequest("--kinds clusters needs features.npz; choose column or none")
            vectors = outcomes.features.vectors
            centres = fit_centres(vectors[learn], CLUSTERS, rng)
            labels = nearest_centre(vectors, centres)
            return replace(outcomes, kinds=tuple(f"cluster-{label:02d}" for label in labels))
        case _:
            assert_never(source)


def fit_centres(vectors: NDArray[np.float64], count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Centres (k, d) of at most `count` clusters, started with k-means++ and moved by Lloyd's rounds.

    Source: Arthur and Vassilvitskii, k-means++: The Advantages of Careful Seeding, SODA 2007.
    """
    centres: NDArray[np.float64] = vectors[rng.integers(len(vectors))][None, :]
    while len(centres) < min(count, len(vectors)):
        distance = _squared_distances(vectors, centres).min(axis=1)
        if distance.sum() <= 0:
            break
        chosen = rng.choice(len(vectors), p=distance / distance.sum())
        centres = np.vstack([centres, vectors[chosen]])
    for _ in range(_ROUNDS):
        labels = nearest_centre(vectors, centres)
        moved = np.array(
            [vectors[labels == k].mean(axis=0) if (labels == k).any() else centres[k] for k in range(len(centres))]
        )
        if np.allclose(moved, centres):
            break
        centres = moved
    return centres


def nearest_centre(vectors: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.intp]:
    """The centre each vector is nearest to, the first of equals."""
    nearest: NDArray[np.intp] = _squared_distances(vectors, centres).argmin(axis=1)
    return nearest


def _squared_distances(vectors: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    cross = vectors @ centres.T
    squared = (vectors**2).sum(axis=1)[:, None] - 2 * cross + (centres**2).sum(axis=1)[None, :]
    floored: NDArray[np.float64] = np.maximum(squared, 0.0)
    return floored
