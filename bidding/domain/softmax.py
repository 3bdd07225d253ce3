"""Multinomial logistic regression, small: from features to the chance of every class.

Fitted at the most likely weights under a Gaussian prior, by accelerated gradient descent; for some hundred examples of
some hundred features it takes a few milliseconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bidding.domain.dataclass import dataclass

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SoftmaxRegression:
    """`weights` (features, classes), `intercepts` (classes,)."""

    weights: Floats
    intercepts: Floats

    def chances(self, features: Floats) -> Floats:
        """Chance of each class for rows of features, (rows, classes)."""
        return softmax(features @ self.weights + self.intercepts)


def softmax(logits: Floats) -> Floats:
    """Along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    chances: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return chances


def fit_softmax(
    features: Floats, classes: NDArray[np.intp], count: int, *, prior_sd: float = 5.0, steps: int = 200
) -> SoftmaxRegression:
    """Fit to rows of features and their class numbers in [0, count). Weights ~ N(0, prior_sd²), intercepts free-ish."""
    rows, width = features.shape
    design = np.hstack([features, np.ones((rows, 1))])
    truth = np.eye(count)[classes]
    penalty = np.full((width + 1, 1), 1.0 / prior_sd**2)
    # The curvature of the loss is at most half of the design's largest squared singular value.
    step = 1.0 / (0.5 * float(np.linalg.norm(design, 2)) ** 2 + float(penalty.max()))
    weights = ahead = np.zeros((width + 1, count))
    for number in range(1, steps + 1):
        gradient = design.T @ (softmax(design @ ahead) - truth) + penalty * ahead
        new = ahead - step * gradient
        ahead = new + (number - 1) / (number + 2) * (new - weights)
        weights = new
    return SoftmaxRegression(weights[:-1], weights[-1])
