"""Off-policy estimators: what a policy would have earned on rounds that another policy played.

IPS weighs each logged reward by how much likelier the evaluation policy takes that action; SNIPS divides by the sum
of weights; DR adds weighted corrections to a model's promise and is right where either model or pscores are.

All answer for the logged rounds themselves, not for rounds yet to come. Weighted terms are skewed, with heavy tails:
their variance is known badly, and a symmetric interval misses on one side. So intervals are Student's with the degrees
of freedom that the fourth moment leaves, turned by the third.

Source: Horvitz & Thompson, 1952 (IPS); Swaminathan & Joachims, The self-normalized estimator for counterfactual
learning, 2015 (SNIPS); Dudík, Erhan, Langford & Li, Doubly robust policy evaluation and optimization, 2014 (DR);
Hall, On the removal of skewness by transformation, 1992 (interval); Satterthwaite, An approximate distribution of
estimates of variance components, 1946 (degrees of freedom); Kish, Survey Sampling, 1965 (effective sample size).
"""

from __future__ import annotations

import math
from statistics import NormalDist

from bidding.domain.dataclass import dataclass
from bidding.domain.replay_sums import MeasureSums, Moments

CONFIDENCE = 0.95
WEIGHT_CONFIDENCE = 0.9999
DEGREES_MIN = 3.0
"""Below, Student's quantile is all tail: such a log is refused for its effective rounds anyway."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean per round with the interval [low, high] that holds the truth with 95 % confidence."""

    mean: float
    low: float
    high: float


def ips(sums: MeasureSums) -> Estimate:
    """Inverse propensity score: mean of w·y."""
    first, second, third, fourth = (sums.power[power][power] for power in (1, 2, 3, 4))
    return _interval(0.0, sums.rounds, (first, second, third, fourth))


def snips(sums: MeasureSums) -> Estimate:
    """Self-normalised IPS: Σ w·y / Σ w, its interval by linearisation around w·(y − mean)."""
    power, scale = sums.power, sums.power[1][0] / sums.rounds
    mean = power[1][1] / power[1][0]

    def around(order: int) -> float:
        """Σ (w·(y − mean))ᵖ of order p, by the binomial theorem."""
        parts = (math.comb(order, j) * (-mean) ** (order - j) * power[order][j] for j in range(order + 1))
        return math.fsum(parts) / scale**order

    return _interval(mean, sums.rounds, (0.0, around(2), around(3), around(4)))


def dr(sums: MeasureSums) -> Estimate:
    """Doubly robust: the model's promise for each round plus the weighted error of its word for the action taken."""
    return _interval(sums.model / sums.rounds, sums.rounds, sums.correction)


def logged(sums: MeasureSums) -> Estimate:
    """The behaviour policy's own mean: what it would earn on these rounds if it drew again."""
    first, second, third, fourth = (sums.power[0][power] for power in (1, 2, 3, 4))
    return _interval(0.0, sums.rounds, (first, second, third, fourth))


def mean_weight(rounds: int, weights: Moments) -> Estimate:
    """The mean of w with an interval that it leaves once in ten thousand logs: 1 where the log is as it says."""
    return _interval(0.0, rounds, weights, WEIGHT_CONFIDENCE)


def effective_rounds(weight: float, squares: float) -> float:
    """How many equally weighted rounds would know as much: (Σ w)² / Σ w²."""
    return weight**2 / squares if squares > 0 else 0.0


def _interval(base: float, rounds: int, sums: Moments, confidence: float = CONFIDENCE) -> Estimate:
    """`base` plus the mean of terms given by the sums of their powers 1 to 4."""
    first, second, third, fourth = (total / rounds for total in sums)
    spread = second - first**2
    if spread <= 1e-12 * second:  # the terms are all alike: nothing was estimated
        return Estimate(base + first, base + first, base + first)
    skewness = (third - 3 * first * second + 2 * first**3) / spread**1.5
    kurtosis = (fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4) / spread**2
    degrees = max(DEGREES_MIN, 2 * rounds / max(1.0, kurtosis - 1))
    error = math.sqrt(spread / max(1, rounds - 1))
    quantile = student_quantile((1 + confidence) / 2, degrees)
    low = base + first - error * _unskewed(quantile, skewness, rounds)
    high = base + first - error * _unskewed(-quantile, skewness, rounds)
    return Estimate(base + first, low, high)


def _unskewed(quantile: float, skewness: float, rounds: int) -> float:
    """Hall's inverse transformation: the quantile of a studentised mean of skewed terms."""
    tilt = skewness / math.sqrt(rounds)
    if abs(tilt) < 1e-6:
        return quantile
    return 3 / tilt * (math.cbrt(1 + tilt * quantile - tilt**2 / 6) - 1)


def student_quantile(probability: float, degrees: float) -> float:
    """Quantile of Student's t by Fisher's expansion around the normal, good to 2 % from three degrees on.

    Source: Abramowitz & Stegun, Handbook of Mathematical Functions, 26.7.5.
    """
    z = NormalDist().inv_cdf(probability)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / degrees + second / degrees**2 + third / degrees**3
