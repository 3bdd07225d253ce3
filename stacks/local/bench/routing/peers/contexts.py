"""One numeric context for peers that take a vector: features, kind, log length, intercept."""

from __future__ import annotations

import numpy as np

from stacks.local.bench.routing.contenders import Query, Setup
from stacks.local.bench.routing.data import Floats

_KINDS_MAX = 64


class Context:
    """Features where there are any, one of `kinds` as a one-hot block, log length of the prompt, and 1, (size,).

    Kinds beyond the first 64 and kinds never seen while learning share the empty block.
    """

    def __init__(self, setup: Setup) -> None:
        self._position = {kind: position for position, kind in enumerate(setup.kinds[:_KINDS_MAX])}
        self._features = setup.pull_features
        self.size = self._features + len(self._position) + 2

    def of(self, query: Query) -> Floats:
        """The context of a query; the intercept is last."""
        vector = np.zeros(self.size)
        if query.features is not None:
            vector[: self._features] = query.features
        position = self._position.get(query.kind)
        if position is not None:
            vector[self._features + position] = 1.0
        vector[-2] = np.log1p(len(query.prompt)) / 10.0
        vector[-1] = 1.0
        return vector
