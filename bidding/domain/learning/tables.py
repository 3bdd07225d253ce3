"""Arrays that grow as seats and kinds appear."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bidding.domain.errors import InvalidRequest
from bidding.domain.learning.state import Table

Floats = NDArray[np.float64]


def padded(array: Floats, shape: tuple[int, ...], fill: float = 0.0) -> Floats:
    """A copy with room for `shape`, filled with `fill` where there was nothing."""
    wider = np.full(shape, fill)
    wider[tuple(slice(0, size) for size in array.shape)] = array
    return wider


def numbers(what: str, given: ArrayLike, length: int) -> Floats:
    """A copy of what was given, (length,). Raises InvalidRequest, by the name of `what`, where it is something else."""
    try:
        array = np.array(given, np.float64)
    except (TypeError, ValueError):
        raise InvalidRequest(f"{what} are {length} numbers, not {given!r}") from None
    if array.shape != (length,):
        raise InvalidRequest(f"{what} have the shape ({length},), not {array.shape}")
    return array


def as_table(array: Floats) -> Table:
    """The array as plain values."""
    return tuple(map(tuple, array.tolist()))
