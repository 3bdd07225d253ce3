"""From the chances that a seat gives to labels to chances that can be believed.

A small model prefers some labels whatever the text, and its chances are too sure or not sure enough. Both show in what
it said of earlier lots of the same scope, most of all where the true label is known by now:

    logit(label) = a · (log chance(label) − its mean over lots, as far as that is known) + b(label)

with a ~ N(1, SLOPE_SD²) and b ~ N(0, BIAS_SD²), fitted at the most likely values. The first lots change little.

Source: Guo et al., On Calibration of Modern Neural Networks, 2017 (temperature); Zhou et al., Batch Calibration, 2024
(the mean over lots as a model's own prior); Platt, 1999.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from bidding.domain.dataclass import dataclass
from bidding.domain.softmax import Floats, softmax
from bidding.domain.weighed_lots import ABSTAINED_REWARD, WeighedLot

SLOPE_SD, BIAS_SD = 0.5, 0.7
SLOPE_MIN = 0.05
PRIOR_LOTS = 10.0
"""The mean over so many lots is believed half."""

_CHANCE_MIN = 1e-6
_NEWTON_STEPS = 8


@dataclass(frozen=True, slots=True)
class Decision:
    """The label to answer with, None to abstain, and the chance that the likeliest label is right."""

    label: str | None
    confidence: float


def decide(chances: Mapping[str, float], past: Sequence[WeighedLot]) -> Decision:
    """Answer with the likeliest label where that is expected to earn more than to abstain."""
    believed = calibrated(chances, past)
    best = max(believed, key=lambda label: believed[label])
    confidence = believed[best]
    return Decision(best if confidence >= ABSTAINED_REWARD else None, confidence)


def calibrated(chances: Mapping[str, float], past: Sequence[WeighedLot]) -> dict[str, float]:
    """The chance of each label, in the order given, after what `past` lots with the same labels teach."""
    labels = list(chances)
    fit = [lot for lot in past if lot.chances.keys() == chances.keys()]
    said = np.array([_logs(lot.chances, labels) for lot in fit]).reshape(len(fit), len(labels))
    usual = said.mean(axis=0) * len(fit) / (len(fit) + PRIOR_LOTS) if fit else np.zeros(len(labels))
    known = [
        (row, labels.index(lot.right)) for row, lot in enumerate(fit) if lot.right is not None and lot.right in chances
    ]
    slope, bias = _fit(said[[row for row, _ in known]] - usual, [right for _, right in known])
    logits = slope * (_logs(chances, labels) - usual) + bias
    return dict(zip(labels, softmax(logits).tolist(), strict=True))


def _logs(chances: Mapping[str, float], labels: Sequence[str]) -> Floats:
    """Log-chances around their mean."""
    logs = np.array([math.log(max(chances[label], _CHANCE_MIN)) for label in labels])
    centred: Floats = logs - logs.mean()
    return centred


def _fit(logs: Floats, right: Sequence[int]) -> tuple[float, Floats]:
    """Slope and biases by Newton's method: the loss is convex in both."""
    rows, count = logs.shape
    slope, bias = 1.0, np.zeros(count)
    if not rows:
        return slope, bias
    truth = np.eye(count)[list(right)]
    for _ in range(_NEWTON_STEPS):
        chances = softmax(slope * logs + bias)
        error = chances - truth
        around = chances * (logs - (chances * logs).sum(axis=1, keepdims=True))
        gradient = np.r_[(error * logs).sum() + (slope - 1.0) / SLOPE_SD**2, error.sum(axis=0) + bias / BIAS_SD**2]
        curvature = np.empty((1 + count, 1 + count))
        curvature[0, 0] = (around * logs).sum() + SLOPE_SD**-2
        curvature[0, 1:] = curvature[1:, 0] = around.sum(axis=0)
        curvature[1:, 1:] = np.diag(chances.sum(axis=0) + BIAS_SD**-2) - chances.T @ chances
        step = np.linalg.solve(curvature, gradient)
        slope, bias = max(SLOPE_MIN, slope - float(step[0])), bias - step[1:]
    return slope, bias
