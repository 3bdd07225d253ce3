"""How far the terms of the beliefs spread: what is assumed at first, and what the data say later.

Source: Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 5 (estimating the hyperparameters of a hierarchical model).
"""

from __future__ import annotations

from dataclasses import dataclass

SEAT_SD = 0.15
KIND_SD = 0.25
CELL_SD = 0.08
NOISE_SD = 0.25
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
