"""Arrays that grow as seats and kinds appear."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bidding.domain.learning.state import Table

Floats = NDArray[np.float64]


def padded(array: Floats, shape: tuple[int, ...], fill: float = 0.0) -> Floats:
    """A copy with room for `shape`, filled with `fill` where there was nothing."""
    wider = np.full(shape, fill)
    wider[tuple(slice(0, size) for size in array.shape)] = array
    return wider


def as_table(array: Floats) -> Table:
    """The array as plain values."""
    return tuple(map(tuple, array.tolist()))
