"""How alike two vectors are, as the database's cosine distance has it."""

from __future__ import annotations

import math


def cosine(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Cosine of the angle between two vectors of one length, in [-1, 1]; 0 where one of them is zero."""
    lengths = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / lengths if lengths else 0.0
