"""How far the terms of the beliefs spread: what is assumed at first, and what the data say later.

Source: Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 5 (estimating the hyperparameters of a hierarchical model);
MacKay, Bayesian Interpolation, Neural Computation 1992 (noise, by the effective number of parameters).
"""

from __future__ import annotations

from bidding.domain.dataclass import dataclass
from bidding.domain.learning.tables import Floats

SEAT_SD = 0.15
KIND_SD = 0.25
CELL_SD = 0.08
NOISE_SD, NOISE_PRIOR_OUTCOMES = 0.35, 4.0
NOISE_SD_MIN = 0.01
SPREAD_PRIOR_TERMS = 4.0
SPREAD_SD_MIN = 0.03


@dataclass(slots=True)
class Spreads:
    """Variances of the model's terms, as estimated at the last refresh."""

    seat: float = SEAT_SD**2
    kind: float = KIND_SD**2
    cell: float = CELL_SD**2
    noise: float = NOISE_SD**2


def shrunk(prior_sd: float, moment: float, terms: float) -> float:
    """Variance of `terms` terms whose squares sum to `moment`, shrunk to the prior one."""
    variance = (SPREAD_PRIOR_TERMS * prior_sd**2 + moment) / (SPREAD_PRIOR_TERMS + max(terms, 1.0))
    return float(max(variance, SPREAD_SD_MIN**2))


def noise_left(record: tuple[Floats, Floats, Floats], mean: Floats, sd: Floats, noise: float) -> float:
    """Variance of outcomes around the cells' fitted means: what is left over, by what the fit left free.

    `record` are the sums of w, w·reward and w·reward² of every cell; `mean` and `sd` its posterior, under `noise`.
    """
    weight, total, squares = record
    left = float((squares - 2 * mean * total + mean * mean * weight).sum())
    fitted = float((weight * sd * sd).sum()) / noise
    prior = NOISE_SD**2 * NOISE_PRIOR_OUTCOMES
    freedom = NOISE_PRIOR_OUTCOMES + max(0.0, float(weight.sum()) - fitted)
    return max(NOISE_SD_MIN**2, (prior + max(0.0, left)) / freedom)


def cell_spread(weight: Floats, off: Floats, spreads: Spreads, linear_terms: int) -> float:
    """Variance of the cells around what `linear_terms` terms say: `off` (n,) lie their means, of so much `weight`."""
    excess = off**2 - spreads.noise / weight
    trust = weight / (spreads.noise + weight * spreads.cell)
    trust /= trust.max()
    used = min(0.8, linear_terms / len(weight))  # degrees of freedom that the linear part took
    return shrunk(CELL_SD, max(0.0, float(trust @ excess)), float(trust.sum()) * (1 - used))
