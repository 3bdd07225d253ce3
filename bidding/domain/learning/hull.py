"""The zero-router's value: what the best mix of two points (price, level) reaches at any spend.

Source: Hu et al., RouterBench, 2024 (the non-decreasing convex hull).
"""

from __future__ import annotations

import numpy as np

from bidding.domain.learning.tables import Floats


def zero_router_value(levels: Floats, prices: Floats, spend: float) -> float:
    """What the best mix of seats earns at a mean `spend`: the concave hull over (price, level), never falling."""
    costs, values = hull(prices, levels)
    return float(np.interp(spend, costs, values))


def hull(prices: Floats, levels: Floats) -> tuple[Floats, Floats]:
    """Corners of the non-decreasing concave hull of points (price, level), by price."""
    corners: list[tuple[float, float]] = []
    for price, level in sorted(zip(prices.tolist(), levels.tolist(), strict=True), key=lambda at: (at[0], -at[1])):
        if corners and level <= corners[-1][1]:
            continue
        while len(corners) > 1 and _slope(corners[-2], corners[-1]) <= _slope(corners[-1], (price, level)):
            corners.pop()
        corners.append((price, level))
    costs, values = np.array(corners).T
    return costs, values


def _slope(start: tuple[float, float], end: tuple[float, float]) -> float:
    return (end[1] - start[1]) / max(end[0] - start[0], 1e-12)
